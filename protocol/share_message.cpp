// SPDX-License-Identifier: Apache-2.0
#include "protocol/share_message.hpp"

#include <algorithm>

namespace mc::protocol {
namespace {

constexpr std::string_view kMessageMagic = "MCSM";

}  // namespace

void write_beginning(Writer& writer, const AnswerBeginning& beginning) {
  writer.u8(beginning.custodian.value);
  writer.u32(beginning.epoch.value);
  writer.hash(beginning.authorisation);
  write_heads(writer, beginning.heads);
  write_piece_hashes(writer, beginning.hashes);
}

Result<AnswerBeginning> read_beginning(Reader& reader, const fhe::Params& params) {
  AnswerBeginning beginning;
  MC_TRY(const std::uint8_t custodian, reader.u8());
  beginning.custodian = CustodianId(custodian);
  MC_TRY(const std::uint32_t epoch, reader.u32());
  beginning.epoch = Epoch(epoch);
  MC_TRY(beginning.authorisation, reader.hash());
  MC_TRY(beginning.heads, read_heads(reader, params));
  MC_TRY(beginning.hashes, read_piece_hashes(reader));
  return beginning;
}

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

Statement statement_of(const ShareMessage& message) {
  return {Statement::Kind::kRelease,   message.custodian, message.epoch,    message.authorisation,
          heads_digest(message.heads), message.hashes,    message.signature};
}

Hash256 heads_digest(std::span<const fhe::AnswerHead> heads) {
  Writer writer;
  write_heads(writer, heads);
  return Sha256("medcommons/share/heads/v1").update(writer.bytes()).finish();
}

void sign_share_message(const CustodianSigner& signer, ShareMessage& message) {
  Statement statement = statement_of(message);
  sign_statement(signer, statement);
  message.signature = statement.signature;
}

bool verify_share_message(const PublicIdentity& identity, const ShareMessage& message) {
  return verify_statement(identity, statement_of(message));
}

Bytes encode_share_message(const ShareMessage& message) {
  Writer writer;
  writer.raw(view_of(kMessageMagic));
  write_beginning(writer, message);
  write_piece_bytes(writer, message.bytes);
  writer.raw(message.signature);
  return std::move(writer).bytes();
}

Result<ShareMessage> decode_share_message(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "share message");
  MC_TRY(const ByteView magic, reader.raw(kMessageMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMessageMagic))) return fail(reader.error("not a share message"));
  ShareMessage message;
  MC_TRY(static_cast<AnswerBeginning&>(message), read_beginning(reader, params));
  const std::size_t share_bytes = fhe::release_share_bytes(params, message.heads.size());
  MC_TRY(message.bytes, read_piece_bytes(reader, share_bytes));
  MC_TRY(message.signature, read_signature(reader));
  MC_TRY_STATUS(reader.finish());
  return message;
}

}  // namespace mc::protocol
