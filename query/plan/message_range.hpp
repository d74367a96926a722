// SPDX-License-Identifier: Apache-2.0
// How large a node's value can be for one person: interval arithmetic over the plan.
#pragma once

#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] double magnitude() const;
};

/// One interval per node. Standardised values lie in [-1, 1], every other feature in [0, 1].
std::vector<Interval> message_ranges(const Plan& plan);

}  // namespace mc::query
