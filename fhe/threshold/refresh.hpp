// SPDX-License-Identifier: Apache-2.0
// Collective refresh with a linear transform (R14). Each piece M opens the coefficients wanted of c_1 s_M under a mask
// r_M and encrypts -T(r_M) anew, under a common random polynomial a' of this refresh:
//   a_M = [c_1 s_M] + r_M  (mod q_l)      b_M = -a' s_M + e_M - T(r_M)  (mod Q)
// With v the integers extracted, c_0 + sum a_M is v + sum r_M, which does not wrap (check_headroom) and says nothing
// about v while one piece is unknown. (T(v + sum r_M) + sum b_M, a') decrypts to T(v) + sum e_M, exactly.
// Where the map asks for flooding, a_M carries a discrete Gaussian f_M more, which nobody takes away again: (T(v + sum
// r_M + sum f_M) + sum b_M, a') decrypts to T(v + sum f_M), and what follows does not depend on the noise in v (R15).
// Masks, flooding and errors are functions of what is multiplied by the secret and of nothing else (R5). Pure
// functions; thread-safe.
//   source  Mouchet, Troncoso-Pastoriza, Bossuat, Hubaux, ePrint 2020/304, section 5.3 (collective bootstrapping);
//           extraction, transform and draws as R5, R13 and R14
#pragma once

#include <span>
#include <vector>

#include "fhe/threshold/mask.hpp"
#include "fhe/threshold/refresh_map.hpp"
#include "fhe/threshold/release.hpp"

namespace mc::fhe {

/// kInvalidArgument unless inputs are those the map speaks of: as many, of two parts, at its input level, of `epoch`,
/// the map itself in order; kRefused when a value and its masks could wrap (R14).
Status check_refresh(const Params& params, Epoch epoch, std::size_t pieces, std::span<const Ciphertext> inputs,
                     const RefreshMap& map);

/// What is opened of c_0, limb-major, value by value as the map numbers them: of constants and coefficients a few
/// numbers, of polynomials nothing here. Nothing else of c_0 enters the refresh. Passed check_refresh.
std::vector<std::uint64_t> opened_heads(const Params& params, std::span<const Ciphertext> inputs,
                                        const RefreshMap& map);

/// Digest of everything public that one refresh is about: run and step, key epoch, map, multiplicands
/// (multiplicand_digest of every input). The common random polynomials are expanded from it, so that one of them never
/// meets two maps or two inputs.
Hash256 refresh_digest(const Params& params, const Hash256& run, std::uint32_t step, Epoch epoch, const RefreshMap& map,
                       std::span<const Hash256> multiplicands);

/// The common random polynomials a', one per output, and their digests, which are of what they are expanded from: each
/// is multiplied by the secret. Computed by each custodian, once for all of its pieces.
struct RefreshCommon {
  std::vector<NttPoly> a;
  std::vector<Hash256> digests;
};
RefreshCommon expand_refresh_common(const Params& params, const RefreshMap& map, const Hash256& refresh_digest);

/// What all pieces of one custodian share in one refresh. Passed check_refresh; sizes agree (MC_CHECK).
struct RefreshJob {
  std::span<const Ciphertext> inputs;      // recomputed here (R7)
  std::span<const Hash256> multiplicands;  // multiplicand_digest of every input
  const RefreshMap* map = nullptr;
  const RefreshCommon* common = nullptr;
  std::span<const std::uint64_t> heads = {};  // opened_heads of the inputs, from whoever has them; else worked out anew
};

/// One piece's share.
struct RefreshShare {
  std::vector<std::uint64_t> constants;  // a_M of constants, limb-major; otherwise empty
  std::vector<NttPoly> polynomials;      // a_M of polynomials; otherwise empty
  std::vector<NttPoly> reencryptions;    // b_M of every output
  friend bool operator==(const RefreshShare&, const RefreshShare&) = default;
};

/// `secret`: piece_secret over at least the input's and the output's primes of the chain.
///   noise   e_M per output: discrete Gaussian, sigma 3.2, a function of the seed and a' alone
///   range   masks as map.mask_log2, a function of the seed, c_1, width, flooding's deviation and extraction alone;
///           flooding as map.flooding_log2, a function of the seed, c_1, the deviation and the extraction alone
///   cost    printed by protocol/refresh_figures_test
RefreshShare make_refresh_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                const RefreshJob& job);

/// sum += share; an empty sum takes the first share's sizes.
void add_share(const Params& params, const RefreshMap& map, RefreshShare& sum, RefreshShare share);

/// The refreshed ciphertexts, from the sum of all pieces' shares: the same for everybody who computes them. Needs no
/// secret. Arguments as above.
///   noise   refresh_noise_bound
std::vector<Ciphertext> finish_refresh(const Params& params, const RefreshJob& job, const RefreshShare& sum);

/// Whether everything that is opened is what its masks leave room for: |v + sum r_M| < 2^(k - 1) (pieces + 1), rounded
/// up to a power of two, for masks of k bits. Then |v| < 2^(k + ceil(log2(pieces + 1))). For values that somebody else
/// chose and of which a bound has to hold; what is within its masks says nothing else about itself.
///   shape   as finish_refresh, of constants or coefficients (MC_CHECK)
///   errors  kRefused "value 3 is not within its mask of 220 bits"
Status check_opened(const Params& params, const RefreshJob& job, const RefreshShare& sum, std::size_t pieces);
/// log2 of what |v| is then below.
std::uint32_t opened_log2(std::uint8_t mask_log2, std::size_t pieces);

/// Bytes: header (share_header.hpp), what is opened, what is encrypted anew; sizes follow from the map.
Bytes encode_refresh_share(const Params& params, Epoch epoch, PieceId piece, const RefreshShare& share);
/// `map`: passed check_refresh_map. Errors name piece and byte.
Result<RefreshShare> decode_refresh_share(const Params& params, Epoch epoch, PieceId piece, const RefreshMap& map,
                                          ByteView bytes);
[[nodiscard]] std::size_t refresh_share_bytes(const Params& params, const RefreshMap& map);

}  // namespace mc::fhe
