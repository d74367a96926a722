// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"

#include <gtest/gtest.h>

namespace mc {
namespace {

TEST(Check, ATrueExpressionIsEvaluatedOnceAndNothingHappens) {
  int evaluated = 0;
  MC_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, AFalseExpressionStopsWithItsPlaceAndTextButNoValue) {
  const int secret = 4711;
  EXPECT_DEATH(MC_CHECK(secret == 1), "check_test\\.cpp:[0-9]+: check failed: secret == 1\n$");
}

TEST(Check, IsOneStatementAfterAnIf) {
  bool reached = false;
  if (reached)
    MC_CHECK(false);
  else
    reached = true;
  EXPECT_TRUE(reached);
}

}  // namespace
}  // namespace mc
