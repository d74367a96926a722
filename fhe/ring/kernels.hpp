// SPDX-License-Identifier: Apache-2.0
// The loops everything else spends its time in, behind one table of function pointers per instruction set.
// The scalar table is the definition; every other one is differential-tested to give the same bits (R25).
// Arrays are limbs: `count` residues, a multiple of 8, canonical in and out. Outputs may alias inputs exactly or not at
// all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "fhe/ring/aligned.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

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
  static NttTables of(const Modulus& modulus, std::size_t degree, int shoup_bits);
};

struct Kernels {
  std::string_view name;
  int shoup_bits;
  void (*forward_ntt)(std::uint64_t* x, const NttTables& tables);
  void (*inverse_ntt)(std::uint64_t* x, const NttTables& tables);
  void (*add)(std::uint64_t* a, const std::uint64_t* b, std::size_t count, const Modulus& m);       // a += b
  void (*subtract)(std::uint64_t* a, const std::uint64_t* b, std::size_t count, const Modulus& m);  // a -= b
  void (*negate)(std::uint64_t* a, std::size_t count, const Modulus& m);
  void (*multiply)(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b, std::size_t count,
                   const Modulus& m);  // out = a * b
  void (*multiply_add)(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b, std::size_t count,
                       const Modulus& m);  // out += a * b
  void (*multiply_scalar)(std::uint64_t* a, std::uint64_t factor, std::size_t count, const Modulus& m);
  /// a = (a - b) * factor: the end of every division by a prime.
  void (*subtract_multiply)(std::uint64_t* a, const std::uint64_t* b, std::uint64_t factor, std::size_t count,
                            const Modulus& m);
  /// out = sum of a[k] * b[k] over k < terms, reduced once at the end; terms >= 1.
  void (*inner_product)(std::uint64_t* out, const std::uint64_t* const* a, const std::uint64_t* const* b,
                        std::size_t terms, std::size_t count, const Modulus& m);
  /// The representative of in[i] in (-from/2, from/2), modulo `to`.
  void (*lift_centred)(std::uint64_t* out, const std::uint64_t* in, std::size_t count, const Modulus& from,
                       const Modulus& to);
};

const Kernels& scalar_kernels();
/// Null when the processor lacks AVX-512 F, DQ or IFMA.
const Kernels* avx512_kernels();

/// The table called `name` ("scalar", "avx512"); for an empty name the fastest one this processor runs.
Result<const Kernels*> find_kernels(std::string_view name);

}  // namespace mc::fhe
