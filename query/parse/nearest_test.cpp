// SPDX-License-Identifier: Apache-2.0
#include "query/parse/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mc::query {
namespace {

TEST(Nearest, FindsATypingMistakeAndNothingFarAway) {
  const std::vector<std::string> names{"age", "Smoker", "systolic_pressure"};
  EXPECT_EQ(nearest("smokre", names), "Smoker");
  EXPECT_EQ(nearest("systolic_presure", names), "systolic_pressure");
  EXPECT_EQ(nearest("AGE", names), "age");
  EXPECT_EQ(nearest("creatinine", names), "");
  EXPECT_EQ(nearest("", names), "");
}

TEST(Nearest, ListsAreCutWithTheNumberLeftOut) {
  const std::vector<std::string> names{"a", "b", "c", "d"};
  EXPECT_EQ(listed(names), "a, b, c, d");
  EXPECT_EQ(listed(names, 2), "a, b and 2 more");
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(did_you_mean("zzz", names), "");
}

}  // namespace
}  // namespace mc::query
