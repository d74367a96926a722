// SPDX-License-Identifier: Apache-2.0
// AVX-512 kernels on the 52-bit multiply-add of IFMA, eight residues at a time. Primes are below 2^50, so values up to
// 4q fit in 52 bits (Boemer et al., Intel HEXL, 2021). Each function carries its target: nothing else in the program is
// compiled for AVX-512, and inline functions of headers cannot leak from here to a processor without it.
#include "fhe/ring/kernels.hpp"

#if !defined(__x86_64__)

namespace mc::fhe {
const Kernels* avx512_kernels() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include <immintrin.h>

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#define MC_AVX512 __attribute__((target("avx512f,avx512dq,avx512ifma")))
#define MC_AVX512_INLINE inline __attribute__((always_inline, target("avx512f,avx512dq,avx512ifma")))

namespace mc::fhe {
namespace {

using u64 = std::uint64_t;
using Vector = __m512i;

constexpr int kShoupBits = 52;
constexpr std::size_t kLanes = 8;
constexpr std::size_t kBlock = 4096;  // residues that fit in the first-level cache with their roots on the way

MC_AVX512_INLINE Vector load(const u64* x) {
  return _mm512_loadu_si512(x);
}
MC_AVX512_INLINE void store(u64* x, Vector v) {
  _mm512_storeu_si512(x, v);
}
MC_AVX512_INLINE Vector all(u64 x) {
  return _mm512_set1_epi64(static_cast<long long>(x));
}
/// x mod bound for x < 2 bound: the smaller of x and x - bound, which wraps to a huge number for x < bound.
MC_AVX512_INLINE Vector correct(Vector x, Vector bound) {
  return _mm512_min_epu64(x, _mm512_sub_epi64(x, bound));
}

/// The constants of one prime.
struct Prime {
  Vector q, two_q, minus_q, low52;
};

MC_AVX512_INLINE Prime prime_of(const Modulus& m) {
  const u64 mask = (u64{1} << 52) - 1;
  return {all(m.q), all(2 * m.q), all((u64{1} << 52) - m.q), all(mask)};
}

/// A Shoup factor in every lane, or eight of them.
struct Factor {
  Vector value, quotient;
};

MC_AVX512_INLINE Factor factor_of(const ShoupFactor& w) {
  return {all(w.value), all(w.quotient)};
}

/// x * w mod q in [0, 2q), for x < 2^52.
MC_AVX512_INLINE Vector multiply_lazy(Vector x, Factor w, const Prime& p) {
  const Vector zero = _mm512_setzero_si512();
  const Vector quotient = _mm512_madd52hi_epu64(zero, x, w.quotient);
  const Vector low = _mm512_madd52lo_epu64(zero, x, w.value);
  // low - quotient * q modulo 2^52, as a sum with 2^52 - q.
  return _mm512_and_si512(_mm512_madd52lo_epu64(low, quotient, p.minus_q), p.low52);
}

/// (u, v) -> (u + w v, u - w v); in and out below 4q.
MC_AVX512_INLINE void forward_butterfly(Vector& u, Vector& v, Factor w, const Prime& p) {
  const Vector product = multiply_lazy(v, w, p);
  const Vector x = correct(u, p.two_q);
  u = _mm512_add_epi64(x, product);
  v = _mm512_sub_epi64(_mm512_add_epi64(x, p.two_q), product);
}

/// (u, v) -> (u + v, (u - v) w); in and out below 2q.
MC_AVX512_INLINE void inverse_butterfly(Vector& u, Vector& v, Factor w, const Prime& p) {
  const Vector difference = _mm512_sub_epi64(_mm512_add_epi64(u, p.two_q), v);
  u = correct(_mm512_add_epi64(u, v), p.two_q);
  v = multiply_lazy(difference, w, p);
}

/// Views of the root tables, forward or inverse.
struct Roots {
  const u64* values;
  const u64* quotients;
};

MC_AVX512_INLINE Factor one_root(Roots r, std::size_t i) {
  return {all(r.values[i]), all(r.quotients[i])};
}
MC_AVX512_INLINE Factor eight_roots(Roots r, std::size_t i) {
  return {load(r.values + i), load(r.quotients + i)};
}
/// Four roots, each in two neighbouring lanes.
MC_AVX512_INLINE Vector spread_four(const u64* x) {
  const Vector lanes = _mm512_set_epi64(3, 3, 2, 2, 1, 1, 0, 0);
  return _mm512_permutexvar_epi64(lanes,
                                  _mm512_zextsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x))));
}
/// Two roots, each in four neighbouring lanes.
MC_AVX512_INLINE Vector spread_two(const u64* x) {
  const Vector lanes = _mm512_set_epi64(1, 1, 1, 1, 0, 0, 0, 0);
  return _mm512_permutexvar_epi64(lanes, _mm512_zextsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x))));
}
MC_AVX512_INLINE Factor four_roots(Roots r, std::size_t i) {
  return {spread_four(r.values + i), spread_four(r.quotients + i)};
}
MC_AVX512_INLINE Factor two_roots(Roots r, std::size_t i) {
  return {spread_two(r.values + i), spread_two(r.quotients + i)};
}

/// Rearranges two vectors by lane numbers, 0 to 7 in the first and 8 to 15 in the second, lowest lane first.
template <int k0, int k1, int k2, int k3, int k4, int k5, int k6, int k7>
MC_AVX512_INLINE Vector pick(Vector a, Vector b) {
  return _mm512_permutex2var_epi64(a, _mm512_set_epi64(k7, k6, k5, k4, k3, k2, k1, k0), b);
}

/// A part of the transform: `size` residues that are group `group` of the stage with `groups` groups.
struct Part {
  u64* x;
  std::size_t size, groups, group;
};

/// One stage: groups of 2 * half.
MC_AVX512 void forward_stage(const Part& part, std::size_t half, Roots roots, const Prime& p) {
  const std::size_t local = part.size / (2 * half);
  for (std::size_t g = 0; g < local; ++g) {
    const Factor w = one_root(roots, part.groups * local + part.group * local + g);
    u64* upper = part.x + 2 * g * half;
    for (std::size_t i = 0; i < half; i += kLanes) {
      Vector u = load(upper + i), v = load(upper + half + i);
      forward_butterfly(u, v, w, p);
      store(upper + i, u);
      store(upper + half + i, v);
    }
  }
}

/// Two stages in one pass over memory: groups of 4 * quarter, then of 2 * quarter.
MC_AVX512 void forward_two_stages(const Part& part, std::size_t quarter, Roots roots, const Prime& p) {
  const std::size_t local = part.size / (4 * quarter);
  for (std::size_t g = 0; g < local; ++g) {
    const std::size_t root = part.groups * local + part.group * local + g;
    const Factor w = one_root(roots, root), w0 = one_root(roots, 2 * root), w1 = one_root(roots, 2 * root + 1);
    u64* x = part.x + 4 * g * quarter;
    for (std::size_t i = 0; i < quarter; i += kLanes) {
      Vector a = load(x + i), b = load(x + quarter + i), c = load(x + 2 * quarter + i), d = load(x + 3 * quarter + i);
      forward_butterfly(a, c, w, p);
      forward_butterfly(b, d, w, p);
      forward_butterfly(a, b, w0, p);
      forward_butterfly(c, d, w1, p);
      store(x + i, a);
      store(x + quarter + i, b);
      store(x + 2 * quarter + i, c);
      store(x + 3 * quarter + i, d);
    }
  }
}

/// The stages of half 4, 2 and 1 inside registers, sixteen residues at a time, and the final reduction to [0, q).
MC_AVX512 void forward_last_stages(const Part& part, std::size_t degree, std::size_t offset, Roots roots,
                                   const Prime& p) {
  for (std::size_t i = 0; i < part.size; i += 2 * kLanes) {
    const Vector a = load(part.x + i), b = load(part.x + i + kLanes);
    const std::size_t at = offset + i;
    Vector u = pick<0, 1, 2, 3, 8, 9, 10, 11>(a, b), v = pick<4, 5, 6, 7, 12, 13, 14, 15>(a, b);
    forward_butterfly(u, v, two_roots(roots, (degree + at) / 8), p);
    Vector s = pick<0, 1, 8, 9, 4, 5, 12, 13>(u, v), t = pick<2, 3, 10, 11, 6, 7, 14, 15>(u, v);
    forward_butterfly(s, t, four_roots(roots, (degree + at) / 4), p);
    u = pick<0, 8, 2, 10, 4, 12, 6, 14>(s, t);
    v = pick<1, 9, 3, 11, 5, 13, 7, 15>(s, t);
    forward_butterfly(u, v, eight_roots(roots, (degree + at) / 2), p);
    u = correct(correct(u, p.two_q), p.q);
    v = correct(correct(v, p.two_q), p.q);
    store(part.x + i, pick<0, 8, 1, 9, 2, 10, 3, 11>(u, v));
    store(part.x + i + kLanes, pick<4, 12, 5, 13, 6, 14, 7, 15>(u, v));
  }
}

/// Depth first: two stages over the whole part, then its quarters one after another once they fit in the cache.
MC_AVX512 void forward_part(const Part& part, std::size_t degree, Roots roots, const Prime& p) {
  if (part.size > kBlock) {
    forward_two_stages(part, part.size / 4, roots, p);
    for (std::size_t i = 0; i < 4; ++i) {
      forward_part({part.x + i * part.size / 4, part.size / 4, 4 * part.groups, 4 * part.group + i}, degree, roots, p);
    }
    return;
  }
  std::size_t half = part.size / 2;
  for (; half >= 2 * kLanes; half /= 4) forward_two_stages(part, half / 2, roots, p);
  if (half == kLanes) forward_stage(part, half, roots, p);
  forward_last_stages(part, degree, part.group * part.size, roots, p);
}

MC_AVX512 void forward_ntt(u64* x, const NttTables& tables) {
  const Roots roots{tables.roots.data(), tables.root_quotients.data()};
  forward_part({x, tables.degree, 1, 0}, tables.degree, roots, prime_of(tables.modulus));
}

/// The stages of half 1, 2 and 4.
MC_AVX512 void inverse_first_stages(const Part& part, std::size_t degree, std::size_t offset, Roots roots,
                                    const Prime& p) {
  for (std::size_t i = 0; i < part.size; i += 2 * kLanes) {
    const Vector a = load(part.x + i), b = load(part.x + i + kLanes);
    const std::size_t at = offset + i;
    Vector u = pick<0, 2, 4, 6, 8, 10, 12, 14>(a, b), v = pick<1, 3, 5, 7, 9, 11, 13, 15>(a, b);
    inverse_butterfly(u, v, eight_roots(roots, (degree + at) / 2), p);
    Vector s = pick<0, 8, 2, 10, 4, 12, 6, 14>(u, v), t = pick<1, 9, 3, 11, 5, 13, 7, 15>(u, v);
    inverse_butterfly(s, t, four_roots(roots, (degree + at) / 4), p);
    u = pick<0, 1, 8, 9, 4, 5, 12, 13>(s, t);
    v = pick<2, 3, 10, 11, 6, 7, 14, 15>(s, t);
    inverse_butterfly(u, v, two_roots(roots, (degree + at) / 8), p);
    store(part.x + i, pick<0, 1, 2, 3, 8, 9, 10, 11>(u, v));
    store(part.x + i + kLanes, pick<4, 5, 6, 7, 12, 13, 14, 15>(u, v));
  }
}

MC_AVX512 void inverse_stage(const Part& part, std::size_t half, Roots roots, const Prime& p) {
  const std::size_t local = part.size / (2 * half);
  for (std::size_t g = 0; g < local; ++g) {
    const Factor w = one_root(roots, part.groups * local + part.group * local + g);
    u64* upper = part.x + 2 * g * half;
    for (std::size_t i = 0; i < half; i += kLanes) {
      Vector u = load(upper + i), v = load(upper + half + i);
      inverse_butterfly(u, v, w, p);
      store(upper + i, u);
      store(upper + half + i, v);
    }
  }
}

/// Groups of 2 * quarter, then of 4 * quarter, in one pass.
MC_AVX512 void inverse_two_stages(const Part& part, std::size_t quarter, Roots roots, const Prime& p) {
  const std::size_t local = part.size / (4 * quarter);
  for (std::size_t g = 0; g < local; ++g) {
    const std::size_t root = part.groups * local + part.group * local + g;
    const Factor w = one_root(roots, root), w0 = one_root(roots, 2 * root), w1 = one_root(roots, 2 * root + 1);
    u64* x = part.x + 4 * g * quarter;
    for (std::size_t i = 0; i < quarter; i += kLanes) {
      Vector a = load(x + i), b = load(x + quarter + i), c = load(x + 2 * quarter + i), d = load(x + 3 * quarter + i);
      inverse_butterfly(a, b, w0, p);
      inverse_butterfly(c, d, w1, p);
      inverse_butterfly(a, c, w, p);
      inverse_butterfly(b, d, w, p);
      store(x + i, a);
      store(x + quarter + i, b);
      store(x + 2 * quarter + i, c);
      store(x + 3 * quarter + i, d);
    }
  }
}

/// All stages inside a part, but the whole transform's last one, which also divides by N.
MC_AVX512 void inverse_part(const Part& part, std::size_t degree, Roots roots, const Prime& p) {
  std::size_t quarter = kLanes;  // half of the next stage
  if (part.size > kBlock) {
    for (std::size_t i = 0; i < 4; ++i) {
      inverse_part({part.x + i * part.size / 4, part.size / 4, 4 * part.groups, 4 * part.group + i}, degree, roots, p);
    }
    quarter = part.size / 4;
  } else {
    inverse_first_stages(part, degree, part.group * part.size, roots, p);
  }
  const std::size_t end = part.groups == 1 ? part.size / 2 : part.size;  // halves from here on are not ours
  for (; 2 * quarter < end; quarter *= 4) inverse_two_stages(part, quarter, roots, p);
  if (quarter < end) inverse_stage(part, quarter, roots, p);
}

MC_AVX512 void inverse_ntt(u64* x, const NttTables& tables) {
  const Prime p = prime_of(tables.modulus);
  const Roots roots{tables.inverse_roots.data(), tables.inverse_root_quotients.data()};
  inverse_part({x, tables.degree, 1, 0}, tables.degree, roots, p);
  const Factor first = factor_of(tables.inverse_degree), second = factor_of(tables.inverse_degree_last_root);
  const std::size_t half = tables.degree / 2;
  for (std::size_t i = 0; i < half; i += kLanes) {
    const Vector u = load(x + i), v = load(x + half + i);
    const Vector difference = _mm512_sub_epi64(_mm512_add_epi64(u, p.two_q), v);
    store(x + i, correct(multiply_lazy(_mm512_add_epi64(u, v), first, p), p.q));
    store(x + half + i, correct(multiply_lazy(difference, second, p), p.q));
  }
}

MC_AVX512 void add(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) store(a + i, correct(_mm512_add_epi64(load(a + i), load(b + i)), q));
}

MC_AVX512 void subtract(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector difference = _mm512_sub_epi64(load(a + i), load(b + i));  // wraps to a huge number when negative
    store(a + i, _mm512_min_epu64(difference, _mm512_add_epi64(difference, q)));
  }
}

MC_AVX512 void negate(u64* a, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector x = load(a + i);
    store(a + i, _mm512_maskz_sub_epi64(_mm512_test_epi64_mask(x, x), q, x));
  }
}

/// Barrett's constants for products: mu = floor(2^(50+n) / q), n the bit length of q (n >= 3).
struct Barrett {
  Vector mu;
  __m128i shift_low, shift_high;
};

MC_AVX512_INLINE Barrett barrett_of(const Modulus& m) {
  return {all(static_cast<u64>((u128{1} << (50 + m.bits)) / m.q)), _mm_cvtsi32_si128(m.bits - 2),
          _mm_cvtsi32_si128(54 - m.bits)};
}

/// a * b mod q, canonical. The top n+2 <= 52 bits of the 2n-bit product times mu give the quotient or up to two less.
MC_AVX512_INLINE Vector multiply_reduced(Vector a, Vector b, const Barrett& barrett, const Prime& p) {
  const Vector zero = _mm512_setzero_si512();
  const Vector high = _mm512_madd52hi_epu64(zero, a, b);
  const Vector low = _mm512_madd52lo_epu64(zero, a, b);
  const Vector top =
      _mm512_or_si512(_mm512_sll_epi64(high, barrett.shift_high), _mm512_srl_epi64(low, barrett.shift_low));
  const Vector quotient = _mm512_madd52hi_epu64(zero, top, barrett.mu);
  const Vector rest = _mm512_and_si512(_mm512_madd52lo_epu64(low, quotient, p.minus_q), p.low52);  // below 3q
  return correct(correct(rest, p.two_q), p.q);
}

MC_AVX512 void multiply(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Barrett barrett = barrett_of(m);
  for (std::size_t i = 0; i < count; i += kLanes)
    store(out + i, multiply_reduced(load(a + i), load(b + i), barrett, p));
}

MC_AVX512 void multiply_add(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Barrett barrett = barrett_of(m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector product = multiply_reduced(load(a + i), load(b + i), barrett, p);
    store(out + i, correct(_mm512_add_epi64(product, load(out + i)), p.q));
  }
}

MC_AVX512 void multiply_scalar(u64* a, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(ShoupFactor::of(factor, m, kShoupBits));
  for (std::size_t i = 0; i < count; i += kLanes) store(a + i, correct(multiply_lazy(load(a + i), w, p), p.q));
}

MC_AVX512 void subtract_multiply(u64* a, const u64* b, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(ShoupFactor::of(factor, m, kShoupBits));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector difference = _mm512_sub_epi64(_mm512_add_epi64(load(a + i), p.q), load(b + i));
    store(a + i, correct(multiply_lazy(difference, w, p), p.q));
  }
}

/// Sums high * 2^52 + low of products; a term adds less than 2^48 to high and 2^52 to low.
struct Sum {
  Vector high, low;
};

/// Moves low's carries to high: low < 2^52.
MC_AVX512_INLINE void carry(Sum& sum, const Prime& p) {
  sum.high = _mm512_add_epi64(sum.high, _mm512_srli_epi64(sum.low, 52));
  sum.low = _mm512_and_si512(sum.low, p.low52);
}

MC_AVX512 void inner_product(u64* out, const u64* const* a, const u64* const* b, std::size_t terms, std::size_t count,
                             const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor one = factor_of(ShoupFactor::of(1, m, kShoupBits));
  const Factor power = factor_of(ShoupFactor::of(m.reduce_word(u64{1} << 52), m, kShoupBits));
  // 14 terms keep high below 2^52; after a reduction of high below 2q < 2^51, seven more do.
  constexpr std::size_t kFirstRun = 14, kNextRun = 7, kWide = 4;
  for (std::size_t i = 0; i < count; i += kWide * kLanes) {
    const std::size_t wide = count - i < kWide * kLanes ? (count - i) / kLanes : kWide;
    Sum sums[kWide];
    for (Sum& sum : sums) sum = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (std::size_t k = 0, end = kFirstRun; k < terms; end += kNextRun) {
      for (; k < terms && k < end; ++k) {
        for (std::size_t j = 0; j < wide; ++j) {
          const Vector x = load(a[k] + i + j * kLanes), y = load(b[k] + i + j * kLanes);
          sums[j].high = _mm512_madd52hi_epu64(sums[j].high, x, y);
          sums[j].low = _mm512_madd52lo_epu64(sums[j].low, x, y);
        }
      }
      for (Sum& sum : sums) {
        carry(sum, p);
        if (k < terms) sum.high = multiply_lazy(sum.high, one, p);
      }
    }
    for (std::size_t j = 0; j < wide; ++j) {
      const Vector total = _mm512_add_epi64(multiply_lazy(sums[j].high, power, p), multiply_lazy(sums[j].low, one, p));
      store(out + i + j * kLanes, correct(correct(total, p.two_q), p.q));
    }
  }
}

MC_AVX512 void lift_centred(u64* out, const u64* in, std::size_t count, const Modulus& from, const Modulus& to) {
  const Prime p = prime_of(to);
  const Vector half = all(from.q / 2), minus_from = all(to.negate(to.reduce_word(from.q)));
  const Factor one = factor_of(ShoupFactor::of(1, to, kShoupBits));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector x = load(in + i);
    const Vector shifted = _mm512_mask_add_epi64(x, _mm512_cmpgt_epu64_mask(x, half), x, minus_from);
    store(out + i, correct(multiply_lazy(shifted, one, p), p.q));
  }
}

}  // namespace

const Kernels* avx512_kernels() {
  static constexpr Kernels kTable{
      .name = "avx512",
      .shoup_bits = kShoupBits,
      .forward_ntt = forward_ntt,
      .inverse_ntt = inverse_ntt,
      .add = add,
      .subtract = subtract,
      .negate = negate,
      .multiply = multiply,
      .multiply_add = multiply_add,
      .multiply_scalar = multiply_scalar,
      .subtract_multiply = subtract_multiply,
      .inner_product = inner_product,
      .lift_centred = lift_centred,
  };
  static const bool supported =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512ifma");
  return supported ? &kTable : nullptr;
}

}  // namespace mc::fhe

#endif
