// SPDX-License-Identifier: Apache-2.0
// One piece of the collective secret: its seed, the commitment to it, its ternary polynomial, and every random draw
// that its shares need. All of it is a function of the seed, so each holder computes identical shares, and a retry
// shows nothing new (R2, R5).
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "fhe/ckks/params.hpp"
#include "fhe/threshold/committee.hpp"

namespace mc::fhe {

/// The 256-bit seed of piece M in one key epoch. Moved; copied only by name; wiped when it dies.
struct PieceSeed {
  PieceId piece{};
  Epoch epoch{};
  SecretKey256 key;
  [[nodiscard]] PieceSeed copy() const { return {piece, epoch, key.copy()}; }
};

/// seed_M = H(M, epoch, every holder's contribution in holder order): unpredictable while one holder's is (R2).
PieceSeed derive_piece_seed(PieceId piece, Epoch epoch, std::span<const SecretKey256> contributions);

/// H(seed_M, M, epoch): what every holder puts on chain before the common random polynomials exist (R2).
Hash256 commit_piece(const PieceSeed& seed);

/// s_M: ternary, NTT form, over `basis` (the same polynomial whatever the basis).
SecretPoly piece_secret(const Params& params, const PieceSeed& seed, Basis basis);
/// Over all of QP, as key generation needs it.
SecretPoly piece_secret(const Params& params, const PieceSeed& seed);

/// Names one random draw of one share. Everything that is multiplied by a secret is in `multiplicands`, as digests that
/// the custodian itself has computed; nothing that an adversary can vary for free may enter (R5).
struct DrawName {
  std::string_view protocol;              // "keygen/relin-1/e0"
  std::uint32_t index = 0;                // digit or polynomial number within the share
  Basis basis{};                          // with the parameter id: the moduli
  std::string_view sigma;                 // "3.2", "2^60", "ternary"
  std::string_view coefficients = "all";  // which coefficients the share reveals
  std::span<const Hash256> multiplicands{};
};

/// The key stream of one draw: PRF(seed_M; suite, epoch, M, name).
KeyStream piece_stream(const Params& params, const PieceSeed& seed, const DrawName& name);

/// The sum of the discrete Gaussians (sigma 3.2) that `names` draw, NTT form over their basis. Secret like the piece
/// itself: whoever knows the error of a share solves it for the piece.
///   range   REQUIRES one or more names of one basis, all of sigma "3.2"
SecretPoly piece_error(const Params& params, const PieceSeed& seed, std::initializer_list<DrawName> names);
/// -secret, wiped when it dies: shares add a * (-secret) to an error instead of copying and negating products.
SecretPoly negated(const Params& params, const SecretPoly& secret);

/// SHA-256 over the parameter id, the basis and the canonical bytes of a polynomial: a multiplicand's digest.
Hash256 hash_poly(const Params& params, const NttPoly& poly);

}  // namespace mc::fhe
