// SPDX-License-Identifier: Apache-2.0
// What a guarded commons releases of a plan (R18): which questions it takes, and which groups may be shown once the
// counts are known. Design: docs/design/0017-guarded-releases.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "query/plan/plan.hpp"
#include "query/release/disclosure.hpp"
#include "query/release/finish.hpp"
#include "query/release/rules_in_force.hpp"

namespace mc::query {

/// kUnsupported for a model that is trained, whose noise nobody has bounded, for scores, comparisons that are not
/// proven, and answers about one record, for more products in sequence than masks allow (refresh_margin.hpp), and for
/// models of persons whom a sealed list chooses.
Status check_guarded(const Plan& plan);

/// kUnsupported in a commons founded as exact, for sealed parameters: whoever chooses them chooses what is released,
/// and no noise hides what she chose (R23).
Status check_exact(const Plan& plan);

/// What the rules say to the groups of a plan.
struct GuardedVerdict {
  bool refused = false;
  std::string sentence;                 // why, and whose rule it is; names no count
  std::vector<std::uint8_t> shown;      // one per group, 1 where all its sums may be released; empty when refused
  DisclosureRule rule{};                // when refused: the one that refuses
  std::uint32_t steps = 0;              // with survival, when not refused: at how many declared times it may be told
  std::vector<MomentId> left_out = {};  // sums of the groups that are shown which may not be released, ascending
  std::string ended_by = {};            // with survival told at fewer times: curves that are followed no longer
  [[nodiscard]] std::size_t hidden() const;
  friend bool operator==(const GuardedVerdict&, const GuardedVerdict&) = default;
};

/// `counts`: opened, in the order of count_moments (MC_CHECK on their number). The cohort are all groups together. A
/// group is shown when itself and every stratum of its items may be, or every one that stands when others are left out
/// of a table or a model of counts (left_out.hpp).
/// Of survival: every stratum that has anybody, and its events up to the last time that is told; times are told as long
/// as in every stratum of every group that is shown enough persons are followed beyond them.
/// Refused when nothing is left.
GuardedVerdict judge_groups(const Plan& plan, std::span<const NoisyCount> counts, const RulesInForce& rules);

/// Counts in the table as persons: multiples of rules.round_to, never negative.
void round_counts(const Plan& plan, const DisclosureRules& rules, ResultTable& table);

/// Standard deviations of a table's numbers under the noise of its sums: everything is finished kNoiseDraws times with
/// noise drawn anew (parametric bootstrap). One row per row of the table, one number per column; 0 where there is no
/// number. `mean_sigma`: of every opened mean.
///   errors  finish's
Result<std::vector<std::vector<double>>> noise_of_cells(const Plan& plan, std::span<const double> means,
                                                        std::span<const double> sum_errors,
                                                        std::span<const double> mean_sigma, std::size_t slot_count);

/// Digits of every column down to the first one that the noise's standard deviation reaches, at least 1.
void show_noise_digits(const std::vector<std::vector<double>>& cell_sd, ResultTable& table);

/// Which numbers of the table are NULL because the noise hides a variance, and what to do: a sentence, empty when none
/// is.
std::string unknown_beneath_noise(const Plan& plan, const ResultTable& table);

/// What of the plan's statistics takes the noise for data: a sentence, empty when nothing does.
std::string what_ignores_noise(const Plan& plan);

}  // namespace mc::query
