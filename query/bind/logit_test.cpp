// SPDX-License-Identifier: Apache-2.0
#include "query/bind/logit.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::query {
namespace {

TEST(Logit, IsTheLogarithmOfTheOdds) {
  EXPECT_EQ(logit(0.5), 0);
  for (const double risk : {1e-300, 1e-9, 0.01, 0.05, 0.1, 0.2, 0.3, 0.45, 0.55, 0.7, 0.9, 0.999, 1 - 0x1p-50}) {
    const double truth = std::log(risk) - std::log1p(-risk);
    EXPECT_NEAR(logit(risk), truth, 0x1p-48 * std::max(1.0, std::fabs(truth))) << risk;
  }
  for (int i = 1; i < 1000; ++i) EXPECT_GT(logit((i + 1) / 1002.0), logit(i / 1002.0));
}

// These bits are part of plans that were approved.
TEST(Logit, HasTheSameBitsEverywhere) {
  EXPECT_EQ(logit(0.05), -0x1.78e360604b32cp+1);
  EXPECT_EQ(logit(0.1), -0x1.193ea7aad030ap+1);
  EXPECT_EQ(logit(0.9), 0x1.193ea7aad030bp+1);
}

}  // namespace
}  // namespace mc::query
