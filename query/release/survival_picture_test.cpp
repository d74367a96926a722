// SPDX-License-Identifier: Apache-2.0
#include "query/release/survival_picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

#include "query/testing/survival_records.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

SurvivalStratum stratum(std::string name, const std::vector<testing::FollowedRecord>& records) {
  SurvivalStratum result{std::move(name), testing::risk_table_of(records), {}};
  result.curve = kaplan_meier(result.table, ConfidenceType::kLog, 0.95);
  return result;
}

std::vector<SurvivalStratum> two_arms() {
  return {stratum("arm=A", {{2, 1}, {4, 1}, {5, 0}, {8, 1}}), stratum("arm=B<&>", {{6, 1}, {7, 0}, {10, 0}, {10, 0}})};
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(AxisTicks, AreRoundNumbersThatReachTheEnd) {
  EXPECT_THAT(axis_ticks(10), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(axis_ticks(1022), ElementsAre(0, 200, 400, 600, 800, 1000, 1200));
  EXPECT_THAT(axis_ticks(0), ElementsAre(0, 1));
  for (const double end : {0.3, 1.0, 7.0, 42.0, 364.0, 7043.0}) {
    const auto ticks = axis_ticks(end);
    EXPECT_GE(ticks.back(), end);
    EXPECT_GE(ticks.size(), 4u) << end;
    EXPECT_LE(ticks.size(), 8u) << end;
  }
}

TEST(SurvivalTextPlot, StepsDownAndCountsThoseAtRiskBelow) {
  const std::string text = survival_text_plot(two_arms());
  EXPECT_THAT(text, HasSubstr("1.00 |"));
  EXPECT_THAT(text, HasSubstr("0.50 |"));
  EXPECT_THAT(text, HasSubstr("number at risk\n* arm=A"));
  // At 0, 2, 4, 6, 8, 10: four of arm A until 2, three at 4, one from 6 to 8, none at 10.
  const std::string row = text.substr(text.find("* arm=A"));
  std::istringstream numbers(row.substr(7, row.find('\n') - 7));
  EXPECT_EQ(std::vector<double>(std::istream_iterator<double>(numbers), {}), (std::vector<double>{4, 4, 3, 1, 1, 0}));
}

TEST(SurvivalTextPlot, OfNobodyIsAnEmptyFrame) {
  EXPECT_THAT(survival_text_plot(std::vector<SurvivalStratum>{}), HasSubstr("1.00 |\n"));
  EXPECT_THAT(survival_text_plot(std::vector<SurvivalStratum>{stratum("all", {})}), HasSubstr("* all"));
}

TEST(SurvivalSvg, HasACurveABandTicksOfCensoringAndARiskTablePerStratum) {
  const std::string svg = survival_svg(two_arms(), "time & death", "log-rank p = 0.1");
  EXPECT_TRUE(svg.starts_with("<svg xmlns="));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(occurrences(svg, "<polyline"), 2u);
  EXPECT_EQ(occurrences(svg, "<polygon"), 2u);
  EXPECT_THAT(svg, HasSubstr("time &amp; death"));
  EXPECT_THAT(svg, HasSubstr("arm=B&lt;&amp;&gt;, median not reached"));
  EXPECT_THAT(svg, HasSubstr("arm=A, median 6"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
}

TEST(SurvivalSvg, EqualCurvesMakeEqualBytes) {
  EXPECT_EQ(survival_svg(two_arms(), "t", ""), survival_svg(two_arms(), "t", ""));
}

}  // namespace
}  // namespace mc::query
