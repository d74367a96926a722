// SPDX-License-Identifier: Apache-2.0
#include "protocol/statement.hpp"

#include <algorithm>

#include "base/parallel_hash.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kStatementDomain = "medcommons/statement/v1";

}  // namespace

Hash256 hash_share(ByteView bytes) {
  return parallel_hash("medcommons/share/v1", bytes);
}

Hash256 statement_digest(const Statement& statement) {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(statement.kind));
  writer.u8(statement.custodian.value);
  writer.u32(statement.epoch.value);
  writer.hash(statement.subject);
  writer.hash(statement.public_part);
  write_piece_hashes(writer, statement.hashes);
  return Sha256("medcommons/statement/digest/v1").update(writer.bytes()).finish();
}

void sign_statement(const CustodianSigner& identity, Statement& statement) {
  statement.signature = identity.sign(kStatementDomain, statement_digest(statement));
}

bool verify_statement(const PublicIdentity& identity, const Statement& statement) {
  return verify_signature(identity, kStatementDomain, statement_digest(statement), statement.signature);
}

Status check_statement(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                       const Statement& statement, std::string_view what) {
  MC_CHECK(identities.size() == shape.custodians());
  const std::string name = std::string(what) + " of custodian " + std::to_string(statement.custodian.value);
  if (!shape.is_custodian(statement.custodian)) {
    return fail(Code::kRefused, name + ": no such custodian in a " + shape.text() + " committee");
  }
  if (!verify_statement(identities[statement.custodian.value], statement)) {
    return fail(Code::kRefused, name + " is not signed by it");
  }
  if (!std::ranges::equal(statement.hashes, shape.pieces_of(statement.custodian), {}, &PieceHash::piece)) {
    return fail(Code::kCorrupt, name + " does not answer for exactly the pieces that it holds");
  }
  return {};
}

void write_statement(Writer& writer, const Statement& statement) {
  writer.u8(statement.custodian.value);
  writer.hash(statement.public_part);
  write_piece_hashes(writer, statement.hashes);
  writer.raw(statement.signature);
}

Result<Statement> read_statement(Reader& reader, Statement::Kind kind, Epoch epoch, const Hash256& subject) {
  Statement statement{kind, {}, epoch, subject, {}, {}, {}};
  MC_TRY(const std::uint8_t custodian, reader.u8());
  statement.custodian = CustodianId(custodian);
  MC_TRY(statement.public_part, reader.hash());
  MC_TRY(statement.hashes, read_piece_hashes(reader));
  MC_TRY(statement.signature, read_signature(reader));
  return statement;
}

void write_piece_hashes(Writer& writer, std::span<const PieceHash> hashes) {
  writer.u32(static_cast<std::uint32_t>(hashes.size()));
  for (const PieceHash& entry : hashes) {
    writer.u64(entry.piece.value);
    writer.hash(entry.hash);
  }
}

Result<std::vector<PieceHash>> read_piece_hashes(Reader& reader) {
  MC_TRY(const std::uint32_t count, reader.count(fhe::kPiecesMax, 8 + 32));
  std::vector<PieceHash> hashes(count);
  for (PieceHash& entry : hashes) {
    MC_TRY(entry.piece.value, reader.u64());
    MC_TRY(entry.hash, reader.hash());
  }
  return hashes;
}

void write_piece_bytes(Writer& writer, std::span<const PieceBytes> bytes) {
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  for (const PieceBytes& entry : bytes) {
    writer.u64(entry.piece.value);
    writer.sized(entry.bytes);
  }
}

Result<std::vector<PieceBytes>> read_piece_bytes(Reader& reader, std::size_t share_bytes_max) {
  MC_TRY(const std::uint32_t count, reader.count(fhe::kPiecesMax, 8 + 4));
  std::vector<PieceBytes> all(count);
  for (PieceBytes& entry : all) {
    MC_TRY(entry.piece.value, reader.u64());
    MC_TRY(const ByteView bytes, reader.sized(share_bytes_max));
    entry.bytes.assign(bytes.begin(), bytes.end());
  }
  return all;
}

Result<Signature> read_signature(Reader& reader) {
  Signature signature;
  MC_TRY(const ByteView bytes, reader.raw(signature.size()));
  std::ranges::copy(bytes, signature.begin());
  return signature;
}

}  // namespace mc::protocol
