// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "fhe/ckks/polynomial.hpp"
#include "fhe/ckks/testing/measured_error.hpp"

namespace mc::fhe {
namespace {

// One prime a product and two, where run divides before it relinearises.
TEST(ProgramNoise, IsAboveWhatIsMeasuredAndNotFarAbove) {
  for (const std::uint32_t limbs : {1u, 2u}) {
    testing::Bed bed(testing::insecure_params(
        11, std::vector<std::uint8_t>(13, static_cast<std::uint8_t>(limbs == 1 ? 46 : 45)), {50}));
    const Scale scale = Scale::power_of_two(static_cast<std::int32_t>(limbs == 1 ? 46 : 90));
    ChebyshevSeries series{-1, 1, std::vector<double>(24, 0.0)};
    for (std::size_t k = 0; k < series.coefficients.size(); ++k)
      series.coefficients[k] = 1.0 / (1.0 + static_cast<double>(k));
    const Program program =
        plan_polynomial(bed.params, series, bed.params->top_level(), scale, {limbs, scale}).value_or_stop();
    const testing::Slots slots = bed.random_slots(3);
    const Ciphertext x = bed.seal(slots, scale);
    const Ciphertext result = program.run(bed.evaluator, {&x, 1}).value_or_stop();

    NoiseEstimator noise = testing::estimator_of(bed);
    const Estimate input = noise.encrypted(noise.encoded({bed.params->top_level(), scale}, MessageRange::of_max(1)));
    const Estimate foreseen = program.foreseen(noise, {&input, 1}).value_or_stop();
    const double bound = noise.bound_bits(foreseen);
    // Doubles end at 2^-52, so of two primes only that the bound is above the error of the encoding.
    const double measured = bed.error_bits(result, [&](std::size_t j) { return series(slots[j]); });
    std::printf("limbs %u: foreseen 2^%.1f, measured 2^%.1f\n", limbs, bound, measured);
    EXPECT_EQ(foreseen.shape.level, result.level());
    EXPECT_EQ(foreseen.shape.scale, result.scale);
    if (limbs == 1) {
      EXPECT_GT(bound, measured);
      EXPECT_LT(bound, measured + 12);
    }
  }
}

TEST(ProgramNoise, OtherNumbersOfInputsAreNamed) {
  testing::Bed bed(testing::insecure_params(10, {50, 46, 46}, {50}));
  Program program(bed.params);
  (void)program.add_input({Level(3), Scale::power_of_two(46)}).value_or_stop();
  NoiseEstimator noise = testing::estimator_of(bed);
  const auto none = program.foreseen(noise, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "0 estimates for a program of 1 inputs");
}

}  // namespace
}  // namespace mc::fhe
