// SPDX-License-Identifier: Apache-2.0
#include "node/run_progress.hpp"

#include <gtest/gtest.h>

namespace mc::node {
namespace {

const Hash256 kRun = Sha256("run progress").update_u64(1).finish();
const Hash256 kOther = Sha256("run progress").update_u64(2).finish();

// Four calls of one run, whose authorisation is public, once held all workers of a compute node as long as it took.
TEST(RunProgress, ARunHasOneDriver) {
  RunProgress runs;
  auto first = runs.begin(kRun);
  ASSERT_TRUE(first);
  EXPECT_FALSE(runs.begin(kRun));
  EXPECT_TRUE(runs.begin(kOther)) << "another run";
  first.reset();
  EXPECT_TRUE(runs.begin(kRun)) << "it has ended";
}

TEST(RunProgress, ItIsToldWhileTheRunIsUnderWay) {
  RunProgress runs;
  EXPECT_FALSE(runs.of(kRun));
  auto run = runs.begin(kRun);
  EXPECT_EQ(runs.of(kRun), 0u);
  run->at(7);
  EXPECT_EQ(runs.of(kRun), 7u);
  EXPECT_FALSE(runs.begin(kRun));
  EXPECT_EQ(runs.of(kRun), 7u) << "who asks for it once more changes nothing";
  run.reset();
  EXPECT_FALSE(runs.of(kRun));
}

}  // namespace
}  // namespace mc::node
