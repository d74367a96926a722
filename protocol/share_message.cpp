// SPDX-License-Identifier: Apache-2.0
#include "protocol/share_message.hpp"

#include <algorithm>

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCSM";
constexpr std::string_view kSignatureDomain = "medcommons/share/v1";

void write_heads(Writer& writer, std::span<const fhe::AnswerHead> heads) {
  writer.u32(static_cast<std::uint32_t>(heads.size()));
  for (const fhe::AnswerHead& head : heads) {
    fhe::write_scale(writer, head.scale);
    for (const std::uint64_t residue : head.constant) writer.u64(residue);
  }
}

Result<std::vector<fhe::AnswerHead>> read_heads(Reader& reader, const fhe::Params& params) {
  constexpr std::size_t kResidueBytes = 8 * fhe::kReleaseBasis.q_limbs;
  MC_TRY(const std::uint32_t count, reader.count(fhe::kAnswersMax, kResidueBytes));
  std::vector<fhe::AnswerHead> heads;
  for (std::uint32_t i = 0; i < count; ++i) {
    fhe::AnswerHead head;
    MC_TRY(head.scale, fhe::read_scale(reader));
    for (std::uint32_t limb = 0; limb < fhe::kReleaseBasis.q_limbs; ++limb) {
      MC_TRY(const std::uint64_t residue, reader.u64());
      if (residue >= params.q()[limb]) return fail(reader.error("a residue of a head is not below its prime"));
      head.constant.push_back(residue);
    }
    heads.push_back(std::move(head));
  }
  return heads;
}

// Everything that is signed, in the order in which it travels.
void write_signed_part(Writer& writer, const ShareMessage& message) {
  writer.u8(message.custodian.value);
  writer.u32(message.epoch.value);
  writer.hash(message.authorisation);
  write_heads(writer, message.heads);
  writer.u32(static_cast<std::uint32_t>(message.hashes.size()));
  for (const ShareMessage::PieceHash& entry : message.hashes) {
    writer.u64(entry.piece.value);
    writer.hash(entry.hash);
  }
}

}  // namespace

Hash256 share_message_digest(const ShareMessage& message) {
  Writer writer;
  write_signed_part(writer, message);
  return Sha256("medcommons/share/message/v1").update(writer.bytes()).finish();
}

Hash256 heads_digest(std::span<const fhe::AnswerHead> heads) {
  Writer writer;
  write_heads(writer, heads);
  return Sha256("medcommons/share/heads/v1").update(writer.bytes()).finish();
}

void sign_share_message(const CustodianSigner& identity, ShareMessage& message) {
  message.signature = identity.sign(kSignatureDomain, share_message_digest(message));
}

bool verify_share_message(const PublicIdentity& identity, const ShareMessage& message) {
  return verify_signature(identity, kSignatureDomain, share_message_digest(message), message.signature);
}

Bytes encode_share_message(const ShareMessage& message) {
  Writer writer;
  writer.raw(view_of(kMagic));
  write_signed_part(writer, message);
  writer.u32(static_cast<std::uint32_t>(message.bytes.size()));
  for (const ShareMessage::PieceBytes& entry : message.bytes) {
    writer.u64(entry.piece.value);
    writer.sized(entry.bytes);
  }
  writer.raw(message.signature);
  return std::move(writer).bytes();
}

Result<ShareMessage> decode_share_message(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "share message");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not a share message"));
  ShareMessage message;
  MC_TRY(const std::uint8_t custodian, reader.u8());
  message.custodian = CustodianId(custodian);
  MC_TRY(const std::uint32_t epoch, reader.u32());
  message.epoch = Epoch(epoch);
  MC_TRY(message.authorisation, reader.hash());
  MC_TRY(message.heads, read_heads(reader, params));
  MC_TRY(const std::uint32_t hashes, reader.count(fhe::kPiecesMax, 8 + 32));
  for (std::uint32_t i = 0; i < hashes; ++i) {
    MC_TRY(const std::uint64_t piece, reader.u64());
    MC_TRY(const Hash256 hash, reader.hash());
    message.hashes.push_back({fhe::PieceId(piece), hash});
  }
  const std::size_t share_bytes = fhe::release_share_bytes(params, message.heads.size());
  MC_TRY(const std::uint32_t shares, reader.count(fhe::kPiecesMax, 8 + 4));
  for (std::uint32_t i = 0; i < shares; ++i) {
    MC_TRY(const std::uint64_t piece, reader.u64());
    MC_TRY(const ByteView share, reader.sized(share_bytes));
    message.bytes.push_back({fhe::PieceId(piece), Bytes(share.begin(), share.end())});
  }
  MC_TRY(const ByteView signature, reader.raw(message.signature.size()));
  std::ranges::copy(signature, message.signature.begin());
  MC_TRY_STATUS(reader.finish());
  return message;
}

}  // namespace mc::protocol
