// SPDX-License-Identifier: Apache-2.0
#include "query/plan/message_range.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

Interval range_of(const std::string& sql) {
  const Plan plan =
      compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
  return message_ranges(plan)[plan.moments.back().value];
}

TEST(MessageRange, IndicatorsOfOneColumnStayWithinZeroAndOne) {
  for (const char* where :
       {"age BETWEEN 40 AND 60", "bmi < 18.5 OR bmi > 30", "NOT bmi >= 25", "diabetes = 0", "NOT death",
        "smoker IN ('never', 'former')", "smoker IS NULL", "nyha <> 2", "diabetes IS NULL OR diabetes",
        "bmi IS NULL OR bmi BETWEEN 18.5 AND 25", "age < 40 OR age = 60 OR age > 80"}) {
    const Interval range = range_of(std::string("SELECT count(*) FROM clinic WHERE ") + where);
    EXPECT_EQ(range.low, 0) << where;
    EXPECT_EQ(range.high, 1) << where;
  }
}

TEST(MessageRange, StandardisedValuesAreSignedAndTheirSquaresAreNot) {
  EXPECT_EQ(range_of("SELECT sum(bmi) FROM clinic").low, -1);
  Plan plan;
  plan.nodes.resize(3);
  plan.nodes[0].is_signed = true;
  plan.nodes[1].kind = NodeKind::kProduct;
  plan.nodes[2].kind = NodeKind::kLinear;
  plan.nodes[2].terms = {{-3, NodeId(1)}};
  const auto ranges = message_ranges(plan);
  EXPECT_EQ(ranges[1].low, 0);
  EXPECT_EQ(ranges[2].low, -3);
  EXPECT_EQ(ranges[2].magnitude(), 3);
}

}  // namespace
}  // namespace mc::query
