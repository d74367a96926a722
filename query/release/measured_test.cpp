// SPDX-License-Identifier: Apache-2.0
#include "query/release/measured.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace mc::query {
namespace {

TEST(Measured, ArithmeticOfWholeNumbersStaysExact) {
  const Measured product = exactly(3) * exactly(-7) + exactly(5) - exactly(1);
  EXPECT_EQ(product.value, -17);
  EXPECT_TRUE(product.is_exact());
  EXPECT_FALSE((exactly(1) / exactly(3)).is_exact());
  EXPECT_FALSE(exactly(0.1).is_exact());
}

TEST(Measured, TheTruthIsNeverFartherAwayThanTheBound) {
  std::mt19937_64 random(11);
  const auto uniform = [&] { return std::uniform_real_distribution<double>(-1, 1)(random); };
  double closest = 0;
  for (int round = 0; round < 20000; ++round) {
    const double a = std::exp2(6 * uniform()) * (uniform() < 0 ? -1 : 1);
    const double b = std::exp2(6 * uniform()) * (uniform() < 0 ? -1 : 1);
    const double ea = std::abs(a) * 0.3 * std::abs(uniform());
    const double eb = std::abs(b) * 0.3 * std::abs(uniform());
    // Often at the very end of what the bound allows.
    const auto moved = [&](double x, double e) { return Measured{x + e * (uniform() < 0 ? -1 : 1), e}; };
    const Measured x = moved(a, ea);
    const Measured y = moved(b, eb);
    const auto check = [&](const Measured& got, long double truth) {
      const long double off = std::abs(static_cast<long double>(got.value) - truth);
      EXPECT_LE(off, static_cast<long double>(got.error) * (1 + 1e-12L)) << a << " " << b;
      if (got.error > 0) closest = std::max(closest, static_cast<double>(off / got.error));
    };
    const long double ta = a, tb = b;
    check(x + y, ta + tb);
    check(x - y, ta - tb);
    check(x * y, ta * tb);
    if (!y.may_be_zero()) check(x / y, ta / tb);
    if (a > 0) check(root(x), std::sqrt(ta));
  }
  EXPECT_GT(closest, 0.99);  // and the bound is no looser than it has to be
}

TEST(Measured, ASumOfMultiplesIsTheNearestOneWhereItsErrorIsSmall) {
  const Measured sum = on_grid({1551.3200081, 1e-5}, 0.01);
  EXPECT_EQ(sum.value, 1551.32);
  EXPECT_LT(sum.error, 1e-10);
  EXPECT_EQ(on_grid({1551.3200081, 3e-3}, 0.01).error, 3e-3) << "the next one is too near";
  EXPECT_EQ(on_grid({1551.3210, 1e-5}, 0.01).value, 1551.3210)
      << "values are no multiples, whatever the dictionary says";
  EXPECT_EQ(on_grid({-14.999, 0.1}, 5).value, -15);
}

// "events -0" stood in a calibration table whose bin nobody was in, and a risk of -0 where nobody died.
TEST(Measured, NothingIsNotMinusNothing) {
  EXPECT_FALSE(std::signbit(as_integer({-1e-9, 1e-6}, "events").value_or_stop().value));
  EXPECT_FALSE(std::signbit(on_grid({-1e-9, 1e-6}, 0.01).value));
  EXPECT_FALSE(std::signbit(on_grid({-1e-9, 1e-6}, 5).value));
}

TEST(Measured, WhatMayBeZeroIsSaid) {
  EXPECT_TRUE((Measured{1e-3, 1e-2}).may_be_zero());
  EXPECT_TRUE((Measured{-1e-3, 1e-2}).may_be_zero());
  EXPECT_FALSE((Measured{-1, 1e-2}).may_be_zero());
  EXPECT_TRUE(Measured{}.may_be_zero());
}

TEST(Measured, BetweenTakesTheFartherEnd) {
  const Measured p = between(0.2, 0.3, 0.35);
  EXPECT_EQ(p.value, 0.3);
  EXPECT_NEAR(p.error, 0.1, 1e-12);
}

}  // namespace
}  // namespace mc::query
