// SPDX-License-Identifier: Apache-2.0
// What the AVX-512 kernels share: eight residues in a register and the 52-bit multiply-add of IFMA. Primes are below
// 2^50, so values up to 4q fit in 52 bits (Boemer et al., Intel HEXL, 2021). Each function carries its target: nothing
// else in the program is compiled for AVX-512, and inline functions of headers cannot leak from here to a processor
// without it. To be included by this folder's *_avx512*.cpp alone.
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "fhe/ring/kernels.hpp"

#define MC_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")))
#define MC_AVX512_INLINE \
  inline __attribute__((always_inline, target("avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")))

namespace mc::fhe::avx512 {

using u64 = std::uint64_t;
using Vector = __m512i;

inline constexpr int kShoupBits = 52;
inline constexpr std::size_t kLanes = 8;
inline constexpr u64 kLow52 = (u64{1} << 52) - 1;

MC_AVX512_INLINE Vector load(const u64* x) {
  return _mm512_loadu_si512(x);
}
MC_AVX512_INLINE void store(u64* x, Vector v) {
  _mm512_storeu_si512(x, v);
}
MC_AVX512_INLINE Vector all(u64 x) {
  return _mm512_set1_epi64(static_cast<long long>(x));
}
/// sum + the high 52 bits of the product of the low 52 bits of a and b.
MC_AVX512_INLINE Vector add_high(Vector sum, Vector a, Vector b) {
  return _mm512_madd52hi_epu64(sum, a, b);
}
/// sum + the low 52 bits of it.
MC_AVX512_INLINE Vector add_low(Vector sum, Vector a, Vector b) {
  return _mm512_madd52lo_epu64(sum, a, b);
}
/// x mod bound for x < 2 bound: the smaller of x and x - bound, which wraps to a huge number for x < bound.
MC_AVX512_INLINE Vector correct(Vector x, Vector bound) {
  return _mm512_min_epu64(x, _mm512_sub_epi64(x, bound));
}

MC_AVX512_INLINE Vector low_halves(Vector a, Vector b) {
  return _mm512_shuffle_i64x2(a, b, 0x44);
}
MC_AVX512_INLINE Vector high_halves(Vector a, Vector b) {
  return _mm512_shuffle_i64x2(a, b, 0xEE);
}
/// Lane numbers, 0 to 7 in the first and 8 to 15 in the second register, lowest lane first.
template <int k0, int k1, int k2, int k3, int k4, int k5, int k6, int k7>
MC_AVX512_INLINE Vector pick(Vector a, Vector b) {
  return _mm512_permutex2var_epi64(a, _mm512_set_epi64(k7, k6, k5, k4, k3, k2, k1, k0), b);
}

/// The constants of one prime.
struct Prime {
  Vector q, two_q, minus_q, low52;
};

MC_AVX512_INLINE Prime prime_of(const Modulus& m) {
  return {all(m.q), all(2 * m.q), all((u64{1} << 52) - m.q), all(kLow52)};
}

/// Quotients by q of numbers below 2^52: floor(2^52 / q) is a factor 1's Shoup quotient.
struct Reduction {
  Vector quotient_of_one;
  /// In [0, 2q) modulo 2^52, with noise above.
  [[nodiscard]] MC_AVX512_INLINE Vector noisy(Vector x, const Prime& p) const {
    return add_low(x, add_high(_mm512_setzero_si512(), x, quotient_of_one), p.minus_q);
  }
};

/// A Shoup factor in every lane, or eight of them.
struct Factor {
  Vector value, quotient;
};

MC_AVX512_INLINE Factor factor_of(const ShoupFactor& w) {
  return {all(w.value), all(w.quotient)};
}

/// x * w mod q in [0, 2q) modulo 2^52, with noise above; of x only the low 52 bits count.
MC_AVX512_INLINE Vector multiply_noisy(Vector x, Factor w, const Prime& p) {
  const Vector zero = _mm512_setzero_si512();
  const Vector quotient = add_high(zero, x, w.quotient);
  // x w - quotient * q modulo 2^52, as a sum with 2^52 - q.
  return add_low(add_low(zero, x, w.value), quotient, p.minus_q);
}

/// The same without noise.
MC_AVX512_INLINE Vector multiply_lazy(Vector x, Factor w, const Prime& p) {
  return _mm512_and_si512(multiply_noisy(x, w, p), p.low52);
}

/// A number of up to 104 bits and some carries: high * 2^52 + low.
struct Sum {
  Vector high, low;
};

MC_AVX512_INLINE void add_product(Sum& sum, Vector a, Vector b) {
  sum.high = add_high(sum.high, a, b);
  sum.low = add_low(sum.low, a, b);
}

/// The constants that bring a Sum down to a residue.
struct Folding {
  Prime p;
  Factor power;            // 2^52 mod q
  Vector quotient_of_one;  // floor(2^52 / q)
};

MC_AVX512_INLINE Folding folding_of(const Modulus& m) {
  const u64 power = m.reduce_word(u64{1} << 52);
  return {prime_of(m), factor_of(ShoupFactor::of(power, m, kShoupBits)), all((u64{1} << 52) / m.q)};
}

/// x mod q in [0, 2q) for x < 2^52.
MC_AVX512_INLINE Vector reduce_lazy(Vector x, const Folding& f) {
  const Vector quotient = add_high(_mm512_setzero_si512(), x, f.quotient_of_one);
  return _mm512_and_si512(add_low(x, quotient, f.p.minus_q), f.p.low52);
}

/// sum mod q, canonical.
///   range  high + (low >> 52) < 2^52
MC_AVX512_INLINE Vector fold(Sum sum, const Folding& f) {
  const Vector high = _mm512_add_epi64(sum.high, _mm512_srli_epi64(sum.low, 52));
  // high 2^52 mod q in [0, 2q), and the low word, which adds at most 2^52 < 2^53 - 2q: one more reduction.
  const Vector upper = multiply_lazy(high, f.power, f.p);
  const Vector lower = reduce_lazy(sum.low, f);
  return correct(correct(_mm512_add_epi64(upper, lower), f.p.two_q), f.p.q);
}

/// Where the residues of an image come from, `ahead` blocks of eight later: an order that no processor foresees.
MC_AVX512_INLINE std::size_t source_soon(const AutomorphismTable& automorphism, std::size_t block, std::size_t ahead) {
  return kLanes * std::size_t{automorphism.source_block[std::min(block + ahead, automorphism.source_block.size() - 1)]};
}

/// Asks the second-level cache for memory in so many steps: more at once would have to wait for each other.
class Asking {
 public:
  Asking(Ahead ahead, std::size_t steps)
      : next_(reinterpret_cast<const char*>(ahead.words)), end_(next_ + ahead.count * sizeof(u64)) {
    step_ = (ahead.count * sizeof(u64) / steps + kLine - 1) / kLine * kLine;
  }
  /// For a stream that is read in so many steps while it is asked for: stays ahead of its reader.
  static Asking of_stream(const u64* words, std::size_t count, std::size_t steps) {
    Asking asking({words, count}, steps);
    asking.next_ += std::min(kLead, count) * sizeof(u64);
    return asking;
  }
  MC_AVX512_INLINE void go_on() {
    const char* const stop = std::min(next_ + step_, end_);
    for (; next_ < stop; next_ += kLine) _mm_prefetch(next_, _MM_HINT_T1);
  }

 private:
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kLead = 1024;  // words
  const char* next_;
  const char* end_;
  std::size_t step_ = 0;
};

// The transforms, in kernels_avx512_ntt.cpp and kernels_avx512_inverse_ntt.cpp.
void pack_roots(NttTables& tables);
void forward_ntt(u64* x, const NttTables& tables);
void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables);
void forward_ntt_shifted_lazy(u64* out, const u64* in, Shifted range, const NttTables& tables);
void begin_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables);
void end_ntt(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
void end_ntt_lazy(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables);

// In kernels_avx512_keys.cpp.
void key_product(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                 const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m);

}  // namespace mc::fhe::avx512
