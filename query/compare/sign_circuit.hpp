// SPDX-License-Identifier: Apache-2.0
// The three kinds of steps of a comparison, each from the top to the level at which it is refreshed, all at the
// two-prime scale of sealed data (standard has 8 limbs, a refresh at this scale needs 4):
//   start    y = w x - middle w               w [6] = window / reach, x [6] the value
//   stage    y -> linear y - cubic y^3        [8] -> [4], once per CubicStage
//   finish   m = w y + w + above              w [6] = window / 2, y [8] the sign, above [6]
// Where owners are not trusted (PlanComparison::is_proven) the start is y = (x - middle) / reach and the last stage
// gives c = (1 + y) / 2; both and the stages between come at half the scale, for the refresh after them takes real
// parts (fhe::real_part). Stages relinearise before they divide: who stands at the threshold has their noise
// multiplied. The finish is m = w c with w = window, where there is one.
// Programs (fhe/ckks/program.hpp): made once, run for every block. Immutable after construction.
#pragma once

#include "fhe/ckks/program.hpp"
#include "query/execute/column_loader.hpp"
#include "query/plan/comparison_plan.hpp"

namespace mc::query {

/// Scale of what is refreshed: that of sealed data, so that a result is masked like a sealed feature.
inline fhe::Scale refreshed_scale() {
  return fhe::Scale::power_of_two(fhe::kSealScaleLog2);
}
/// Scale of what is refreshed to its real part.
inline fhe::Scale halved_scale() {
  return fhe::Scale::power_of_two(fhe::kSealScaleLog2 - 1);
}

/// Where steps begin.
struct SignLevels {
  fhe::Level top, loaded;
  /// kUnsupported for a chain too short.
  static Result<SignLevels> of(const fhe::Params& params);
};

class SignCircuit {
 public:
  static Result<SignCircuit> plan(const fhe::ParamsPtr& params, const PlanComparison& comparison);

  /// Scale at which windows are loaded; values and `above` come at refreshed_scale().
  [[nodiscard]] const fhe::Scale& window_scale() const { return window_scale_; }

  // Each returns a ciphertext of 2 parts at the refreshed level and refreshed_scale(), or half of it. Errors of
  // Program::run.
  /// `window`: null of a proven comparison.
  Result<fhe::Ciphertext> start(const fhe::Evaluator& evaluator, const fhe::Ciphertext* window,
                                const fhe::Ciphertext& value) const;
  Result<fhe::Ciphertext> stage(const fhe::Evaluator& evaluator, std::size_t index, const fhe::Ciphertext& y) const;
  /// `above` may be null.
  Result<fhe::Ciphertext> finish(const fhe::Evaluator& evaluator, const fhe::Ciphertext& window,
                                 const fhe::Ciphertext& sign, const fhe::Ciphertext* above) const;

 private:
  SignCircuit(fhe::Scale window_scale, fhe::Program start, fhe::Program finish)
      : window_scale_(std::move(window_scale)), start_(std::move(start)), finish_(std::move(finish)) {}

  fhe::Scale window_scale_;
  fhe::Program start_, finish_;
  std::vector<fhe::Program> stages_;
};

}  // namespace mc::query
