// SPDX-License-Identifier: Apache-2.0
// What owners demand of answers: as an owner writes it down (docs/guarded.md), and together with what commons and study
// demand.
#pragma once

#include <string_view>

#include "client/public_records.hpp"
#include "query/release/rules_in_force.hpp"

namespace mc::client {

inline constexpr std::size_t kOwnerRulesBytesMax = std::size_t{64} << 10;

/// rules.toml: minimum_cohort, suppress_below, largest_share, each a whole number. Strict: an unknown key is refused,
/// for it would be a rule that she believes to have.
///   errors  kParse with the line; kInvalidArgument naming the key; kLimit
Result<data::OwnerRules> owner_rules_from_toml(std::string_view text);

/// What is demanded of a study's answers from the data set as it is seen: by the commons, by the study and by every
/// owner whose records consent in `view`. Nothing in a commons founded as exact.
///   errors  kNotFound for a preset that does not exist
Result<query::RulesInForce> rules_in_force(const CommonsDocument& document, const governance::StudyProposal& study,
                                           const DatasetView& view);

/// What an exact commons ignores: one sentence when an owner has rules, else empty.
std::string ignored_rules(const CommonsDocument& document, const DatasetView& view);

}  // namespace mc::client
