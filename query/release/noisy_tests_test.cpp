// SPDX-License-Identifier: Apache-2.0
#include "query/release/noisy_tests.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/slots.hpp"

namespace mc::query {
namespace {

using testing::kSlots;

constexpr int kExperiments = 400;

/// One question of a guarded commons, finished over and over: each time with sums of new persons and new noise.
class NoisyTests : public ::testing::Test {
 protected:
  void ask(const std::string& item, double noise_sd) {
    plan_ = compile("SELECT " + item + " FROM clinic", testing::clinic_schema(), "clinic",
                    limb_budget("standard").value_or_stop())
                .value_or_stop();
    noise_sd_ = noise_sd;
  }
  const std::vector<CellMoments>& cells() const { return plan_.groups[0].cells; }
  void clear() { means_.assign(plan_.moments.size(), 0); }
  void set(MomentId id, double sum) { means_[id.value] = (sum + noise_sd_ * normal_(random_)) / kSlots; }
  std::int64_t binomial(std::int64_t n, double p) { return std::binomial_distribution<std::int64_t>(n, p)(random_); }

  std::vector<double> row(int draws) {
    const std::vector<double> errors(means_.size(), 5 * noise_sd_);
    const std::vector<double> sigma(means_.size(), noise_sd_ / kSlots);
    const ResultTable table = finish(plan_, means_, errors, kSlots, {sigma, 1, draws}).value_or_stop();
    std::vector<double> numbers;
    for (const Value& value : table.rows[0]) {
      const auto* real = std::get_if<double>(&value);
      numbers.push_back(real != nullptr ? *real : std::nan(""));
    }
    return numbers;
  }

  /// Share of experiments in which `holds` is true of the answer's numbers, without and with the noise in them.
  template <class Experiment, class Holds>
  std::pair<double, double> shares(Experiment experiment, Holds holds) {
    int without = 0, with = 0;
    for (int i = 0; i < kExperiments; ++i) {
      clear();
      experiment();
      without += holds(row(0)) ? 1 : 0;
      with += holds(row(kNoiseDraws)) ? 1 : 0;
    }
    std::printf("%s: %.3f as the numbers are, %.3f with the noise\n", plan_.items[0].names[0].c_str(),
                static_cast<double>(without) / kExperiments, static_cast<double>(with) / kExperiments);
    return {static_cast<double>(without) / kExperiments, static_cast<double>(with) / kExperiments};
  }

  /// 300 persons in each of two groups, of whom these shares have the outcome: outcome by outcome, group by group.
  void two_arms(double first, double second) {
    const std::int64_t a = binomial(300, first), b = binomial(300, second);
    set(cells()[0].n, static_cast<double>(300 - a));
    set(cells()[1].n, static_cast<double>(300 - b));
    set(cells()[2].n, static_cast<double>(a));
    set(cells()[3].n, static_cast<double>(b));
  }

  Plan plan_;
  double noise_sd_ = 0;
  std::vector<double> means_;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> normal_;
};

// The attack on an answer that takes noise for data: "significant" without any difference.
TEST_F(NoisyTests, ATTestFindsNoMoreThanThereIs) {
  ask("ttest(bmi, sex)", 6);
  const auto experiment = [&] {
    for (const CellMoments& cell : cells()) {
      double x1 = 0, x2 = 0;
      for (int i = 0; i < 200; ++i) {
        const double x = 0.1 + 0.3 * normal_(random_);
        x1 += x;
        x2 += x * x;
      }
      set(cell.n, 200);
      set(cell.x1, x1);
      set(cell.x2, x2);
    }
  };
  const auto [found_without, found] = shares(experiment, [](const auto& row) { return row[2] < 0.05; });
  EXPECT_GT(found_without, 0.15);
  EXPECT_LT(found, 0.08);
  EXPECT_GT(found, 0.015);
  const auto [covers_without, covers] = shares(experiment, [](const auto& row) { return row[3] <= 0 && row[4] >= 0; });
  EXPECT_LT(covers_without, 0.85);
  EXPECT_GT(covers, 0.92);
}

TEST_F(NoisyTests, IntervalsOfRisksAndOddsHoldTheTruth) {
  const double first = 0.3, second = 0.45;
  const double odds = second / (1 - second) / (first / (1 - first));
  struct Case {
    const char* item;
    double truth;
  };
  for (const Case& one : {Case{"risk_difference(death, sex)", second - first},
                          Case{"risk_ratio(death, sex)", second / first}, Case{"odds_ratio(death, diabetes)", odds}}) {
    ask(one.item, 12);
    const auto [without, with] = shares([&] { two_arms(first, second); },
                                        [&](const auto& row) { return row[1] <= one.truth && one.truth <= row[2]; });
    EXPECT_LT(without, 0.88) << one.item;
    EXPECT_GT(with, 0.92) << one.item;
    EXPECT_LT(with, 0.99) << one.item;
  }
}

TEST_F(NoisyTests, PearsonsTestFindsNoMoreThanThereIs) {
  ask("chisq_test(smoker, sex)", 10);
  const auto experiment = [&] {
    const double shares_of_row[] = {0.5, 0.3, 0.2};
    for (std::size_t i = 0; i < 6; ++i) {
      set(cells()[i].n, static_cast<double>(binomial(300, shares_of_row[i / 2])));
    }
  };
  const auto [without, with] = shares(experiment, [](const auto& row) { return row[2] < 0.05; });
  EXPECT_GT(without, 0.15);
  EXPECT_LT(with, 0.08);
  // And what there is, it finds.
  clear();
  const double counts[] = {200, 60, 60, 120, 40, 120};
  for (std::size_t i = 0; i < 6; ++i) set(cells()[i].n, counts[i]);
  EXPECT_LT(row(kNoiseDraws)[2], 0.001);
}

TEST_F(NoisyTests, TheSameAnswerHasTheSameIntervals) {
  ask("risk_ratio(death, sex)", 5);
  clear();
  two_arms(0.3, 0.5);
  EXPECT_EQ(row(kNoiseDraws), row(kNoiseDraws));
}

// Where noise leaves no ratio most of the time there is no interval, and nothing is invented.
TEST(WidenInterval, AnEstimateThatNoiseTakesAwayHasNone) {
  const auto numbers_of = [](double estimate) {
    return std::vector<Finished>{Measured{estimate, 0}, Measured{estimate / 2, 0}, Measured{estimate * 2, 0}};
  };
  std::vector<Finished> numbers = numbers_of(2);
  const std::vector<std::vector<Finished>> gone(10, std::vector<Finished>(3));
  widen_interval(numbers, gone, IntervalScale::kRatio);
  EXPECT_TRUE(numbers[0].has_value());
  EXPECT_FALSE(numbers[1].has_value());
  EXPECT_FALSE(numbers[2].has_value());
  numbers = numbers_of(2);
  widen_interval(numbers, std::vector{numbers_of(2), numbers_of(2)}, IntervalScale::kRatio);
  EXPECT_NEAR(numbers[1]->value, 1, 1e-12) << "no noise, no change";
  EXPECT_NEAR(numbers[2]->value, 4, 1e-12);
}

}  // namespace
}  // namespace mc::query
