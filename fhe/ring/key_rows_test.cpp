// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/key_rows.hpp"

#include <gtest/gtest.h>

#include <array>

#include "fhe/ring/modulus.hpp"

namespace mc::fhe {
namespace {

TEST(KeyRows, APrimesResiduesArePackedInAsManyBitsAsItHas) {
  EXPECT_EQ(KeyRows::packed_bits(Modulus::of(281474976546817)), 48u);
  EXPECT_EQ(KeyRows::packed_bits(Modulus::of(562949952798721)), 49u);
}

TEST(KeyRows, APairIsReadAsItWasWrittenAndNothingBehindItIsTouched) {
  for (const std::size_t bits : {14u, 22u, 45u, 46u, 47u, 48u, 49u, 50u, 57u, 64u}) {
    const std::uint64_t largest = UINT64_MAX >> (64 - bits);
    std::array<std::uint64_t, 8> b{}, a{};
    for (std::size_t lane = 0; lane < 8; ++lane) {
      b[lane] = (0x9E3779B97F4A7C15 * (lane + 1)) & largest;
      a[lane] = largest - lane;
    }
    std::array<std::byte, KeyRows::bytes_per_pair(64) + 8> pair{};
    pair.fill(std::byte{0xA5});
    write_half(pair.data(), b.data(), bits);
    write_half(pair.data() + KeyRows::bytes_per_half(bits), a.data(), bits);
    for (std::size_t lane = 0; lane < 8; ++lane) {
      EXPECT_EQ(read_pair(pair.data(), 0, lane, bits), b[lane]) << bits;
      EXPECT_EQ(read_pair(pair.data(), 1, lane, bits), a[lane]) << bits;
    }
    for (std::size_t i = KeyRows::bytes_per_pair(bits); i < pair.size(); ++i) EXPECT_EQ(pair[i], std::byte{0xA5});
  }
}

TEST(KeyRows, EightResiduesOfAllPairsStandSideBySide) {
  const std::uint64_t word = 0;
  const auto* const first = reinterpret_cast<const std::byte*>(&word);
  EXPECT_EQ((KeyRows{&word, 5, 64}.at(0)), first);
  EXPECT_EQ((KeyRows{&word, 5, 64}.bytes_before(16)), 2 * 5 * 128u);
  EXPECT_EQ((KeyRows{&word, 5, 46}.bytes_before(16)), 2 * 5 * 92u);
  const UniformRows made;
  EXPECT_EQ((KeyRows{&word, 5, 46, nullptr, &made}.bytes_before(16)), 2 * 5 * 46u);
}

}  // namespace
}  // namespace mc::fhe
