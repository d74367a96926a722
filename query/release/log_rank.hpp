// SPDX-License-Identifier: Apache-2.0
// Whether the strata of a survival table differ.
#pragma once

#include <span>
#include <vector>

#include "query/release/survival.hpp"

namespace mc::query {

/// What is not a number: the strata cannot be compared.
struct LogRankTest {
  double chi_square = 0, df = 0, p_value = 0;
  std::vector<double> observed, expected;  // events, per stratum
};

/// The log-rank test (Mantel-Haenszel) of two or more strata, as R's survdiff(Surv(time, event) ~ g): the difference of
/// observed and expected events against its hypergeometric covariance.
///   strata  in whom nothing is expected are left out, and so are empty ones; NA when fewer than two are left or their
///           covariance cannot be inverted
///   ties    at one time count together
///   noise   `redrawn`: the same strata with as much noise again, drawn anew; what that does to the differences counts
///   as
///           covariance besides the hypergeometric one
///   source  Mantel 1966; Peto and Peto 1972
LogRankTest log_rank_test(std::span<const RiskTable> strata, std::span<const std::vector<RiskTable>> redrawn = {});

}  // namespace mc::query
