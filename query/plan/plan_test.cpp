// SPDX-License-Identifier: Apache-2.0
#include "query/plan/plan.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;

Plan sample_plan() {
  return clinic_plan("SELECT sex, avg(bmi), count(*) FROM clinic WHERE death OR diabetes GROUP BY sex");
}

TEST(PlanBytes, ReadBackAsTheyWereWritten) {
  const Plan plan = sample_plan();
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
}

TEST(PlanBytes, ItemsOfManyColumnsReadBackToo) {
  const Plan plan = clinic_plan(
      "SELECT sex, histogram(bmi), quantile(age, 0.25), count(DISTINCT nyha), ttest(bmi, sex), "
      "chisq_test(sex, nyha, 'uncorrected'), odds_ratio(death, sex), risk_ratio(death, sex) FROM clinic "
      "WHERE diabetes GROUP BY sex");
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
}

TEST(PlanBytes, ModelsReadBackToo) {
  const Plan plan = clinic_plan(
      "SELECT sex, linear_regression('bmi ~ age + sex', missing => 'indicator'), "
      "linear_regression('age ~ nyha', weights => death, ridge => 0.5, missing => 'indicator'), avg(bmi) "
      "FROM clinic GROUP BY sex");
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  EXPECT_EQ(plan.groups[0].sums.size(), plan.sum_count());
}

TEST(PlanBytes, EveryTruncationIsRefusedWithItsByte) {
  const Bytes bytes = canonical_bytes(sample_plan());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto plan = read_plan(ByteView(bytes).first(size));
    ASSERT_FALSE(plan) << size;
    EXPECT_EQ(plan.error().code, Code::kCorrupt);
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(read_plan(longer));
}

void expect_every_bit_to_count(const Plan& plan) {
  const Bytes bytes = canonical_bytes(plan);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1 << bit));
      const auto other = read_plan(changed);
      if (!other) continue;
      EXPECT_EQ(canonical_bytes(*other), changed) << "byte " << i << " bit " << bit;
      EXPECT_NE(plan_hash(*other), plan_hash(plan));
    }
  }
}

TEST(PlanBytes, AFlippedBitIsRefusedOrIsAnotherPlan) {
  expect_every_bit_to_count(sample_plan());
  expect_every_bit_to_count(clinic_plan("SELECT linear_regression('bmi ~ age', weights => death) FROM clinic"));
}

std::string refusal_of_plan(const std::function<void(Plan&)>& spoil) {
  Plan plan = sample_plan();
  spoil(plan);
  const auto read = read_plan(canonical_bytes(plan));
  return read ? "accepted" : read.error().message;
}

void expect_refusal(const std::string& reason, const std::function<void(Plan&)>& spoil) {
  const std::string message = refusal_of_plan(spoil);
  EXPECT_NE(message.find(reason), std::string::npos) << message;
}

NodeId first_of(const Plan& plan, NodeKind kind) {
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
    if (plan.nodes[i].kind == kind) return NodeId(i);
  }
  return NodeId(0);
}

TEST(PlanBytes, EveryInvariantIsChecked) {
  EXPECT_EQ(refusal_of_plan([](Plan&) {}), "accepted");
  const auto linear = [](Plan& p) -> Node& { return p.nodes[first_of(p, NodeKind::kLinear).value]; };
  const auto product = [](Plan& p) -> Node& { return p.nodes[first_of(p, NodeKind::kProduct).value]; };
  expect_refusal("used before it stands", [&](Plan& p) { product(p).right = NodeId(1000); });
  expect_refusal("wrong order", [&](Plan& p) { std::swap(product(p).left, product(p).right); });
  expect_refusal("coefficient is zero", [&](Plan& p) { linear(p).terms[0].coefficient = 0; });
  expect_refusal("terms stand in the wrong order", [&](Plan& p) { std::swap(linear(p).terms[0], linear(p).terms[1]); });
  expect_refusal("empty linear", [&](Plan& p) { linear(p).terms.clear(); });
  expect_refusal("stands twice", [](Plan& p) { p.nodes[1].handle = p.nodes[0].handle; });
  expect_refusal("released twice", [](Plan& p) { p.moments[1] = p.moments[0]; });
  expect_refusal("the plan says depth", [](Plan& p) { ++p.depth; });
  expect_refusal("a node is not used", [](Plan& p) { p.moments.pop_back(); });
  expect_refusal("a sum does not exist", [](Plan& p) { p.groups[0].cells[1].x1 = MomentId(500); });
  expect_refusal("a group is empty by construction", [](Plan& p) { p.groups[0].n = kZeroMoment; });
  expect_refusal("a key column does not exist", [](Plan& p) { p.items[0].key = 1; });
  expect_refusal("range cannot be meant", [](Plan& p) { p.items[1].x.half_width = -1; });
  expect_refusal("has no strata", [](Plan& p) { p.items[1].strata = 0; });
  expect_refusal("wrong number of columns", [](Plan& p) { p.items[1].strata = 2; });
  expect_refusal("do not fit the table's rows", [](Plan& p) { p.items[1].rows = 2; });
  expect_refusal("do not fit the table's rows", [](Plan& p) { p.items[1].rows = 0; });
  expect_refusal("wrong number of columns", [](Plan& p) { p.items[1].names.push_back("more"); });
  expect_refusal("breaks do not fit", [](Plan& p) { p.items[1].breaks = {1, 2}; });
  expect_refusal("breaks do not ascend", [](Plan& p) { p.items[1].breaks = {2, 1}; });
  expect_refusal("outside of 0 to 1", [](Plan& p) { p.items[1].parameter = 1.5; });
  expect_refusal("wrong number of groups", [](Plan& p) { p.groups.clear(); });
}

TEST(PlanBytes, EveryInvariantOfAModelIsChecked) {
  const auto refused_as = [](const std::string& reason, const std::function<void(Plan&, PlanModel&)>& spoil) {
    Plan plan = clinic_plan("SELECT linear_regression('bmi ~ age', weights => death) FROM clinic");
    spoil(plan, *plan.items[0].model);
    const auto read = read_plan(canonical_bytes(plan));
    const std::string message = read ? "accepted" : read.error().message;
    EXPECT_NE(message.find(reason), std::string::npos) << message;
  };
  refused_as("accepted", [](Plan&, PlanModel&) {});
  refused_as("do not belong together", [](Plan& p, PlanModel&) { p.items[0].model.reset(); });
  refused_as("do not belong together", [](Plan& p, PlanModel&) { p.items[0].statistic = Statistic::kCountRows; });
  refused_as("wrong number of sums", [](Plan& p, PlanModel&) { --p.items[0].sums; });
  refused_as("wrong number of sums", [](Plan&, PlanModel& m) { m.weights.reset(); });
  refused_as("a sum does not exist", [](Plan& p, PlanModel&) { p.groups[0].sums[1] = MomentId(77); });
  refused_as("a penalty cannot be meant", [](Plan&, PlanModel& m) { m.ridge = -1; });
  refused_as("range cannot be meant", [](Plan&, PlanModel& m) { m.weights->half_width = 0; });
  refused_as("no monomials, or too many", [](Plan&, PlanModel& m) { m.basis = 0; });
  refused_as("no monomials, or too many", [](Plan&, PlanModel& m) { m.basis = 2000; });
  refused_as("stand in the wrong order", [](Plan&, PlanModel& m) { m.columns[1][1].index = 9; });
  refused_as("stand in the wrong order", [](Plan&, PlanModel& m) { std::swap(m.columns[1][0], m.columns[1][1]); });
  refused_as("column cannot be meant", [](Plan&, PlanModel& m) { m.response[0].coefficient = 0; });
  refused_as("is not its intercept", [](Plan&, PlanModel& m) { std::swap(m.columns[0], m.columns[1]); });
}

TEST(PlanHash, DependsOnTheCommonsTheSchemaAndTheWords) {
  const Plan plan = sample_plan();
  for (const auto& change : std::vector<std::function<void(Plan&)>>{
           [](Plan& p) { p.dataset = "elsewhere"; }, [](Plan& p) { p.schema_hash.bytes[0] ^= 1; },
           [](Plan& p) { p.profile = "train"; }, [](Plan& p) { p.items[1].x.centre += 1; }}) {
    Plan other = plan;
    change(other);
    EXPECT_NE(plan_hash(other), plan_hash(plan));
  }
}

TEST(Plan, FeaturesAreListedOnce) {
  EXPECT_EQ(features_of(clinic_plan("SELECT sum(bmi), avg(bmi), count(*) FROM clinic WHERE death")),
            (std::vector<std::string>{"death/value", "bmi/valid", "bmi/value"}));
}

}  // namespace
}  // namespace mc::query
