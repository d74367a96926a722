// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/key_rows.hpp"

#include <gtest/gtest.h>

#include <array>

#include "fhe/ring/modulus.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint64_t kPrime48 = 281474976546817;  // 48 bits
constexpr std::uint64_t kPrime49 = 562949952798721;

TEST(KeyRows, PrimesOfUpTo48BitsArePacked) {
  EXPECT_TRUE(KeyRows::can_pack(Modulus::of(kPrime48)));
  EXPECT_FALSE(KeyRows::can_pack(Modulus::of(kPrime49)));
}

TEST(KeyRows, APairIsReadAsItWasWritten) {
  for (const bool packed : {false, true}) {
    std::array<std::uint64_t, 8> b{}, a{};
    for (std::size_t lane = 0; lane < 8; ++lane) {
      b[lane] = (0x9E3779B97F4A7C15 * (lane + 1)) >> 16;
      a[lane] = (std::uint64_t{1} << 48) - 1 - lane;
    }
    std::array<std::uint64_t, KeyRows::kPlainWords> pair{};
    pair.fill(UINT64_MAX);
    write_pair(pair.data(), b.data(), a.data(), packed);
    for (std::size_t lane = 0; lane < 8; ++lane) {
      EXPECT_EQ(read_pair(pair.data(), 0, lane, packed), b[lane]);
      EXPECT_EQ(read_pair(pair.data(), 1, lane, packed), a[lane]);
    }
    for (std::size_t i = KeyRows::words_per_pair(packed); i < pair.size(); ++i) EXPECT_EQ(pair[i], UINT64_MAX);
  }
}

TEST(KeyRows, EightResiduesOfAllPairsStandSideBySide) {
  const std::uint64_t word = 0;
  EXPECT_EQ((KeyRows{&word, 5, false}.at(0)), &word);
  EXPECT_EQ((KeyRows{&word, 5, false}.at(16) - &word), 2 * 5 * 16);
  EXPECT_EQ((KeyRows{&word, 5, true}.at(16) - &word), 2 * 5 * 12);
}

}  // namespace
}  // namespace mc::fhe
