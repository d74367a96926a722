// SPDX-License-Identifier: Apache-2.0
#include "data/packing/feature.hpp"

#include <algorithm>

namespace mc::data {
namespace {

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '/') {
      out += "%2F";
    } else if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
  return out;
}

tl::unexpected<Error> not_found(const std::string& reason) {
  return fail(Code::kNotFound, reason);
}

Result<std::uint32_t> category_index(const Column& column, std::string_view text) {
  const auto found = std::find(column.categories.begin(), column.categories.end(), text);
  if (found == column.categories.end()) {
    return not_found("column \"" + column.name + "\" has no category \"" + std::string(text) + "\"");
  }
  return static_cast<std::uint32_t>(found - column.categories.begin());
}

Result<std::uint32_t> edge_index(const Column& column, std::string_view text) {
  const auto found =
      std::find_if(column.edges.begin(), column.edges.end(), [&](double edge) { return number_text(edge) == text; });
  if (found == column.edges.end()) {
    return not_found("column \"" + column.name + "\" has no bin edge " + std::string(text));
  }
  return static_cast<std::uint32_t>(found - column.edges.begin());
}

Result<std::uint32_t> time_index(const Column& column, std::string_view text) {
  const auto found =
      std::find_if(column.times.begin(), column.times.end(), [&](double time) { return number_text(time) == text; });
  if (found == column.times.end()) {
    return not_found("column \"" + column.name + "\" has no time " + std::string(text));
  }
  return static_cast<std::uint32_t>(found - column.times.begin());
}

// The part of a handle after the column and its slash.
Result<Feature> feature_of_column(const Column& column, std::uint32_t index, std::string_view rest) {
  if (rest == "value") return Feature{FeatureKind::kValue, index, 0};
  if (rest == "valid") return Feature{FeatureKind::kValid, index, 0};
  if (rest.starts_with("is/")) {
    MC_TRY(const std::uint32_t category, category_index(column, rest.substr(3)));
    return Feature{FeatureKind::kIs, index, category};
  }
  if (rest.starts_with("ge/") || rest.starts_with("gt/")) {
    MC_TRY(const std::uint32_t edge, edge_index(column, rest.substr(3)));
    return Feature{rest[1] == 'e' ? FeatureKind::kAtLeast : FeatureKind::kAbove, index, edge};
  }
  if (rest.starts_with("after/")) {
    MC_TRY(const std::uint32_t time, time_index(column, rest.substr(6)));
    return Feature{FeatureKind::kAfter, index, time};
  }
  return not_found("column \"" + column.name + "\" has no feature \"" + std::string(rest) + "\"");
}

}  // namespace

bool is_sealed_feature(const Schema& schema, const Feature& feature) {
  if (feature.kind == FeatureKind::kPresent) return feature.column == 0 && feature.index == 0;
  if (feature.column >= schema.columns.size()) return false;
  const Column& column = schema.columns[feature.column];
  switch (feature.kind) {
    case FeatureKind::kPresent:
      break;
    case FeatureKind::kValue:
      return column.is_numeric() && feature.index == 0;
    case FeatureKind::kValid:
      return column.is_numeric() && !column.required && feature.index == 0;
    case FeatureKind::kIs:
      return !column.is_binary() && feature.index < column.categories.size();
    case FeatureKind::kAtLeast:
    case FeatureKind::kAbove:
      return !column.is_binary() && feature.index < column.edges.size();
    case FeatureKind::kAfter:
      return feature.index < column.times.size() && column.times[feature.index] < column.maximum;
    case FeatureKind::kCompared:
      break;
  }
  return false;
}

std::vector<Feature> sealed_features(const Schema& schema) {
  std::vector<Feature> features = {Feature{FeatureKind::kPresent, 0, 0}};
  const auto add = [&](const Feature& feature) {
    if (is_sealed_feature(schema, feature)) features.push_back(feature);
  };
  for (std::uint32_t c = 0; c < schema.columns.size(); ++c) {
    const Column& column = schema.columns[c];
    add({FeatureKind::kValue, c, 0});
    add({FeatureKind::kValid, c, 0});
    for (std::uint32_t i = 0; i < column.categories.size(); ++i) add({FeatureKind::kIs, c, i});
    for (std::uint32_t i = 0; i < column.edges.size(); ++i) {
      add({FeatureKind::kAtLeast, c, i});
      add({FeatureKind::kAbove, c, i});
    }
    for (std::uint32_t i = 0; i < column.times.size(); ++i) add({FeatureKind::kAfter, c, i});
  }
  return features;
}

std::string compared_handle(const Schema& schema, std::uint32_t column, double middle) {
  return escaped(schema.columns[column].name) + "/above/" + number_text(middle);
}

bool is_compared_handle(std::string_view handle) {
  const std::size_t slash = handle.find('/');
  return slash != std::string_view::npos && handle.substr(slash).starts_with("/above/");
}

std::string handle(const Schema& schema, const Feature& feature) {
  if (feature.kind == FeatureKind::kPresent) return "present";
  MC_CHECK(feature.column < schema.columns.size());
  const Column& column = schema.columns[feature.column];
  const std::string name = escaped(column.name);
  switch (feature.kind) {
    case FeatureKind::kPresent:
      break;
    case FeatureKind::kValue:
      return name + "/value";
    case FeatureKind::kValid:
      return name + "/valid";
    case FeatureKind::kIs:
      MC_CHECK(feature.index < column.categories.size());
      return name + "/is/" + column.categories[feature.index];
    case FeatureKind::kAtLeast:
    case FeatureKind::kAbove:
      MC_CHECK(feature.index < column.edges.size());
      return name + (feature.kind == FeatureKind::kAtLeast ? "/ge/" : "/gt/") +
             number_text(column.edges[feature.index]);
    case FeatureKind::kAfter:
      MC_CHECK(feature.index < column.times.size());
      return name + "/after/" + number_text(column.times[feature.index]);
    case FeatureKind::kCompared:
      break;
  }
  MC_CHECK(false);
}

Result<Feature> feature_from_handle(const Schema& schema, std::string_view handle) {
  if (handle == "present") return Feature{};
  const std::size_t slash = handle.find('/');
  const std::string_view name = handle.substr(0, slash);
  const auto found = std::find_if(schema.columns.begin(), schema.columns.end(),
                                  [&](const Column& c) { return escaped(c.name) == name; });
  if (found == schema.columns.end()) return not_found("there is no column \"" + std::string(name) + "\"");
  if (slash == std::string_view::npos)
    return not_found("\"" + std::string(handle) + "\" names a column, not a feature of it");
  const auto index = static_cast<std::uint32_t>(found - schema.columns.begin());
  MC_TRY(const Feature feature, feature_of_column(*found, index, handle.substr(slash + 1)));
  if (!is_sealed_feature(schema, feature))
    return not_found("feature \"" + std::string(handle) + "\" is not sealed under this schema");
  return feature;
}

}  // namespace mc::data
