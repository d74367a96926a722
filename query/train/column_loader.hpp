// SPDX-License-Identifier: Apache-2.0
// Sealed features of one block as ciphertexts at the one-prime scale, each owner's masked to her consenting slots first
// (R22). The mask is encoded at whatever two-prime scale brings the feature to the scale that is wanted (R17), and a
// real factor rides on it, so that neither costs a level.
#pragma once

#include <map>
#include <span>
#include <string>

#include "query/execute/execute.hpp"
#include "query/plan/training_plan.hpp"

namespace mc::query {

/// Level of what is loaded: three primes below the top, two that the mask brings and one that the seal's scale has too
/// many.
fhe::Level loaded_level(const fhe::Params& params);

class ColumnLoader {
 public:
  /// Keeps references. Thread-safe after construction.
  ColumnLoader(std::span<const OwnerSlots> owners, const Vault& vault, const Workbench& bench)
      : owners_(owners), vault_(vault), bench_(bench) {}

  /// sum of factor * feature over one block, at loaded_level and exactly `scale`.
  ///   noise   that of the seal, times the factors; one rescaling
  ///   errors  kCorrupt when a ciphertext is not sealed as agreed; whatever the vault says, with owner and feature
  Result<fhe::Ciphertext> load(const FeatureColumn& column, std::uint32_t block, const fhe::Scale& scale) const;

 private:
  std::span<const OwnerSlots> owners_;
  const Vault& vault_;
  const Workbench& bench_;
};

}  // namespace mc::query
