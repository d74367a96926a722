// SPDX-License-Identifier: Apache-2.0
#include "data/schema/step.hpp"

#include <cmath>

namespace mc::data {
namespace {

constexpr double kInverseMax = 1e9;
constexpr int kDecimalsMax = 9;  // kInverseMax of them are one

/// How many steps make one; 0 for a step that is not one over an integer.
double inverse_of(double step) {
  const double inverse = std::nearbyint(1 / step);
  return inverse >= 1 && inverse <= kInverseMax && 1 / inverse == step ? inverse : 0;
}

}  // namespace

std::string complaint_about_step(double step, double minimum, double maximum) {
  const std::string text = "the step " + number_text(step);
  if (!std::isfinite(step) || step <= 0) return text + " is not above 0";
  if (step >= 1 ? !is_exact_integer(step) : inverse_of(step) == 0) {
    return text + " is neither an integer nor one over an integer";
  }
  if ((maximum - minimum) / step > kStepsMax || std::abs(minimum) / step > kStepsMax * 4096 ||
      std::abs(maximum) / step > kStepsMax * 4096) {
    return text + " is too small for the range " + number_text(minimum) + " to " + number_text(maximum);
  }
  if (step > maximum - minimum) {
    return text + " is larger than the range " + number_text(minimum) + " to " + number_text(maximum);
  }
  return {};
}

double multiple_of_step(double step, double k) {
  return step >= 1 ? k * step : k / inverse_of(step);
}

double middle_below(double step, double k) {
  return step >= 1 ? (2 * k - 1) * step / 2 : (2 * k - 1) / (2 * inverse_of(step));
}

bool is_multiple_of_step(double step, double value) {
  return multiple_of_step(step, std::nearbyint(value / step)) == value;
}

double first_multiple(double step, double value, bool above) {
  double k = std::floor(value / step) - 1;  // the quotient is off by less than one
  while (multiple_of_step(step, k) < value || (above && multiple_of_step(step, k) == value)) ++k;
  return k;
}

double decimal_step_of(double value) {
  double inverse = 1;
  for (int decimals = 0; decimals <= kDecimalsMax; ++decimals, inverse *= 10) {
    const double step = 1 / inverse;
    if (std::abs(value) * inverse > kExactIntegerMax / 4) return 0;
    if (is_multiple_of_step(step, value)) return step;
  }
  return 0;
}

}  // namespace mc::data
