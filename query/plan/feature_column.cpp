// SPDX-License-Identifier: Apache-2.0
#include "query/plan/feature_column.hpp"

#include <algorithm>
#include <cmath>

#include "data/record/number.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kHandleBytesMax = 1024;

}  // namespace

Status check_column(const FeatureColumn& column, std::string_view what) {
  if (column.empty() || column.size() > kFeaturesOfColumnMax) {
    return fail(Code::kInvalidArgument, std::string(what) + " is a sum of " + std::to_string(column.size()) +
                                            " features, must be 1 to " + std::to_string(kFeaturesOfColumnMax));
  }
  for (const WeightedFeature& feature : column) {
    if (!std::isfinite(feature.factor) || std::fabs(feature.factor) > 65536 || feature.handle.empty()) {
      return fail(Code::kInvalidArgument,
                  std::string(what) + " takes " + std::to_string(feature.factor) + " times \"" + feature.handle + "\"");
    }
  }
  return {};
}

FeatureColumn others_of(FeatureColumn column) {
  for (WeightedFeature& feature : column) feature.factor = -feature.factor;
  const auto everybody = std::ranges::find(column, "present", &WeightedFeature::handle);
  if (everybody == column.end()) {
    column.push_back({1, "present"});
  } else if (everybody->factor += 1; everybody->factor == 0) {
    column.erase(everybody);
  }
  return column;
}

std::string column_text(const FeatureColumn& column) {
  std::string text;
  for (const WeightedFeature& feature : column) {
    const bool one = feature.factor == 1;
    text += text.empty() ? "" : " + ";
    text += (one ? "" : data::number_text(feature.factor) + " ") + feature.handle;
  }
  return column.size() > 1 ? "(" + text + ")" : text;
}

void write_column(Writer& writer, const FeatureColumn& column) {
  writer.u32(static_cast<std::uint32_t>(column.size()));
  for (const WeightedFeature& feature : column) {
    writer.f64(feature.factor);
    writer.text(feature.handle);
  }
}

Result<FeatureColumn> read_column(Reader& reader) {
  MC_TRY(const std::uint32_t count, reader.count(kFeaturesOfColumnMax, 12));
  FeatureColumn column(count);
  for (WeightedFeature& feature : column) {
    MC_TRY(feature.factor, reader.f64());
    MC_TRY(feature.handle, reader.text(kHandleBytesMax));
  }
  return column;
}

void add_features_of(const FeatureColumn& column, std::vector<std::string>& handles) {
  for (const WeightedFeature& feature : column) {
    if (std::ranges::find(handles, feature.handle) == handles.end()) handles.push_back(feature.handle);
  }
}

}  // namespace mc::query
