// SPDX-License-Identifier: Apache-2.0
#include "node/execution_turns.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace mc::node {
namespace {

Hash256 study(std::uint64_t number) {
  return Sha256("study").update_u64(number).finish();
}

// One lock once lay around all of a custodian's work on a release.
TEST(ExecutionTurns, ALongQuestionOfOneStudyDoesNotKeepAnotherStudyWaiting) {
  ExecutionTurns turns(2);
  std::latch long_one_runs(1), short_one_is_done(1);
  std::jthread first([&] {
    const auto turn = turns.take(study(1));
    long_one_runs.count_down();
    short_one_is_done.wait();  // it ends only when the other study's question was executed beside it
  });
  long_one_runs.wait();
  { const auto turn = turns.take(study(2)); }
  short_one_is_done.count_down();
}

TEST(ExecutionTurns, OneStudyHasOneTurnAtATime) {
  ExecutionTurns turns(2);
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        const auto turn = turns.take(study(7));
        const int now = ++inside;
        if (now > most) most = now;
        std::this_thread::yield();
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(most, 1);
}

TEST(ExecutionTurns, NoMoreRunThanThereIsRoomFor) {
  ExecutionTurns turns(2);
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 50; ++k) {
        const auto turn = turns.take(study(i));
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, 2);
}

}  // namespace
}  // namespace mc::node
