// SPDX-License-Identifier: Apache-2.0
// Sums of columns whose values are multiples of a step: the sum is one too, and rounding to it takes noise away (0051).
// From it the sums that the encryption works with, of values standardised to x' = (x - centre) / half width, are told
// again, with the digits that the multiple has.
#pragma once

#include <string>

#include "query/plan/plan.hpp"
#include "query/release/measured.hpp"

namespace mc::query {

/// A column as sums of it are read: its unit, and of what its values are multiples (0: not known).
struct Values {
  Affine affine;
  double step = 0;
};
/// Of an item's first column, and of its second: only a first one's step is kept in a plan.
Values x_of(const PlanItem& item);
Values y_of(const PlanItem& item);

/// centre * n + half_width * x1: the sum of the values themselves; of multiples of a step a multiple of it.
///   n, x1   of the persons and of x'
///   errors  kCorrupt: a sum of integers is none; `name` is what it is a sum of
Result<Measured> sum_of_values(const Values& values, const Measured& n, const Measured& x1, const std::string& name);

/// Sum of x' once more, from the multiple that sum x must be; as it was measured where that says no more. Errors as
/// above.
Result<Measured> sharpened(const Values& values, const Measured& n, const Measured& x1, const std::string& name);

/// Sum of x' y' once more, from the multiple that sum x y must be. Errors as above.
Result<Measured> sharpened(const Values& xs, const Values& ys, const Measured& n, const Measured& x1,
                           const Measured& y1, const Measured& xy, const std::string& name);

}  // namespace mc::query
