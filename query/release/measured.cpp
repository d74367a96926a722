// SPDX-License-Identifier: Apache-2.0
#include "query/release/measured.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace mc::query {
namespace {

/// Sums, differences and products of integers below 2^53 lose nothing.
double rounding(double result, const Measured& a, const Measured& b, double magnitude) {
  const bool integers = a.is_exact() && b.is_exact() && std::trunc(a.value) == a.value &&
                        std::trunc(b.value) == b.value && std::abs(result) < 0x1p53;
  return integers ? 0 : kDoubleError * magnitude;
}

}  // namespace

Measured exactly(double value) {
  return {value, std::trunc(value) == value && std::abs(value) < 0x1p53 ? 0 : kDoubleError * std::abs(value)};
}

Measured operator+(const Measured& a, const Measured& b) {
  const double value = a.value + b.value;
  return {value, a.error + b.error + rounding(value, a, b, std::abs(a.value) + std::abs(b.value))};
}

Measured operator-(const Measured& a, const Measured& b) {
  return a + Measured{-b.value, b.error};
}

Measured operator*(const Measured& a, const Measured& b) {
  const double value = a.value * b.value;
  const double error = std::abs(a.value) * b.error + std::abs(b.value) * a.error + a.error * b.error;
  return {value, error + rounding(value, a, b, std::abs(value))};
}

Measured operator/(const Measured& a, const Measured& b) {
  MC_CHECK(!b.may_be_zero());
  // |a/b - a'/b'| <= (|a - a'| + |a/b| |b - b'|) / |b'|, and |b'| >= |b| - its error.
  const double value = a.value / b.value;
  const double error = (a.error + std::abs(value) * b.error) / (std::abs(b.value) - b.error);
  return {value, error + kDoubleError * std::abs(value)};
}

Measured scaled(const Measured& a, double factor) {
  return {a.value * factor, a.error * std::abs(factor)};
}

Measured root(const Measured& a) {
  const double high = std::sqrt(std::max(0.0, a.value + a.error));
  const double low = std::sqrt(std::max(0.0, a.value - a.error));
  return {std::sqrt(std::max(0.0, a.value)), high - low};
}

Result<Measured> as_integer(const Measured& measured, const std::string& name) {
  if (measured.error >= kCertainlyRounds || std::abs(measured.value) > 0x1p53) return measured;
  const double rounded = std::round(measured.value) + 0.0;  // nothing is not -0
  if (std::abs(rounded - measured.value) > measured.error) {
    return fail(Code::kCorrupt, name + " should be an integer and is farther from one than its error bound allows");
  }
  return Measured{rounded, 0};
}

Measured on_grid(const Measured& measured, double unit) {
  if (measured.error >= kCertainlyRounds * unit || std::abs(measured.value) > 0x1p52 * unit) return measured;
  // A unit is one over an integer, or an integer: so 1551.32 is the double that is nearest to it.
  const double multiples = std::round(measured.value / unit) + 0.0, each = std::round(1 / unit);
  const double nearest = unit < 1 ? multiples / each : multiples * unit;
  if (std::abs(nearest - measured.value) > measured.error) return measured;
  return {nearest, kDoubleError * std::abs(nearest)};
}

Measured spread(const Measured& xy, const Measured& x, const Measured& y, double n) {
  const double value = xy.value - x.value * y.value / n;
  const double error = xy.error + (std::abs(x.value) * y.error + std::abs(y.value) * x.error + x.error * y.error) / n;
  return {value, error + kDoubleError * (std::abs(xy.value) + std::abs(x.value * y.value) / n)};
}

Measured between(double at_one_end, double at_middle, double at_other_end) {
  const double farther = std::max(std::abs(at_one_end - at_middle), std::abs(at_other_end - at_middle));
  return {at_middle, farther + kDoubleError * std::abs(at_middle)};
}

}  // namespace mc::query
