// SPDX-License-Identifier: Apache-2.0
// Counts of persons opened to the custodians and to nobody else (R18), before anything of a guarded release is: each
// custodian says what its pieces say to every count, signed as hashes, and the values in boxes that only the custodians
// open. The requester carries the messages and can read none. Every custodian adds up for itself, and believes the sum
// only when enough others said the same that a lie would have been seen (R8).
#pragma once

#include <span>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "protocol/share_message.hpp"

namespace mc::protocol {

/// The X25519 key to which counts are sealed for a custodian. It derives from the identity's secret and lasts as long,
/// for what it opens are counts with noise that have been paid for; the boxes of key generation are others (R11).
struct CountKey {
  CustodianId custodian{};
  Epoch epoch{};
  std::array<std::uint8_t, 32> box_key{};
  Signature signature{};
  friend bool operator==(const CountKey&, const CountKey&) = default;
};

/// The custodian as it opens and seals boxes about counts. `secret`: of its identity.
CustodianIdentity count_identity(const SecretKey256& secret);
CountKey make_count_key(const CustodianIdentity& identity, CustodianId custodian, Epoch epoch);
/// One key for every custodian named, in ascending order, each signed by the identity on chain.
///   errors  kRefused naming the custodian
Status check_count_keys(std::span<const PublicIdentity> identities, Epoch epoch, std::span<const CountKey> keys);

Bytes encode_count_key(const CountKey& key);
Result<CountKey> decode_count_key(ByteView bytes);

struct CountBox {
  CustodianId recipient{};
  Bytes box;
  friend bool operator==(const CountBox&, const CountBox&) = default;
};

struct CountMessage : AnswerBeginning {
  std::vector<CountBox> boxes;  // one for every custodian whose key was given, itself too; not signed
  Signature signature{};
  friend bool operator==(const CountMessage&, const CountMessage&) = default;
};

Statement statement_of(const CountMessage& message);
Bytes encode_count_message(const CountMessage& message);
Result<CountMessage> decode_count_message(const fhe::Params& params, ByteView bytes);

/// What the pieces of one custodian say to the counts: one value per count.
struct OpenedPiece {
  fhe::PieceId piece{};
  fhe::OpenedCoefficients counts;
};

/// Seals what was opened to the owners of `keys` (checked) and signs it. The same input gives the same bytes.
Result<CountMessage> make_count_message(const CustodianIdentity& identity, CountMessage head,
                                        std::span<const OpenedPiece> pieces, std::span<const CountKey> keys);

/// What a custodian knows when it reads.
struct CountContext {
  const fhe::Params& params;
  const fhe::Encoder& encoder;
  const fhe::CommitteeShape& shape;
  std::span<const PublicIdentity> identities;  // by custodian id, from the chain
  Epoch epoch{};
  Hash256 authorisation;
  std::size_t counts = 0;  // how many were authorised
};

/// The mean over the slots of every count, with its noise.
///   errors  kRefused: a message is not signed, about something else, or its box holds other values than it signed; too
///           few custodians answered to see a lie, or they contradict each other; kCorrupt: other pieces or another
///           number of counts
Result<std::vector<double>> open_counts(const CountContext& context, const CustodianIdentity& self,
                                        CustodianId custodian, std::span<const CountMessage> messages);

}  // namespace mc::protocol
