// SPDX-License-Identifier: Apache-2.0
#include "base/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace mc {
namespace {

TEST(Workers, EveryIndexIsRunExactlyOnceInEveryOfManyLoops) {
  for (const std::size_t threads : {0, 1, 2, 5}) {
    const Workers workers(threads);
    EXPECT_EQ(workers.threads(), threads == 0 ? 1 : threads);
    for (std::size_t count = 0; count < 300; ++count) {
      std::vector<std::atomic<int>> runs(count);
      workers.run(count, [&](std::size_t i) { ++runs[i]; });
      for (const auto& run : runs) ASSERT_EQ(run.load(), 1);
    }
  }
}

TEST(Workers, ALoopInsideALoopRunsToo) {
  const Workers workers(2);
  std::atomic<int> runs{0};
  workers.run(4, [&](std::size_t) { workers.run(5, [&](std::size_t) { ++runs; }); });
  EXPECT_EQ(runs.load(), 20);
}

TEST(Workers, TwoCallersAtOnceBothGetTheirLoopsDone) {
  const Workers workers(3);
  std::atomic<int> runs{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 200; ++round) workers.run(7, [&](std::size_t) { ++runs; });
      });
    }
  }
  EXPECT_EQ(runs.load(), 3 * 200 * 7);
}

}  // namespace
}  // namespace mc
