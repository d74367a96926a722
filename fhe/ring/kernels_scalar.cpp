// SPDX-License-Identifier: Apache-2.0
// The reference kernels: plain C++ with 128-bit products.
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

// The inverse butterfly (u, v) -> (u + v, (u - v) / w), values kept in [0, 2q); halves are collected in N^{-1}.
void inverse_ntt(u64* x, const NttTables& tables) {
  const Modulus m = tables.modulus;
  const u64 two_q = 2 * m.q;
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
    x[i] = m.correct(multiply_lazy(u + v, first.value, first.quotient, m.q));
    lower[i] = m.correct(multiply_lazy(u + two_q - v, second.value, second.quotient, m.q));
  }
}

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

void multiply_scalar(u64* a, u64 factor, std::size_t count, const Modulus& m) {
  const ShoupFactor w = ShoupFactor::of(factor, m, 64);
  for (std::size_t i = 0; i < count; ++i) a[i] = m.correct(multiply_lazy(a[i], w.value, w.quotient, m.q));
}

void subtract_multiply(u64* a, const u64* b, u64 factor, std::size_t count, const Modulus& m) {
  const ShoupFactor w = ShoupFactor::of(factor, m, 64);
  for (std::size_t i = 0; i < count; ++i) {
    a[i] = m.correct(multiply_lazy(a[i] + m.q - b[i], w.value, w.quotient, m.q));
  }
}

void inner_product(u64* out, const u64* const* a, const u64* const* b, std::size_t terms, std::size_t count,
                   const Modulus& m) {
  // Products are below 2^100: 2^28 of them fit in 128 bits.
  for (std::size_t i = 0; i < count; ++i) {
    u128 sum = 0;
    for (std::size_t k = 0; k < terms; ++k) sum += u128{a[k][i]} * b[k][i];
    out[i] = m.reduce(sum);
  }
}

void lift_centred(u64* out, const u64* in, std::size_t count, const Modulus& from, const Modulus& to) {
  const u64 half = from.q / 2;
  const u64 minus_from = to.negate(to.reduce_word(from.q));
  for (std::size_t i = 0; i < count; ++i) {
    const u64 x = in[i];
    out[i] = to.reduce_word(x + (minus_from & -static_cast<u64>(x > half)));
  }
}

}  // namespace

const Kernels& scalar_kernels() {
  static constexpr Kernels kTable{
      .name = "scalar",
      .shoup_bits = 64,
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
  return kTable;
}

}  // namespace mc::fhe
