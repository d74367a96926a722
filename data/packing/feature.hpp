// SPDX-License-Identifier: Apache-2.0
// What one ciphertext holds: one number per person. The handle is the text by which plans, headers and the store name
// it.
//   present            1 in every slot that belongs to a person
//   age/value          standardised value, 0 when missing
//   age/valid          1 when not missing (only for columns that are not required; string columns: sum of "is")
//   sex/is/F           1 when the category is F
//   age/ge/60 age/gt/60   1 when the value is at least / above the declared edge
//   time/after/30      1 when the value is above the declared time (but for one at the end of the range: nobody is)
// Computed and never sealed, from the value and a threshold that is no declared edge:
//   age/above/61.5     1 when the value is above
// In the column's part "/" is written %2F and "%" %25, so that a handle reads back in one way only.
// Every feature is 0 for a missing value and outside the owner's slot range.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/strong.hpp"
#include "data/record/number.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

enum class FeatureKind : std::uint8_t { kPresent, kValue, kValid, kIs, kAtLeast, kAbove, kAfter, kCompared };

struct Feature {
  FeatureKind kind = FeatureKind::kPresent;
  std::uint32_t column = 0;  // index into schema.columns (unused for kPresent)
  std::uint32_t index = 0;   // category, edge or time; of kCompared the query's threshold (query/bind/cells.hpp)
  friend auto operator<=>(const Feature&, const Feature&) = default;
};

/// Every ciphertext an owner uploads for this schema, in a fixed order. Binary columns: value (and valid) only, since
/// is/1 = value and is/0 = valid - value.
std::vector<Feature> sealed_features(const Schema& schema);

/// True when owners upload this feature: sealed_features without building the list.
bool is_sealed_feature(const Schema& schema, const Feature& feature);

/// The handle of a feature that is computed by comparing a column with `middle`, and whether a handle is one.
std::string compared_handle(const Schema& schema, std::uint32_t column, double middle);
bool is_compared_handle(std::string_view handle);

/// The handle text of a sealed feature, and back (kNotFound names what is missing; only sealed features are found).
std::string handle(const Schema& schema, const Feature& feature);
Result<Feature> feature_from_handle(const Schema& schema, std::string_view handle);

/// Consecutive slots of a data set, counted through all blocks; block = slot / slots_per_block.
struct SlotRange {
  std::uint64_t begin = 0;
  std::uint64_t count = 0;
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

}  // namespace mc::data
