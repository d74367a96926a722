// SPDX-License-Identifier: Apache-2.0
// A plan for people: what is computed, what is released and what it costs.
#pragma once

#include <string>

#include "query/plan/limb_budget.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// What running the plan costs, counted from its graph.
struct PlanCost {
  std::size_t features = 0;  // ciphertexts read per owner and block
  std::size_t products_per_block = 0;
  std::size_t relinearisations_per_block = 0;  // of products that feed other products
  std::size_t relinearisations_at_end = 0;     // of all answers together, after the last block
  std::size_t factors_max = 0;
};
PlanCost cost_of(const Plan& plan);

/// A node as a formula over handles, e.g. "(age/value * bmi/valid)".
std::string node_text(const Plan& plan, NodeId node);

/// A group by its keys: "sex = 'F', nyha = 2".
std::string group_text(const Plan& plan, const PlanGroup& group);

/// Text of EXPLAIN; deterministic, ends with a newline.
std::string explain(const Plan& plan, const LimbBudget& budget);

}  // namespace mc::query
