// SPDX-License-Identifier: Apache-2.0
// Numbers that the researcher seals (docs/design/0023), as a plan has them: their names, what they multiply, and
// nothing of their values. Each stands in the plan's nodes as a feature that is the same for every person; the
// committee makes it so (query/parameters), whatever was sealed. No cryptography.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/result.hpp"
#include "query/bind/sealed_threshold.hpp"

namespace mc::query {

enum class ParameterKind : std::uint8_t {
  kWeight = 1,     // one number from -1 to 1, as kWeightBits bits
  kList = 2,       // of every category 0 or 1, a bit each
  kThreshold = 3,  // a list of the bins that a comparison chooses
};

struct PlanParameter {
  std::string name;
  ParameterKind kind = ParameterKind::kWeight;
  std::vector<std::string> categories;  // of kList and, as bins, of kThreshold
  SealedThreshold threshold = {};       // of kThreshold
  [[nodiscard]] std::uint32_t bit_count() const;
  [[nodiscard]] std::uint32_t number_count() const;  // what its bits make
  friend bool operator==(const PlanParameter&, const PlanParameter&) = default;
};

/// `factor` times one of a parameter's numbers, in every slot.
struct ParameterFeature {
  std::string handle;           // what it is called in the plan's nodes: parameter_handle
  std::uint32_t parameter = 0;  // index into PlanParameters::list
  std::uint32_t number = 0;     // of it
  double factor = 1;            // not 0, at most 1 in magnitude
  friend bool operator==(const ParameterFeature&, const ParameterFeature&) = default;
};

struct PlanParameters {
  std::vector<PlanParameter> list;
  std::vector<ParameterFeature> features;  // in order of first use
  /// The list or threshold that WHERE asks for: who is counted is hidden, and PlanGroup::guards are what the rules go
  /// by.
  std::optional<std::uint32_t> criterion;

  [[nodiscard]] bool empty() const { return list.empty(); }
  [[nodiscard]] std::size_t bit_count() const;
  [[nodiscard]] std::size_t number_count() const;
  /// Of a feature's number among those of all parameters, one parameter after another.
  [[nodiscard]] std::size_t number_index(const ParameterFeature& feature) const;
  /// nullptr for a feature that is none of a parameter.
  [[nodiscard]] const ParameterFeature* find(std::string_view handle) const;
  friend bool operator==(const PlanParameters&, const PlanParameters&) = default;
};

/// What a bit may be off by, and a number made of bits by twice as much, before the committee ends the run: the bound
/// that query/parameters keeps, and that privacy counts with.
inline constexpr double kParameterSlack = 0x1p-16;

/// The interval of a parameter's number, slack included.
struct NumberRange {
  double low = 0, high = 0;
};
NumberRange number_range(const PlanParameter& parameter);

/// "$w*0.25", of a list "$c[2]". No handle of a column looks like it.
std::string parameter_handle(const PlanParameter& parameter, std::uint32_t number, double factor);
bool is_parameter_handle(std::string_view handle);

/// One encoding per value.
void write_parameters(Writer& writer, const PlanParameters& parameters);
/// Reads and checks each by itself; kCorrupt names the byte.
Result<PlanParameters> read_parameters(Reader& reader);

}  // namespace mc::query
