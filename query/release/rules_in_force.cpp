// SPDX-License-Identifier: Apache-2.0
#include "query/release/rules_in_force.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace mc::query {
namespace {

constexpr std::uint64_t kPersonsMax = std::numeric_limits<std::uint32_t>::max();

std::uint64_t consenting(const OwnerSlots& owner) {
  return std::accumulate(owner.consent.begin(), owner.consent.end(), std::uint64_t{0});
}

std::set<std::string> owners_with_records(std::span<const OwnerSlots> slots) {
  std::set<std::string> owners;
  for (const OwnerSlots& owner : slots) {
    if (consenting(owner) != 0) owners.insert(owner.owner);
  }
  return owners;
}

std::string spelled(const std::string& whose) {
  return (whose.starts_with("0x") ? "owner " : "") + whose;
}

/// The first whose demand is the strictest; nobody where it is no demand.
template <class Value, class Get>
std::string first_with(std::span<const Demand> demands, const Value& strictest, const Value& none, const Get& get) {
  if (strictest == none) return {};
  const auto found =
      std::ranges::find_if(demands, [&](const Demand& demand) { return get(demand.rules) == strictest; });
  // A common multiple of several roundings is no single one's.
  return found == demands.end() ? "several" : found->whose;
}

RulesInForce::Whose whose_are(std::span<const Demand> demands, const DisclosureRules& all) {
  RulesInForce::Whose whose;
  whose.cohort_min = first_with(demands, all.cohort_min, 0U, [](const auto& r) { return r.cohort_min; });
  whose.cell_min = first_with(demands, all.cell_min, 0U, [](const auto& r) { return r.cell_min; });
  whose.empty_cells =
      first_with(demands, all.empty_cells_shown, true, [](const auto& r) { return r.empty_cells_shown; });
  whose.round_to = first_with(demands, all.round_to, 1U, [](const auto& r) { return r.round_to; });
  whose.difference_min = first_with(demands, all.difference_min, 0U, [](const auto& r) { return r.difference_min; });
  whose.largest_share = first_with(demands, all.largest_share, 0U, [](const auto& r) { return r.largest_share; });
  return whose;
}

PersonsLimit larger(PersonsLimit first, const PersonsLimit& second) {
  return second.persons > first.persons ? second : first;
}

BrokenRule too_few(const PersonsLimit& limit, std::uint64_t persons) {
  return {limit.rule, std::to_string(persons) + " persons consent, too few for any answer: at least " +
                          std::to_string(limit.persons) + " are demanded (" + limit.name() + ")"};
}

}  // namespace

std::string_view rule_name(DisclosureRule rule) {
  switch (rule) {
    case DisclosureRule::kMinimumCohort:
      return "minimum_cohort";
    case DisclosureRule::kSuppressBelow:
      return "suppress_below";
    case DisclosureRule::kLargestShare:
      return "largest_share";
  }
  return "unknown";
}

std::string PersonsLimit::name() const {
  return std::string(rule_name(rule)) + " of " + spelled(whose);
}

DisclosureRules demanded_by(const data::OwnerRules& rules) {
  DisclosureRules demanded;
  demanded.cohort_min = std::max(rules.minimum_cohort, rules.suppress_below);
  demanded.cell_min = rules.suppress_below;
  demanded.difference_min = rules.suppress_below;
  demanded.largest_share = rules.largest_share;
  return demanded;
}

std::uint32_t RulesInForce::share_min() const {
  if (rules.largest_share == 0) return 0;
  const std::uint64_t persons = (largest_owner * 100 + rules.largest_share - 1) / rules.largest_share;
  return static_cast<std::uint32_t>(std::min(persons, kPersonsMax));
}

PersonsLimit RulesInForce::cohort_limit() const {
  return larger({rules.cohort_min, DisclosureRule::kMinimumCohort, whose.cohort_min},
                {share_min(), DisclosureRule::kLargestShare, whose.largest_share});
}

PersonsLimit RulesInForce::cell_limit() const {
  return larger({rules.cell_min, DisclosureRule::kSuppressBelow, whose.cell_min},
                {share_min(), DisclosureRule::kLargestShare, whose.largest_share});
}

RulesInForce rules_in_force(std::span<const Demand> sites, std::span<const Demand> owners,
                            std::span<const OwnerSlots> slots) {
  RulesInForce out;
  std::vector<Demand> demands(sites.begin(), sites.end());
  out.owners.assign(owners.begin(), owners.end());
  const std::set<std::string> with_records = owners_with_records(slots);
  for (const Demand& owner : owners) {
    if (!with_records.contains(owner.whose)) continue;
    demands.push_back(owner);
    demands.back().rules.difference_min = 0;
  }
  std::vector<DisclosureRules> rules;
  for (const Demand& demand : demands) rules.push_back(demand.rules);
  out.rules = strictest(rules);
  out.whose = whose_are(demands, out.rules);
  for (const OwnerSlots& owner : slots) out.largest_owner = std::max(out.largest_owner, consenting(owner));
  return out;
}

std::optional<BrokenRule> broken_by_consents(const RulesInForce& rules, std::span<const OwnerSlots> slots) {
  std::uint64_t persons = 0;
  for (const OwnerSlots& owner : slots) persons += consenting(owner);
  const PersonsLimit limit = larger(rules.cohort_limit(), rules.cell_limit());
  if (persons >= limit.persons) return std::nullopt;
  return too_few(limit, persons);
}

Status check_consent_difference(std::span<const std::vector<OwnerSlots>> earlier, std::span<const OwnerSlots> now,
                                const RulesInForce& rules) {
  for (const std::vector<OwnerSlots>& before : earlier) {
    const std::uint64_t persons = consent_difference(before, now);
    if (persons == 0) continue;
    std::uint32_t least = rules.rules.difference_min;
    std::string whose = rules.whose.difference_min;
    const std::set<std::string> differ = owners_that_differ(before, now);
    for (const Demand& owner : rules.owners) {
      if (owner.rules.difference_min <= least || !differ.contains(owner.whose)) continue;
      least = owner.rules.difference_min;
      whose = spelled(owner.whose);
    }
    if (persons >= least) continue;
    return fail(Code::kRefused, "consent differs by " + std::to_string(persons) +
                                    " persons from a cohort that was asked before, at least " + std::to_string(least) +
                                    " are demanded" + (whose.empty() ? "" : " by " + whose) +
                                    ": the two answers together would tell about them");
  }
  return {};
}

std::string rules_text(const RulesInForce& rules) {
  const DisclosureRules& r = rules.rules;
  std::string text;
  const auto add = [&](const std::string& rule, const std::string& whose) {
    if (!whose.empty()) text += (text.empty() ? "" : ", ") + rule + " (" + spelled(whose) + ")";
  };
  add("a cohort of at least " + std::to_string(r.cohort_min), rules.whose.cohort_min);
  add("cells of at least " + std::to_string(r.cell_min), rules.whose.cell_min);
  add("no empty cells", rules.whose.empty_cells);
  add("counts in multiples of " + std::to_string(r.round_to), rules.whose.round_to);
  add("consents that differ by at least " + std::to_string(r.difference_min), rules.whose.difference_min);
  add("no owner above " + std::to_string(r.largest_share) + " %, so at least " + std::to_string(rules.share_min()) +
          " persons",
      rules.whose.largest_share);
  return text.empty() ? "none" : text;
}

}  // namespace mc::query
