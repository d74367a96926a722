// SPDX-License-Identifier: Apache-2.0
#include "query/train/values.hpp"

#include <algorithm>

#include "fhe/threshold/mask.hpp"
#include "query/execute/block_pass.hpp"

namespace mc::query {
namespace {

/// Polynomials that one refresh carries.
constexpr std::size_t kRefreshedTogether = 16;

}  // namespace

Result<fhe::Ciphertext> rescaled_product(const fhe::Evaluator& evaluator, const fhe::Ciphertext& a,
                                         const fhe::Ciphertext& b) {
  if (a.level() > b.level()) return rescaled_product(evaluator, restricted(a, b.level().value), b);
  if (b.level() > a.level()) return rescaled_product(evaluator, a, restricted(b, a.level().value));
  MC_TRY(const fhe::Ciphertext raw, evaluator.multiply(a, b));
  return evaluator.relinearise_rescale(raw, 1);
}

Result<std::vector<fhe::Ciphertext>> refreshed_whole(const Workbench& bench, Refresher& refresher,
                                                     std::vector<fhe::Ciphertext> values, std::uint32_t message_log2) {
  std::vector<fhe::Ciphertext> results;
  for (std::size_t first = 0; first < values.size(); first += kRefreshedTogether) {
    RefreshStep step;
    step.map.extraction = fhe::RefreshMap::Extraction::kPolynomials;
    step.map.input_level = values[first].level();
    step.map.output_level = bench.params.top_level();
    for (std::size_t i = first; i < std::min(first + kRefreshedTogether, values.size()); ++i) {
      step.value_log2.push_back(fhe::value_log2(bench.params, values[i].scale, message_log2));
      MC_TRY(const std::uint8_t mask, fhe::mask_log2(step.value_log2.back()));
      step.map.mask_log2.push_back(mask);
      step.map.outputs.push_back(fhe::whole(static_cast<std::uint32_t>(i - first), values[i].scale));
      step.inputs.push_back(std::move(values[i]));
    }
    MC_TRY(std::vector<fhe::Ciphertext> some, refresher.refresh(std::move(step)));
    std::ranges::move(some, std::back_inserter(results));
  }
  return results;
}

}  // namespace mc::query
