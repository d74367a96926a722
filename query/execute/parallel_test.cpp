// SPDX-License-Identifier: Apache-2.0
#include "query/execute/parallel.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(ParallelFor, EveryIndexRunsOnceWithAnyNumberOfThreads) {
  for (const std::uint32_t threads : {0u, 1u, 2u, 7u}) {
    std::vector<std::atomic<int>> seen(100);
    EXPECT_TRUE(parallel_for(seen.size(), threads, [&](std::uint32_t worker, std::size_t i) -> Status {
      EXPECT_LT(worker, std::max(1u, threads));
      ++seen[i];
      return {};
    }));
    for (const auto& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, OfSeveralErrorsTheLowestIndexIsTold) {
  for (int round = 0; round < 50; ++round) {
    const Status status = parallel_for(64, 4, [](std::uint32_t, std::size_t i) -> Status {
      if (i >= 3) return fail(Code::kIo, "index " + std::to_string(i));
      return {};
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "index 3");
  }
}

}  // namespace
}  // namespace mc::query
