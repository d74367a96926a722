// SPDX-License-Identifier: Apache-2.0
// The columns that a plan compares with thresholds, computed block by block, and the vault that hands them out beside
// the sealed ones. A run does this first; what follows cannot tell a computed column from a sealed one, and masks it to
// consenting persons once more.
//   secrecy   what is refreshed lies in [-1, 1] by the dictionary's range; the masks are 80 bits wider (R14)
//   noise     query/release/noise follows every step
// Integer arithmetic: everybody who runs it on the same blobs, mask and refreshes gets the same ciphertexts (R25).
#pragma once

#include <compare>
#include <map>
#include <string>

#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"

namespace mc::query {

/// Which records share a polynomial that is refreshed.
enum class RefreshedTogether : std::uint8_t {
  kBlock,  // all owners' of a block
  kOwner,  // one owner's of a block: what she sealed stays with her, whatever it is (docs/design/0040)
};

inline constexpr std::size_t kEveryOwner = static_cast<std::size_t>(-1);
/// Where a computed column is found.
struct ColumnPlace {
  std::string handle;
  std::uint32_t block = 0;
  std::size_t owner = kEveryOwner;
  friend auto operator<=>(const ColumnPlace&, const ColumnPlace&) = default;
};
/// At the top level and the scale of sealed data.
using ComparedColumns = std::map<ColumnPlace, fhe::Ciphertext>;

/// Computes plan.comparisons over all blocks in which somebody consents. `params` is what `bench` refers to.
///   shape   the refresher is called in one fixed order: all comparisons and blocks go step by step together
///   errors  kRefused when nobody consents; kUnsupported for a chain too short; what vault and refresher say
Result<ComparedColumns> compare_columns(std::span<const PlanComparison> comparisons, std::span<const OwnerSlots> owners,
                                        const Vault& vault, const fhe::ParamsPtr& params, const Workbench& bench,
                                        Refresher& refresher, const ProgressFunction& progress = {});

/// Sealed columns from another vault, and computed ones: an owner's own, or one for every owner alike, of which each
/// owner's mask takes her slots.
class VaultWithColumns final : public Vault {
 public:
  /// Keeps references.
  VaultWithColumns(const Vault& sealed, const ComparedColumns& columns) : sealed_(sealed), columns_(columns) {}

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    for (const std::size_t of : {owner, kEveryOwner}) {
      if (const auto found = columns_.find({handle, block, of}); found != columns_.end()) return found->second;
    }
    return sealed_.fetch(owner, handle, block);
  }

 private:
  const Vault& sealed_;
  const ComparedColumns& columns_;
};

}  // namespace mc::query
