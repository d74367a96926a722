// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/linear_transform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;
using testing::Slots;
using Diagonals = LinearTransform::Diagonals;

using Set = std::vector<std::int64_t>;

Set consecutive(std::int64_t first, std::int64_t count) {
  Set set;
  for (std::int64_t k = first; k < first + count; ++k) set.push_back(k);
  return set;
}

const std::vector<Set>& shapes() {
  static const std::vector<Set> kShapes{
      {0},                          // a mask
      {5},                          // one rotation
      consecutive(0, 16),           // a block of a small matrix
      consecutive(-9, 20),          // a band around the main diagonal
      {0, 8, 16, 24, 32, 40, 128},  // sums over groups of eight
      {1, 2, 4, 8, 16, 32, 64, 128, 255},
  };
  return kShapes;
}

/// One prime a digit, and three.
class LinearTransformTest : public ::testing::TestWithParam<std::vector<std::uint8_t>> {
 protected:
  static constexpr std::uint32_t kTop = 6;

  ParamsPtr params_ = insecure_params(9, {50, 50, 46, 46, 46, 46}, GetParam());
  std::size_t size_ = params_->slot_count();
  Bed bed_{params_, needed_rotations()};
  Slots x_ = bed_.random_slots(1);
  Ciphertext sealed_ = bed_.seal(x_);

  [[nodiscard]] LinearTransformPlan planned(const Set& set, std::uint32_t level = kTop,
                                            std::uint32_t primes = 2) const {
    return LinearTransform::plan(params_, set, Level(level), primes).value_or_stop();
  }
  [[nodiscard]] std::vector<std::int64_t> needed_rotations() const {
    std::vector<std::int64_t> rotations;
    for (const Set& set : shapes()) {
      for (const std::uint32_t level : {kTop, kTop - 1}) {
        for (const std::int64_t steps : planned(set, level).rotations()) rotations.push_back(steps);
      }
      rotations.insert(rotations.end(), set.begin(), set.end());  // for products diagonal by diagonal
    }
    return rotations;
  }
  [[nodiscard]] Diagonals random_diagonals(const Set& set) const {
    Diagonals diagonals;
    for (const std::int64_t k : set) diagonals[k] = bed_.random_slots(static_cast<std::uint64_t>(k + 1000));
    return diagonals;
  }
  [[nodiscard]] std::size_t at(std::size_t j, std::int64_t steps) const {
    return (j + static_cast<std::size_t>(steps + static_cast<std::int64_t>(size_))) % size_;
  }
  [[nodiscard]] double expected(const Diagonals& diagonals, std::size_t j) const {
    double sum = 0;
    for (const auto& [k, values] : diagonals) sum += (j < values.size() ? values[j] : 0) * x_[at(j, k)];
    return sum;
  }
  [[nodiscard]] LinearTransform encoded(const Diagonals& diagonals, std::uint32_t level = kTop,
                                        std::uint32_t primes = 2) const {
    Set set;
    for (const auto& [k, values] : diagonals) set.push_back(k);
    return LinearTransform::encode(bed_.encoder, planned(set, level, primes), diagonals).value_or_stop();
  }
};
INSTANTIATE_TEST_SUITE_P(Digits, LinearTransformTest,
                         ::testing::Values(std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 50, 50}),
                         [](const auto& p) { return std::to_string(p.param.size()) + "_primes_a_digit"; });

TEST_P(LinearTransformTest, EveryShapeOfMatrixIsMultiplied) {
  for (const Set& set : shapes()) {
    const Diagonals diagonals = random_diagonals(set);
    const LinearTransform transform = encoded(diagonals);
    const Ciphertext product = transform.apply(bed_.evaluator, sealed_).value_or_stop();
    EXPECT_EQ(product.scale, sealed_.scale);
    EXPECT_EQ(product.level(), transform.plan().output_level());
    EXPECT_EQ(product.level().value, kTop - 2);
    EXPECT_LT(bed_.error_bits(product, [&](std::size_t j) { return expected(diagonals, j); }), -49) << set.size();
  }
}

TEST_P(LinearTransformTest, EveryStrideGivesTheSameProduct) {
  const Diagonals diagonals = random_diagonals(consecutive(0, 16));
  for (const std::int64_t stride : {1, 2, 3, 4, 8, 16, 256}) {
    LinearTransformPlan plan = planned(consecutive(0, 16));
    plan.stride = stride;
    std::set<std::int64_t> babies, giants;
    for (const std::int64_t k : plan.diagonals) {
      babies.insert(k % stride);
      giants.insert(k - k % stride);
    }
    plan.baby_steps.assign(babies.begin(), babies.end());
    plan.giant_steps.assign(giants.begin(), giants.end());
    const LinearTransform transform = LinearTransform::encode(bed_.encoder, plan, diagonals).value_or_stop();
    const Ciphertext product = transform.apply(bed_.evaluator, sealed_).value_or_stop();
    EXPECT_LT(bed_.error_bits(product, [&](std::size_t j) { return expected(diagonals, j); }), -49) << stride;
  }
}

TEST_P(LinearTransformTest, LowerLevelsAndOnePrimeDiagonalsWorkAlike) {
  const Diagonals diagonals = random_diagonals(consecutive(-9, 20));
  ASSERT_TRUE(bed_.evaluator.drop_to_level(sealed_, Level(kTop - 1)).has_value());
  const Ciphertext two = encoded(diagonals, kTop - 1, 2).apply(bed_.evaluator, sealed_).value_or_stop();
  EXPECT_LT(bed_.error_bits(two, [&](std::size_t j) { return expected(diagonals, j); }), -49);
  const Ciphertext one = encoded(diagonals, kTop - 1, 1).apply(bed_.evaluator, sealed_).value_or_stop();
  EXPECT_EQ(one.level().value, kTop - 2);
  EXPECT_EQ(one.scale, sealed_.scale);
  // Diagonals of 46 bits: their coefficients are rounded at 2^-46.
  EXPECT_LT(bed_.error_bits(one, [&](std::size_t j) { return expected(diagonals, j); }), -38);
}

TEST_P(LinearTransformTest, HoistedTwiceIsWithinTheNoiseOfDiagonalByDiagonal) {
  const Diagonals diagonals = random_diagonals(consecutive(0, 16));
  const Ciphertext product = encoded(diagonals).apply(bed_.evaluator, sealed_).value_or_stop();
  Ciphertext sum;
  for (const auto& [k, values] : diagonals) {
    const Plaintext diagonal = bed_.encoder.encode(values, Level(kTop), Scale::of_top_primes(kTop, 2)).value_or_stop();
    const Ciphertext rotated = bed_.evaluator.rotate(sealed_, k).value_or_stop();
    ASSERT_TRUE(bed_.evaluator.multiply_plain_add(sum, rotated, diagonal).has_value());
  }
  ASSERT_TRUE(bed_.evaluator.rescale_inplace(sum, 2).has_value());
  EXPECT_EQ(sum.scale, product.scale);
  ASSERT_TRUE(bed_.evaluator.subtract_inplace(sum, product).has_value());
  EXPECT_LT(bed_.error_bits(sum, [](std::size_t) { return 0.0; }), -60);
}

TEST_P(LinearTransformTest, AMaskNeedsNoKeyAndHasTheBitsOfAProduct) {
  Diagonals keep;
  keep[0].assign(20, 1.0);  // slots 10 to 19
  std::fill_n(keep[0].begin(), 10, 0.0);
  EXPECT_THAT(planned({0}).rotations(), ::testing::IsEmpty());
  const Evaluator keyless(params_, nullptr);
  const Ciphertext masked = encoded(keep).apply(keyless, sealed_).value_or_stop();
  EXPECT_LT(bed_.error_bits(masked, [&](std::size_t j) { return j >= 10 && j < 20 ? x_[j] : 0; }), -49);
  Ciphertext by_hand =
      keyless
          .multiply_plain(sealed_,
                          bed_.encoder.encode(keep[0], Level(kTop), Scale::of_top_primes(kTop, 2)).value_or_stop())
          .value_or_stop();
  ASSERT_TRUE(keyless.rescale_inplace(by_hand, 2).has_value());
  EXPECT_EQ(masked, by_hand);
}

TEST_P(LinearTransformTest, DiagonalsOfZerosAreSkipped) {
  Diagonals diagonals = random_diagonals(consecutive(0, 16));
  for (const std::int64_t k : {1, 4, 5, 6, 7}) diagonals[k] = {};
  LinearTransformPlan plan = planned(consecutive(0, 16));
  const LinearTransform sparse = LinearTransform::encode(bed_.encoder, plan, diagonals).value_or_stop();
  const Ciphertext product = sparse.apply(bed_.evaluator, sealed_).value_or_stop();
  EXPECT_LT(bed_.error_bits(product, [&](std::size_t j) { return expected(diagonals, j); }), -49);
  for (auto& [k, values] : diagonals) values.clear();
  const Ciphertext nothing = LinearTransform::encode(bed_.encoder, plan, diagonals)
                                 .value_or_stop()
                                 .apply(bed_.evaluator, sealed_)
                                 .value_or_stop();
  EXPECT_LT(bed_.error_bits(nothing, [](std::size_t) { return 0.0; }), -60);
}

TEST_P(LinearTransformTest, TwoWorkersGiveTheBitsOfOne) {
  const LinearTransform transform = encoded(random_diagonals(consecutive(-9, 20)));
  const Evaluator both(bed_.evaluator.keys(), std::make_shared<Workers>(2));
  EXPECT_EQ(transform.apply(both, sealed_).value_or_stop(), transform.apply(bed_.evaluator, sealed_).value_or_stop());
}

TEST_P(LinearTransformTest, AMissingKeyIsNamed) {
  const LinearTransform transform = encoded(random_diagonals({0, 99}));
  const auto missing = transform.apply(bed_.evaluator, sealed_);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message,
              ::testing::StartsWith("linear transform: there is no key for rotation by 99 (Galois element "));
}

TEST_P(LinearTransformTest, AnOperandThatWasNotPlannedForIsRefused) {
  const LinearTransform transform = encoded(random_diagonals(consecutive(0, 16)));
  Ciphertext low = sealed_, foreign = sealed_;
  ASSERT_TRUE(bed_.evaluator.drop_to_level(low, Level(4)).has_value());
  EXPECT_EQ(transform.apply(bed_.evaluator, low).error().message,
            "linear transform: planned for level 6, the ciphertext has 4");
  const Ciphertext product = bed_.evaluator.multiply(sealed_, sealed_).value_or_stop();
  EXPECT_EQ(transform.apply(bed_.evaluator, product).error().message,
            "linear transform: a ciphertext of 3 parts, not 2");
  foreign.epoch = Epoch(2);
  EXPECT_THAT(transform.apply(bed_.evaluator, foreign).error().message,
              ::testing::HasSubstr("under the key of epoch 2, the keys here are of epoch 0"));
  const Bed other(insecure_params(8, {50, 50}, {50}));
  EXPECT_EQ(transform.apply(other.evaluator, sealed_).error().code, Code::kInvalidArgument);
}

TEST(LinearTransformPlan, RefusesWhatCannotBeMeant) {
  const ParamsPtr params = insecure_params(8, {50, 46, 46}, {50});
  const auto refusal = [&](const Set& set, std::uint32_t level, std::uint32_t primes) {
    const auto plan = LinearTransform::plan(params, set, Level(level), primes);
    return plan.has_value() ? std::string("accepted") : plan.error().message;
  };
  EXPECT_EQ(refusal({0}, 1, 1), "level 1 left, a linear transform by 1 prime needs 2");
  EXPECT_EQ(refusal({0}, 2, 2), "level 2 left, a linear transform by 2 primes needs 3");
  EXPECT_EQ(refusal({0}, 4, 1), "linear transform: level 4 of a chain of 3");
  EXPECT_EQ(refusal({}, 3, 1), "a linear transform without a diagonal");
  EXPECT_EQ(refusal({0}, 3, 0), "linear transform: diagonals at the scale of no prime");
  EXPECT_EQ(refusal({3, 5, -125}, 3, 1), "linear transform: diagonals 3 and -125 are the same modulo 128");
  EXPECT_EQ(refusal({0, 1}, 3, 1), "accepted");
}

TEST(LinearTransformPlan, DiagonalsThatAreNotThePlansAreRefused) {
  const ParamsPtr params = insecure_params(8, {50, 46, 46}, {50});
  const Encoder encoder(params);
  const LinearTransformPlan plan = LinearTransform::plan(params, Set{0, 3}, Level(3), 1).value_or_stop();
  const auto refusal = [&](const Diagonals& diagonals) {
    const auto transform = LinearTransform::encode(encoder, plan, diagonals);
    return transform.has_value() ? std::string("accepted") : transform.error().message;
  };
  EXPECT_EQ(refusal({{0, {1}}, {3, {1}}}), "accepted");
  EXPECT_EQ(refusal({{0, {1}}, {-125, {1}}}), "accepted");
  EXPECT_EQ(refusal({{0, {1}}}), "linear transform: there are no values for diagonal 3");
  EXPECT_EQ(refusal({{0, {1}}, {3, {1}}, {4, {1}}}),
            "linear transform: diagonal 4 is not in the plan or is given twice");
  EXPECT_EQ(refusal({{0, Slots(129, 1)}, {3, {1}}}), "linear transform: diagonal 0 has 129 values for 128 slots");
  EXPECT_EQ(refusal({{0, {1e9}}, {3, {1}}}),
            "linear transform: diagonal 0: encode: slot 0 is beyond 2^16 in magnitude");
  const Encoder other(insecure_params(8, {50, 46}, {50}));
  EXPECT_FALSE(LinearTransform::encode(other, plan, {{0, {1}}, {3, {1}}}).has_value());
}

TEST(LinearTransformPlan, RotationsGrowWithTheRootOfTheDiagonals) {
  const ParamsPtr params = Params::named("test_insecure", true).value_or_stop();
  const auto keys = [&](const Set& set) {
    return LinearTransform::plan(params, set, params->top_level(), 2).value_or_stop().rotations().size();
  };
  EXPECT_LE(keys(consecutive(0, 64)), 18u);
  EXPECT_LE(keys(consecutive(0, 256)), 38u);
  EXPECT_LE(keys(consecutive(-32, 64)), 20u);
  Set strided;
  for (std::int64_t k = 0; k < 64; ++k) strided.push_back(8 * k);
  EXPECT_LE(keys(strided), 18u);
  // Three that have nothing in common are cheapest one by one, from a single decomposition.
  EXPECT_EQ(keys({1, 7, 100}), 3u);
}

}  // namespace
}  // namespace mc::fhe
