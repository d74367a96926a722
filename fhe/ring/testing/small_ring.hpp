// SPDX-License-Identifier: Apache-2.0
// For tests: a ring of few coefficients, and polynomials drawn from it.
#pragma once

#include <random>
#include <span>
#include <vector>

#include "fhe/ring/modulus.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe::testing {

/// The largest primes below 2^bits that are 1 modulo 2 * degree, descending.
inline std::vector<std::uint64_t> primes_for(std::size_t degree, int bits, std::size_t count) {
  std::vector<std::uint64_t> primes;
  for (std::uint64_t x = (std::uint64_t{1} << bits) - 2 * degree + 1; primes.size() < count; x -= 2 * degree) {
    if (is_prime(x)) primes.push_back(x);
  }
  return primes;
}

/// Four primes of 46 bits in Q and two in P.
inline RingPtr small_ring(std::uint8_t log_n = 4) {
  const auto primes = primes_for(std::size_t{1} << log_n, 46, 6);
  return Ring::create(LogN(log_n), std::span(primes).first(4), std::span(primes).last(2)).value_or_stop();
}

/// Uniform residues, up to a bias of 2^-18.
inline NttPoly random_poly(const Ring& ring, Basis basis, std::mt19937_64& random) {
  NttPoly poly = ring.make<Domain::kNtt>(basis);
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    for (std::uint64_t& x : poly.limb(i)) x = random() % ring.modulus(basis, i).q;
  }
  return poly;
}

}  // namespace mc::fhe::testing
