// SPDX-License-Identifier: Apache-2.0
// What travels over the key-generation board: a dumb relay with one slot per (ceremony, round, sender, subject). The
// relay is trusted for nothing: every message is signed, secrets are sealed to their recipient, and a relay that shows
// different things to different custodians only makes the ceremony stop.
#pragma once

#include <compare>
#include <string>

#include "fhe/ckks/params.hpp"
#include "fhe/threshold/committee.hpp"
#include "protocol/identity.hpp"

namespace mc::protocol {

enum class Round : std::uint8_t {
  kContributionCommit = 1,  // subject 0
  kContributionReveal = 2,  // subject: recipient
  kShareCommit = 3,         // subject 0
  kShareReveal = 4,         // subject: piece; item: kPublicKeyItem, kRelinItem
  kRelinCommit = 5,         // subject 0
  kRelinReveal = 6,         // subject: piece
  kGaloisReveal = 7,        // subject: piece; item: which of the setup's Galois elements
  kMigrationCommit = 8,     // subject 0
  kMigrationReveal = 9,     // subject: piece
};
inline constexpr std::uint32_t kPublicKeyItem = 0;
inline constexpr std::uint32_t kRelinItem = 1;

std::string_view round_name(Round round);

/// Where a message stands on the board; one message per slot, the first stays.
struct BoardSlot {
  Round round{};
  CustodianId sender{};
  std::uint64_t subject = 0;
  std::uint32_t item = 0;  // one subject's messages of a round are told apart by it
  friend auto operator<=>(const BoardSlot&, const BoardSlot&) = default;
  /// "share_reveal-0-4-1": safe in a path or URL.
  [[nodiscard]] std::string name() const;
};
/// Inverse of BoardSlot::name; kParse otherwise.
Result<BoardSlot> board_slot_from_name(std::string_view name);

struct BoardMessage {
  Hash256 ceremony;  // hash of the keygen setup: a message of another ceremony is refused
  BoardSlot slot;
  Bytes body;
  Signature signature{};
  friend bool operator==(const BoardMessage&, const BoardMessage&) = default;
};

/// The largest body that a ceremony with these parameters needs (14.2 MiB for `standard`).
std::size_t board_body_bytes_max(const fhe::Params& params, const fhe::CommitteeShape& shape);

/// `body_hash`: sha256(body), which the sender of a large body has at hand.
BoardMessage sign_board_message(const CustodianSigner& sender, const Hash256& ceremony, const BoardSlot& slot,
                                Bytes body, const Hash256& body_hash);
BoardMessage sign_board_message(const CustodianSigner& sender, const Hash256& ceremony, const BoardSlot& slot,
                                Bytes body);
/// `body_hash` as the caller has computed it: a body is hashed once for its signature, its slot and its commitment.
bool verify_board_message(const PublicIdentity& sender, const BoardMessage& message, const Hash256& body_hash);
bool verify_board_message(const PublicIdentity& sender, const BoardMessage& message);

Bytes encode_board_message(const BoardMessage& message);
/// kLimit when the body is larger than `body_bytes_max`.
Result<BoardMessage> decode_board_message(ByteView bytes, std::size_t body_bytes_max);

}  // namespace mc::protocol
