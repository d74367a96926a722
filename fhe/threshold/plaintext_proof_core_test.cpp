// SPDX-License-Identifier: Apache-2.0
// What the protocol's numbers are for: margins hide the secrets, repetitions stop a guesser, the statement in the hash
// stops a proof from being turned into another. Each is tried on a version without it first.
#include "fhe/threshold/plaintext_proof_core.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/testing/proven_batch.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::ProvenBatch;

constexpr std::size_t kDegree = 1024;

std::vector<EncryptionWitness> witnesses(std::size_t count, std::int8_t u, std::int8_t e, i128 f) {
  std::vector<EncryptionWitness> all(count);
  for (EncryptionWitness& witness : all) {
    witness.u.assign(kDegree, u);
    witness.e.assign(kDegree, e);
    witness.f.assign(kDegree, f);
  }
  return all;
}

TEST(PlaintextProofShape, MasksAreFourTimesAsWideAsAllCoefficientsTogetherNeed) {
  for (const std::uint32_t count : {1u, 26u, 73u, 256u}) {
    const PlaintextProofShape shape = PlaintextProofShape::of(1 << 14, 9, count);
    for (const ResponseRange& range : {shape.u, shape.e, shape.f}) {
      const double rejected = static_cast<double>(range.margin) / static_cast<double>(range.bound());
      EXPECT_LE(rejected * 9 * (1 << 14), 0.25);
      EXPECT_GT(rejected * 9 * (1 << 14), 0.1249) << "wider than needed";
    }
    EXPECT_EQ(shape.u.margin, std::min<i128>(count, std::ceil(9 * std::sqrt(count))));
    EXPECT_EQ(shape.e.margin, std::ceil(35 * std::sqrt(count)));
    EXPECT_EQ(shape.f.margin, i128{std::min(count, 12u)} << 93);
  }
  EXPECT_LT(PlaintextProofShape::of(1 << 16, 16, 256).f.mask_log2, 126u);
}

/// How far 16 equally likely buckets are from equally full: chi-square of 15 degrees of freedom.
class Buckets {
 public:
  void take(std::size_t bucket) { ++seen_.at(bucket); }
  [[nodiscard]] double chi_square() const {
    double total = 0, sum = 0;
    for (const double count : seen_) total += count;
    for (const double count : seen_) sum += (count - total / 16) * (count - total / 16) / (total / 16);
    return sum;
  }

 private:
  std::array<double, 16> seen_{};
};

// Zero knowledge, tried: whether all secrets are zero or as large as they may be, the top bits and the lowest bits of
// responses are uniform on the inner interval.
TEST(PlaintextProofCore, ResponsesAreUniformWhateverTheSecretsAre) {
  const ProvenBatch batch(1);
  const PlaintextClaim claim{*batch.params, batch.key, numbered_hash(5), PlaintextProofShape::of(kDegree, 12, 3)};
  for (const bool extreme : {false, true}) {
    // As large as three may be and keep to the margin whatever the challenge is.
    const auto secrets = extreme ? witnesses(3, 1, 20, i128{1} << 93) : witnesses(3, 0, 0, 0);
    std::array<Buckets, 3> top, low;
    for (std::uint64_t number = 0; number < 8; ++number) {
      const PlaintextProof proof = prove_claim(claim, secrets, numbered_key(100 + number));
      std::size_t kind = 0;
      for (const auto& [responses, range] :
           {std::pair{&proof.u, claim.shape.u}, {&proof.e, claim.shape.e}, {&proof.f, claim.shape.f}}) {
        for (const i128 r : *responses) {
          const i128 inner = range.bound() - range.margin;
          top[kind].take(static_cast<std::size_t>((r + inner) / ((2 * inner + 15) / 16)));
          low[kind].take(static_cast<std::size_t>(r & 15));
        }
        ++kind;
      }
    }
    for (std::size_t kind = 0; kind < 3; ++kind) {
      EXPECT_LT(top[kind].chi_square(), 44.3) << "one in ten thousand; kind " << kind << ", extreme " << extreme;
      EXPECT_LT(low[kind].chi_square(), 44.3) << "one in ten thousand; kind " << kind << ", extreme " << extreme;
    }
  }
}

/// How many deviations the responses r_u lean towards the challenges times the secret: what an observer would compute
/// who guesses the secret.
double leaning(const PlaintextProof& proof, const PlaintextProofShape& shape,
               std::span<const EncryptionWitness> secrets) {
  const auto challenges = expand_monomials(proof.challenge, shape.repetitions * secrets.size(), kDegree);
  double along = 0, weight = 0, square = 0;
  for (std::size_t v = 0; v < shape.repetitions; ++v) {
    std::vector<std::int64_t> part(kDegree);
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      add_monomial_product(std::span(part), challenges[v * secrets.size() + i],
                           std::span<const std::int8_t>(secrets[i].u));
    }
    for (std::size_t k = 0; k < kDegree; ++k) {
      const auto r = static_cast<double>(proof.u[v * kDegree + k]);
      along += r * static_cast<double>(part[k]);
      weight += static_cast<double>(part[k] * part[k]);
      square += r * r;
    }
  }
  return along / std::sqrt(weight * square / static_cast<double>(proof.u.size()));
}

TEST(PlaintextProofCore, NarrowMasksWithoutRejectionLeanTowardsTheSecretAndOursDoNot) {
  const ProvenBatch batch(1);
  const auto secrets = witnesses(3, 1, 20, 0);
  const PlaintextProofShape ours = PlaintextProofShape::of(kDegree, 12, 3);
  PlaintextProofShape narrow = ours;
  narrow.u = {4, -64};  // a margin below zero accepts everything
  const auto lean = [&](const PlaintextProofShape& shape) {
    const PlaintextClaim claim{*batch.params, batch.key, numbered_hash(5), shape};
    return leaning(prove_claim(claim, secrets, numbered_key(1)), shape, secrets);
  };
  EXPECT_GT(lean(narrow), 10);
  EXPECT_LT(std::abs(lean(ours)), 4.5);
}

// What is honest keeps to the margins, by far more than chance would have it: 128 ciphertexts of one constant, whose
// messages are one coefficient each, under as many challenges as 400 proofs have.
TEST(PlaintextProofShape, HonestSecretsKeepToTheMargins) {
  constexpr std::size_t kBatch = 128;
  ProvenBatch batch(0);
  KeyStream stream(numbered_key(3));
  for (std::size_t i = 0; i < kBatch; ++i) batch.add(1.999, stream);
  const PlaintextProofShape shape = PlaintextProofShape::of(kDegree, 12, kBatch);
  i128 u_most = 0, e_most = 0, f_most = 0;
  const auto reach = [](i128& most, std::span<const i128> all) {
    for (const i128 value : all) most = std::max(most, value < 0 ? -value : value);
  };
  for (std::uint64_t number = 0; number < 400; ++number) {
    const auto challenges = expand_monomials(numbered_hash(number), kBatch, kDegree);
    std::vector<i128> u(kDegree), e(kDegree), f(kDegree);
    for (std::size_t i = 0; i < kBatch; ++i) {
      add_monomial_product(std::span(u), challenges[i], std::span<const std::int8_t>(batch.witnesses[i].u));
      add_monomial_product(std::span(e), challenges[i], std::span<const std::int8_t>(batch.witnesses[i].e));
      add_monomial_product(std::span(f), challenges[i], std::span<const i128>(batch.witnesses[i].f));
    }
    reach(u_most, u);
    reach(e_most, e);
    reach(f_most, f);
  }
  EXPECT_LT(static_cast<double>(u_most), 0.7 * static_cast<double>(shape.u.margin));
  EXPECT_LT(static_cast<double>(e_most), 0.7 * static_cast<double>(shape.e.margin));
  EXPECT_LT(static_cast<double>(f_most), 0.7 * static_cast<double>(shape.f.margin));
}

// A response whose secret reaches further than the margin lies a little more often on one side. Of 64 errors at one
// place each, two meet under most challenges.
TEST(PlaintextProofCore, AChallengeUnderWhichSecretsPassTheMarginIsNotAnswered) {
  constexpr std::size_t kCount = 64;
  const ProvenBatch batch(1);
  auto secrets = witnesses(kCount, 0, 0, 0);
  for (EncryptionWitness& secret : secrets) secret.e[0] = 1;
  PlaintextProofShape shape = PlaintextProofShape::of(kDegree, 1, kCount);
  shape.e.margin = 1;
  for (std::uint64_t number = 0; number < 12; ++number) {
    const PlaintextProof proof =
        prove_claim({*batch.params, batch.key, numbered_hash(5), shape}, secrets, numbered_key(number));
    const auto challenges = expand_monomials(proof.challenge, kCount, kDegree);
    std::vector<i128> e(kDegree);
    for (std::size_t i = 0; i < kCount; ++i) {
      add_monomial_product(std::span(e), challenges[i], std::span<const std::int8_t>(secrets[i].e));
    }
    for (const i128 sum : e) ASSERT_TRUE(sum <= 1 && sum >= -1) << number;
  }
}

TEST(PlaintextProofCore, NoMaskMeetsTwoChallenges) {
  const ProvenBatch batch(1);
  const auto secrets = witnesses(1, 1, 3, 5);
  const PlaintextProofShape shape = PlaintextProofShape::of(kDegree, 12, 1);
  const auto prove = [&](std::uint64_t statement, std::uint64_t key) {
    return prove_claim({*batch.params, batch.key, numbered_hash(statement), shape}, secrets, numbered_key(key));
  };
  const PlaintextProof first = prove(1, 1);
  EXPECT_EQ(prove(1, 1), first) << "the same statement repeats itself, challenge and all";
  // The difference of two responses to one mask is at most twice the margin.
  for (const PlaintextProof& other : {prove(2, 1), prove(1, 2)}) {
    std::size_t close = 0;
    for (std::size_t k = 0; k < first.u.size(); ++k) {
      const i128 difference = first.u[k] - other.u[k];
      close += difference >= -2 && difference <= 2;
    }
    EXPECT_LE(close, 12u) << "of 12,288 pairs, 1 in 26,000 by chance";
  }
}

/// An attacker who guesses that the first challenge is zero commits to responses of her choice, again and again.
/// Returns her proof for ciphertexts of which she knows nothing, if it comes out within `tries`.
std::optional<PlaintextProof> guess(const PlaintextClaim& claim, std::uint64_t tries) {
  const Ring& ring = claim.params.ring();
  const Basis basis = claim.key.p0.basis();
  const std::size_t size = claim.shape.repetitions * kDegree;
  PlaintextProof proof{1, {}, std::vector<i128>(size), std::vector<i128>(size), std::vector<i128>(size)};
  for (std::uint64_t number = 0; number < tries; ++number) {
    proof.e[number % kDegree] += 1;
    PlaintextTranscript transcript(claim);
    for (std::size_t v = 0; v < claim.shape.repetitions; ++v) {
      // r_u = r_f = 0: w_0 = 0 and w_1 = r_e, if c = 0.
      transcript.take(ring.make<Domain::kNtt>(basis),
                      ring.to_ntt(ring.from_wide(std::span(proof.e).subspan(v * kDegree, kDegree), basis)));
    }
    proof.challenge = transcript.challenge();
    bool guessed = true;
    for (const MonomialChallenge c : expand_monomials(proof.challenge, claim.shape.repetitions, kDegree))
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
  const PlaintextClaim weak{*victim.params, victim.key, numbered_hash(1), PlaintextProofShape::of(kDegree, 1, 1)};
  const auto forged = guess(weak, 40'000);  // 2,049 tries on average
  ASSERT_TRUE(forged.has_value());
  EXPECT_TRUE(verdict(weak, *forged).has_value()) << "one repetition proves nothing";

  const PlaintextClaim ours{*victim.params, victim.key, numbered_hash(1), PlaintextProofShape::of(kDegree, 12, 1)};
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
