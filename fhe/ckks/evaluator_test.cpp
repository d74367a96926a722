// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/evaluator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/testing/bed.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

using testing::Slots;

/// One key pair over a parameter set, everything from fixed seeds.
class Commons {
 public:
  explicit Commons(ParamsPtr set)
      : params(std::move(set)),
        encoder(params),
        stream(public_stream("evaluator test", {})),
        secret(make_secret_key(*params, stream)),
        key(make_public_key(*params, secret, sample_uniform(params->ring(), {params->top_level().value, false}, stream),
                            stream)),
        evaluator(params, std::make_shared<RelinKey>(make_relin_key(*params, secret, stream))) {}

  Slots random_slots(std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    Slots slots(params->slot_count());
    for (double& x : slots) x = 2 * static_cast<double>(random() >> 11) / 0x1p53 - 1;
    return slots;
  }
  Ciphertext seal(const Slots& slots, Scale scale = Scale::power_of_two(kSealScaleLog2)) {
    return encrypt(*params, key, encoder.encode(slots, params->top_level(), scale).value_or_stop(), stream)
        .value_or_stop();
  }
  Slots open(const Ciphertext& ct) const { return encoder.decode(decrypt(*params, secret, ct)).value_or_stop(); }
  /// log2 of the largest difference between the decrypted slots and f(slot).
  template <class F>
  double error_bits(const Ciphertext& ct, F f) const {
    double worst = 0;
    const Slots slots = open(ct);
    for (std::size_t j = 0; j < slots.size(); ++j) worst = std::max(worst, std::fabs(slots[j] - f(j)));
    return std::log2(worst);
  }

  ParamsPtr params;
  Encoder encoder;
  KeyStream stream;
  SecretPoly secret;
  PublicKey key;
  Evaluator evaluator;
};

class EvaluatorTest : public ::testing::Test {
 protected:
  Commons commons_{Params::named("test_insecure", true).value_or_stop()};
  const Evaluator& evaluator_ = commons_.evaluator;
  Slots x_ = commons_.random_slots(1), y_ = commons_.random_slots(2), z_ = commons_.random_slots(3);
};

TEST_F(EvaluatorTest, SumsDifferencesAndNegationsAreThoseOfTheSlots) {
  const Ciphertext x = commons_.seal(x_), y = commons_.seal(y_);
  Ciphertext sum = x, difference = x, negative = x, scaled = x, shifted = x;
  ASSERT_TRUE(evaluator_.add_inplace(sum, y).has_value());
  ASSERT_TRUE(evaluator_.subtract_inplace(difference, y).has_value());
  evaluator_.negate_inplace(negative);
  evaluator_.multiply_integer_inplace(scaled, -12345);
  ASSERT_TRUE(
      evaluator_.add_plain_inplace(shifted, commons_.encoder.encode_constant(0.25, Level(8), x.scale).value_or_stop())
          .has_value());
  EXPECT_LT(commons_.error_bits(sum, [&](std::size_t j) { return x_[j] + y_[j]; }), -51);
  EXPECT_LT(commons_.error_bits(difference, [&](std::size_t j) { return x_[j] - y_[j]; }), -51);
  EXPECT_LT(commons_.error_bits(negative, [&](std::size_t j) { return -x_[j]; }), -52);
  EXPECT_LT(commons_.error_bits(scaled, [&](std::size_t j) { return -12345 * x_[j]; }), -38);
  EXPECT_LT(commons_.error_bits(shifted, [&](std::size_t j) { return x_[j] + 0.25; }), -51);
  EXPECT_EQ(scaled.scale, x.scale);
}

TEST_F(EvaluatorTest, HomomorphicAdditionIsAdditionOfResidues) {
  const Ciphertext x = commons_.seal(x_), y = commons_.seal(y_), z = commons_.seal(z_);
  Ciphertext left = x, right = y;  // (x + y) + z = x + (y + z), bit for bit
  ASSERT_TRUE(evaluator_.add_inplace(left, y) && evaluator_.add_inplace(left, z));
  ASSERT_TRUE(evaluator_.add_inplace(right, z) && evaluator_.add_inplace(right, x));
  EXPECT_EQ(left, right);
  ASSERT_TRUE(evaluator_.subtract_inplace(left, right).has_value());
  for (const NttPoly& part : left.parts) EXPECT_EQ(part, commons_.params->ring().make<Domain::kNtt>(part.basis()));
}

TEST_F(EvaluatorTest, MultiplicationDistributesBitForBitBeforeRelinearisation) {
  const Ciphertext x = commons_.seal(x_), y = commons_.seal(y_), z = commons_.seal(z_);
  Ciphertext sum = y;
  ASSERT_TRUE(evaluator_.add_inplace(sum, z).has_value());
  const Ciphertext left = evaluator_.multiply(x, sum).value_or_stop();
  Ciphertext right;
  ASSERT_TRUE(evaluator_.multiply_add(right, x, y) && evaluator_.multiply_add(right, x, z));
  EXPECT_EQ(left, right);
  EXPECT_EQ(evaluator_.multiply(x, y).value_or_stop(), evaluator_.multiply(y, x).value_or_stop());
}

TEST_F(EvaluatorTest, AProductAtALowerLevelIsThatOfDroppedFactors) {
  const Ciphertext x = commons_.seal(x_), y = commons_.seal(y_);
  Ciphertext lower_x = x, lower_y = y;
  ASSERT_TRUE(evaluator_.drop_to_level(lower_x, Level(3)) && evaluator_.drop_to_level(lower_y, Level(3)));
  const Ciphertext product = evaluator_.multiply(lower_x, lower_y).value_or_stop();
  EXPECT_EQ(evaluator_.multiply(x, y, Level(3)).value_or_stop(), product);
  EXPECT_EQ(evaluator_.multiply(x, lower_y, Level(3)).value_or_stop(), product) << "factors of different levels";
  Ciphertext sum, same;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(evaluator_.multiply_add(sum, lower_x, lower_y) && evaluator_.multiply_add(same, x, y, Level(3)));
  }
  EXPECT_EQ(same, sum);
  EXPECT_EQ(evaluator_.multiply(x, lower_y, Level(4)).error().code, Code::kLimit);
  EXPECT_EQ(evaluator_.multiply_add(sum, x, y, Level(2)).error().code, Code::kInvalidArgument);
}

TEST_F(EvaluatorTest, ProductsRelinearisationAndRescaleKeepTheSlots) {
  Ciphertext product = evaluator_.multiply(commons_.seal(x_), commons_.seal(y_)).value_or_stop();
  const auto expected = [&](std::size_t j) { return x_[j] * y_[j]; };
  EXPECT_EQ(product.parts.size(), 3u);
  EXPECT_LT(commons_.error_bits(product, expected), -52);
  Ciphertext relinearised = evaluator_.relinearise(product).value_or_stop();
  EXPECT_EQ(relinearised.parts.size(), 2u);
  EXPECT_LT(commons_.error_bits(relinearised, expected), -52);
  // Relinearising first or rescaling first agrees up to noise.
  ASSERT_TRUE(evaluator_.rescale_inplace(relinearised, 2) && evaluator_.rescale_inplace(product, 2));
  EXPECT_EQ(relinearised.level().value, 6u);
  EXPECT_EQ(relinearised.scale, Scale::power_of_two(184) / Scale::of_top_primes(8, 2));
  EXPECT_LT(commons_.error_bits(relinearised, expected), -52);
  EXPECT_LT(commons_.error_bits(evaluator_.relinearise(product).value_or_stop(), expected), -52);
}

TEST_F(EvaluatorTest, RelinearisationNoiseIsFarBelowTheProductsOwn) {
  // Zeros show the noise itself, which doubles hide next to numbers near one.
  const Ciphertext zero = commons_.seal(Slots(1));
  const Ciphertext product = evaluator_.multiply(commons_.seal(x_), zero).value_or_stop();
  const auto nothing = [](std::size_t) { return 0.0; };
  const double before = commons_.error_bits(product, nothing);
  Ciphertext after = evaluator_.relinearise(product).value_or_stop();
  EXPECT_LT(before, -74);
  EXPECT_NEAR(commons_.error_bits(after, nothing), before, 0.01);
  ASSERT_TRUE(evaluator_.rescale_inplace(after, 2).has_value());
  EXPECT_LT(commons_.error_bits(after, nothing), -74);
}

TEST_F(EvaluatorTest, ATreeOfFourFactorsWithMasksFitsTheLimbBudget) {
  // mask 2 + product 2 + product 2 leaves 2 limbs for the release.
  Slots mask(commons_.params->slot_count());
  for (std::size_t j = 0; j < mask.size(); ++j) mask[j] = j % 5 != 0;
  const Plaintext encoded = commons_.encoder.encode(mask, Level(8), Scale::of_top_primes(8, 2)).value_or_stop();
  const auto masked = [&](const Slots& slots) {
    Ciphertext ct = evaluator_.multiply_plain(commons_.seal(slots), encoded).value_or_stop();
    EXPECT_TRUE(evaluator_.rescale_inplace(ct, 2).has_value());
    EXPECT_EQ(ct.scale, Scale::power_of_two(kSealScaleLog2));  // exactly as before
    return ct;
  };
  const auto product = [&](const Ciphertext& a, const Ciphertext& b) {
    Ciphertext ct = evaluator_.relinearise(evaluator_.multiply(a, b).value_or_stop()).value_or_stop();
    EXPECT_TRUE(evaluator_.rescale_inplace(ct, 2).has_value());
    return ct;
  };
  const Ciphertext x = masked(x_), y = masked(y_), z = masked(z_);
  const Ciphertext result = product(product(x, y), product(z, x));
  EXPECT_EQ(result.level().value, 2u);
  EXPECT_LT(commons_.error_bits(result, [&](std::size_t j) { return mask[j] * x_[j] * y_[j] * z_[j] * x_[j]; }), -50);
  double mean = 0;
  for (std::size_t j = 0; j < mask.size(); ++j)
    mean += mask[j] * x_[j] * y_[j] * z_[j] * x_[j] / static_cast<double>(mask.size());
  const Plaintext opened = decrypt(*commons_.params, commons_.secret, result);
  const auto zero = commons_.params->ring().coefficient_zero(opened.poly);
  EXPECT_NEAR(commons_.encoder.decode_mean(zero, result.scale).value_or_stop(), mean, 1e-16);
}

TEST_F(EvaluatorTest, SumsOverBlocksAccumulateWithoutRelinearising) {
  Ciphertext plain_sum, product_sum;
  const Plaintext weight = commons_.encoder.encode(z_, Level(8), Scale::of_top_primes(8, 2)).value_or_stop();
  const Ciphertext x = commons_.seal(x_), y = commons_.seal(y_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(evaluator_.multiply_plain_add(plain_sum, x, weight).has_value());
    ASSERT_TRUE(evaluator_.multiply_add(product_sum, x, y).has_value());
  }
  EXPECT_LT(commons_.error_bits(plain_sum, [&](std::size_t j) { return 3 * x_[j] * z_[j]; }), -50);
  EXPECT_LT(commons_.error_bits(evaluator_.relinearise(product_sum).value_or_stop(),
                                [&](std::size_t j) { return 3 * x_[j] * y_[j]; }),
            -50);
}

TEST_F(EvaluatorTest, SumsOfTwoAndThreePartsMix) {
  const Ciphertext product = evaluator_.multiply(commons_.seal(x_), commons_.seal(y_)).value_or_stop();
  const Ciphertext two = evaluator_.relinearise(product).value_or_stop();
  Ciphertext a = product, b = two, c = two;
  ASSERT_TRUE(evaluator_.add_inplace(a, two) && evaluator_.add_inplace(b, product) &&
              evaluator_.subtract_inplace(c, product));
  EXPECT_EQ(a, b);
  EXPECT_LT(commons_.error_bits(a, [&](std::size_t j) { return 2 * x_[j] * y_[j]; }), -51);
  EXPECT_LT(commons_.error_bits(c, [](std::size_t) { return 0.0; }), -74);
}

TEST_F(EvaluatorTest, DroppingLimbsKeepsMessageAndScale) {
  Ciphertext ct = commons_.seal(x_);
  ASSERT_TRUE(evaluator_.drop_to_level(ct, Level(3)).has_value());
  EXPECT_EQ(ct.level().value, 3u);
  EXPECT_EQ(ct.scale, Scale::power_of_two(kSealScaleLog2));
  EXPECT_LT(commons_.error_bits(ct, [&](std::size_t j) { return x_[j]; }), -52);
  EXPECT_EQ(evaluator_.drop_to_level(ct, Level(4)).error().message, "level 3 left, level 4 wanted");
  EXPECT_EQ(evaluator_.drop_to_level(ct, Level(0)).error().code, Code::kLimit);
}

TEST_F(EvaluatorTest, DisagreementsAreNamedWithBothValues) {
  const Ciphertext x = commons_.seal(x_), other_scale = commons_.seal(x_, Scale::power_of_two(80));
  Ciphertext lower = x, a = x;
  ASSERT_TRUE(evaluator_.drop_to_level(lower, Level(5)).has_value());
  EXPECT_EQ(evaluator_.add_inplace(a, lower).error().message, "add: the operands have levels 8 and 5");
  EXPECT_EQ(evaluator_.subtract_inplace(a, other_scale).error().message,
            "subtract: the operands have scales 2^92 and 2^80");
  EXPECT_EQ(a, x);  // untouched
  EXPECT_EQ(evaluator_.multiply(x, lower).error().message, "multiply: the operands have levels 8 and 5");
  EXPECT_EQ(evaluator_.rescale_inplace(lower, 5).error().message, "level 5 left, rescale needs 6");
  EXPECT_EQ(evaluator_.rescale_inplace(lower, 0xffffffff).error().code, Code::kLimit);
  EXPECT_EQ(evaluator_.relinearise(x).error().message, "relinearise: a ciphertext of 2 parts, not 3");
  const Ciphertext product = evaluator_.multiply(x, x).value_or_stop();
  EXPECT_EQ(evaluator_.multiply(product, x).error().message, "multiply: a ciphertext of 3 parts, not 2");
  EXPECT_EQ(Evaluator(commons_.params, nullptr).relinearise(product).error().message,
            "relinearise: there is no relinearisation key here");
  EXPECT_EQ(evaluator_.multiply(Ciphertext{}, x).error().code, Code::kInvalidArgument);
  const Plaintext constant = commons_.encoder.encode_constant(1, Level(5), x.scale).value_or_stop();
  EXPECT_EQ(evaluator_.add_plain_inplace(a, constant).error().message,
            "add plaintext: the operands have levels 8 and 5");
  EXPECT_EQ(evaluator_.multiply_plain(x, constant).error().code, Code::kInvalidArgument);
  Ciphertext accumulator = product;
  EXPECT_EQ(evaluator_.multiply_add(accumulator, x, other_scale).error().code, Code::kInvalidArgument);
}

TEST(Standard, HoldsTheBudgetOfFourFactorsAtFullSize) {
  Commons commons(Params::named("standard").value_or_stop());
  const Evaluator& evaluator = commons.evaluator;
  const Slots x = commons.random_slots(1);
  const Ciphertext sealed = commons.seal(x);
  const Plaintext ones = commons.encoder.encode_constant(1, Level(8), Scale::of_top_primes(8, 2)).value_or_stop();
  Ciphertext power = evaluator.multiply_plain(sealed, ones).value_or_stop();
  ASSERT_TRUE(evaluator.rescale_inplace(power, 2).has_value());
  for (int i = 0; i < 2; ++i) {
    power = evaluator.relinearise(evaluator.multiply(power, power).value_or_stop()).value_or_stop();
    ASSERT_TRUE(evaluator.rescale_inplace(power, 2).has_value());
  }
  EXPECT_EQ(power.level().value, 2u);
  EXPECT_LT(commons.error_bits(power, [&](std::size_t j) { return x[j] * x[j] * x[j] * x[j]; }), -50);
}

TEST(Evaluation, GivesTheSameBitsWithEveryKernelTable) {
  for (const char* kernels : {"scalar", "avx2", "avx512", ""}) {
    if (!find_kernels(kernels).has_value()) continue;  // not on this processor
    setenv("MEDCOMMONS_KERNELS", kernels, 1);
    Commons commons(Params::named("test_insecure", true).value_or_stop());
    const Evaluator& evaluator = commons.evaluator;
    const Ciphertext x = commons.seal(commons.random_slots(1)), y = commons.seal(commons.random_slots(2));
    Ciphertext ct = evaluator.relinearise(evaluator.multiply(x, y).value_or_stop()).value_or_stop();
    ASSERT_TRUE(evaluator.rescale_inplace(ct, 2).has_value());
    evaluator.multiply_integer_inplace(ct, -3);
    EXPECT_EQ(hash_ciphertext(ct, *commons.params).hex(),
              "ee413b653c3edbe1a87809eefd64b01ee4856d7ed8a8f0bfb3cf30f7785a204b")
        << kernels;
  }
  unsetenv("MEDCOMMONS_KERNELS");
}

}  // namespace
}  // namespace mc::fhe
