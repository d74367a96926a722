// SPDX-License-Identifier: Apache-2.0
// How far Cox's model goes along a Newton step, under encryption. The partial likelihood is not as tame as the logistic
// one: where a measurement is skewed, the first steps lead beyond the maximum, and Newton's method without a step
// length ends in infinity (pbc of R's survival package, whose coxph halves such steps). With l = step' g, Newton's
// decrement squared, and d events, l / d is the variance that the step adds to x'b among those at risk, and the step is
// taken
//   1 / (1 + l / d)
// times: whole near the maximum, half of it where x'b moves by a standard deviation of 1. Invariant under the units of
// columns. Not thread-safe.
//   source  damped steps for generalised self-concordant functions: Sun and Tran-Dinh, Math. Programming 178, 2019,
//           whose log(1 + s) / s this stands for, with s the largest move of anybody's x'b
#pragma once

#include <optional>

#include "query/train/packed_matrices.hpp"
#include "query/train/slot_iterations.hpp"

namespace mc::query {

/// l / d up to here; beyond, a polynomial grows, and x'b has left its bounds anyway.
inline constexpr double kDecrementMax = 15;

class StepLength {
 public:
  /// Keeps references. `persons`: what sums are divided by.
  StepLength(const PackedMatrices& matrices, Refresher& refresher, double persons)
      : matrices_(matrices),
        refresher_(refresher),
        iterations_(matrices.bench(), matrices.precision(), refresher),
        persons_(persons) {}

  [[nodiscard]] bool knows_events() const { return inverse_.has_value(); }
  /// d / persons, a constant in every slot, as MatrixRefresh::add_constant makes it. Once.
  Status take_events(const fhe::Ciphertext& events);

  /// REQUIRES knows_events(). value / d, from value / persons as add_constant makes it; at the base.
  [[nodiscard]] Result<fhe::Ciphertext> per_event(const fhe::Ciphertext& value) const;

  /// REQUIRES knows_events(). From the step as add_row has it and the gradient, over persons, as the vector of a right
  /// factor.
  ///   shape   a constant in every slot, one step above the base, of the scale of the primes there: times a factor it
  ///           leaves the factor's scale
  ///   error   5e-4, and the noise of one-prime scales
  ///   errors  the refresher's
  [[nodiscard]] Result<fhe::Ciphertext> of(const fhe::Ciphertext& step_row, const RightFactor& gradient) const;

 private:
  const PackedMatrices& matrices_;
  Refresher& refresher_;
  SlotIterations iterations_;
  double persons_;
  std::optional<fhe::Ciphertext> inverse_;  // persons / d
};

}  // namespace mc::query
