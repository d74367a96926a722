// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {

std::vector<double> MinimaxTable::all_coefficients(double factor) const {
  std::vector<double> all(degree + 1);
  for (std::size_t i = 0; i < coefficients.size(); ++i) all[is_odd ? 2 * i + 1 : i] = factor * coefficients[i];
  return all;
}

std::span<const MinimaxTable> sigmoid_tables();
std::span<const MinimaxTable> inverse_tables();
std::span<const MinimaxTable> square_root_tables();
std::span<const MinimaxTable> inverse_square_root_tables();
std::span<const MinimaxTable> folded_sigmoid_tables();
std::span<const MinimaxTable> folded_entropy_tables();

std::span<const MinimaxTable> minimax_tables(MinimaxFunction function) {
  switch (function) {
    case MinimaxFunction::kSigmoid:
      return sigmoid_tables();
    case MinimaxFunction::kInverse:
      return inverse_tables();
    case MinimaxFunction::kSquareRoot:
      return square_root_tables();
    case MinimaxFunction::kInverseSquareRoot:
      return inverse_square_root_tables();
    case MinimaxFunction::kFoldedSigmoid:
      return folded_sigmoid_tables();
    case MinimaxFunction::kFoldedEntropy:
      return folded_entropy_tables();
  }
  return {};
}

}  // namespace mc::fhe
