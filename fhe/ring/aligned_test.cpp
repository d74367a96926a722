// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/aligned.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>

#if defined(__linux__)
#include <unistd.h>
#endif

namespace mc::fhe {
namespace {

TEST(AlignedWords, StartOnACacheLineAtEverySize) {
  for (const std::size_t words : {1, 7, 8, 1024, 16384, 300000}) {
    const AlignedWords memory(words, 7);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0u) << words;
    for (const std::uint64_t word : memory) ASSERT_EQ(word, 7u);
  }
}

#if !defined(__SANITIZE_ADDRESS__)
TEST(AlignedWords, AreTakenFromThoseGivenBackOfTheSameSize) {
  const std::uint64_t* first = nullptr;
  {
    const AlignedWords memory(50001);
    first = memory.data();
  }
  const AlignedWords other_size(50002);
  EXPECT_NE(other_size.data(), first);
  const AlignedWords same_size(50001);
  EXPECT_EQ(same_size.data(), first);
}
#endif

TEST(AlignedWords, SurviveManyThreadsThatTakeAndGive) {
  std::vector<std::jthread> threads;
  for (std::uint64_t id = 0; id < 4; ++id) {
    threads.emplace_back([id] {
      for (int round = 0; round < 200; ++round) {
        AlignedWords a(4096 + 8 * static_cast<std::size_t>(round % 3), id);
        AlignedWords b(4096, id + 100);
        ASSERT_EQ(a.front(), id);
        ASSERT_EQ(a.back(), id);
        ASSERT_EQ(b.back(), id + 100);
      }
    });
  }
}

TEST(AlignedWords, OfNoWordsAreNothingToGiveBack) {
  AlignedWords none(0);
  none.resize(8, 1);
  none.resize(0);
  none.shrink_to_fit();
  EXPECT_TRUE(none.empty());
  void* const block = take_block(0);
  give_block(block, 0);
}

TEST(AlignedWords, TooManyAreRefusedAndNothingIsLost) {
  EXPECT_THROW(static_cast<void>(AlignedWords(std::numeric_limits<std::size_t>::max())), std::length_error);
  // The address sanitizer stops the process instead.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_THROW(AlignedWords(std::size_t{1} << 59), std::bad_alloc);
#endif
  const AlignedWords memory(20'000, 3);
  EXPECT_TRUE(std::ranges::all_of(memory, [](std::uint64_t word) { return word == 3; }));
}

TEST(AlignedWords, MayBeTakenByOneThreadAndGivenBackByAnother) {
  std::mutex mutex;
  std::vector<AlignedWords> handed_over;
  const auto make = [&] {
    for (std::uint64_t round = 0; round < 100; ++round) {
      AlignedWords memory(4096 + round % 5 * 512, round);
      const std::lock_guard lock(mutex);
      handed_over.push_back(std::move(memory));
    }
  };
  std::size_t seen = 0;
  const auto drop = [&] {
    while (seen < 200) {
      std::vector<AlignedWords> taken;
      {
        const std::lock_guard lock(mutex);
        taken.swap(handed_over);
      }
      for (const AlignedWords& memory : taken) {
        ASSERT_EQ(memory.size(), 4096 + memory.front() % 5 * 512);
        ASSERT_EQ(memory.back(), memory.front());
      }
      seen += taken.size();
      std::this_thread::yield();
    }
  };
  { std::jthread first(make), second(make), third(drop); }
  EXPECT_EQ(seen, 200u);
}

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Of addresses, whether their pages were touched or not.
std::size_t bytes_in_use() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void take_and_give(std::size_t count, std::size_t bytes) {
  std::vector<AlignedWords> blocks;
  for (std::size_t i = 0; i < count; ++i) blocks.emplace_back(bytes / 8);
}

TEST(AlignedWords, GivenBackAreKeptUpToTheLimitAndTheSizesLongestUnusedGoFirst) {
  constexpr std::size_t kMiB = std::size_t{1} << 20, kSlack = 2 * kMiB;
  // Two sizes of this test's own that together go past the limit. Nothing is written: no page is ever touched.
  constexpr std::size_t kOld = kMiB + 64, kNew = kMiB + 128;
  take_and_give(400, kOld);  // whatever other tests left has gone
  const std::size_t kept_before = bytes_in_use();
  take_and_give(400, kOld);
  EXPECT_LE(bytes_in_use(), kept_before + kSlack);
  take_and_give(100, kNew);  // in use, they are not kept; given back, they push out as many old ones
  EXPECT_LE(bytes_in_use(), kept_before + kSlack);
  EXPECT_GE(bytes_in_use() + kSlack, kept_before);
  {
    std::vector<AlignedWords> all_new;
    for (int i = 0; i < 100; ++i) all_new.emplace_back(kNew / 8);  // all there still
    EXPECT_LE(bytes_in_use(), kept_before + kSlack);
    std::vector<AlignedWords> old;
    for (int i = 0; i < 256 - 100 - 1; ++i) old.emplace_back(kOld / 8);
    EXPECT_LE(bytes_in_use(), kept_before + kSlack);
    old.emplace_back(kOld / 8);
    old.emplace_back(kOld / 8);
    old.emplace_back(kOld / 8);
    EXPECT_GT(bytes_in_use(), kept_before + kMiB);  // no more of these were kept
  }
  EXPECT_LE(bytes_in_use(), kept_before + kSlack);
}

// In the heap they stayed after a computation that gave every second of its polynomials back.
TEST(AlignedWords, BeyondTheLimitTheyAreTheSystemsAgainInWhateverOrderTheyAreGivenBack) {
  constexpr std::size_t kMiB = std::size_t{1} << 20, kBlock = kMiB - 8192;
  take_and_give(400, kBlock);
  const std::size_t with_all_that_is_kept = bytes_in_use();
  std::vector<AlignedWords> blocks;
  for (int i = 0; i < 1024; ++i) blocks.emplace_back(kBlock / 8);
  EXPECT_GE(bytes_in_use(), with_all_that_is_kept + 760 * kBlock);
  for (std::size_t i = 0; i < blocks.size(); i += 2) blocks[i] = AlignedWords();
  // Half of them are in use, and what is kept.
  EXPECT_LE(bytes_in_use(), with_all_that_is_kept + 512 * kBlock + 2 * kMiB);
}

TEST(AlignedWords, OfAHugePageStartOnOne) {
  for (const std::size_t bytes : {std::size_t{2} << 20, (std::size_t{5} << 20) + 64}) {
    AlignedWords memory(bytes / 8);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % (std::size_t{2} << 20), 0u) << bytes;
    memory.front() = memory.back() = 1;
  }
}

TEST(AlignedWords, OfMoreThanTheLimitAreNotKept) {
  const std::size_t before = bytes_in_use();
  { const AlignedWords huge(kKeptBytesMax / 8 + 1); }
  EXPECT_LE(bytes_in_use(), before + (std::size_t{1} << 20));
}
#endif

}  // namespace
}  // namespace mc::fhe
