// SPDX-License-Identifier: Apache-2.0
// Why pieces and not Shamir shares: with Lagrange coefficients a share depends on who else answers, and one retry with
// another set of custodians takes it apart. Mounted on a 2-of-3 Shamir sharing of a secret; ours has no active set.
#include <gtest/gtest.h>

#include <algorithm>

#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/release.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;

class ShamirAttackTest : public ::testing::Test {
 protected:
  ParamsPtr params = small_params();
  const Ring& ring = params->ring();
  KeyStream stream{numbered_key(1)};
  NttPoly secret = ring.to_ntt(sample_ternary(ring, kReleaseBasis, stream));
  NttPoly slope = sample_uniform(ring, kReleaseBasis, stream);
  NttPoly c1 = sample_uniform(ring, kReleaseBasis, stream);

  std::vector<std::uint64_t> scalar(std::uint64_t numerator, std::uint64_t denominator, bool negative = false) const {
    std::vector<std::uint64_t> residues;
    for (std::size_t limb = 0; limb < 2; ++limb) {
      const Modulus& m = ring.modulus(kReleaseBasis, limb);
      const std::uint64_t residue = m.multiply(numerator, m.inverse(denominator));
      residues.push_back(negative ? m.negate(residue) : residue);
    }
    return residues;
  }
  // f(x) = s + slope x: what custodian x keeps.
  NttPoly kept(std::uint64_t x) const {
    NttPoly share = slope;
    ring.multiply_scalar(share, scalar(x, 1));
    ring.add(share, secret);
    return share;
  }
  // lambda c_1 f(x) + noise, the noise a function of the multiplicand alone: idempotent, as R5 wants it.
  NttPoly answer(std::uint64_t x, std::span<const std::uint64_t> lambda) const {
    NttPoly share = kept(x);
    ring.multiply_scalar(share, lambda);
    ring.multiply(share, c1);
    KeyStream noise_stream = stream_of(x);
    std::vector<std::int64_t> noise(ring.degree());
    for (std::int64_t& coefficient : noise) {
      coefficient = static_cast<std::int64_t>(sample_flooding(40, noise_stream));
    }
    ring.add(share, ring.to_ntt(ring.from_signed(noise, kReleaseBasis)));
    return share;
  }
  static KeyStream stream_of(std::uint64_t x) { return KeyStream(numbered_key(100 + x)); }
  // a / (b k), slot by slot.
  NttPoly quotient(NttPoly a, const NttPoly& b, std::span<const std::uint64_t> k) const {
    for (std::size_t limb = 0; limb < 2; ++limb) {
      const Modulus& m = ring.modulus(kReleaseBasis, limb);
      for (std::size_t i = 0; i < ring.degree(); ++i) {
        a.limb(limb)[i] = m.multiply(a.limb(limb)[i], m.inverse(m.multiply(b.limb(limb)[i], k[limb])));
      }
    }
    return a;
  }
};

// Custodian 1 answers with 2 and, after a timeout, with 3: lambda is 2, then 3/2. The flooding is the same and cancels;
// half of c_1 f(1) is left, exactly. A corrupt custodian who adds her own share has the key.
TEST_F(ShamirAttackTest, ARetryWithAnotherActiveSetGivesTheShareAndWithOneMoreTheKey) {
  NttPoly difference = answer(1, scalar(2, 1));
  ring.subtract(difference, answer(1, scalar(3, 2)));
  const NttPoly stolen = quotient(difference, c1, scalar(1, 2));
  EXPECT_EQ(stolen, kept(1));

  NttPoly key = stolen;  // f(0) = 2 f(1) - f(2)
  ring.multiply_scalar(key, scalar(2, 1));
  ring.subtract(key, kept(2));
  EXPECT_EQ(key, secret);
}

TEST(PiecesAgainstShamir, WhoeverElseAnswersAPiecesShareIsTheSame) {
  const TestCommittee committee(small_params(), CommitteeShape::create(3, 2).value_or_stop(), 1);
  const Params& params = *committee.params;
  const RequesterContext context{1, numbered_hash(1), {}};
  const RequesterKey key = make_requester_key(params, numbered_key(20), context);
  const NttPoly p1 = requester_p1(params, context);
  KeyStream stream(numbered_key(4));
  const std::vector<Ciphertext> answers{
      {{params.ring().make<Domain::kNtt>(kReleaseBasis), sample_uniform(params.ring(), kReleaseBasis, stream)},
       Scale::power_of_two(60)}};
  const std::vector<Hash256> multiplicands{multiplicand_digest(params, answers[0])};
  const std::vector<std::uint8_t> sigmas{40};
  const ReleaseJob job{answers, multiplicands, sigmas, &key, &p1, hash_requester_key(params, key), numbered_hash(1)};
  // A job has no active set and a piece no coefficient: whoever holds the seed, and whoever else answers, its share is
  // one, and a retry subtracts to nothing. The sum of all pieces' shares is the answer of any two custodians.
  std::vector<ReleaseShare> shares;
  for (std::size_t piece = 0; piece < committee.seeds.size(); ++piece) {
    const SecretPoly secret(restrict_to(committee.secrets[piece].expose(), 2));
    const PieceSeed of_another_holder = committee.seeds[piece].copy();
    shares.push_back(make_release_share(params, committee.seeds[piece], secret, job));
    EXPECT_EQ(make_release_share(params, of_another_holder, secret, job), shares.back());
  }
  for (const std::uint8_t away : {0, 1, 2}) {
    for (const PieceId piece : committee.shape.pieces()) {
      const auto holders = committee.shape.holders(piece);
      EXPECT_TRUE(std::ranges::any_of(holders, [&](CustodianId h) { return h.value != away; })) << piece_text(piece);
    }
  }
  const SecretPoly z = requester_secret(params, numbered_key(20), context);
  const auto opened = open_answers(params, z, std::vector<AnswerHead>{answer_head(params, answers[0])}, shares);
  const Modulus& m = params.ring().modulus_at(0);
  const SecretPoly s(restrict_to(committee.collective_secret().expose(), 2));
  const std::uint64_t exact = params.ring().product_coefficient_zero(answers[0].parts[1], s.expose())[0];
  const std::uint64_t off = m.subtract(opened[0][0], exact);
  EXPECT_LT(std::min(off, m.q - off), std::uint64_t{1} << 46) << "three draws of flooding 2^40";
}

}  // namespace
}  // namespace mc::fhe
