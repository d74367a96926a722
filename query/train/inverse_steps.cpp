// SPDX-License-Identifier: Apache-2.0
#include "query/train/inverse_steps.hpp"

#include <utility>

namespace mc::query {
namespace {

/// How far: the iterations that follow bring closer what has changed by more than that.
constexpr double kConverged = 0.7;

DoubleStep double_step(double c1, double c2) {
  return {{4 * c1 * c2, -(4 * c1 * c2 + 2 * c1) * c1 * c2, 4 * c1 * c1 * c2 * c1 * c2, -c1 * c1 * c1 * c2 * c1 * c2}};
}

}  // namespace

std::vector<DoubleStep> inverse_steps(double smallest, double largest) {
  std::vector<DoubleStep> steps;
  const auto scaling = [&] {
    const double c = smallest < kConverged ? 2 / (1 + smallest) : 1.0;
    smallest = c * smallest * (2 - c * smallest);
    return c / std::exchange(largest, 1.0);
  };
  while (smallest < kConverged) {
    const double c1 = scaling();
    const double c2 = scaling();
    steps.push_back(double_step(c1, c2));
  }
  return steps;
}

}  // namespace mc::query
