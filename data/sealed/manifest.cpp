// SPDX-License-Identifier: Apache-2.0
#include "data/sealed/manifest.hpp"

#include <algorithm>
#include <set>

#include "data/packing/slots.hpp"
#include "fhe/threshold/plaintext_proof.hpp"

namespace mc::data {
namespace {

constexpr std::string_view kMagic = "MCMF";
constexpr std::string_view kWhat = "manifest";
// handle length, one byte of handle, block, blob name, size
constexpr std::size_t kEntryBytesMin = 4 + 1 + 4 + 32 + 8;
constexpr std::size_t kProofBytes = 32 + 8;

std::size_t proofs_of(std::size_t entries) {
  return (entries + kManifestEntriesPerProof - 1) / kManifestEntriesPerProof;
}

std::string entry_text(std::string_view handle, std::uint32_t block) {
  return std::string(handle) + ", block " + std::to_string(block);
}

Result<ManifestEntry> read_entry(Reader& reader) {
  ManifestEntry entry;
  MC_TRY(entry.handle, reader.text(kHandleBytesMax));
  if (entry.handle.empty()) return fail(reader.error("an entry without a feature"));
  MC_TRY(entry.block, reader.u32());
  MC_TRY(entry.blob, reader.hash());
  MC_TRY(entry.bytes, reader.u64());
  if (entry.bytes == 0 || entry.bytes > kSealedBytesMax) {
    return fail(Code::kLimit, "manifest: " + entry_text(entry.handle, entry.block) + " has " +
                                  std::to_string(entry.bytes) + " bytes, 1 to " + std::to_string(kSealedBytesMax) +
                                  " are allowed");
  }
  return entry;
}

Result<std::vector<ManifestProof>> read_proofs(Reader& reader, std::size_t wanted) {
  MC_TRY(const std::uint32_t count, reader.count(kManifestEntriesMax, kProofBytes));
  if (count != wanted) {
    return fail(reader.error(std::to_string(count) + " proofs of plaintext knowledge, its entries need " +
                             std::to_string(wanted)));
  }
  std::vector<ManifestProof> proofs(count);
  for (ManifestProof& proof : proofs) {
    MC_TRY(proof.blob, reader.hash());
    MC_TRY(proof.bytes, reader.u64());
    if (proof.bytes == 0 || proof.bytes > fhe::kPlaintextProofBytesMax) {
      return fail(Code::kLimit, "manifest: a proof has " + std::to_string(proof.bytes) + " bytes, 1 to " +
                                    std::to_string(fhe::kPlaintextProofBytesMax) + " are allowed");
    }
  }
  return proofs;
}

Status refuse_repetition(const std::vector<ManifestEntry>& entries) {
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  for (const ManifestEntry& entry : entries) {
    if (!seen.emplace(entry.handle, entry.block).second) {
      return fail(Code::kCorrupt, "manifest: " + entry_text(entry.handle, entry.block) + " comes twice");
    }
  }
  return {};
}

}  // namespace

const ManifestEntry* Manifest::find(std::string_view handle, std::uint32_t block) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const ManifestEntry& entry) {
    return entry.block == block && entry.handle == handle;
  });
  return found == entries.end() ? nullptr : &*found;
}

std::uint64_t Manifest::total_bytes() const {
  std::uint64_t total = 0;
  for (const ManifestEntry& entry : entries) total += entry.bytes;
  for (const ManifestProof& proof : proofs) total += proof.bytes;
  return total;
}

std::span<const ManifestEntry> Manifest::proven_by(std::size_t index) const {
  const std::size_t first = index * kManifestEntriesPerProof;
  MC_CHECK(first < entries.size());
  return std::span(entries).subspan(first, std::min(kManifestEntriesPerProof, entries.size() - first));
}

Bytes encode_manifest(const Manifest& manifest) {
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.u16(manifest.rules.none() ? kManifestVersion : kManifestVersionWithRules);
  writer.text(manifest.dataset);
  writer.raw(manifest.owner);
  writer.hash(manifest.schema);
  writer.hash(manifest.params_id);
  writer.u32(manifest.epoch.value);
  writer.u64(manifest.range.begin);
  writer.u64(manifest.range.count);
  if (!manifest.rules.none()) write_owner_rules(writer, manifest.rules);
  writer.u32(static_cast<std::uint32_t>(manifest.entries.size()));
  for (const ManifestEntry& entry : manifest.entries) {
    writer.text(entry.handle);
    writer.u32(entry.block);
    writer.hash(entry.blob);
    writer.u64(entry.bytes);
  }
  writer.u32(static_cast<std::uint32_t>(manifest.proofs.size()));
  for (const ManifestProof& proof : manifest.proofs) {
    writer.hash(proof.blob);
    writer.u64(proof.bytes);
  }
  return std::move(writer).bytes();
}

Result<Manifest> decode_manifest(ByteView bytes) {
  if (bytes.size() > kManifestBytesMax) {
    return fail(Code::kLimit, "manifest: " + std::to_string(bytes.size()) + " bytes are over the limit of " +
                                  std::to_string(kManifestBytesMax));
  }
  Reader reader(bytes, kWhat);
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (text_of(magic) != kMagic) return fail(Code::kCorrupt, "manifest: it does not begin with MCMF");
  MC_TRY(const std::uint16_t version, reader.u16());
  if (version != kManifestVersion && version != kManifestVersionWithRules) {
    return fail(Code::kUnsupported, "manifest: version " + std::to_string(version) + ", this program reads versions " +
                                        std::to_string(kManifestVersion) + " and " +
                                        std::to_string(kManifestVersionWithRules));
  }
  Manifest manifest;
  MC_TRY(manifest.dataset, reader.text(kDatasetNameBytesMax));
  MC_TRY(const ByteView owner, reader.raw(manifest.owner.size()));
  std::copy(owner.begin(), owner.end(), manifest.owner.begin());
  MC_TRY(manifest.schema, reader.hash());
  MC_TRY(manifest.params_id, reader.hash());
  MC_TRY(const std::uint32_t epoch, reader.u32());
  manifest.epoch = Epoch(epoch);
  MC_TRY(manifest.range.begin, reader.u64());
  MC_TRY(manifest.range.count, reader.u64());
  if (auto status = validate_range(manifest.range); !status) return fail(status.error().within(kWhat));
  if (version == kManifestVersionWithRules) {
    MC_TRY(manifest.rules, read_owner_rules(reader));
  }
  MC_TRY(const std::uint32_t count, reader.count(kManifestEntriesMax, kEntryBytesMin));
  manifest.entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(ManifestEntry entry, read_entry(reader));
    manifest.entries.push_back(std::move(entry));
  }
  MC_TRY(manifest.proofs, read_proofs(reader, proofs_of(manifest.entries.size())));
  MC_TRY_STATUS(reader.finish());
  MC_TRY_STATUS(refuse_repetition(manifest.entries));
  return manifest;
}

Hash256 manifest_hash(const Manifest& manifest) {
  return sha256(encode_manifest(manifest));
}

Status check_manifest(const Manifest& manifest, const Schema& schema, std::size_t slots_per_block) {
  const auto error = [](const std::string& reason) { return fail(Code::kConflict, "manifest: " + reason); };
  if (manifest.schema != schema_hash(schema)) {
    return error("schema " + manifest.schema.hex() + ", wanted " + schema_hash(schema).hex());
  }
  MC_TRY_STATUS(validate_range(manifest.range));
  const BlockSpan span = block_span(manifest.range, slots_per_block);
  std::size_t next = 0;
  for (const Feature& feature : sealed_features(schema)) {
    const std::string wanted = handle(schema, feature);
    for (std::uint64_t number = span.first; number <= span.last; ++number) {
      const auto block = static_cast<std::uint32_t>(number);
      if (next == manifest.entries.size()) return error(entry_text(wanted, block) + " is missing");
      const ManifestEntry& entry = manifest.entries[next++];
      if (entry.handle != wanted || entry.block != block) {
        return error("entry " + std::to_string(next) + " is " + entry_text(entry.handle, entry.block) + ", wanted " +
                     entry_text(wanted, block));
      }
    }
  }
  if (next != manifest.entries.size()) {
    const ManifestEntry& foreign = manifest.entries[next];
    return error(entry_text(foreign.handle, foreign.block) + " does not belong to this schema and range");
  }
  return {};
}

SealedHeader expected_header(const Manifest& manifest, const ManifestEntry& entry, const fhe::Params& params) {
  SealedHeader header = fresh_header(params, manifest.schema, manifest.dataset, manifest.epoch, manifest.owner,
                                     manifest.range, entry.handle, entry.block);
  header.params_id = manifest.params_id;
  return header;
}

}  // namespace mc::data
