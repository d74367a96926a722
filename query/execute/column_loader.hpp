// SPDX-License-Identifier: Apache-2.0
// Sealed features of one block as ciphertexts, each owner's masked to her consenting slots first (R22). The mask is
// encoded at whatever two-prime scale or more brings the feature to the scale that is wanted (R17), and a real factor
// rides on it, so that neither costs a level.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "query/execute/execute.hpp"
#include "query/plan/feature_column.hpp"

namespace mc::query {

/// Primes that loading divides out: the two that the mask brings, and where columns are wanted at the one-prime scale
/// the one that the seal's scale has too many.
inline constexpr std::uint32_t kLoadToOnePrime = 3;
inline constexpr std::uint32_t kLoadToTwoPrimes = 2;

/// Level of what is loaded.
fhe::Level loaded_level(const fhe::Params& params, std::uint32_t primes = kLoadToOnePrime);

class ColumnLoader {
 public:
  /// Keeps references. Thread-safe after construction.
  ColumnLoader(std::span<const OwnerSlots> owners, const Vault& vault, const Workbench& bench,
               std::uint32_t primes = kLoadToOnePrime)
      : ColumnLoader(owners, vault, bench, primes, loaded_level(bench.params, primes)) {}
  /// For columns wanted at a level below that: the limbs between are dropped before anything is computed.
  ColumnLoader(std::span<const OwnerSlots> owners, const Vault& vault, const Workbench& bench, std::uint32_t primes,
               fhe::Level level)
      : owners_(owners), vault_(vault), bench_(bench), primes_(primes), level_(level) {}

  [[nodiscard]] fhe::Level level() const { return level_; }

  /// times * sum of factor * feature over one block, at level() and exactly `scale`; of one owner's records, or of all.
  ///   noise   that of the seal, times the factors; one rescaling
  ///   proven  an even multiple of what is sealed, so that what a proof says of twice a ciphertext holds (0046)
  ///   errors  kCorrupt when a ciphertext is not sealed as agreed; whatever the vault says, with owner and feature
  Result<fhe::Ciphertext> load(const FeatureColumn& column, std::uint32_t block, const fhe::Scale& scale,
                               double times = 1, std::optional<std::size_t> owner = {}) const;

 private:
  std::span<const OwnerSlots> owners_;
  const Vault& vault_;
  const Workbench& bench_;
  std::uint32_t primes_;
  fhe::Level level_;
};

}  // namespace mc::query
