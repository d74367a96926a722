// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/testing/remez.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::fhe::testing {
namespace {

Wide one(Wide) {
  return 1;
}

TEST(Wide, FunctionsAgreeWithTheirInversesFarBeyondDoubles) {
  for (int i = -40; i <= 40; ++i) {
    const Wide x = Wide(i) / 3;
    EXPECT_NEAR(static_cast<double>(exponential(x)) / std::exp(static_cast<double>(x)), 1, 1e-14);
    EXPECT_LT(static_cast<double>(absolute(exponential(x) * exponential(-x) - 1)), 1e-28);
    EXPECT_LT(static_cast<double>(absolute(exponential(x) * exponential(1) / exponential(x + 1) - 1)), 1e-28);
    const Wide root = square_root(x * x + 1);
    EXPECT_LT(static_cast<double>(absolute(root * root - (x * x + 1))), 1e-30);
  }
  EXPECT_EQ(static_cast<double>(square_root(0)), 0);
}

// The best line for sqrt(x) on [0, 1] is x + 1/8.
TEST(Remez, FindsTheBestLineForTheSquareRoot) {
  const MinimaxProblem problem{
      .f = square_root, .weight = one, .low = 0, .high = 1, .basis_low = 0, .basis_high = 1, .degree = 1};
  const Minimax p = minimax(problem);
  EXPECT_NEAR(static_cast<double>(p.error), 0.125, 1e-15);
  EXPECT_NEAR(static_cast<double>(p.evaluate(problem, 0)), 0.125, 1e-15);
  EXPECT_NEAR(static_cast<double>(p.evaluate(problem, 1)), 1.125, 1e-15);
}

// x^n less T_n / 2^(n-1) is the best approximation of x^n by lower degrees (Chebyshev).
TEST(Remez, LeavesTheChebyshevPolynomialOfAPower) {
  for (const std::uint32_t n : {3, 4, 9}) {
    const MinimaxProblem problem{.f =
                                     [n](Wide x) {
                                       Wide power = 1;
                                       for (std::uint32_t i = 0; i < n; ++i) power *= x;
                                       return power;
                                     },
                                 .weight = one,
                                 .low = -1,
                                 .high = 1,
                                 .basis_low = -1,
                                 .basis_high = 1,
                                 .degree = n - 1};
    EXPECT_NEAR(static_cast<double>(minimax(problem).error), std::ldexp(1, 1 - static_cast<int>(n)), 1e-17) << n;
  }
}

// The sign by an odd cubic on [1/2, 1]: a x + b x^3 with errors -e, e, -e at 1/2, the inner maximum and 1.
TEST(Remez, OddPolynomialsAlternateOnTheHalfInterval) {
  const MinimaxProblem problem{.f = one,
                               .weight = one,
                               .low = 0.5,
                               .high = 1,
                               .basis_low = -1,
                               .basis_high = 1,
                               .degree = 3,
                               .terms = Terms::kOdd};
  const Minimax p = minimax(problem);
  EXPECT_EQ(static_cast<double>(p.coefficients[0]), 0);
  EXPECT_EQ(static_cast<double>(p.coefficients[2]), 0);
  const auto a = static_cast<double>(p.coefficients[1] - 3 * p.coefficients[3]);
  const auto b = static_cast<double>(4 * p.coefficients[3]);
  const double peak = std::sqrt(-a / (3 * b)), error = static_cast<double>(p.error);
  EXPECT_NEAR(1 - (a / 2 + b / 8), error, 1e-15);
  EXPECT_NEAR(a * peak + b * peak * peak * peak - 1, error, 1e-15);
  EXPECT_NEAR(1 - (a + b), error, 1e-15);
}

TEST(Remez, RelativeErrorsAreWeighted) {
  const MinimaxProblem problem{.f = [](Wide x) { return 1 / x; },
                               .weight = [](Wide x) { return x; },
                               .low = 0.25,
                               .high = 1,
                               .basis_low = 0.25,
                               .basis_high = 1,
                               .degree = 5};
  // 1 / T_6(5/3), and T_6(cosh t) = cosh 6t.
  EXPECT_NEAR(static_cast<double>(minimax(problem).error) * std::cosh(6 * std::acosh(5.0 / 3)), 1, 1e-13);
}

}  // namespace
}  // namespace mc::fhe::testing
