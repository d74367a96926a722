// SPDX-License-Identifier: Apache-2.0
// Persons of weight 0 in linear_regression: R's lm leaves them out of its degrees of freedom, and so does an answer
// where the dictionary tells them from others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/release/finish.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::kSlots;
using ::testing::Not;

Plan weightless_plan(const std::string& item, const data::Schema& schema) {
  return testing::plan_within("SELECT " + item + " FROM trial", schema, limb_budget("standard").value_or_stop());
}

ModelCell answered_cell(const Plan& plan, const data::Schema& schema = testing::trial_schema()) {
  const std::vector<double> means = testing::trial_means(plan, testing::trial_patients(300, 4), kSlots, schema);
  const std::vector<double> errors(means.size(), 1e-9);
  const ResultTable table = finish(plan, means, errors, kSlots).value_or_stop();
  return std::get<ModelCell>(table.rows.at(0).at(0));
}

// They were counted, and standard errors up to a fifth too small.
TEST(WeightlessPersons, AreNotCountedWhereCategoriesTellThem) {
  const data::Schema schema = testing::trial_schema();
  const Plan plan = weightless_plan("linear_regression('age ~ weight + arm', weights => dead)", schema);
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  EXPECT_THAT(explain(plan, limb_budget("standard").value_or_stop()), HasSubstr(" of weight 0; coefficients"));
  const json weighted = json::parse(answered_cell(plan)->json);
  const json alone =
      json::parse(answered_cell(compile("SELECT linear_regression('age ~ weight + arm') FROM trial WHERE dead = 1",
                                        schema, "trial", limb_budget("standard").value_or_stop())
                                    .value_or_stop())
                      ->json);
  EXPECT_GT(weighted.at("n_weightless").get<int>(), 50);
  EXPECT_EQ(weighted.at("n"), alone.at("n"));
  EXPECT_EQ(weighted.at("df_residual"), alone.at("df_residual"));
  for (std::size_t i = 0; i < 3; ++i) {
    for (const char* const what : {"estimate", "std_error", "p"}) {
      const double wanted = alone.at("coefficients").at(i).at(what).get<double>();
      EXPECT_NEAR(weighted.at("coefficients").at(i).at(what).get<double>(), wanted, 1e-7 * std::abs(wanted)) << what;
    }
  }
  EXPECT_THAT(answered_cell(plan)->text, HasSubstr(" observations of weight 0 not counted)"));
}

TEST(WeightlessPersons, AreToldByAnEdgeAboveZeroAndOtherwiseTheAnswerSaysThatTheyCount) {
  data::Schema schema = testing::trial_schema();
  const std::string item = "linear_regression('age ~ weight', weights => days)";
  const ModelCell untold = answered_cell(weightless_plan(item, schema));
  EXPECT_TRUE(json::parse(untold->json).at("n_weightless").is_null());
  EXPECT_THAT(untold->text, HasSubstr("persons of weight 0 count among the degrees of freedom"));
  EXPECT_THAT(explain(weightless_plan(item, schema), limb_budget("standard").value_or_stop()),
              HasSubstr("of weight 0, too"));
  schema.columns[0].edges = {1, 30};
  const ModelCell told = answered_cell(weightless_plan(item, schema), schema);
  EXPECT_GT(json::parse(told->json).at("n_weightless").get<int>(), 0);
  EXPECT_LT(json::parse(told->json).at("df_residual").get<double>(),
            json::parse(untold->json).at("df_residual").get<double>());
  const ModelCell none = answered_cell(weightless_plan("linear_regression('age ~ days', weights => weight)", schema));
  EXPECT_FALSE(json::parse(none->json).contains("n_weightless")) << "nobody weighs less than 30";
  EXPECT_THAT(none->text, Not(HasSubstr("weight 0")));
}

// Sums with and without weights of 0 and 1 are those of two groups: rules about few persons have to see both.
TEST(WeightlessPersons, AndThoseWhoAreLeftAreGroupsThatRulesSee) {
  const data::Schema schema = testing::trial_schema();
  const Plan plan = weightless_plan("linear_regression('age ~ weight', weights => dead)", schema);
  const Plan without = weightless_plan("linear_regression('age ~ weight')", schema);
  EXPECT_EQ(plan.groups.at(0).guards.size(), without.groups.at(0).guards.size() + 2);
}

}  // namespace
}  // namespace mc::query
