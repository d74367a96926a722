// SPDX-License-Identifier: Apache-2.0
// Which nodes are summed over blocks. Linear combinations at the root of a sum commute with summing, so their parts are
// summed first and combined once at the end; a product that nothing else needs is summed before relinearisation.
#pragma once

#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

struct Accumulation {
  std::vector<NodeId> summed;    // ascending: features, products, and inner combinations that are released themselves
  std::vector<bool> inner;       // per node: its value per block is needed by a product
  std::vector<bool> is_summed;   // per node
  std::vector<bool> standalone;  // per node: summed only as a released sum by itself, so nothing is added to it and it
                                 // may be summed at the lowest level
};

Accumulation accumulation_of(const Plan& plan);

}  // namespace mc::query
