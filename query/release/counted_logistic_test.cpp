// SPDX-License-Identifier: Apache-2.0
#include "query/release/counted_logistic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>

#include "query/release/distribution.hpp"
#include "query/testing/newton.hpp"

namespace mc::query {
namespace {

/// R's UCBAdmissions: by sex and department, admitted and rejected; departments against A.
std::vector<OutcomePattern> admissions() {
  const double admitted[2][6] = {{512, 353, 120, 138, 53, 22}, {89, 17, 202, 131, 94, 24}};
  const double rejected[2][6] = {{313, 207, 205, 279, 138, 351}, {19, 8, 391, 244, 299, 317}};
  std::vector<OutcomePattern> patterns;
  for (std::size_t sex = 0; sex < 2; ++sex) {
    for (std::size_t department = 0; department < 6; ++department) {
      OutcomePattern pattern{std::vector<double>(7), 0, admitted[sex][department], rejected[sex][department]};
      pattern.covariates[0] = 1;
      pattern.covariates[1] = static_cast<double>(sex);
      if (department > 0) pattern.covariates[1 + department] = 1;
      patterns.push_back(std::move(pattern));
    }
  }
  return patterns;
}

TEST(CountedLogistic, OfKnownCountsIsRsGlm) {
  const CountedLogistic fit = fit_counted_logistic(admissions(), true, 0);
  const double estimates[] = {0.5820513952760,  0.0998700881593,  -0.0433979312092, -1.2625980223792,
                              -1.2946064687482, -1.7393057378155, -3.3064800558869};
  const double errors[] = {0.0689925968488, 0.0808464647066, 0.1098388983152, 0.1066328855044,
                           0.1058234234646, 0.1261134956195, 0.1699817646229};
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.n, 4526);
  EXPECT_EQ(fit.events, 1755);
  EXPECT_EQ(fit.df, 7);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_NEAR(fit.coefficients[i], estimates[i], 1e-9) << i;
    EXPECT_NEAR(fit.std_errors[i], errors[i], 1e-7) << i;  // glm's are those of its last step but one
    EXPECT_EQ(fit.noise_sd[i], 0);
  }
}

TEST(CountedLogistic, OffsetsAndPenaltiesAreThoseOfTheLikelihood) {
  std::vector<OutcomePattern> patterns{{{1, 0}, 0, 12, 30}, {{1, 1}, 0, 20, 9}, {{1, 2}, 0, 5, 2}};
  testing::Rows rows;
  std::vector<double> y;
  for (const OutcomePattern& pattern : patterns) {
    for (int i = 0; i < pattern.with + pattern.without; ++i) {
      rows.push_back(pattern.covariates);
      y.push_back(i < pattern.with ? 1 : 0);
    }
  }
  const testing::PlainFit plain = testing::fit(rows, y, {0, 3});
  const CountedLogistic penalised = fit_counted_logistic(patterns, true, 3);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_NEAR(penalised.coefficients[j], plain.beta[j], 1e-9);
    EXPECT_NEAR(penalised.std_errors[j], std::sqrt(plain.covariance[j][j]), 1e-7);
  }
  // An offset that is the slope takes its place.
  const CountedLogistic free = fit_counted_logistic(patterns, true, 0);
  for (OutcomePattern& pattern : patterns) {
    pattern.offset = free.coefficients[1] * pattern.covariates[1];
    pattern.covariates.pop_back();
  }
  EXPECT_NEAR(fit_counted_logistic(patterns, true, 0).coefficients[0], free.coefficients[0], 1e-6);
}

// The intercept alone is moved; one of -30 was taken for a coefficient that runs away.
TEST(CountedLogistic, AnOffsetMayLieFarFromZeroForEverybody) {
  const CountedLogistic near = fit_counted_logistic(admissions(), true, 2);
  for (const double far : {30.0, -9.0}) {
    std::vector<OutcomePattern> patterns = admissions();
    for (OutcomePattern& pattern : patterns) pattern.offset = far;
    const CountedLogistic fit = fit_counted_logistic(patterns, true, 2);
    EXPECT_TRUE(fit.converged);
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_NEAR(fit.coefficients[i], near.coefficients[i] - (i == 0 ? far : 0), 1e-9) << i;
      EXPECT_NEAR(fit.std_errors[i], near.std_errors[i], 1e-9) << i;
    }
  }
}

TEST(CountedLogistic, AColumnThatRepeatsOthersHasNoNumbers) {
  std::vector<OutcomePattern> patterns = admissions();
  for (OutcomePattern& pattern : patterns) pattern.covariates.push_back(1 - pattern.covariates[1]);
  const CountedLogistic fit = fit_counted_logistic(patterns, true, 0);
  EXPECT_EQ(fit.df, 7);
  EXPECT_TRUE(std::isnan(fit.coefficients[7]));
  EXPECT_NEAR(fit.coefficients[1], 0.0998700881593, 1e-9);
}

TEST(CountedLogistic, WhereEverybodyHasTheOutcomeItHasNotConverged) {
  const std::vector<OutcomePattern> patterns{{{1, 0}, 0, 12, 30}, {{1, 1}, 0, 20, 0}};
  EXPECT_FALSE(fit_counted_logistic(patterns, true, 0).converged);
  EXPECT_TRUE(fit_counted_logistic(patterns, true, 1).converged);
  const std::vector<OutcomePattern> nobody{{{1, 0}, 0, 0, 0}, {{1, 1}, 0, 0, 0}};
  EXPECT_EQ(fit_counted_logistic(nobody, true, 0).df, 0);
}

// ---- With noise.

/// Three factors of 2, 3 and 4 levels, some combinations with few persons or none.
struct Trial {
  std::vector<double> truth{-1, 0.5, 0.4, -0.6, 0.3, 0, 0.8};
  double persons = 2000;

  [[nodiscard]] std::vector<OutcomePattern> drawn(double noise, std::mt19937_64& random) const {
    std::normal_distribution<double> normal;
    std::vector<OutcomePattern> patterns;
    double shares = 0;
    for (int cell = 0; cell < 24; ++cell) shares += share_of(cell);
    for (int cell = 0; cell < 24; ++cell) {
      OutcomePattern pattern{std::vector<double>(7)};
      const auto mark = [&](std::size_t first, int level) {
        if (level > 0) pattern.covariates[first + static_cast<std::size_t>(level) - 1] = 1;
      };
      pattern.covariates[0] = 1;
      mark(1, cell / 12);
      mark(2, cell / 4 % 3);
      mark(4, cell % 4);
      double z = 0;
      for (std::size_t j = 0; j < truth.size(); ++j) z += truth[j] * pattern.covariates[j];
      const auto n = std::poisson_distribution<int>(persons * share_of(cell) / shares)(random);
      pattern.with = std::binomial_distribution<int>(n, 1 / (1 + std::exp(-z)))(random);
      pattern.without = n - pattern.with;
      pattern.with += noise * normal(random);
      pattern.without += noise * normal(random);
      pattern.with_noise_sd = pattern.without_noise_sd = noise;
      patterns.push_back(std::move(pattern));
    }
    return patterns;
  }

  static double share_of(int cell) { return cell % 7 == 3 ? 0 : 1.0 / (1 + cell % 5); }
};

struct Coverage {
  int inside = 0, inside_without = 0, all = 0;
  double bias = 0;  // mean of (estimate - truth) / standard error
  [[nodiscard]] double of(int count) const { return static_cast<double>(count) / all; }
};

Coverage coverage_of(const Trial& trial, double noise, int rounds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Coverage coverage;
  for (int round = 0; round < rounds; ++round) {
    const CountedLogistic fit = fit_counted_logistic(trial.drawn(noise, random), true, 0);
    EXPECT_TRUE(fit.converged) << round;
    for (std::size_t j = 0; j < trial.truth.size(); ++j, ++coverage.all) {
      const double off = fit.coefficients[j] - trial.truth[j], error = fit.std_errors[j];
      const double sampling = std::sqrt(error * error - fit.noise_sd[j] * fit.noise_sd[j]);
      coverage.inside += std::abs(off) < 1.96 * error ? 1 : 0;
      coverage.inside_without += std::abs(off) < 1.96 * sampling ? 1 : 0;
      coverage.bias += off / error / (rounds * static_cast<double>(trial.truth.size()));
    }
  }
  std::printf("persons %g, noise %g: %.3f of %d in the interval, %.3f without the noise in it, bias %.3f\n",
              trial.persons, noise, coverage.of(coverage.inside), coverage.all, coverage.of(coverage.inside_without),
              coverage.bias);
  return coverage;
}

TEST(CountedLogistic, IntervalsHoldTheTruthAsOftenAsTheySay) {
  for (const auto& [persons, noise] : {std::pair(2000.0, 3.5), {2000.0, 7.0}, {600.0, 3.5}, {10000.0, 14.0}}) {
    const Coverage coverage = coverage_of({.persons = persons}, noise, 200, 5);
    EXPECT_GT(coverage.of(coverage.inside), 0.935);
    EXPECT_LT(coverage.of(coverage.inside), 0.97);
    // The attack on a version whose standard errors do not know of the noise.
    EXPECT_LT(coverage.of(coverage.inside_without), 0.92);
    EXPECT_LT(std::abs(coverage.bias), 0.06);
  }
}

// Cut at 0, noise would add persons wherever there is nobody: half of them with the outcome.
TEST(CountedLogistic, CountsBelow0AreTakenAsTheyAre) {
  std::mt19937_64 random(8);
  std::normal_distribution<double> noise(0, 5);
  constexpr int kRounds = 200;
  const double truth = std::log(0.05 / 0.95);
  double off = 0, off_cut = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<OutcomePattern> patterns;
    for (int level = 0; level < 30; ++level) {  // of whom there are only the first and the last
      const double n = level % 29 == 0 ? 1000 : 0, p = level == 0 ? 0.05 : 0.1;
      patterns.push_back({{1, level / 29.0}, 0, n * p + noise(random), n * (1 - p) + noise(random), 5, 5});
    }
    off += (fit_counted_logistic(patterns, true, 0).coefficients[0] - truth) / kRounds;
    for (OutcomePattern& pattern : patterns) {
      pattern.with = std::max(0.0, pattern.with);
      pattern.without = std::max(0.0, pattern.without);
    }
    off_cut += (fit_counted_logistic(patterns, true, 0).coefficients[0] - truth) / kRounds;
  }
  std::printf("off by %.3f, and by %.3f where counts are cut at 0\n", off, off_cut);
  EXPECT_LT(std::abs(off), 0.08);
  EXPECT_GT(off_cut, 0.2);
}

}  // namespace
}  // namespace mc::query
