// SPDX-License-Identifier: Apache-2.0
#include "query/plan/computed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/release/auc.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/values.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using testing::KnownScore;
using testing::number;
using testing::Patient;

Result<Plan> compiled_scores(const std::string& sql) {
  return compile(sql, testing::clinic_with_steps(), "clinic", limb_budget("standard").value_or_stop());
}

std::vector<Patient> scored_patients(std::size_t count, std::uint64_t seed) {
  return testing::random_patients(testing::clinic_with_steps(), count, seed, 0.15);
}

std::string score_error(const std::string& sql) {
  const auto plan = compiled_scores(sql);
  return plan ? "" : plan.error().message;
}

/// `text` with its question mark replaced.
std::string filled(std::string text, const std::string& with) {
  for (std::size_t at = text.find('?'); at != std::string::npos; at = text.find('?', at + with.size())) {
    text.replace(at, 1, with);
  }
  return text;
}

std::string score_sql(const KnownScore& known) {
  return "risk_score('m', '" + std::string(known.equation) + "')";
}

TEST(Computed, CountsMeansAndThresholdsOfScoresAreThoseOfTheRecords) {
  const data::Schema schema = testing::clinic_with_steps();
  const std::vector<Patient> patients = scored_patients(500, 3);
  for (const KnownScore& known : testing::known_scores()) {
    const Plan plan =
        compiled_scores(
            filled("SELECT count(?), avg(?), count(*) FROM clinic WHERE ? > -0.777 OR ? IS NULL", score_sql(known)))
            .value_or_stop();
    EXPECT_TRUE(plan.is_run());
    const ResultTable table = testing::run_in_the_clear(plan, schema, patients);
    const double rounding = plan.scores.at(0).rounding;
    double count = 0;
    double sum = 0;
    double null = 0;
    double close = 0;  // so near to the threshold that rounding may take them over it
    for (const Patient& patient : patients) {
      const std::optional<double> score = known.of(patient);
      if (!score) ++null;
      if (score && std::fabs(*score + 0.777) <= rounding + 1e-9) ++close;
      if (!score || *score <= -0.777) continue;
      ++count;
      sum += *score;
    }
    EXPECT_NEAR(number(table.rows[0][0]), count, close) << known.equation;
    EXPECT_NEAR(number(table.rows[0][2]), count + null, close) << known.equation;
    if (close == 0 && count > 0) {
      EXPECT_NEAR(number(table.rows[0][1]), sum / count, rounding + 1e-8) << known.equation;
    }
    EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  }
}

TEST(Computed, AnAucIsThatOfTheRecordsBins) {
  const data::Schema schema = testing::clinic_with_steps();
  const std::vector<Patient> patients = scored_patients(400, 9);
  const KnownScore known = testing::known_scores()[1];
  const Plan plan =
      compiled_scores(filled("SELECT auc(death, ?, -3.0001, -1.5001, 0.0001) FROM clinic", score_sql(known)))
          .value_or_stop();
  const ResultTable table = testing::run_in_the_clear(plan, schema, patients);
  std::vector<Measured> counts[2] = {std::vector<Measured>(4), std::vector<Measured>(4)};
  for (const Patient& patient : patients) {
    const double score = *known.of(patient);
    const std::size_t bin = (score > -3.0001 ? 1 : 0) + (score > -1.5001 ? 1 : 0) + (score > 0.0001 ? 1 : 0);
    counts[*testing::number_in(patient, testing::kDeath) == 1 ? 1 : 0][bin].value += 1;
  }
  const Auc truth = auc_of(counts[0], counts[1]);
  ASSERT_EQ(table.columns.size(), 3u);
  EXPECT_DOUBLE_EQ(number(table.rows[0][0]), truth.area->value);
  EXPECT_DOUBLE_EQ(number(table.rows[0][1]), truth.low->value);
  EXPECT_DOUBLE_EQ(number(table.rows[0][2]), truth.high->value);
  EXPECT_EQ(table.columns[0], "auc(death, risk_score('m'), -3.0001, -1.5001, 1e-04)");
}

TEST(Computed, RisksAreCutAtRisks) {
  const data::Schema schema = testing::clinic_with_steps();
  const std::vector<Patient> patients = scored_patients(400, 10);
  const KnownScore known = testing::known_scores()[0];
  const std::string risk = "predicted_risk('m', '" + std::string(known.equation) + "')";
  const Plan plan =
      compiled_scores("SELECT histogram(" + risk + ", 0.1, 0.5), count(*) FROM clinic WHERE " + risk + " <= 0.7")
          .value_or_stop();
  EXPECT_EQ(plan.items[0].names[0], "histogram(predicted_risk('m'), 0.1, 0.5).[0,0.1)");
  const ResultTable table = testing::run_in_the_clear(plan, schema, patients);
  double counts[4] = {0, 0, 0, 0};
  for (const Patient& patient : patients) {
    const double p = 1 / (1 + std::exp(-*known.of(patient)));
    if (p > 0.7) continue;
    ++counts[p < 0.1 ? 0 : p < 0.5 ? 1 : 2];
    ++counts[3];
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(number(table.rows[0][i]), counts[i]);
}

TEST(Computed, CalibrationIsTheTableOfTheRecords) {
  const data::Schema schema = testing::clinic_with_steps();
  const std::vector<Patient> patients = scored_patients(500, 12);
  const KnownScore known = testing::known_scores()[2];
  const Plan plan = compiled_scores("SELECT calibration(death, predicted_risk('m', '" + std::string(known.equation) +
                                    "')) FROM clinic")
                        .value_or_stop();
  const ResultTable table = testing::run_in_the_clear(plan, schema, patients);
  const std::string text = std::get<ModelCell>(table.rows[0][0])->json;
  const std::vector<double>& breaks = plan.items[0].breaks;
  for (std::size_t bin = 0; bin + 1 < breaks.size(); ++bin) {
    int n = 0;
    int events = 0;
    for (const Patient& patient : patients) {
      const std::optional<double> score = known.of(patient);
      if (!score) continue;
      const double p = 1 / (1 + std::exp(-*score));
      if (p < breaks[bin] || p >= breaks[bin + 1]) continue;
      ++n;
      events += *testing::number_in(patient, testing::kDeath) == 1 ? 1 : 0;
    }
    EXPECT_THAT(text, HasSubstr("\"from\":" + data::number_text(breaks[bin]) + (breaks[bin] == 0 ? ".0" : "") +
                                ",\"to\":" + data::number_text(breaks[bin + 1]) + (breaks[bin + 1] == 1 ? ".0" : "") +
                                ",\"n\":" + std::to_string(n) + ",\"events\":" + std::to_string(events)));
  }
}

TEST(Computed, ColumnsStandAfterWhatTheyReadAndOnlyThoseThatAreRead) {
  const KnownScore many = testing::known_scores()[6];  // five columns that may be missing
  const Plan plan = compiled_scores("SELECT count(" + score_sql(many) + ") FROM clinic").value_or_stop();
  std::vector<std::string> handles;
  for (const PlanComputed& column : plan.computed) handles.push_back(column.handle);
  EXPECT_THAT(handles, ::testing::ElementsAre("risk_score('m')/complete/0", "risk_score('m')/complete/1",
                                              "risk_score('m')/complete/2", "risk_score('m')/valid"));
  EXPECT_EQ(rounds_of(plan.computed), (std::vector<std::size_t>{0, 0, 1, 2}));
  const Plan whole = compiled_scores("SELECT avg(" + score_sql(many) + ") FROM clinic").value_or_stop();
  EXPECT_EQ(whole.computed.back().handle, "risk_score('m')/value");
  EXPECT_EQ(whole.computed.size(), 6u);
  for (const std::string& handle : sealed_features_of(whole)) EXPECT_FALSE(handle.starts_with("risk_score")) << handle;
}

TEST(Computed, OneScoreUnderTwoWordsIsComputedOnce) {
  const Plan plan = compiled_scores(
                        "SELECT count(*), avg(risk_score('m', '0.5 * age - 20')) FROM clinic WHERE "
                        "predicted_risk('m', '0.5*age-20.0') > 0.5")
                        .value_or_stop();
  EXPECT_EQ(plan.scores.size(), 1u);
  EXPECT_EQ(plan.computed.size(), 1u);
}

TEST(Computed, WhatCannotBeAskedIsSaidWhereItStands) {
  EXPECT_EQ(score_error("SELECT avg(risk_score('heart')) FROM clinic"),
            "1:12: the model heart is only named: `ask` and `explain --dir` look it up, elsewhere its equation is "
            "written behind its name");
  EXPECT_EQ(score_error("SELECT avg(risk_score('m', '1 * age')), avg(risk_score('m', '2 * age')) FROM clinic"),
            "1:45: the model m stands with two equations");
  EXPECT_EQ(score_error("SELECT avg(predicted_risk('m', '0.1 * age')) FROM clinic"),
            "1:12: avg needs values, and of a risk only thresholds are computed: take risk_score, or calibration and "
            "histogram of predicted_risk");
  EXPECT_EQ(score_error("SELECT auc(age, predicted_risk('m', '0.1 * age')) FROM clinic"),
            "1:12: auc needs a column with categories, and age is a measurement");
  EXPECT_EQ(score_error("SELECT auc(death, sex) FROM clinic"),
            "1:19: auc needs numbers, and the categories of sex are texts; count(*) with GROUP BY sex counts them");
  EXPECT_EQ(score_error("SELECT auc(smoker, age) FROM clinic"),
            "1:12: auc needs a column with two categories, and smoker has 3; WHERE smoker IN (…, …) can leave two");
  EXPECT_EQ(score_error("SELECT calibration(death, age) FROM clinic"),
            "1:27: calibration needs a score, as in calibration(death, predicted_risk('model')), and age is a column");
  EXPECT_EQ(score_error("SELECT auc(death, risk_score('m', '0.1 * age')) FROM clinic"),
            "1:19: auc of a score needs to be told where to cut, as in auc(death, risk_score('m'), -2, -1, 0); of "
            "predicted_risk it is cut at 5 %, 10 %, 20 %, … 90 %");
  EXPECT_EQ(score_error("SELECT auc(death, predicted_risk('m', '0.1 * age - 3'), 5, 10) FROM clinic"),
            "1:8: the edge 5 is not between 0 and 1, as risks are");
  EXPECT_EQ(score_error("SELECT count(*) FROM clinic WHERE predicted_risk('m', '0.1 * age - 3') > 20"),
            "1:74: 20 is no risk: risks are from 0 to 1");
  EXPECT_THAT(score_error("SELECT count(*) FROM clinic WHERE risk_score('m', '0.1 * ages') > 20"),
              HasSubstr("1:35: unknown term ages in the equation"));
  EXPECT_THAT(score_error("SELECT auc(death, risk_score('m', '0.1 * age'), 100) FROM clinic"),
              HasSubstr("1:8: the edge 100 is not inside the range of risk_score('m'), 0 to 12"));
}

TEST(Computed, AnAucOfAMeasurementNeedsNoRun) {
  const Plan plan = compiled_scores("SELECT auc(death, age) FROM clinic").value_or_stop();
  EXPECT_FALSE(plan.is_run());
  EXPECT_EQ(plan.items[0].breaks, (std::vector<double>{0, 40, 60, 61, 80, 120}));
}

TEST(Computed, ExplainSaysEquationGridAndWhatIsComputed) {
  const Plan plan = compiled_scores(
                        "SELECT calibration(death, predicted_risk('m', '-3 + 0.0512345 * age + 0.1 * bmi'), 0.2) "
                        "FROM clinic")
                        .value_or_stop();
  const std::string text = explain(plan, limb_budget("standard").value_or_stop());
  EXPECT_THAT(text, HasSubstr("risk_score('m') = -3 + 0.0512345 * age + 0.1 * bmi\n"));
  EXPECT_THAT(text, HasSubstr(", which moves nobody's score by more than "));
  EXPECT_THAT(text, HasSubstr("  risk_score('m')/all = "));
  EXPECT_THAT(text, HasSubstr("  risk_score('m')/value = risk_score('m')/all * risk_score('m')/valid\n"));
  EXPECT_THAT(text, HasSubstr("docs/design/0022"));
  EXPECT_THAT(text, HasSubstr("persons, "));
}

TEST(Computed, APlanWhoseComputedColumnsDoNotFitIsRefused) {
  const Plan good = compiled_scores("SELECT avg(risk_score('m', '0.1 * bmi')) FROM clinic").value_or_stop();
  const auto refusal = [](const Plan& plan) {
    const auto read = read_plan(canonical_bytes(plan));
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(refusal(good), "");
  Plan swapped = good;
  std::swap(swapped.computed.front(), swapped.computed.back());
  EXPECT_THAT(refusal(swapped), HasSubstr("reads what is not computed yet"));
  Plan twice = good;
  twice.computed.push_back(twice.computed.front());
  EXPECT_THAT(refusal(twice), HasSubstr("computed twice"));
  Plan idle = good;
  idle.computed.push_back({"risk_score('m')/idle", {}, {{1, "present"}}});
  EXPECT_THAT(refusal(idle), HasSubstr("is not read"));
  Plan coarse = good;
  coarse.scores[0].rounding = 1;
  EXPECT_THAT(refusal(coarse), HasSubstr("a score's grid cannot be meant"));
}

}  // namespace
}  // namespace mc::query
