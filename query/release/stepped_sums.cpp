// SPDX-License-Identifier: Apache-2.0
#include "query/release/stepped_sums.hpp"

#include <cmath>

namespace mc::query {
namespace {

/// A sum of integers that is none is corrupt; one that is no multiple of another step is taken as it was measured.
Result<Measured> on_grid(const Values& values, double unit, const Measured& sum, const std::string& name) {
  if (values.affine.integral) return as_integer(sum, name);
  return unit > 0 ? on_grid(sum, unit) : sum;
}

}  // namespace

Values x_of(const PlanItem& item) {
  return {item.x, item.x.integral ? 1 : item.breaks.empty() ? item.step : 0};
}
Values y_of(const PlanItem& item) {
  return {item.y, item.y.integral ? 1.0 : 0.0};
}

Result<Measured> sum_of_values(const Values& values, const Measured& n, const Measured& x1, const std::string& name) {
  const Affine& affine = values.affine;
  const double from_centre = affine.centre * n.value;
  const double from_spread = affine.half_width * x1.value;
  const double error = std::abs(affine.centre) * n.error + affine.half_width * x1.error;
  const Measured sum{from_centre + from_spread, error + kDoubleError * (std::abs(from_centre) + std::abs(from_spread))};
  return on_grid(values, values.step, sum, name);
}

Result<Measured> sharpened(const Values& values, const Measured& n, const Measured& x1, const std::string& name) {
  if (values.step == 0) return x1;
  const Affine& affine = values.affine;
  MC_TRY(const Measured sum, sum_of_values(values, n, x1, name));
  const double centred = affine.centre * n.value;
  const double rounding = kDoubleError * (std::abs(sum.value) + std::abs(centred));
  const double error = sum.error + std::abs(affine.centre) * n.error + rounding;
  const Measured again{(sum.value - centred) / affine.half_width, error / affine.half_width};
  return affine.integral || again.error < x1.error ? again : x1;
}

Result<Measured> sharpened(const Values& xs, const Values& ys, const Measured& n, const Measured& x1,
                           const Measured& y1, const Measured& xy, const std::string& name) {
  if (xs.step == 0 || ys.step == 0) return xy;
  // xy = (cx + hx x')(cy + hy y')
  const Affine& x = xs.affine;
  const Affine& y = ys.affine;
  const double factors[] = {x.centre * y.centre, y.centre * x.half_width, x.centre * y.half_width};
  const Measured* sums[] = {&n, &x1, &y1};
  Measured rest;
  for (int i = 0; i < 3; ++i) {
    rest.value += factors[i] * sums[i]->value;
    rest.error += std::abs(factors[i]) * (sums[i]->error + kDoubleError * std::abs(sums[i]->value));
  }
  const double unit = x.half_width * y.half_width;
  const double spread = unit * xy.value;
  const Measured whole{rest.value + spread, rest.error + unit * xy.error + kDoubleError * std::abs(spread)};
  Measured multiple = on_grid(whole, xs.step * ys.step);
  if (x.integral && y.integral) {
    MC_TRY(multiple, as_integer(whole, name));
  }
  const double error = multiple.error + rest.error + kDoubleError * std::abs(multiple.value);
  const Measured again{(multiple.value - rest.value) / unit, error / unit};
  return again.error < xy.error ? again : xy;
}

}  // namespace mc::query
