// SPDX-License-Identifier: Apache-2.0
// A key generation verified by somebody who took no part in it: from the board's messages and the chain's commitments
// alone, without any secret, it recomputes every signature, hash, comparison and sum up to the keys and the commitment
// on chain. What only holders can know, that a commitment on chain belongs to the sealed contributions, all holders of
// a piece have confirmed by committing to the same seed. One message at a time is in memory. Pure; the reader does the
// fetching.
#pragma once

#include <functional>

#include "protocol/keygen_record.hpp"

namespace mc::protocol {

/// The board message of one slot, as whoever keeps the board gave it: nothing about it is trusted. kNotFound or
/// kUnavailable when there is none.
using BoardReader = std::function<Result<BoardMessage>(const BoardSlot&)>;

struct VerifiedKeygen {
  fhe::WidePublicKey public_key;
  KeyHashes hashes;
  Hash256 transcript;
  Hash256 commitment;
  std::size_t messages = 0;  // that were verified
  std::uint64_t body_bytes = 0;
};

/// Everything that key generation proves to the public.
///   errors  the first mismatch, with who and what: kRefused; kCorrupt for bytes of another form; kUnavailable when a
///           commitment on chain is missing; the reader's error when a message is
Result<VerifiedKeygen> verify_keygen_transcript(const KeygenSetup& setup, const ChainFacts& facts,
                                                const BoardReader& read);

}  // namespace mc::protocol
