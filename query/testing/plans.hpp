// SPDX-License-Identifier: Apache-2.0
// For tests: questions about the small clinic and the small trial, planned.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/trial.hpp"

namespace mc::query::testing {

/// The plan of a question that has one; the test fails and stops otherwise.
inline Plan plan_within(std::string_view sql, const data::Schema& schema, const LimbBudget& budget) {
  auto plan = compile(sql, schema, schema.name, budget);
  EXPECT_TRUE(plan) << sql << ": " << (plan ? "" : plan.error().message);
  return std::move(plan).value_or_stop();
}

inline Result<Plan> compiled_clinic(std::string_view sql) {
  return compile(sql, clinic_schema(), "clinic", limb_budget("standard").value_or_stop());
}
inline Plan clinic_plan(std::string_view sql, std::string_view profile = "standard") {
  return plan_within(sql, clinic_schema(), limb_budget(profile).value_or_stop());
}
inline Plan trial_plan(std::string_view sql, std::string_view profile = "standard") {
  return plan_within(sql, trial_schema(), limb_budget(profile).value_or_stop());
}

/// A committee that trains nothing: what can be is made of counts.
inline LimbBudget counting_budget() {
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.trains = false;
  return budget;
}
inline Plan counting_trial_plan(std::string_view sql) {
  return plan_within(sql, trial_schema(), counting_budget());
}

}  // namespace mc::query::testing
