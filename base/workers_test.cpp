// SPDX-License-Identifier: Apache-2.0
#include "base/workers.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <new>
#include <stdexcept>
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

TEST(Workers, NothingToDoRunsNothing) {
  const Workers workers(3);
  workers.run(0, [](std::size_t) { FAIL() << "there is no index"; });
}

TEST(Workers, WakeUpAgainAfterTheyFellAsleep) {
  const Workers workers(4);
  std::atomic<int> runs{0};
  for (int round = 0; round < 60; ++round) {
    workers.run(8, [&](std::size_t) { ++runs; });
    std::this_thread::sleep_for(std::chrono::milliseconds(round % 4));
  }
  EXPECT_EQ(runs.load(), 60 * 8);
}

TEST(Workers, AreStartedAndDismissedWithoutAnyWork) {
  for (int round = 0; round < 200; ++round) const Workers workers(1 + round % 5);
}

TEST(Workers, WhatOneThreadWroteIsSeenByTheNextLoop) {
  const Workers workers(3);
  std::vector<std::uint64_t> sums(64);
  for (std::uint64_t round = 1; round <= 300; ++round) {
    // Plain memory: index i of this loop reads what another index of the loop before wrote.
    std::vector<std::uint64_t> next(sums.size());
    workers.run(sums.size(), [&](std::size_t i) { next[i] = sums[(i + 1) % sums.size()] + 1; });
    sums = next;
  }
  for (const std::uint64_t sum : sums) EXPECT_EQ(sum, 300u);
}

TEST(Workers, LoopsInLoopsInLoopsOfManyCallersAllRun) {
  const Workers workers(3);
  std::atomic<int> runs{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 6; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 30; ++round) {
          workers.run(3, [&](std::size_t) {
            workers.run(4, [&](std::size_t) { workers.run(5, [&](std::size_t) { ++runs; }); });
          });
        }
      });
    }
  }
  EXPECT_EQ(runs.load(), 6 * 30 * 3 * 4 * 5);
}

TEST(Workers, WhatAJobThrowsReachesTheCallerOnceNoJobRunsAnyMore) {
  for (const std::size_t threads : {1, 2, 4}) {
    const Workers workers(threads);
    for (int round = 0; round < 100; ++round) {
      std::atomic<int> running{0};
      const auto job = [&](std::size_t i) {
        ++running;
        if (i % 7 == 3) {
          --running;
          throw std::bad_alloc();
        }
        std::this_thread::yield();
        --running;
      };
      EXPECT_THROW(workers.run(40, job), std::bad_alloc);
      EXPECT_EQ(running.load(), 0);
    }
    // The team is as good as new.
    std::atomic<std::size_t> sum{0};
    workers.run(100, [&](std::size_t i) { sum += i; });
    EXPECT_EQ(sum.load(), 4950u);
  }
}

TEST(Workers, AFailureInsideALoopInsideALoopReachesTheOuterCaller) {
  const Workers workers(3);
  const auto inner = [&](std::size_t) {
    workers.run(4, [](std::size_t i) {
      if (i == 2) throw std::runtime_error("inner");
    });
  };
  EXPECT_THROW(workers.run(5, inner), std::runtime_error);
}

TEST(Workers, OneCallersFailureIsNotAnothers) {
  const Workers workers(3);
  std::atomic<int> failures{0}, runs{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, fails = caller % 2 == 0] {
        for (int round = 0; round < 200; ++round) {
          try {
            workers.run(6, [&](std::size_t i) {
              if (fails && i == 5) throw std::bad_alloc();
              if (!fails) ++runs;
            });
          } catch (const std::bad_alloc&) {
            ++failures;
          }
        }
      });
    }
  }
  EXPECT_EQ(failures.load(), 2 * 200);
  EXPECT_EQ(runs.load(), 2 * 200 * 6);
}

// Sanitizers reserve more address space than any limit leaves.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Workers, AreFewerWhereTheSystemGivesNoMoreThreads) {
  const auto with_little_memory = [] {
    std::ifstream pages_file("/proc/self/statm");
    rlim_t pages = 0;
    pages_file >> pages;
    const rlim_t limit = pages * 4096 + (rlim_t{256} << 20);  // room for some stacks, not for ten thousand
    const rlimit memory{limit, limit};
    if (setrlimit(RLIMIT_AS, &memory) != 0) std::_Exit(2);
    const Workers workers(10'000);
    std::atomic<int> runs{0};
    workers.run(1'000, [&](std::size_t) { ++runs; });
    std::_Exit(workers.threads() < 10'000 && runs.load() == 1'000 ? 0 : 1);
  };
  EXPECT_EXIT(with_little_memory(), ::testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace mc
