// SPDX-License-Identifier: Apache-2.0
// What a pass adds up: with three parts where there was a product, until it is finished.
#pragma once

#include <vector>

#include "query/execute/execute.hpp"
#include "query/train/training_blocks.hpp"

namespace mc::query {

/// Key switch and division of each: a step.
Status finish_sums(std::vector<fhe::Ciphertext>& sums, const Workbench& bench, const Precision& precision);

class TrainingSums {
 public:
  explicit TrainingSums(const SumLayout& layout) : hessian(layout.hessian_sums()), gradient(layout.groups()) {}
  std::vector<fhe::Ciphertext> hessian, gradient;
  std::vector<fhe::Ciphertext> offset;  // of a first pass with one, else empty
  fhe::Ciphertext entropy, residual;

  Result<PassSums> finished(const Workbench& bench, const Precision& precision);
};

}  // namespace mc::query
