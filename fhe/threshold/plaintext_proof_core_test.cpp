// SPDX-License-Identifier: Apache-2.0
// What the protocol's numbers are for: rejection hides the secrets, repetitions stop a guesser, the statement in the
// hash stops a proof from being turned into another. Each is tried on a version without it first.
#include "fhe/threshold/plaintext_proof_core.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/testing/proven_batch.hpp"
#include "fhe/threshold/wide_gaussian.hpp"

namespace mc::fhe {
namespace {

using testing::kSmallDegree;
using testing::numbered_hash;
using testing::numbered_key;
using testing::ProvenBatch;

std::vector<EncryptionWitness> witnesses(std::size_t count, std::int8_t u, std::int8_t e, i128 f) {
  std::vector<EncryptionWitness> all(count);
  for (EncryptionWitness& witness : all) {
    witness.u.assign(kSmallDegree, u);
    witness.e.assign(kSmallDegree, e);
    witness.f.assign(kSmallDegree, f);
  }
  return all;
}

TEST(PlaintextProofShape, MasksAreWideEnoughForFiveTriesAndNoWider) {
  for (const std::uint32_t count : {1u, 2u, 16u, 26u, 73u, 128u, 256u}) {
    const PlaintextProofShape shape = PlaintextProofShape::of(1 << 14, 9, count);
    const double dimension = 9 * (1 << 14);
    const auto masked = [](const ResponseKind& kind, double square) {
      return std::sqrt(kSpreadVariance * std::exp2(2.0 * kind.spread_log2) / square);
    };
    // What random sums are long on average, without the reserve.
    EXPECT_GE(masked(shape.e, 10.24 * count * dimension), std::sqrt(160.0));
    EXPECT_GE(masked(shape.f, std::exp2(186) * 9 * count), std::sqrt(75.0));
    if (count >= 16) {
      EXPECT_LT(masked(shape.e, 10.24 * count * dimension), 2.1 * std::sqrt(160.0));
    }
    EXPECT_EQ(shape.u.spread_log2 + 2, shape.e.spread_log2);
    EXPECT_LT(shape.log_tries, std::log(5)) << count;
    EXPECT_NEAR(shape.log_tries,
                log_rejection_constant(std::sqrt(shape.u.shift_square + shape.e.shift_square + shape.f.shift_square)),
                1e-12);
  }
  const PlaintextProofShape batch = PlaintextProofShape::of(1 << 14, 9, 128);
  EXPECT_EQ(batch.e.spread_log2, 16u);
  EXPECT_EQ(batch.f.spread_log2, 100u) << "what docs/design/0039 counts with";
  for (const std::uint32_t count : {1u, 256u}) {
    EXPECT_LE(PlaintextProofShape::of(1 << 16, 16, count).f.spread_log2, 105u);
  }
}

/// Honest ones, but for messages as long as they may be, one coefficient each.
std::vector<EncryptionWitness> longest(std::size_t count) {
  auto all = ProvenBatch(count).witnesses;
  for (EncryptionWitness& witness : all) {
    std::ranges::fill(witness.f, 0);
    witness.f[5] = i128{1} << kWitnessMessageLog2;
  }
  return all;
}

// Zero knowledge, tried: whether all secrets are zero or as long as they may be, responses are Gaussians about 0.
TEST(PlaintextProofCore, ResponsesAreGaussiansWhateverTheSecretsAre) {
  const ProvenBatch batch(1);
  const PlaintextClaim claim{*batch.params, batch.key, numbered_hash(5), PlaintextProofShape::of(kSmallDegree, 12, 3)};
  for (const bool extreme : {false, true}) {
    const auto secrets = extreme ? longest(3) : witnesses(3, 0, 0, 0);
    std::array<double, 3> first{}, second{}, fourth{}, odd{};
    double count = 0;
    for (std::uint64_t number = 0; number < 8; ++number) {
      const PlaintextProof proof = prove_claim(claim, secrets, numbered_key(100 + number));
      std::size_t kind = 0;
      for (const auto& [responses, of] :
           {std::pair{&proof.u, claim.shape.u}, {&proof.e, claim.shape.e}, {&proof.f, claim.shape.f}}) {
        for (const i128 r : *responses) {
          const double z = static_cast<double>(r) / std::sqrt(8.0) * std::exp2(-static_cast<double>(of.spread_log2));
          first[kind] += z;
          second[kind] += z * z;
          fourth[kind] += z * z * z * z;
          odd[kind] += static_cast<double>(r & 1);
        }
        ++kind;
      }
      count += static_cast<double>(proof.u.size());
    }
    for (std::size_t kind = 0; kind < 3; ++kind) {
      EXPECT_LT(std::abs(first[kind]), 4 * std::sqrt(count)) << kind << ", " << extreme;
      EXPECT_NEAR(second[kind], count, 4 * std::sqrt(2 * count)) << kind << ", " << extreme;
      EXPECT_NEAR(fourth[kind], 3 * count, 4 * std::sqrt(96 * count)) << kind << ", " << extreme;
      EXPECT_NEAR(odd[kind], count / 2, 4 * std::sqrt(count) / 2) << kind << ", " << extreme;
    }
  }
}

/// How many deviations the responses r_u lean towards the challenges times the secret: what an observer would compute
/// who guesses the secret.
double leaning_of_proof(const PlaintextProof& proof, const PlaintextProofShape& shape,
                        std::span<const EncryptionWitness> secrets) {
  const auto challenges = expand_monomials(proof.challenge, shape.repetitions * secrets.size(), kSmallDegree);
  double along = 0, weight = 0, square = 0;
  for (std::size_t v = 0; v < shape.repetitions; ++v) {
    std::vector<std::int64_t> part(kSmallDegree);
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      add_monomial_product(std::span(part), challenges[v * secrets.size() + i],
                           std::span<const std::int8_t>(secrets[i].u));
    }
    for (std::size_t k = 0; k < kSmallDegree; ++k) {
      const auto r = static_cast<double>(proof.u[v * kSmallDegree + k]);
      along += r * static_cast<double>(part[k]);
      weight += static_cast<double>(part[k] * part[k]);
      square += r * r;
    }
  }
  return along / std::sqrt(weight * square / static_cast<double>(proof.u.size()));
}

TEST(PlaintextProofCore, MasksWithoutRejectionLeanTowardsTheSecretAndOursDoNot) {
  const ProvenBatch batch(1);
  const auto secrets = witnesses(3, 1, 0, 0);
  constexpr int kProofs = 32;
  const auto lean = [&](const PlaintextProofShape& shape) {
    double sum = 0;
    for (std::uint64_t number = 0; number < kProofs; ++number) {
      const PlaintextClaim claim{*batch.params, batch.key, numbered_hash(5), shape};
      sum += leaning_of_proof(prove_claim(claim, secrets, numbered_key(number)), shape, secrets);
    }
    return sum / std::sqrt(kProofs);
  };
  // Masks that are no longer than what they hide: 32 proofs instead of thousands show it.
  PlaintextProofShape narrow = PlaintextProofShape::of(kSmallDegree, 12, 3);
  narrow.u.spread_log2 = 6;
  narrow.u.shift_square = 2;
  PlaintextProofShape careless = narrow;
  careless.log_tries = -1e9;  // whatever comes is published
  EXPECT_GT(lean(careless), 4);
  narrow.log_tries = 3;  // less than theorem 4.6 asks for, and enough to see nothing
  EXPECT_LT(std::abs(lean(narrow)), 3);
}

/// The longest of challenges times secrets under so many proofs' challenges, in what `shape` allows.
struct Longest {
  double u = 0, e = 0, f = 0;
};
Longest longest_shifts(const PlaintextProofShape& shape, std::span<const EncryptionWitness> secrets, int proofs) {
  Longest longest;
  const auto square = [](std::span<const i128> all, const ResponseKind& kind) {
    double sum = 0;
    for (const i128 x : all)
      sum += std::pow(std::ldexp(static_cast<double>(x), -static_cast<int>(kind.spread_log2)), 2);
    return sum / kSpreadVariance / kind.shift_square;
  };
  const std::size_t degree = secrets[0].u.size();
  for (int number = 0; number < proofs; ++number) {
    const auto challenges =
        expand_monomials(numbered_hash(static_cast<std::uint64_t>(number)), shape.repetitions * secrets.size(), degree);
    std::vector<i128> u(shape.repetitions * degree), e(u.size()), f(u.size());
    for (std::size_t v = 0; v < shape.repetitions; ++v) {
      const auto of = [&](std::vector<i128>& all) { return std::span(all).subspan(v * degree, degree); };
      for (std::size_t i = 0; i < secrets.size(); ++i) {
        const MonomialChallenge c = challenges[v * secrets.size() + i];
        add_monomial_product(of(u), c, std::span<const std::int8_t>(secrets[i].u));
        add_monomial_product(of(e), c, std::span<const std::int8_t>(secrets[i].e));
        add_monomial_product(of(f), c, std::span<const i128>(secrets[i].f));
      }
    }
    longest.u = std::max(longest.u, square(u, shape.u));
    longest.e = std::max(longest.e, square(e, shape.e));
    longest.f = std::max(longest.f, square(f, shape.f));
  }
  return longest;
}

// 128 ciphertexts of one constant at the edge of what can be sealed: messages are one coefficient each, or a wave.
TEST(PlaintextProofShape, HonestSecretsAreNoLongerThanRejectionIsFor) {
  constexpr std::size_t kBatch = 128;
  ProvenBatch batch(0);
  KeyStream stream(numbered_key(3));
  for (std::size_t i = 0; i < kBatch; ++i) batch.add(1.999, stream);
  const PlaintextProofShape shape = PlaintextProofShape::of(kSmallDegree, 12, kBatch);
  const Longest constant = longest_shifts(shape, batch.witnesses, 40);
  EXPECT_LT(constant.u, 0.99);
  EXPECT_LT(constant.e, 0.99);
  EXPECT_LT(constant.f, 0.98);
  EXPECT_GT(constant.f, 0.7) << "no more room than needed";
  auto waves = batch.witnesses;
  for (EncryptionWitness& witness : waves) {
    for (std::size_t k = 0; k < kSmallDegree; ++k) {
      const double wave = std::cos(M_PI * 101 * static_cast<double>(k) / kSmallDegree) * std::sqrt(2.0 / kSmallDegree);
      witness.f[k] = static_cast<i128>(wave * 0x1p80) << 13;
    }
  }
  // All messages in one slot, where honest ones are spread over all: longer now and then, and tried again.
  EXPECT_LT(longest_shifts(shape, waves, 40).f, 3);
}

// A response whose secret is longer than rejection is for leans towards it. Of 64 errors at one place each, some meet
// under most challenges.
TEST(PlaintextProofCore, AChallengeUnderWhichSecretsAreTooLongIsNotAnswered) {
  constexpr std::size_t kCount = 64;
  const ProvenBatch batch(1);
  auto secrets = witnesses(kCount, 0, 0, 0);
  for (EncryptionWitness& secret : secrets) secret.e[0] = 1;
  PlaintextProofShape shape = PlaintextProofShape::of(kSmallDegree, 1, kCount);
  // A squared length of 64: no two meet, or as many with the same sign as with different ones.
  shape.e.shift_square = 64.5 / kSpreadVariance * std::exp2(-2.0 * shape.e.spread_log2);
  bool longer = false;
  for (std::uint64_t number = 0; number < 12; ++number) {
    const auto length = [&](const PlaintextProof& proof) {
      const auto challenges = expand_monomials(proof.challenge, kCount, kSmallDegree);
      std::vector<i128> e(kSmallDegree);
      for (std::size_t i = 0; i < kCount; ++i) {
        add_monomial_product(std::span(e), challenges[i], std::span<const std::int8_t>(secrets[i].e));
      }
      i128 square = 0;
      for (const i128 sum : e) square += sum * sum;
      return square;
    };
    const auto prove = [&](const PlaintextProofShape& with) {
      return prove_claim({*batch.params, batch.key, numbered_hash(5), with}, secrets, numbered_key(number));
    };
    ASSERT_LE(length(prove(shape)), 64) << number;
    longer |= length(prove(PlaintextProofShape::of(kSmallDegree, 1, kCount))) > 64;
  }
  EXPECT_TRUE(longer);
}

TEST(PlaintextProofCore, NoMaskMeetsTwoChallenges) {
  const ProvenBatch batch(1);
  const auto secrets = ProvenBatch(1).witnesses;
  const PlaintextProofShape shape = PlaintextProofShape::of(kSmallDegree, 12, 1);
  const auto prove = [&](std::uint64_t statement, std::uint64_t key) {
    return prove_claim({*batch.params, batch.key, numbered_hash(statement), shape}, secrets, numbered_key(key));
  };
  const PlaintextProof first = prove(1, 1);
  EXPECT_EQ(prove(1, 1), first) << "the same statement repeats itself, challenge and all";
  // The difference of two responses to one mask is at most twice a product of challenge and secret.
  for (const PlaintextProof& other : {prove(2, 1), prove(1, 2)}) {
    std::size_t close = 0;
    for (std::size_t k = 0; k < first.u.size(); ++k) {
      const i128 difference = first.u[k] - other.u[k];
      close += difference >= -2 && difference <= 2;
    }
    EXPECT_LE(close, 12u) << "of 12,288 pairs, 1 in 24,000 by chance";
  }
}

/// An attacker who guesses that the first challenge is zero commits to responses of her choice, again and again.
/// Returns her proof for ciphertexts of which she knows nothing, if it comes out within `tries`.
std::optional<PlaintextProof> guess(const PlaintextClaim& claim, std::uint64_t tries) {
  const Ring& ring = claim.params.ring();
  const Basis basis = claim.key.p0.basis();
  const std::size_t size = claim.shape.repetitions * kSmallDegree;
  PlaintextProof proof{1, {}, std::vector<i128>(size), std::vector<i128>(size), std::vector<i128>(size)};
  for (std::uint64_t number = 0; number < tries; ++number) {
    proof.e[number % kSmallDegree] += 1;
    PlaintextTranscript transcript(claim);
    for (std::size_t v = 0; v < claim.shape.repetitions; ++v) {
      // r_u = r_f = 0: w_0 = 0 and w_1 = r_e, if c = 0.
      transcript.take(ring.make<Domain::kNtt>(basis),
                      ring.to_ntt(ring.from_wide(std::span(proof.e).subspan(v * kSmallDegree, kSmallDegree), basis)));
    }
    proof.challenge = transcript.challenge();
    bool guessed = true;
    for (const MonomialChallenge c : expand_monomials(proof.challenge, claim.shape.repetitions, kSmallDegree))
      guessed &= c.choice == 0;
    if (guessed) return proof;
  }
  return std::nullopt;
}

TEST(PlaintextProofCore, AGuesserForgesASingleRepetitionAndNotTwelve) {
  const ProvenBatch victim(1);
  const auto verdict = [&](const PlaintextClaim& claim, const PlaintextProof& proof) {
    return verify_claim(claim, proof, [&](std::size_t) -> Result<Ciphertext> { return victim.ciphertexts[0]; });
  };
  const PlaintextClaim weak{*victim.params, victim.key, numbered_hash(1), PlaintextProofShape::of(kSmallDegree, 1, 1)};
  const auto forged = guess(weak, 40'000);  // 2,049 tries on average
  ASSERT_TRUE(forged.has_value());
  EXPECT_TRUE(verdict(weak, *forged).has_value()) << "one repetition proves nothing";

  const PlaintextClaim ours{*victim.params, victim.key, numbered_hash(1), PlaintextProofShape::of(kSmallDegree, 12, 1)};
  EXPECT_FALSE(guess(ours, 100).has_value()) << "2^132 tries on average";
  PlaintextProof repeated{1, forged->challenge, {}, {}, {}};
  for (int v = 0; v < 12; ++v) {
    repeated.u.insert(repeated.u.end(), forged->u.begin(), forged->u.end());
    repeated.e.insert(repeated.e.end(), forged->e.begin(), forged->e.end());
    repeated.f.insert(repeated.f.end(), forged->f.begin(), forged->f.end());
  }
  EXPECT_FALSE(verdict(ours, repeated).has_value());
}

}  // namespace
}  // namespace mc::fhe
