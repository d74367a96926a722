// SPDX-License-Identifier: Apache-2.0
// Two residues in one WebAssembly vector, and products modulo a prime below 2^50 by way of doubles.
//
// WebAssembly has neither a 128-bit product nor a fused multiply-add (relaxed SIMD has one, but machines may round it
// differently: never used). A product needs only its quotient by q, to within one, and then the remainder's low word:
//   Q = round(x * (w / q)) in doubles,   x w - Q q modulo 2^64,
// three operations of floating point and two products of integers. Every double here is an IEEE operation on finite
// numbers, the same on every machine; and whichever of two neighbours Q is, the residue ends as the same number.
// Source: van der Hoeven, Lecerf, Quintin, "Modular SIMD arithmetic in Mathemagix", 2016, section 3.
//
// Residues on the way are signed. An integer |x| < 2^51 becomes a double by adding the bits of 3 * 2^51, and a double
// becomes the nearest integer by adding 3 * 2^51: in that binade the unit in the last place is 1.
#pragma once

#if defined(__wasm_simd128__)

#include <wasm_simd128.h>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe::wasm {

using u64 = std::uint64_t;
using Vector = v128_t;

constexpr std::size_t kLanes = 2;
constexpr double kRound = 0x1.8p52;

inline Vector load(const u64* x) {
  return wasm_v128_load(x);
}
inline void store(u64* x, Vector v) {
  wasm_v128_store(x, v);
}
inline Vector all(u64 x) {
  return wasm_u64x2_splat(x);
}
inline Vector all_double(double x) {
  return wasm_f64x2_splat(x);
}
inline Vector add(Vector a, Vector b) {
  return wasm_i64x2_add(a, b);
}
inline Vector subtract(Vector a, Vector b) {
  return wasm_i64x2_sub(a, b);
}
inline Vector multiply_low(Vector a, Vector b) {
  return wasm_i64x2_mul(a, b);
}

/// A prime as vectors of integers and doubles.
struct Prime {
  Vector q, two_q, q_double, inverse, round;
};

inline Prime prime_of(const Modulus& m) {
  const auto q = static_cast<double>(m.q);
  return {all(m.q), all(2 * m.q), all_double(q), all_double(1 / q), all_double(kRound)};
}

/// |x| < 2^51, exactly.
inline Vector to_double(Vector x, const Prime& p) {
  return wasm_f64x2_sub(add(x, p.round), p.round);
}
/// The integer nearest to |y| < 2^51.
inline Vector to_nearest(Vector y, const Prime& p) {
  return subtract(wasm_f64x2_add(y, p.round), p.round);
}

/// x + q where x is negative.
inline Vector lift(Vector x, Vector q) {
  return add(x, wasm_v128_and(q, wasm_i64x2_lt(x, wasm_i64x2_const(0, 0))));
}
/// [0, 2q) to [0, q).
inline Vector correct(Vector x, Vector q) {
  return lift(subtract(x, q), q);
}

/// A constant factor: its centred representative w and w / q.
struct Factor {
  Vector value, quotient;
};

inline std::int64_t centred(u64 residue, const Modulus& m) {
  return static_cast<std::int64_t>(residue) - (residue > m.q / 2 ? static_cast<std::int64_t>(m.q) : 0);
}

inline Factor factor_of(u64 residue, const Modulus& m) {
  const std::int64_t value = centred(residue, m);
  return {all(static_cast<u64>(value)), all_double(static_cast<double>(value) / static_cast<double>(m.q))};
}

/// x w mod q for |x| < 2^51, in absolute value below q (1/2 + |x| 2^-53), at most 3/4 q: the quotient is off by the
/// rounding, 1/2, and by two errors of 2^-53 of |x w / q| <= |x| / 2.
inline Vector multiply_lazy(Vector x, Factor w, const Prime& p) {
  const Vector quotient = to_nearest(wasm_f64x2_mul(to_double(x, p), w.quotient), p);
  return subtract(multiply_low(x, w.value), multiply_low(quotient, p.q));
}

/// The representative of least absolute value of |x| < 2^51, give or take 2^-50 q.
inline Vector shrink(Vector x, const Prime& p) {
  const Vector y = to_double(x, p);
  const Vector quotient = wasm_f64x2_sub(wasm_f64x2_add(wasm_f64x2_mul(y, p.inverse), p.round), p.round);
  const Vector rest = wasm_f64x2_sub(y, wasm_f64x2_mul(quotient, p.q_double));  // integers below 2^53: exact
  return to_nearest(rest, p);
}

void pack_roots(NttTables& tables);
void forward_ntt(u64* x, const NttTables& tables);
void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables);
void forward_ntt_shifted_lazy(u64* out, const u64* in, Shifted range, const NttTables& tables);
void begin_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables);
void end_ntt(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
void end_ntt_lazy(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables);

}  // namespace mc::fhe::wasm

#endif
