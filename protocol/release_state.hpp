// SPDX-License-Identifier: Apache-2.0
// What a custodian keeps once key generation has finished for all (R11): per piece a key that yields s_M, and the
// release keys of the newest window and of the one before (retries cross midnight). No seed, no contribution, no key
// that opens the sealed contributions on the public board. The bytes are for an encrypted file.
#pragma once

#include <functional>
#include <vector>

#include "fhe/threshold/release_key.hpp"
#include "protocol/custodian_secrets.hpp"

namespace mc::protocol {

/// So many windows may pass between two readings of one process; more is taken for a chain that lies about time, for
/// erasing keys cannot be undone. Ahead of a custodian's own clock by more, nothing is believed at all.
inline constexpr std::uint32_t kWindowsJumpMax = 7;

struct ReleaseState {
  struct Piece {
    fhe::PieceSecretKey secret;
    fhe::PieceSeed previous, newest;  // release keys of window newest - 1 and newest
  };
  fhe::CommitteeShape shape;
  CustodianId custodian{};
  Epoch epoch{};
  Hash256 params_id;
  Hash256 key_commitment;
  fhe::Window newest{};
  SecretKey256 ledger_key;    // seals the opened values in the answer ledger
  std::vector<Piece> pieces;  // of shape.pieces_of(custodian), in that order
};

/// Splits the seeds of a finished key generation; they are wiped with `secrets`. `ceremony_secret`: this custodian's
/// own, from which the ledger key is derived, so that a ceremony walked again gives the same state. REQUIRES window >=
/// 1 and the parameters of the secrets.
ReleaseState make_release_state(const fhe::Params& params, CustodianSecrets secrets,
                                const SecretKey256& ceremony_secret, fhe::Window window);

/// The state some windows later. Earlier keys are overwritten in the copy only: the caller stores it, then replaces the
/// old one. REQUIRES window >= state.newest.
ReleaseState advanced(const ReleaseState& state, fhe::Window window);

/// kConflict unless it is for these parameters and holds exactly the pieces of its custodian and epoch.
Status check_release_state(const fhe::Params& params, const ReleaseState& state);

/// The window of a time, if its keys are there.
///   errors  kRefused window_closed: "WHAT is of day 20780, whose release key this custodian has erased …"
Result<fhe::Window> open_window(const ReleaseState& state, std::uint64_t time_s, const std::string& what);

/// kRefused window_closed, as open_window says it, unless the window's keys are there.
Status check_window_open(const ReleaseState& state, fhe::Window window, const std::string& what);

/// The release key of a window, or null when it is erased or not there yet.
const fhe::PieceSeed* key_of_window(const ReleaseState& state, std::size_t piece, fhe::Window window);

SecretBytes encode_release_state(const ReleaseState& state);
/// kCorrupt with the byte when the bytes were cut or changed (they end in a SHA-256 of themselves), or hold the wrong
/// pieces.
Result<ReleaseState> decode_release_state(ByteView bytes);

}  // namespace mc::protocol
