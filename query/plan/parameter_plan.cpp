// SPDX-License-Identifier: Apache-2.0
// Layout: list of (name, u8 kind, list of categories, of a threshold column, u8 comparison and the upper name), list of
// (handle, u32 parameter, u32 number, f64 factor), u8 has a criterion, then maybe u32 which.
#include "query/plan/parameter_plan.hpp"

#include <algorithm>
#include <cmath>

#include "data/record/number.hpp"
#include "data/schema/schema.hpp"
#include "query/bind/parameters.hpp"
#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kFeaturesMax = 4096;
constexpr std::size_t kHandleBytesMax = kNameBytesMax + 64;

/// Also "heart.0", a weight of a sealed model.
bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c == '_' || c == '.' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

/// <, <=, > or >=.
bool is_order(std::uint8_t comparison) {
  return comparison >= static_cast<std::uint8_t>(Comparison::kLess) &&
         comparison <= static_cast<std::uint8_t>(Comparison::kGreaterOrEqual);
}

Result<PlanParameter> read_parameter(Reader& reader) {
  PlanParameter parameter;
  MC_TRY(parameter.name, reader.text(kNameBytesMax));
  MC_TRY(const std::uint8_t kind, reader.u8());
  if (kind < 1 || kind > 3) return fail(reader.error("unknown kind of parameter"));
  parameter.kind = static_cast<ParameterKind>(kind);
  MC_TRY(const std::uint32_t categories, reader.count(data::kColumnCategoriesMax, 4));
  for (std::uint32_t i = 0; i < categories; ++i) {
    MC_TRY(std::string category, reader.text(data::kSchemaTextBytesMax));
    parameter.categories.push_back(std::move(category));
  }
  const bool is_list = parameter.kind != ParameterKind::kWeight;
  bool is_meant = is_name(parameter.name) && is_list != parameter.categories.empty();
  if (parameter.kind == ParameterKind::kThreshold) {
    MC_TRY(parameter.threshold.column, reader.text(data::kSchemaTextBytesMax));
    MC_TRY(const std::uint8_t comparison, reader.u8());
    parameter.threshold.comparison = static_cast<Comparison>(comparison);
    MC_TRY(parameter.threshold.upper, reader.text(kNameBytesMax));
    const bool has_name = parameter.threshold.upper.empty() || is_name(parameter.threshold.upper);
    is_meant = is_meant && is_order(comparison) && has_name;
  }
  if (!is_meant) {
    return fail(reader.error("a parameter cannot be meant"));
  }
  return parameter;
}

Result<ParameterFeature> read_feature(Reader& reader, const std::vector<PlanParameter>& list) {
  ParameterFeature feature;
  MC_TRY(feature.handle, reader.text(kHandleBytesMax));
  MC_TRY(feature.parameter, reader.u32());
  MC_TRY(feature.number, reader.u32());
  MC_TRY(feature.factor, reader.f64());
  const bool is_meant = feature.parameter < list.size() && feature.number < list[feature.parameter].number_count() &&
                        std::abs(feature.factor) <= 1 && feature.factor != 0;
  if (!is_meant || feature.handle != parameter_handle(list[feature.parameter], feature.number, feature.factor)) {
    return fail(reader.error("a number of a parameter cannot be meant"));
  }
  return feature;
}

}  // namespace

std::uint32_t PlanParameter::bit_count() const {
  return kind == ParameterKind::kWeight ? kWeightBits : static_cast<std::uint32_t>(categories.size());
}

std::uint32_t PlanParameter::number_count() const {
  return kind == ParameterKind::kWeight ? 1 : static_cast<std::uint32_t>(categories.size());
}

std::size_t PlanParameters::bit_count() const {
  std::size_t count = 0;
  for (const PlanParameter& parameter : list) count += parameter.bit_count();
  return count;
}

std::size_t PlanParameters::number_count() const {
  std::size_t count = 0;
  for (const PlanParameter& parameter : list) count += parameter.number_count();
  return count;
}

std::size_t PlanParameters::number_index(const ParameterFeature& feature) const {
  std::size_t index = feature.number;
  for (std::uint32_t i = 0; i < feature.parameter; ++i) index += list[i].number_count();
  return index;
}

const ParameterFeature* PlanParameters::find(std::string_view handle) const {
  const auto found = std::ranges::find(features, handle, &ParameterFeature::handle);
  return found == features.end() ? nullptr : &*found;
}

NumberRange number_range(const PlanParameter& parameter) {
  const double slack = 2 * kParameterSlack;
  return {(parameter.kind == ParameterKind::kWeight ? -1 : 0) - slack, 1 + slack};
}

std::string parameter_handle(const PlanParameter& parameter, std::uint32_t number, double factor) {
  if (parameter.kind == ParameterKind::kWeight) return "$" + parameter.name + "*" + data::number_text(factor);
  return "$" + parameter.name + "[" + std::to_string(number) + "]";
}

bool is_parameter_handle(std::string_view handle) {
  return handle.starts_with('$') && handle.find('/') == std::string_view::npos;
}

void write_parameters(Writer& writer, const PlanParameters& parameters) {
  writer.u32(static_cast<std::uint32_t>(parameters.list.size()));
  for (const PlanParameter& parameter : parameters.list) {
    writer.text(parameter.name);
    writer.u8(static_cast<std::uint8_t>(parameter.kind));
    writer.u32(static_cast<std::uint32_t>(parameter.categories.size()));
    for (const std::string& category : parameter.categories) writer.text(category);
    if (parameter.kind != ParameterKind::kThreshold) continue;
    writer.text(parameter.threshold.column);
    writer.u8(static_cast<std::uint8_t>(parameter.threshold.comparison));
    writer.text(parameter.threshold.upper);
  }
  writer.u32(static_cast<std::uint32_t>(parameters.features.size()));
  for (const ParameterFeature& feature : parameters.features) {
    writer.text(feature.handle);
    writer.u32(feature.parameter);
    writer.u32(feature.number);
    writer.f64(feature.factor);
  }
  writer.u8(parameters.criterion ? 1 : 0);
  if (parameters.criterion) writer.u32(*parameters.criterion);
}

Result<PlanParameters> read_parameters(Reader& reader) {
  PlanParameters parameters;
  MC_TRY(const std::uint32_t count, reader.count(kParametersMax, 9));
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(PlanParameter parameter, read_parameter(reader));
    if (std::ranges::find(parameters.list, parameter.name, &PlanParameter::name) != parameters.list.end()) {
      return fail(reader.error("two parameters have one name"));
    }
    parameters.list.push_back(std::move(parameter));
  }
  if (parameters.bit_count() > kParameterBitsMax) return fail(reader.error("the parameters have too many bits"));
  MC_TRY(const std::uint32_t features, reader.count(kFeaturesMax, 20));
  for (std::uint32_t i = 0; i < features; ++i) {
    MC_TRY(ParameterFeature feature, read_feature(reader, parameters.list));
    parameters.features.push_back(std::move(feature));
  }
  MC_TRY(const std::uint8_t has_criterion, reader.u8());
  if (has_criterion > 1) return fail(reader.error("a flag is neither 0 nor 1"));
  if (has_criterion == 0) return parameters;
  MC_TRY(parameters.criterion, reader.u32());
  if (*parameters.criterion >= count || parameters.list[*parameters.criterion].kind == ParameterKind::kWeight) {
    return fail(reader.error("WHERE asks for a list that does not exist"));
  }
  return parameters;
}

}  // namespace mc::query
