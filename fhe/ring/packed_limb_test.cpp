// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/packed_limb.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mc::fhe {
namespace {

std::vector<std::uint64_t> residues_below(std::uint64_t q, std::size_t count) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> residues(count);
  for (std::uint64_t& residue : residues) residue = random() % q;
  residues.front() = q - 1;
  residues.back() = q - 1;
  return residues;
}

// The definition: bit j of residue i is bit i bits + j of all.
std::vector<std::uint8_t> packed_bit_by_bit(const std::vector<std::uint64_t>& residues, unsigned bits) {
  std::vector<std::uint8_t> out(packed_limb_bytes(residues.size(), bits));
  for (std::size_t i = 0; i < residues.size(); ++i) {
    for (unsigned j = 0; j < bits; ++j) {
      const std::size_t at = i * bits + j;
      out[at / 8] |= static_cast<std::uint8_t>((residues[i] >> j & 1) << at % 8);
    }
  }
  return out;
}

TEST(PackedLimb, EveryWidthIsPackedBitByBitAndComesBack) {
  for (unsigned bits = 8; bits <= 57; ++bits) {
    const std::uint64_t q = (std::uint64_t{1} << bits) - 1;
    for (const std::size_t count : {8, 16, 64, 1024}) {
      const std::vector<std::uint64_t> residues = residues_below(q, count);
      // No byte before or behind it is written, nor read.
      std::vector<std::uint8_t> out(packed_limb_bytes(count, bits));
      pack_limb(residues, bits, out.data());
      ASSERT_EQ(out, packed_bit_by_bit(residues, bits)) << bits << " bits, " << count;
      std::vector<std::uint64_t> back(count, ~std::uint64_t{0});
      ASSERT_EQ(unpack_limb(out.data(), bits, q, back), count) << bits << " bits, " << count;
      ASSERT_EQ(back, residues) << bits << " bits, " << count;
    }
  }
}

TEST(PackedLimb, LanesAndScalarCodeHaveTheSameBytesAndWriteNothingElse) {
  const LimbPacking* lanes = avx512_limb_packing();
  if (lanes == nullptr) GTEST_SKIP() << "this processor has no AVX-512 VBMI";
  for (unsigned bits = 32; bits <= 57; ++bits) {
    const std::vector<std::uint64_t> residues = residues_below((std::uint64_t{1} << bits) - 5, 256);
    std::vector<std::uint8_t> ours(packed_limb_bytes(256, bits) + 64, 0xaa), theirs(ours);
    lanes->pack(residues, bits, ours.data());
    scalar_limb_packing().pack(residues, bits, theirs.data());
    EXPECT_EQ(ours, theirs) << bits;
    std::vector<std::uint64_t> our_residues(256), their_residues(256);
    EXPECT_FALSE(lanes->unpack(ours.data(), bits, (std::uint64_t{1} << bits) - 5, our_residues));
    EXPECT_FALSE(scalar_limb_packing().unpack(ours.data(), bits, (std::uint64_t{1} << bits) - 5, their_residues));
    EXPECT_EQ(our_residues, their_residues) << bits;
  }
}

TEST(PackedLimb, TheFirstResidueThatIsNotBelowItsPrimeIsNamed) {
  for (const unsigned bits : {20U, 46U, 50U}) {
    const std::uint64_t q = (std::uint64_t{1} << bits) - 17;
    for (const std::size_t at : {std::size_t{0}, std::size_t{5}, std::size_t{63}}) {
      std::vector<std::uint64_t> residues = residues_below(q, 64);
      for (std::size_t i = at; i < residues.size(); i += 3) residues[i] = q;
      std::vector<std::uint8_t> out(packed_limb_bytes(64, bits));
      pack_limb(residues, bits, out.data());
      EXPECT_EQ(unpack_limb(out.data(), bits, q, residues), at) << bits;
    }
  }
}

}  // namespace
}  // namespace mc::fhe
