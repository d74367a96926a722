// SPDX-License-Identifier: Apache-2.0
// What a custodian signs when it answers: the hash of the share of every piece that it holds. Answers of every kind are
// compared, kept and shown to others as statements; the shares' bytes travel beside them, bound by their hash (R8).
#pragma once

#include <vector>

#include "fhe/threshold/committee.hpp"
#include "protocol/identity.hpp"

namespace mc::protocol {

/// parallel_hash of a share's bytes: a custodian hashes as many as it computes with. Counts travel in boxes, and theirs
/// is plain SHA-256 (count_message.hpp).
Hash256 hash_share(ByteView bytes);

/// Of a share's bytes.
struct PieceHash {
  fhe::PieceId piece{};
  Hash256 hash;
  friend bool operator==(const PieceHash&, const PieceHash&) = default;
};

/// A share's bytes: not signed, bound by their hash.
struct PieceBytes {
  fhe::PieceId piece{};
  Bytes bytes;
  friend bool operator==(const PieceBytes&, const PieceBytes&) = default;
};

struct Statement {
  enum class Kind : std::uint8_t { kRelease = 1, kRefresh = 2, kCounts = 3, kOpening = 4 };
  Kind kind = Kind::kRelease;
  CustodianId custodian{};
  Epoch epoch{};
  Hash256 subject;  // of a release and of counts the authorisation's hash, of a refresh the request's, of an opening
                    // the column's
  Hash256 public_part;            // what all custodians say besides their shares, as one digest
  std::vector<PieceHash> hashes;  // all pieces of the custodian, in piece order
  Signature signature{};
  friend bool operator==(const Statement&, const Statement&) = default;
};

/// What the signature covers: everything but itself.
Hash256 statement_digest(const Statement& statement);
void sign_statement(const CustodianSigner& identity, Statement& statement);
bool verify_statement(const PublicIdentity& identity, const Statement& statement);

/// kRefused unless it is signed by a custodian of this committee; kCorrupt unless it answers for exactly the pieces
/// that she holds. `what` begins the sentence ("share message").
Status check_statement(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                       const Statement& statement, std::string_view what);

/// Without kind, epoch and subject, which several statements may share: custodian, public part, hashes, signature.
void write_statement(Writer& writer, const Statement& statement);
Result<Statement> read_statement(Reader& reader, Statement::Kind kind, Epoch epoch, const Hash256& subject);

// Parts of every message that carries a statement.
void write_piece_hashes(Writer& writer, std::span<const PieceHash> hashes);
Result<std::vector<PieceHash>> read_piece_hashes(Reader& reader);
void write_piece_bytes(Writer& writer, std::span<const PieceBytes> bytes);
/// kLimit for a share of more than `share_bytes_max`.
Result<std::vector<PieceBytes>> read_piece_bytes(Reader& reader, std::size_t share_bytes_max);
Result<Signature> read_signature(Reader& reader);

}  // namespace mc::protocol
