// SPDX-License-Identifier: Apache-2.0
// R15 and R17 refuted on versions without them: flooding by an average-case noise bound, and masks at one prime's
// scale.
#include <gtest/gtest.h>

#include <cmath>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;

class FloodingAttackTest : public ::testing::Test {
 protected:
  TestCommittee committee{small_params(), CommitteeShape::create(3, 2).value_or_stop(), 1};
  const Params& params = *committee.params;
  Encoder encoder{committee.params};
  SecretPoly secret = committee.collective_secret();

  // Coefficient 0 of the noise of one fresh encryption of zero.
  double fresh_noise(std::uint64_t number) const {
    KeyStream stream(numbered_key(number));
    const Plaintext zero = encoder.encode_constant(0, Level(2), Scale::power_of_two(90)).value_or_stop();
    const Ciphertext ct = encrypt(params, committee.public_key, zero, stream).value_or_stop();
    const Plaintext opened = decrypt(params, secret, ct);
    const std::uint64_t residue = params.ring().coefficient_zero(opened.poly)[0];
    const std::uint64_t q = params.q()[0];
    return residue > q / 2 ? -static_cast<double>(q - residue) : static_cast<double>(residue);
  }
};

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += x[i] * y[i];
    xx += x[i] * x[i];
    yy += y[i] * y[i];
  }
  return xy / std::sqrt(xx * yy);
}

// R15: whoever uploads one ciphertext under j names makes the noise of a sum grow as j, while a bound that takes
// uploads for independent says sqrt(j). Both versions flood 2^4 above their bound (small, so that it shows within a
// test).
TEST_F(FloodingAttackTest, AverageCaseFloodingShowsTheNoiseOfRepeatedUploads) {
  constexpr std::uint32_t kCopiesLog2 = 12, kMarginLog2 = 4;
  constexpr int kReleases = 400;
  std::vector<double> noise;
  double square = 0;
  for (int i = 0; i < kReleases; ++i) {
    noise.push_back(fresh_noise(1000 + static_cast<std::uint64_t>(i)));
    square += noise.back() * noise.back();
  }
  const auto sigma_log2 = static_cast<std::uint32_t>(std::lround(std::log2(std::sqrt(square / kReleases))));
  const auto opened = [&](std::uint32_t flooding_log2, std::uint64_t number) {
    KeyStream stream(numbered_key(number));
    std::vector<double> sums;
    for (const double e : noise) {
      sums.push_back(std::ldexp(e, kCopiesLog2) + static_cast<double>(sample_flooding(flooding_log2, stream)));
    }
    return sums;
  };
  const auto average_case = opened(sigma_log2 + kCopiesLog2 / 2 + kMarginLog2, 1);
  EXPECT_GT(correlation(average_case, noise), 0.9) << "the requester reads the noise, hence the key, off the answers";
  const auto worst_case = opened(sigma_log2 + kCopiesLog2 + kMarginLog2, 2);
  EXPECT_LT(std::abs(correlation(worst_case, noise)), 0.25);
}

// R17: a mask of zeros and ones rounds to integers; at one prime's scale a "masked" value keeps 2^-37 of itself, and
// the mask is public, so that everybody knows which 2^-37.
TEST_F(FloodingAttackTest, AMaskAtOnePrimesScaleKeepsWhatItMasks) {
  const Evaluator evaluator(committee.params, nullptr);
  const std::size_t victim = 17;
  std::vector<double> mask(params.slot_count());
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = (i * i + i / 3) % 5 < 2 ? 1 : 0;
  mask[victim] = 0;
  const auto masked_slot = [&](double value, const Plaintext& encoded) {
    std::vector<double> record(params.slot_count());
    record[victim] = value;
    KeyStream stream(numbered_key(7));
    const Plaintext plain =
        encoder.encode(record, params.top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
    const Ciphertext sealed = encrypt(params, committee.public_key, plain, stream).value_or_stop();
    const Ciphertext masked = evaluator.multiply_plain(sealed, encoded).value_or_stop();
    return encoder.decode(decrypt(params, secret, masked)).value_or_stop()[victim];
  };
  const Plaintext one_prime = encoder.encode(mask, params.top_level(), Scale::power_of_two(42)).value_or_stop();
  const Plaintext two_primes =
      encoder.encode(mask, params.top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
  const double kept = masked_slot(1, one_prime);  // with a record of her own
  ASSERT_GT(std::abs(kept), 0x1p-50);
  for (const double value : {0.625, -0.25, 0.875}) {
    EXPECT_NEAR(masked_slot(value, one_prime) / kept, value, 0.01) << "the revoked value is read through its mask";
    EXPECT_LT(std::abs(masked_slot(value, two_primes)), 0x1p-65) << "nothing is left above the noise of encryption";
  }
}

}  // namespace
}  // namespace mc::fhe
