// SPDX-License-Identifier: Apache-2.0
// For tests: what a plan would release of records in the clear.
#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "query/release/survival.hpp"

namespace mc::query::testing {

struct Followed {
  double time = 0;
  int event = 0;
};

// Miller's acute myelogenous leukaemia trial (R's survival::aml); 0: censored.
inline const std::vector<Followed> kMaintained{{9, 1},  {13, 1}, {13, 0}, {18, 1}, {23, 1}, {28, 0},
                                               {31, 1}, {34, 1}, {45, 0}, {48, 1}, {161, 0}};
inline const std::vector<Followed> kNonmaintained{{5, 1},  {5, 1},  {8, 1},  {8, 1},  {12, 1}, {16, 0},
                                                  {23, 1}, {27, 1}, {30, 1}, {33, 1}, {43, 1}, {45, 1}};

/// The sums of one stratum at the given times.
inline RiskTable risk_table_at(const std::vector<double>& times, const std::vector<Followed>& records) {
  std::vector<double> followed, events_left;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const auto is_followed = [&](const Followed& one) { return k == 0 || one.time > times[k - 1]; };
    followed.push_back(static_cast<double>(std::count_if(records.begin(), records.end(), is_followed)));
    events_left.push_back(static_cast<double>(std::count_if(
        records.begin(), records.end(), [&](const Followed& one) { return is_followed(one) && one.event == 1; })));
  }
  return risk_table(times, followed, events_left);
}

/// At the records' own times.
inline RiskTable risk_table_of(const std::vector<Followed>& records) {
  std::set<double> times;
  for (const Followed& one : records) times.insert(one.time);
  return risk_table_at({times.begin(), times.end()}, records);
}

}  // namespace mc::query::testing
