// SPDX-License-Identifier: Apache-2.0
// Challenges that are 0 or a signed power of X. The product with one only moves coefficients, and twice the inverse of
// a difference of two has coefficients -1, 0 and 1 (Benhamouda, Camenisch, Krenn, Lyubashevsky, Neven, "Better
// zero-knowledge proofs for lattice encryption", ASIACRYPT 2014, lemma 3.1): what a proof's extractor divides by.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.hpp"

namespace mc::fhe {

/// 0 for the zero polynomial; 1 + j for X^j, 0 <= j < 2N, where X^N = -1.
struct MonomialChallenge {
  std::uint32_t choice = 0;
  friend bool operator==(const MonomialChallenge&, const MonomialChallenge&) = default;
};

/// `count` challenges, each uniform among all 2N + 1: a function of the digest alone.
std::vector<MonomialChallenge> expand_monomials(const Hash256& digest, std::size_t count, std::size_t degree);

/// out += in, or -= in, coefficient by coefficient: in eights, which the compiler turns into vectors.
template <bool kNegative, class Accumulator, class Coefficient>
void add_run(Accumulator* out, const Coefficient* in, std::size_t count) {
  constexpr std::size_t kEight = 8;
  const auto sum = [&](std::size_t k) {
    const auto term = static_cast<Accumulator>(in[k]);
    return kNegative ? out[k] - term : out[k] + term;
  };
  std::size_t k = 0;
  for (; k + kEight <= count; k += kEight) {
    Accumulator sums[kEight];
    for (std::size_t j = 0; j < kEight; ++j) sums[j] = sum(k + j);
    for (std::size_t j = 0; j < kEight; ++j) out[k + j] = sums[j];
  }
  for (; k < count; ++k) out[k] = sum(k);
}

/// accumulator += challenge * poly modulo X^N + 1, in the accumulator's own arithmetic (which wraps when unsigned).
/// Branches on the challenge, which is public, and on nothing else.
template <class Accumulator, class Coefficient>
void add_monomial_product(std::span<Accumulator> accumulator, MonomialChallenge challenge,
                          std::span<const Coefficient> poly) {
  if (challenge.choice == 0) return;
  const std::size_t degree = poly.size();
  const std::size_t exponent = challenge.choice - 1;
  const std::size_t shift = exponent % degree;
  const std::size_t stays = degree - shift;  // coefficients that do not pass X^N
  Accumulator* const out = accumulator.data();
  const Coefficient* const in = poly.data();
  if (exponent < degree) {
    add_run<false>(out + shift, in, stays);
    add_run<true>(out, in + stays, shift);
  } else {
    add_run<true>(out + shift, in, stays);
    add_run<false>(out, in + stays, shift);
  }
}

}  // namespace mc::fhe
