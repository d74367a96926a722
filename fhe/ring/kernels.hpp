// SPDX-License-Identifier: Apache-2.0
// The loops everything else spends its time in, behind one table of function pointers per instruction set.
// The scalar table is the definition; every other one is differential-tested to give the same bits (R25).
// Arrays are limbs: `count` residues, a multiple of 16, canonical in and out unless said otherwise. Outputs may alias
// inputs exactly or not at all.
//
// _lazy: where q < 2^46, representatives in [0, 2^52) instead of [0, q), which ones is the table's own affair. They are
// only ever multiplied and reduced again (key_product), so no bit of a result depends on the choice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "fhe/ring/aligned.hpp"
#include "fhe/ring/key_rows.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

struct Kernels;

/// A constant factor w and floor(w * 2^shift / q), shift the kernel table's `shoup_bits`: its product with x needs one
/// high and two low multiplications. Source: Shoup; Harvey, "Faster arithmetic for number-theoretic transforms", 2014.
struct ShoupFactor {
  std::uint64_t value = 0;
  std::uint64_t quotient = 0;
  static ShoupFactor of(std::uint64_t value, const Modulus& modulus, int shoup_bits);
};

/// Powers of the smallest primitive 2N-th root psi for one prime: entry i is psi^bitreverse(i), and its Shoup quotient.
struct NttTables {
  Modulus modulus;
  std::size_t degree = 0;
  AlignedWords roots, root_quotients;
  AlignedWords inverse_roots, inverse_root_quotients;
  ShoupFactor inverse_degree;            // N^{-1}
  ShoupFactor inverse_degree_last_root;  // N^{-1} times the one root of the last inverse stage
  // The same roots once more in the order in which the kernel table's innermost stages read them.
  AlignedWords packed, packed_inverse;
  static NttTables of(const Modulus& modulus, std::size_t degree, const Kernels& kernels);
};

/// The automorphism X -> X^g as it acts on NTT forms: residue i of the image is residue source(i) of the operand.
/// In bit-reversed order eight neighbours come from eight neighbours, in one of eight orders: a vector load and a
/// permutation in the register instead of a gather.
struct AutomorphismTable {
  std::uint64_t galois_element = 1;
  std::vector<std::uint32_t> source_block;              // of every eight neighbours
  std::vector<std::uint8_t> order_of;                   // which of the eight orders
  std::array<std::array<std::uint64_t, 8>, 8> order{};  // lanes
  /// g odd, below 2N; N a power of two, at least 16.
  static AutomorphismTable of(std::uint64_t galois_element, std::size_t degree);
  [[nodiscard]] std::size_t source(std::size_t i) const {
    return 8 * std::size_t{source_block[i / 8]} + order[order_of[i / 8]][i % 8];
  }
  /// Likewise whole parts of 2^k >= 8 residues come from one part: the top bits of a place are the low bits of the
  /// exponent it stands for, and those of g e follow from those of e.
  [[nodiscard]] std::size_t source_part(std::size_t part, std::size_t part_size) const {
    return source_block[part * part_size / 8] / (part_size / 8);
  }
};

/// Residues [first, first + count) of a limb; both multiples of 16.
struct Residues {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// What a transform reads: numbers in [0, below) that stand for themselves minus `shift`; below <= 2^50, shift < below.
/// A residue modulo an odd q that was shifted by floor(q/2) stands in this way for its centred representative.
struct Shifted {
  std::uint64_t below = 0;
  std::uint64_t shift = 0;
};

/// Words that are going to be read next, from memory: a transform, which computes and reads little, may ask for them on
/// its way, so that the one does not wait for the other.
struct Ahead {
  const std::uint64_t* words = nullptr;
  std::size_t count = 0;
};

/// A forward transform can be taken in two steps: all stages that reach across parts, then what is left of each part
/// while it is in the cache, where its consumer finds it.
constexpr std::size_t ntt_part_size(std::size_t degree) {
  return degree <= 2048 ? degree : degree == 4096 ? 1024 : 2048;
}

struct Kernels {
  std::string_view name;
  int shoup_bits;
  /// Keys are laid out packed for it: where arithmetic is fast enough to wait for memory. Every table reads both forms.
  bool packs_keys;
  /// key_product makes the uniform halves of keys itself (KeyRows::uniform, packed): where the processor does AES on
  /// 512 bits. Elsewhere rows hold both halves.
  bool makes_uniform_halves;
  /// Fills NttTables::packed and packed_inverse; null when the table reads the plain roots.
  void (*pack_roots)(NttTables& tables);
  void (*forward_ntt)(std::uint64_t* x, const NttTables& tables);
  /// out = NTT of in - shift, whatever prime the numbers come from.
  void (*forward_ntt_shifted)(std::uint64_t* out, const std::uint64_t* in, Shifted range, const NttTables& tables);
  void (*forward_ntt_shifted_lazy)(std::uint64_t* out, const std::uint64_t* in, Shifted range, const NttTables& tables);
  /// Either in two steps: begin on the whole limb, then end on each part of ntt_part_size residues, in any order.
  /// What stands between the two is the table's own affair.
  void (*begin_ntt_shifted)(std::uint64_t* out, const std::uint64_t* in, Shifted range, const NttTables& tables);
  void (*end_ntt)(std::uint64_t* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
  void (*end_ntt_lazy)(std::uint64_t* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead);
  /// out = inverse NTT of in, plus `shift` (below q) in every coefficient.
  void (*inverse_ntt)(std::uint64_t* out, const std::uint64_t* in, std::uint64_t shift, const NttTables& tables);
  void (*add)(std::uint64_t* a, const std::uint64_t* b, std::size_t count, const Modulus& m);       // a += b
  void (*subtract)(std::uint64_t* a, const std::uint64_t* b, std::size_t count, const Modulus& m);  // a -= b
  void (*negate)(std::uint64_t* a, std::size_t count, const Modulus& m);
  void (*multiply)(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b, std::size_t count,
                   const Modulus& m);  // out = a * b
  void (*multiply_add)(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b, std::size_t count,
                       const Modulus& m);  // out += a * b
  void (*multiply_scalar)(std::uint64_t* a, std::uint64_t factor, std::size_t count, const Modulus& m);
  /// The sum of all a[i] * b[i], reduced once at the end. count <= 2^16.
  std::uint64_t (*inner_product)(const std::uint64_t* a, const std::uint64_t* b, std::size_t count, const Modulus& m);
  /// a += b * factor.
  void (*multiply_scalar_add)(std::uint64_t* a, const std::uint64_t* b, std::uint64_t factor, std::size_t count,
                              const Modulus& m);
  /// d_0 = a_0 b_0, d_1 = a_0 b_1 + a_1 b_0, d_2 = a_1 b_1; added to what d holds when `accumulate`.
  void (*tensor)(std::uint64_t* const* d, const std::uint64_t* const* a, const std::uint64_t* const* b, bool accumulate,
                 std::size_t count, const Modulus& m);
  /// out = (a - b) * factor + c * c_factor; c may be null. The end of every division by primes. past_caches: out is
  /// better not kept in the caches, and not read before it is written.
  void (*subtract_multiply)(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t factor,
                            const std::uint64_t* c, std::uint64_t c_factor, bool past_caches, std::size_t count,
                            const Modulus& m);
  /// out = constant + sum of rows[k] * weights[k], k < terms, 1 <= terms <= 8. Rows hold any numbers below 2^50.
  void (*combine)(std::uint64_t* out, const std::uint64_t* const* rows, const std::uint64_t* weights, std::size_t terms,
                  std::uint64_t constant, std::size_t count, const Modulus& m);
  /// (out_b, out_a) = sum over k < terms of digits[k] * (b_k, a_k), reduced once at the end, for the residues `which`;
  /// added to what they hold when `accumulate`. Outputs begin with the first of them, digits and key with residue 0.
  /// Digits are lazy; with an automorphism, its image of them is taken. 1 <= terms <= key.terms.
  void (*key_product)(std::uint64_t* out_b, std::uint64_t* out_a, const std::uint64_t* const* digits, std::size_t terms,
                      const KeyRows& key, const AutomorphismTable* automorphism, bool accumulate, Residues which,
                      const Modulus& m);
  /// out = image of in, or out += image of in, for the residues `which`, with the first of which `out` begins.
  /// REQUIRES out != in.
  void (*permute)(std::uint64_t* out, const std::uint64_t* in, const AutomorphismTable& automorphism, bool accumulate,
                  Residues which, const Modulus& m);
  /// Integers |x| < q to residues.
  void (*from_small)(std::uint64_t* out, const std::int64_t* in, std::size_t count, const Modulus& m);
  /// For each pair of words the discrete Gaussian of error_table.hpp that it selects (low word first; the top bit of
  /// the high word is the sign). Reads the whole table whatever the answer.
  void (*select_errors)(std::int64_t* out, const std::uint64_t* words, std::size_t count);
};

const Kernels& scalar_kernels();
/// Null when the processor lacks AVX2 or FMA.
const Kernels* avx2_kernels();
/// Null when the processor lacks AVX-512 F, DQ, BW, IFMA or VBMI.
const Kernels* avx512_kernels();

/// Null outside WebAssembly.
const Kernels* wasm_simd_kernels();

/// The table called `name` ("scalar", "avx2", "avx512", "wasm_simd"); for an empty name the fastest one that runs here.
Result<const Kernels*> find_kernels(std::string_view name);

}  // namespace mc::fhe
