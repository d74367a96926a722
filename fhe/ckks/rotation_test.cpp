// SPDX-License-Identifier: Apache-2.0
// Rotations, conjugation and sums of slots: the members of Evaluator that rotation.cpp holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "fhe/ckks/key_switching.hpp"
#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;
using testing::Slots;

std::vector<std::int64_t> needed_steps(std::size_t slot_count) {
  std::vector<std::int64_t> steps = Evaluator::sum_slots_steps(slot_count);
  for (const std::int64_t more : {5, 7, -1, 100}) steps.push_back(more);
  return steps;
}

/// One prime a digit, three, and four of which the last digit has fewer: the shapes of key switching there are.
class RotationTest : public ::testing::TestWithParam<std::vector<std::uint8_t>> {
 protected:
  ParamsPtr params_ = insecure_params(9, {50, 50, 46, 46, 45, 46, 47, 46}, GetParam());
  Bed bed_{params_, needed_steps(params_->slot_count())};
  const Evaluator& evaluator_ = bed_.evaluator;
  std::size_t size_ = params_->slot_count();
  Slots x_ = bed_.random_slots(1);
  Ciphertext sealed_ = bed_.seal(x_);

  [[nodiscard]] std::size_t at(std::size_t j, std::int64_t steps) const {
    return (j + static_cast<std::size_t>(steps + static_cast<std::int64_t>(size_))) % size_;
  }
};
INSTANTIATE_TEST_SUITE_P(Digits, RotationTest,
                         ::testing::Values(std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 50, 50},
                                           std::vector<std::uint8_t>{50, 50, 50, 50, 50}),
                         [](const auto& p) { return std::to_string(p.param.size()) + "_primes_a_digit"; });

TEST_P(RotationTest, SlotJReceivesSlotJPlusSteps) {
  for (const std::int64_t steps : {1, 2, 5, 7, -1, 100, 0}) {
    const Ciphertext rotated = evaluator_.rotate(sealed_, steps).value_or_stop();
    EXPECT_EQ(rotated.scale, sealed_.scale);
    EXPECT_EQ(rotated.level(), sealed_.level());
    EXPECT_LT(bed_.error_bits(rotated, [&](std::size_t j) { return x_[at(j, steps)]; }), -50) << steps;
  }
}

TEST_P(RotationTest, EveryLevelRotates) {
  for (std::uint32_t level = params_->top_level().value; level >= 3; --level) {
    Ciphertext dropped = sealed_;
    ASSERT_TRUE(evaluator_.drop_to_level(dropped, Level(level)).has_value());
    const Ciphertext rotated = evaluator_.rotate(dropped, 5).value_or_stop();
    EXPECT_LT(bed_.error_bits(rotated, [&](std::size_t j) { return x_[at(j, 5)]; }), -50) << level;
  }
}

TEST_P(RotationTest, ConjugationLeavesRealSlotsAsTheyAre) {
  const Ciphertext conjugate = evaluator_.conjugate(sealed_).value_or_stop();
  EXPECT_NE(conjugate, sealed_);
  EXPECT_LT(bed_.error_bits(conjugate, [&](std::size_t j) { return x_[j]; }), -50);
}

TEST_P(RotationTest, HoistedRotationsHaveTheBitsOfSingleOnes) {
  const std::vector<std::int64_t> steps{1, 0, 5, -1};
  const std::vector<Ciphertext> each = evaluator_.rotate_each(sealed_, steps).value_or_stop();
  ASSERT_EQ(each.size(), steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(each[i], evaluator_.rotate(sealed_, steps[i]).value_or_stop()) << steps[i];
  }
}

TEST_P(RotationTest, SumsOfRotationsAreDividedOnce) {
  const std::vector<std::int64_t> steps{0, 1, 2, 100};
  const Ciphertext sum = evaluator_.sum_of_rotations(sealed_, steps).value_or_stop();
  EXPECT_LT(bed_.error_bits(sum,
                            [&](std::size_t j) {
                              double expected = 0;
                              for (const std::int64_t step : steps) expected += x_[at(j, step)];
                              return expected;
                            }),
            -49);
  const std::vector<std::int64_t> nothing{0, 0};
  EXPECT_LT(bed_.error_bits(evaluator_.sum_of_rotations(sealed_, nothing).value_or_stop(),
                            [&](std::size_t j) { return 2 * x_[j]; }),
            -50);
}

TEST_P(RotationTest, TheSumOfAllSlotsStandsInEverySlot) {
  const Ciphertext sum = evaluator_.sum_slots(sealed_).value_or_stop();
  const double expected = std::accumulate(x_.begin(), x_.end(), 0.0);
  EXPECT_LT(bed_.error_bits(sum, [&](std::size_t) { return expected; }), -43);
}

TEST_P(RotationTest, TwoWorkersGiveTheBitsOfOne) {
  const Evaluator both(evaluator_.keys(), std::make_shared<Workers>(2));
  const std::vector<std::int64_t> steps{1, 5};
  EXPECT_EQ(both.rotate(sealed_, 7).value_or_stop(), evaluator_.rotate(sealed_, 7).value_or_stop());
  EXPECT_EQ(both.rotate_each(sealed_, steps).value_or_stop(), evaluator_.rotate_each(sealed_, steps).value_or_stop());
  EXPECT_EQ(both.sum_slots(sealed_).value_or_stop(), evaluator_.sum_slots(sealed_).value_or_stop());
  const Ciphertext product = evaluator_.multiply(sealed_, sealed_).value_or_stop();
  EXPECT_EQ(both.multiply(sealed_, sealed_).value_or_stop(), product);
  EXPECT_EQ(both.relinearise_rescale(product, 2).value_or_stop(),
            evaluator_.relinearise_rescale(product, 2).value_or_stop());
}

TEST_P(RotationTest, AMissingKeyIsNamed) {
  const auto missing = evaluator_.rotate(sealed_, 9);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  const std::uint64_t element = galois_element_of_rotation(9, params_->ring().degree());
  EXPECT_EQ(missing.error().message,
            "there is no key for rotation by 9 (Galois element " + std::to_string(element) + ")");
  const std::vector<std::int64_t> some{1, 9};
  EXPECT_FALSE(evaluator_.rotate_each(sealed_, some).has_value());
  EXPECT_FALSE(evaluator_.sum_of_rotations(sealed_, some).has_value());
  EXPECT_FALSE(evaluator_.sum_of_rotations(sealed_, {}).has_value());
}

TEST_P(RotationTest, ThreePartsAndForeignEpochsAreRefused) {
  const Ciphertext product = evaluator_.multiply(sealed_, sealed_).value_or_stop();
  for (const auto& refused : {evaluator_.rotate(product, 1), evaluator_.rotate(product, 0),
                              evaluator_.conjugate(product), evaluator_.sum_slots(product)}) {
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("a ciphertext of 3 parts, not 2"));
  }
  Ciphertext foreign = sealed_;
  foreign.epoch = Epoch(3);
  const auto refused = evaluator_.rotate(foreign, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "rotation by 1: a ciphertext under the key of epoch 3, the keys here are of epoch 0");
}

TEST_P(RotationTest, RelinearisedAndRescaledAtOnceHasTheBitsOfOneAfterTheOther) {
  const Ciphertext product = evaluator_.multiply(sealed_, sealed_).value_or_stop();
  for (const std::uint32_t count : {0u, 1u, 2u, 3u}) {
    const Ciphertext at_once = evaluator_.relinearise_rescale(product, count).value_or_stop();
    Ciphertext in_turn = evaluator_.relinearise(product).value_or_stop();
    ASSERT_TRUE(evaluator_.rescale_inplace(in_turn, count).has_value());
    EXPECT_EQ(at_once, in_turn) << count;
    EXPECT_LT(bed_.error_bits(at_once, [&](std::size_t j) { return x_[j] * x_[j]; }), count < 2 ? -48 : -30);
  }
  const auto too_many = evaluator_.relinearise_rescale(product, 8);
  ASSERT_FALSE(too_many.has_value());
  EXPECT_EQ(too_many.error().message, "level 8 left, rescale needs 9");
}

}  // namespace
}  // namespace mc::fhe
