// SPDX-License-Identifier: Apache-2.0
// The AVX2 kernels that go through limbs residue by residue.
#include "fhe/ring/kernels.hpp"

#if !defined(__x86_64__)

namespace mc::fhe {
const Kernels* avx2_kernels() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include "fhe/ring/error_table.hpp"
#include "fhe/ring/vector_avx2.hpp"

namespace mc::fhe {
namespace avx2 {
namespace {

// ---- Sums and differences, in integers.

/// x mod q for x < 2q.
MC_AVX2_INLINE Words correct(Words x, Words q) {
  const Words less = _mm256_sub_epi64(x, q);
  return by_sign(less, x, less);
}

MC_AVX2 void add(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Words q = all_words(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    store_words(a + i, correct(_mm256_add_epi64(load_words(a + i), load_words(b + i)), q));
  }
}

MC_AVX2 void subtract(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Words q = all_words(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Words difference = _mm256_sub_epi64(load_words(a + i), load_words(b + i));
    store_words(a + i, by_sign(difference, _mm256_add_epi64(difference, q), difference));
  }
}

MC_AVX2 void negate(u64* a, std::size_t count, const Modulus& m) {
  const Words q = all_words(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Words x = load_words(a + i);
    const Words zero = _mm256_cmpeq_epi64(x, _mm256_setzero_si256());
    store_words(a + i, _mm256_andnot_si256(zero, _mm256_sub_epi64(q, x)));
  }
}

MC_AVX2 void from_small(u64* out, const std::int64_t* in, std::size_t count, const Modulus& m) {
  const Words q = all_words(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Words x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    store_words(out + i, by_sign(x, _mm256_add_epi64(x, q), x));
  }
}

// ---- Products of residues.

/// A number congruent to a * b modulo q.
///   range  0 <= a, b < q: high / q < 2^50 is 2^-2 off at most (two roundings): |result| <= 3q/4
MC_AVX2_INLINE Vector multiply_residues(Vector a, Vector b, const Prime& p) {
  const Vector high = _mm256_mul_pd(a, b);
  const Vector low = _mm256_fmsub_pd(a, b, high);
  const Vector quotient = quotient_of(high, p.inverse);
  return _mm256_add_pd(_mm256_fnmadd_pd(quotient, p.q, high), low);
}

MC_AVX2_INLINE Vector load_integers(const u64* x) {
  return integers(load_words(x));
}
/// The residues of any numbers |x| <= 2^53.
MC_AVX2_INLINE void store_reduced(u64* out, Vector x, const Prime& p) {
  store_words(out, residues(reduce(x, p), p));
}

MC_AVX2 void multiply(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    store_words(out + i, residues(multiply_residues(load_integers(a + i), load_integers(b + i), p), p));
  }
}

MC_AVX2 void multiply_add(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector product = multiply_residues(load_integers(a + i), load_integers(b + i), p);
    store_words(out + i, residues_plus(product, load_words(out + i), p));
  }
}

/// Factors below 2^50 as halves of 25 bits, so that the 32-bit multiplication is exact. The sums of low, middle and
/// high products are kept apart: a lane sees at most 2^16 / 8 rows, and 2^13 times two products of (2^25 - 1)^2 are
/// less than 2^64.
MC_AVX2 u64 inner_product(const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  constexpr int kHalf = 25;
  const Words mask = all_words((u64{1} << kHalf) - 1);
  Words sums[2][3];
  for (auto& of_row : sums) of_row[0] = of_row[1] = of_row[2] = _mm256_setzero_si256();
  for (std::size_t i = 0; i < count; i += 2 * kLanes) {
#pragma GCC unroll 2
    for (std::size_t row = 0; row < 2; ++row) {
      const Words x = load_words(a + i + row * kLanes), y = load_words(b + i + row * kLanes);
      const Words x_low = _mm256_and_si256(x, mask), x_high = _mm256_srli_epi64(x, kHalf);
      const Words y_low = _mm256_and_si256(y, mask), y_high = _mm256_srli_epi64(y, kHalf);
      const Words middle = _mm256_add_epi64(_mm256_mul_epu32(x_low, y_high), _mm256_mul_epu32(x_high, y_low));
      sums[row][0] = _mm256_add_epi64(sums[row][0], _mm256_mul_epu32(x_low, y_low));
      sums[row][1] = _mm256_add_epi64(sums[row][1], middle);
      sums[row][2] = _mm256_add_epi64(sums[row][2], _mm256_mul_epu32(x_high, y_high));
    }
  }
  u128 sum = 0;
  for (const auto& of_row : sums) {
    for (int part = 0; part < 3; ++part) {
      u64 lanes[kLanes];
      store_words(lanes, of_row[part]);
      for (const u64 lane : lanes) sum += u128{lane} << (part * kHalf);
    }
  }
  return m.reduce(sum);
}

MC_AVX2 void multiply_scalar(u64* a, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(factor, m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    store_words(a + i, residues(multiply_constant(load_integers(a + i), w, p), p));
  }
}

MC_AVX2 void multiply_scalar_add(u64* a, const u64* b, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(factor, m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector product = multiply_constant(load_integers(b + i), w, p);
    store_words(a + i, residues_plus(product, load_words(a + i), p));
  }
}

template <bool kAccumulate>
MC_AVX2 void tensor_of(u64* const* d, const u64* const* a, const u64* const* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector a0 = load_integers(a[0] + i), a1 = load_integers(a[1] + i);
    const Vector b0 = load_integers(b[0] + i), b1 = load_integers(b[1] + i);
    Vector first = multiply_residues(a0, b0, p);
    Vector middle = _mm256_add_pd(multiply_residues(a0, b1, p), multiply_residues(a1, b0, p));
    Vector last = multiply_residues(a1, b1, p);
    if (!kAccumulate) {
      store_words(d[0] + i, residues(first, p));
      store_reduced(d[1] + i, middle, p);
      store_words(d[2] + i, residues(last, p));
      continue;
    }
    store_words(d[0] + i, residues_plus(first, load_words(d[0] + i), p));
    store_reduced(d[1] + i, _mm256_add_pd(middle, load_integers(d[1] + i)), p);
    store_words(d[2] + i, residues_plus(last, load_words(d[2] + i), p));
  }
}

void tensor(u64* const* d, const u64* const* a, const u64* const* b, bool accumulate, std::size_t count,
            const Modulus& m) {
  (accumulate ? tensor_of<true> : tensor_of<false>)(d, a, b, count, m);
}

MC_AVX2 void subtract_multiply(u64* out, const u64* a, const u64* b, u64 factor, const u64* c, u64 c_factor, bool,
                               std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(factor, m);
  const Factor v = factor_of(c_factor, m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector difference = _mm256_sub_pd(load_integers(a + i), load_integers(b + i));
    const Vector product = multiply_constant(difference, w, p);
    if (c == nullptr) {
      store_words(out + i, residues(product, p));
    } else {
      store_reduced(out + i, _mm256_add_pd(product, multiply_constant(load_integers(c + i), v, p)), p);
    }
  }
}

/// Eight products of at most 5q/8 and a residue: below 6q < 2^53.
MC_AVX2 void combine(u64* out, const u64* const* rows, const u64* weights, std::size_t terms, u64 constant,
                     std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  Factor w[8];
  for (std::size_t k = 0; k < terms; ++k) w[k] = factor_of(weights[k], m);
  const Vector start = all(static_cast<double>(constant));
  for (std::size_t i = 0; i < count; i += kLanes) {
    Vector sum = start;
    for (std::size_t k = 0; k < terms; ++k) {
      sum = _mm256_add_pd(sum, multiply_constant(load_integers(rows[k] + i), w[k], p));
    }
    store_reduced(out + i, sum, p);
  }
}

// ---- Automorphisms and key products.

/// The eight orders of an automorphism as AVX2 takes them. The lanes of one half of the image have source lanes of
/// equal parity in bit-reversed counting, so each half of the image comes from one half of the source.
struct Orders {
  struct Half {
    std::size_t from;  // 0 or 4
    Words words;       // lanes as pairs of 32-bit words
  };
  Half half[8][2];
};

MC_AVX2 void fill_orders(Orders& orders, const AutomorphismTable& table) {
  for (std::size_t order = 0; order < 8; ++order) {
    for (std::size_t half = 0; half < 2; ++half) {
      const u64* const lanes = table.order[order].data() + kLanes * half;
      const Words lane = _mm256_and_si256(load_words(lanes), all_words(kLanes - 1));
      const Words low = _mm256_add_epi64(lane, lane);
      const Words high = _mm256_slli_epi64(_mm256_add_epi64(low, all_words(1)), 32);
      orders.half[order][half] = {lanes[0] & kLanes, _mm256_or_si256(low, high)};
    }
  }
}

MC_AVX2_INLINE Words take(const u64* eight, const Orders::Half& half) {
  return _mm256_permutevar8x32_epi32(load_words(eight + half.from), half.words);
}

MC_AVX2 void permute(u64* out, const u64* in, const AutomorphismTable& automorphism, bool accumulate, Residues which,
                     const Modulus& m) {
  Orders orders;
  fill_orders(orders, automorphism);
  const Words q = all_words(m.q);
  for (std::size_t i = 0; i < which.count; i += 8) {
    const std::size_t block = (which.first + i) / 8;
    const u64* const from = in + 8 * std::size_t{automorphism.source_block[block]};
    for (std::size_t half = 0; half < 2; ++half) {
      u64* const to = out + i + kLanes * half;
      Words x = take(from, orders.half[automorphism.order_of[block]][half]);
      if (accumulate) x = correct(_mm256_add_epi64(x, load_words(to)), q);
      store_words(to, x);
    }
  }
}

constexpr int kGridBits = 48;
constexpr double kGrid = 0x1p100;  // doubles in [2^100, 2^101] are multiples of 2^48
constexpr u64 kGridWord = u64{1023 + 100} << 52;
constexpr std::size_t kRun = 40;

/// A sum of up to kRun products below 2^100, exactly: `high` counts multiples of 2^48 (modulo 2^64, with kGridWord in
/// it for every product), `low` is the rest.
struct Sum {
  Words high;
  Vector low;
};

/// fma rounds 2^100 + a b to the grid, where its word counts grid points; what is lost, at most 2^47, is found exactly.
/// Source: Emmart, Zheng, Weems, "Faster modular exponentiation using double precision floating point arithmetic on the
/// GPU", ARITH 2018.
MC_AVX2_INLINE void add_product(Sum& sum, Vector a, Vector b) {
  const Vector rounded = _mm256_fmadd_pd(a, b, all(kGrid));
  const Vector on_grid = _mm256_sub_pd(rounded, all(kGrid));
  sum.high = _mm256_add_epi64(sum.high, _mm256_castpd_si256(rounded));
  sum.low = _mm256_add_pd(sum.low, _mm256_fmsub_pd(a, b, on_grid));
}

/// The constants that bring a Sum down to a residue: 2^48 and 2^74 modulo q.
struct Folding {
  Prime p;
  Factor grid, grid_high;
};

MC_AVX2_INLINE Folding folding_of(const Modulus& m) {
  return {prime_of(m), factor_of((u64{1} << kGridBits) % m.q, m),
          factor_of(static_cast<u64>((u128{1} << (kGridBits + 26)) % m.q), m)};
}

/// A number congruent to a sum of `terms` products and a residue; at most 40 * 2^47 + 2q + q < 2^53.
MC_AVX2_INLINE Vector fold(Sum sum, std::size_t terms, const Folding& f) {
  const Words count = _mm256_sub_epi64(sum.high, all_words(terms * kGridWord));  // below 40 * 2^52
  const Vector upper = integers(_mm256_srli_epi64(count, 26));
  const Vector lower = integers(_mm256_and_si256(count, all_words((u64{1} << 26) - 1)));
  return _mm256_add_pd(_mm256_add_pd(multiply_constant(upper, f.grid_high, f.p), multiply_constant(lower, f.grid, f.p)),
                       sum.low);
}

/// Four of the eight residues b (side 0) or a (side 1) of a pair. Keys are not packed for this table: plain is what has
/// to be fast.
template <bool kPacked>
MC_AVX2_INLINE Words load_key(const std::byte* pair, std::size_t side, std::size_t half, std::size_t bits) {
  const std::size_t lane = kLanes * half;
  if constexpr (!kPacked) return load_words(reinterpret_cast<const u64*>(pair) + KeyRows::kLanes * side + lane);
  alignas(32) u64 residues[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) residues[i] = read_pair(pair, side, lane + i, bits);
  return load_words(residues);
}

/// Where q < 2^46 digits are below 2^52 and keys below 2^46; otherwise both are below 2^50.
template <bool kPermuted, bool kPacked>
MC_AVX2 void key_product_of(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                            const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m) {
  const Folding f = folding_of(m);
  const std::size_t pair_bytes = KeyRows::bytes_per_pair(kPacked ? key.bits : KeyRows::kPlainBits);
  Orders orders;
  if constexpr (kPermuted) fill_orders(orders, *automorphism);
  for (std::size_t i = which.first; i < which.first + which.count; i += 8) {
    const std::byte* pair = key.at(i);
    std::size_t from = i;
    const Orders::Half* order = nullptr;
    if constexpr (kPermuted) {
      from = 8 * std::size_t{automorphism->source_block[i / 8]};
      order = orders.half[automorphism->order_of[i / 8]];
    }
    Sum b[2], a[2];
    for (std::size_t half = 0; half < 2; ++half) {
      const std::size_t at = i - which.first + kLanes * half;
      b[half].low = accumulate ? load_integers(out_b + at) : _mm256_setzero_pd();
      a[half].low = accumulate ? load_integers(out_a + at) : _mm256_setzero_pd();
    }
    for (std::size_t k = 0; k < terms;) {
      const std::size_t run = terms - k < kRun ? terms - k : kRun;
      for (std::size_t half = 0; half < 2; ++half) b[half].high = a[half].high = _mm256_setzero_si256();
      for (const std::size_t end = k + run; k < end; ++k, pair += pair_bytes) {
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half) {
          const Words words =
              kPermuted ? take(digits[k] + from, order[half]) : load_words(digits[k] + i + kLanes * half);
          const Vector digit = integers(words);
          add_product(b[half], digit, integers(load_key<kPacked>(pair, 0, half, key.bits)));
          add_product(a[half], digit, integers(load_key<kPacked>(pair, 1, half, key.bits)));
        }
      }
      for (std::size_t half = 0; half < 2; ++half) {
        b[half].low = reduce(fold(b[half], run, f), f.p);
        a[half].low = reduce(fold(a[half], run, f), f.p);
      }
    }
    for (std::size_t half = 0; half < 2; ++half) {
      const std::size_t at = i - which.first + kLanes * half;
      store_words(out_b + at, residues(b[half].low, f.p));
      store_words(out_a + at, residues(a[half].low, f.p));
    }
  }
}

void key_product(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                 const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m) {
  const auto product = key.packed()
                           ? (automorphism == nullptr ? key_product_of<false, true> : key_product_of<true, true>)
                           : (automorphism == nullptr ? key_product_of<false, false> : key_product_of<true, false>);
  product(out_b, out_a, digits, terms, key, automorphism, accumulate, which, m);
}

// ---- Errors.

/// Counts the thresholds above |x| by the borrow of number - threshold; the sign bit of a comparison of unsigned words
/// is the one of signed words with their top bits flipped.
MC_AVX2 void select_errors(std::int64_t* out, const u64* words, std::size_t count) {
  constexpr u64 kTopBit = u64{1} << 63;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Words first = load_words(words + 2 * i), second = load_words(words + 2 * i + kLanes);
    // Lanes 0, 2, 1, 3; put in order at the end.
    const Words low = _mm256_xor_si256(_mm256_unpacklo_epi64(first, second), all_words(kTopBit));
    const Words signed_high = _mm256_unpackhi_epi64(first, second);
    const Words high = _mm256_andnot_si256(all_words(kTopBit), signed_high);
    Words magnitude = all_words(kErrorThresholds.size());
    for (const ErrorThreshold& threshold : kErrorThresholds) {
      const Words borrow = _mm256_cmpgt_epi64(all_words(threshold.low ^ kTopBit), low);  // -1 where it borrows
      const Words difference = _mm256_add_epi64(_mm256_sub_epi64(high, all_words(threshold.high)), borrow);
      magnitude = _mm256_sub_epi64(magnitude, _mm256_srli_epi64(difference, 63));
    }
    const Words sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), signed_high);
    const Words error = _mm256_sub_epi64(_mm256_xor_si256(magnitude, sign), sign);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), _mm256_permute4x64_epi64(error, 0xD8));
  }
}

}  // namespace
}  // namespace avx2

const Kernels* avx2_kernels() {
  static constexpr Kernels kTable{
      .name = "avx2",
      .shoup_bits = avx2::kShoupBits,
      .packs_keys = false,
      .makes_uniform_halves = false,
      .pack_roots = avx2::pack_roots,
      .forward_ntt = avx2::forward_ntt,
      .forward_ntt_shifted = avx2::forward_ntt_shifted,
      .forward_ntt_shifted_lazy = avx2::forward_ntt_shifted_lazy,
      .begin_ntt_shifted = avx2::begin_ntt_shifted,
      .end_ntt = avx2::end_ntt,
      .end_ntt_lazy = avx2::end_ntt_lazy,
      .inverse_ntt = avx2::inverse_ntt,
      .add = avx2::add,
      .subtract = avx2::subtract,
      .negate = avx2::negate,
      .multiply = avx2::multiply,
      .multiply_add = avx2::multiply_add,
      .multiply_scalar = avx2::multiply_scalar,
      .inner_product = avx2::inner_product,
      .multiply_scalar_add = avx2::multiply_scalar_add,
      .tensor = avx2::tensor,
      .subtract_multiply = avx2::subtract_multiply,
      .combine = avx2::combine,
      .key_product = avx2::key_product,
      .permute = avx2::permute,
      .from_small = avx2::from_small,
      .select_errors = avx2::select_errors,
  };
  static const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return supported ? &kTable : nullptr;
}

}  // namespace mc::fhe

#endif
