// SPDX-License-Identifier: Apache-2.0
#include "protocol/count_message.hpp"

#include <algorithm>
#include <map>

#include "protocol/comparison.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCCM";
constexpr std::string_view kKeyMagic = "MCCK";
constexpr std::string_view kKeyDomain = "medcommons/count-key/v1";
constexpr std::size_t kCountBytes = 8 * fhe::kReleaseBasis.q_limbs;
constexpr std::size_t kPieceBytesMax = 64 + fhe::kAnswersMax * kCountBytes;
constexpr std::size_t kBoxBytesMax = kSealBytes + fhe::kPiecesMax * kPieceBytesMax;
constexpr std::size_t kBoxesMax = 256;

Hash256 key_digest(const CountKey& key) {
  Writer writer;
  writer.u8(key.custodian.value);
  writer.u32(key.epoch.value);
  writer.raw(key.box_key);
  return sha256(writer.bytes());
}

// A Writer would leave copies behind.
void append_word(SecretBytes& bytes, std::uint64_t word, int size = 8) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
}

SecretBytes secret_bytes(const OpenedPiece& opened) {
  SecretBytes bytes;
  bytes.reserve(8 + opened.counts.size() * kCountBytes);
  const auto put = [&](std::uint64_t word) { append_word(bytes, word); };
  put(opened.piece.value);
  for (const fhe::OpenedCoefficient& count : opened.counts) {
    for (const std::uint64_t residue : count.residues) put(residue);
  }
  return bytes;
}

/// The pieces in a box for us, each as long as it must be.
Result<std::vector<OpenedPiece>> read_pieces(const CountContext& context, ByteView bytes) {
  Reader reader(bytes, "counts in a box");
  MC_TRY(const std::uint32_t pieces_in_it, reader.count(fhe::kPiecesMax, 8 + context.counts * kCountBytes));
  std::vector<OpenedPiece> pieces;
  for (std::uint32_t k = 0; k < pieces_in_it; ++k) {
    OpenedPiece piece;
    MC_TRY(const std::uint64_t id, reader.u64());
    piece.piece = fhe::PieceId(id);
    for (std::size_t i = 0; i < context.counts; ++i) {
      fhe::OpenedCoefficient count;
      for (std::size_t limb = 0; limb < count.residues.size(); ++limb) {
        MC_TRY(count.residues[limb], reader.u64());
        if (count.residues[limb] >= context.params.q()[limb]) {
          return fail(reader.error("a residue of a count is not below its prime"));
        }
      }
      piece.counts.push_back(count);
    }
    pieces.push_back(std::move(piece));
  }
  MC_TRY_STATUS(reader.finish());
  return pieces;
}

Status check_message(const CountContext& context, const CountMessage& message) {
  MC_TRY_STATUS(check_statement(context.shape, context.identities, statement_of(message), "count message"));
  const std::string name = "count message of custodian " + std::to_string(message.custodian.value);
  if (message.epoch != context.epoch || message.authorisation != context.authorisation) {
    return fail(Code::kRefused, name + " is about authorisation " + message.authorisation.hex() + ", expected " +
                                    context.authorisation.hex());
  }
  if (message.heads.size() == context.counts) return {};
  return fail(Code::kCorrupt, name + " has " + std::to_string(message.heads.size()) + " counts, authorised are " +
                                  std::to_string(context.counts));
}

}  // namespace

CustodianIdentity count_identity(const SecretKey256& secret) {
  return {secret, derive_key(secret, "medcommons/count-box/v1", {})};
}

CountKey make_count_key(const CustodianIdentity& identity, CustodianId custodian, Epoch epoch) {
  CountKey key{custodian, epoch, identity.public_identity().box_key, {}};
  key.signature = identity.sign(kKeyDomain, key_digest(key));
  return key;
}

Status check_count_keys(std::span<const PublicIdentity> identities, Epoch epoch, std::span<const CountKey> keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::uint8_t custodian = keys[i].custodian.value;
    if (custodian >= identities.size() || (i != 0 && custodian <= keys[i - 1].custodian.value) ||
        keys[i].epoch != epoch ||
        !verify_signature(identities[custodian], kKeyDomain, key_digest(keys[i]), keys[i].signature)) {
      return fail(Code::kRefused, "the key for counts of custodian " + std::to_string(custodian) +
                                      " is not signed by it for this epoch");
    }
  }
  return {};
}

Bytes encode_count_key(const CountKey& key) {
  Writer writer;
  writer.raw(view_of(kKeyMagic));
  writer.u8(key.custodian.value);
  writer.u32(key.epoch.value);
  writer.raw(key.box_key);
  writer.raw(key.signature);
  return std::move(writer).bytes();
}

Result<CountKey> decode_count_key(ByteView bytes) {
  Reader reader(bytes, "key for counts");
  MC_TRY(const ByteView magic, reader.raw(kKeyMagic.size()));
  if (!std::ranges::equal(magic, view_of(kKeyMagic))) return fail(reader.error("not a key for counts"));
  CountKey key;
  MC_TRY(const std::uint8_t custodian, reader.u8());
  key.custodian = CustodianId(custodian);
  MC_TRY(const std::uint32_t epoch, reader.u32());
  key.epoch = Epoch(epoch);
  MC_TRY(const ByteView box_key, reader.raw(key.box_key.size()));
  std::ranges::copy(box_key, key.box_key.begin());
  MC_TRY(key.signature, read_signature(reader));
  MC_TRY_STATUS(reader.finish());
  return key;
}

Statement statement_of(const CountMessage& message) {
  return {Statement::Kind::kCounts,    message.custodian, message.epoch,    message.authorisation,
          heads_digest(message.heads), message.hashes,    message.signature};
}

Bytes encode_count_message(const CountMessage& message) {
  Writer writer;
  writer.raw(view_of(kMagic));
  write_beginning(writer, message);
  writer.u32(static_cast<std::uint32_t>(message.boxes.size()));
  for (const CountBox& box : message.boxes) {
    writer.u8(box.recipient.value);
    writer.sized(box.box);
  }
  writer.raw(message.signature);
  return std::move(writer).bytes();
}

Result<CountMessage> decode_count_message(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "count message");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not a count message"));
  CountMessage message;
  MC_TRY(static_cast<AnswerBeginning&>(message), read_beginning(reader, params));
  MC_TRY(const std::uint32_t boxes, reader.count(kBoxesMax, 1 + 4));
  for (std::uint32_t i = 0; i < boxes; ++i) {
    MC_TRY(const std::uint8_t recipient, reader.u8());
    MC_TRY(const ByteView box, reader.sized(kBoxBytesMax));
    message.boxes.push_back({CustodianId(recipient), Bytes(box.begin(), box.end())});
  }
  MC_TRY(message.signature, read_signature(reader));
  MC_TRY_STATUS(reader.finish());
  return message;
}

Result<CountMessage> make_count_message(const CustodianIdentity& identity, CountMessage head,
                                        std::span<const OpenedPiece> pieces, std::span<const CountKey> keys) {
  CountMessage message = std::move(head);
  SecretBytes content;
  append_word(content, pieces.size(), 4);
  for (const OpenedPiece& piece : pieces) {
    const SecretBytes bytes = secret_bytes(piece);
    message.hashes.push_back({piece.piece, sha256(bytes)});
    content.insert(content.end(), bytes.begin(), bytes.end());
  }
  for (const CountKey& key : keys) {
    PublicIdentity recipient;
    recipient.box_key = key.box_key;
    MC_TRY(Bytes box, identity.seal(recipient, content));
    message.boxes.push_back({key.custodian, std::move(box)});
  }
  Statement statement = statement_of(message);
  sign_statement(identity, statement);
  message.signature = statement.signature;
  return message;
}

Result<std::vector<double>> open_counts(const CountContext& context, const CustodianIdentity& self,
                                        CustodianId custodian, std::span<const CountMessage> messages) {
  std::vector<Statement> statements;
  std::map<fhe::PieceId, OpenedPiece> opened;
  for (const CountMessage& message : messages) {
    MC_TRY_STATUS(check_message(context, message));
    statements.push_back(statement_of(message));
    const auto box = std::ranges::find(message.boxes, custodian, &CountBox::recipient);
    const std::string name = "count message of custodian " + std::to_string(message.custodian.value);
    if (box == message.boxes.end()) return fail(Code::kRefused, name + " has no box for this custodian");
    MC_TRY(const SecretBytes content, self.open(box->box));
    MC_TRY(std::vector<OpenedPiece> pieces, read_pieces(context, content));
    for (OpenedPiece& piece : pieces) {
      const auto signed_hash = std::ranges::find(message.hashes, piece.piece, &PieceHash::piece);
      if (signed_hash == message.hashes.end() || sha256(secret_bytes(piece)) != signed_hash->hash) {
        return fail(Code::kRefused, name + ": its box holds other values than it signed");
      }
      opened.insert_or_assign(piece.piece, std::move(piece));
    }
  }
  MC_TRY(const Comparison comparison, compare(context.shape, statements));
  MC_TRY_STATUS(check_all_pieces_answered(context.shape, comparison.verdict.answered));
  if (comparison.verdict.assurance != Assurance::kVerified) {
    return fail(Code::kRefused, comparison.verdict.assurance == Assurance::kDisputed
                                    ? std::string("the custodians contradict each other about the counts")
                                    : "only " + std::to_string(comparison.verdict.answered.size()) +
                                          " custodians spoke of the counts, a lie is seen with " +
                                          std::to_string(2 * context.shape.threshold() - 1) +
                                          "; ask when the others are back");
  }
  const std::vector<fhe::AnswerHead>* heads = nullptr;
  for (const CountMessage& message : messages) {
    if (heads_digest(message.heads) == *comparison.public_part) heads = &message.heads;
  }
  // Every message's box has been found to hold what its sender signed, and all of them signed the same.
  std::vector<double> means;
  for (std::size_t i = 0; i < context.counts; ++i) {
    std::vector<std::uint64_t> sum = (*heads)[i].constant;
    for (const auto& [piece, hash] : comparison.agreed) {
      const auto found = opened.find(piece);
      if (found == opened.end()) {
        return fail(Code::kRefused, "nobody sent the counts of the " + fhe::piece_text(piece));
      }
      for (std::size_t limb = 0; limb < sum.size(); ++limb) {
        sum[limb] = (sum[limb] + found->second.counts[i].residues[limb]) % context.params.q()[limb];
      }
    }
    MC_TRY(const double mean, context.encoder.decode_mean(sum, (*heads)[i].scale));
    means.push_back(mean);
  }
  return means;
}

}  // namespace mc::protocol
