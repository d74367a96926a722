// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/piece.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_key;
using testing::small_params;

TEST(PieceSeed, DependsOnEveryContributionThePieceAndTheEpoch) {
  std::vector<SecretKey256> contributions;
  contributions.push_back(numbered_key(1));
  contributions.push_back(numbered_key(2));
  const Hash256 base = commit_piece(derive_piece_seed(PieceId(1), Epoch(1), contributions));
  EXPECT_EQ(base, commit_piece(derive_piece_seed(PieceId(1), Epoch(1), contributions)));
  EXPECT_NE(base, commit_piece(derive_piece_seed(PieceId(2), Epoch(1), contributions)));
  EXPECT_NE(base, commit_piece(derive_piece_seed(PieceId(1), Epoch(2), contributions)));
  contributions[1] = numbered_key(3);
  EXPECT_NE(base, commit_piece(derive_piece_seed(PieceId(1), Epoch(1), contributions)));
}

TEST(PieceSecret, IsTernaryAndTheSameOverEveryBasis) {
  const ParamsPtr params = small_params();
  const PieceSeed seed{PieceId(1), Epoch(1), numbered_key(7)};
  const SecretPoly whole = piece_secret(*params, seed);
  const SecretPoly two = piece_secret(*params, seed, Basis{2, false});
  EXPECT_EQ(restrict_to(whole.expose(), 2), two.expose());
  const CoeffPoly coefficients = params->ring().to_coeff(restrict_to(two.expose(), 2));
  int counts[3] = {};
  for (const std::uint64_t s : coefficients.limb(0)) {
    ASSERT_TRUE(s == 0 || s == 1 || s == params->q()[0] - 1);
    ++counts[s > 1 ? 2 : s];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1024 / 3.0, 4.5 * std::sqrt(1024 * 2 / 9.0));
}

TEST(PieceStream, ChangesWithEveryPartOfTheName) {
  const ParamsPtr params = small_params();
  const PieceSeed seed{PieceId(1), Epoch(1), numbered_key(7)};
  const Hash256 one = testing::numbered_hash(1), two = testing::numbered_hash(2);
  const DrawName base{.protocol = "p", .index = 0, .basis = {2, false}, .sigma = "3.2", .multiplicands = {&one, 1}};
  std::set<std::uint64_t> words{piece_stream(*params, seed, base).next_u64()};
  const auto is_new = [&](const PieceSeed& s, DrawName name) {
    return words.insert(piece_stream(*params, s, name).next_u64()).second;
  };
  EXPECT_FALSE(is_new(seed, base));
  DrawName changed = base;
  changed.protocol = "q";
  EXPECT_TRUE(is_new(seed, changed));
  (changed = base).index = 1;
  EXPECT_TRUE(is_new(seed, changed));
  (changed = base).basis = {3, false};
  EXPECT_TRUE(is_new(seed, changed));
  (changed = base).sigma = "2^60";
  EXPECT_TRUE(is_new(seed, changed));
  (changed = base).coefficients = "0";
  EXPECT_TRUE(is_new(seed, changed));
  (changed = base).multiplicands = {&two, 1};
  EXPECT_TRUE(is_new(seed, changed));
  EXPECT_TRUE(is_new({PieceId(2), Epoch(1), numbered_key(7)}, base));
  EXPECT_TRUE(is_new({PieceId(1), Epoch(2), numbered_key(7)}, base));
  EXPECT_TRUE(is_new({PieceId(1), Epoch(1), numbered_key(8)}, base));
}

TEST(HashPoly, DependsOnTheResiduesAndTheBasis) {
  const ParamsPtr params = small_params();
  const NttPoly two = params->ring().make<Domain::kNtt>({2, false});
  EXPECT_EQ(hash_poly(*params, two), hash_poly(*params, two));
  EXPECT_NE(hash_poly(*params, two), hash_poly(*params, params->ring().make<Domain::kNtt>({3, false})));
  NttPoly changed = two;
  changed.limb(1)[5] = 1;
  EXPECT_NE(hash_poly(*params, two), hash_poly(*params, changed));
}

}  // namespace
}  // namespace mc::fhe
