// SPDX-License-Identifier: Apache-2.0
// Proof of knowledge of short (z, e) with p0 + p1 z = e: Fiat-Shamir with aborts, Lyubashevsky, Eurocrypt 2012, over
// R_q with q the product of the release primes.
//   commit      w = -p1 y_z + y_e with y_z, y_e uniform in [-B_z, B_z) and [-B_e, B_e)
//   challenge   c, sparse ternary, from H(context, p0, w)
//   respond     r_z = y_z + c z, r_e = y_e + c e; start again unless every coefficient keeps the distance weight *
//   |z|max
//               (weight * |e|max) from the bounds: accepted responses are uniform whatever z and e are
//   verify      the bounds, and H(context, p0, -p1 r_z + r_e - c p0) = the challenge
// With B = 2^(5 + log N) and 2^(10 + log N) about one try in six is accepted at N = 2^14.
#pragma once

#include <span>

#include "base/random.hpp"
#include "fhe/threshold/requester_key.hpp"

namespace mc::fhe {

/// Secret integers, wiped when they die.
using SecretIntegers = std::vector<std::int64_t, WipingAllocator<std::int64_t>>;

/// What is claimed: p0 = -p1 z + e over the release basis, within a context.
struct PossessionStatement {
  Hash256 context;
  const NttPoly& p0;
  const NttPoly& p1;
};

/// `mask_key` gives all masks: a function of the secret and the statement, so no mask meets two challenges.
PossessionProof prove_possession(const Params& params, const PossessionStatement& statement,
                                 std::span<const std::int64_t> z, std::span<const std::int64_t> e,
                                 const SecretKey256& mask_key);
/// kRefused when a response is out of bounds or the challenge does not come out.
Status verify_possession(const Params& params, const PossessionStatement& statement, const PossessionProof& proof);

/// Challenge, then the responses as B + r packed to their bit length.
void write_possession_proof(Writer& writer, const Params& params, const PossessionProof& proof);
Result<PossessionProof> read_possession_proof(Reader& reader, const Params& params);

}  // namespace mc::fhe
