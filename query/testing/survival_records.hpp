// SPDX-License-Identifier: Apache-2.0
// For tests: what a plan would release of records in the clear.
#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "query/release/survival.hpp"

namespace mc::query::testing {

struct FollowedRecord {
  double time = 0;
  int event = 0;
};

// Miller's acute myelogenous leukaemia trial (R's survival::aml); 0: censored.
inline const std::vector<FollowedRecord> kMaintained{{9, 1},  {13, 1}, {13, 0}, {18, 1}, {23, 1}, {28, 0},
                                                     {31, 1}, {34, 1}, {45, 0}, {48, 1}, {161, 0}};
inline const std::vector<FollowedRecord> kNonmaintained{{5, 1},  {5, 1},  {8, 1},  {8, 1},  {12, 1}, {16, 0},
                                                        {23, 1}, {27, 1}, {30, 1}, {33, 1}, {43, 1}, {45, 1}};

/// The sums of one stratum at the given times.
inline RiskTable risk_table_at(const std::vector<double>& times, const std::vector<FollowedRecord>& records) {
  StratumCounts counts{static_cast<double>(records.size()), std::vector<double>(times.size()),
                       std::vector<double>(times.size())};
  for (const FollowedRecord& one : records) {
    const auto time = std::lower_bound(times.begin(), times.end(), one.time);
    if (time == times.end()) continue;
    (one.event == 1 ? counts.events : counts.censored)[static_cast<std::size_t>(time - times.begin())] += 1;
  }
  return risk_table(times, counts);
}

/// At the records' own times.
inline RiskTable risk_table_of(const std::vector<FollowedRecord>& records) {
  std::set<double> times;
  for (const FollowedRecord& one : records) times.insert(one.time);
  return risk_table_at({times.begin(), times.end()}, records);
}

}  // namespace mc::query::testing
