// SPDX-License-Identifier: Apache-2.0
// Which nodes are summed over blocks. Linear combinations at the root of a sum commute with summing, so their parts are
// summed first and combined once at the end; a product that nothing else needs is summed before relinearisation.
//
// Slots are complex numbers and records are real, so two features, or two combinations of features, go as one wherever
// they are multiplied by the same factors and by nothing else: of (a + i b) f the real part is a f, the imaginary part
// b f, and each sum is a coefficient of its own. Half the masks, products and key switches; a curve's hundreds of times
// are all of this kind.
#pragma once

#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

inline constexpr NodeId kNoNode{0xffffffff};

struct Accumulation {
  std::vector<NodeId> summed;    // ascending: features, products, and inner combinations that are released themselves;
                                 // without those that are imaginary parts of others
  std::vector<bool> inner;       // per node: its value per block is needed by a product
  std::vector<bool> is_summed;   // per node
  std::vector<bool> standalone;  // per node: summed only as a released sum by itself, so nothing is added to it and it
                                 // may be summed at the lowest level
  /// Per feature what is loaded with it, and per combination of features the earlier one that is formed with it, as its
  /// imaginary part; or kNoNode.
  std::vector<NodeId> imaginary;
  std::vector<NodeId> real;    // per product of what is an imaginary part: the product whose imaginary part it is
  std::vector<NodeId> beside;  // per node of a pair the other one, whichever of them is the imaginary part; or kNoNode
};

Accumulation accumulation_of(const Plan& plan);

/// All nodes, each after what it is made of and after what goes beside that: one of a pair may stand behind the other
/// one's product. Features, then combinations of them, then everything else as it stands.
std::vector<NodeId> factors_first(const Plan& plan);

}  // namespace mc::query
