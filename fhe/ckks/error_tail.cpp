// SPDX-License-Identifier: Apache-2.0
// With w = |s|^2 for a slot s of the one polynomial, of mean 1, the real part of a slot of the product is a Gaussian of
// variance w v. w is exponential, so a product is a Laplace variable with E exp(theta X) = 1 / (1 - theta^2 v / 2).
// For the sum X of everything that is Gaussian or Laplace, with K(theta) = ln E exp(theta X), the saddle point gives
//     P(|X| > K'(theta)) = 2 exp(K(theta) - theta K'(theta)) / (theta sqrt(2 pi K''(theta)))
// to within 8 % for one Laplace variable and less for more of them (Daniels, Ann. Math. Stat. 25, 1954; Lugannani and
// Rice, Adv. Appl. Prob. 12, 1980); kMargin covers it.
//
// r s^2 has variance w^2 / 2 given w (E w^2 = 2) and no moment generating function:
//     P(|X| > t) = E erfc(t / w), and erfc(x) <= exp(-x^2) / (x sqrt(pi)).
// exp(-w - t^2 / w^2) is largest at w = (2 t^2)^(1/3), where it is exp(-1.5 w); by Laplace's method its integral is
// about sqrt(2 pi w / 3) of that, and x = sqrt(w / 2) there. The next term of the series is below 1 / w. A product of
// three different polynomials is less extreme. Of several such cubes one alone goes far: with w_1 + w_2 + … given, the
// sum of v_i w_i^2 is largest where one w_i has everything. The largest reaches that far, the others are counted as
// Laplace variables. The two reaches then combine as deviations do: when A is Gaussian or Laplace and B a cube, the
// likeliest way to a large sum is one that one of them goes almost alone, and either reaches less than the root of both
// squares.
#include "fhe/ckks/error_tail.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

constexpr int kIterations = 100;
constexpr double kMargin = 0.2;  // in ln P

/// Deviations of r s^2.
double cube_reach(double log_odds) {
  double w = log_odds;
  for (int i = 0; i < kIterations; ++i) {
    const double width = std::sqrt(2 * std::numbers::pi * w / 3), erfc = 1 / std::sqrt(std::numbers::pi * w / 2);
    w = (log_odds + std::log(width * erfc * (1 + 1 / w))) / 1.5;
  }
  return std::sqrt(w * w * w / 2);
}

}  // namespace

void ErrorTail::add_product(double variance, double summands) {
  MC_CHECK(summands >= 1);
  if (variance > 0) products_.push_back({variance, summands});
}

ErrorTail::Cumulant ErrorTail::cumulant(double theta) const {
  Cumulant k{theta * theta * gaussian_ / 2, theta * gaussian_, gaussian_};
  for (const auto& [variance, summands] : products_) {
    const double part = theta * theta * variance / (2 * summands);
    k.value -= summands * std::log1p(-part);
    k.first += theta * variance / (1 - part);
    k.second += variance * (1 + part) / ((1 - part) * (1 - part));
  }
  return k;
}

double ErrorTail::saddle_point(double log_odds) const {
  double variance = gaussian_;
  for (const Product& product : products_) variance += product.variance;
  if (variance == 0) return 0;
  // Where K exists, and where not even a Gaussian would be as rare: halve the interval.
  double high = std::sqrt(4 * (log_odds + 10) / variance);
  for (const Product& product : products_) high = std::min(high, std::sqrt(2 * product.summands / product.variance));
  double low = 0;
  for (int i = 0; i < kIterations; ++i) {
    const double theta = (low + high) / 2;
    const Cumulant k = cumulant(theta);
    const double exponent =
        theta * k.first - k.value + std::log(theta * std::sqrt(2 * std::numbers::pi * k.second) / 2);
    (exponent < log_odds + kMargin ? low : high) = theta;
  }
  return cumulant(low).first;
}

double ErrorTail::bound(double odds_log2) const {
  MC_CHECK(odds_log2 >= 10);
  const double log_odds = odds_log2 * std::numbers::ln2;
  if (cubes_.empty()) return saddle_point(log_odds);
  const auto largest = std::ranges::max_element(cubes_);
  ErrorTail others = *this;
  others.cubes_.clear();
  for (auto cube = cubes_.begin(); cube != cubes_.end(); ++cube) {
    if (cube != largest) others.add_product(*cube, 1);
  }
  return std::hypot(others.saddle_point(log_odds), std::sqrt(*largest) * cube_reach(log_odds));
}

}  // namespace mc::fhe
