// SPDX-License-Identifier: Apache-2.0
// Which stored blob became which when a commons moved to a new committee's key (R12). A node carries every blob over
// and signs the list; anybody who has the switching key and the old blobs carries them over again and compares, for the
// carrying is integer arithmetic and has one outcome (R25). What was erased is not in the list.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "data/sealed/sealed.hpp"
#include "fhe/threshold/migration.hpp"
#include "protocol/identity.hpp"

namespace mc::protocol {

inline constexpr std::size_t kMigratedBlobsMax = 4'000'000;
inline constexpr std::size_t kMigrationManifestBytesMax = std::size_t{256} << 20;

struct MigratedBlob {
  Hash256 before, after;  // names, that is SHA-256 of the bytes
  friend auto operator<=>(const MigratedBlob&, const MigratedBlob&) = default;
};

struct MigrationManifest {
  Hash256 ceremony;  // ApprovedMigration::ceremony: both committees and their keys
  Epoch from, to;
  Hash256 key;                      // hash_migration_key
  std::vector<MigratedBlob> blobs;  // ascending by `before`, each once
  PublicIdentity signer;
  Signature signature{};  // over everything above and the signer
  friend bool operator==(const MigrationManifest&, const MigrationManifest&) = default;
};

/// REQUIRES blobs in order. Signs as `identity`.
MigrationManifest sign_migration_manifest(const CustodianIdentity& identity, MigrationManifest manifest);
/// True when the signer named in it has signed it; who may sign is the reader's to know.
bool verify_migration_signature(const MigrationManifest& manifest);

Bytes encode_migration_manifest(const MigrationManifest& manifest);
/// Strict: epochs ascend, blobs ascend by `before`, no trailing bytes.
Result<MigrationManifest> decode_migration_manifest(ByteView bytes);

/// Whether each of these is on the list, by its name before the move.
bool names_all(const MigrationManifest& manifest, const std::set<Hash256>& blobs);

/// A sealed blob under the new key: the same header but for the epoch, the same message.
///   errors  kCorrupt when the bytes do not hash to `name` or are no sealed blob; kInvalidArgument for a blob of
///   another
///           epoch than the migration's
Result<Bytes> carry_blob(ByteView bytes, const Hash256& name, const fhe::Migration& migration,
                         const fhe::Params& params);

/// What re-execution is told: the key as verify_migration gave it, and what the old epoch had.
struct MigrationAudit {
  Hash256 ceremony;
  Hash256 key;             // hash_migration_key of the recomputed key
  std::set<Hash256> live;  // every blob of the old epoch that has to be there: of manifests on chain that take part
  std::set<Hash256> left;  // may be there: its owner left, before the move or after it
};

/// Carries every blob over again and compares.
///   errors  kRefused naming the first thing that differs: signature, ceremony, key, a blob that is missing, that was
///           erased or never was there, or that came out otherwise; the reader's error when a blob cannot be had
Status verify_migration_manifest(const MigrationManifest& manifest, const MigrationAudit& audit,
                                 const fhe::Migration& migration, const fhe::Params& params,
                                 const std::function<Result<Bytes>(const Hash256&)>& old_blob);

}  // namespace mc::protocol
