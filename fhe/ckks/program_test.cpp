// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/program.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

class ProgramTest : public ::testing::Test {
 protected:
  Ciphertext run(const Program& program, std::vector<Ciphertext> inputs) {
    return program.run(keys_.evaluator, inputs).value_or_stop();
  }
  std::string refusal(const Program& program, std::vector<Ciphertext> inputs) {
    const auto result = program.run(keys_.evaluator, inputs);
    return result.has_value() ? "accepted" : result.error().message;
  }

  CircuitBed keys_{testing::chain_params(10, 5, 46)};
  Scale scale_ = Scale::power_of_two(46);
  std::vector<double> x_ = evenly_spaced(-1, 1, 512), y_ = evenly_spaced(1, 0.5, 512);
  Ciphertext sealed_x_ = keys_.seal(x_, Level(6), scale_), sealed_y_ = keys_.seal(y_, Level(4), scale_);
};

TEST_F(ProgramTest, ASumOfProductsTermsAndAConstantIsFormedAtOneScale) {
  for (const std::uint32_t primes : {0, 1, 2}) {  // relinearised before and after the division
    Program program(keys_.params);
    const Register x = program.add_input({Level(6), scale_}).value_or_stop();
    const Register y = program.add_input({Level(4), scale_}).value_or_stop();
    const Register sum = program
                             .add_sum({.products = {{x, y}, {x, x}},
                                       .product_factor = -3,
                                       .terms = {{x, 0.5}, {y, -0.25}},
                                       .constant = 0.125,
                                       .level = Level(4),
                                       .scale = scale_ * scale_,
                                       .rescale_count = primes})
                             .value_or_stop();
    EXPECT_EQ(program.value(sum).bound, 6 + 0.75 + 0.125);
    EXPECT_EQ(program.product_count(), 2u);
    EXPECT_EQ(program.relinearisation_count(), 1u);
    EXPECT_EQ(program.levels_used(), primes);
    const Ciphertext result = run(program, {sealed_x_, sealed_y_});
    EXPECT_EQ(result.parts.size(), 2u);
    EXPECT_EQ(result.level().value, 4 - primes);
    EXPECT_EQ(result.scale, scale_ * scale_ / Scale::of_top_primes(4, primes));
    if (primes == 2) continue;  // nothing of the message is left at a scale of no bits
    const auto expected = [&](std::size_t j) {
      return -3 * (x_[j] * y_[j] + x_[j] * x_[j]) + 0.5 * x_[j] - 0.25 * y_[j] + 0.125;
    };
    EXPECT_LT(keys_.worst_error(result, expected), 0x1p-28);
  }
}

TEST_F(ProgramTest, TermsOfUnequalScalesMeetExactly) {
  Program program(keys_.params);
  const Register x = program.add_input({Level(6), scale_}).value_or_stop();
  const Register square =
      program.add_sum({.products = {{x, x}}, .level = Level(6), .scale = scale_ * scale_, .rescale_count = 1})
          .value_or_stop();
  const Scale wanted = Scale::power_of_two(46) * Scale::of_top_primes(5, 1);
  ASSERT_TRUE(program.add_sum({.terms = {{x, 1}, {square, 1}}, .level = Level(5), .scale = wanted, .rescale_count = 1})
                  .has_value());
  const Ciphertext result = run(program, {sealed_x_});
  EXPECT_EQ(result.scale, scale_);
  EXPECT_EQ(result, run(program, {sealed_x_}));
  EXPECT_LT(keys_.worst_error(result, [&](std::size_t j) { return x_[j] + x_[j] * x_[j]; }), 0x1p-28);
}

TEST_F(ProgramTest, WithoutASumItsInputIsItsResult) {
  Program program(keys_.params);
  ASSERT_TRUE(program.add_input({Level(6), scale_}).has_value());
  EXPECT_EQ(run(program, {sealed_x_}), sealed_x_);
}

TEST_F(ProgramTest, WhatWasNotPlannedIsNotComputed) {
  Program program(keys_.params);
  const Register x = program.add_input({Level(6), scale_}).value_or_stop();
  ASSERT_TRUE(program.add_sum({.products = {{x, x}}, .level = Level(6), .scale = scale_ * scale_, .rescale_count = 1})
                  .has_value());
  EXPECT_EQ(refusal(program, {}), "0 ciphertexts for a program of 1 inputs");
  EXPECT_EQ(refusal(program, {sealed_y_}), "input 0 has level 4, planned was 6");
  Ciphertext other = sealed_x_;
  other.scale = Scale::power_of_two(45);
  EXPECT_EQ(refusal(program, {other}), "input 0 has scale 2^45, planned was 2^46");
  other = keys_.evaluator.multiply(sealed_x_, sealed_x_).value_or_stop();
  EXPECT_EQ(refusal(program, {other}), "input 0 has 3 parts, not 2");
  Program sum(keys_.params);
  const Register a = sum.add_input({Level(6), scale_}).value_or_stop();
  const Register b = sum.add_input({Level(6), scale_}).value_or_stop();
  ASSERT_TRUE(sum.add_sum({.terms = {{a, 1}, {b, 1}}, .level = Level(6), .scale = scale_}).has_value());
  other = sealed_x_;
  other.epoch = Epoch(3);
  EXPECT_EQ(refusal(sum, {sealed_x_, other}), "input 1 has epoch 3, input 0 has 0");
  const Evaluator keyless(keys_.params, nullptr);
  EXPECT_EQ(program.run(keyless, {&sealed_x_, 1}).error().code, Code::kInvalidArgument);
  const Evaluator foreign(Params::named("test_insecure", true).value_or_stop(), nullptr);
  EXPECT_EQ(program.run(foreign, {&sealed_x_, 1}).error().message,
            "a program for the parameter set test and an evaluator for test_insecure");
}

TEST_F(ProgramTest, LevelsAndRoomAreCheckedWhilePlanning) {
  Program program(keys_.params);
  EXPECT_EQ(program.add_input({Level(7), scale_}).error().message, "an input of level 7 of a chain of 6");
  EXPECT_EQ(program.add_input({Level(0), scale_}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(program.add_input({Level(1), scale_, 16}).error().message,
            "numbers of up to 2^4 at a scale of 47 bits do not fit in the 49 bits of level 1");
  const Register x = program.add_input({Level(2), scale_}).value_or_stop();
  const auto refused = [&](const PlannedSum& sum) { return program.add_sum(sum).error().message; };
  EXPECT_EQ(refused({.terms = {{x, 1}}, .level = Level(3), .scale = scale_}),
            "level 2 left, the sum is formed at level 3");
  EXPECT_EQ(refused({.terms = {{x, 1}}, .level = Level(2), .scale = scale_, .rescale_count = 2}),
            "level 2 left, the division by 2 primes needs 3");
  EXPECT_EQ(refused({.terms = {{x, 64}}, .level = Level(2), .scale = scale_ * scale_, .rescale_count = 1}),
            "numbers of up to 2^6 at a scale of 93 bits do not fit in the 95 bits of level 2");
  EXPECT_EQ(program.result_register(), x);  // refused sums leave nothing behind
}

}  // namespace
}  // namespace mc::fhe
