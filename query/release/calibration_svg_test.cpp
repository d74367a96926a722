// SPDX-License-Identifier: Apache-2.0
#include "query/release/calibration_svg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mc::query {
namespace {

using ::testing::HasSubstr;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(CalibrationSvg, DrawsAPointPerBinAndOfRisksTheDiagonal) {
  const std::vector<CalibrationPoint> points{{0.1, 0.2, 0.1, 0.3}, {0.5, 0.4, 0.3, 0.5}};
  const std::string risks = calibration_svg(points, "a < b", true);
  const std::string scores = calibration_svg(points, "a < b", false);
  EXPECT_THAT(risks, HasSubstr("a &lt; b"));
  EXPECT_EQ(count_of(risks, "<rect"), count_of(scores, "<rect"));
  EXPECT_EQ(count_of(risks, "<line"), count_of(scores, "<line") + 1);
  EXPECT_TRUE(risks.ends_with("</svg>\n"));
}

TEST(CalibrationSvg, WithoutBinsThereAreAxesOnly) {
  EXPECT_THAT(calibration_svg({}, "nobody", false), HasSubstr("observed"));
}

}  // namespace
}  // namespace mc::query
