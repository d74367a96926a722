// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/possession_proof.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;

// A statement p0 = -p1 z + e with z and e chosen by the test.
struct Claim {
  ParamsPtr params = small_params();
  std::vector<std::int64_t> z, e;
  NttPoly p1, p0;

  Claim(std::int64_t z_value, std::int64_t e_value)
      : z(params->ring().degree(), z_value), e(params->ring().degree(), e_value) {
    const Ring& ring = params->ring();
    KeyStream stream(numbered_key(1));
    p1 = sample_uniform(ring, kReleaseBasis, stream);
    p0 = ring.to_ntt(ring.from_signed(z, kReleaseBasis));
    ring.multiply(p0, p1);
    ring.negate(p0);
    ring.add(p0, ring.to_ntt(ring.from_signed(e, kReleaseBasis)));
  }
  [[nodiscard]] PossessionStatement statement() const { return {numbered_hash(1), p0, p1}; }
  [[nodiscard]] PossessionProof prove(std::uint64_t mask) const {
    return prove_possession(*params, statement(), z, e, numbered_key(mask));
  }
};

TEST(PossessionProof, VerifiesAtTheExtremesOfTheSecrets) {
  for (const auto& [z, e] : {std::pair{0, 0}, {1, 41}, {-1, -41}}) {
    const Claim claim(z, e);
    EXPECT_TRUE(verify_possession(*claim.params, claim.statement(), claim.prove(2)).has_value()) << z << ", " << e;
  }
}

TEST(PossessionProof, IsBoundToItsContextAndKey) {
  const Claim claim(1, 5);
  const PossessionProof proof = claim.prove(2);
  EXPECT_FALSE(verify_possession(*claim.params, {numbered_hash(9), claim.p0, claim.p1}, proof).has_value());
  EXPECT_FALSE(verify_possession(*claim.params, {numbered_hash(1), claim.p1, claim.p1}, proof).has_value());
  EXPECT_FALSE(verify_possession(*claim.params, {numbered_hash(1), claim.p0, claim.p0}, proof).has_value());
}

// Zero knowledge, tried: the responses of z = 1 everywhere and of z = -1 everywhere are compared. Without rejection
// their means would differ by 2 |c z|; accepted responses have one distribution, uniform on the inner interval.
TEST(PossessionProof, ResponsesHaveOneDistributionWhateverTheSecret) {
  const Claim plus(1, 41), minus(-1, -41);
  constexpr int kProofs = 24;
  const double inner = (1 << 15) - 36;
  for (const Claim* claim : {&plus, &minus}) {
    double sum = 0, square = 0, count = 0;
    int buckets[16] = {};
    for (std::uint64_t mask = 0; mask < kProofs; ++mask) {
      for (const std::int32_t r : claim->prove(100 + mask).z_response) {
        sum += r;
        square += static_cast<double>(r) * r;
        ++count;
        ++buckets[std::clamp(static_cast<int>((r + inner) / (2 * inner) * 16), 0, 15)];
      }
    }
    EXPECT_LT(std::abs(sum / count), 4.5 * inner / std::sqrt(3 * count));
    EXPECT_NEAR(square / count / (inner * inner / 3), 1, 4.5 * std::sqrt(0.8 / count));
    double chi_square = 0;
    for (const int seen : buckets) chi_square += (seen - count / 16) * (seen - count / 16) / (count / 16);
    EXPECT_LT(chi_square, 44.3) << "15 degrees of freedom, one in ten thousand";
  }
}

TEST(PossessionProof, MasksAreNotUsedTwice) {
  // The same mask under two challenges gives (c - c') z. Masks derive from the secret's own key, so the same statement
  // repeats itself, challenge and all; another one starts from other masks.
  const Claim claim(1, 5);
  EXPECT_EQ(claim.prove(2), claim.prove(2));
  EXPECT_NE(claim.prove(2).z_response, claim.prove(3).z_response);
}

TEST(PossessionProof, ReadsBackAndTruncationIsRefused) {
  const Claim claim(1, 5);
  const PossessionProof proof = claim.prove(2);
  Writer writer;
  write_possession_proof(writer, *claim.params, proof);
  EXPECT_EQ(writer.bytes().size(), 32u + 1024 * 16 / 8 + 1024 * 21 / 8);
  Reader reader(writer.bytes(), "proof");
  EXPECT_EQ(read_possession_proof(reader, *claim.params).value_or_stop(), proof);
  Reader cut(ByteView(writer.bytes()).first(4000), "proof");
  EXPECT_FALSE(read_possession_proof(cut, *claim.params).has_value());
}

TEST(PossessionProof, ParametersWithoutAChallengeWeightAreRefused) {
  const ParamsPtr tiny = Params::create({"tiny", LogN(4), {50, 50}, {50}, true}).value_or_stop();
  const Bytes bytes(4096);
  Reader reader(bytes, "proof");
  const auto refused = read_possession_proof(reader, *tiny);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mc::fhe
