// SPDX-License-Identifier: Apache-2.0
#include "query/train/values.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "fhe/threshold/mask.hpp"

namespace mc::query {
namespace {

/// Polynomials that one refresh carries.
constexpr std::size_t kRefreshedTogether = 16;
constexpr std::int32_t kWordLog2 = 60;

}  // namespace

Result<fhe::Ciphertext> rescaled_product(const fhe::Evaluator& evaluator, const fhe::Ciphertext& a,
                                         const fhe::Ciphertext& b, const Precision& precision) {
  MC_TRY(const fhe::Ciphertext raw, evaluator.multiply(a, b, std::min(a.level(), b.level())));
  return evaluator.relinearise_rescale(raw, precision.primes);
}

std::uint32_t imaginary_place(const fhe::Params& params) {
  return static_cast<std::uint32_t>(params.ring().degree() / 2);
}

void raise_scale(const fhe::Evaluator& evaluator, fhe::Ciphertext& value, std::int32_t log2) {
  value.scale = value.scale * fhe::Scale::power_of_two(log2);
  for (; log2 > kWordLog2; log2 -= kWordLog2) evaluator.multiply_integer_inplace(value, std::int64_t{1} << kWordLog2);
  evaluator.multiply_integer_inplace(value, std::int64_t{1} << log2);
}

Result<std::vector<fhe::Ciphertext>> refreshed_whole(const Workbench& bench, const Precision& precision,
                                                     Refresher& refresher, std::vector<fhe::Ciphertext> values,
                                                     std::uint32_t message_log2,
                                                     std::span<const std::uint8_t> deviations) {
  MC_CHECK(deviations.empty() || deviations.size() == values.size());
  std::vector<fhe::Ciphertext> results;
  for (std::size_t first = 0; first < values.size(); first += kRefreshedTogether) {
    RefreshStep step;
    step.map.extraction = fhe::RefreshMap::Extraction::kPolynomials;
    step.map.input_level = values[first].level();
    step.map.output_level = precision.top();
    for (std::size_t i = first; i < std::min(first + kRefreshedTogether, values.size()); ++i) {
      step.value_log2.push_back(fhe::value_log2(bench.params, values[i].scale, message_log2));
      MC_TRY(const std::uint8_t mask, fhe::mask_log2(step.value_log2.back()));
      step.map.mask_log2.push_back(mask);
      if (!deviations.empty()) step.map.flooding_log2.push_back(deviations[i]);
      step.map.outputs.push_back(fhe::whole(static_cast<std::uint32_t>(i - first), values[i].scale));
      step.inputs.push_back(std::move(values[i]));
    }
    MC_TRY(std::vector<fhe::Ciphertext> some, refresher.refresh(std::move(step)));
    std::ranges::move(some, std::back_inserter(results));
  }
  return results;
}

}  // namespace mc::query
