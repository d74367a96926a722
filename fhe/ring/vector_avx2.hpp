// SPDX-License-Identifier: Apache-2.0
// What the AVX2 kernels share: four residues in a register, as doubles, and the fused multiply-add of FMA. Source: van
// der Hoeven, Lecerf, Quintin, "Modular SIMD arithmetic in Mathemagix", ACM TOMS 43, 2016, section 3.
//
// Why floating point cannot change a bit here (R25 forbids it elsewhere, contraction above all). Every double is an
// integer of at most 53 bits, apart from ratios like w/q. The operations are of two kinds.
//
// - Exact: the result, as a real number, is an integer of at most 2^53, so that no rounding takes place. A product x w
//   is high + low with high = fl(x w) and low = fma(x, w, -high), which is exact because one rounding happens after the
//   subtraction (an error-free transformation; without FMA this table does not exist). high - Q q is a small integer
//   for the Q at hand, so fma(-Q, q, high) is exact too, whatever high was rounded to.
// - Rounded: only the choice of Q, an integer near x w / q. Every Q gives a number congruent to x w; one that is off by
//   one gives a number q away. The bounds below cover that, and what is written at the end is the canonical residue,
//   which is the same whatever was chosen on the way.
//
// Fused operations are written out as intrinsics; the compiler fuses and reorders nothing (-ffp-contract=off). The
// rounding mode is the default one, to nearest. No operand is ever subnormal: no slow path tells secrets.
//
// Each function carries its target: nothing else in the program is compiled for AVX2, and inline functions of headers
// cannot leak from here to a processor without it. To be included by kernels_avx2*.cpp and the encoder's alone.
#pragma once

#include <immintrin.h>

#include <bit>

#include "fhe/ring/kernels.hpp"

#define MC_AVX2 __attribute__((target("avx2,fma")))
#define MC_AVX2_INLINE inline __attribute__((always_inline, target("avx2,fma")))

namespace mc::fhe::avx2 {

using u64 = std::uint64_t;
using Vector = __m256d;
using Words = __m256i;

inline constexpr int kShoupBits = 64;
inline constexpr std::size_t kLanes = 4;
/// A double 2^52 + x has the integer x < 2^52 as its low bits: an OR and a subtraction convert, and back.
inline constexpr double kTwo52 = 0x1p52;
/// Adding 1.5 * 2^52 rounds |x| <= 2^51 to an integer.
inline constexpr double kRounder = 0x1.8p52;
inline constexpr u64 kRounderWord = std::bit_cast<u64>(kRounder);

MC_AVX2_INLINE Words load_words(const u64* x) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
}
MC_AVX2_INLINE void store_words(u64* x, Words v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(x), v);
}
/// Doubles kept in memory that is declared as words.
MC_AVX2_INLINE Vector load(const u64* x) {
  return _mm256_castsi256_pd(load_words(x));
}
MC_AVX2_INLINE void store(u64* x, Vector v) {
  store_words(x, _mm256_castpd_si256(v));
}
MC_AVX2_INLINE Words all_words(u64 x) {
  return _mm256_set1_epi64x(static_cast<long long>(x));
}
MC_AVX2_INLINE Vector all(double x) {
  return _mm256_set1_pd(x);
}

/// Words x < 2^52 to doubles x + 2^52 - base; base an integer in [2^52, 2^53).
MC_AVX2_INLINE Vector integers_above(Words x, Vector base) {
  return _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(x), all(kTwo52)), base);
}
MC_AVX2_INLINE Vector integers(Words x) {
  return integers_above(x, all(kTwo52));
}
/// Doubles x in [2^52, 2^53) to words x - 2^52.
MC_AVX2_INLINE Words words_above(Vector x) {
  return _mm256_xor_si256(_mm256_castpd_si256(x), _mm256_castpd_si256(all(kTwo52)));
}

/// `negative` where `sign` is negative, otherwise `positive`.
MC_AVX2_INLINE Words by_sign(Words sign, Words negative, Words positive) {
  return _mm256_castpd_si256(
      _mm256_blendv_pd(_mm256_castsi256_pd(positive), _mm256_castsi256_pd(negative), _mm256_castsi256_pd(sign)));
}

/// The constants of one prime.
struct Prime {
  Vector q, inverse;
  Words q_words;
};

MC_AVX2_INLINE Prime prime_of(const Modulus& m) {
  const auto q = static_cast<double>(m.q);
  return {all(q), all(1 / q), all_words(m.q)};
}

/// A constant factor as the number in (-q/2, q/2) that it is modulo q, and that number over q.
struct Ratio {
  double value, ratio;
  static Ratio of(u64 w, const Modulus& m) {
    const u64 centred = w - (m.q & -static_cast<u64>(w > m.q / 2));
    const auto value = static_cast<double>(static_cast<std::int64_t>(centred));
    return {value, value / static_cast<double>(m.q)};
  }
};

/// The same in every lane, or four of them.
struct Factor {
  Vector value, ratio;
};

MC_AVX2_INLINE Factor factor_of(u64 w, const Modulus& m) {
  const Ratio ratio = Ratio::of(w, m);
  return {all(ratio.value), all(ratio.ratio)};
}

/// An integer near x * ratio, at most 1/2 off; |x * ratio| <= 2^51.
MC_AVX2_INLINE Vector quotient_of(Vector x, Vector ratio) {
  return _mm256_sub_pd(_mm256_fmadd_pd(x, ratio, all(kRounder)), all(kRounder));
}

/// A number congruent to x * w modulo q.
///   range  |x| <= 2^52; the ratio, below 1/2, is 2^-55 off at most: |result| <= q (1/2 + |x| 2^-55) <= 5q/8
MC_AVX2_INLINE Vector multiply_constant(Vector x, Factor w, const Prime& p) {
  const Vector quotient = quotient_of(x, w.ratio);
  const Vector high = _mm256_mul_pd(x, w.value);
  const Vector low = _mm256_fmsub_pd(x, w.value, high);
  return _mm256_add_pd(_mm256_fnmadd_pd(quotient, p.q, high), low);
}

/// A number congruent to x modulo q.
///   range  |x| <= 2^53, q >= 5: |result| <= q/2 + 1
MC_AVX2_INLINE Vector reduce(Vector x, const Prime& p) {
  return _mm256_fnmadd_pd(quotient_of(x, p.inverse), p.q, x);
}

/// Integers |x| <= 2^51 as signed words.
MC_AVX2_INLINE Words words_of(Vector x) {
  return _mm256_sub_epi64(_mm256_castpd_si256(_mm256_add_pd(x, all(kRounder))), all_words(kRounderWord));
}

/// x plus q where x is negative.
MC_AVX2_INLINE Words lift(Words x, const Prime& p) {
  return by_sign(x, _mm256_add_epi64(x, p.q_words), x);
}

/// The residues that numbers in (-q, q) stand for.
MC_AVX2_INLINE Words residues(Vector x, const Prime& p) {
  return lift(words_of(x), p);
}

/// The residues of x + a for x in (-q, q) and residues a.
MC_AVX2_INLINE Words residues_plus(Vector x, Words a, const Prime& p) {
  return lift(lift(_mm256_add_epi64(words_of(x), _mm256_sub_epi64(a, p.q_words)), p), p);
}

// The transforms, in kernels_avx2_ntt.cpp.
void pack_roots(NttTables& tables);
void forward_ntt(u64* x, const NttTables& tables);
void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables);
void forward_ntt_shifted_lazy(u64* out, const u64* in, Shifted range, const NttTables& tables);
void begin_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables);
void end_ntt(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
void end_ntt_lazy(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables);

}  // namespace mc::fhe::avx2
