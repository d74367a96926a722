// SPDX-License-Identifier: Apache-2.0
// Collective rotation and conjugation keys in one round: every piece is one virtual party of Mouchet et al., ePrint
// 2020/304, protocol 3 (as the public key, with the gadget of a Galois key). Nothing that is answered on depends on
// another's share, so that one comparison of share hashes is enough (R3). Pure functions; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "fhe/threshold/keygen.hpp"

namespace mc::fhe {

/// At most this many keys in one generation: 64 cover every power of two in both directions, twice.
inline constexpr std::size_t kGaloisElementsMax = 64;

/// kInvalidArgument unless the elements ascend, are odd, above 1 and below 2N, and at most kGaloisElementsMax.
Status check_galois_elements(const Params& params, std::span<const std::uint64_t> elements);

/// What is random and common to all shares of one element, NTT form over QP. It follows from the seed of the whole
/// generation, hence is fixed after all commitments (R2).
struct GaloisCommon {
  std::uint64_t galois_element = 1;
  Hash256 seed;            // GaloisKey::seed
  std::vector<NttPoly> a;  // per digit: expand_uniform_halves(seed)
  Hash256 digest;          // over the element and hash_poly of every a: the multiplicand (R5)
};
GaloisCommon expand_galois_common(const Params& params, const Hash256& common_seed, std::uint64_t galois_element);

/// Per digit i over QP: -a_i s_M + P g_i sigma_g(s_M) + e_i. Also the sum over all pieces.
struct GaloisShare {
  std::vector<NttPoly> digits;
  friend bool operator==(const GaloisShare&, const GaloisShare&) = default;
};

GaloisShare make_galois_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                              const GaloisCommon& common);
/// `sum` may be default-constructed at first.
void add_share(const Params& params, GaloisShare& sum, GaloisShare share);
/// b_i + a_i s = P g_i sigma_g(s) + e_i.
///   noise   standard deviation 3.2 sqrt(C), C the number of pieces
GaloisKey finish_galois_key(GaloisShare&& sum, const GaloisCommon& common, Epoch epoch);

/// SHA-256 of write_galois_key's bytes.
Hash256 hash_galois_key(const Params& params, const GaloisKey& key);

/// Bytes: share header, Galois element (u32), then the packed digits. Reading refuses another piece, epoch, parameter
/// set or element than the one expected.
Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, std::uint64_t galois_element,
                   const GaloisShare& share);
Result<GaloisShare> decode_galois_share(const Params& params, Epoch epoch, PieceId piece, std::uint64_t galois_element,
                                        ByteView bytes);

}  // namespace mc::fhe
