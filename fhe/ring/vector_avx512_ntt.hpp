// SPDX-License-Identifier: Apache-2.0
// What the forward and the inverse AVX-512 transforms share: views of their roots, and the orders in which the stages
// inside registers take them. To be included by kernels_avx512_ntt.cpp and kernels_avx512_inverse_ntt.cpp alone.
#pragma once

#include <bit>

#include "fhe/ring/vector_avx512.hpp"

namespace mc::fhe::avx512 {

/// Views of the root tables, forward or inverse.
struct Roots {
  const u64* values;
  const u64* quotients;
  const u64* packed;
  [[nodiscard]] MC_AVX512_INLINE Factor at(std::size_t i) const { return {all(values[i]), all(quotients[i])}; }
};

/// w[s + k] for s = 1, 2, … below the radix: the root of group k of the stage that has s groups inside this part.
template <int kRadix>
MC_AVX512_INLINE void load_roots(Factor* w, Roots roots, std::size_t group) {
#pragma GCC unroll 16
  for (unsigned k = 1; k < static_cast<unsigned>(kRadix); ++k) {
    const unsigned s = std::bit_floor(k);
    w[k] = roots.at(group * s + (k - s));
  }
}

// Inside sixteen residues (two registers) the pairs of a stage are brought to the same lanes of two registers. The
// orders are chosen so that a stage's few roots repeat and can be loaded as a broadcast; pack_roots has the same
// orders:
//   half 4   0  2  8 10  1  3  9 11     4  6 12 14  5  7 13 15
//   half 2   0  4  8 12  1  5  9 13     2  6 10 14  3  7 11 15
//   half 1   0  4  8 12  2  6 10 14     1  5  9 13  3  7 11 15
constexpr std::size_t kPackedPerPair = 32;  // words of packed roots for sixteen residues: three stages
MC_AVX512_INLINE Vector four_twice(const u64* x) {
  return _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
}
MC_AVX512_INLINE Factor roots_of_half_4(const u64* packed) {
  return {four_twice(packed), four_twice(packed + 4)};
}
MC_AVX512_INLINE Factor roots_of_half_2(const u64* packed) {
  return {four_twice(packed + 8), four_twice(packed + 12)};
}
MC_AVX512_INLINE Factor roots_of_half_1(const u64* packed) {
  return {load(packed + 16), load(packed + 24)};
}

}  // namespace mc::fhe::avx512
