// SPDX-License-Identifier: Apache-2.0
#include "query/release/forest_svg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ForestSvg, HasALineASquareAndItsNumbersPerRatio) {
  const std::vector<ForestRow> rows{{"armB", 0.5, 0.25, 1}, {"age<70", 2, 1, 4}};
  const std::string svg = forest_svg(rows, "trial", "hazard ratio");
  EXPECT_THAT(svg, HasSubstr("0.5 (0.25, 1)"));
  EXPECT_THAT(svg, HasSubstr("age&lt;70"));
  EXPECT_THAT(svg, HasSubstr("hazard ratio"));
  // On a logarithmic axis the two are mirror images about the line at 1.
  const auto square_of = [&](const std::string& name) {
    const std::size_t at = svg.find("<rect x=", svg.find(name));
    return std::stod(svg.substr(at + 9)) + 4.5;
  };
  const double middle = 230 + (760 - 230 - 200) / 2.0;
  EXPECT_NEAR(square_of("armB") - middle, middle - square_of("age&lt;70"), 0.02);
}

TEST(ForestSvg, ARatioThatIsNoNumberIsANameAlone) {
  const std::vector<ForestRow> rows{{"aliased", std::nan(""), std::nan(""), std::nan("")},
                                    {"endless", 1e9, 0, INFINITY}};
  const std::string svg = forest_svg(rows, "", "");
  EXPECT_THAT(svg, HasSubstr("aliased"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(ForestSvg, AnIntervalBeyondTheAxisEndsInItsEdge) {
  const std::vector<ForestRow> rows{{"wide", 10, 1e-6, 1e6}};
  EXPECT_THAT(forest_svg(rows, "", ""), HasSubstr("x1=\"230.00\""));
}

}  // namespace
}  // namespace mc::query
