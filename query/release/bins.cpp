// SPDX-License-Identifier: Apache-2.0
#include "query/release/bins.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.hpp"
#include "data/schema/step.hpp"
#include "query/bind/cells.hpp"

namespace mc::query {
namespace {

/// What one bin holds: from break to break, or one number.
struct Bin {
  double low = 0;
  double high = 0;
  [[nodiscard]] bool is_number() const { return low == high; }
};

Bin bin_of(std::span<const double> breaks, std::size_t bin, double step) {
  const double low = breaks[bin];
  if (are_numbers(breaks)) return {low, low};
  const double high = breaks[bin + 1];
  if (step == 0) return {low, high};
  const bool is_last = bin + 2 == breaks.size();
  const double first = data::first_multiple(step, low, false);
  const double beyond = data::first_multiple(step, high, is_last);
  if (beyond != first + 1) return {low, high};
  const double only = data::multiple_of_step(step, first);
  return {only, only};
}

/// A person by rank: what her bin holds, and her place in it.
struct Place {
  Bin bin;
  double value = 0;
};

Place place_of(std::span<const double> breaks, std::span<const double> counts, double rank, double step) {
  std::size_t bin = 0;
  while (rank >= counts[bin]) {
    rank -= counts[bin];
    ++bin;
    MC_CHECK(bin < counts.size());  // a rank is below the sum of the counts
  }
  const Bin held = bin_of(breaks, bin, step);
  return {held, held.low + (held.high - held.low) * ((rank + 0.5) / counts[bin])};
}

}  // namespace

BinnedQuantile binned_quantile(std::span<const double> breaks, std::span<const Measured> counts, double p,
                               double step) {
  MC_CHECK(breaks.size() == counts.size() + 1 && p >= 0 && p <= 1);
  std::vector<double> persons;
  double n = 0;
  bool known = true;
  for (const Measured& count : counts) {
    persons.push_back(std::max(0.0, std::round(count.value)));
    n += persons.back();
    known = known && count.is_exact();
  }
  if (n < 0.5) return {};
  const double h = (n - 1) * p;
  const double below = std::min(std::floor(h), n - 1);
  const Place first = place_of(breaks, persons, below, step);
  const Place second = h > below ? place_of(breaks, persons, below + 1, step) : first;
  const double value = first.value + (h - below) * (second.value - first.value);
  const double magnitude = std::max(std::abs(breaks.front()), std::abs(breaks.back()));
  const double error = known ? kDoubleError * magnitude : breaks.back() - breaks.front();
  const bool is_own = first.bin.is_number() && second.bin.is_number();
  return {Measured{value, error}, exactly(is_own ? 0 : second.bin.high - first.bin.low)};
}

}  // namespace mc::query
