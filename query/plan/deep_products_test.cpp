// SPDX-License-Identifier: Apache-2.0
#include "query/plan/deep_products.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/sql_oracle.hpp"

namespace mc::query {
namespace {

using Column = FeatureColumn;

class DeepProductsTest : public ::testing::Test {
 protected:
  NodeId named(const std::string& handle, bool is_signed = false) { return graph_.feature(handle, is_signed); }
  std::vector<NodeId> features(std::size_t count) {
    std::vector<NodeId> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back(named("f" + std::to_string(i)));
    return result;
  }
  std::vector<std::string> handles(const std::vector<NodeId>& nodes) const {
    std::vector<std::string> result;
    for (const NodeId id : nodes) result.push_back(graph_.node(id).handle);
    return result;
  }
  Graph graph_;
  DeepProducts deep_{graph_, 2};
};

TEST_F(DeepProductsTest, FourFactorsStayAsTheyAre) {
  EXPECT_FALSE(deep_.too_deep(features(4)));
  EXPECT_TRUE(deep_.too_deep(features(5)));
  EXPECT_EQ(deep_.fitted(features(4)), features(4));
  EXPECT_TRUE(deep_.columns(std::vector<std::string>{"f0", "f1"}).empty());
}

TEST_F(DeepProductsTest, TheFirstFactorsBecomeOneColumn) {
  EXPECT_EQ(handles(deep_.fitted(features(6))), (std::vector<std::string>{"product/1", "f3", "f4", "f5"}));
  const auto columns = deep_.columns(std::vector<std::string>{"product/1"});
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0], (PlanComputed{"product/0", {{Column{{1, "f0"}}, Column{{1, "f1"}}}}, {}}));
  EXPECT_EQ(columns[1], (PlanComputed{"product/1", {{Column{{1, "product/0"}}, Column{{1, "f2"}}}}, {}}));
}

TEST_F(DeepProductsTest, SumsThatBeginAlikeShareColumns) {
  deep_.fitted(features(6));
  EXPECT_EQ(handles(deep_.fitted(features(5)))[0], "product/0");
  std::vector<NodeId> other = features(5);
  other.back() = named("x", true);
  EXPECT_EQ(handles(deep_.fitted(other))[0], "product/0");
  EXPECT_EQ(deep_.columns(std::vector<std::string>{"product/0"}).size(), 1u);
}

TEST_F(DeepProductsTest, AProductWithASignedColumnIsSigned) {
  std::vector<NodeId> factors = features(5);
  EXPECT_FALSE(graph_.node(deep_.fitted(factors)[0]).is_signed);
  factors[1] = named("x", true);
  EXPECT_TRUE(graph_.node(deep_.fitted(factors)[0]).is_signed);
}

TEST_F(DeepProductsTest, AnAlternativeBecomesAColumnOfProductsAndASum) {
  // c or (a and b) = c + (1 - c) a b, beside four more.
  const NodeId a = named("a"), b = named("b");
  const NodeId ab = graph_.product(a, b);
  const NodeId outside = graph_.linear({{1, named("present")}, {-1, named("c")}});
  const NodeId either = graph_.linear({{1, named("c")}, {1, graph_.product(ab, outside)}});
  std::vector<NodeId> factors = features(3);
  factors.push_back(either);
  const std::vector<NodeId> fitted = deep_.fitted(factors);
  EXPECT_FALSE(deep_.too_deep(fitted));
  for (const NodeId id : fitted) EXPECT_EQ(graph_.node(id).depth, 0u);
  const auto columns = deep_.columns(handles(fitted));
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0], (PlanComputed{"product/0", {{Column{{1, "a"}}, Column{{1, "b"}}}}, {}}));
  EXPECT_EQ(columns[1].sum, (Column{{1, "c"}}));
  ASSERT_EQ(columns[1].products.size(), 1u);
  EXPECT_EQ(columns[1].products[0].right, (Column{{1, "present"}, {-1, "c"}}));
}

TEST(DeepProducts, HandlesAreNoneThatADictionaryHas) {
  EXPECT_TRUE(is_product_handle("product/0"));
  EXPECT_TRUE(is_product_handle("product/17"));
  for (const char* other : {"product/", "product/value", "product/is/1", "products/0", "product/1x", "age/ge/30"}) {
    EXPECT_FALSE(is_product_handle(other)) << other;
  }
}

Result<Plan> deep_plan(const std::string& sql, const char* profile = "test_insecure") {
  return compile(sql, testing::clinic_with_steps(), "clinic", limb_budget(profile).value_or_stop());
}

// Conditions, groups and complete cases beyond the depth, in the clear, beside SQL.
TEST(DeepProducts, QuestionsOfAnyDepthAreThoseOfSql) {
  const data::Schema schema = testing::clinic_with_steps();
  const testing::SqlOracle oracle(schema);
  std::mt19937_64 random(20260);
  std::vector<testing::Patient> patients;
  for (int i = 0; i < 500; ++i) patients.push_back(testing::random_patient(schema, random, 0.1));
  for (const char* sql : {
           "SELECT avg(bmi), stddev_samp(bmi) FROM clinic WHERE age >= 40 AND death = 0 AND nyha IS NOT NULL GROUP BY "
           "sex, smoker",
           "SELECT count(*), corr(age, bmi) FROM clinic WHERE (smoker = 'never' OR diabetes) AND (death OR age > 50) "
           "AND nyha <> 2 AND sex = 'F'",
           "SELECT count(*) FROM clinic WHERE NOT (diabetes = 1 AND death = 1 AND smoker = 'current') AND (nyha = 1 OR "
           "bmi > 25) AND (age < 60 OR sex = 'M')",
           "SELECT avg(age) FROM clinic WHERE bmi > 24.37 AND age > 41.5 AND smoker <> 'never' AND nyha >= 2 GROUP BY "
           "diabetes",
           "SELECT ttest(bmi, sex) FROM clinic WHERE death = 0 AND nyha < 4 AND smoker <> 'current' AND age > 30",
       }) {
    auto compiled = deep_plan(sql);
    ASSERT_TRUE(compiled) << sql << ": " << compiled.error().message;
    const Plan plan = std::move(compiled).value_or_stop();
    EXPECT_LE(plan.depth, 2u) << sql;
    EXPECT_FALSE(plan.computed.empty()) << sql;
    EXPECT_TRUE(plan.is_run()) << sql;
    EXPECT_TRUE(read_plan(canonical_bytes(plan)).has_value()) << sql;
    if (std::string_view(sql).find("ttest") != std::string_view::npos) continue;  // SQL has none
    const ResultTable table = testing::run_in_the_clear(plan, schema, patients);
    EXPECT_EQ(testing::table_difference(table, oracle.answer(sql, patients), 1e-9), "") << sql;
  }
}

// Of a group's sums the beginnings are alike, whatever the group: a WHERE is multiplied once.
TEST(DeepProducts, AWhereIsMultipliedOnceForAllGroups) {
  const Plan plan = deep_plan(
                        "SELECT avg(bmi), stddev_samp(bmi) FROM clinic WHERE age >= 40 AND death = 0 AND diabetes = 1 "
                        "GROUP BY smoker")
                        .value_or_stop();
  EXPECT_EQ(plan.groups.size(), 4u);
  EXPECT_EQ(plan.computed.size(), 2u);
}

// Who is complete in every column is one column, not one per pair of predictors.
TEST(DeepProducts, CompleteCasesAreComputedOnce) {
  const Plan plan =
      deep_plan(
          "SELECT linear_regression('bmi ~ age + smoker + nyha + diabetes') FROM clinic WHERE sex = 'F' AND death = 0")
          .value_or_stop();
  EXPECT_LE(plan.computed.size(), 24u);
  EXPECT_LE(plan.depth, 2u);
}

TEST(DeepProducts, AComparisonIsMadeBeforeTheProductsThatReadIt) {
  Plan plan = deep_plan(
                  "SELECT avg(age) FROM clinic WHERE bmi > 24.37 AND smoker <> 'never' AND nyha >= 2 AND death = 0 "
                  "GROUP BY diabetes")
                  .value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 1u);
  const std::vector<bool> late = after_comparisons(plan);
  EXPECT_TRUE(std::ranges::find(late, true) != late.end());
  EXPECT_TRUE(check_made_columns(plan).has_value());
  // A comparison of what is only computed after it, and one that nobody reads.
  const auto first_late = static_cast<std::size_t>(std::ranges::find(late, true) - late.begin());
  Plan circle = plan;
  circle.comparisons[0].value = plan.computed[first_late].handle;
  EXPECT_EQ(check_made_columns(circle).error().message, "a comparison reads what is computed after it");
  Plan forgotten = plan;
  forgotten.comparisons.clear();
  EXPECT_EQ(check_made_columns(forgotten).error().message, "the comparisons are not those that the plan reads");
}

TEST(DeepProducts, NeedAProfileThatRefreshes) {
  std::string sql = "SELECT count(*) FROM clinic WHERE bmi > 30 AND death";
  for (int i = 0; i < 500; ++i) sql += " OR nyha = " + std::to_string(1 + i % 4) + " AND age > 80";
  EXPECT_TRUE(deep_plan(sql));
  const auto refused = deep_plan(sql, "test_train_insecure");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("products in sequence"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace mc::query
