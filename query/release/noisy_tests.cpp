// SPDX-License-Identifier: Apache-2.0
#include "query/release/noisy_tests.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/check.hpp"
#include "query/release/cross_table.hpp"
#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

enum TTestColumn : std::size_t { kT, kDf, kPValue, kLow, kHigh, kFirstMean, kSecondMean, kTTestColumns };

using Estimate = std::function<std::optional<double>(const std::vector<Finished>&)>;

/// Mean square of what the noise does to an estimate; nothing where it leaves none half of the time or more.
std::optional<double> noise_variance(const std::vector<Finished>& first, std::span<const std::vector<Finished>> redrawn,
                                     const Estimate& estimate) {
  if (redrawn.empty()) return 0;
  const std::optional<double> middle = estimate(first);
  if (!middle) return std::nullopt;
  double squares = 0;
  std::size_t known = 0;
  for (const std::vector<Finished>& one : redrawn) {
    const std::optional<double> again = estimate(one);
    if (!again) continue;
    squares += (*again - *middle) * (*again - *middle);
    ++known;
  }
  if (2 * known <= redrawn.size()) return std::nullopt;
  return squares / static_cast<double>(known);
}

std::optional<double> value_at(const std::vector<Finished>& numbers, std::size_t i) {
  return numbers[i] ? std::optional(numbers[i]->value) : std::nullopt;
}

}  // namespace

bool is_test(Statistic statistic) {
  return statistic == Statistic::kTTest || statistic == Statistic::kChiSquareTest ||
         statistic == Statistic::kOddsRatio || statistic == Statistic::kRiskDifference ||
         statistic == Statistic::kRiskRatio || statistic == Statistic::kAuc;
}

void widen_t_test(std::vector<Finished>& test, std::span<const std::vector<Finished>> redrawn) {
  MC_CHECK(test.size() == kTTestColumns);
  if (!test[kLow] || !test[kHigh] || !test[kDf]) return;
  const auto difference = [](const std::vector<Finished>& numbers) -> std::optional<double> {
    const auto first = value_at(numbers, kFirstMean), second = value_at(numbers, kSecondMean);
    return first && second ? std::optional(*first - *second) : std::nullopt;
  };
  const std::optional<double> noise = noise_variance(test, redrawn, difference);
  if (!noise) {
    for (const std::size_t i : {kT, kDf, kPValue, kLow, kHigh}) test[i].reset();
    return;
  }
  const double df = test[kDf]->value;
  const double quantile = student_quantile(0.975, df);
  const double middle = *difference(test);
  const double standard_error = std::hypot((test[kHigh]->value - test[kLow]->value) / 2 / quantile, std::sqrt(*noise));
  test[kT] = exactly(middle / standard_error);
  test[kPValue] = exactly(student_two_tails(middle / standard_error, df));
  test[kLow] = exactly(middle - quantile * standard_error);
  test[kHigh] = exactly(middle + quantile * standard_error);
}

void widen_interval(std::vector<Finished>& numbers, std::span<const std::vector<Finished>> redrawn,
                    IntervalScale scale) {
  MC_CHECK(numbers.size() >= 3);
  if (!numbers[0] || !numbers[1] || !numbers[2]) return;
  const bool is_ratio = scale == IntervalScale::kRatio;
  const auto estimate = [&](const std::vector<Finished>& of) -> std::optional<double> {
    const std::optional<double> value = value_at(of, 0);
    if (!value || !is_ratio) return value;
    return *value > 0 ? std::optional(std::log(*value)) : std::nullopt;
  };
  const std::optional<double> noise = noise_variance(numbers, redrawn, estimate);
  if (!noise) {
    numbers[1].reset();
    numbers[2].reset();
    return;
  }
  const auto onto = [&](double value) { return is_ratio ? std::log(value) : value; };
  const auto back = [&](double value) { return is_ratio ? std::exp(value) : value; };
  const double middle = onto(numbers[0]->value);
  // Of an interval that ends where its range does the other side says how long it is.
  const double sampling = std::max(onto(numbers[2]->value) - middle, middle - onto(numbers[1]->value));
  const double reach = std::hypot(sampling, normal_quantile(0.975) * std::sqrt(*noise));
  numbers[1] = exactly(back(middle - reach));
  numbers[2] = exactly(back(middle + reach));
}

double chi_square_p_value(std::span<const Measured> observed, std::span<const double> noise_sd, std::size_t rows,
                          bool yates, int tables, std::mt19937_64& random) {
  MC_CHECK(rows > 0 && observed.size() % rows == 0 && noise_sd.size() == observed.size());
  const Finished statistic = chi_square_test(observed, rows, yates).statistic;
  if (!statistic) return 1;
  const std::size_t columns = observed.size() / rows;
  std::vector<double> of_row(rows, 0), of_column(columns, 0);
  for (std::size_t i = 0; i < observed.size(); ++i) {
    of_row[i / columns] += observed[i].value;
    of_column[i % columns] += observed[i].value;
  }
  const double all = std::accumulate(of_row.begin(), of_row.end(), 0.0);
  std::normal_distribution<double> normal;
  int as_far = 0;
  for (int table = 0; table < tables; ++table) {
    std::vector<Measured> drawn;
    // One person after another falls into a cell with its share of what is left: a multinomial table.
    std::int64_t left = std::llround(all);
    double share_left = 1;
    for (std::size_t i = 0; i < observed.size(); ++i) {
      const double share = of_row[i / columns] / all * of_column[i % columns] / all;
      const double p = share_left > 0 ? std::clamp(share / share_left, 0.0, 1.0) : 0;
      const std::int64_t count = std::binomial_distribution<std::int64_t>(left, p)(random);
      left -= count;
      share_left -= share;
      drawn.push_back({std::max(0.0, static_cast<double>(count) + noise_sd[i] * normal(random)), 0});
    }
    const Finished again = chi_square_test(drawn, rows, yates).statistic;
    if (again && again->value >= statistic->value) ++as_far;
  }
  return (1.0 + as_far) / (1.0 + tables);
}

}  // namespace mc::query
