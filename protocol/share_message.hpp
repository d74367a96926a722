// SPDX-License-Identifier: Apache-2.0
// A custodian's answer to a release: hashes of the shares of all its pieces and the public heads of the answers,
// signed; and the bytes of the pieces it was asked to send (one holder sends the bytes, the others a signed hash: R8).
#pragma once

#include <vector>

#include "fhe/threshold/release.hpp"
#include "protocol/identity.hpp"

namespace mc::protocol {

struct ShareMessage {
  struct PieceHash {
    fhe::PieceId piece{};
    Hash256 hash;  // SHA-256 of the share's bytes
    friend bool operator==(const PieceHash&, const PieceHash&) = default;
  };
  struct PieceBytes {
    fhe::PieceId piece{};
    Bytes bytes;
    friend bool operator==(const PieceBytes&, const PieceBytes&) = default;
  };
  CustodianId custodian{};
  Epoch epoch{};
  Hash256 authorisation;
  std::vector<fhe::AnswerHead> heads;
  std::vector<PieceHash> hashes;  // all pieces of the custodian, in piece order
  std::vector<PieceBytes> bytes;  // those asked for; not signed, bound by their hash
  Signature signature{};
  friend bool operator==(const ShareMessage&, const ShareMessage&) = default;
};

/// What the signature covers: everything but the bytes and itself.
Hash256 share_message_digest(const ShareMessage& message);
/// Of the heads alone, to compare them across custodians.
Hash256 heads_digest(std::span<const fhe::AnswerHead> heads);

/// Signs in place; verify checks the custodian's own identity.
void sign_share_message(const CustodianSigner& identity, ShareMessage& message);
bool verify_share_message(const PublicIdentity& identity, const ShareMessage& message);

Bytes encode_share_message(const ShareMessage& message);
Result<ShareMessage> decode_share_message(const fhe::Params& params, ByteView bytes);

}  // namespace mc::protocol
