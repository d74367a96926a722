// SPDX-License-Identifier: Apache-2.0
// The encoder's two longest loops on four numbers at a time: AVX2 has no multiplier wider than 32 bits, but FMA has one
// of 53. As fhe/ring/vector_avx2.hpp explains, floating point cannot change a bit here: where a product is split, a
// rounding chooses the split alone, the two parts are exact, and integers of the parts are what goes on.
#include "fhe/ckks/encoder_kernels.hpp"

#if !defined(__x86_64__)

namespace mc::fhe {
const EncoderKernels* avx2_encoder_kernels() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include "fhe/ring/vector_avx2.hpp"

namespace mc::fhe {
namespace {

using avx2::all;
using avx2::all_words;
using avx2::kLanes;
using avx2::u64;
using avx2::Vector;
using avx2::Words;

constexpr u64 kLow52 = (u64{1} << 52) - 1;
constexpr double kTwo104 = 0x1p104;
constexpr u64 kTwo104Word = std::bit_cast<u64>(kTwo104);
constexpr u64 kSign = u64{1} << 63;

/// x >> places for signed words: AVX2 shifts unsigned ones only.
template <int kPlaces>
MC_AVX2_INLINE Words shift_right(Words x) {
  const Words moved = _mm256_srli_epi64(_mm256_xor_si256(x, all_words(kSign)), kPlaces);
  return _mm256_sub_epi64(moved, all_words(kSign >> kPlaces));
}

/// Four numbers high * 2^52 + low.
struct Fixed {
  Words high, low;
};

MC_AVX2_INLINE Words load(const std::int64_t* x) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
}
MC_AVX2_INLINE Fixed load(FixedView x, std::size_t i) {
  return {load(x.high + i), load(x.low + i)};
}
MC_AVX2_INLINE void store(FixedView x, std::size_t i, Fixed v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(x.high + i), v.high);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(x.low + i), v.low);
}
MC_AVX2_INLINE Fixed operator+(Fixed a, Fixed b) {
  return {_mm256_add_epi64(a.high, b.high), _mm256_add_epi64(a.low, b.low)};
}
MC_AVX2_INLINE Fixed operator-(Fixed a, Fixed b) {
  return {_mm256_sub_epi64(a.high, b.high), _mm256_sub_epi64(a.low, b.low)};
}

/// x / 2, ties to even: floor(x / 2), plus one when it and x are odd. The odd bit of high is worth 2^51 of low.
MC_AVX2_INLINE Fixed halve(Fixed x) {
  const Words odd = _mm256_and_si256(_mm256_slli_epi64(x.high, 51), all_words(u64{1} << 51));
  const Words half = shift_right<1>(x.low);
  const Words up = _mm256_and_si256(_mm256_and_si256(x.low, half), all_words(1));
  return {shift_right<1>(x.high), _mm256_add_epi64(_mm256_add_epi64(half, odd), up)};
}

/// A product of two integers below 2^52 as high * 2^52 + low, |low| <= 2^51: both as they come out, words of doubles.
struct Split {
  Vector high;  // 2^104 + high * 2^52: its word is kTwo104Word + high
  Vector low;   // low, or kRounder + low, whose word is kRounderWord + low
};

/// The sum rounded to a multiple of 2^52, for it is from 2^104 to 2^105; then what is left of the product. Its addend
/// `start` - high * 2^52 is a multiple of 2^51 of at most 53 bits, so that nothing else is rounded.
///   source  Emmart, Zheng, Weems, "Faster modular exponentiation using double precision floating point arithmetic on
///           the GPU", ARITH 2018 (there rounded towards zero)
MC_AVX2_INLINE Split split_product(Vector x, Vector y, Vector start) {
  const Vector high = _mm256_fmadd_pd(x, y, all(kTwo104));
  const Vector rest = _mm256_sub_pd(start, _mm256_sub_pd(high, all(kTwo104)));
  return {high, _mm256_fmadd_pd(x, y, rest)};
}

MC_AVX2_INLINE Words word(Vector x) {
  return _mm256_castpd_si256(x);
}

/// Cosines below 2^104: the words and the same as doubles.
struct Cosines {
  Fixed words;
  Vector high, low;
};

MC_AVX2_INLINE Cosines cosines_at(const ChebyshevTransform& transform, std::size_t i) {
  const Fixed words{avx2::load_words(transform.cosines_high().data() + i),
                    avx2::load_words(transform.cosines_low().data() + i)};
  return {words, avx2::integers(words.high), avx2::integers(words.low)};
}

/// floor((x C + 2^103) / 2^104) for |x| <= 2^104. Products take x modulo 2^104, which is x + 2^104 when it is negative:
/// C too much. With products H 2^52 + L the sum has, in units of 2^52, the fraction
///     L_1 + L_2 + H_0 + 2^51, and one less when L_0 is negative: |fraction| < 2^54
/// (1, 2: the mixed products, 0: low times low).
MC_AVX2_INLINE Fixed multiply(Fixed x, const Cosines& c) {
  const Vector rounder = all(avx2::kRounder), zero = _mm256_setzero_pd();
  const Words high = _mm256_add_epi64(x.high, shift_right<52>(x.low));
  const Words negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), high);
  const Vector d_high = avx2::integers(_mm256_and_si256(high, all_words(kLow52)));
  const Vector d_low = avx2::integers(_mm256_and_si256(x.low, all_words(kLow52)));
  const Split least = split_product(d_low, c.low, zero);
  const Split mixed1 = split_product(d_high, c.low, rounder);
  const Split mixed2 = split_product(d_low, c.high, rounder);
  const Split most = split_product(d_high, c.high, rounder);
  // The constants of three words, the half, and 2^54 so that the shift sees no sign.
  constexpr u64 kFraction = (u64{1} << 54) + (u64{1} << 51) - kTwo104Word - 2 * avx2::kRounderWord;
  Words fraction = _mm256_add_epi64(word(mixed1.low), word(mixed2.low));
  fraction = _mm256_add_epi64(fraction, _mm256_add_epi64(word(least.high), all_words(kFraction)));
  fraction = _mm256_sub_epi64(fraction, _mm256_srli_epi64(word(least.low), 63));
  constexpr u64 kLow = u64{0} - 2 * kTwo104Word - avx2::kRounderWord - 4;  // 4 = 2^54 >> 52
  Words low = _mm256_add_epi64(word(mixed1.high), word(mixed2.high));
  low = _mm256_add_epi64(low, _mm256_add_epi64(word(most.low), all_words(kLow)));
  low = _mm256_add_epi64(low, _mm256_srli_epi64(fraction, 52));
  const Fixed product{_mm256_sub_epi64(word(most.high), all_words(kTwo104Word)), low};
  return product - Fixed{_mm256_and_si256(c.words.high, negative), _mm256_and_si256(c.words.low, negative)};
}

/// Halved sums and products of one coefficient of four nodes. |low| grows by less than 2^54 per layer, and there are
/// fifteen.
struct Pair {
  Fixed average, product;
};

MC_AVX2_INLINE Pair butterfly(Fixed b, Fixed b_prime, const Cosines& c) {
  return {halve(b + b_prime), multiply(b - b_prime, c)};
}

/// Rows k and n/2 - k, four nodes at a time.
MC_AVX2 void mirrored_rows(FixedView x, std::size_t row, std::size_t mirror, std::size_t nodes,
                           const ChebyshevTransform& transform) {
  for (std::size_t j = 0; j < nodes; j += kLanes) {
    const Cosines c = cosines_at(transform, nodes + j);
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
MC_AVX2 void single_rows(FixedView x, std::size_t nodes, bool second, const ChebyshevTransform& transform) {
  for (std::size_t j = 0; j < nodes; j += kLanes) {
    const Cosines c = cosines_at(transform, nodes + j);
    const Pair a = butterfly(load(x, j), load(x, nodes + j), c);
    store(x, j, a.average);
    store(x, nodes + j, halve(a.product));
    if (!second) continue;
    const Pair b = butterfly(load(x, 2 * nodes + j), load(x, 3 * nodes + j), c);
    store(x, 2 * nodes + j, b.average);
    store(x, 3 * nodes + j, b.product - b.average);
  }
}

MC_AVX2 void leaves_to_averages(FixedView leaves, FixedView averages, const ChebyshevTransform& transform) {
  const std::size_t size = transform.size();
  std::size_t nodes = size / 2;
  for (; nodes >= kLanes; nodes /= 2) {
    for_rows_of_layer(
        size / nodes / 2, [&](bool second) { single_rows(leaves, nodes, second, transform); },
        [&](std::size_t a, std::size_t b) { mirrored_rows(leaves, a, b, nodes, transform); });
  }
  finish_averages(leaves, averages, transform, nodes);
}

/// Four integers modulo q. Words of 50 bits are doubles; a product is congruent to its term and at most 5q/8, so that
/// the sum is below 2^50 + 5q/4 < 2^53.
template <bool kTwoWords>
MC_AVX2_INLINE Words residues_of(Words low, Words middle, Words high, const avx2::Factor& middle_weight,
                                 const avx2::Factor& high_weight, const avx2::Prime& p) {
  Vector sum = _mm256_add_pd(avx2::integers(low), avx2::multiply_constant(avx2::integers(middle), middle_weight, p));
  if constexpr (!kTwoWords) {
    const Vector top = avx2::integers(_mm256_and_si256(high, all_words(~kSign)));
    sum = _mm256_add_pd(sum, avx2::multiply_constant(top, high_weight, p));
  }
  return avx2::residues(avx2::reduce(sum, p), p);
}

template <bool kTwoWords>
MC_AVX2 void to_limb_of(u64* limb, IntegerView integers, std::size_t count, const Modulus& m) {
  const avx2::Prime p = avx2::prime_of(m);
  const u64 weight = m.reduce_word(u64{1} << 50);
  const avx2::Factor middle_weight = avx2::factor_of(weight, m);
  const avx2::Factor high_weight = avx2::factor_of(m.multiply(weight, weight), m);
  for (std::size_t k = 0; k < count; k += kLanes) {
    const Words high = avx2::load_words(integers.high + k);
    const Words residue = residues_of<kTwoWords>(
        avx2::load_words(integers.low + k), avx2::load_words(integers.middle + k), high, middle_weight, high_weight, p);
    const Words none = _mm256_cmpeq_epi64(residue, _mm256_setzero_si256());
    const Words turned = _mm256_andnot_si256(none, _mm256_sub_epi64(p.q_words, residue));
    avx2::store_words(limb + k, avx2::by_sign(high, turned, residue));
    // Backwards from 2 count - k; coefficient 0 has no mirror, and coefficient `count` is 0.
    const Words opposite = _mm256_permute4x64_epi64(avx2::by_sign(high, residue, turned), 0x1b);
    if (k != 0) {
      avx2::store_words(limb + 2 * count - k - 3, opposite);
    } else {
      alignas(32) u64 first[kLanes];
      avx2::store_words(first, opposite);
      for (std::size_t i = 0; i < 3; ++i) limb[2 * count - 3 + i] = first[i];
    }
  }
  limb[count] = 0;
}

void to_limb(u64* limb, IntegerView integers, std::size_t count, bool two_words, const Modulus& m) {
  if (two_words) {
    to_limb_of<true>(limb, integers, count, m);
  } else {
    to_limb_of<false>(limb, integers, count, m);
  }
}

}  // namespace

const EncoderKernels* avx2_encoder_kernels() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
  static const EncoderKernels kTable{.name = "avx2",
                                     .to_leaves = scalar_encoder_kernels().to_leaves,
                                     .leaves_to_averages = leaves_to_averages,
                                     .scale = scalar_encoder_kernels().scale,
                                     .to_limb = to_limb};
  return &kTable;
}

}  // namespace mc::fhe

#endif
