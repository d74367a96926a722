// SPDX-License-Identifier: Apache-2.0
// What tests of kernel tables share: the tables that run here, primes, and residues with the extremes among them.
#pragma once

#include <random>
#include <vector>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe::testing {

using Limb = std::vector<std::uint64_t>;

/// The largest prime below 2^bits that is 1 modulo 2N.
inline std::uint64_t prime_for(int bits, std::size_t degree) {
  std::uint64_t prime = (std::uint64_t{1} << bits) - 2 * degree + 1;
  while (!is_prime(prime)) prime -= 2 * degree;
  return prime;
}

/// Random residues with the extremes among them.
inline Limb random_limb(std::size_t count, const Modulus& m, std::mt19937_64& random) {
  Limb limb(count);
  for (std::uint64_t& x : limb) {
    const std::uint64_t choice = random() % 16;
    x = choice == 0 ? 0 : choice == 1 ? m.q - 1 : choice == 2 ? m.q / 2 : choice == 3 ? m.q / 2 + 1 : random() % m.q;
  }
  return limb;
}

inline std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> tables{&scalar_kernels()};
  for (const Kernels* table : {avx2_kernels(), avx512_kernels(), wasm_simd_kernels()}) {
    if (table != nullptr) tables.push_back(table);
  }
  return tables;
}

}  // namespace mc::fhe::testing
