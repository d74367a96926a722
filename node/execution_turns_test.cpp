// SPDX-License-Identifier: Apache-2.0
#include "node/execution_turns.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace mc::node {
namespace {

using namespace std::chrono_literals;
using Turn = ExecutionTurns::Turn;

constexpr ExecutionTurns::Clock::time_point kClockStart{};

Hash256 hash(std::string_view kind, std::uint64_t number) {
  return Sha256(kind).update_u64(number).finish();
}
ExecutionTurns::Wish wish(std::uint64_t study, std::uint64_t what, bool again = false) {
  return {hash("study", study), hash("what", what), again};
}

// One lock once lay around all of a custodian's work on a release.
TEST(ExecutionTurns, ALongQuestionOfOneStudyDoesNotKeepAnotherStudyWaiting) {
  ExecutionTurns turns(2);
  const std::optional<Turn> long_one = turns.ask(wish(1, 1), kClockStart);
  ASSERT_TRUE(long_one);
  EXPECT_TRUE(turns.ask(wish(2, 2), kClockStart));
}

// Four copies of one call once held the four workers of a custodian for as long as the first was executed.
TEST(ExecutionTurns, WhoseTurnHasNotComeIsToldSoAtOnce) {
  ExecutionTurns turns(2);
  const std::optional<Turn> first = turns.ask(wish(1, 1), kClockStart);
  ASSERT_TRUE(first);
  for (int copy = 0; copy < 4; ++copy) EXPECT_FALSE(turns.ask(wish(1, 1), kClockStart)) << "it is being executed";
  EXPECT_FALSE(turns.ask(wish(1, 2), kClockStart)) << "another question of the same study";
  const std::optional<Turn> second = turns.ask(wish(2, 3), kClockStart);
  ASSERT_TRUE(second);
  EXPECT_FALSE(turns.ask(wish(3, 4), kClockStart)) << "two are running";
}

TEST(ExecutionTurns, WhoAskedFirstAndStillAsksComesFirst) {
  ExecutionTurns turns(1);
  std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  ASSERT_TRUE(running);
  EXPECT_FALSE(turns.ask(wish(2, 2), kClockStart));
  EXPECT_FALSE(turns.ask(wish(3, 3), kClockStart + 1s));
  running.reset();
  EXPECT_FALSE(turns.ask(wish(3, 3), kClockStart + 2s)) << "study 2 has asked before";
  EXPECT_FALSE(turns.ask(wish(4, 4), kClockStart + 2s)) << "and so has study 3";
  running.emplace(std::move(*turns.ask(wish(2, 2), kClockStart + 2s)));
  EXPECT_FALSE(turns.ask(wish(3, 3), kClockStart + 3s));
  running.reset();
  EXPECT_TRUE(turns.ask(wish(3, 3), kClockStart + 3s));
}

TEST(ExecutionTurns, APlaceIsKeptForThoseWhoAskAgainOnly) {
  ExecutionTurns turns(1);
  std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  EXPECT_FALSE(turns.ask(wish(2, 2), kClockStart));
  running.reset();
  EXPECT_FALSE(turns.ask(wish(3, 3), kClockStart + kLinePatience)) << "it is kept so long";
  EXPECT_TRUE(turns.ask(wish(3, 3), kClockStart + kLinePatience + 1ms));
}

TEST(ExecutionTurns, WhoAsksAgainKeepsHerPlace) {
  ExecutionTurns turns(1);
  std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  EXPECT_FALSE(turns.ask(wish(2, 2), kClockStart));
  EXPECT_FALSE(turns.ask(wish(2, 2), kClockStart + 2s));
  running.reset();
  EXPECT_FALSE(turns.ask(wish(3, 3), kClockStart + 4s));
  EXPECT_TRUE(turns.ask(wish(2, 2), kClockStart + 4s));
}

TEST(ExecutionTurns, OneStudysLineDoesNotKeepAnotherStudyWaiting) {
  ExecutionTurns turns(2);
  const std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  for (std::uint64_t what = 2; what < 40; ++what) EXPECT_FALSE(turns.ask(wish(1, what), kClockStart));
  EXPECT_TRUE(turns.ask(wish(2, 99), kClockStart));
}

TEST(ExecutionTurns, WhatWasAnsweredBeforeComesBehindWhatWasNot) {
  ExecutionTurns turns(1);
  std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  EXPECT_FALSE(turns.ask(wish(2, 2, true), kClockStart));
  EXPECT_FALSE(turns.ask(wish(3, 3, false), kClockStart + 1s));
  running.reset();
  EXPECT_FALSE(turns.ask(wish(2, 2, true), kClockStart + 1s)) << "it asked earlier, and has been answered before";
  running.emplace(std::move(*turns.ask(wish(3, 3), kClockStart + 1s)));
  running.reset();
  EXPECT_TRUE(turns.ask(wish(2, 2, true), kClockStart + 1s));
}

TEST(ExecutionTurns, RepetitionsNeverHaveAllTurns) {
  ExecutionTurns turns(2);
  const std::optional<Turn> one = turns.ask(wish(1, 1, true), kClockStart);
  ASSERT_TRUE(one);
  EXPECT_FALSE(turns.ask(wish(2, 2, true), kClockStart));
  EXPECT_TRUE(turns.ask(wish(3, 3), kClockStart));
}

TEST(ExecutionTurns, AFirstAnswerIsNoRepetitionBecauseSomebodyElseAsksForItAgain) {
  ExecutionTurns turns(1);
  std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  EXPECT_FALSE(turns.ask(wish(2, 2, true), kClockStart));
  EXPECT_FALSE(turns.ask(wish(2, 2, false), kClockStart));
  EXPECT_FALSE(turns.ask(wish(3, 3, false), kClockStart));
  running.reset();
  EXPECT_TRUE(turns.ask(wish(2, 2, true), kClockStart));
}

TEST(ExecutionTurns, TheLineIsNoLongerThanItsLimit) {
  ExecutionTurns turns(1);
  std::optional<Turn> running = turns.ask(wish(1, 1), kClockStart);
  for (std::uint64_t study = 2; study < 2 + kLineMax; ++study) EXPECT_FALSE(turns.ask(wish(study, study), kClockStart));
  EXPECT_FALSE(turns.ask(wish(1000, 1000), kClockStart + 2s));
  running.reset();
  EXPECT_FALSE(turns.ask(wish(1000, 1000), kClockStart + 2s)) << "others have places";
  EXPECT_TRUE(turns.ask(wish(1001, 1001), kClockStart + kLinePatience + 1ms))
      << "which nobody asked for again; 1000 had none";
}

TEST(ExecutionTurns, NoMoreRunThanThereIsRoomForAndOfOneStudyOne) {
  ExecutionTurns turns(2);
  std::atomic<int> inside = 0, most = 0, of_study_7 = 0, most_of_study_7 = 0;
  std::vector<std::jthread> threads;
  const auto note = [](std::atomic<int>& most_yet, int now) {
    int seen = most_yet;
    while (now > seen && !most_yet.compare_exchange_weak(seen, now)) {
    }
  };
  for (std::uint64_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const bool is_7 = i % 2 == 0;
      for (int k = 0; k < 400; ++k) {
        const auto turn = turns.ask(wish(is_7 ? 7 : i, i));
        if (!turn) continue;
        note(most, ++inside);
        if (is_7) note(most_of_study_7, ++of_study_7);
        std::this_thread::yield();
        if (is_7) --of_study_7;
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, 2);
  EXPECT_LE(most_of_study_7, 1);
}

}  // namespace
}  // namespace mc::node
