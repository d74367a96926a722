// SPDX-License-Identifier: Apache-2.0
#include "query/release/svg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Svg, EscapesWhatItIsGiven) {
  Svg svg(10, 10);
  svg.text({1, 2}, "<a href=\"x\">\n");
  EXPECT_THAT(std::move(svg).finish(), HasSubstr(">&lt;a href=&quot;x&quot;&gt; </text>"));
}

TEST(Svg, WhatIsNotANumberDoesNotBreakTheDocument) {
  Svg svg(10, 10);
  svg.line({std::nan(""), 1}, {INFINITY, -0.001}, "#000000");
  const std::string text = std::move(svg).finish();
  EXPECT_THAT(text, HasSubstr("x1=\"0.00\" y1=\"1.00\" x2=\"0.00\""));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
}

TEST(Svg, ColoursRepeatAfterTheEighth) {
  EXPECT_EQ(chart_colour(0), chart_colour(8));
  EXPECT_NE(chart_colour(0), chart_colour(1));
}

}  // namespace
}  // namespace mc::query
