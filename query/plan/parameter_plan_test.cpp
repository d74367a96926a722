// SPDX-License-Identifier: Apache-2.0
#include "query/plan/parameter_plan.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;

Result<PlanParameters> read_back(const PlanParameters& parameters) {
  Writer writer;
  write_parameters(writer, parameters);
  const Bytes bytes = std::move(writer).bytes();
  Reader reader(bytes, "parameters");
  return read_parameters(reader);
}

TEST(ParameterPlan, APlanWithParametersIsReadBackAndNothingOfItIsIgnored) {
  const Plan plan = clinic_plan("SELECT sum($w * age + $v * death) FROM clinic WHERE smoker IN $c");
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  ASSERT_EQ(plan.parameters.list.size(), 3u);
  EXPECT_EQ(plan.parameters.bit_count(), 35u);
  EXPECT_EQ(plan.parameters.number_count(), 5u);
  EXPECT_EQ(plan.groups[0].guards.size(), 3u);
  Plan other = plan;
  other.parameters.list[0].name = "u";
  EXPECT_NE(plan_hash(other), plan_hash(plan));
  other = plan;
  other.groups[0].guards.pop_back();
  EXPECT_FALSE(read_plan(canonical_bytes(other)));
  other = plan;
  other.parameters.features.pop_back();
  EXPECT_FALSE(read_plan(canonical_bytes(other)));
}

TEST(ParameterPlan, WhatCannotBeMeantIsNotRead) {
  const PlanParameters good = clinic_plan("SELECT sum($w * age) FROM clinic WHERE sex IN $c").parameters;
  ASSERT_TRUE(read_back(good));
  const auto refused = [&](const std::function<void(PlanParameters&)>& change) {
    PlanParameters parameters = good;
    change(parameters);
    return !read_back(parameters);
  };
  EXPECT_TRUE(refused([](PlanParameters& p) { p.list[0].name = "a b"; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.list[0].name = p.list[1].name; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.list[1].categories.clear(); }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.list[0].categories = {"x"}; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.features[0].factor = 1.5; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.features[0].factor = 0; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.features[0].handle = "age/value"; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.features[0].number = 1; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.features[0].parameter = 7; }));
  EXPECT_TRUE(refused([](PlanParameters& p) { p.criterion = 0; }));
}

TEST(ParameterPlan, AThresholdIsReadBackWithWhatItComparesAndNothingOfItIsIgnored) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE age BETWEEN $t AND $u");
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  const auto changed = [&](const std::function<void(SealedThreshold&)>& change) {
    Plan other = plan;
    change(other.parameters.list[0].threshold);
    return other;
  };
  for (const Plan& other : {changed([](SealedThreshold& t) { t.column = "bmi"; }),
                            changed([](SealedThreshold& t) { t.comparison = Comparison::kLess; }),
                            changed([](SealedThreshold& t) { t.upper = "v"; })}) {
    EXPECT_NE(plan_hash(other), plan_hash(plan));
    EXPECT_EQ(check_recompiles(other, testing::clinic_schema(), limb_budget("standard").value_or_stop()).error().code,
              Code::kRefused);
  }
  EXPECT_FALSE(read_back(changed([](SealedThreshold& t) { t.comparison = Comparison::kEqual; }).parameters));
  EXPECT_FALSE(read_back(changed([](SealedThreshold& t) { t.upper = "a b"; }).parameters));
}

TEST(ParameterPlan, NoColumnIsCalledAsAParameterIs) {
  EXPECT_TRUE(is_parameter_handle("$w*0.25"));
  EXPECT_TRUE(is_parameter_handle("$c[2]"));
  EXPECT_FALSE(is_parameter_handle("$w/value"));
  EXPECT_FALSE(is_parameter_handle("present"));
}

}  // namespace
}  // namespace mc::query
