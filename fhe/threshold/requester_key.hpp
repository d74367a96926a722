// SPDX-License-Identifier: Apache-2.0
// The requester's own key, one per study (R10): p1 is common randomness of the study, p0 = -p1 z + e is hers, and a
// proof shows that she knows short (z, e). Without the proof she could name the collective key, or a sum with it.
// Proof: Fiat-Shamir with aborts (Lyubashevsky, Eurocrypt 2012), sparse ternary challenges, uniform masks.
// Everything derives from one 256-bit secret and the study: made twice, the bytes are the same.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"

namespace mc::fhe {

/// Answers are released at this level: a requester's key has as many limbs.
inline constexpr Level kReleaseLevel{2};
inline constexpr Basis kReleaseBasis{2, false};

/// Whom and what the key is for; bound into p1 and into the proof.
struct RequesterContext {
  std::uint64_t chain_id = 0;
  Hash256 study;
  std::array<std::uint8_t, 20> requester{};  // chain address
  friend bool operator==(const RequesterContext&, const RequesterContext&) = default;
};

struct PossessionProof {
  Hash256 challenge;                     // digest that the sparse challenge polynomial c is expanded from
  std::vector<std::int32_t> z_response;  // y_z + c z
  std::vector<std::int32_t> e_response;  // y_e + c e
  friend bool operator==(const PossessionProof&, const PossessionProof&) = default;
};

/// Public part. p1 is not carried: everybody expands it from the context.
struct RequesterKey {
  RequesterContext context;
  NttPoly p0;
  PossessionProof proof;
  friend bool operator==(const RequesterKey&, const RequesterKey&) = default;
};

/// p1 = uniform polynomial over the release basis, a function of the context.
NttPoly requester_p1(const Params& params, const RequesterContext& context);

/// z over the release basis, NTT form.
SecretPoly requester_secret(const Params& params, const SecretKey256& secret, const RequesterContext& context);

/// The key of `secret` for one study, with its proof; about six tries at N = 2^14. Time depends on the number of
/// aborts only, which is independent of z and e.
RequesterKey make_requester_key(const Params& params, const SecretKey256& secret, const RequesterContext& context);

/// kRefused with the reason: other context, response out of bounds, proof wrong, or p0 equal to the collective key's.
Status verify_requester_key(const Params& params, const RequesterKey& key, const RequesterContext& expected,
                            const PublicKey& collective);

/// Packed bytes, about 290 KB at N = 2^14. Reading checks canonical residues, sizes and the end.
Bytes encode_requester_key(const Params& params, const RequesterKey& key);
Result<RequesterKey> decode_requester_key(const Params& params, ByteView bytes);
/// SHA-256 of encode_requester_key: what the chain carries.
Hash256 hash_requester_key(const Params& params, const RequesterKey& key);

/// Number of non-zero (+-1) coefficients of a challenge: the space has at least 2^256 elements. kUnsupported for other
/// N.
Result<std::uint32_t> challenge_weight(LogN log_n);

}  // namespace mc::fhe
