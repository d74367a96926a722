// SPDX-License-Identifier: Apache-2.0
#include "query/release/cross_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

bool occurs(const Measured& count) {
  return count.value >= 0.5;
}

bool all_exact(std::span<const Measured> counts) {
  return std::all_of(counts.begin(), counts.end(), [](const Measured& n) { return n.is_exact(); });
}

/// Counts that may be off by one make every number of a test uncertain.
void promise_nothing(Finished& finished) {
  if (finished) finished->error = std::numeric_limits<double>::infinity();
}

struct Margins {
  std::vector<Measured> rows, columns;
  Measured total;
};

Margins margins_of(std::span<const Measured> observed, std::size_t rows) {
  const std::size_t columns = observed.size() / rows;
  Margins margins{std::vector<Measured>(rows), std::vector<Measured>(columns), {}};
  for (std::size_t i = 0; i < observed.size(); ++i) {
    margins.rows[i / columns] = margins.rows[i / columns] + observed[i];
    margins.columns[i % columns] = margins.columns[i % columns] + observed[i];
    margins.total = margins.total + observed[i];
  }
  return margins;
}

/// |observed - expected| and what it is compared with.
struct Departure {
  Measured distance;
  Measured expected;
};

Measured statistic_of(const std::vector<Departure>& departures, bool correct) {
  Measured correction;
  if (correct) {
    correction.value = 0.5;
    for (const Departure& d : departures) {
      correction.value = std::min(correction.value, d.distance.value);
      correction.error = std::max(correction.error, d.distance.error);
    }
  }
  Measured statistic;
  for (const Departure& d : departures) {
    const Measured distance = d.distance - correction;
    statistic = statistic + distance * distance / d.expected;
  }
  return statistic;
}

/// e^x.
Measured exponential(const Measured& x) {
  const double value = std::exp(x.value);
  return {value, value * (std::expm1(x.error) + kDoubleError)};
}

}  // namespace

ChiSquareTest chi_square_test(std::span<const Measured> observed, std::size_t rows, bool yates) {
  MC_CHECK(rows > 0 && observed.size() % rows == 0);
  const std::size_t columns = observed.size() / rows;
  const Margins margins = margins_of(observed, rows);
  ChiSquareTest test;
  test.expected.resize(observed.size());
  if (!occurs(margins.total) || margins.total.may_be_zero()) return test;
  std::vector<Departure> departures;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const Measured& row = margins.rows[i / columns];
    const Measured& column = margins.columns[i % columns];
    const Measured expected = row * column / margins.total;
    test.expected[i] = expected;
    if (!occurs(row) || !occurs(column) || expected.may_be_zero()) continue;
    const Measured difference = observed[i] - expected;
    departures.push_back({{std::abs(difference.value), difference.error}, expected});
  }
  const auto used_rows = std::count_if(margins.rows.begin(), margins.rows.end(), occurs);
  const auto used_columns = std::count_if(margins.columns.begin(), margins.columns.end(), occurs);
  if (used_rows < 2 || used_columns < 2) return test;
  const auto df = static_cast<double>((used_rows - 1) * (used_columns - 1));
  const Measured statistic = statistic_of(departures, yates && used_rows == 2 && used_columns == 2);
  test.statistic = statistic;
  test.df = exactly(df);
  test.p_value = between(chi_square_tail(statistic.high(), df), chi_square_tail(statistic.value, df),
                         chi_square_tail(std::max(0.0, statistic.low()), df));
  if (all_exact(observed)) return test;
  for (Finished* number : {&test.statistic, &test.df, &test.p_value}) promise_nothing(*number);
  for (Finished& number : test.expected) promise_nothing(number);
  return test;
}

OddsRatio odds_ratio(const Measured& n00, const Measured& n01, const Measured& n10, const Measured& n11) {
  OddsRatio result;
  const Measured counts[] = {n00, n01, n10, n11};
  if (!occurs(n01) || !occurs(n10) || (n01 * n10).may_be_zero()) return result;
  const Measured ratio = n00 * n11 / (n01 * n10);
  result.estimate = ratio;
  if (occurs(n00) && occurs(n11) && all_exact(counts)) {
    Measured variance;
    for (const Measured& n : counts) variance = variance + exactly(1) / n;
    const Measured reach = scaled(root(variance), normal_quantile(0.975));
    const double log = std::log(ratio.value);
    const Measured centre{log, ratio.error / (ratio.value - ratio.error) + kDoubleError * (1 + std::abs(log))};
    result.low = exponential(centre - reach);
    result.high = exponential(centre + reach);
  }
  if (!all_exact(counts)) promise_nothing(result.estimate);
  return result;
}

}  // namespace mc::query
