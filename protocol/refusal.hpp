// SPDX-License-Identifier: Apache-2.0
// Why a custodian refuses, as a word that programs can test. A refusal's sentence begins with the word and a colon, so
// that the word travels wherever the sentence does: over HTTP, into the journal, onto the requester's terminal.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mc::protocol {

enum class Refusal : std::uint8_t {
  kMalformedRequest,        // cut, flipped, or not a release call at all
  kNotReady,                // the custodian has no pieces yet
  kWrongEpoch,              // authorisation or pieces of another key epoch
  kAnswerShapeDiffers,      // count, parts or level of the answers
  kResultDiffers,           // not what this custodian recomputed (R7)
  kFloodingTooSmall,        // below what the own noise bound demands, or above what exists (R15)
  kRequesterKeyDiffers,     // not the key that was authorised
  kRequesterKeyUnproven,    // wrong shape, another study's, the collective key, or without proof of possession (R10)
  kSecondSigma,             // one sigma per multiplicand (R5)
  kReleasesExhausted,       // tau of R15
  kPieceNotHeld,            // bytes of a piece that this custodian does not hold
  kMultiplicandUnrecorded,  // the chain does not say when this ciphertext was first opened (R11)
  kWindowClosed,            // the release key of that day is erased (R11)
  kChainTimeBackwards,      // the final chain is earlier than it was
  kChainTimeJump,           // the final chain is many days later than a moment ago
  kRateLimited,             // too many calls for one study
  kStaleEpoch,              // the chain's committee in office is another one (R12)
  kRefreshMapInvalid,       // count, parts, level or epoch of a refresh's inputs, or its map (R14)
  kNoHeadroom,              // a mask does not fit beneath the modulus that is left (R14)
  kMaskTooNarrow,           // below what the own bound of the value demands (R14)
  kInputsDiffer,            // a refresh of ciphertexts that this custodian did not compute (R7)
  kNodeBusy,                // more calls wait for a worker than there is room for: ask again
  kBeingExecuted,           // somebody else's call executes it, or its turn has not come: nothing is refused, ask again
};

/// The word, e.g. "window_closed".
std::string_view refusal_name(Refusal refusal);

/// An error whose sentence begins with the reason's word.
tl::unexpected<Error> refuse(Refusal refusal, Code code, const std::string& sentence);

/// The word with which the sentence begins; the code's own name when it begins with none.
std::string_view reason_of(const Error& error);

}  // namespace mc::protocol
