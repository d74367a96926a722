// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/logistic_curve.hpp"

#include "base/check.hpp"
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

// sum c_i V_i as a series in T: V_i = 2 (T_i - T_(i-1) + … ) ± 1.
std::vector<double> third_kind_to_first(std::span<const double> c) {
  std::vector<double> d(c.size(), 0.0);
  double alternating = 0;
  for (std::size_t j = c.size(); j-- > 0;) {
    alternating = c[j] - alternating;
    d[j] = j == 0 ? alternating : 2 * alternating;
  }
  return d;
}

}  // namespace

double folded(double u) {
  const double t = u * (2 * u * u - 1.5);
  return t * (4 * t * t - 3);
}

LogisticCurve logistic_curve() {
  const auto sigmoid = minimax_tables(MinimaxFunction::kFoldedSigmoid);
  const auto entropy = minimax_tables(MinimaxFunction::kFoldedEntropy);
  MC_CHECK(sigmoid.size() == 1 && entropy.size() == 1);
  return {.error = sigmoid.front().error,
          .entropy_error = entropy.front().error,
          .q = {-1, 1, third_kind_to_first(sigmoid.front().coefficients)},
          .e = {-1, 1, entropy.front().all_coefficients()}};
}

}  // namespace mc::fhe
