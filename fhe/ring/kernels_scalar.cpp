// SPDX-License-Identifier: Apache-2.0
// The reference kernels: plain C++ with 128-bit products.
#include <algorithm>

#include "fhe/ring/error_table.hpp"
#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

using u64 = std::uint64_t;

/// x * w mod q in [0, 2q), for any 64-bit x.
inline u64 multiply_lazy(u64 x, u64 w, u64 w_quotient, u64 q) {
  return x * w - static_cast<u64>(u128{x} * w_quotient >> 64) * q;
}

// Butterfly (u, v) -> (u + w v, u - w v). No correction on the way: each stage adds at most 2q, so after 16 stages a
// value is below 33 q < 2^56, and a Shoup product accepts any word. One reduction at the end.
void forward_ntt(u64* x, const NttTables& tables) {
  const Modulus m = tables.modulus;
  const u64 two_q = 2 * m.q;
  std::size_t half = tables.degree / 2;
  for (std::size_t groups = 1; groups < tables.degree; groups *= 2, half /= 2) {
    for (std::size_t group = 0; group < groups; ++group) {
      const u64 w = tables.roots[groups + group];
      const u64 w_quotient = tables.root_quotients[groups + group];
      u64* upper = x + 2 * group * half;
      u64* lower = upper + half;
      for (std::size_t i = 0; i < half; ++i) {
        const u64 product = multiply_lazy(lower[i], w, w_quotient, m.q);
        const u64 u = upper[i];
        upper[i] = u + product;
        lower[i] = u + two_q - product;
      }
    }
  }
  for (std::size_t i = 0; i < tables.degree; ++i) x[i] = m.reduce_word(x[i]);
}

void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  const Modulus& m = tables.modulus;
  const u64 minus_shift = m.negate(m.reduce_word(range.shift));
  for (std::size_t i = 0; i < tables.degree; ++i) out[i] = m.reduce_word(in[i] + minus_shift);
  forward_ntt(out, tables);
}

// The inverse butterfly (u, v) -> (u + v, (u - v) / w), values kept in [0, 2q); halves are collected in N^{-1}.
void inverse_ntt(u64* x, const u64* in, u64 shift, const NttTables& tables) {
  const Modulus m = tables.modulus;
  const u64 two_q = 2 * m.q;
  if (x != in) std::copy_n(in, tables.degree, x);
  std::size_t half = 1;
  for (std::size_t groups = tables.degree / 2; groups > 1; groups /= 2, half *= 2) {
    for (std::size_t group = 0; group < groups; ++group) {
      const u64 w = tables.inverse_roots[groups + group];
      const u64 w_quotient = tables.inverse_root_quotients[groups + group];
      u64* upper = x + 2 * group * half;
      u64* lower = upper + half;
      for (std::size_t i = 0; i < half; ++i) {
        const u64 u = upper[i];
        const u64 v = lower[i];
        const u64 sum = u + v;
        upper[i] = sum - (two_q & -static_cast<u64>(sum >= two_q));
        lower[i] = multiply_lazy(u + two_q - v, w, w_quotient, m.q);
      }
    }
  }
  const ShoupFactor first = tables.inverse_degree;
  const ShoupFactor second = tables.inverse_degree_last_root;
  u64* lower = x + half;
  for (std::size_t i = 0; i < half; ++i) {
    const u64 u = x[i];
    const u64 v = lower[i];
    x[i] = m.add(m.correct(multiply_lazy(u + v, first.value, first.quotient, m.q)), shift);
    lower[i] = m.add(m.correct(multiply_lazy(u + two_q - v, second.value, second.quotient, m.q)), shift);
  }
}

// Plain loops gain nothing from parts: the first step is all of it.
void end_ntt(u64*, std::size_t, Shifted, const NttTables&, Ahead) {}

void add(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) a[i] = m.add(a[i], b[i]);
}

void subtract(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) a[i] = m.subtract(a[i], b[i]);
}

void negate(u64* a, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) a[i] = m.negate(a[i]);
}

void multiply(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) out[i] = m.multiply(a[i], b[i]);
}

void multiply_add(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) out[i] = m.reduce(u128{a[i]} * b[i] + out[i]);
}

u64 inner_product(const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  u128 sum = 0;  // 2^16 products below 2^100
  for (std::size_t i = 0; i < count; ++i) sum += u128{a[i]} * b[i];
  return m.reduce(sum);
}

void multiply_scalar(u64* a, u64 factor, std::size_t count, const Modulus& m) {
  const ShoupFactor w = ShoupFactor::of(factor, m, 64);
  for (std::size_t i = 0; i < count; ++i) a[i] = m.correct(multiply_lazy(a[i], w.value, w.quotient, m.q));
}

void multiply_scalar_add(u64* a, const u64* b, u64 factor, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) a[i] = m.reduce(u128{b[i]} * factor + a[i]);
}

void tensor(u64* const* d, const u64* const* a, const u64* const* b, bool accumulate, std::size_t count,
            const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) {
    const u64 a0 = a[0][i], a1 = a[1][i], b0 = b[0][i], b1 = b[1][i];
    d[0][i] = m.reduce(u128{a0} * b0 + (accumulate ? d[0][i] : 0));
    d[1][i] = m.reduce(u128{a0} * b1 + u128{a1} * b0 + (accumulate ? d[1][i] : 0));
    d[2][i] = m.reduce(u128{a1} * b1 + (accumulate ? d[2][i] : 0));
  }
}

void subtract_multiply(u64* out, const u64* a, const u64* b, u64 factor, const u64* c, u64 c_factor, bool,
                       std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) {
    const u128 more = c == nullptr ? 0 : u128{c[i]} * c_factor;
    out[i] = m.reduce(u128{a[i] + m.q - b[i]} * factor + more);
  }
}

void combine(u64* out, const u64* const* rows, const u64* weights, std::size_t terms, u64 constant, std::size_t count,
             const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) {
    u128 sum = constant;
    for (std::size_t k = 0; k < terms; ++k) sum += u128{rows[k][i]} * weights[k];
    out[i] = m.reduce(sum);
  }
}

template <bool kPacked>
void key_product_of(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                    const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m) {
  const std::size_t bits = kPacked ? key.bits : KeyRows::kPlainBits;  // a constant where keys are plain
  // Products are below 2^102: 2^26 of them fit in 128 bits.
  for (std::size_t i = which.first; i < which.first + which.count; ++i) {
    const std::size_t from = automorphism == nullptr ? i : automorphism->source(i);
    const std::byte* pair = key.at(i / KeyRows::kLanes * KeyRows::kLanes);
    u128 sum_b = accumulate ? out_b[i - which.first] : 0;
    u128 sum_a = accumulate ? out_a[i - which.first] : 0;
    for (std::size_t k = 0; k < terms; ++k, pair += KeyRows::bytes_per_pair(bits)) {
      sum_b += u128{digits[k][from]} * read_pair(pair, 0, i % KeyRows::kLanes, bits);
      sum_a += u128{digits[k][from]} * read_pair(pair, 1, i % KeyRows::kLanes, bits);
    }
    out_b[i - which.first] = m.reduce(sum_b);
    out_a[i - which.first] = m.reduce(sum_a);
  }
}

void key_product(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                 const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m) {
  (key.packed() ? key_product_of<true> : key_product_of<false>)(out_b, out_a, digits, terms, key, automorphism,
                                                                accumulate, which, m);
}

void permute(u64* out, const u64* in, const AutomorphismTable& automorphism, bool accumulate, Residues which,
             const Modulus& m) {
  for (std::size_t i = 0; i < which.count; ++i) {
    const u64 x = in[automorphism.source(which.first + i)];
    out[i] = accumulate ? m.add(out[i], x) : x;
  }
}

void from_small(u64* out, const std::int64_t* in, std::size_t count, const Modulus& m) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<u64>(in[i]) + (m.q & static_cast<u64>(in[i] >> 63));
  }
}

/// How many thresholds are at or below the 127-bit number: |x|.
std::int64_t magnitude_of(u64 high, u64 low) {
  u64 magnitude = 0;
  for (const ErrorThreshold& threshold : kErrorThresholds) {
    // The borrow of threshold - number, with the carry of the low words in front of the high ones.
    const u64 low_above = static_cast<u64>(threshold.low > low);
    const u64 above = static_cast<u64>(threshold.high > high) | (static_cast<u64>(threshold.high == high) & low_above);
    magnitude += 1 - above;
  }
  return static_cast<std::int64_t>(magnitude);
}

void select_errors(std::int64_t* out, const u64* words, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const u64 high = words[2 * i + 1];
    const std::int64_t sign = -static_cast<std::int64_t>(high >> 63);
    const std::int64_t magnitude = magnitude_of(high & (UINT64_MAX >> 1), words[2 * i]);
    out[i] = (magnitude ^ sign) - sign;
  }
}

}  // namespace

const Kernels& scalar_kernels() {
  static constexpr Kernels kTable{
      .name = "scalar",
      .shoup_bits = 64,
      .packs_keys = false,
      .makes_uniform_halves = false,
      .pack_roots = nullptr,
      .forward_ntt = forward_ntt,
      .forward_ntt_shifted = forward_ntt_shifted,
      .forward_ntt_shifted_lazy = forward_ntt_shifted,
      .begin_ntt_shifted = forward_ntt_shifted,
      .end_ntt = end_ntt,
      .end_ntt_lazy = end_ntt,
      .inverse_ntt = inverse_ntt,
      .add = add,
      .subtract = subtract,
      .negate = negate,
      .multiply = multiply,
      .multiply_add = multiply_add,
      .multiply_scalar = multiply_scalar,
      .inner_product = inner_product,
      .multiply_scalar_add = multiply_scalar_add,
      .tensor = tensor,
      .subtract_multiply = subtract_multiply,
      .combine = combine,
      .key_product = key_product,
      .permute = permute,
      .from_small = from_small,
      .select_errors = select_errors,
  };
  return kTable;
}

}  // namespace mc::fhe
