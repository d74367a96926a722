// SPDX-License-Identifier: Apache-2.0
#include "data/sealed/sealed.hpp"

#include <algorithm>

#include "data/packing/slots.hpp"

namespace mc::data {
namespace {

constexpr std::string_view kSealedMagic = "MCSB";
constexpr std::string_view kSealedBlob = "sealed blob";

void write_header(Writer& writer, const SealedHeader& header) {
  writer.raw(view_of(kSealedMagic));
  writer.u16(kSealedVersion);
  writer.hash(header.params_id);
  writer.hash(header.schema);
  writer.text(header.dataset);
  writer.u32(header.epoch.value);
  writer.raw(header.owner);
  writer.text(header.handle);
  writer.u32(header.block);
  writer.u64(header.range.begin);
  writer.u64(header.range.count);
  writer.u32(header.level.value);
  fhe::write_scale(writer, header.scale);
}

Result<SealedHeader> read_header(Reader& reader) {
  MC_TRY(const ByteView magic, reader.raw(kSealedMagic.size()));
  if (text_of(magic) != kSealedMagic) return fail(Code::kCorrupt, "sealed blob: it does not begin with MCSB");
  MC_TRY(const std::uint16_t version, reader.u16());
  if (version != kSealedVersion) {
    return fail(Code::kUnsupported, "sealed blob: version " + std::to_string(version) +
                                        ", this program reads version " + std::to_string(kSealedVersion));
  }
  SealedHeader header;
  MC_TRY(header.params_id, reader.hash());
  MC_TRY(header.schema, reader.hash());
  MC_TRY(header.dataset, reader.text(kDatasetNameBytesMax));
  MC_TRY(const std::uint32_t epoch, reader.u32());
  header.epoch = Epoch(epoch);
  MC_TRY(const ByteView owner, reader.raw(header.owner.size()));
  std::copy(owner.begin(), owner.end(), header.owner.begin());
  MC_TRY(header.handle, reader.text(kHandleBytesMax));
  MC_TRY(header.block, reader.u32());
  MC_TRY(header.range.begin, reader.u64());
  MC_TRY(header.range.count, reader.u64());
  MC_TRY(const std::uint32_t level, reader.u32());
  header.level = fhe::Level(level);
  MC_TRY(header.scale, fhe::read_scale(reader));
  if (auto status = validate_range(header.range); !status) return fail(status.error().within(kSealedBlob));
  return header;
}

// Header and the bytes of the ciphertext, which end the blob.
struct Envelope {
  SealedHeader header;
  ByteView ciphertext;
};

Result<Envelope> read_envelope(ByteView bytes) {
  if (bytes.size() > kSealedBytesMax) {
    return fail(Code::kLimit, "sealed blob: " + std::to_string(bytes.size()) + " bytes are over the limit of " +
                                  std::to_string(kSealedBytesMax));
  }
  Reader reader(bytes, kSealedBlob);
  Envelope envelope;
  MC_TRY(envelope.header, read_header(reader));
  MC_TRY(envelope.ciphertext, reader.sized(kSealedBytesMax));
  MC_TRY_STATUS(reader.finish());
  return envelope;
}

std::string short_hex(const Hash256& hash) {
  return hash.hex().substr(0, 12) + "…";
}

std::string range_text(const SlotRange& range) {
  return std::to_string(range.begin) + " to " + std::to_string(range.begin + range.count - 1);
}

}  // namespace

Hash256 content_hash(ByteView bytes) {
  return sha256(bytes);
}

Bytes encode_sealed(const SealedBlob& blob, const fhe::Params& params) {
  MC_CHECK(blob.header.params_id == params.id());
  MC_CHECK(blob.header.level == blob.ciphertext.level() && blob.header.scale == blob.ciphertext.scale);
  Writer ciphertext;
  fhe::write_ciphertext(ciphertext, blob.ciphertext, params);
  Writer writer;
  write_header(writer, blob.header);
  writer.sized(ciphertext.bytes());
  return std::move(writer).bytes();
}

Result<SealedHeader> read_sealed_header(ByteView bytes) {
  MC_TRY(Envelope envelope, read_envelope(bytes));
  return std::move(envelope.header);
}

Result<SealedBlob> decode_sealed(ByteView bytes, const fhe::Params& params) {
  MC_TRY(Envelope envelope, read_envelope(bytes));
  const SealedHeader& header = envelope.header;
  const std::string place = "sealed blob " + header.handle + ", block " + std::to_string(header.block);
  if (header.params_id != params.id()) {
    return fail(Code::kConflict, place + ": unknown parameter set " + short_hex(header.params_id) + ", wanted " +
                                     params.spec().name + " (" + short_hex(params.id()) + ")");
  }
  if (!block_part(header.range, header.block, params.slot_count())) {
    return fail(Code::kCorrupt, place + ": the owner's slots " + range_text(header.range) + " do not touch this block");
  }
  Reader reader(envelope.ciphertext, place);
  MC_TRY(fhe::Ciphertext ciphertext, fhe::read_ciphertext(reader, params));
  MC_TRY_STATUS(reader.finish());
  ciphertext.epoch = header.epoch;
  if (ciphertext.level() != header.level) {
    return fail(Code::kCorrupt, place + ": the ciphertext has level " + std::to_string(ciphertext.level().value) +
                                    ", its header says " + std::to_string(header.level.value));
  }
  if (ciphertext.scale != header.scale) {
    return fail(Code::kCorrupt, place + ": the ciphertext has scale " + ciphertext.scale.text() + ", its header says " +
                                    header.scale.text());
  }
  return SealedBlob{std::move(envelope.header), std::move(ciphertext)};
}

Status check_header(const SealedHeader& found, const SealedHeader& wanted) {
  const auto differs = [&](const std::string& what, const std::string& has, const std::string& needs) {
    return fail(Code::kConflict, "sealed blob " + wanted.handle + ", block " + std::to_string(wanted.block) + ": " +
                                     what + " " + has + ", wanted " + needs);
  };
  if (found.params_id != wanted.params_id)
    return differs("unknown parameter set", short_hex(found.params_id), short_hex(wanted.params_id));
  if (found.epoch != wanted.epoch)
    return differs("key epoch", std::to_string(found.epoch.value), std::to_string(wanted.epoch.value));
  if (found.schema != wanted.schema) return differs("schema", short_hex(found.schema), short_hex(wanted.schema));
  if (found.dataset != wanted.dataset)
    return differs("data set", "\"" + found.dataset + "\"", "\"" + wanted.dataset + "\"");
  if (found.owner != wanted.owner) return differs("owner", "0x" + to_hex(found.owner), "0x" + to_hex(wanted.owner));
  if (found.handle != wanted.handle) return differs("feature", "\"" + found.handle + "\"", "\"" + wanted.handle + "\"");
  if (found.block != wanted.block) return differs("block", std::to_string(found.block), std::to_string(wanted.block));
  if (found.range != wanted.range) return differs("slots", range_text(found.range), range_text(wanted.range));
  if (found.level != wanted.level)
    return differs("level", std::to_string(found.level.value), std::to_string(wanted.level.value));
  if (found.scale != wanted.scale) return differs("scale", found.scale.text(), wanted.scale.text());
  return {};
}

Result<SealedBlob> open_blob(ByteView bytes, const Hash256& name, const SealedHeader& wanted,
                             const fhe::Params& params) {
  const Hash256 found = content_hash(bytes);
  if (found != name) {
    return fail(Code::kCorrupt, "sealed blob " + wanted.handle + ", block " + std::to_string(wanted.block) + ": its " +
                                    std::to_string(bytes.size()) + " bytes hash to " + short_hex(found) +
                                    ", not to its name " + short_hex(name) + ": truncated or altered");
  }
  MC_TRY(const SealedHeader header, read_sealed_header(bytes));
  MC_TRY_STATUS(check_header(header, wanted));
  return decode_sealed(bytes, params);
}

SealedHeader fresh_header(const fhe::Params& params, const Hash256& schema, std::string dataset, Epoch epoch,
                          const OwnerAddress& owner, const SlotRange& range, std::string handle, std::uint32_t block) {
  return SealedHeader{params.id(),
                      schema,
                      std::move(dataset),
                      epoch,
                      owner,
                      std::move(handle),
                      block,
                      range,
                      params.top_level(),
                      fhe::Scale::power_of_two(fhe::kSealScaleLog2)};
}

Result<SealedBlock> seal_block(const SealedHeader& header, std::span<const double> row_values,
                               const fhe::Params& params, const fhe::Encoder& encoder, const fhe::PublicKey& key,
                               KeyStream& stream) {
  MC_TRY_STATUS(validate_range(header.range));
  const auto part = block_part(header.range, header.block, params.slot_count());
  const std::size_t wanted = part ? part->row_count : 0;
  if (!part || row_values.size() != wanted) {
    return fail(Code::kInvalidArgument, "sealing " + header.handle + ": block " + std::to_string(header.block) +
                                            " holds " + std::to_string(wanted) + " rows of the owner, " +
                                            std::to_string(row_values.size()) + " values are given");
  }
  std::vector<double> slots(part->slot_offset + row_values.size(), 0.0);
  std::copy(row_values.begin(), row_values.end(), slots.begin() + static_cast<std::ptrdiff_t>(part->slot_offset));
  MC_TRY(const fhe::Plaintext plaintext, encoder.encode(slots, header.level, header.scale));
  MC_TRY(fhe::WitnessedCiphertext made, fhe::encrypt_with_witness(params, key, plaintext, stream));
  return SealedBlock{encode_sealed({header, std::move(made.ciphertext)}, params), std::move(made.witness)};
}

}  // namespace mc::data
