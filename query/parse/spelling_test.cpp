// SPDX-License-Identifier: Apache-2.0
#include "query/parse/spelling.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(Spelling, QuotesInsideAreDoubledAndNamesAreQuotedOnlyWhereTheyMustBe) {
  EXPECT_EQ(in_quotes("it's", '\''), "'it''s'");
  EXPECT_EQ(name_sql("age"), "age");
  EXPECT_EQ(name_sql("select"), "\"select\"");
  EXPECT_EQ(name_sql("a \"b\""), "\"a \"\"b\"\"\"");
}

TEST(Spelling, NumbersTakeTheShortestTextThatReadsBack) {
  EXPECT_EQ(number_sql(0.1), "0.1");
  EXPECT_EQ(number_sql(1e300), "1e+300");
  EXPECT_EQ(literal_sql({25.0, {}}), "25");
  EXPECT_EQ(literal_sql({std::string("F"), {}}), "'F'");
}

}  // namespace
}  // namespace mc::query
