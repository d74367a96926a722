// SPDX-License-Identifier: Apache-2.0
#include "query/release/disclosure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "query/release/digits.hpp"

namespace mc::query {
namespace {

struct Preset {
  std::string_view name;
  DisclosureRules rules;
};
constexpr std::array kPresets{
    Preset{"datashield", {.cohort_min = 3, .cell_min = 3, .difference_min = 3}},
    Preset{"ohdsi", {.cohort_min = 5, .cell_min = 5, .difference_min = 5}},
    Preset{"opensafely", {.cohort_min = 8, .cell_min = 8, .round_to = 5, .difference_min = 8}},
    Preset{"uk_llc", {.cohort_min = 10, .cell_min = 10, .empty_cells_shown = false, .difference_min = 10}},
};

using OwnerKey = std::pair<std::string, std::uint64_t>;

std::map<OwnerKey, const OwnerSlots*> by_owner(std::span<const OwnerSlots> owners) {
  std::map<OwnerKey, const OwnerSlots*> found;
  for (const OwnerSlots& owner : owners) found.emplace(OwnerKey{owner.owner, owner.range.begin}, &owner);
  return found;
}

// The first's persons who consent there and not in the second, which may be missing.
std::uint64_t only_in(const OwnerSlots& first, const OwnerSlots* second) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < first.consent.size(); ++i) {
    const bool there = second != nullptr && i < second->consent.size() && second->consent[i] == 1;
    if (first.consent[i] == 1 && !there) ++count;
  }
  return count;
}

/// Every owner's persons of one snapshot that are not in the other, both ways.
template <class Take>
void for_each_difference(std::span<const OwnerSlots> before, std::span<const OwnerSlots> after, const Take& take) {
  const auto first = by_owner(before), second = by_owner(after);
  const auto one_way = [&](const auto& from, const auto& to) {
    for (const auto& [key, owner] : from) {
      const auto found = to.find(key);
      take(key.first, only_in(*owner, found == to.end() ? nullptr : found->second));
    }
  };
  one_way(first, second);
  one_way(second, first);
}

}  // namespace

Result<DisclosureRules> disclosure_preset(std::string_view name) {
  std::string offered;
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset.rules;
    offered += (offered.empty() ? "" : ", ") + std::string(preset.name);
  }
  return fail(Code::kNotFound, "there is no set of disclosure rules '" + std::string(name) + "'; offered: " + offered);
}

bool certainly_at_least(const NoisyCount& count, std::uint32_t least) {
  return count.value - kCountMargin * count.sigma >= static_cast<double>(least);
}

// A deviation above a fifth of a person cannot tell nobody from one.
bool certainly_nobody(const NoisyCount& count) {
  return count.value + kCountMargin * count.sigma < 1;
}

DisclosureRules strictest(std::span<const DisclosureRules> sites) {
  DisclosureRules all;
  for (const DisclosureRules& site : sites) {
    all.cohort_min = std::max(all.cohort_min, site.cohort_min);
    all.cell_min = std::max(all.cell_min, site.cell_min);
    all.empty_cells_shown = all.empty_cells_shown && site.empty_cells_shown;
    all.round_to = std::lcm(all.round_to, std::max(site.round_to, 1U));
    all.difference_min = std::max(all.difference_min, site.difference_min);
    if (site.largest_share != 0) {
      all.largest_share = all.largest_share == 0 ? site.largest_share : std::min(all.largest_share, site.largest_share);
    }
  }
  return all;
}

CohortVerdict judge_cells(const NoisyCount& cohort, std::span<const NoisyCount> cells, const DisclosureRules& rules) {
  CohortVerdict verdict;
  if (rules.cohort_min > 0 && !certainly_at_least(cohort, rules.cohort_min)) {
    verdict.refused = true;
    // Without the count: whoever is refused shall not learn it from the refusal.
    verdict.sentence = "the cohort may have fewer than " + std::to_string(rules.cohort_min) + " persons";
    return verdict;
  }
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool empty = rules.empty_cells_shown && certainly_nobody(cells[i]);
    const bool open = rules.cell_min == 0 || empty || certainly_at_least(cells[i], rules.cell_min);
    verdict.cells.push_back(open ? CellVerdict::kShown : CellVerdict::kTooSmall);
    if (open && !empty) shown.push_back(i);
  }
  const auto hidden = std::ranges::count(verdict.cells, CellVerdict::kTooSmall);
  if (hidden != 1 || shown.empty()) return verdict;
  const auto value_of = [&](std::size_t i) { return cells[i].value; };
  verdict.cells[*std::ranges::min_element(shown, {}, value_of)] = CellVerdict::kComplementary;
  return verdict;
}

std::int64_t shown_count(double value, const DisclosureRules& rules) {
  return static_cast<std::int64_t>(std::max(0.0, rounded_to(value, rules.round_to)));
}

std::uint64_t consent_difference(std::span<const OwnerSlots> before, std::span<const OwnerSlots> after) {
  std::uint64_t persons = 0;
  for_each_difference(before, after, [&](const std::string&, std::uint64_t count) { persons += count; });
  return persons;
}

std::set<std::string> owners_that_differ(std::span<const OwnerSlots> before, std::span<const OwnerSlots> after) {
  std::set<std::string> owners;
  for_each_difference(before, after, [&](const std::string& owner, std::uint64_t count) {
    if (count != 0) owners.insert(owner);
  });
  return owners;
}

}  // namespace mc::query
