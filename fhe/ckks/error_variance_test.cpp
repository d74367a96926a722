// SPDX-License-Identifier: Apache-2.0
// Variances are measured where they are stated: in coefficients of decrypted zeros.
#include "fhe/ckks/error_variance.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/testing/measured_error.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;
using testing::numbered_bed;
using testing::TestCommittee;

Ciphertext zero(const Params& params, const PublicKey& key, KeyStream& stream) {
  const Plaintext message{params.ring().make<Domain::kNtt>({params.top_level().value, false}), Scale{}};
  return encrypt(params, key, message, stream).value_or_stop();
}

/// Of what decrypts to integers far below the first prime.
double measured_variance(const Params& params, const SecretPoly& secret, const Ciphertext& ct) {
  const CoeffPoly poly = params.ring().to_coeff(decrypt(params, secret, ct).poly);
  const std::uint64_t q = params.q()[0];
  double squares = 0;
  for (const std::uint64_t residue : poly.limb(0)) {
    const double x = residue > q / 2 ? -static_cast<double>(q - residue) : static_cast<double>(residue);
    squares += x * x;
  }
  return squares / static_cast<double>(params.ring().degree());
}

TEST(ErrorVariance, OfEncryptionIsMeasured) {
  Bed bed = numbered_bed(insecure_params(12, {50, 46, 46}, {50}), 1);
  const Ciphertext ct = zero(*bed.params, bed.key, bed.stream);
  const double expected = encryption_variance(*bed.params, {});
  EXPECT_NEAR(measured_variance(*bed.params, bed.secret, ct) / expected, 1, 0.1);
  // 3.2^2 (1 + 4/3 N): EncryptorTest has the same number
  EXPECT_NEAR(expected, 10.24 * (1 + 4096 * 4 / 3.0), 1e-6 * expected);
}

TEST(ErrorVariance, OfDivisionIsMeasuredForTwoAndForThreeParts) {
  Bed bed = numbered_bed(insecure_params(12, {50, 46, 46, 46}, {50}), 2);
  const Params& params = *bed.params;
  const double two = division_variance(params, {}), third = third_part_division_variance(params, {});
  for (const std::uint32_t primes : {1, 2}) {
    Ciphertext ct = zero(params, bed.key, bed.stream);
    Ciphertext product = bed.evaluator.multiply(ct, ct).value_or_stop();
    ASSERT_TRUE(bed.evaluator.rescale_inplace(ct, primes) && bed.evaluator.rescale_inplace(product, primes));
    EXPECT_NEAR(measured_variance(params, bed.secret, ct) / two, 1, 0.1);
    EXPECT_NEAR(measured_variance(params, bed.secret, product) / (two + third), 1, 0.2);
    EXPECT_GT(third, 100 * two);
  }
}

TEST(ErrorVariance, OfKeySwitchingIsMeasuredForSingleAndGroupedDigits) {
  for (const ParamsPtr& params :
       {insecure_params(12, {50, 40, 40}, {36}), insecure_params(12, {50, 40, 40, 40, 40}, {38, 38})}) {
    Bed bed = numbered_bed(params, 3);
    for (std::uint32_t level = params->top_level().value; level >= 2; --level) {
      Ciphertext ct = zero(*params, bed.key, bed.stream);
      ASSERT_TRUE(bed.evaluator.drop_to_level(ct, Level(level)).has_value());
      const Ciphertext turned = bed.evaluator.rotate(ct, 1).value_or_stop();
      const double expected = switching_variance(*params, Level(level), kErrorSigma * kErrorSigma) +
                              division_variance(*params, {}) + encryption_variance(*params, {});
      EXPECT_GT(expected, 10 * encryption_variance(*params, {}));
      EXPECT_NEAR(measured_variance(*params, bed.secret, turned) / expected, 1, 0.1) << level;
    }
  }
}

TEST(ErrorVariance, OfACommitteesKeysIsMeasured) {
  const TestCommittee committee(testing::small_params(), CommitteeShape::create(4, 2).value_or_stop(), 5);
  const Params& params = *committee.params;
  const KeyNoise keys{static_cast<std::uint32_t>(committee.secrets.size()), true};
  ASSERT_EQ(keys.pieces, 4u);
  const SecretPoly secret = committee.collective_secret();
  KeyStream stream = public_stream("committee variance", {});
  const Ciphertext ct = zero(params, committee.public_key, stream);
  EXPECT_NEAR(measured_variance(params, secret, ct) / encryption_variance(params, keys), 1, 0.2);
  // What relinearisation adds is left when its operand is subtracted.
  const Evaluator evaluator(committee.params, std::make_shared<RelinKey>(committee.relin_key));
  const Ciphertext product = evaluator.multiply(ct, ct).value_or_stop();
  Ciphertext added = evaluator.relinearise(product).value_or_stop();
  ASSERT_TRUE(evaluator.subtract_inplace(added, product).has_value());
  const double expected = switching_variance(params, params.top_level(), relin_key_variance(params, keys)) +
                          division_variance(params, keys);
  EXPECT_NEAR(measured_variance(params, secret, added) / expected, 1, 0.25);
}

}  // namespace
}  // namespace mc::fhe
