// SPDX-License-Identifier: Apache-2.0
// One law after another; whole computations are in noise_circuits_test.cpp.
#include "fhe/ckks/noise.hpp"

#include <gtest/gtest.h>

#include <random>

#include "fhe/ckks/testing/measured_error.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::estimator_of;
using testing::Exact;
using testing::exactly;
using testing::insecure_params;
using testing::measured_bits;
using testing::numbered_bed;
using testing::range_of;
using testing::Slots;

/// Keys at a set where whatever is tried is the largest error; messages are zeros, which doubles show errors next to.
class NoiseTest : public ::testing::Test {
 protected:
  explicit NoiseTest(const ParamsPtr& params = insecure_params(12, {50, 46, 46, 46}, {50}))
      : bed_(numbered_bed(params, 1)) {}

  std::pair<Ciphertext, Estimate> seal_zero(const Scale& scale) {
    const PlainShape shape{bed_.params->top_level(), scale};
    const Plaintext plain = bed_.encoder.encode(Slots(1), shape.level, shape.scale).value_or_stop();
    PlainEstimate planned = estimator_.encoded(shape, {});
    planned.terms.clear();  // zeros are encoded exactly
    return {encrypt(*bed_.params, bed_.key, plain, bed_.stream).value_or_stop(), estimator_.encrypted(planned)};
  }
  double measured_rms(const Ciphertext& ct) const {
    const auto slots = bed_.encoder.decode(decrypt(*bed_.params, bed_.secret, ct)).value_or_stop();
    return range_of(exactly(slots)).rms;
  }
  /// Slots of products have large fourth moments: some percent are left to chance.
  void expect_foreseen(const Ciphertext& ct, const Estimate& estimate) const {
    EXPECT_NEAR(measured_rms(ct) / estimator_.rms(estimate), 1, 0.15);
    EXPECT_LE(measured_bits(bed_, ct, Exact(bed_.params->slot_count())), estimator_.bound_bits(estimate, 20));
  }

  Bed bed_;
  NoiseEstimator estimator_ = estimator_of(bed_);
  const Evaluator& evaluator_ = bed_.evaluator;
  Scale one_ = Scale::power_of_two(46), two_ = Scale::power_of_two(92);
};

/// Where P is far below the first prime, digits make the largest error.
class DigitNoiseTest : public NoiseTest {
 protected:
  DigitNoiseTest() : NoiseTest(insecure_params(12, {50, 40, 40}, {36})) {}
};

TEST_F(NoiseTest, OfEncryptionIsThatOfItsErrorsTimesKeyAndMask) {
  const auto [ct, estimate] = seal_zero(one_);
  expect_foreseen(ct, estimate);
}

TEST_F(NoiseTest, OfEncodingIsThatOfRoundedCoefficients) {
  std::mt19937_64 random(1);
  Slots slots(bed_.params->slot_count());
  for (double& x : slots) x = static_cast<double>(random() >> 11) / 0x1p53;
  const PlainShape shape{Level(4), Scale::power_of_two(25)};
  Plaintext plain = bed_.encoder.encode(slots, Level(4), shape.scale).value_or_stop();
  // Decoding rounds to a few integers: as many places more as it needs not to add to the error.
  bed_.params->ring().multiply_scalar(plain.poly, std::vector<std::uint64_t>(4, std::uint64_t{1} << 40));
  plain.scale = Scale::power_of_two(65);
  Slots off = bed_.encoder.decode(plain).value_or_stop();
  for (std::size_t j = 0; j < off.size(); ++j) off[j] -= slots[j];
  const double expected = estimator_.encoded(shape, range_of(exactly(slots))).terms.at(0).deviation_max();
  EXPECT_NEAR(range_of(exactly(off)).rms / expected, 1, 0.1);
  const PlainEstimate constant = estimator_.encoded_constant(shape, slots[0]);
  const Plaintext repeated = bed_.encoder.encode_constant(slots[0], shape.level, shape.scale).value_or_stop();
  EXPECT_LE(std::fabs(bed_.encoder.decode(repeated).value_or_stop()[5] - slots[0]), constant.fixed_error);
}

TEST_F(NoiseTest, OfDivisionIsThatOfRoundingsTimesPowersOfTheSecret) {
  auto [ct, estimate] = seal_zero(two_);
  ASSERT_TRUE(evaluator_.rescale_inplace(ct, 1).has_value());
  estimate = estimator_.rescaled(estimate, 1).value_or_stop();
  expect_foreseen(ct, estimate);
  auto [zero, zero_estimate] = seal_zero(one_);
  Ciphertext product = evaluator_.multiply(zero, zero).value_or_stop();
  Estimate planned = estimator_.product(zero_estimate, zero_estimate).value_or_stop();
  ASSERT_TRUE(evaluator_.rescale_inplace(product, 1).has_value());
  expect_foreseen(product, estimator_.rescaled(planned, 1).value_or_stop());
}

TEST_F(DigitNoiseTest, OfKeySwitchingIsThatOfDigitsTimesTheKeysErrors) {
  const auto [ct, estimate] = seal_zero(Scale::power_of_two(40));
  expect_foreseen(evaluator_.rotate(ct, 3).value_or_stop(), estimator_.rotated(estimate, 3).value_or_stop());
  expect_foreseen(evaluator_.conjugate(ct).value_or_stop(), estimator_.conjugated(estimate).value_or_stop());
  const std::int64_t steps[] = {0, 1, 2, 7};
  expect_foreseen(evaluator_.sum_of_rotations(ct, steps).value_or_stop(),
                  estimator_.sum_of_rotated(estimate, steps).value_or_stop());
  // One key three times, and its error with it.
  const std::int64_t repeated[] = {2, 2, 7, 2};
  const Ciphertext thrice = evaluator_.sum_of_rotations(ct, repeated).value_or_stop();
  expect_foreseen(thrice, estimator_.sum_of_rotated(estimate, repeated).value_or_stop());
  // What a relinearisation adds is left when its operand is subtracted.
  const Ciphertext product = evaluator_.multiply(ct, ct).value_or_stop();
  const Estimate planned = estimator_.product(estimate, estimate).value_or_stop();
  Ciphertext added = evaluator_.relinearise(product).value_or_stop();
  ASSERT_TRUE(evaluator_.subtract_inplace(added, product).has_value());
  Estimate relinearised = estimator_.relinearised(planned).value_or_stop();
  relinearised.terms.erase(relinearised.terms.begin(),
                           relinearised.terms.begin() + static_cast<std::ptrdiff_t>(planned.terms.size()));
  expect_foreseen(added, relinearised);
}

TEST_F(NoiseTest, OfValuesWithACommonSourceAddsUpAndOthersDoAsVariances) {
  const auto [x, x_estimate] = seal_zero(one_);
  const auto [y, y_estimate] = seal_zero(one_);
  const double one = estimator_.rms(x_estimate);
  EXPECT_NEAR(estimator_.rms(estimator_.sum(x_estimate, x_estimate).value_or_stop()), 2 * one, 1e-9 * one);
  EXPECT_NEAR(estimator_.rms(estimator_.sum(x_estimate, y_estimate).value_or_stop()), std::sqrt(2) * one, 1e-9 * one);
  Ciphertext twice = x, both = x;
  ASSERT_TRUE(evaluator_.add_inplace(twice, x) && evaluator_.add_inplace(both, y));
  expect_foreseen(twice, estimator_.sum(x_estimate, x_estimate).value_or_stop());
  expect_foreseen(both, estimator_.sum(x_estimate, y_estimate).value_or_stop());
}

TEST_F(NoiseTest, ThatIsAddedAndSubtractedAgainIsGone) {
  const auto [x, x_estimate] = seal_zero(one_);
  const auto [y, y_estimate] = seal_zero(one_);
  const Estimate nothing = estimator_.difference(x_estimate, x_estimate).value_or_stop();
  EXPECT_EQ(estimator_.bound(nothing), 0);
  const Estimate sum = estimator_.sum(estimator_.product_with_integer(x_estimate, -3), y_estimate).value_or_stop();
  const Estimate rest = estimator_.sum(sum, estimator_.product_with_integer(x_estimate, 3)).value_or_stop();
  EXPECT_NEAR(estimator_.bound(rest), estimator_.bound(y_estimate), 1e-9 * estimator_.bound(y_estimate));
}

TEST_F(NoiseTest, OfARotatedSourceIsAnotherOneUntilItIsRotatedBack) {
  const auto [x, estimate] = seal_zero(Scale::power_of_two(30));  // next to which a key switch is nothing
  const double one = estimator_.rms(estimate);
  const Estimate turned = estimator_.rotated(estimate, 1).value_or_stop();
  const Estimate back = estimator_.rotated(turned, -1).value_or_stop();
  EXPECT_NEAR(estimator_.rms(estimator_.sum(estimate, turned).value_or_stop()) / one, std::sqrt(2), 0.05);
  EXPECT_NEAR(estimator_.rms(estimator_.sum(estimate, back).value_or_stop()) / one, 2, 0.05);
  EXPECT_LT(estimator_.rms(estimator_.difference(estimate, back).value_or_stop()) / one, 0.5);
  Ciphertext ct = evaluator_.rotate(x, 1).value_or_stop();
  ASSERT_TRUE(evaluator_.add_inplace(ct, x).has_value());
  expect_foreseen(ct, estimator_.sum(estimate, turned).value_or_stop());
}

TEST_F(NoiseTest, OfASquareIsTwiceTheMessageTimesTheError) {
  const PlainShape shape{Level(4), one_};
  const Exact ones(bed_.params->slot_count(), 1);
  const Plaintext plain = bed_.encoder.encode_constant(1, shape.level, shape.scale).value_or_stop();
  const Ciphertext ct = encrypt(*bed_.params, bed_.key, plain, bed_.stream).value_or_stop();
  const Estimate estimate = estimator_.encrypted(estimator_.encoded_constant(shape, 1));
  const Estimate square = estimator_.product(estimate, estimate).value_or_stop();
  EXPECT_NEAR(estimator_.rms(square) / estimator_.rms(estimate), 2, 1e-3);
  const double measured = measured_bits(bed_, evaluator_.multiply(ct, ct).value_or_stop(), ones);
  EXPECT_LE(measured, estimator_.bound_bits(square, 20));
  EXPECT_GE(measured, estimator_.bound_bits(square, 20) - 3);
}

TEST(Noise, OfSumsOfAllSlotsIsOneDrawInEverySlot) {
  Bed bed = numbered_bed(insecure_params(13, {50, 46}, {50}), 3);
  const auto keys = std::make_shared<EvaluationKeys>(bed.params);
  for (const std::int64_t step : Evaluator::sum_slots_steps(bed.params->slot_count())) {
    const std::uint64_t element = galois_element_of_rotation(step, bed.params->ring().degree());
    keys->add(make_galois_key(*bed.params, bed.secret, element, bed.stream).value_or_stop()).value_or_stop();
  }
  NoiseEstimator estimator(bed.params, keys->shape());
  const PlainShape shape{Level(2), Scale::power_of_two(46)};
  const Plaintext zero = bed.encoder.encode_constant(0, shape.level, shape.scale).value_or_stop();
  const Exact nothing(bed.params->slot_count());
  const Estimate sum =
      estimator.sum_of_slots(estimator.encrypted(estimator.encoded_constant(shape, 0))).value_or_stop();
  double squares = 0;
  constexpr int kDraws = 12;
  for (int i = 0; i < kDraws; ++i) {
    const Ciphertext ct = encrypt(*bed.params, bed.key, zero, bed.stream).value_or_stop();
    const Ciphertext summed = Evaluator(keys).sum_slots(ct).value_or_stop();
    const double measured = measured_bits(bed, summed, nothing);
    EXPECT_LE(measured, estimator.bound_bits(sum));
    squares += std::exp2(2 * measured) / kDraws;
  }
  EXPECT_NEAR(std::log2(std::sqrt(squares) / estimator.rms(sum)), 0, 0.8);  // of twelve draws
}

TEST(Noise, OfACommitteesKeysGrowsWithItsPieces) {
  const testing::TestCommittee committee(testing::small_params(), CommitteeShape::create(4, 2).value_or_stop(), 5);
  const Params& params = *committee.params;
  const Encoder encoder(committee.params);
  KeyStream stream = public_stream("committee noise", {});
  const SecretPoly secret = committee.collective_secret();
  NoiseEstimator estimator(committee.params, {params.top_level(), params.ring().degree(), {}, true},
                           {static_cast<std::uint32_t>(committee.secrets.size()), true});
  const PlainShape shape{params.top_level(), Scale::power_of_two(46)};
  const Plaintext zero = encoder.encode_constant(0, shape.level, shape.scale).value_or_stop();
  PlainEstimate planned = estimator.encoded_constant(shape, 0);
  planned.fixed_error = 0;
  const auto expect_foreseen = [&](const Ciphertext& ct, const Estimate& estimate) {
    const auto slots = encoder.decode(decrypt(params, secret, ct)).value_or_stop();
    const MessageRange off = range_of(exactly(slots));
    EXPECT_NEAR(off.rms / estimator.rms(estimate), 1, 0.25);
    EXPECT_LE(std::log2(off.max), estimator.bound_bits(estimate, 20));
    EXPECT_GE(std::log2(off.max), estimator.bound_bits(estimate, 20) - 4);
  };
  const Ciphertext ct = encrypt(params, committee.public_key, zero, stream).value_or_stop();
  const Estimate estimate = estimator.encrypted(planned);
  expect_foreseen(ct, estimate);
  const Evaluator evaluator(committee.params, std::make_shared<RelinKey>(committee.relin_key));
  const Ciphertext product = evaluator.multiply(ct, ct).value_or_stop();
  const Estimate square = estimator.product(estimate, estimate).value_or_stop();
  expect_foreseen(evaluator.relinearise_rescale(product, 1).value_or_stop(),
                  estimator.relinearised(square, 1).value_or_stop());
}

TEST(Noise, OfTheStandardSetAtTheSealingScaleIsForeseenThroughATreeOfFactors) {
  // 92 bits are more than a double has, so one factor is zero: what is opened is the error.
  Bed bed = numbered_bed(Params::named("standard").value_or_stop(), 4);
  NoiseEstimator estimator = estimator_of(bed);
  const PlainShape shape{Level(8), Scale::power_of_two(kSealScaleLog2)};
  std::mt19937_64 random(4);
  Slots signs(bed.params->slot_count());
  for (double& x : signs) x = random() % 2 == 0 ? 1 : -1;
  const auto seal = [&](const Slots& slots) {
    return encrypt(*bed.params, bed.key, bed.encoder.encode(slots, shape.level, shape.scale).value_or_stop(),
                   bed.stream)
        .value_or_stop();
  };
  Ciphertext x = seal(signs), zero = seal(Slots(1));
  Estimate x_estimate = estimator.encrypted(estimator.encoded(shape, MessageRange::of_max(1)));
  Estimate estimate = estimator.encrypted(estimator.encoded(shape, {}));
  const Exact nothing(signs.size());
  for (const std::uint32_t level : {8, 6, 4}) {
    ASSERT_TRUE(bed.evaluator.drop_to_level(x, Level(level)).has_value());
    x_estimate = estimator.dropped(x_estimate, Level(level)).value_or_stop();
    zero = bed.evaluator.multiply(zero, x).value_or_stop();
    estimate = estimator.product(estimate, x_estimate).value_or_stop();
    zero = bed.evaluator.relinearise_rescale(zero, 2).value_or_stop();
    estimate = estimator.relinearised(estimate, 2).value_or_stop();
    const double measured = measured_bits(bed, zero, nothing);
    EXPECT_LE(measured, estimator.bound_bits(estimate, 20));
    EXPECT_GE(measured, estimator.bound_bits(estimate, 20) - 3);
    EXPECT_LT(measured, -70);
  }
}

TEST_F(NoiseTest, WhatTheEvaluatorRefusesIsRefusedInTheSameWords) {
  const auto [ct, estimate] = seal_zero(one_);
  const auto [other, other_estimate] = seal_zero(two_);
  Ciphertext copy = ct;
  EXPECT_EQ(estimator_.sum(estimate, other_estimate).error().message,
            evaluator_.add_inplace(copy, other).error().message);
  EXPECT_EQ(estimator_.difference(estimate, other_estimate).error().message,
            evaluator_.subtract_inplace(copy, other).error().message);
  EXPECT_EQ(estimator_.rescaled(estimate, 4).error().message, evaluator_.rescale_inplace(copy, 4).error().message);
  EXPECT_EQ(estimator_.relinearised(estimate).error().message, evaluator_.relinearise(ct).error().message);
  EXPECT_EQ(estimator_.rotated(estimate, 5).error().message, evaluator_.rotate(ct, 5).error().message);
  EXPECT_EQ(estimator_.sum_of_rotated(estimate, {}).error().message,
            evaluator_.sum_of_rotations(ct, {}).error().message);
  EXPECT_EQ(estimator_.dropped(estimate, Level(9)).error().message,
            evaluator_.drop_to_level(copy, Level(9)).error().message);
  const PlainEstimate low = estimator_.encoded_constant({Level(2), one_}, 1);
  EXPECT_EQ(estimator_.product_with_plain(estimate, low).error().message,
            "multiply by plaintext: the operands have levels 4 and 2");
  EXPECT_EQ(estimator_.accumulated(estimate, other_estimate).error().message,
            "multiply and add: the operands have scales 2^46 and 2^92");
}

}  // namespace
}  // namespace mc::fhe
