// SPDX-License-Identifier: Apache-2.0
// What one owner uploaded: every blob's feature, block, name and size, and the proofs that she knows what is in them
// (R21), and what she demands of answers. Its hash is what the owner publishes on chain, once.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "data/sealed/owner_rules.hpp"
#include "data/sealed/sealed.hpp"

namespace mc::data {

inline constexpr std::uint16_t kManifestVersion = 2;           // 1 named no proofs
inline constexpr std::uint16_t kManifestVersionWithRules = 3;  // of an owner who demands something
inline constexpr std::size_t kManifestEntriesMax = 1'000'000;
/// A proof is about so many entries in a row, the last one about what is left. One batch of witnesses is what an owner
/// keeps in memory.
inline constexpr std::size_t kManifestEntriesPerProof = 128;
inline constexpr std::size_t kManifestBytesMax = std::size_t{256} << 20;

struct ManifestEntry {
  std::string handle;
  std::uint32_t block = 0;
  Hash256 blob;             // the blob's name
  std::uint64_t bytes = 0;  // its size
  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

struct ManifestProof {
  Hash256 blob;
  std::uint64_t bytes = 0;
  friend bool operator==(const ManifestProof&, const ManifestProof&) = default;
};

struct Manifest {
  std::string dataset;
  OwnerAddress owner{};
  Hash256 schema;
  Hash256 params_id;
  Epoch epoch;
  SlotRange range;                     // one slot per row
  OwnerRules rules{};                  // what she demands of answers
  std::vector<ManifestEntry> entries;  // features in sealed_features' order, blocks ascending within a feature
  std::vector<ManifestProof> proofs;   // of the entries 0 to 127, 128 to 255, …
  friend bool operator==(const Manifest&, const Manifest&) = default;

  /// nullptr when the owner uploaded no such blob.
  [[nodiscard]] const ManifestEntry* find(std::string_view handle, std::uint32_t block) const;
  /// Of all blobs and proofs.
  [[nodiscard]] std::uint64_t total_bytes() const;
  /// The entries that proof `index` is about.
  [[nodiscard]] std::span<const ManifestEntry> proven_by(std::size_t index) const;
};

/// Of an owner who demands nothing, byte for byte what it was before there were rules. REQUIRES check_owner_rules.
Bytes encode_manifest(const Manifest& manifest);
/// Strict: one encoding per manifest, no trailing bytes, no (feature, block) twice, as many proofs as its entries need.
Result<Manifest> decode_manifest(ByteView bytes);
/// SHA-256 of the encoding: the manifest's name in the store and its commitment on chain.
Hash256 manifest_hash(const Manifest& manifest);

/// Refuses a manifest that is not exactly sealed_features(schema) x the range's blocks, in that order, under this
/// schema.
///   errors  kConflict naming the first entry that is missing, foreign or out of place
Status check_manifest(const Manifest& manifest, const Schema& schema, std::size_t slots_per_block);

/// The header that the blob of an entry must have under the named parameters.
SealedHeader expected_header(const Manifest& manifest, const ManifestEntry& entry, const fhe::Params& params);

}  // namespace mc::data
