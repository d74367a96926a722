// SPDX-License-Identifier: Apache-2.0
#include "query/parse/score_calls.hpp"

#include <gtest/gtest.h>

#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

std::string canonical_call(std::string_view sql) {
  const auto query = parse(sql);
  return query ? canonical_sql(*query) : query.error().message;
}

TEST(ScoreCalls, StandWhereAColumnCould) {
  const std::pair<const char*, const char*> cases[] = {
      {"select AUC(death, Predicted_Risk('heart')) from clinic",
       "SELECT auc(death, predicted_risk('heart')) FROM clinic"},
      {"SELECT auc(death, risk_score('heart'), -1, 0.5) FROM clinic",
       "SELECT auc(death, risk_score('heart'), -1, 0.5) FROM clinic"},
      {"SELECT avg( risk_score ( '1+0.10 * age' ) ) FROM clinic WHERE risk_score('m', '2*age') > 3 AND NOT 0.1 <= "
       "predicted_risk('m', '2*age')",
       "SELECT avg(risk_score('1 + 0.1 * age')) FROM clinic WHERE risk_score('m', '2 * age') > 3 AND NOT "
       "predicted_risk('m', '2 * age') >= 0.1"},
      {"SELECT count(*) FROM clinic WHERE predicted_risk('m') BETWEEN 0.1 AND 0.2 OR risk_score('m') IS NULL",
       "SELECT count(*) FROM clinic WHERE predicted_risk('m') BETWEEN 0.1 AND 0.2 OR risk_score('m') IS NULL"},
      {"SELECT avg(risk_score) FROM clinic", "SELECT avg(risk_score) FROM clinic"},
      {"SELECT avg(risk_score('1 * \"it''s\"')) FROM clinic", "SELECT avg(risk_score('1 * \"it''s\"')) FROM clinic"},
  };
  for (const auto& [sql, wanted] : cases) {
    EXPECT_EQ(canonical_call(sql), wanted);
    EXPECT_EQ(canonical_call(wanted), wanted);
  }
}

TEST(ScoreCalls, WhatIsWrongIsSaidWhereItStands) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT risk_score('heart') FROM clinic",
       "1:8: not offered: a score by itself; single records are never released, ask for an aggregate of it"},
      {"SELECT avg(risk_score()) FROM clinic",
       "1:23: the name of a model in 'single quotes' is expected in the parentheses, found )"},
      {"SELECT avg(risk_score(heart)) FROM clinic",
       "1:23: the name of a model in 'single quotes' is expected in the parentheses, found heart"},
      {"SELECT avg(risk_score('heart', 3)) FROM clinic",
       "1:32: an equation in 'single quotes' is expected after the comma, found 3"},
      {"SELECT avg(risk_score('heart' FROM clinic", "1:31: a closing parenthesis is expected here, found FROM"},
      {"SELECT avg(risk_score('')) FROM clinic",
       "1:12: a score needs a model's name or an equation, as in risk_score('1.5 + 0.1 * age')"},
      {"SELECT avg(risk_score('a b', '1 * age')) FROM clinic",
       "1:12: 'a b' is no name of a model: a letter, then letters, digits, _ . and -, at most 64 of them"},
      {"SELECT count(*) FROM clinic WHERE risk_score('1 * age 2') > 3",
       "1:35: + or - is expected between the terms of an equation, found 2"},
      {"SELECT count(*) FROM clinic GROUP BY risk_score('m')",
       "1:48: WHERE, GROUP BY or the end of the query is expected here, found ('m'"},
  };
  for (const auto& [sql, wanted] : cases) EXPECT_EQ(canonical_call(sql), wanted);
}

TEST(ScoreCalls, NamesAreWrittenOutAndNothingElseChanges) {
  Query query = parse(
                    "SELECT auc(death, predicted_risk('heart')) AS a, avg(risk_score('2 * age')) FROM clinic WHERE "
                    "risk_score('points') > 3")
                    .value_or_stop();
  const ModelLookup lookup = [](const std::string& name) -> Result<NamedEquation> {
    if (name == "heart") return NamedEquation{"-3+0.5*age", true};
    if (name == "points") return NamedEquation{"1 * age", false};
    return fail(Code::kNotFound, "no model " + name);
  };
  ASSERT_TRUE(write_out_models(query, lookup));
  EXPECT_EQ(canonical_sql(query),
            "SELECT auc(death, predicted_risk('heart', '-3 + 0.5 * age')) AS a, avg(risk_score('2 * age')) FROM clinic "
            "WHERE risk_score('points', '1 * age') > 3");
  EXPECT_EQ(output_name(query.items[1]), "avg(risk_score('2 * age'))");
  query.items[0].alias.reset();
  EXPECT_EQ(output_name(query.items[0]), "auc(death, predicted_risk('heart'))");

  Query unknown = parse("SELECT avg(risk_score('heard')) FROM clinic").value_or_stop();
  const Status missing = write_out_models(unknown, lookup);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "1:12: no model heard");

  Query no_risks = parse("SELECT count(*) FROM clinic WHERE predicted_risk('points') > 0.1").value_or_stop();
  const Status refused = write_out_models(no_risks, lookup);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "1:35: the model points gives no risks, only a score: write risk_score");
}

}  // namespace
}  // namespace mc::query
