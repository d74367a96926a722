// SPDX-License-Identifier: Apache-2.0
// How long the responses of one repetition may be that are said to be Gaussians: in every coefficient, as a vector, and
// in every slot. What a prover hides is about as long as her responses are, whichever she prefers; an honest one's pass
// all three but for one proof in a hundred, which is made again.
//   why three  A product of two polynomials is at most as long as one of them times the largest slot of the other. By
//              their length alone that slot could be sqrt(N / 2) times the usual, as of a wave; now it is sqrt(20).
// Deterministic: doubles without fused operations (R25), and a prover keeps a little further inside than asked for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

class ResponseLimits {
 public:
  /// Of N = degree, a power of two from 16 on.
  explicit ResponseLimits(std::size_t degree);

  /// Whether N responses pass for draw_wide_gaussians of this spread. `part` of each limit is allowed, 1 to a verifier.
  ///   coefficients  in [-2^(spread + 4), 2^(spread + 4)), 5.6 deviations
  ///   length        squared at most N + 8 sqrt(N) + 32 variances: passed but for exp(-16)
  ///   slots         squared at most 20 N variances: passed but for exp(-20) each
  ///   time          tells the verdict alone, and of what is refused which limit it was
  [[nodiscard]] bool allow(std::span<const i128> responses, std::uint32_t spread_log2, double part = 1) const;

  /// The largest of all |r(zeta)|^2, zeta a primitive 2N-th root of unity, of a real polynomial.
  [[nodiscard]] double largest_slot_square(std::span<const double> coefficients) const;

  /// The squares of the limits, in variances.
  [[nodiscard]] double length_square() const;
  [[nodiscard]] double slot_square() const;

 private:
  /// Of N / 2 values, real and imaginary parts apart, so that several go through one instruction.
  struct Complexes {
    std::vector<double> real, imaginary;
  };

  std::size_t degree_;
  Complexes twist_;               // exp(i pi k / N), k < N / 2
  std::vector<Complexes> roots_;  // of a pass over pieces of 2 m values: exp(i pi k / m), k < m; longest first
};

/// log2 of what no coefficient reaches.
[[nodiscard]] constexpr std::uint32_t response_reach_log2(std::uint32_t spread_log2) {
  return spread_log2 + 4;
}

}  // namespace mc::fhe
