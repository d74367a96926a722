// SPDX-License-Identifier: Apache-2.0
// Which answers may be shown at all (R18): rules about how many persons stand behind a number, for each of which an
// attack is known. They are decided on counts that already carry their noise, so that a decision costs no privacy of
// its own, and on consent, which every custodian knows. Pure functions; nobody is asked.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/execute/owner_slots.hpp"

namespace mc::query {

/// What one site demands. Zero switches a rule off.
struct DisclosureRules {
  std::uint32_t cohort_min = 0;      // persons behind any answer
  std::uint32_t cell_min = 0;        // persons behind a row of a table
  bool empty_cells_shown = true;     // a cell with nobody in it is no person's secret; some sites hide it all the same
  std::uint32_t round_to = 1;        // counts are shown as multiples of it
  std::uint32_t difference_min = 0;  // persons by which two cohorts must differ, unless they are the same
  std::uint32_t largest_share = 0;   // of the persons behind a number, how many in a hundred may be one owner's
  friend bool operator==(const DisclosureRules&, const DisclosureRules&) = default;
};

/// "datashield" (cells below 3), "ohdsi" (below 5), "opensafely" (7 and fewer, then rounded to 5), "uk_llc" (below 10,
/// empty ones too). All demand a cohort of at least their smallest cell, and that cohorts differ by as many.
///   errors  kNotFound naming what is offered
Result<DisclosureRules> disclosure_preset(std::string_view name);
/// Every site's demands at once: the strictest of each rule, and a rounding that is a multiple of all. Whose each is:
/// rules_in_force.
DisclosureRules strictest(std::span<const DisclosureRules> sites);

/// An opened count: the truth and a discrete Gaussian of deviation `sigma` (sigma_total).
struct NoisyCount {
  double value = 0;
  double sigma = 0;
};
/// So many deviations below its value a count is taken to be, and so rarely is a group that is too small shown:
/// erfc(4.8 / sqrt(2)) / 2 < 2^-20.
inline constexpr double kCountMargin = 4.8;

/// As many persons as a rule demands, kCountMargin deviations below what was opened.
bool certainly_at_least(const NoisyCount& count, std::uint32_t least);
/// It cannot be one person or more: then no noise hides that there is nobody.
bool certainly_nobody(const NoisyCount& count);

enum class CellVerdict : std::uint8_t {
  kShown,
  kTooSmall,      // fewer than cell_min persons may be behind it
  kComplementary  // it would give away the one small cell beside it
};

struct CohortVerdict {
  bool refused = false;
  std::string sentence;            // why
  std::vector<CellVerdict> cells;  // one per group
};

/// `cells`: of the groups of one answer; together they are `cohort`, or part of it.
///   cohort  refused unless certainly cohort_min persons (kCountMargin)
///   cells   hidden unless certainly cell_min persons, or certainly nobody where empty cells are shown. When exactly
///   one
///           is hidden, the smallest of the others is hidden too: the cohort less what is shown would be its count.
CohortVerdict judge_cells(const NoisyCount& cohort, std::span<const NoisyCount> cells, const DisclosureRules& rules);

/// A count as it is shown: a multiple of round_to, the nearest, halves upwards, never negative.
std::int64_t shown_count(double value, const DisclosureRules& rules);

/// Persons who consent in one of two snapshots and not in the other. Owners are matched by name and first slot; of an
/// owner that only one snapshot has, all who consent count.
std::uint64_t consent_difference(std::span<const OwnerSlots> before, std::span<const OwnerSlots> after);
/// Whose they are.
std::set<std::string> owners_that_differ(std::span<const OwnerSlots> before, std::span<const OwnerSlots> after);

}  // namespace mc::query
