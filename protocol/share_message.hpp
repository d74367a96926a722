// SPDX-License-Identifier: Apache-2.0
// A custodian's answer to a release: hashes of the shares of all its pieces and the public heads of the answers,
// signed; and the bytes of the pieces it was asked to send (one holder sends the bytes, the others a signed hash: R8).
#pragma once

#include <vector>

#include "fhe/threshold/release.hpp"
#include "protocol/statement.hpp"

namespace mc::protocol {

/// What every answer of a custodian begins with.
struct AnswerBeginning {
  CustodianId custodian{};
  Epoch epoch{};
  Hash256 authorisation;
  std::vector<fhe::AnswerHead> heads;
  std::vector<PieceHash> hashes;  // of what all pieces of the custodian say, in piece order
  friend bool operator==(const AnswerBeginning&, const AnswerBeginning&) = default;
};

struct ShareMessage : AnswerBeginning {
  using PieceHash = protocol::PieceHash;
  using PieceBytes = protocol::PieceBytes;
  std::vector<PieceBytes> bytes;  // those asked for; not signed, bound by their hash
  Signature signature{};
  friend bool operator==(const ShareMessage&, const ShareMessage&) = default;
};

/// What is signed: everything but the bytes, the heads as their digest.
Statement statement_of(const ShareMessage& message);
Hash256 heads_digest(std::span<const fhe::AnswerHead> heads);
void write_heads(Writer& writer, std::span<const fhe::AnswerHead> heads);
Result<std::vector<fhe::AnswerHead>> read_heads(Reader& reader, const fhe::Params& params);
/// In the order in which it travels.
void write_beginning(Writer& writer, const AnswerBeginning& beginning);
Result<AnswerBeginning> read_beginning(Reader& reader, const fhe::Params& params);

/// Signs in place; verify checks the custodian's own identity.
void sign_share_message(const CustodianSigner& signer, ShareMessage& message);
bool verify_share_message(const PublicIdentity& identity, const ShareMessage& message);

Bytes encode_share_message(const ShareMessage& message);
Result<ShareMessage> decode_share_message(const fhe::Params& params, ByteView bytes);

}  // namespace mc::protocol
