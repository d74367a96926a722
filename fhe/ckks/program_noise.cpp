// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "fhe/ckks/noise.hpp"
#include "fhe/ckks/program.hpp"

namespace mc::fhe {

Result<Estimate> Program::foreseen_step(NoiseEstimator& noise, const Step& step,
                                        std::span<const Estimate> values) const {
  std::optional<Estimate> sum;
  for (const auto& [a, b] : step.products) {
    MC_TRY(const Estimate left, noise.dropped(values[a.value], step.level));
    MC_TRY(const Estimate right, noise.dropped(values[b.value], step.level));
    MC_TRY(Estimate product, noise.product(left, right));
    if (sum) {
      MC_TRY(product, noise.accumulated(*sum, product));
    }
    sum = std::move(product);
  }
  if (sum && step.product_factor != 1) sum = noise.product_with_integer(*sum, step.product_factor);
  for (const Term& term : step.terms) {
    const Estimate& x = values[term.x.value];
    MC_TRY(const Estimate at_level, noise.dropped(x, step.level));
    // The integer as it is, not the number that it was rounded from.
    const Scale scale = step.scale / x.shape.scale;
    const double factor = std::ldexp(static_cast<double>(term.factor.mantissa), static_cast<int>(term.factor.shift)) /
                          std::exp2(scale.bits(*params_));
    MC_TRY(Estimate product, noise.product_with_plain(at_level, noise.encoded_constant({step.level, scale}, factor)));
    if (sum) {
      MC_TRY(product, noise.sum(*sum, product));
    }
    sum = std::move(product);
  }
  MC_CHECK(sum.has_value());
  MC_TRY(sum, noise.sum_with_plain(*sum, noise.encoded_constant({step.level, step.scale}, 0)));
  // In the order of run_step.
  if (step.products.empty()) return step.rescale_count == 0 ? *sum : noise.rescaled(*sum, step.rescale_count);
  if (step.relinearised_first) return noise.relinearised(*sum, step.rescale_count);
  MC_TRY(const Estimate divided, noise.rescaled(*sum, step.rescale_count));
  return noise.relinearised(divided);
}

Result<Estimate> Program::foreseen(NoiseEstimator& noise, std::span<const Estimate> inputs) const {
  if (inputs.size() != input_count_) {
    return fail(Code::kInvalidArgument, std::to_string(inputs.size()) + " estimates for a program of " +
                                            std::to_string(input_count_) + " inputs");
  }
  std::vector<Estimate> values(inputs.begin(), inputs.end());
  for (const Step& step : steps_) {
    MC_TRY(Estimate value, foreseen_step(noise, step, values));
    const double bound = values_[values.size()].bound;
    value.message.max = std::min(value.message.max, bound);
    value.message.rms = std::min(value.message.rms, bound);
    values.push_back(std::move(value));
  }
  return std::move(values.back());
}

}  // namespace mc::fhe
