// SPDX-License-Identifier: Apache-2.0
#include "query/release/survival.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "query/testing/survival_records.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using testing::FollowedRecord;
using testing::risk_table_of;

using testing::kMaintained;
using testing::kNonmaintained;

TEST(RiskTable, ListsTimesAtWhichSomethingHappened) {
  const RiskTable table = risk_table_of(kMaintained);
  EXPECT_THAT(table.time, ElementsAre(9, 13, 18, 23, 28, 31, 34, 45, 48, 161));
  EXPECT_THAT(table.n_risk, ElementsAre(11, 10, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_THAT(table.n_event, ElementsAre(1, 1, 1, 1, 0, 1, 1, 0, 1, 0));
  EXPECT_THAT(table.n_censor, ElementsAre(0, 1, 0, 0, 1, 0, 0, 1, 0, 1));
  EXPECT_EQ(table.n, 11);
  EXPECT_EQ(table.events, 7);
}

TEST(RiskTable, WhoIsFollowedBeyondTheLastTimeIsCensoredAtIt) {
  // Six persons; at 10 one event and one censoring, at 20 two events, two are followed on, one of them to an event.
  const RiskTable table = risk_table(std::vector<double>{10, 20}, {6, {1, 2}, {1, 0}});
  EXPECT_THAT(table.time, ElementsAre(10, 20));
  EXPECT_THAT(table.n_risk, ElementsAre(6, 4));
  EXPECT_THAT(table.n_event, ElementsAre(1, 2));
  EXPECT_THAT(table.n_censor, ElementsAre(1, 2));
  EXPECT_EQ(table.events, 3);
}

TEST(RiskTable, OfNobodyIsEmpty) {
  const RiskTable table = risk_table(std::vector<double>{10}, {0, {0}, {0}});
  EXPECT_TRUE(table.time.empty());
  EXPECT_EQ(table.n, 0);
}

TEST(KaplanMeier, AgreesWithTheTableThatRPrintsForTheLeukaemiaTrial) {
  const RiskTable table = risk_table_of(kMaintained);
  const SurvivalCurve curve = kaplan_meier(table, ConfidenceType::kLog, 0.95);
  const std::vector<double> survival{0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184};
  const std::vector<double> std_error{0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535};
  const std::vector<double> lower{0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359};
  const std::vector<double> upper{1, 1, 1, 0.999, 0.946, 0.875, 0.944};
  std::size_t row = 0;
  for (std::size_t i = 0; i < table.time.size(); ++i) {
    if (table.n_event[i] == 0) continue;
    EXPECT_NEAR(curve.survival[i], survival[row], 5e-4) << table.time[i];
    EXPECT_NEAR(curve.std_error[i], std_error[row], 5e-5) << table.time[i];
    EXPECT_NEAR(curve.lower[i], lower[row], 5e-5) << table.time[i];
    EXPECT_NEAR(curve.upper[i], upper[row], 5e-4) << table.time[i];
    ++row;
  }
  EXPECT_EQ(curve.median, 31);
  EXPECT_EQ(curve.median_lower, 18);
  EXPECT_TRUE(std::isnan(curve.median_upper));
}

TEST(KaplanMeier, SaysNothingAboutErrorsWhereNobodySurvives) {
  for (const auto type : {ConfidenceType::kLog, ConfidenceType::kPlain, ConfidenceType::kLogLog}) {
    const SurvivalCurve curve = kaplan_meier(risk_table_of(kNonmaintained), type, 0.95);
    EXPECT_EQ(curve.survival.back(), 0);
    for (const auto* numbers : {&curve.std_error, &curve.lower, &curve.upper}) {
      EXPECT_TRUE(std::isnan(numbers->back()));
      EXPECT_FALSE(std::isnan(numbers->front()));
    }
    EXPECT_EQ(curve.median, 23);
  }
}

TEST(KaplanMeier, IntervalsAreSymmetricOnTheirOwnScale) {
  const RiskTable table = risk_table_of(kMaintained);
  const SurvivalCurve plain = kaplan_meier(table, ConfidenceType::kPlain, 0.9);
  const SurvivalCurve log_log = kaplan_meier(table, ConfidenceType::kLogLog, 0.9);
  const double z = 1.6448536269514722;
  for (std::size_t i = 2; i < table.time.size(); ++i) {
    const double s = plain.survival[i];
    const double error = plain.std_error[i];
    EXPECT_NEAR(plain.lower[i], std::max(0.0, s - z * error), 1e-12);
    EXPECT_NEAR(plain.upper[i], std::min(1.0, s + z * error), 1e-12);
    const auto scale = [](double x) { return std::log(-std::log(x)); };
    const double reach = z * error / (s * -std::log(s));
    EXPECT_NEAR(scale(log_log.lower[i]), scale(s) + reach, 1e-9);
    EXPECT_NEAR(scale(log_log.upper[i]), scale(s) - reach, 1e-9);
  }
}

TEST(KaplanMeier, BeforeTheFirstEventTheIntervalIsAPoint) {
  const RiskTable table = risk_table_of({{5, 0}, {7, 1}, {9, 1}});
  const SurvivalCurve log = kaplan_meier(table, ConfidenceType::kLog, 0.95);
  EXPECT_EQ(log.survival[0], 1);
  EXPECT_EQ(log.std_error[0], 0);
  EXPECT_EQ(log.lower[0], 1);
  EXPECT_EQ(log.upper[0], 1);
  EXPECT_TRUE(std::isnan(kaplan_meier(table, ConfidenceType::kLogLog, 0.95).lower[0]));  // as R
}

TEST(KaplanMeier, AMedianOnAStepIsTheMiddleOfIt) {
  const SurvivalCurve curve = kaplan_meier(risk_table_of({{2, 1}, {4, 1}, {6, 1}, {8, 1}}), ConfidenceType::kLog, 0.95);
  EXPECT_EQ(curve.median, 5);
  EXPECT_EQ(kaplan_meier(risk_table_of({{2, 1}, {4, 0}}), ConfidenceType::kLog, 0.95).median, 2);
  EXPECT_TRUE(std::isnan(kaplan_meier(risk_table_of({{2, 0}, {4, 0}}), ConfidenceType::kLog, 0.95).median));
}

}  // namespace
}  // namespace mc::query
