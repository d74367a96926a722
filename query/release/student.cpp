// SPDX-License-Identifier: Apache-2.0
#include "query/release/student.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

struct Spread {
  Measured squared_error;  // of the difference of means
  Measured df;
};

Finished mean_of(const Sample& sample) {
  return sample.n.value < 0.5 ? Finished() : Finished(sample.mean);
}

std::optional<Spread> welch(const Sample& a, const Sample& b) {
  if (a.n.value < 1.5 || b.n.value < 1.5) return std::nullopt;
  const Measured va = a.variance / a.n;
  const Measured vb = b.variance / b.n;
  const Measured sum = va + vb;
  if (sum.may_be_zero()) return std::nullopt;
  const Measured weight = va * va / (a.n - exactly(1)) + vb * vb / (b.n - exactly(1));
  if (weight.may_be_zero()) return std::nullopt;
  return Spread{sum, sum * sum / weight};
}

std::optional<Spread> pooled_spread(const Sample& a, const Sample& b) {
  if (a.n.value < 0.5 || b.n.value < 0.5 || a.n.value + b.n.value < 2.5) return std::nullopt;
  const Measured df = a.n + b.n - exactly(2);
  const Measured squares = (a.n - exactly(1)) * a.variance + (b.n - exactly(1)) * b.variance;
  const Measured sum = squares / df * (exactly(1) / a.n + exactly(1) / b.n);
  if (sum.may_be_zero()) return std::nullopt;
  return Spread{sum, df};
}

/// Tails grow when t or the degrees of freedom fall.
Measured two_tails(const Measured& t, const Measured& df) {
  const double size = std::abs(t.value);
  return between(student_two_tails(size + t.error, df.high()), student_two_tails(size, df.value),
                 student_two_tails(std::max(0.0, size - t.error), df.low()));
}

}  // namespace

TTest t_test(const Sample& first, const Sample& second, bool pooled) {
  TTest test;
  test.mean_first = mean_of(first);
  test.mean_second = mean_of(second);
  // Counts that are not exact are off by one or more, and may be nobody at all.
  const bool known = first.n.is_exact() && second.n.is_exact();
  if (!known) {
    for (Finished* mean : {&test.mean_first, &test.mean_second}) {
      if (*mean) (*mean)->error = std::numeric_limits<double>::infinity();
    }
    return test;
  }
  const std::optional<Spread> spread = pooled ? pooled_spread(first, second) : welch(first, second);
  if (!spread || spread->df.low() <= 0) return test;
  const Measured difference = first.mean - second.mean;
  const Measured standard_error = root(spread->squared_error);
  if (standard_error.may_be_zero()) return test;
  const Measured t = difference / standard_error;
  const Measured& df = spread->df;
  const Measured reach = between(student_quantile(0.975, df.high()), student_quantile(0.975, df.value),
                                 student_quantile(0.975, df.low())) *
                         standard_error;
  test.t = t;
  test.df = df;
  test.p_value = two_tails(t, df);
  test.low = difference - reach;
  test.high = difference + reach;
  return test;
}

}  // namespace mc::query
