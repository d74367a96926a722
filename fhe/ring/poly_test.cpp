// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/poly.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>

namespace mc::fhe {
namespace {

constexpr Basis kBasis{1, false};

NttPoly full_of(std::uint64_t value, std::size_t degree) {
  NttPoly poly(degree, kBasis, 1);
  std::ranges::fill(poly.residues(), value);
  return poly;
}

bool all_zero(std::span<const std::uint64_t> words) {
  return std::ranges::all_of(words, [](std::uint64_t word) { return word == 0; });
}

TEST(Poly, KeepsTheFirstLimbsAsTheyAre) {
  CoeffPoly poly(16, {3, true}, 4);
  for (std::size_t i = 0; i < 64; ++i) poly.residues()[i] = i;
  poly.keep_limbs(2);
  EXPECT_EQ(poly.basis(), (Basis{2, false}));
  EXPECT_EQ(poly.limb_count(), 2u);
  ASSERT_EQ(poly.residues().size(), 32u);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(poly.residues()[i], i);
  EXPECT_DEATH(poly.keep_limbs(3), "check failed");
}

TEST(Poly, HoldsThePlaceOfDroppedLimbsUntilItIsGivenBack) {
  CoeffPoly poly(16, {3, false}, 3);
  for (std::size_t i = 0; i < 48; ++i) poly.residues()[i] = i;
  poly.keep_limbs(2);
  CoeffPoly same = poly;
  EXPECT_EQ(poly.held_bytes(), 3u * 16 * 8);
  poly.give_back_spare();
  EXPECT_EQ(poly.held_bytes(), 2u * 16 * 8);
  EXPECT_EQ(poly, same);
}

TEST(SecretPoly, IsMovedAndNeverCopied) {
  static_assert(!std::is_copy_constructible_v<SecretPoly> && !std::is_copy_assignable_v<SecretPoly>);
  SecretPoly first(full_of(7, 16));
  SecretPoly second(std::move(first));
  EXPECT_TRUE(first.expose().residues().empty());
  EXPECT_EQ(second.expose(), full_of(7, 16));
}

TEST(SecretPoly, SurvivesBeingMovedOntoItself) {
  SecretPoly secret(full_of(7, 16));
  SecretPoly& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.expose(), full_of(7, 16));
}

// A block given back is kept as it is for the next request of its size: what a secret left there would be seen. Under
// the address sanitizer blocks are not kept.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::size_t kOwnSize = 40'008;  // a size that nobody else asks for

TEST(SecretPoly, LeavesZerosWhereItLay) {
  const std::uint64_t* place = nullptr;
  {
    const SecretPoly secret(full_of(7, kOwnSize));
    place = secret.expose().residues().data();
  }
  const AlignedWords next(kOwnSize);
  ASSERT_EQ(next.data(), place);
  EXPECT_TRUE(all_zero(next));
}

TEST(SecretPoly, LeavesZerosWhereItLayBeforeAnotherWasAssigned) {
  SecretPoly secret(full_of(7, kOwnSize));
  const std::uint64_t* const place = secret.expose().residues().data();
  secret = SecretPoly(full_of(9, 64));
  const AlignedWords next(kOwnSize);
  ASSERT_EQ(next.data(), place);
  EXPECT_TRUE(all_zero(next));
  EXPECT_EQ(secret.expose(), full_of(9, 64));
}

TEST(SecretPoly, AnOrdinaryPolynomialIsNotWipedSoTheDifferenceIsSeen) {
  { const NttPoly poly = full_of(7, kOwnSize); }
  const AlignedWords next(kOwnSize);
  EXPECT_FALSE(all_zero(next));
}
#endif

}  // namespace
}  // namespace mc::fhe
