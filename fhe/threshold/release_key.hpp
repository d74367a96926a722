// SPDX-License-Identifier: Apache-2.0
// What a custodian keeps of a piece once key generation has finished (R11): a key that yields the secret polynomial s_M
// and nothing else, and the release key of a window, from which noise and encryption randomness are drawn. A window is
// a day of chain time; K_{w+1} = PRF(K_w), so whoever holds a later key cannot go back. The seed itself is erased.
// Pure functions; thread-safe.
#pragma once

#include "fhe/threshold/piece.hpp"

namespace mc::fhe {

/// A day of chain time, counted from 1970.
using Window = Strong<struct WindowTag, std::uint32_t>;
inline constexpr std::uint64_t kWindowSeconds = 86'400;
/// "day 20783", as every sentence about windows calls it.
std::string window_text(Window window);
/// The window of a block's time; kInvalidArgument for times past the year 11 million.
Result<Window> window_of(std::uint64_t chain_time_s);

/// PRF(seed_M; "secret"): yields s_M over one parameter set, and no noise.
struct PieceSecretKey {
  PieceId piece{};
  Epoch epoch{};
  SecretKey256 key;
};
PieceSecretKey piece_secret_key(const Params& params, const PieceSeed& seed);

/// s_M over `basis`: the same polynomial as piece_secret of the seed.
SecretPoly piece_secret(const Params& params, const PieceSecretKey& key, Basis basis);

/// What a piece draws from when its committee moves to a new key (migration.hpp): a function of what yields s_M, so
/// that every holder has it whatever day it is. It explains no more than s_M itself does.
PieceSeed migration_key_of(const PieceSecretKey& key);

/// What a piece draws from when columns are opened (column_opening.hpp), by the same token: a column that is opened
/// again on another day must get the same noise, and noise of this width is no secret from whoever has the piece.
PieceSeed opening_key_of(const PieceSecretKey& key);

/// K_w of a piece, as every draw takes it: make_release_share and piece_stream accept it where they accept a seed. All
/// holders compute the same. Cost: one hash per window since 1970, about 10 ms.
PieceSeed release_key(const PieceSeed& seed, Window window);

/// K_from to K_to in place; the earlier key is overwritten. REQUIRES from <= to.
void advance_release_key(PieceSeed& key, Window from, Window to);

}  // namespace mc::fhe
