// SPDX-License-Identifier: Apache-2.0
// Where a computation asks the committee for new levels (R14). What stands behind it decides how the shares travel: a
// custodian's process, or a test that plays the whole committee.
#pragma once

#include <vector>

#include "fhe/threshold/refresh_map.hpp"

namespace mc::query {

struct RefreshStep {
  fhe::RefreshMap map;
  std::vector<fhe::Ciphertext> inputs;    // of 2 parts, at map.input_level
  std::vector<std::uint32_t> value_log2;  // of every input: what the computation knows of its coefficients
  bool within_masks = false;              // the step ends unless every value is one that its mask can hide
};

class Refresher {
 public:
  virtual ~Refresher() = default;
  /// The refreshed ciphertexts, one per output of the map. Steps come in the order of the computation, the same at
  /// everybody who computes it.
  ///   errors  kRefused when the step asks for values within their masks and one is not (fhe::check_opened)
  virtual Result<std::vector<fhe::Ciphertext>> refresh(RefreshStep step) = 0;
};

}  // namespace mc::query
