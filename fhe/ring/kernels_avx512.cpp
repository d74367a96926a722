// SPDX-License-Identifier: Apache-2.0
// The AVX-512 kernels that go through limbs residue by residue.
#include "fhe/ring/kernels.hpp"

#if !defined(__x86_64__)

namespace mc::fhe {
const Kernels* avx512_kernels() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include "fhe/ring/error_table.hpp"
#include "fhe/ring/vector_avx512.hpp"

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace mc::fhe {
namespace avx512 {
namespace {

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

/// Halves of products, 52 bits each, are summed apart in 64-bit lanes: a lane of one of the four sums sees at most
/// 2^16 / 32 of them, the lower ones below 2^52, which is 2^63.
MC_AVX512 u64 inner_product(const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  Vector high[4], low[4];
  for (std::size_t k = 0; k < 4; ++k) high[k] = low[k] = _mm512_setzero_si512();
  std::size_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < 4; ++k) {
      const Vector x = load(a + i + k * kLanes), y = load(b + i + k * kLanes);
      high[k] = add_high(high[k], x, y);
      low[k] = add_low(low[k], x, y);
    }
  }
  for (; i < count; i += kLanes) {  // at most two rows
    high[i / kLanes % 4] = add_high(high[i / kLanes % 4], load(a + i), load(b + i));
    low[i / kLanes % 4] = add_low(low[i / kLanes % 4], load(a + i), load(b + i));
  }
  u128 sum = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    u64 lanes_high[kLanes], lanes_low[kLanes];
    store(lanes_high, high[k]);
    store(lanes_low, low[k]);
    for (std::size_t lane = 0; lane < kLanes; ++lane) sum += (u128{lanes_high[lane]} << 52) + lanes_low[lane];
  }
  return m.reduce(sum);
}

MC_AVX512 void multiply_scalar_add(u64* a, const u64* b, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(ShoupFactor::of(factor, m, kShoupBits));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector sum = _mm512_add_epi64(multiply_lazy(load(b + i), w, p), load(a + i));  // below 3q
    store(a + i, correct(correct(sum, p.two_q), p.q));
  }
}

/// Brings sums of two products and a residue down by their top bits, for primes of n <= 48 bits: cheaper than folding.
/// The number V = high 2^52 + low is below 2^(2n+2); floor(V / 2^(n-2)) < 2^(n+4) <= 2^52 times mu = floor(2^(50+n)/q)
/// gives V's quotient or up to three less (Barrett; errors V/2^(n+50) < 1, 2^(n-2)/q <= 1/2 and the last floor).
struct TopBits {
  Prime p;
  Vector mu;
  __m128i shift_low, shift_high;
  [[nodiscard]] MC_AVX512_INLINE Vector reduced(Sum sum) const {
    const Vector top = _mm512_add_epi64(_mm512_sll_epi64(sum.high, shift_high), _mm512_srl_epi64(sum.low, shift_low));
    const Vector quotient = add_high(_mm512_setzero_si512(), top, mu);
    const Vector rest = _mm512_and_si512(add_low(sum.low, quotient, p.minus_q), p.low52);  // below 4q
    return correct(correct(rest, p.two_q), p.q);
  }
};

struct Folded {
  Folding folding;
  [[nodiscard]] MC_AVX512_INLINE Vector reduced(Sum sum) const { return fold(sum, folding); }
};

template <bool kAccumulate, class Reduction>
MC_AVX512 void tensor_of(u64* const* d, const u64* const* a, const u64* const* b, std::size_t count,
                         const Reduction& reduction) {
  const Vector zero = _mm512_setzero_si512();
  // Copies: a store of a vector might change any pointer in memory, which would be loaded again.
  u64* const out[] = {d[0], d[1], d[2]};
  const u64* const left[] = {a[0], a[1]};
  const u64* const right[] = {b[0], b[1]};
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector a0 = load(left[0] + i), a1 = load(left[1] + i), b0 = load(right[0] + i), b1 = load(right[1] + i);
    Sum first{zero, kAccumulate ? load(out[0] + i) : zero};
    Sum middle{zero, kAccumulate ? load(out[1] + i) : zero};
    Sum last{zero, kAccumulate ? load(out[2] + i) : zero};
    add_product(first, a0, b0);
    add_product(middle, a0, b1);
    add_product(middle, a1, b0);
    add_product(last, a1, b1);
    store(out[0] + i, reduction.reduced(first));
    store(out[1] + i, reduction.reduced(middle));
    store(out[2] + i, reduction.reduced(last));
  }
}

MC_AVX512 void tensor(u64* const* d, const u64* const* a, const u64* const* b, bool accumulate, std::size_t count,
                      const Modulus& m) {
  if (m.bits <= 48) {
    const Barrett barrett = barrett_of(m);
    const TopBits top_bits{prime_of(m), barrett.mu, barrett.shift_low, barrett.shift_high};
    (accumulate ? tensor_of<true, TopBits> : tensor_of<false, TopBits>)(d, a, b, count, top_bits);
  } else {
    const Folded folded{folding_of(m)};
    (accumulate ? tensor_of<true, Folded> : tensor_of<false, Folded>)(d, a, b, count, folded);
  }
}

template <bool kPastCaches>
MC_AVX512 void subtract_multiply_to(u64* out, const u64* a, const u64* b, u64 factor, const u64* c, u64 c_factor,
                                    std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(ShoupFactor::of(factor, m, kShoupBits));
  const Factor v = factor_of(ShoupFactor::of(c_factor, m, kShoupBits));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector difference = _mm512_sub_epi64(_mm512_add_epi64(load(a + i), p.q), load(b + i));
    Vector result = multiply_lazy(difference, w, p);
    if (c != nullptr) {
      result = correct(_mm512_add_epi64(result, multiply_lazy(load(c + i), v, p)), p.two_q);  // below 4q
    }
    result = correct(result, p.q);
    if constexpr (kPastCaches) {
      _mm512_stream_si512(reinterpret_cast<__m512i*>(out + i), result);
    } else {
      store(out + i, result);
    }
  }
  if constexpr (kPastCaches) _mm_sfence();  // before another thread is told
}

void subtract_multiply(u64* out, const u64* a, const u64* b, u64 factor, const u64* c, u64 c_factor, bool past_caches,
                       std::size_t count, const Modulus& m) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(out) % (kLanes * sizeof(u64)) == 0;
  (past_caches && aligned ? subtract_multiply_to<true> : subtract_multiply_to<false>)(out, a, b, factor, c, c_factor,
                                                                                      count, m);
}

/// The number of terms is a constant, so that their weights stay in registers.
template <std::size_t kTerms>
MC_AVX512 void combine_terms(u64* out, const u64* const* rows, const u64* weights, u64 constant, std::size_t count,
                             const Modulus& m) {
  const Folding f = folding_of(m);
  const u64* row[kTerms];
  Vector w[kTerms];
  for (std::size_t k = 0; k < kTerms; ++k) {
    row[k] = rows[k];
    w[k] = all(weights[k]);
  }
  const Sum start{_mm512_setzero_si512(), all(constant)};
  for (std::size_t i = 0; i < count; i += kLanes) {
    Sum sum = start;
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kTerms; ++k) add_product(sum, load(row[k] + i), w[k]);
    store(out + i, fold(sum, f));
  }
}

void combine(u64* out, const u64* const* rows, const u64* weights, std::size_t terms, u64 constant, std::size_t count,
             const Modulus& m) {
  static constexpr decltype(&combine_terms<1>) kOfTerms[] = {combine_terms<1>, combine_terms<2>, combine_terms<3>,
                                                             combine_terms<4>, combine_terms<5>, combine_terms<6>,
                                                             combine_terms<7>, combine_terms<8>};
  kOfTerms[terms - 1](out, rows, weights, constant, count, m);
}

MC_AVX512 void permute(u64* out, const u64* in, const AutomorphismTable& automorphism, bool accumulate, Residues which,
                       const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < which.count; i += kLanes) {
    const std::size_t block = (which.first + i) / kLanes;
    const Vector order = load(automorphism.order[automorphism.order_of[block]].data());
    _mm_prefetch(reinterpret_cast<const char*>(in + source_soon(automorphism, block, 8)), _MM_HINT_T0);
    Vector x = _mm512_permutexvar_epi64(order, load(in + kLanes * std::size_t{automorphism.source_block[block]}));
    if (accumulate) x = correct(_mm512_add_epi64(x, load(out + i)), q);
    store(out + i, x);
  }
}

MC_AVX512 void from_small(u64* out, const std::int64_t* in, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector x = _mm512_loadu_si512(in + i);
    store(out + i, _mm512_mask_add_epi64(x, _mm512_movepi64_mask(x), x, q));
  }
}

MC_AVX512 void select_errors(std::int64_t* out, const u64* words, std::size_t count) {
  const Vector low_lanes = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);
  const Vector high_lanes = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
  const Vector one = all(1);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector a = load(words + 2 * i), b = load(words + 2 * i + kLanes);
    const Vector low = _mm512_permutex2var_epi64(a, low_lanes, b);
    const Vector signed_high = _mm512_permutex2var_epi64(a, high_lanes, b);
    const Vector high = _mm512_and_si512(signed_high, all(UINT64_MAX >> 1));
    Vector magnitude = _mm512_setzero_si512();
    for (const ErrorThreshold& threshold : kErrorThresholds) {
      // threshold <= number, as two words.
      const Vector t = all(threshold.high);
      const __mmask8 at_most = _mm512_cmplt_epu64_mask(t, high) |
                               _mm512_mask_cmple_epu64_mask(_mm512_cmpeq_epu64_mask(t, high), all(threshold.low), low);
      magnitude = _mm512_mask_add_epi64(magnitude, at_most, magnitude, one);
    }
    const Vector sign = _mm512_srai_epi64(signed_high, 63);
    _mm512_storeu_si512(out + i, _mm512_sub_epi64(_mm512_xor_si512(magnitude, sign), sign));
  }
}

}  // namespace
}  // namespace avx512

const Kernels* avx512_kernels() {
  static const Kernels kTable{
      .name = "avx512",
      .shoup_bits = avx512::kShoupBits,
      .packs_keys = true,
      .makes_uniform_halves = __builtin_cpu_supports("vaes") != 0,
      .pack_roots = avx512::pack_roots,
      .forward_ntt = avx512::forward_ntt,
      .forward_ntt_shifted = avx512::forward_ntt_shifted,
      .forward_ntt_shifted_lazy = avx512::forward_ntt_shifted_lazy,
      .begin_ntt_shifted = avx512::begin_ntt_shifted,
      .end_ntt = avx512::end_ntt,
      .end_ntt_lazy = avx512::end_ntt_lazy,
      .inverse_ntt = avx512::inverse_ntt,
      .add = avx512::add,
      .subtract = avx512::subtract,
      .negate = avx512::negate,
      .multiply = avx512::multiply,
      .multiply_add = avx512::multiply_add,
      .multiply_scalar = avx512::multiply_scalar,
      .inner_product = avx512::inner_product,
      .multiply_scalar_add = avx512::multiply_scalar_add,
      .tensor = avx512::tensor,
      .subtract_multiply = avx512::subtract_multiply,
      .combine = avx512::combine,
      .key_product = avx512::key_product,
      .permute = avx512::permute,
      .from_small = avx512::from_small,
      .select_errors = avx512::select_errors,
  };
  static const bool supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                                __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512ifma") &&
                                __builtin_cpu_supports("avx512vbmi");
  return supported ? &kTable : nullptr;
}

}  // namespace mc::fhe

#endif
