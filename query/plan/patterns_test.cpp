// SPDX-License-Identifier: Apache-2.0
#include "query/plan/patterns.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "query/testing/plan_part.hpp"

namespace mc::query {
namespace {

Bytes written_patterns(const PlanPatterns& patterns) {
  return testing::written<write_patterns>(patterns);
}
constexpr auto reread_patterns = testing::reread<read_patterns>;

const PlanPatterns kTwo{{"g=0", "g=1"}, {"(Intercept)", "g"}, {{1, 0.5}, {1, 1}}};

TEST(PlanPatterns, ReadBackAsTheyWereWritten) {
  EXPECT_EQ(reread_patterns(written_patterns(kTwo)).value_or_stop(), kTwo);
}

TEST(PlanPatterns, OfNobodyCutOffOrWithoutNumbersAreRefused) {
  testing::expect_truncations_refused<read_patterns>(written_patterns(kTwo));
  testing::expect_damage_refused_or_kept<read_patterns, write_patterns>(written_patterns(kTwo));
  EXPECT_FALSE(reread_patterns(written_patterns({{}, {"g"}, {}})));
  PlanPatterns endless = kTwo;
  endless.covariates[1][1] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(reread_patterns(written_patterns(endless)));
}

}  // namespace
}  // namespace mc::query
