// SPDX-License-Identifier: Apache-2.0
#include "query/bind/logit.hpp"

#include <cmath>

#include "base/check.hpp"

namespace mc::query {
namespace {

constexpr double kLogTwo = 0x1.62e42fefa39efp-1;

/// REQUIRES y > 0. Arithmetic that IEEE 754 rounds, and frexp, which is exact.
double logarithm(double y) {
  int exponent = 0;
  double m = std::frexp(y, &exponent);  // in [1/2, 1)
  if (m < 0x1.6a09e667f3bcdp-1) {       // sqrt(1/2): then |t| <= 0.1716
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  constexpr int kTermsMax = 23;  // 0.1716^48 is below 2^-121
  for (int k = 2 * kTermsMax + 1; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return 2 * t * sum + exponent * kLogTwo;
}

}  // namespace

double logit(double risk) {
  MC_CHECK(risk > 0 && risk < 1);
  return logarithm(risk / (1 - risk));
}

}  // namespace mc::query
