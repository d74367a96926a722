// SPDX-License-Identifier: Apache-2.0
#include "query/release/bins.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.hpp"

namespace mc::query {
namespace {

/// A person by rank: the bin and the place in it.
struct Place {
  std::size_t bin = 0;
  double value = 0;
};

Place place_of(std::span<const double> breaks, std::span<const double> counts, double rank) {
  std::size_t bin = 0;
  while (rank >= counts[bin]) {
    rank -= counts[bin];
    ++bin;
    MC_CHECK(bin < counts.size());  // a rank is below the sum of the counts
  }
  const double width = breaks[bin + 1] - breaks[bin];
  return {bin, breaks[bin] + width * ((rank + 0.5) / counts[bin])};
}

}  // namespace

BinnedQuantile binned_quantile(std::span<const double> breaks, std::span<const Measured> counts, double p) {
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
  const Place first = place_of(breaks, persons, below);
  const Place second = h > below ? place_of(breaks, persons, below + 1) : first;
  const double value = first.value + (h - below) * (second.value - first.value);
  const double magnitude = std::max(std::abs(breaks.front()), std::abs(breaks.back()));
  const double error = known ? kDoubleError * magnitude : breaks.back() - breaks.front();
  return {Measured{value, error}, exactly(breaks[second.bin + 1] - breaks[first.bin])};
}

}  // namespace mc::query
