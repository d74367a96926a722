// SPDX-License-Identifier: Apache-2.0
#include "query/plan/comparison_plan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace mc::query {
namespace {

// 113 bits: kSignError is beyond what a long double can tell from 1.
using Wide = __float128;

double distance_from(Wide x, int one) {
  const Wide off = x - one;
  return static_cast<double>(off < 0 ? -off : off);
}

Wide after_stages(const std::vector<CubicStage>& stages, Wide x, double noise) {
  for (const CubicStage& stage : stages) x = x * (stage.linear - stage.cubic * x * x) + noise;
  return x - noise;  // what the last stage adds is bounded by itself
}

TEST(SignStages, EndAtPlusOrMinusOneFromEverywhereBeyondTheGap) {
  std::mt19937_64 random(5);
  for (const double gap : {1.0, 0.5, 0.1, 0x1p-5, 1.0 / 240, 1e-4, 0x1p-20, 0x1p-33}) {
    const std::vector<CubicStage> stages = sign_stages(gap);
    ASSERT_LE(stages.size(), kStagesMax);
    for (int i = 0; i < 4000; ++i) {
      double x = std::exp(std::uniform_real_distribution<double>(std::log(gap), 0)(random));
      if (i == 0) x = gap;
      if (i == 1) x = 1;
      if (i % 2 == 1) x *= 1 - kGapPart;
      for (const double noise : {0.0, kStageNoise, -kStageNoise}) {
        EXPECT_LE(distance_from(after_stages(stages, x, noise), 1), kSignError) << gap << " " << x;
        EXPECT_LE(distance_from(after_stages(stages, -x, noise), -1), kSignError) << gap << " " << x;
      }
    }
  }
}

TEST(SignStages, OfNarrowGapsEndThereWithTheNoiseThatIsPlannedForThem) {
  std::mt19937_64 random(6);
  for (const double gap : {0x1p-38, 0x1p-44, kProvenGapMin}) {
    const std::vector<CubicStage> stages = sign_stages(gap, kProvenStageNoise);
    ASSERT_LE(stages.size(), kStagesMax);
    for (int i = 0; i < 2000; ++i) {
      double x = std::exp(std::uniform_real_distribution<double>(std::log(gap), 0)(random));
      if (i == 0) x = gap;
      if (i % 2 == 0) x *= 1 - kGapPart;
      for (const double noise : {0.0, kProvenStageNoise, -kProvenStageNoise}) {
        EXPECT_LE(distance_from(after_stages(stages, x, noise), 1), kSignError) << gap << " " << x;
        EXPECT_LE(distance_from(after_stages(stages, -x, noise), -1), kSignError) << gap << " " << x;
      }
    }
  }
}

TEST(SignStages, NeverLeaveOneWhateverTheyStartFrom) {
  for (const double gap : {0.3, 0.01, 0x1p-30}) {
    for (int i = -1000; i <= 1000; ++i) {
      long double x = i / 1000.0L;
      for (const CubicStage& stage : sign_stages(gap)) {
        x = x * (stage.linear - stage.cubic * x * x);
        EXPECT_LE(std::fabs(x), 1 + 1e-15L);
      }
    }
  }
}

TEST(SignStages, AnEighthOfTheGapCostsAtMostThreeStagesMore) {
  for (double gap = 0.5; gap > 0x1p-30; gap /= 8) {
    EXPECT_LE(sign_stages(gap / 8).size(), sign_stages(gap).size() + 3) << gap;
  }
  EXPECT_LE(sign_stages(0x1p-5).size(), 9u);
  EXPECT_LE(sign_stages(0x1p-12).size(), 15u);
}

// What docs/design/0046 rests on: noise that pushes a value beyond 1 does not grow there.
TEST(SignStages, ALittleBeyondOneTheyComeBack) {
  for (const double gap : {0.3, 0.01, 0x1p-44}) {
    for (const CubicStage& stage : sign_stages(gap, kProvenStageNoise)) {
      for (const long double x : {1.0L, 1 + 0x1p-50L, 1.001L, 1.05L}) {
        EXPECT_LE(std::fabs(x * (stage.linear - stage.cubic * x * x)), 1) << gap;
      }
    }
  }
}

PlanComparison example() {
  return {"age/above/61.5",   "age/value",        0.025, 0.15, 0x1p-5, {{1, "age/ge/60"}, {-1, "age/ge/70"}},
          {{1, "age/ge/70"}}, sign_stages(0x1p-5)};
}

TEST(PlanComparison, ReadsBackWhatWasWritten) {
  Writer writer;
  write_comparison(writer, example());
  const Bytes bytes = std::move(writer).bytes();
  Reader reader(bytes, "comparison");
  EXPECT_EQ(read_comparison(reader).value_or_stop(), example());
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(refresh_count(example()), example().stages.size() + 2);
}

TEST(PlanComparison, WhatCannotBeMeantIsRefused) {
  const auto read = [](const PlanComparison& comparison) {
    Writer writer;
    write_comparison(writer, comparison);
    const Bytes bytes = std::move(writer).bytes();
    Reader reader(bytes, "comparison");
    return read_comparison(reader).has_value();
  };
  EXPECT_TRUE(read(example()));
  PlanComparison proven = example();
  proven.reach = kProvenReach;
  EXPECT_FALSE(read(proven)) << "nothing is above";
  proven.above.clear();
  EXPECT_TRUE(read(proven));
  proven.window.clear();
  EXPECT_TRUE(read(proven));
  proven.reach = 3;
  EXPECT_FALSE(read(proven));
  for (int what = 0; what < 7; ++what) {
    PlanComparison bad = example();
    if (what == 0) bad.middle = 1.5;
    if (what == 1) bad.reach = 0;
    if (what == 2) bad.gap = std::nan("");
    if (what == 3) bad.window.clear();
    if (what == 4) bad.stages.clear();
    if (what == 5) bad.stages[0].linear = 1e9;
    if (what == 6) bad.above[0].factor = HUGE_VAL;
    EXPECT_FALSE(read(bad)) << what;
  }
}

}  // namespace
}  // namespace mc::query
