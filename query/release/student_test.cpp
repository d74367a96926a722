// SPDX-License-Identifier: Apache-2.0
#include "query/release/student.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace mc::query {
namespace {

Sample sample_of(const std::vector<double>& values, double error = 0) {
  long double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const long double mean = sum / static_cast<long double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto variance = static_cast<double>(squares / static_cast<long double>(values.size() - 1));
  return {exactly(static_cast<double>(values.size())), {static_cast<double>(mean), error}, {variance, error}};
}

// Student's own data, as in R's `sleep`.
const std::vector<double> kFirst{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
const std::vector<double> kSecond{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

TEST(TTest, WelchAsInTheManualOfR) {
  // ?t.test, t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939, interval
  // -3.3654832 0.2054832, means 0.75 2.33.
  const TTest test = t_test(sample_of(kFirst), sample_of(kSecond), false);
  EXPECT_NEAR(test.t->value, -1.8608, 5e-5);
  EXPECT_NEAR(test.df->value, 17.776, 5e-4);
  EXPECT_NEAR(test.p_value->value, 0.07939, 5e-6);
  EXPECT_NEAR(test.low->value, -3.3654832, 5e-8);
  EXPECT_NEAR(test.high->value, 0.2054832, 5e-8);
  EXPECT_NEAR(test.mean_first->value, 0.75, 1e-15);
  EXPECT_NEAR(test.mean_second->value, 2.33, 1e-15);
}

TEST(TTest, PooledAsInTheManualOfR) {
  // var.equal = TRUE: t = -1.8608, df = 18, p-value = 0.07919, interval -3.363874 0.203874.
  const TTest test = t_test(sample_of(kFirst), sample_of(kSecond), true);
  EXPECT_NEAR(test.t->value, -1.8608, 5e-5);
  EXPECT_EQ(test.df->value, 18);
  EXPECT_NEAR(test.p_value->value, 0.07919, 5e-6);
  EXPECT_NEAR(test.low->value, -3.363874, 5e-7);
  EXPECT_NEAR(test.high->value, 0.203874, 5e-7);
}

TEST(TTest, TooFewOrConstantValuesGiveMeansAlone) {
  const Sample one{exactly(1), exactly(5), {}};
  const TTest few = t_test(one, sample_of(kSecond), false);
  EXPECT_FALSE(few.t);
  EXPECT_EQ(few.mean_first->value, 5);
  EXPECT_TRUE(t_test(one, sample_of(kSecond), true).t);  // eleven are enough to pool
  EXPECT_FALSE(t_test(Sample{}, sample_of(kSecond), true).mean_first);
  EXPECT_FALSE(t_test(sample_of({2, 2, 2}), sample_of({3, 3}), false).p_value);
}

TEST(TTest, CountsThatAreNotExactPromiseNothing) {
  Sample first = sample_of(kFirst);
  first.n.error = 0.5;
  const TTest test = t_test(first, sample_of(kSecond), false);
  EXPECT_FALSE(test.p_value);
  EXPECT_TRUE(std::isinf(test.mean_first->error));
}

TEST(TTest, ErrorsOfTheInputsNeverPassTheBound) {
  std::mt19937_64 random(17);
  const TTest right = t_test(sample_of(kFirst), sample_of(kSecond), false);
  double closest = 0;
  for (int round = 0; round < 500; ++round) {
    const double error = std::exp2(-3 - static_cast<double>(random() % 20));
    Sample samples[] = {sample_of(kFirst, error), sample_of(kSecond, error)};
    for (Sample& sample : samples) {
      sample.mean.value += random() % 2 == 0 ? error : -error;
      sample.variance.value += random() % 2 == 0 ? error : -error;
    }
    const TTest test = t_test(samples[0], samples[1], false);
    for (const auto number : {&TTest::t, &TTest::df, &TTest::p_value, &TTest::low, &TTest::high}) {
      const double off = std::abs((test.*number)->value - (right.*number)->value);
      EXPECT_LE(off, (test.*number)->error);
      closest = std::max(closest, off / (test.*number)->error);
    }
  }
  EXPECT_GT(closest, 0.5);
}

}  // namespace
}  // namespace mc::query
