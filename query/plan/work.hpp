// SPDX-License-Identifier: Apache-2.0
// How much there is to compute for a plan over a data set of so many persons: numbers of operations, from which
// whoever knows what one of them takes foresees the time. No cryptography.
#pragma once

#include "query/plan/plan.hpp"

namespace mc::query {

/// How large a data set is for a computation.
struct DataExtent {
  std::size_t blocks = 0;        // with at least one consenting person
  std::size_t owner_blocks = 0;  // pairs of an owner and a block with at least one of her consenting persons
  bool owners_apart = false;     // columns are computed and refreshed for every such pair: in guarded commons
};

/// Of one execution, by whoever executes.
struct PlanWork {
  double loads = 0;       // sealed features fetched and masked
  double products = 0;    // products of ciphertexts that are added up
  double switches = 0;    // relinearisations, each with its division
  double opened = 0;      // ciphertexts that refreshes open, and hash first
  double refreshed = 0;   // polynomials that refreshes make anew
  double steps = 0;       // refreshes one after another
  std::size_t level = 0;  // limbs of most of it
};

/// Counts of operations, exact for loads, products and switches of plans without refreshes, and to some percent for
/// the others.
PlanWork work_of(const Plan& plan, const DataExtent& extent, std::uint32_t masked_level);

}  // namespace mc::query
