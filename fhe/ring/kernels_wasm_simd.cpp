// SPDX-License-Identifier: Apache-2.0
// The WebAssembly kernels that go through limbs residue by residue.
#include "fhe/ring/kernels.hpp"

#if !defined(__wasm_simd128__)

namespace mc::fhe {
const Kernels* wasm_simd_kernels() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include <algorithm>

#include "fhe/ring/vector_wasm.hpp"

namespace mc::fhe {
namespace wasm {
namespace {

void add_limbs(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) store(a + i, correct(add(load(a + i), load(b + i)), q));
}

void subtract_limbs(u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) store(a + i, lift(subtract(load(a + i), load(b + i)), q));
}

void negate(u64* a, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  const Vector zero = wasm_i64x2_const(0, 0);
  for (std::size_t i = 0; i < count; i += kLanes) store(a + i, lift(subtract(zero, load(a + i)), q));
}

/// a b mod q in (-q, q): the quotient is below 2^50, and four roundings of 2^-53 move it by at most 1/2, the last one
/// by 1/2.
Vector multiply_signed(Vector a, Vector b, const Prime& p) {
  const Vector product = wasm_f64x2_mul(to_double(a, p), to_double(b, p));
  const Vector quotient = to_nearest(wasm_f64x2_mul(product, p.inverse), p);
  return subtract(multiply_low(a, b), multiply_low(quotient, p.q));
}

void multiply(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  for (std::size_t i = 0; i < count; i += kLanes)
    store(out + i, lift(multiply_signed(load(a + i), load(b + i), p), p.q));
}

void multiply_add(u64* out, const u64* a, const u64* b, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector product = lift(multiply_signed(load(a + i), load(b + i), p), p.q);
    store(out + i, correct(add(product, load(out + i)), p.q));
  }
}

void multiply_scalar(u64* a, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(factor, m);
  for (std::size_t i = 0; i < count; i += kLanes) store(a + i, lift(multiply_lazy(load(a + i), w, p), p.q));
}

void multiply_scalar_add(u64* a, const u64* b, u64 factor, std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(factor, m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector product = lift(multiply_lazy(load(b + i), w, p), p.q);
    store(a + i, correct(add(product, load(a + i)), p.q));
  }
}

void tensor(u64* const* d, const u64* const* a, const u64* const* b, bool accumulate, std::size_t count,
            const Modulus& m) {
  const Prime p = prime_of(m);
  const auto put = [&](u64* to, Vector x) {  // x in [0, q)
    store(to, accumulate ? correct(add(x, load(to)), p.q) : x);
  };
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector a0 = load(a[0] + i), a1 = load(a[1] + i), b0 = load(b[0] + i), b1 = load(b[1] + i);
    put(d[0] + i, lift(multiply_signed(a0, b0, p), p.q));
    const Vector middle = add(multiply_signed(a0, b1, p), multiply_signed(a1, b0, p));  // in (-2q, 2q)
    put(d[1] + i, correct(lift(middle, p.two_q), p.q));
    put(d[2] + i, lift(multiply_signed(a1, b1, p), p.q));
  }
}

void subtract_multiply(u64* out, const u64* a, const u64* b, u64 factor, const u64* c, u64 c_factor, bool,
                       std::size_t count, const Modulus& m) {
  const Prime p = prime_of(m);
  const Factor w = factor_of(factor, m);
  const Factor v = factor_of(c_factor, m);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector product = multiply_lazy(subtract(load(a + i), load(b + i)), w, p);
    if (c == nullptr) {
      store(out + i, lift(product, p.q));
      continue;
    }
    const Vector sum = add(product, multiply_lazy(load(c + i), v, p));  // in (-2q, 2q)
    store(out + i, correct(lift(sum, p.two_q), p.q));
  }
}

/// A sum of products: its low word exactly, its size as a double.
struct Sum {
  Vector low, size;
};

/// Doubles of words below 2^52.
Vector word_to_double(Vector x) {
  const Vector base = all_double(0x1p52);
  return wasm_f64x2_sub(wasm_v128_or(x, base), base);
}

void add_product(Sum& sum, Vector a, Vector a_size, Vector b, Vector b_size) {
  sum.low = add(sum.low, multiply_low(a, b));
  sum.size = wasm_f64x2_add(sum.size, wasm_f64x2_mul(a_size, b_size));
}

/// Sums have at most so many products of a number below 2^52 and one below q, or of two below 2^50.
constexpr std::size_t kTermsMax = 16;

/// What brings a Sum down to a residue, in two steps: the quotient to a multiple of 64, so that it fits in 51 bits
/// although it is below 16 * 2^52; then what is left of it.
///   range  the first quotient is off by 32 of rounding and, for 18 roundings of 2^-53, by less than 18 * 8 units where
///          q < 2^46 and by 18 * 2 otherwise: |rest| < 2^57
struct Folding {
  explicit Folding(const Modulus& m)
      : p(prime_of(m)),
        coarse_round(all_double(0x1.8p58)),
        coarse_q(all(64 * m.q)),
        fine_inverse(all_double(256 / static_cast<double>(m.q))),
        offset(all(u64{1} << 57)),
        fine_base(all_double(kRound + 0x1p49)) {}

  [[nodiscard]] Vector fold(Sum sum) const {
    const Vector coarse = subtract(wasm_f64x2_add(wasm_f64x2_mul(sum.size, p.inverse), coarse_round), coarse_round);
    const Vector rest = subtract(sum.low, multiply_low(coarse, coarse_q));
    // Cutting 8 bits off moves the fine quotient by 256 / q: nothing for primes of 20 bits and more.
    const Vector cut = wasm_u64x2_shr(add(rest, offset), 8);
    const Vector size = wasm_f64x2_sub(add(cut, p.round), fine_base);
    const Vector fine = to_nearest(wasm_f64x2_mul(size, fine_inverse), p);
    return subtract(rest, multiply_low(fine, p.q));
  }

  Prime p;
  Vector coarse_round, coarse_q, fine_inverse, offset, fine_base;
};

void combine(u64* out, const u64* const* rows, const u64* weights, std::size_t terms, u64 constant, std::size_t count,
             const Modulus& m) {
  const Folding f(m);
  Vector weight[8], weight_size[8];
  for (std::size_t k = 0; k < terms; ++k) {
    weight[k] = all(weights[k]);
    weight_size[k] = word_to_double(weight[k]);
  }
  const Sum start{all(constant), word_to_double(all(constant))};
  for (std::size_t i = 0; i < count; i += kLanes) {
    Sum sum = start;
    for (std::size_t k = 0; k < terms; ++k) {
      const Vector x = load(rows[k] + i);
      add_product(sum, x, word_to_double(x), weight[k], weight_size[k]);
    }
    store(out + i, lift(f.fold(sum), f.p.q));
  }
}

/// Lanes `lane` and `lane` + 1, an even one first, of b (half 0) or a (half 1) of a pair.
Vector load_key(const std::byte* pair, std::size_t half, std::size_t lane, std::size_t bits) {
  if (bits == KeyRows::kPlainBits) return load(reinterpret_cast<const u64*>(pair) + KeyRows::kLanes * half + lane);
  // Keys are not packed for this table: plain is fast enough.
  return wasm_u64x2_make(read_pair(pair, half, lane, bits), read_pair(pair, half, lane + 1, bits));
}

/// The sums of residues i and i + 1 over all terms, folded as often as needed. `digit(k)` gives those of row k.
template <class Digit>
void key_sums(u64* out_b, u64* out_a, const Digit& digit, std::size_t terms, const KeyRows& key, std::size_t i,
              bool accumulate, const Folding& f) {
  const Vector zero = wasm_i64x2_const(0, 0);
  Vector b = accumulate ? load(out_b) : zero;
  Vector a = accumulate ? load(out_a) : zero;
  const std::size_t lane = i % KeyRows::kLanes;
  const std::byte* pair = key.at(i - lane);
  for (std::size_t k = 0; k < terms;) {
    Sum sum_b{b, to_double(b, f.p)}, sum_a{a, to_double(a, f.p)};
    for (const std::size_t end = std::min(k + kTermsMax, terms); k < end; ++k) {
      const Vector x = digit(k);
      const Vector key_b = load_key(pair, 0, lane, key.bits), key_a = load_key(pair, 1, lane, key.bits);
      pair += KeyRows::bytes_per_pair(key.bits);
      const Vector size = word_to_double(x);
      add_product(sum_b, x, size, key_b, word_to_double(key_b));
      add_product(sum_a, x, size, key_a, word_to_double(key_a));
    }
    b = f.fold(sum_b);
    a = f.fold(sum_a);
  }
  store(out_b, lift(b, f.p.q));
  store(out_a, lift(a, f.p.q));
}

Vector load_two(const u64* first, const u64* second) {
  return wasm_v128_load64_lane(second, wasm_v128_load64_zero(first), 1);
}

void key_product(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                 const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m) {
  const Folding f(m);
  for (std::size_t i = which.first; i < which.first + which.count; i += kLanes) {
    u64* const to_b = out_b + (i - which.first);
    u64* const to_a = out_a + (i - which.first);
    if (automorphism == nullptr) {
      const auto digit = [&](std::size_t k) { return load(digits[k] + i); };
      key_sums(to_b, to_a, digit, terms, key, i, accumulate, f);
    } else {
      const std::size_t first = automorphism->source(i), second = automorphism->source(i + 1);
      const auto digit = [&](std::size_t k) { return load_two(digits[k] + first, digits[k] + second); };
      key_sums(to_b, to_a, digit, terms, key, i, accumulate, f);
    }
  }
}

void permute(u64* out, const u64* in, const AutomorphismTable& automorphism, bool accumulate, Residues which,
             const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < which.count; i += kLanes) {
    const std::size_t place = which.first + i;
    const Vector x = load_two(in + automorphism.source(place), in + automorphism.source(place + 1));
    store(out + i, accumulate ? correct(add(x, load(out + i)), q) : x);
  }
}

void from_small(u64* out, const std::int64_t* in, std::size_t count, const Modulus& m) {
  const Vector q = all(m.q);
  for (std::size_t i = 0; i < count; i += kLanes) store(out + i, lift(wasm_v128_load(in + i), q));
}

}  // namespace
}  // namespace wasm

const Kernels* wasm_simd_kernels() {
  static const Kernels kTable{
      .name = "wasm_simd",
      .shoup_bits = 64,
      .packs_keys = false,
      .makes_uniform_halves = false,
      .pack_roots = wasm::pack_roots,
      .forward_ntt = wasm::forward_ntt,
      .forward_ntt_shifted = wasm::forward_ntt_shifted,
      .forward_ntt_shifted_lazy = wasm::forward_ntt_shifted_lazy,
      .begin_ntt_shifted = wasm::begin_ntt_shifted,
      .end_ntt = wasm::end_ntt,
      .end_ntt_lazy = wasm::end_ntt_lazy,
      .inverse_ntt = wasm::inverse_ntt,
      .add = wasm::add_limbs,
      .subtract = wasm::subtract_limbs,
      .negate = wasm::negate,
      .multiply = wasm::multiply,
      .multiply_add = wasm::multiply_add,
      .multiply_scalar = wasm::multiply_scalar,
      .inner_product = scalar_kernels().inner_product,
      .multiply_scalar_add = wasm::multiply_scalar_add,
      .tensor = wasm::tensor,
      .subtract_multiply = wasm::subtract_multiply,
      .combine = wasm::combine,
      .key_product = wasm::key_product,
      .permute = wasm::permute,
      .from_small = wasm::from_small,
      .select_errors = scalar_kernels().select_errors,
  };
  return &kTable;
}

}  // namespace mc::fhe

#endif
