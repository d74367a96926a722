// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/aligned.hpp"

#include <gtest/gtest.h>

#include <thread>

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

}  // namespace
}  // namespace mc::fhe
