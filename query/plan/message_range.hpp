// SPDX-License-Identifier: Apache-2.0
// How large a node's value can be for one person: interval arithmetic over the plan, exact for combinations of one
// column's indicators (of exclusive categories at most one holds; "at least 70" implies "at least 60").
#pragma once

#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] double magnitude() const;
};

/// One interval per node.
std::vector<Interval> message_ranges(const Plan& plan);

}  // namespace mc::query
