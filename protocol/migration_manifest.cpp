// SPDX-License-Identifier: Apache-2.0
#include "protocol/migration_manifest.hpp"

#include <algorithm>

namespace mc::protocol {
namespace {

constexpr std::string_view kManifestMagic = "MCMM";
constexpr std::string_view kWhat = "migration manifest";
constexpr std::string_view kManifestDomain = "medcommons/migration-manifest/v1";

Bytes signed_bytes(const MigrationManifest& manifest) {
  Writer writer;
  writer.reserve(256 + 64 * manifest.blobs.size());
  writer.raw(view_of(kManifestMagic));
  writer.hash(manifest.ceremony);
  writer.u32(manifest.from.value);
  writer.u32(manifest.to.value);
  writer.hash(manifest.key);
  writer.u32(static_cast<std::uint32_t>(manifest.blobs.size()));
  for (const auto& [before, after] : manifest.blobs) {
    writer.hash(before);
    writer.hash(after);
  }
  writer.raw(encode_public_identity(manifest.signer));
  return std::move(writer).bytes();
}

bool is_in_order(const std::vector<MigratedBlob>& blobs) {
  return std::ranges::adjacent_find(blobs, std::greater_equal<>{}, &MigratedBlob::before) == blobs.end();
}

}  // namespace

MigrationManifest sign_migration_manifest(const CustodianIdentity& identity, MigrationManifest manifest) {
  MC_CHECK(is_in_order(manifest.blobs));
  manifest.signer = identity.public_identity();
  manifest.signature = identity.sign(kManifestDomain, sha256(signed_bytes(manifest)));
  return manifest;
}

bool verify_migration_signature(const MigrationManifest& manifest) {
  return verify_signature(manifest.signer, kManifestDomain, sha256(signed_bytes(manifest)), manifest.signature);
}

Bytes encode_migration_manifest(const MigrationManifest& manifest) {
  Bytes bytes = signed_bytes(manifest);
  bytes.insert(bytes.end(), manifest.signature.begin(), manifest.signature.end());
  return bytes;
}

Result<MigrationManifest> decode_migration_manifest(ByteView bytes) {
  if (bytes.size() > kMigrationManifestBytesMax) {
    return fail(Code::kLimit, std::string(kWhat) + ": " + std::to_string(bytes.size()) + " bytes, the limit is " +
                                  std::to_string(kMigrationManifestBytesMax));
  }
  Reader reader(bytes, kWhat);
  MC_TRY(const ByteView magic, reader.raw(kManifestMagic.size()));
  if (!std::ranges::equal(magic, view_of(kManifestMagic))) return fail(reader.error("not a migration manifest"));
  MigrationManifest manifest;
  MC_TRY(manifest.ceremony, reader.hash());
  MC_TRY(const std::uint32_t from, reader.u32());
  MC_TRY(const std::uint32_t to, reader.u32());
  if (to <= from) {
    return fail(reader.error("it leads from key epoch " + std::to_string(from) + " to epoch " + std::to_string(to)));
  }
  manifest.from = Epoch(from);
  manifest.to = Epoch(to);
  MC_TRY(manifest.key, reader.hash());
  MC_TRY(const std::uint32_t count, reader.count(kMigratedBlobsMax, 64));
  manifest.blobs.resize(count);
  for (MigratedBlob& blob : manifest.blobs) {
    MC_TRY(blob.before, reader.hash());
    MC_TRY(blob.after, reader.hash());
  }
  if (!is_in_order(manifest.blobs)) return fail(reader.error("its blobs are not in order, each once"));
  MC_TRY(const ByteView signer, reader.raw(kPublicIdentityBytes));
  MC_TRY(manifest.signer, decode_public_identity(signer));
  MC_TRY(const ByteView signature, reader.raw(manifest.signature.size()));
  std::ranges::copy(signature, manifest.signature.begin());
  MC_TRY_STATUS(reader.finish());
  return manifest;
}

bool names_all(const MigrationManifest& manifest, const std::set<Hash256>& blobs) {
  return std::ranges::includes(manifest.blobs, blobs, {}, &MigratedBlob::before);
}

Result<Bytes> carry_blob(ByteView bytes, const Hash256& name, const fhe::Migration& migration,
                         const fhe::Params& params) {
  const Hash256 found = data::content_hash(bytes);
  if (found != name) {
    return fail(Code::kCorrupt, "the sealed blob " + name.hex() + ": its " + std::to_string(bytes.size()) +
                                    " bytes hash to " + found.hex());
  }
  MC_TRY(data::SealedBlob blob, data::decode_sealed(bytes, params));
  MC_TRY(blob.ciphertext, migration.carry(blob.ciphertext));
  blob.header.epoch = migration.to();
  return data::encode_sealed(blob, params);
}

Status verify_migration_manifest(const MigrationManifest& manifest, const MigrationAudit& audit,
                                 const fhe::Migration& migration, const fhe::Params& params,
                                 const std::function<Result<Bytes>(const Hash256&)>& old_blob) {
  const auto refused = [](const std::string& what) { return fail(Code::kRefused, std::string(kWhat) + ": " + what); };
  if (!verify_migration_signature(manifest)) return refused("its signature is not its signer's");
  if (manifest.ceremony != audit.ceremony) return refused("it belongs to ceremony " + manifest.ceremony.hex());
  if (manifest.from != migration.from() || manifest.to != migration.to() || manifest.key != audit.key) {
    return refused("it was made with the key " + manifest.key.hex() + " from epoch " +
                   std::to_string(manifest.from.value) + " to epoch " + std::to_string(manifest.to.value) +
                   ", the migration's key is " + audit.key.hex());
  }
  for (const MigratedBlob& blob : manifest.blobs) {
    if (!audit.live.contains(blob.before) && !audit.left.contains(blob.before)) {
      return refused("the blob " + blob.before.hex() + " was erased or never belonged to the old epoch");
    }
  }
  for (const Hash256& name : audit.live) {
    if (!std::ranges::binary_search(manifest.blobs, name, {}, &MigratedBlob::before)) {
      return refused("the blob " + name.hex() + " was left behind");
    }
  }
  for (const auto& [before, after] : manifest.blobs) {
    MC_TRY(const Bytes bytes, old_blob(before));
    MC_TRY(const Bytes carried, carry_blob(bytes, before, migration, params));
    const Hash256 found = sha256(carried);
    if (found != after) {
      return refused("the blob " + before.hex() + " becomes " + found.hex() + ", not " + after.hex());
    }
  }
  return {};
}

}  // namespace mc::protocol
