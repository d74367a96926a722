// SPDX-License-Identifier: Apache-2.0
#include "query/release/auc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

double total_of(std::span<const Measured> counts) {
  double total = 0;
  for (const Measured& one : counts) total += one.value;
  return total;
}

/// Variance of the structural components: of a person in bin k the part of the others whom it stands on the right side
/// of, `parts[k]`, over the persons counted.
double component_variance(std::span<const Measured> counts, std::span<const double> parts, double area) {
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) sum += counts[k].value * (parts[k] - area) * (parts[k] - area);
  return sum / (total_of(counts) - 1);
}

}  // namespace

Auc auc_of(std::span<const Measured> without, std::span<const Measured> with) {
  MC_CHECK(without.size() == with.size());
  const double healthy = total_of(without);
  const double ill = total_of(with);
  Auc result;
  if (healthy < 0.5 || ill < 0.5) return result;
  std::vector<double> below(with.size());  // of the healthy, seen from somebody ill in bin k
  std::vector<double> above(with.size());  // of the ill, seen from somebody healthy in bin k
  double healthy_before = 0;
  double ill_before = 0;
  double pairs = 0;
  for (std::size_t k = 0; k < with.size(); ++k) {
    below[k] = (healthy_before + without[k].value / 2) / healthy;
    above[k] = (ill - ill_before - with[k].value / 2) / ill;
    pairs += with[k].value * (healthy_before + without[k].value / 2);
    healthy_before += without[k].value;
    ill_before += with[k].value;
  }
  const double area = pairs / (healthy * ill);
  result.area = exactly(area);
  if (healthy > 1.5 && ill > 1.5) {
    const double variance =
        component_variance(with, below, area) / ill + component_variance(without, above, area) / healthy;
    const double reach = normal_quantile(0.975) * std::sqrt(std::max(0.0, variance));
    result.low = exactly(std::max(0.0, area - reach));
    result.high = exactly(std::min(1.0, area + reach));
  }
  const auto is_known = [](const Measured& count) { return count.is_exact(); };
  if (!std::ranges::all_of(without, is_known) || !std::ranges::all_of(with, is_known)) {
    for (Finished* number : {&result.area, &result.low, &result.high}) {
      if (*number) (*number)->error = std::numeric_limits<double>::infinity();
    }
  }
  return result;
}

}  // namespace mc::query
