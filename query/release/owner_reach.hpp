// SPDX-License-Identifier: Apache-2.0
// What an owner who calculates can carry of the committee's secret into a released sum (docs/design/0039). A proof of
// an upload bounds the errors and the values of her ciphertexts, not as tightly as honesty does; where two of her
// columns are multiplied, the error of one goes with the secret and the values of the other into what is opened.
// Flooding (R15) is wider than that.
// Sums with more than two sealed factors have no such bound: every further column of hers may be 2^19 times what an
// honest one is. SECURITY.md says what follows. Where columns were opened once with noise (docs/design/0047) each slot
// of theirs is bounded as well, and sums of up to four have one.
#pragma once

#include <vector>

#include "query/release/noise.hpp"

namespace mc::query {

/// By so many bits flooding is wider than what is carried: a sum says at most 2^-9 nats about a piece.
inline constexpr double kOwnerMarginLog2 = 4;

/// Sealed factors of a sum that are counted with by what proofs leave, and where columns were opened.
inline constexpr std::uint32_t kUnopenedFactorsMax = 2, kOpenedFactorsMax = 4;

/// Per released sum, log2 of the standard deviation of what is carried of one piece's secret (ternary, and its errors
/// of the public key), in scales; -infinity for sums of more sealed factors than that.
///   model  Everything in every block is hers, up to the limits of a proof about kManifestEntriesPerProof ciphertexts,
///          in as few slots as have the largest effect, among those with somebody's consent. She is not lucky: who
///          tries 2^(9 m) challenges at N = 2^14 multiplies one slot by 2^m / 3 (0039).
std::vector<double> owner_reach_log2(const Plan& plan, const fhe::Params& params, const NoiseSetting& setting);

}  // namespace mc::query
