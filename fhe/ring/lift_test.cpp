// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/lift.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "fhe/ckks/params.hpp"

namespace mc::fhe {
namespace {

class LiftTest : public ::testing::Test {
 protected:
  ParamsPtr params = Params::named("test_insecure", true).value_or_stop();
  const Ring& ring = params->ring();

  std::vector<std::int64_t> integers(std::int64_t bound) const {
    KeyStream stream = public_stream("lift test", Sha256("lift").finish());
    std::vector<std::int64_t> values(ring.degree());
    for (std::int64_t& value : values) {
      value = static_cast<std::int64_t>(stream.next_below(2 * static_cast<std::uint64_t>(bound) + 1)) - bound;
    }
    return values;
  }
};

TEST_F(LiftTest, IntegersUpToHalfTheModulusStayWhatTheyAre) {
  const auto half_of_first = static_cast<std::int64_t>(params->q()[0] / 2);
  for (const std::uint32_t from : {1u, 2u, 3u, 7u}) {
    std::vector<std::int64_t> values = integers(from == 1 ? half_of_first : std::int64_t{1} << 60);
    if (from == 1) {
      values[0] = half_of_first;
      values[1] = -half_of_first;
    }
    const NttPoly lifted = lift_centred(ring, ring.to_ntt(ring.from_signed(values, {from, false})), 8);
    EXPECT_EQ(lifted, ring.to_ntt(ring.from_signed(values, {8, false}))) << from << " limbs";
  }
}

TEST_F(LiftTest, TheEdgeOfTheModulusWrapsExactlyBeyondItsHalf) {
  // (q_0 q_1 - 1) / 2 is the largest integer of two limbs; one more is its negative.
  const auto residue = [&](std::size_t limb, int more) {
    const Modulus& m = ring.modulus({8, false}, limb);
    const std::uint64_t product = m.multiply(m.reduce_word(params->q()[0]), m.reduce_word(params->q()[1]));
    const std::uint64_t half = m.multiply(m.subtract(product, 1), m.inverse(2));
    return more == 0 ? half : m.negate(half);
  };
  for (const int more : {0, 1}) {
    CoeffPoly poly = ring.make<Domain::kCoeff>({2, false});
    for (std::size_t limb = 0; limb < 2; ++limb) {
      const Modulus& m = ring.modulus({8, false}, limb);
      poly.limb(limb)[5] = m.add(residue(limb, 0), static_cast<std::uint64_t>(more));
    }
    const CoeffPoly lifted = ring.to_coeff(lift_centred(ring, ring.to_ntt(std::move(poly)), 8));
    for (std::size_t limb = 0; limb < 8; ++limb) EXPECT_EQ(lifted.limb(limb)[5], residue(limb, more)) << limb;
  }
}

TEST(LiftOfALongChain, ReachesEveryPrimeOfIt) {
  const std::vector<std::uint8_t> primes(12, 45);
  const ParamsPtr params = Params::create({"long chain", LogN(10), primes, {50}, true}).value_or_stop();
  const Ring& ring = params->ring();
  std::vector<std::int64_t> values(ring.degree());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = (i % 2 == 0 ? 1 : -1) * static_cast<std::int64_t>(i << 50);
  }
  const NttPoly lifted = lift_centred(ring, ring.to_ntt(ring.from_signed(values, {4, false})), 12);
  EXPECT_EQ(lifted, ring.to_ntt(ring.from_signed(values, {12, false})));
}

TEST_F(LiftTest, ToFewerPrimesDropsTheOthers) {
  const NttPoly poly = ring.to_ntt(ring.from_signed(integers(1 << 20), {4, false}));
  EXPECT_EQ(lift_centred(ring, poly, 2), restrict_to(poly, 2));
  EXPECT_EQ(lift_centred(ring, poly, 4), poly);
}

}  // namespace
}  // namespace mc::fhe
