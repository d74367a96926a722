// SPDX-License-Identifier: Apache-2.0
// The AVX-512 inverse transform: the forward one's passes backwards, three stages in a pass over memory (radix 8); the
// first five stages happen on 32 residues inside registers, of four such leaves at once.
#if defined(__x86_64__)

#include <bit>

#include "fhe/ring/ntt_plain.hpp"
#include "fhe/ring/vector_avx512_ntt.hpp"

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace mc::fhe::avx512 {
namespace {

constexpr std::size_t kLeaf = 32;  // residues of the innermost pass
// So much goes side by side that a processor finds work while products are on their way: columns of eight residues in a
// pass over memory, leaves in the innermost one.
constexpr unsigned kColumns = 2;
constexpr std::size_t kLeavesAtOnce = 4;

/// Stages of the next pass over a part: three, unless that would leave too few for the leaves.
int stages_of_pass(std::size_t size) {
  const int rest = (std::countr_zero(size) - 5) % 3;
  if (rest == 0) return 3;
  return rest == 1 && size > 2 * kLeaf ? 2 : rest;
}

// ---- Arithmetics. A butterfly is (u, v) -> (u + v, (u - v) w).

struct InverseWide {
  Prime p;
  Reduction reduction;
  /// In and out below 2q, with noise above bit 52.
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w, int) const {
    const Vector difference = _mm512_sub_epi64(_mm512_add_epi64(u, p.two_q), v);
    u = correct(_mm512_and_si512(_mm512_add_epi64(u, v), p.low52), p.two_q);
    v = multiply_noisy(difference, w, p);
  }
  MC_AVX512_INLINE Vector shrink(Vector x) const { return x; }
  MC_AVX512_INLINE Vector difference(Vector u, Vector v) const {
    return _mm512_sub_epi64(_mm512_add_epi64(u, p.two_q), v);
  }
};

/// For primes below 2^46: sums are left to grow. A pass starts below 8q; its stage s (counted from 0) has operands
/// below 2^s 8q, at most 32q, and differences below 64q <= 2^52. Only the first of the eight outputs of a pass has
/// grown to 64q and is reduced. Values carry noise above bit 52.
struct InverseNarrow {
  Prime p;
  Reduction reduction;
  Vector offset[3];  // 8q, 16q, 32q
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w, int stage) const {
    const Vector apart = _mm512_sub_epi64(_mm512_add_epi64(u, offset[stage]), v);
    u = _mm512_add_epi64(u, v);
    v = multiply_noisy(apart, w, p);
  }
  MC_AVX512_INLINE Vector shrink(Vector x) const { return reduction.noisy(x, p); }
  MC_AVX512_INLINE Vector difference(Vector u, Vector v) const {
    return _mm512_sub_epi64(_mm512_add_epi64(u, offset[2]), v);
  }
};

/// The last stage, which besides divides by N and adds the shift.
struct Closing {
  Factor sum, difference;
  Vector shift;
  template <class Arithmetic>
  MC_AVX512_INLINE void close(Vector& u, Vector& v, const Arithmetic& arithmetic) const {
    const Prime& p = arithmetic.p;
    const Vector a = correct(multiply_lazy(_mm512_add_epi64(u, v), sum, p), p.q);
    const Vector b = correct(multiply_lazy(arithmetic.difference(u, v), difference, p), p.q);
    u = correct(_mm512_add_epi64(a, shift), p.q);
    v = correct(_mm512_add_epi64(b, shift), p.q);
  }
};

template <int kRadix, bool kLast, class Arithmetic>
MC_AVX512 void inverse_pass(u64* x, std::size_t size, std::size_t group, Roots roots, const Arithmetic& arithmetic,
                            const Closing& closing) {
  const std::size_t step = size / kRadix;
  Factor w[kRadix];
  load_roots<kRadix>(w, roots, group);
  for (std::size_t i = 0; i < step; i += kColumns * kLanes) {
    Vector v[kRadix][kColumns];
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) {
#pragma GCC unroll 2
      for (unsigned c = 0; c < kColumns; ++c) v[k][c] = load(x + static_cast<std::size_t>(k) * step + i + c * kLanes);
    }
    int stage = 0;
#pragma GCC unroll 4
    for (int s = kRadix / 2; s >= (kLast ? 2 : 1); s /= 2) {
      const int half = kRadix / (2 * s);
#pragma GCC unroll 8
      for (int k = 0; k < kRadix / 2; ++k) {
        const int u = k / half * 2 * half + k % half;
#pragma GCC unroll 2
        for (unsigned c = 0; c < kColumns; ++c) arithmetic.butterfly(v[u][c], v[u + half][c], w[s + k / half], stage);
      }
      ++stage;
    }
#pragma GCC unroll 2
    for (unsigned c = 0; c < kColumns; ++c) {
      if (!kLast) v[0][c] = arithmetic.shrink(v[0][c]);
#pragma GCC unroll 8
      for (int k = 0; kLast && k < kRadix / 2; ++k) closing.close(v[k][c], v[k + kRadix / 2][c], arithmetic);
#pragma GCC unroll 8
      for (int k = 0; k < kRadix; ++k) store(x + static_cast<std::size_t>(k) * step + i + c * kLanes, v[k][c]);
    }
  }
}

/// The stages of half 1, 2 and 4, canonical residues in.
template <int kPairs, class Arithmetic>
MC_AVX512_INLINE void inverse_in_registers(Vector* x, const u64* roots, const Arithmetic& arithmetic) {
  Vector u[kPairs], v[kPairs];
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    u[i] = pick<0, 4, 8, 12, 2, 6, 10, 14>(x[2 * i], x[2 * i + 1]);
    v[i] = pick<1, 5, 9, 13, 3, 7, 11, 15>(x[2 * i], x[2 * i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_1(roots + kPackedPerPair * i), 0);
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector s = low_halves(u[i], v[i]);
    v[i] = high_halves(u[i], v[i]);
    u[i] = s;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_2(roots + kPackedPerPair * i), 0);
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector s = _mm512_unpacklo_epi64(u[i], v[i]);
    v[i] = _mm512_unpackhi_epi64(u[i], v[i]);
    u[i] = s;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_4(roots + kPackedPerPair * i), 0);
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    x[2 * i] = pick<0, 4, 1, 5, 8, 12, 9, 13>(u[i], v[i]);
    x[2 * i + 1] = pick<2, 6, 3, 7, 10, 14, 11, 15>(u[i], v[i]);
  }
}

/// The first five stages. Narrow operands: below q, 2q, 4q, 8q, 16q; the first eight residues end below 32q.
template <int kLeaves, class Arithmetic>
MC_AVX512_INLINE void inverse_leaves(u64* out, const u64* in, std::size_t group, Roots roots, const u64* packed,
                                     const Arithmetic& arithmetic) {
  Vector v[4 * kLeaves];
#pragma GCC unroll 16
  for (int k = 0; k < 4 * kLeaves; ++k) v[k] = load(in + 8 * k);
  inverse_in_registers<2 * kLeaves>(v, packed, arithmetic);
#pragma GCC unroll 8
  for (int g = 0; g < 2 * kLeaves; ++g) {
    arithmetic.butterfly(v[2 * g], v[2 * g + 1], roots.at(2 * group + static_cast<std::size_t>(g)), 0);
  }
#pragma GCC unroll 4
  for (int g = 0; g < kLeaves; ++g) {
    const Factor w = roots.at(group + static_cast<std::size_t>(g));
    arithmetic.butterfly(v[4 * g], v[4 * g + 2], w, 1);
    arithmetic.butterfly(v[4 * g + 1], v[4 * g + 3], w, 1);
    v[4 * g] = arithmetic.shrink(v[4 * g]);
  }
#pragma GCC unroll 16
  for (int k = 0; k < 4 * kLeaves; ++k) store(out + 8 * k, v[k]);
}

/// `ahead`: the residues and packed roots that the leaves read, of every prime once, so that they come from memory.
template <bool kLast, class Arithmetic>
MC_AVX512 void inverse_part(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t position,
                            Roots roots, const Arithmetic& arithmetic, const Closing& closing, Asking (&ahead)[2]) {
  const int stages = stages_of_pass(size);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  if (step == kLeaf) {
    if (parts == 2) inverse_leaves<2>(x, in, 2 * group, roots, roots.packed + 2 * position, arithmetic);
    for (std::size_t k = 0; k + kLeavesAtOnce <= parts; k += kLeavesAtOnce) {
      const std::size_t at = k * kLeaf;
      for (Asking& asking : ahead) asking.go_on();
      inverse_leaves<kLeavesAtOnce>(x + at, in + at, group * parts + k, roots, roots.packed + 2 * (position + at),
                                    arithmetic);
    }
  } else {
    for (std::size_t k = 0; k < parts; ++k) {
      const std::size_t at = k * step;
      inverse_part<false>(x + at, in + at, step, group * parts + k, position + at, roots, arithmetic, closing, ahead);
    }
  }
  if (stages == 3) {
    inverse_pass<8, kLast>(x, size, group, roots, arithmetic, closing);
  } else if (stages == 2) {
    inverse_pass<4, kLast>(x, size, group, roots, arithmetic, closing);
  } else {
    inverse_pass<2, kLast>(x, size, group, roots, arithmetic, closing);
  }
}

}  // namespace

MC_AVX512 void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    inverse_ntt_plain(out, in, shift, tables);
    return;
  }
  const Modulus& m = tables.modulus;
  const Roots roots{tables.inverse_roots.data(), tables.inverse_root_quotients.data(), tables.packed_inverse.data()};
  const Closing closing{factor_of(tables.inverse_degree), factor_of(tables.inverse_degree_last_root), all(shift)};
  const Reduction reduction{all((u64{1} << 52) / m.q)};
  const std::size_t steps = 1 + tables.degree / (kLeavesAtOnce * kLeaf);
  Asking ahead[]{Asking::of_stream(in, tables.degree, steps),
                 Asking::of_stream(roots.packed, 2 * tables.degree, steps)};
  if (m.bits <= 46) {
    const InverseNarrow narrow{prime_of(m), reduction, {all(8 * m.q), all(16 * m.q), all(32 * m.q)}};
    inverse_part<true>(out, in, tables.degree, 1, 0, roots, narrow, closing, ahead);
  } else {
    inverse_part<true>(out, in, tables.degree, 1, 0, roots, InverseWide{prime_of(m), reduction}, closing, ahead);
  }
}

}  // namespace mc::fhe::avx512

#endif
