// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/mask.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_key;
using testing::small_params;

TEST(Masks, AreWiderThanTheValueByLambdaAndNeverByLess) {
  EXPECT_EQ(mask_log2(47).value_or_stop(), 128);
  EXPECT_EQ(mask_log2(47, 90).value_or_stop(), 138);
  const auto narrow = mask_log2(47, 10);
  ASSERT_FALSE(narrow.has_value());
  EXPECT_EQ(narrow.error().message, "a mask of lambda 10 hides too little, refreshes need 80");
  const auto wide = mask_log2(175);
  ASSERT_FALSE(wide.has_value());
  EXPECT_EQ(wide.error().message, "a value of 175 bits needs a mask of 256 bits, the limit is 255");
}

TEST(Masks, ThreeLimbsAreNeededAtTheOnePrimeScaleAndFourAtTheTwoPrimeScale) {
  const ParamsPtr params = small_params();
  const struct {
    std::int32_t scale_log2;
    std::uint32_t level;
  } cases[] = {{46, 3}, {92, 4}};
  for (const auto& [scale_log2, level] : cases) {
    const std::uint32_t value = value_log2(*params, Scale::power_of_two(scale_log2), 0);
    const std::uint8_t bits = mask_log2(value).value_or_stop();
    for (const std::size_t pieces : {std::size_t{3}, kPiecesMax}) {
      EXPECT_TRUE(check_headroom(*params, Level(level), pieces, bits).has_value());
      EXPECT_FALSE(check_headroom(*params, Level(level - 1), pieces, bits).has_value());
    }
  }
  const Status refused = check_headroom(*params, Level(2), 3, 129);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_EQ(refused.error().message,
            "a refresh with a mask of 129 bits from 3 pieces needs 131 bits of modulus, level 2 has 99");
}

TEST(Masks, HeadroomEndsWhereTheSumOfAllMasksCouldReachHalfTheModulus) {
  // Level 2 has 99 whole bits; four pieces and a value are five summands, three bits.
  const ParamsPtr params = small_params();
  EXPECT_TRUE(check_headroom(*params, Level(2), 3, 97).has_value());
  EXPECT_FALSE(check_headroom(*params, Level(2), 3, 98).has_value());
  EXPECT_TRUE(check_headroom(*params, Level(2), 4, 96).has_value());
  EXPECT_FALSE(check_headroom(*params, Level(2), 4, 97).has_value());
}

// The same integers by the definition: rows of 48 bits, least significant first.
TEST(Masks, ResiduesAreThoseOfOneIntegerInTheInterval) {
  const ParamsPtr params = small_params();
  const Ring& ring = params->ring();
  for (const std::uint8_t bits : {1, 7, 48, 49, 60, 96, 100}) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{5}, std::size_t{16}}) {
      KeyStream stream(numbered_key(bits));
      const Masks masks(bits, count, stream);
      KeyStream again(numbered_key(bits));
      std::vector<u128> integers(count);
      for (std::uint32_t done = 0; done < bits; done += 48) {
        const std::uint32_t row_bits = std::min(48u, bits - done);
        for (u128& integer : integers) {
          integer |= u128{again.next_u64() & ((std::uint64_t{1} << row_bits) - 1)} << done;
        }
      }
      for (std::size_t place = 0; place < 3; ++place) {
        const Modulus& m = ring.modulus_at(place);
        std::vector<std::uint64_t> residues(count);
        masks.residues(ring, place, residues);
        for (std::size_t i = 0; i < count; ++i) {
          EXPECT_EQ(residues[i], m.subtract(m.reduce(integers[i]), m.reduce(u128{1} << (bits - 1))));
        }
      }
    }
  }
}

TEST(Masks, AreUniformInTheInterval) {
  const ParamsPtr params = small_params();
  const Ring& ring = params->ring();
  constexpr std::size_t kDraws = 1 << 14;
  KeyStream stream(numbered_key(3));
  const Masks masks(20, kDraws, stream);
  std::vector<std::uint64_t> residues(kDraws);
  masks.residues(ring, 0, residues);
  const std::uint64_t q = params->q()[0];
  std::array<int, 16> bins{};
  for (const std::uint64_t residue : residues) {
    const auto value = static_cast<std::int64_t>(residue > q / 2 ? residue - q : residue);
    ASSERT_GE(value, -(1 << 19));
    ASSERT_LT(value, 1 << 19);
    ++bins[static_cast<std::size_t>(value + (1 << 19)) >> 16];
  }
  double chi_square = 0;
  for (const int count : bins) chi_square += (count - 1024.0) * (count - 1024.0) / 1024.0;
  EXPECT_LT(chi_square, 50) << "15 degrees of freedom: once in 10^5";
}

}  // namespace
}  // namespace mc::fhe
