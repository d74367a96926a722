// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/uniform_half.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "fhe/ring/modulus.hpp"

namespace mc::fhe {
namespace {

constexpr PublicKey128 kKey{0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                            0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
constexpr std::uint64_t kPrime46 = 70368743587841;     // the largest below 2^46 that is 1 modulo 2^16
constexpr std::uint64_t kJustAbovePower = 1073750017;  // just above 2^30: of 31 bits
constexpr std::uint64_t kThreeQuarters = 1610612741;   // of 2^31

/// The definition, number by number.
std::uint64_t defined(std::size_t i, std::uint64_t digit, std::uint64_t place, const Modulus& m) {
  for (std::uint64_t n = 0;; ++n) {
    std::array<std::uint64_t, 2> block{i / 2, digit + 256 * place + (n << 32)};
    Aes128(kKey).encrypt(reinterpret_cast<std::uint8_t*>(block.data()));
    const std::uint64_t number = block[i % 2] % (std::uint64_t{1} << m.bits);
    if (number < m.q) return number;
  }
}

TEST(UniformHalf, IsWhatItsDefinitionSays) {
  for (const std::uint64_t q : {kPrime46, kJustAbovePower, std::uint64_t{17}}) {
    const Modulus m = Modulus::of(q);
    for (const auto& [digit, place] : {std::pair<std::size_t, std::size_t>{0, 0}, {3, 0}, {0, 3}, {255, 255}}) {
      std::vector<std::uint64_t> half(500);
      make_uniform_half(half, kKey, digit, place, m, nullptr);
      for (std::size_t i = 0; i < half.size(); ++i) ASSERT_EQ(half[i], defined(i, digit, place, m)) << q << " " << i;
    }
  }
}

TEST(UniformHalf, TellsTheResiduesThatAreNotTheirFirstNumber) {
  const Modulus m = Modulus::of(kJustAbovePower);
  std::vector<std::uint64_t> half(4096);
  std::vector<ReplacedResidue> replaced;
  make_uniform_half(half, kKey, 7, 2, m, &replaced);
  std::size_t next = 0;
  for (std::size_t i = 0; i < half.size(); ++i) {
    std::array<std::uint64_t, 2> block{i / 2, 7 + 256 * 2};
    Aes128(kKey).encrypt(reinterpret_cast<std::uint8_t*>(block.data()));
    const std::uint64_t first = block[i % 2] % (std::uint64_t{1} << 31);
    if (first < m.q) continue;
    ASSERT_LT(next, replaced.size());
    EXPECT_EQ(replaced[next].index, i);
    EXPECT_EQ(replaced[next].digit, 7u);
    EXPECT_EQ((first + replaced[next].excess) % m.q, half[i]);
    ++next;
  }
  EXPECT_EQ(next, replaced.size());
  EXPECT_GT(next, 1900u);  // about half
}

// Sixty-four equal parts of [0, q): chi square with 63 degrees of freedom is above 128 with odds of 2e-6. Were the
// numbers that are thrown away kept modulo q, the lowest third of the parts of the second prime would hold twice as
// much.
TEST(UniformHalf, IsUniformAlsoWhereManyNumbersAreThrownAway) {
  constexpr std::size_t kParts = 64;
  for (const std::uint64_t q : {kPrime46, kThreeQuarters}) {
    const Modulus m = Modulus::of(q);
    std::vector<std::uint64_t> half(std::size_t{1} << 15);
    make_uniform_half(half, kKey, 1, 1, m, nullptr);
    std::array<double, kParts> counts{};
    for (const std::uint64_t residue : half) {
      ASSERT_LT(residue, q);
      ++counts[static_cast<std::size_t>(u128{residue} * kParts / q)];
    }
    const double expected = static_cast<double>(half.size()) / kParts;
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
    EXPECT_LT(chi_square, 128) << q;
    EXPECT_GT(chi_square, 20) << q;  // nor too even
  }
}

}  // namespace
}  // namespace mc::fhe
