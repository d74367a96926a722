// SPDX-License-Identifier: Apache-2.0
// Random polynomials from a key stream; consumption of the stream is canonical (R19, R25), time does not depend on
// the secret values drawn (ternary and Gaussian), uniform residues are public and drawn by rejection.
#pragma once

#include "base/random.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// Standard deviation of RLWE errors (HomomorphicEncryption.org standard; ePrint 2024/463).
inline constexpr double kErrorSigma = 3.2;
/// No error is larger in magnitude: what the table cuts off weighs 2^-121.
inline constexpr std::int64_t kErrorMax = 41;

/// Each coefficient uniform in {-1, 0, 1}.
[[nodiscard]] CoeffPoly sample_ternary(const Ring& ring, Basis basis, KeyStream& stream);
/// Each coefficient a discrete Gaussian, sigma 3.2, |x| <= kErrorMax, by a 128-bit cumulative table scanned in full.
[[nodiscard]] CoeffPoly sample_error(const Ring& ring, Basis basis, KeyStream& stream);
/// The integers a sampler drew; wiped, for they are secret.
using SecretIntegers = std::vector<std::int64_t, WipingAllocator<std::int64_t>>;
/// The first `count` coefficients of what sample_error draws from the same stream, as integers, at the price of those.
[[nodiscard]] SecretIntegers sample_error_head(const Ring& ring, std::size_t count, KeyStream& stream);
/// Each residue uniform in [0, q_i), drawn limb by limb. Uniform in NTT form is uniform: no transform follows.
[[nodiscard]] NttPoly sample_uniform(const Ring& ring, Basis basis, KeyStream& stream);

}  // namespace mc::fhe
