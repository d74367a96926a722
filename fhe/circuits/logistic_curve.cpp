// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/logistic_curve.hpp"

#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint32_t kDegree = 63;
constexpr double kLogTwo = 0.69314718055994530942;

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

// ln 2 + bound * integral of sum c_i T_(2i+1) from 0, in T_0, T_2, … and without the last term, which is below the
// table's error.
std::vector<double> integral(std::span<const double> c, double bound) {
  std::vector<double> e(c.size(), 0.0);
  double at_zero = 0;
  for (std::size_t j = 1; j < c.size(); ++j) {
    e[j] = bound * (c[j - 1] - c[j]) / (4.0 * static_cast<double>(j));
    at_zero += j % 2 == 0 ? e[j] : -e[j];
  }
  e[0] = kLogTwo - at_zero;
  return e;
}

}  // namespace

Result<LogisticCurve> logistic_curve(double bound) {
  for (const MinimaxTable& table : minimax_tables(MinimaxFunction::kSigmoid)) {
    if (table.high != bound || table.degree != kDegree) continue;
    LogisticCurve curve;
    curve.bound = bound;
    curve.error = table.error;
    curve.q = {-1, 1, third_kind_to_first(table.coefficients)};
    curve.e = {-1, 1, integral(table.coefficients, bound)};
    return curve;
  }
  return fail(Code::kUnsupported, "a logistic curve of degree " + std::to_string(kDegree) + " on [-" +
                                      std::to_string(bound) + ", " + std::to_string(bound) + "] is not there");
}

}  // namespace mc::fhe
