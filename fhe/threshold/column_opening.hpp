// SPDX-License-Identifier: Apache-2.0
// A sealed column opened once, with noise and without masks, so that everybody who sees it can bound its values slot by
// slot (docs/design/0047). Each piece M says
//   a_M = c_1 s_M + g_M  (mod Q_l),  g_M a discrete Gaussian in every coefficient,
// and c_0 + sum a_M is v + sum g_M, where v = c_0 + c_1 s is what the ciphertext decrypts to: in every slot a value
// behind kOpeningSlotNoise half widths of each piece. What the owner's error says of the secret is 2^-57 of the noise.
// Noise is a function of the piece and of c_1 modulo Q_l, which is what the secret is multiplied by, and of nothing
// else (R5): whoever asks again, whenever, gets the same.
// Only for ciphertexts whose owner has proven that she knows what is in them (R21): of (0, K) it would be the secret,
// and it is the proof that says that what is seen modulo Q_l is all there is. Pure functions; thread-safe.
#pragma once

#include <span>

#include "fhe/ckks/ciphertext.hpp"
#include "fhe/threshold/release_key.hpp"

namespace mc::fhe {

/// Noise of every piece and coefficient: deviation sqrt(8) 2^88 = 2^89.5 (wide_gaussian.hpp).
inline constexpr std::uint32_t kOpeningSpreadLog2 = 88;

/// What a piece's noise comes to in a slot, as the root mean square of its modulus, in half widths (the scale at which
/// data are sealed): 22.6 at N = 2^14, of the real part 16.
[[nodiscard]] double opening_slot_noise(const Params& params);

/// A slot of an honest column, opened by so many pieces, is not beyond this many half widths but for 2^-64: 262 of
/// three pieces at N = 2^14.
///   source  the modulus of a complex Gaussian of mean square S is above r with probability exp(-r^2 / S)
[[nodiscard]] double opening_limit(const Params& params, std::size_t pieces);

/// What may be in the slots of a column that passed, in half widths: noise may have pulled some back across the limit,
/// but all of them together by no more than the limit but for 2^-64. For products of at most kOpenedFactorsMax columns,
/// of which she fills so many slots with errors: as much as if all of these held it.
///   range   slots >= 1
[[nodiscard]] double opened_reach(const Params& params, std::size_t pieces, double slots);
inline constexpr std::uint32_t kOpenedFactorsMax = 4;

/// The primes that are opened: no more than what a proof bounds, with noise, fits in (docs/design/0046: 2^125).
[[nodiscard]] Level opening_level(const Params& params);

/// Digest of what an opening multiplies by the secret: c_1 modulo Q_l. `sealed`: two parts at the top level (MC_CHECK).
[[nodiscard]] Hash256 opening_digest(const Params& params, const Ciphertext& sealed);

/// One piece's share a_M, over opening_level's primes. The caller has checked the owner's proof.
///   range   `key`: opening_key_of this piece; `secret`: piece_secret over opening_level's primes or more; `digest`:
///           opening_digest of `sealed`
///   noise   discrete Gaussian of spread kOpeningSpreadLog2 per coefficient
///   cost    one transform and N draws, 10 ms
NttPoly make_opening_share(const Params& params, const PieceSeed& key, const SecretPoly& secret,
                           const Ciphertext& sealed, const Hash256& digest);

/// The largest modulus of all slots of what was opened, in half widths, noise included. `sum`: of all pieces' shares.
///   error  below 2^-20, and 2^-45 of it; doubles without fused operations (R25)
[[nodiscard]] double largest_opened_slot(const Params& params, const Ciphertext& sealed, const NttPoly& sum);

/// Whether every slot is within opening_limit, real and imaginary parts together. `sum`: of all pieces' shares.
///   errors  kRefused "a value lies beyond what noise makes of any within its range: …"; no value in it
Status check_opened_column(const Params& params, const Ciphertext& sealed, const NttPoly& sum, std::size_t pieces);

/// Bytes: header (share_header.hpp), one polynomial; 0.3 MB at N = 2^14.
Bytes encode_opening_share(const Params& params, Epoch epoch, PieceId piece, const NttPoly& share);
/// Errors name piece and byte.
Result<NttPoly> decode_opening_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes);
[[nodiscard]] std::size_t opening_share_bytes(const Params& params);

}  // namespace mc::fhe
