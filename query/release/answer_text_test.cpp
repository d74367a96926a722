// SPDX-License-Identifier: Apache-2.0
#include "query/release/answer_text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::query {
namespace {

TEST(AnswerText, NumbersHaveTheDigitsThatAreAskedForAndAtMostSeven) {
  EXPECT_EQ(shown(3.14159265358979, 3), "3.14");
  EXPECT_EQ(shown(3.14159265358979, 15), "3.141593");
  EXPECT_EQ(shown(1022, 0), "1e+03");
  EXPECT_EQ(shown(std::nan(""), 5), "NA");
  EXPECT_EQ(shown(Finished{}, 5), "NA");
  EXPECT_EQ(shown(Finished{Measured{INFINITY, 0}}, 5), "NA");
}

TEST(AnswerText, CellsAreAsWideAsTheirCharactersInAnyScript) {
  EXPECT_EQ(width_of("søvn"), 4U);
  EXPECT_EQ(padded("søvn", 6, true), "  søvn");
  EXPECT_EQ(padded("søvn", 6, false), "søvn  ");
  EXPECT_EQ(padded("too long", 3, true), "too long");
}

TEST(AnswerText, SmallProbabilitiesArePrintedAsR) {
  EXPECT_EQ(shown_p(Measured{0.0020992, 0}), "0.0021");
  EXPECT_EQ(shown_p(Measured{1e-17, 0}), "<2e-16");
  EXPECT_EQ(shown_p(Finished{}), "NA");
}

TEST(AnswerText, TablesAlignByCharactersNotBytes) {
  EXPECT_EQ(table_text({{"", "n"}, {"größe", "12"}, {"x", "3"}}), "        n\ngröße  12\nx       3\n");
}

}  // namespace
}  // namespace mc::query
