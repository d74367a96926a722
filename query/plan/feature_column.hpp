// SPDX-License-Identifier: Apache-2.0
// A column of numbers, one per person, as a sum of real multiples of sealed features: what a run loads. No
// cryptography.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/result.hpp"

namespace mc::query {

struct WeightedFeature {
  double factor = 1;
  std::string handle;  // data/packing/feature.hpp
  friend bool operator==(const WeightedFeature&, const WeightedFeature&) = default;
};
/// sum of factor * feature: one number in [-1, 1] per person, 0 where a value is missing.
using FeatureColumn = std::vector<WeightedFeature>;

inline constexpr std::size_t kFeaturesOfColumnMax = 1024;

/// kInvalidArgument for no feature or too many, and for factors that are not finite or beyond 2^16. `what` names it.
Status check_column(const FeatureColumn& column, std::string_view what);

/// 1 - column: of a column that is 0 or 1, everybody else.
FeatureColumn others_of(FeatureColumn column);

/// "(age/valid + -0.5 age/value)", without parentheses where there is one feature.
std::string column_text(const FeatureColumn& column);

/// One encoding per column.
void write_column(Writer& writer, const FeatureColumn& column);
/// Reads without check_column, and an empty one too; kCorrupt names the byte.
Result<FeatureColumn> read_column(Reader& reader);

/// Adds the handles of `column` that are not among `handles` yet.
void add_features_of(const FeatureColumn& column, std::vector<std::string>& handles);

}  // namespace mc::query
