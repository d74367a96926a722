// SPDX-License-Identifier: Apache-2.0
#include "query/release/calibration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mc::query {
namespace {

using ::testing::HasSubstr;

PlanItem item_of(bool as_risks) {
  PlanItem item;
  item.statistic = Statistic::kCalibration;
  item.names = {"calibration(death, predicted_risk('m'))"};
  item.breaks = {0, 0.1, 0.3, 1};
  item.strata = 6;
  item.parameter = as_risks ? 1 : 0;
  return item;
}

CalibrationSums calibration_sums(double missing = 0) {
  CalibrationSums sums;
  sums.bins = {{exactly(50), exactly(3), {-150, 1e-9}},
               {exactly(0), exactly(0), {0, 1e-9}},
               {exactly(20), exactly(12), {15, 1e-9}}};
  sums.everybody = exactly(70 + missing);
  return sums;
}

TEST(Calibration, EachBinHasItsRateWithWilsonsIntervalItsMeanScoreAndTheRiskAtIt) {
  const ModelAnswer answer = calibration_answer(item_of(true), calibration_sums(5)).value_or_stop();
  const auto object = nlohmann::json::parse(answer.json);
  EXPECT_EQ(object["model"], "calibration");
  EXPECT_EQ(object["n"], 70);
  EXPECT_EQ(object["n_missing"], 5);
  EXPECT_EQ(object["events"], 15);
  ASSERT_EQ(object["bins"].size(), 3u);
  const auto& first = object["bins"][0];
  EXPECT_EQ(first["from"], 0);
  EXPECT_EQ(first["to"], 0.1);
  EXPECT_DOUBLE_EQ(first["observed"], 0.06);
  // R: prop.test(3, 50, correct = FALSE)$conf.int
  EXPECT_NEAR(first["ci_low"], 0.020614970349, 1e-11);
  EXPECT_NEAR(first["ci_high"], 0.162170916888, 1e-11);
  EXPECT_DOUBLE_EQ(first["mean_score"], -3);
  EXPECT_NEAR(first["risk_at_mean_score"], 1 / (1 + std::exp(3.0)), 1e-15);
  EXPECT_NEAR(object["mean_score"], -135.0 / 70, 1e-12);
  EXPECT_THAT(answer.text, HasSubstr("5 persons have no score or no outcome"));
  EXPECT_GE(answer.digits, 8);
}

TEST(Calibration, ABinWithNobodyInItHasNoRate) {
  const ModelAnswer answer = calibration_answer(item_of(true), calibration_sums()).value_or_stop();
  const auto object = nlohmann::json::parse(answer.json);
  EXPECT_EQ(object["bins"][1]["n"], 0);
  EXPECT_TRUE(object["bins"][1]["observed"].is_null());
  EXPECT_TRUE(object["bins"][1]["mean_score"].is_null());
}

TEST(Calibration, AScoreThatIsNoLogitHasNoRisk) {
  const ModelAnswer answer = calibration_answer(item_of(false), calibration_sums()).value_or_stop();
  const auto object = nlohmann::json::parse(answer.json);
  EXPECT_FALSE(object.contains("risk_at_mean_score"));
  EXPECT_EQ(object["scale"], "score");
}

TEST(Calibration, MoreOutcomesThanPersonsAreNoAnswer) {
  CalibrationSums sums = calibration_sums();
  sums.bins[2].events = exactly(21);
  const auto answer = calibration_answer(item_of(true), sums);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCorrupt);
}

TEST(Calibration, UncertainCountsPromiseNoDigits) {
  CalibrationSums sums = calibration_sums();
  sums.bins[0].n.error = 0.4;
  EXPECT_EQ(calibration_answer(item_of(true), sums).value_or_stop().digits, 0);
}

}  // namespace
}  // namespace mc::query
