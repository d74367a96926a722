// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/polynomial.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

enum class Parity { kNone, kOdd, kEven };

/// Coefficients in [-1, 1] over the degree, so that |p| <= 1.
ChebyshevSeries random_series(std::uint32_t degree, Parity parity, std::uint64_t seed, double low = -1,
                              double high = 1) {
  std::mt19937_64 random(seed);
  ChebyshevSeries series{low, high, std::vector<double>(degree + 1)};
  for (std::uint32_t k = 0; k <= degree; ++k) {
    const double c = 2 * static_cast<double>(random() >> 11) / 0x1p53 - 1;
    const bool is_skipped = (parity == Parity::kOdd && k % 2 == 0) || (parity == Parity::kEven && k % 2 == 1);
    if (!is_skipped) series.coefficients[k] = (k == degree ? 1 : c) / (degree + 1);
  }
  return series;
}

double reference(const ChebyshevSeries& series, double x) {
  const long double y = (2.0L * x - series.low - series.high) / (static_cast<long double>(series.high) - series.low);
  long double sum = 0;
  for (std::size_t k = 0; k < series.coefficients.size(); ++k) {
    sum += series.coefficients[k] * std::cos(static_cast<long double>(k) * std::acos(std::clamp(y, -1.0L, 1.0L)));
  }
  return static_cast<double>(sum);
}

/// Chains long enough for degree 127, at the one-prime and the two-prime scale.
class PolynomialTest : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  std::uint32_t limbs() const { return GetParam(); }
  Scale scale() const { return Scale::power_of_two(46 * static_cast<int>(limbs())); }
  double noise() const { return limbs() == 1 ? 0x1p-25 : 0x1p-48; }
  PolynomialOptions options() const { return {limbs(), std::nullopt}; }
  static CircuitBed& keys(std::uint32_t limbs) {
    static CircuitBed one(testing::chain_params(10, 9, 46)), two(testing::chain_params(10, 17, 46));
    return limbs == 1 ? one : two;
  }
  CircuitBed& keys() const { return keys(limbs()); }
  Level top() const { return keys().params->top_level(); }
};

INSTANTIATE_TEST_SUITE_P(LimbsPerProduct, PolynomialTest, ::testing::Values(1, 2));

TEST(ChebyshevSeriesTest, ClenshawIsTheDefinition) {
  for (const std::uint32_t degree : {0, 1, 2, 7, 31, 127}) {
    const ChebyshevSeries series = random_series(degree, Parity::kNone, degree, -3, 5);
    for (const double x : evenly_spaced(-3, 5, 101)) EXPECT_NEAR(series(x), reference(series, x), 1e-13);
    EXPECT_EQ(series.degree(), degree);
    EXPECT_LE(series.bound(), 1);
  }
  EXPECT_EQ((ChebyshevSeries{-1, 1, {1, 2, 0, 0}}.degree()), 1u);
}

TEST(PolynomialDepth, IsTheLogarithmOfTheNumberOfCoefficients) {
  const std::pair<std::uint32_t, std::uint32_t> expected[] = {{1, 1}, {2, 2},  {3, 2},  {4, 3},  {7, 3},
                                                              {8, 4}, {15, 4}, {16, 5}, {31, 5}, {127, 7}};
  for (const auto& [degree, depth] : expected) EXPECT_EQ(polynomial_depth(degree), depth) << degree;
  EXPECT_EQ(levels_needed(31, 1, false), 5u);
  EXPECT_EQ(levels_needed(31, 2, true), 12u);
}

TEST_P(PolynomialTest, EveryDegreeIsEvaluatedWithTheLeastDepthAtExactlyTheScaleAskedFor) {
  const std::vector<double> x = evenly_spaced(-1, 1, keys().params->slot_count());
  const Ciphertext sealed = keys().seal(x, top(), scale());
  for (std::uint32_t degree = 1; degree <= 64; degree += degree < 20 ? 1 : 11) {
    for (const Parity parity : {Parity::kNone, Parity::kOdd, Parity::kEven}) {
      if ((parity == Parity::kOdd && degree % 2 == 0) || (parity == Parity::kEven && degree % 2 == 1)) continue;
      const ChebyshevSeries series = random_series(degree, parity, degree);
      const Program plan = plan_polynomial(keys().params, series, top(), scale(), options()).value_or_stop();
      const Ciphertext result = plan.run(keys().evaluator, {&sealed, 1}).value_or_stop();
      EXPECT_EQ(result.level().value, top().value - limbs() * polynomial_depth(degree)) << degree;
      EXPECT_EQ(result.level(), plan.result().level);
      EXPECT_EQ(result.scale, scale()) << degree;
      EXPECT_EQ(result.scale, plan.result().scale);
      EXPECT_EQ(plan.levels_used(), levels_needed(degree, limbs(), false));
      EXPECT_LT(keys().worst_error(result, [&](std::size_t j) { return series(x[j]); }), noise()) << degree;
    }
  }
}

// Chebyshev coefficients with holes, clusters and single peaks make every kind of split; tiny rings make them cheap.
TEST(Polynomial, AnyPatternOfCoefficientsIsEvaluatedWithTheLeastDepth) {
  CircuitBed keys(testing::chain_params(6, 8, 46));
  const std::vector<double> x = evenly_spaced(-1, 1, keys.params->slot_count());
  const Level top = keys.params->top_level();
  const Scale scale = Scale::power_of_two(46);
  const Ciphertext sealed = keys.seal(x, top, scale);
  std::mt19937_64 random(11);
  for (std::uint32_t degree = 1; degree <= kPolynomialDegreeMax; ++degree) {
    for (int pattern = 0; pattern < 3; ++pattern) {
      ChebyshevSeries series = random_series(degree, Parity::kNone, random());
      for (std::uint32_t k = 0; k < degree; ++k) {
        if (random() % 4 < static_cast<std::uint64_t>(pattern + 1)) series.coefficients[k] = 0;
      }
      const auto plan = plan_polynomial(keys.params, series, top, scale, {});
      ASSERT_TRUE(plan.has_value()) << degree << " " << plan.error().message;
      EXPECT_EQ(plan->levels_used(), polynomial_depth(degree));
      const Ciphertext result = plan->run(keys.evaluator, {&sealed, 1}).value_or_stop();
      EXPECT_EQ(result.scale, scale);
      ASSERT_LT(keys.worst_error(result, [&](std::size_t j) { return series(x[j]); }), 0x1p-27) << degree;
    }
  }
}

TEST_P(PolynomialTest, ADegreeOf127FitsItsExponents) {
  const std::vector<double> x = evenly_spaced(-1, 1, keys().params->slot_count());
  const Ciphertext sealed = keys().seal(x, top(), scale());
  const ChebyshevSeries series = random_series(127, Parity::kNone, 5);
  const Program plan = plan_polynomial(keys().params, series, top(), scale(), options()).value_or_stop();
  const Ciphertext result = plan.run(keys().evaluator, {&sealed, 1}).value_or_stop();
  EXPECT_EQ(plan.levels_used(), 7 * limbs());
  EXPECT_LT(keys().worst_error(result, [&](std::size_t j) { return series(x[j]); }), noise());
}

TEST_P(PolynomialTest, AnotherOutputScaleIsMetExactly) {
  const std::vector<double> x = evenly_spaced(-1, 1, keys().params->slot_count());
  const Ciphertext sealed = keys().seal(x, top(), scale());
  const ChebyshevSeries series = random_series(15, Parity::kOdd, 6);
  for (const Scale& wanted : {Scale::of_top_primes(4, limbs()), scale() * scale() / Scale::of_top_primes(7, limbs()),
                              scale() * Scale::power_of_two(-3)}) {
    const Program plan = plan_polynomial(keys().params, series, top(), scale(), {limbs(), wanted}).value_or_stop();
    const Ciphertext result = plan.run(keys().evaluator, {&sealed, 1}).value_or_stop();
    EXPECT_EQ(result.scale, wanted);
    EXPECT_LT(keys().worst_error(result, [&](std::size_t j) { return series(x[j]); }), 8 * noise());
  }
}

TEST_P(PolynomialTest, InputsAtScalesOfProductsAreWelcome) {
  const std::vector<double> x = evenly_spaced(-1, 1, keys().params->slot_count());
  const Scale product = scale() * scale() / Scale::of_top_primes(top().value, limbs());
  const Level level(top().value - limbs());
  const Ciphertext sealed = keys().seal(x, level, scale());
  Ciphertext one = keys().seal(std::vector<double>(x.size(), 1), top(), scale());
  Ciphertext input = keys().seal(x, top(), scale());
  input = keys().evaluator.relinearise(keys().evaluator.multiply(input, one).value_or_stop()).value_or_stop();
  ASSERT_TRUE(keys().evaluator.rescale_inplace(input, limbs()).has_value());
  ASSERT_EQ(input.scale, product);
  const ChebyshevSeries series = random_series(31, Parity::kNone, 8);
  const Program plan = plan_polynomial(keys().params, series, level, product, {limbs(), scale()}).value_or_stop();
  const Ciphertext result = plan.run(keys().evaluator, {&input, 1}).value_or_stop();
  EXPECT_EQ(result.scale, scale());
  EXPECT_LT(keys().worst_error(result, [&](std::size_t j) { return series(x[j]); }), 8 * noise());
}

TEST_P(PolynomialTest, AChangeOfVariableIsFreeWhereTheScaleCanSayIt) {
  struct Interval {
    double low, high;
    int scale_shift;  // of the input, against that of [-1, 1]
    bool is_free;
  };
  const Interval intervals[] = {{-1, 1, 0, true}, {0, 1, 0, true},        {-8, 8, -3, true},   {-8, 8, 0, false},
                                {1, 2, 0, true},  {-0.25, 0.25, 0, true}, {0.25, 1, 0, false}, {-3, 5, -2, true}};
  const std::size_t slots = keys().params->slot_count();
  for (const auto& [low, high, shift, is_free] : intervals) {
    const std::vector<double> x = evenly_spaced(low, high, slots);
    const Scale input = scale() * Scale::power_of_two(shift);
    const ChebyshevSeries series = random_series(31, Parity::kNone, 9, low, high);
    const Program plan = plan_polynomial(keys().params, series, top(), input, {limbs(), scale()}).value_or_stop();
    EXPECT_EQ(plan.levels_used(), levels_needed(31, limbs(), !is_free)) << low << " " << high;
    const Ciphertext sealed = keys().seal(x, top(), input);
    const Ciphertext result = plan.run(keys().evaluator, {&sealed, 1}).value_or_stop();
    EXPECT_EQ(result.scale, scale());
    EXPECT_LT(keys().worst_error(result, [&](std::size_t j) { return series(x[j]); }), 8 * noise()) << low << high;
  }
}

// Without depth in mind a full polynomial of degree d takes about sqrt(2d) + log2(d) of them: 8, 13, 17.
TEST_P(PolynomialTest, RelinearisationsAreFewAndHalfPolynomialsNeedFewerProducts) {
  const auto plan = [&](Parity parity, std::uint32_t degree) {
    return plan_polynomial(keys().params, random_series(degree, parity, 1), top(), scale(), options()).value_or_stop();
  };
  EXPECT_EQ(plan(Parity::kNone, 3).relinearisation_count(), 2u);
  EXPECT_EQ(plan(Parity::kNone, 7).relinearisation_count(), 4u);
  EXPECT_EQ(plan(Parity::kNone, 15).relinearisation_count(), 7u);
  EXPECT_EQ(plan(Parity::kNone, 31).relinearisation_count(), 10u);
  EXPECT_EQ(plan(Parity::kNone, 63).relinearisation_count(), 15u);
  EXPECT_EQ(plan(Parity::kOdd, 7).relinearisation_count(), 4u);
  for (const std::uint32_t degree : {15, 31, 63}) {
    const Program full = plan(Parity::kNone, degree), odd = plan(Parity::kOdd, degree),
                  even = plan(Parity::kEven, degree - 1);
    EXPECT_LE(odd.relinearisation_count(), full.relinearisation_count()) << degree;
    EXPECT_LT(even.relinearisation_count(), full.relinearisation_count()) << degree;
    EXPECT_LE(odd.product_count(), full.product_count()) << degree;
    EXPECT_LT(even.product_count(), full.product_count()) << degree;
  }
  // A single power: squares only.
  ChebyshevSeries power{-1, 1, std::vector<double>(33)};
  power.coefficients[32] = 1;
  EXPECT_EQ(plan_polynomial(keys().params, power, top(), scale(), options()).value_or_stop().product_count(), 5u);
}

TEST_P(PolynomialTest, RunsTwiceToTheSameBits) {
  const std::vector<double> x = evenly_spaced(-1, 1, keys().params->slot_count());
  const Ciphertext sealed = keys().seal(x, top(), scale());
  const ChebyshevSeries series = random_series(23, Parity::kNone, 4);
  const auto run = [&] {
    return plan_polynomial(keys().params, series, top(), scale(), options())
        .value_or_stop()
        .run(keys().evaluator, {&sealed, 1})
        .value_or_stop();
  };
  EXPECT_EQ(run(), run());
}

// The hash was made once, with the scalar kernels: it must be the same on every machine (R25).
TEST(Polynomial, GivesTheSameBitsWithEveryKernelTable) {
  Hash256 hashes[2];
  for (const char* kernels : {"scalar", ""}) {
    setenv("MEDCOMMONS_KERNELS", kernels, 1);
    CircuitBed keys(testing::chain_params(10, 9, 46));
    const Level top = keys.params->top_level();
    // On [1/3, 3/4] the change of variable, too, rounds.
    const ChebyshevSeries series = random_series(31, Parity::kNone, 12, 1.0 / 3, 0.75);
    // Uniform residues: what an encoder or an encryption would make of them does not matter here.
    const Basis basis{top.value, false};
    const Ciphertext sealed{{sample_uniform(keys.params->ring(), basis, keys.stream),
                             sample_uniform(keys.params->ring(), basis, keys.stream)},
                            Scale::power_of_two(46)};
    const Program plan = plan_polynomial(keys.params, series, top, Scale::power_of_two(46), {}).value_or_stop();
    hashes[*kernels == 0] = hash_ciphertext(plan.run(keys.evaluator, {&sealed, 1}).value_or_stop(), *keys.params);
  }
  unsetenv("MEDCOMMONS_KERNELS");
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0].hex(), "11e675db55eafa421d4634d155d88ec54387ce31a2f44b752ef510e547211127");
}

class PolynomialRefusals : public ::testing::Test {
 protected:
  Error refusal(const ChebyshevSeries& series, std::uint32_t level, const Scale& scale, PolynomialOptions options) {
    const auto plan = plan_polynomial(params_, series, Level(level), scale, options);
    return plan.has_value() ? Error{Code::kIo, "accepted"} : plan.error();
  }
  ParamsPtr params_ = testing::chain_params(10, 9, 46);
  Scale one_ = Scale::power_of_two(46), two_ = Scale::power_of_two(92);
  ChebyshevSeries series_ = random_series(31, Parity::kNone, 1);
};

TEST_F(PolynomialRefusals, TooFewLevelsAreRefusedBeforeAnythingIsComputed) {
  EXPECT_EQ(refusal(series_, 3, one_, {}).message, "level 3 left, a polynomial of degree 31 needs 6");
  EXPECT_EQ(refusal(series_, 3, one_, {}).code, Code::kLimit);
  EXPECT_EQ(refusal(series_, 5, one_, {}).code, Code::kLimit);
  EXPECT_EQ(refusal(series_, 6, one_, {}).message, "accepted");
  EXPECT_EQ(refusal(series_, 10, two_, {.limbs_per_product = 2}).message,
            "level 10 left, a polynomial of degree 31 needs 12");
  ChebyshevSeries shifted = series_;
  shifted.low = 0.25;
  EXPECT_EQ(refusal(shifted, 6, one_, {}).message, "level 6 left, a polynomial of degree 31 needs 7");
  EXPECT_EQ(refusal(shifted, 7, one_, {}).message, "accepted");
}

TEST_F(PolynomialRefusals, ScalesFarFromThePrimesAreNamed) {
  EXPECT_EQ(refusal(series_, 10, two_, {}).message,
            "the input scale of a polynomial has 92 bits and the primes of a product 45");
  EXPECT_EQ(refusal(series_, 10, one_, {1, Scale::power_of_two(20)}).message,
            "the output scale of a polynomial has 20 bits and the primes of a product 45");
  Scale foreign = one_;
  foreign.exponents[10] = 1;
  EXPECT_EQ(refusal(series_, 10, one_, {1, foreign}).code, Code::kInvalidArgument);
  EXPECT_EQ(refusal(series_, 10, foreign, {}).code, Code::kInvalidArgument);
  Scale steep = one_;
  steep.exponents[1] = 5;
  steep.exponents[2] = -5;
  EXPECT_EQ(refusal(series_, 10, steep, {}).code, Code::kLimit);
}

TEST_F(PolynomialRefusals, WhatIsNoPolynomialIsRefused) {
  EXPECT_EQ(refusal({-1, 1, {0.5}}, 10, one_, {}).message, "a polynomial of degree 0, not 1 to 127");
  EXPECT_EQ(refusal({-1, 1, {}}, 10, one_, {}).code, Code::kInvalidArgument);
  EXPECT_EQ(refusal({1, 1, {0, 1}}, 10, one_, {}).code, Code::kInvalidArgument);
  EXPECT_EQ(refusal({-1, 1, {0, std::nan("")}}, 10, one_, {}).message, "coefficient 1 of a polynomial is not finite");
  EXPECT_EQ(refusal(random_series(128, Parity::kNone, 1), 10, one_, {}).code, Code::kInvalidArgument);
  EXPECT_EQ(refusal(series_, 10, one_, {.limbs_per_product = 3}).code, Code::kInvalidArgument);
  EXPECT_EQ(refusal(series_, 11, one_, {}).code, Code::kInvalidArgument);
  // Numbers of 2^40 at a scale of 46 bits over a last prime of 50.
  ChebyshevSeries large = series_;
  for (double& c : large.coefficients) c = 0x1p40;
  EXPECT_EQ(refusal(large, 6, one_, {}).code, Code::kLimit);
}

TEST(Train, EvaluatesAtFullSizeAtBothScales) {
  CircuitBed keys(Params::named("train").value_or_stop());
  const std::vector<double> x = evenly_spaced(-1, 1, keys.params->slot_count());
  const ChebyshevSeries series = random_series(31, Parity::kOdd, 3);
  for (const std::uint32_t limbs : {1, 2}) {
    const Scale scale = Scale::power_of_two(45 * static_cast<int>(limbs));
    const Program plan =
        plan_polynomial(keys.params, series, keys.params->top_level(), scale, {limbs, std::nullopt}).value_or_stop();
    const Ciphertext sealed = keys.seal(x, keys.params->top_level(), scale);
    const Ciphertext result = plan.run(keys.evaluator, {&sealed, 1}).value_or_stop();
    EXPECT_EQ(result.level().value, 18 - 5 * limbs);
    EXPECT_EQ(result.scale, scale);
    EXPECT_LT(keys.worst_error(result, [&](std::size_t j) { return series(x[j]); }), limbs == 1 ? 0x1p-22 : 0x1p-49);
    // An odd polynomial of zeros is zero: what is left is noise, which doubles hide next to numbers near one.
    const Ciphertext zeros = keys.seal({0}, keys.params->top_level(), scale);
    const Ciphertext noise = plan.run(keys.evaluator, {&zeros, 1}).value_or_stop();
    EXPECT_LT(keys.worst_error(noise, [](std::size_t) { return 0.0; }), limbs == 1 ? 0x1p-21 : 0x1p-58);
  }
}

}  // namespace
}  // namespace mc::fhe
