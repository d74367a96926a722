// SPDX-License-Identifier: Apache-2.0
// The encoder's loops on the 52-bit multiply-add of AVX-512 IFMA, eight numbers at a time. As in ring/kernels, each
// function carries its target: nothing else in the program is compiled for AVX-512.
#include "fhe/ckks/encoder_kernels.hpp"

#if !defined(__x86_64__)

namespace mc::fhe {
const EncoderKernels* avx512_encoder_kernels() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include <immintrin.h>

#include <bit>

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

constexpr std::size_t kLanes = 8;
constexpr std::size_t kSizeMin = 128;  // below it the scalar table does the transform
constexpr u64 kLow52 = (u64{1} << 52) - 1;
constexpr u64 kLow50 = (u64{1} << 50) - 1;

MC_AVX512_INLINE Vector load(const void* x) {
  return _mm512_loadu_si512(x);
}
MC_AVX512_INLINE void store(void* x, Vector v) {
  _mm512_storeu_si512(x, v);
}
MC_AVX512_INLINE Vector all(u64 x) {
  return _mm512_set1_epi64(static_cast<long long>(x));
}

/// Eight numbers high * 2^52 + low.
struct Fixed {
  Vector high, low;
};

MC_AVX512_INLINE Fixed load(FixedView x, std::size_t i) {
  return {load(x.high + i), load(x.low + i)};
}
MC_AVX512_INLINE void store(FixedView x, std::size_t i, Fixed v) {
  store(x.high + i, v.high);
  store(x.low + i, v.low);
}
MC_AVX512_INLINE Fixed operator-(Fixed a, Fixed b) {
  return {_mm512_sub_epi64(a.high, b.high), _mm512_sub_epi64(a.low, b.low)};
}

/// x / 2, ties to even: floor(x / 2), plus one when it and x are odd. The odd bit of high is worth 2^51 of low.
MC_AVX512_INLINE Fixed halve(Fixed x) {
  const Vector odd = _mm512_and_si512(_mm512_slli_epi64(x.high, 51), all(u64{1} << 51));
  const Vector half = _mm512_srai_epi64(x.low, 1);
  const Vector up = _mm512_ternarylogic_epi64(x.low, half, all(1), 0x80);  // and
  return {_mm512_srai_epi64(x.high, 1), _mm512_add_epi64(_mm512_add_epi64(half, odd), up)};
}

/// The same numbers with low in [0, 2^52).
MC_AVX512_INLINE Fixed settle(Fixed x) {
  return {_mm512_add_epi64(x.high, _mm512_srai_epi64(x.low, 52)), _mm512_and_si512(x.low, all(kLow52))};
}

/// floor((x C + 2^103) / 2^104) for |x| <= 2^104. Of the eight partial products only the low half of low * low is left
/// out: nothing is added to it, so that it carries nothing. Multiplications take x modulo 2^104, which is x + 2^104
/// when it is negative: C too much.
MC_AVX512_INLINE Fixed multiply(Fixed x, Fixed c) {
  const Vector zero = _mm512_setzero_si512();
  const Fixed d = settle(x);
  const __mmask8 negative = _mm512_movepi64_mask(d.high);
  Vector fraction = _mm512_madd52hi_epu64(all(u64{1} << 51), d.low, c.low);
  fraction = _mm512_madd52lo_epu64(fraction, d.high, c.low);
  Vector low = _mm512_madd52lo_epu64(zero, d.high, c.high);
  low = _mm512_madd52hi_epu64(low, d.high, c.low);
  fraction = _mm512_madd52lo_epu64(fraction, d.low, c.high);
  low = _mm512_madd52hi_epu64(low, d.low, c.high);
  const Vector high = _mm512_madd52hi_epu64(zero, d.high, c.high);
  low = _mm512_add_epi64(low, _mm512_srli_epi64(fraction, 52));
  return {_mm512_mask_sub_epi64(high, negative, high, c.high), _mm512_mask_sub_epi64(low, negative, low, c.low)};
}

/// Halved sums and products of one coefficient of eight nodes, or of eight coefficients of one node. |low| grows by
/// less than 2^54 per layer, and there are fifteen.
struct Pair {
  Fixed average, product;
};

MC_AVX512_INLINE Pair butterfly(Fixed b, Fixed b_prime, Fixed c) {
  const Fixed sum{_mm512_add_epi64(b.high, b_prime.high), _mm512_add_epi64(b.low, b_prime.low)};
  return {halve(sum), multiply(b - b_prime, c)};
}

MC_AVX512 void to_leaves(FixedView out, const u64* doubles, std::size_t count, int exponent) {
  const Vector zero = _mm512_setzero_si512(), one = all(1), low52 = all(kLow52);
  const Vector largest_field = all(static_cast<u64>(exponent + 1022));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector bits = load(doubles + i);
    const Vector field = _mm512_and_si512(_mm512_srli_epi64(bits, 52), all(0x7ff));
    const __mmask8 normal = _mm512_test_epi64_mask(field, field);
    const Vector fraction = _mm512_and_si512(bits, low52);
    const Vector mantissa = _mm512_mask_or_epi64(fraction, normal, fraction, all(u64{1} << 52));
    const Vector right = _mm512_sub_epi64(largest_field, _mm512_max_epu64(field, one));
    // mantissa * 2^50 >> right: shifts by 64 or more, or by a negative count, leave nothing.
    const Vector high = _mm512_srlv_epi64(mantissa, _mm512_add_epi64(right, all(2)));
    const Vector left = _mm512_sub_epi64(all(50), right);
    const Vector below =
        _mm512_or_si512(_mm512_sllv_epi64(mantissa, left), _mm512_srlv_epi64(mantissa, _mm512_sub_epi64(zero, left)));
    const Vector half = _mm512_and_si512(_mm512_srlv_epi64(mantissa, _mm512_sub_epi64(right, all(51))), one);
    const Vector low = _mm512_add_epi64(_mm512_and_si512(below, low52), half);
    const Vector sign = _mm512_srai_epi64(bits, 63);
    store(out, i,
          {_mm512_sub_epi64(_mm512_xor_si512(high, sign), sign), _mm512_sub_epi64(_mm512_xor_si512(low, sign), sign)});
  }
}

struct Cosines {
  const u64* high;
  const u64* low;
};

MC_AVX512_INLINE Fixed cosines_at(Cosines c, std::size_t i) {
  return {load(c.high + i), load(c.low + i)};
}

/// Rows k and n/2 - k, eight nodes at a time.
MC_AVX512 void mirrored_rows(FixedView x, std::size_t row, std::size_t mirror, std::size_t nodes, Cosines cosines) {
  for (std::size_t j = 0; j < nodes; j += kLanes) {
    const Fixed c = cosines_at(cosines, nodes + j);
    const std::size_t at = row * 2 * nodes + j, mirror_at = mirror * 2 * nodes + j;
    const Pair a = butterfly(load(x, at), load(x, at + nodes), c);
    const Pair b = butterfly(load(x, mirror_at), load(x, mirror_at + nodes), c);
    store(x, at, a.average);
    store(x, at + nodes, a.product - b.average);
    store(x, mirror_at, b.average);
    store(x, mirror_at + nodes, b.product - a.average);
  }
}

/// Rows 0 and, where there is one, n/4: its own mirror.
MC_AVX512 void single_rows(FixedView x, std::size_t nodes, bool second, Cosines cosines) {
  for (std::size_t j = 0; j < nodes; j += kLanes) {
    const Fixed c = cosines_at(cosines, nodes + j);
    const Pair a = butterfly(load(x, j), load(x, nodes + j), c);
    store(x, j, a.average);
    store(x, nodes + j, halve(a.product));
    if (!second) continue;
    const Pair b = butterfly(load(x, 2 * nodes + j), load(x, 3 * nodes + j), c);
    store(x, 2 * nodes + j, b.average);
    store(x, 3 * nodes + j, b.product - b.average);
  }
}

/// An 8 x 8 matrix of words, rows to columns.
MC_AVX512_INLINE void transpose(Vector (&x)[8]) {
  Vector pairs[8], fours[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm512_unpacklo_epi64(x[i], x[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi64(x[i], x[i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; i += 4) {
#pragma GCC unroll 8
    for (int j = 0; j < 2; ++j) {
      fours[i + j] = _mm512_shuffle_i64x2(pairs[i + j], pairs[i + 2 + j], 0x88);
      fours[i + 2 + j] = _mm512_shuffle_i64x2(pairs[i + j], pairs[i + 2 + j], 0xdd);
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 2; ++j) {
    x[0 + j] = _mm512_shuffle_i64x2(fours[0 + j], fours[4 + j], 0x88);
    x[4 + j] = _mm512_shuffle_i64x2(fours[0 + j], fours[4 + j], 0xdd);
    x[2 + j] = _mm512_shuffle_i64x2(fours[2 + j], fours[6 + j], 0x88);
    x[6 + j] = _mm512_shuffle_i64x2(fours[2 + j], fours[6 + j], 0xdd);
  }
}

/// Rows of eight nodes -> the eight nodes one after another, coefficients in natural order, node j at the place that
/// makes children neighbours: reverse_bits(j).
MC_AVX512 void rows_to_nodes(const std::int64_t* rows, std::int64_t* nodes, std::size_t row_count) {
  const std::size_t step = row_count / kLanes;
  const int log_step = std::countr_zero(step);
  constexpr std::size_t kReversed[] = {0, 4, 2, 6, 1, 5, 3, 7};
  for (std::size_t m = 0; m < step; ++m) {
    Vector x[8];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i) x[i] = load(rows + (kReversed[i] * step + m) * kLanes);
    transpose(x);
    const std::size_t at = reverse_bits(m, log_step) * kLanes;
#pragma GCC unroll 8
    for (std::size_t j = 0; j < 8; ++j) store(nodes + kReversed[j] * row_count + at, x[j]);
  }
}

/// The coefficients n/2 - k for the block of k: eight of `block` backwards from its last, but the first, which is that
/// of `next`.
MC_AVX512_INLINE Fixed mirrored(Fixed block, Fixed next) {
  const Vector lanes = _mm512_set_epi64(1, 2, 3, 4, 5, 6, 7, 8);
  return {_mm512_permutex2var_epi64(block.high, lanes, next.high),
          _mm512_permutex2var_epi64(block.low, lanes, next.low)};
}

/// The butterflies of one node in natural order, from both ends of its children at once: block A of k, block B of
/// n/2 - k, which is off by one; so B's second half waits for the next A.
MC_AVX512 void node_by_coefficients(FixedView x, std::size_t half, Fixed c) {
  const FixedView y{x.high + half, x.low + half};
  Fixed next_low{_mm512_setzero_si512(), _mm512_setzero_si512()};
  Pair before{next_low, next_low};
  Fixed waiting = next_low;
  for (std::size_t k = 0; k < half / 2; k += kLanes) {
    const std::size_t m = half - kLanes - k;
    const Pair a = butterfly(load(x, k), load(y, k), c);
    const Pair b = butterfly(load(x, m), load(y, m), c);
    Fixed upper = a.product - mirrored(b.average, next_low);
    if (k == 0) {
      const Fixed first = halve(a.product);
      upper = {_mm512_mask_mov_epi64(upper.high, 1, first.high), _mm512_mask_mov_epi64(upper.low, 1, first.low)};
    } else {
      store(y, m + kLanes, waiting - mirrored(before.average, a.average));
    }
    store(x, k, a.average);
    store(x, m, b.average);
    store(y, k, upper);
    next_low = b.average;
    before = a;
    waiting = b.product;
  }
  store(y, half / 2, waiting - mirrored(before.average, next_low));
}

MC_AVX512 void leaves_to_averages(FixedView leaves, FixedView averages, const ChebyshevTransform& transform) {
  const std::size_t size = transform.size();
  if (size < kSizeMin) return scalar_encoder_kernels().leaves_to_averages(leaves, averages, transform);
  const Cosines cosines{transform.cosines_high().data(), transform.cosines_low().data()};
  for (std::size_t nodes = size / 2; nodes >= kLanes; nodes /= 2) {
    // Lanes are nodes, and mirrored coefficients stand in the same lane.
    for_rows_of_layer(
        size / nodes / 2, [&](bool second) { single_rows(leaves, nodes, second, cosines); },
        [&](std::size_t a, std::size_t b) { mirrored_rows(leaves, a, b, nodes, cosines); });
  }
  rows_to_nodes(leaves.high, averages.high, size / kLanes);
  rows_to_nodes(leaves.low, averages.low, size / kLanes);
  for (std::size_t nodes = kLanes / 2; nodes >= 1; nodes /= 2) {
    const std::size_t n = size / nodes;
    for (std::size_t place = 0; place < nodes; ++place) {
      const std::size_t node = nodes + reverse_bits(place, std::countr_zero(nodes));
      const Fixed c{all(cosines.high[node]), all(cosines.low[node])};
      node_by_coefficients({averages.high + place * n, averages.low + place * n}, n / 2, c);
    }
  }
}

/// The factor, and how to shift by shift - 1 and then by 1.
struct Scaling {
  Vector f0, f1, f2;
  Vector round_low, round_high;
  __mmask8 whole_word;
  __m128i right, left;
};

MC_AVX512_INLINE Scaling scaling_of(ScaleStep step) {
  const auto factor_high = static_cast<u64>(step.factor >> 104);
  const auto factor_middle = static_cast<u64>(step.factor >> 52) & kLow52;
  const auto factor_low = static_cast<u64>(step.factor) & kLow52;
  const auto count = static_cast<unsigned>(step.shift - 1);
  const u128 round = u128{1} << count;
  const unsigned rest = count & 63;
  return {all(factor_low),
          all(factor_middle),
          all(factor_high),
          all(static_cast<u64>(round)),
          all(static_cast<u64>(round >> 64)),
          static_cast<__mmask8>(-static_cast<int>(count >> 6)),
          _mm_cvtsi32_si128(static_cast<int>(rest)),
          _mm_cvtsi32_si128(static_cast<int>(64 - rest))};
}

/// Words of 64 bits.
struct Wide {
  Vector low, high;
};

/// floor(2 |x| factor / 2^104), |x| settled.
MC_AVX512_INLINE Wide product_top(Fixed x, const Scaling& s) {
  const Vector zero = _mm512_setzero_si512(), low52 = all(kLow52);
  // The lowest place is below 2^52 and carries nothing: left out.
  Vector p1 = _mm512_madd52hi_epu64(zero, x.low, s.f0);
  Vector p2 = _mm512_madd52hi_epu64(zero, x.low, s.f1);
  Vector p3 = _mm512_madd52hi_epu64(zero, x.low, s.f2);
  Vector p4 = _mm512_madd52hi_epu64(zero, x.high, s.f2);
  p1 = _mm512_madd52lo_epu64(p1, x.low, s.f1);
  p2 = _mm512_madd52lo_epu64(p2, x.low, s.f2);
  p3 = _mm512_madd52hi_epu64(p3, x.high, s.f1);
  p1 = _mm512_madd52lo_epu64(p1, x.high, s.f0);
  p2 = _mm512_madd52hi_epu64(p2, x.high, s.f0);
  p3 = _mm512_madd52lo_epu64(p3, x.high, s.f2);
  p2 = _mm512_madd52lo_epu64(p2, x.high, s.f1);
  p2 = _mm512_add_epi64(p2, _mm512_srli_epi64(p1, 52));
  p3 = _mm512_add_epi64(p3, _mm512_srli_epi64(p2, 52));
  p4 = _mm512_add_epi64(p4, _mm512_srli_epi64(p3, 52));
  p2 = _mm512_and_si512(p2, low52);
  p3 = _mm512_and_si512(p3, low52);
  return {_mm512_or_si512(p2, _mm512_slli_epi64(p3, 52)),
          _mm512_or_si512(_mm512_srli_epi64(p3, 12), _mm512_slli_epi64(p4, 40))};
}

MC_AVX512 void scale(IntegerView out, FixedView values, std::size_t count, ScaleStep step) {
  const Scaling s = scaling_of(step);
  const Vector low50 = all(kLow50), one = all(1);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Fixed x = settle(load(values, i));
    const Vector sign = _mm512_srai_epi64(x.high, 63);
    // 2 |x|: complement and add one, doubled.
    const Vector low = _mm512_sub_epi64(_mm512_and_si512(_mm512_xor_si512(x.low, sign), all(kLow52)), sign);
    const Vector high = _mm512_xor_si512(x.high, sign);
    const Fixed twice = settle({_mm512_add_epi64(high, high), _mm512_add_epi64(low, low)});
    Wide w = product_top(twice, s);
    w.low = _mm512_add_epi64(w.low, s.round_low);
    const __mmask8 carry = _mm512_cmplt_epu64_mask(w.low, s.round_low);
    w.high = _mm512_add_epi64(w.high, s.round_high);
    w.high = _mm512_mask_add_epi64(w.high, carry, w.high, one);
    w.low = _mm512_mask_mov_epi64(w.low, s.whole_word, w.high);
    w.high = _mm512_maskz_mov_epi64(static_cast<__mmask8>(~s.whole_word), w.high);
    // Shifts by 64 leave nothing.
    w.low = _mm512_or_si512(_mm512_srl_epi64(w.low, s.right), _mm512_sll_epi64(w.high, s.left));
    w.high = _mm512_srl_epi64(w.high, s.right);
    w.low = _mm512_or_si512(_mm512_srli_epi64(w.low, 1), _mm512_slli_epi64(w.high, 63));
    w.high = _mm512_srli_epi64(w.high, 1);
    const Vector middle = _mm512_or_si512(_mm512_srli_epi64(w.low, 50), _mm512_slli_epi64(w.high, 14));
    store(out.low + i, _mm512_and_si512(w.low, low50));
    store(out.middle + i, _mm512_and_si512(middle, low50));
    store(out.high + i, _mm512_or_si512(_mm512_srli_epi64(w.high, 36), _mm512_slli_epi64(sign, 63)));
  }
}

/// x mod bound for x < 2 bound: the smaller of x and x - bound, which wraps to a huge number for x < bound.
MC_AVX512_INLINE Vector correct(Vector x, Vector bound) {
  return _mm512_min_epu64(x, _mm512_sub_epi64(x, bound));
}

/// 1, 2^50 and 2^100 modulo q with their Shoup quotients.
struct Weights {
  u64 value[3], quotient[3];
};

Weights weights_of(const Modulus& m) {
  Weights w{};
  u64 power = 1;
  for (int i = 0; i < 3; ++i) {
    w.value[i] = power;
    w.quotient[i] = static_cast<u64>((u128{power} << 52) / m.q);
    power = m.multiply(power, m.reduce_word(u64{1} << 50));
  }
  return w;
}

// Each of the three terms leaves a remainder below q (1 + 2^50/2^52), if the quotients' floors are taken one by one:
// their sum is below 3.75 q < 2^52 and comes out of arithmetic modulo 2^52.
template <bool kTwoWords>
MC_AVX512_INLINE void to_limb_of(u64* limb, IntegerView integers, std::size_t count, const Modulus& m) {
  const Weights w = weights_of(m);
  const Vector zero = _mm512_setzero_si512();
  const Vector q = all(m.q), two_q = all(2 * m.q), minus_q = all((u64{1} << 52) - m.q), low52 = all(kLow52);
  const Vector quotient0 = all(w.quotient[0]), quotient1 = all(w.quotient[1]), quotient2 = all(w.quotient[2]);
  const Vector value1 = all(w.value[1]), value2 = all(w.value[2]);
  const Vector backwards = _mm512_set_epi64(1, 2, 3, 4, 5, 6, 7, 8);
  Vector next = zero;  // of the block above; coefficient `count` is 0
  for (std::size_t block = count / kLanes; block-- > 0;) {
    const std::size_t k = block * kLanes;
    const Vector low = load(integers.low + k), middle = load(integers.middle + k), high = load(integers.high + k);
    Vector quotient = _mm512_madd52hi_epu64(zero, low, quotient0);
    quotient = _mm512_madd52hi_epu64(quotient, middle, quotient1);
    Vector sum = _mm512_madd52lo_epu64(low, middle, value1);
    if constexpr (!kTwoWords) {  // the sign is bit 63, which the multiplier does not see
      quotient = _mm512_madd52hi_epu64(quotient, high, quotient2);
      sum = _mm512_madd52lo_epu64(sum, high, value2);
    }
    const Vector rest = _mm512_and_si512(_mm512_madd52lo_epu64(sum, quotient, minus_q), low52);
    const Vector residue = correct(correct(rest, two_q), q);
    const Vector turned = _mm512_maskz_sub_epi64(_mm512_test_epi64_mask(residue, residue), q, residue);
    const __mmask8 negative = _mm512_movepi64_mask(high);
    store(limb + k, _mm512_mask_mov_epi64(residue, negative, turned));
    const Vector opposite = _mm512_mask_mov_epi64(turned, negative, residue);
    store(limb + 2 * count - kLanes - k, _mm512_permutex2var_epi64(opposite, backwards, next));
    next = opposite;
  }
}

MC_AVX512 void to_limb(u64* limb, IntegerView integers, std::size_t count, bool two_words, const Modulus& m) {
  if (two_words) {
    to_limb_of<true>(limb, integers, count, m);
  } else {
    to_limb_of<false>(limb, integers, count, m);
  }
}

}  // namespace

const EncoderKernels* avx512_encoder_kernels() {
  static constexpr EncoderKernels kTable{.name = "avx512",
                                         .to_leaves = to_leaves,
                                         .leaves_to_averages = leaves_to_averages,
                                         .scale = scale,
                                         .to_limb = to_limb};
  static const bool supported =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512ifma");
  return supported ? &kTable : nullptr;
}

}  // namespace mc::fhe

#endif
