// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/release_key.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/release.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;

constexpr Window kDay{20'000};

Window day(int offset) {
  return Window(static_cast<std::uint32_t>(static_cast<int>(kDay.value) + offset));
}

TEST(Window, IsADayOfChainTime) {
  EXPECT_EQ(window_of(0).value_or_stop(), Window(0));
  EXPECT_EQ(window_of(86'399).value_or_stop(), Window(0));
  EXPECT_EQ(window_of(86'400).value_or_stop(), Window(1));
  EXPECT_EQ(window_of(UINT64_MAX).error().code, Code::kInvalidArgument);
}

TEST(ReleaseKey, OneDayAfterAnotherOrAllAtOnceIsTheSame) {
  const PieceSeed seed{PieceId(1), Epoch(1), numbered_key(7)};
  PieceSeed key = release_key(seed, day(-3));
  for (int i = -3; i < 0; ++i) advance_release_key(key, day(i), day(i + 1));
  EXPECT_TRUE(equal_secret(key.key.expose(), release_key(seed, kDay).key.expose()));
  EXPECT_EQ(key.piece, seed.piece);
  EXPECT_EQ(key.epoch, seed.epoch);
}

TEST(ReleaseKey, DiffersByDayPieceEpochAndSeed) {
  const PieceSeed seed{PieceId(1), Epoch(1), numbered_key(7)};
  const auto differs = [&](const PieceSeed& a, Window b) {
    return !equal_secret(release_key(seed, kDay).key.expose(), release_key(a, b).key.expose());
  };
  EXPECT_TRUE(differs(seed, day(1)));
  EXPECT_TRUE(differs({PieceId(2), Epoch(1), numbered_key(7)}, kDay));
  EXPECT_TRUE(differs({PieceId(1), Epoch(2), numbered_key(7)}, kDay));
  EXPECT_TRUE(differs({PieceId(1), Epoch(1), numbered_key(8)}, kDay));
}

TEST(PieceSecretKey, YieldsThePolynomialOfTheSeed) {
  const ParamsPtr params = small_params();
  const PieceSeed seed{PieceId(1), Epoch(1), numbered_key(7)};
  EXPECT_EQ(piece_secret(*params, piece_secret_key(*params, seed), kReleaseBasis).expose(),
            piece_secret(*params, seed, kReleaseBasis).expose());
}

TEST(PieceSecretKey, HasOneKeyForOpeningsAndAnotherForMigrations) {
  const ParamsPtr params = small_params();
  const auto key_of = [&](PieceId piece) {
    return opening_key_of(piece_secret_key(*params, {piece, Epoch(1), numbered_key(7)}));
  };
  const PieceSecretKey secret = piece_secret_key(*params, {PieceId(1), Epoch(1), numbered_key(7)});
  EXPECT_TRUE(equal_secret(key_of(PieceId(1)).key.expose(), opening_key_of(secret).key.expose()));
  EXPECT_FALSE(equal_secret(key_of(PieceId(2)).key.expose(), opening_key_of(secret).key.expose()));
  EXPECT_FALSE(equal_secret(migration_key_of(secret).key.expose(), opening_key_of(secret).key.expose()));
  EXPECT_FALSE(equal_secret(secret.key.expose(), opening_key_of(secret).key.expose()));
}

/// R11, mounted. The adversary has yesterday's opened value of one piece (a requester decrypts exactly that) and today
/// seizes release keys; of the secret polynomial it has nothing. Where the key of all days is one, it takes the noise
/// off and has coefficient 0 of c_1 s_M exactly: a linear equation in the secret for every answer ever given.
class SeizedReleaseKeys : public ::testing::Test {
 protected:
  ParamsPtr params = small_params();
  testing::TestCommittee committee{params, CommitteeShape::create(3, 2).value_or_stop(), 1};
  SecretPoly secret{restrict_to(committee.secrets[0].expose(), kReleaseBasis.q_limbs)};
  Ciphertext answer = make_answer();
  Hash256 multiplicand = multiplicand_digest(*params, answer);
  std::vector<std::uint64_t> exact = params->ring().product_coefficient_zero(answer.parts[1], secret.expose());
  static constexpr std::uint8_t kSigma = 44;

  [[nodiscard]] Ciphertext make_answer() const {
    const Encoder encoder(params);
    KeyStream stream(numbered_key(900));
    const auto plain = encoder.encode_constant(0.25, kReleaseLevel, Scale::power_of_two(90)).value_or_stop();
    return encrypt(*params, committee.public_key, plain, stream).value_or_stop();
  }
  [[nodiscard]] OpenedCoefficient open_with(const PieceSeed& key) const {
    return open_coefficient(*params, key, secret, answer, multiplicand, kSigma);
  }
  /// What the adversary computes with a seized key: the opened value minus the noise that the key would have drawn.
  /// It gets that noise by opening a ciphertext of its own with a secret of its own, both zero, under the same name.
  [[nodiscard]] std::uint64_t without_noise(const OpenedCoefficient& seen, const PieceSeed& seized) const {
    const SecretPoly nothing(params->ring().make<Domain::kNtt>(kReleaseBasis));
    const OpenedCoefficient noise = open_coefficient(*params, seized, nothing, answer, multiplicand, kSigma);
    return params->ring().modulus(kReleaseBasis, 0).subtract(seen.residues[0], noise.residues[0]);
  }
};

TEST_F(SeizedReleaseKeys, WithoutARatchetGiveTheExactCoefficientOfEveryEarlierAnswer) {
  const OpenedCoefficient yesterday = open_with(committee.seeds[0]);
  ASSERT_NE(yesterday.residues[0], exact[0]);
  EXPECT_EQ(without_noise(yesterday, committee.seeds[0]), exact[0]);
}

TEST_F(SeizedReleaseKeys, WithTheRatchetExplainOnlyTheDaysThatAreStillOpen) {
  PieceSeed key = release_key(committee.seeds[0], day(0));
  const OpenedCoefficient seen = open_with(key);
  EXPECT_EQ(without_noise(seen, key), exact[0]) << "on the day itself the key is there";
  // The state two days later: the keys of that day and of the day before, and whatever follows from them.
  advance_release_key(key, day(0), day(1));
  for (int later = 1; later <= 40; ++later) {
    EXPECT_NE(without_noise(seen, key), exact[0]) << later;
    advance_release_key(key, day(later), day(later + 1));
  }
  // Nor does the key that yields s_M stand in for a seed: it is another PRF of it.
  const PieceSecretKey yields_secret = piece_secret_key(*params, committee.seeds[0]);
  const PieceSeed as_seed{yields_secret.piece, yields_secret.epoch, yields_secret.key.copy()};
  EXPECT_NE(without_noise(seen, as_seed), exact[0]);
  EXPECT_NE(without_noise(seen, release_key(as_seed, day(0))), exact[0]);
}

}  // namespace
}  // namespace mc::fhe
