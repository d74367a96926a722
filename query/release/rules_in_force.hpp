// SPDX-License-Identifier: Apache-2.0
// The rules that hold for an answer, and whose each is (R18): of the commons, of the study and of every owner whose
// records count, the strictest of each, as every site of a DataSHIELD federation keeps its own. Everybody derives the
// same from the chain and from manifests. Pure functions. Design: docs/design/0027-owners-rules.md.
#pragma once

#include <optional>

#include "data/sealed/owner_rules.hpp"
#include "query/release/disclosure.hpp"

namespace mc::query {

/// A rule that may keep an answer from being shown.
enum class DisclosureRule : std::uint8_t { kMinimumCohort, kSuppressBelow, kLargestShare };
/// "minimum_cohort", as the owner's and the study's files call it.
std::string_view rule_name(DisclosureRule rule);

/// A rule that is not kept: `sentence` names it and whose it is, and no count.
struct BrokenRule {
  DisclosureRule rule = DisclosureRule::kMinimumCohort;
  std::string sentence;
  friend bool operator==(const BrokenRule&, const BrokenRule&) = default;
};

/// What somebody demands.
struct Demand {
  std::string whose;  // "the commons", "the study", or an owner's address as in OwnerSlots
  DisclosureRules rules;
  friend bool operator==(const Demand&, const Demand&) = default;
};

/// What an owner's rules demand. A difference of two answers that she is in tells about a group as a row of a table
/// does, so that it must be as large as her smallest row.
DisclosureRules demanded_by(const data::OwnerRules& rules);

/// So many persons at least, and which rule asks for them.
struct PersonsLimit {
  std::uint32_t persons = 0;
  DisclosureRule rule = DisclosureRule::kMinimumCohort;
  std::string whose;
  /// "minimum_cohort of owner 0x…"
  [[nodiscard]] std::string name() const;
};

struct RulesInForce {
  /// The strictest of each. `difference_min` is that of commons and study: an owner's counts for what she is in.
  DisclosureRules rules;
  struct Whose {
    std::string cohort_min, cell_min, empty_cells, round_to, difference_min, largest_share;
    friend bool operator==(const Whose&, const Whose&) = default;
  };
  Whose whose{};                    // of each rule, empty where nobody has it
  std::uint64_t largest_owner = 0;  // persons who consent at the owner that has most of them
  std::vector<Demand> owners{};     // of every owner with rules, whether or not her records count here
  friend bool operator==(const RulesInForce&, const RulesInForce&) = default;

  /// Persons behind a number of whom the largest owner's, were they all in it, are no more than largest_share: who of
  /// a cohort is whose is encrypted, how many each owner has at most is not. 0 without the rule.
  [[nodiscard]] std::uint32_t share_min() const;
  [[nodiscard]] PersonsLimit cohort_limit() const;  // of an answer
  [[nodiscard]] PersonsLimit cell_limit() const;    // of a row, bin or category
};

/// `sites`: commons and study. `owners`: of owners with rules. Hers hold when a record of hers is among those that
/// consent in `slots`, whatever the question says about them: whether its cohort has some of hers is encrypted.
RulesInForce rules_in_force(std::span<const Demand> sites, std::span<const Demand> owners,
                            std::span<const OwnerSlots> slots);

/// The rule for which nothing can be shown whatever is asked, because too few persons consent; nothing when there is
/// none. Costs nothing to know: who consents is public.
std::optional<BrokenRule> broken_by_consents(const RulesInForce& rules, std::span<const OwnerSlots> slots);

/// Whether a data set may be asked under this consent, when it was asked under those before: an earlier snapshot is
/// the same, or differs by as many persons as commons, study and every owner who has persons among them demand.
/// Somebody who consents or revokes alone would otherwise be the difference of two answers, and an owner whose records
/// a purpose leaves out would be the difference between that one and another.
///   errors  kRefused with both numbers and whose the demand is
Status check_consent_difference(std::span<const std::vector<OwnerSlots>> earlier, std::span<const OwnerSlots> now,
                                const RulesInForce& rules);

/// One line for a reader: each rule and whose it is.
std::string rules_text(const RulesInForce& rules);

}  // namespace mc::query
