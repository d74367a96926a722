// SPDX-License-Identifier: Apache-2.0
// What an owner demands of every answer in which her records count. It stands in her manifest, whose hash the chain
// holds: nobody can change it afterwards, she neither. Design: docs/design/0027-owners-rules.md.
#pragma once

#include <cstdint>
#include <string>

#include "base/codec.hpp"
#include "base/result.hpp"

namespace mc::data {

inline constexpr std::uint32_t kOwnerPersonsMax = 1'000'000;

/// 0 demands nothing.
struct OwnerRules {
  std::uint32_t minimum_cohort = 0;  // persons behind any answer, at most kOwnerPersonsMax
  std::uint32_t suppress_below = 0;  // persons below which a row or cell is not shown, at most kOwnerPersonsMax
  std::uint32_t largest_share = 0;   // of the persons behind a number, how many in a hundred may be one owner's, 1..99
  friend bool operator==(const OwnerRules&, const OwnerRules&) = default;
  [[nodiscard]] bool none() const { return *this == OwnerRules{}; }
};

/// errors  kInvalidArgument naming the rule, its value and what it may be
Status check_owner_rules(const OwnerRules& rules);

/// "cohort at least 20 persons, cells below 10 not shown, no owner above 80 %"; "none" when there are none.
std::string owner_rules_text(const OwnerRules& rules);

void write_owner_rules(Writer& writer, const OwnerRules& rules);
/// Strict: within the limits, and at least one of them.
Result<OwnerRules> read_owner_rules(Reader& reader);

}  // namespace mc::data
