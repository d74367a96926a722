// SPDX-License-Identifier: Apache-2.0
// The loops of the encoder, behind one table of function pointers per instruction set. The scalar table is the
// definition; the others are differential-tested to give the same integers (R25). Values are secret: no branch and
// no address depends on them, nor on the exponent of the largest. Arrays start on a cache line; counts are multiples
// of 8.
//
// A number is high * 2^52 + low, so that the 52-bit multiplier of AVX-512 IFMA takes both words. `low` may be any
// signed word: carries are settled where a product needs it, and two tables may split the same number differently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fhe/ckks/chebyshev.hpp"

namespace mc::fhe {

struct FixedView {
  std::int64_t* high;
  std::int64_t* low;
};

/// Integers below 2^126 with a sign: low + middle * 2^50 + high * 2^100, bit 63 of `high` set when negative. Three
/// words of at most 50 bits times residues below q < 2^50 leave a sum of Shoup remainders under 4q < 2^52.
struct IntegerView {
  std::uint64_t* low;
  std::uint64_t* middle;
  std::uint64_t* high;
};

/// Multiplication by factor * 2^-(kFractionBits + shift) with one rounding.
struct ScaleStep {
  u128 factor = 0;  // at most 2^127
  int shift = 1;    // 1 to 128
};

struct EncoderKernels {
  std::string_view name;
  /// out_i = round(x_i * 2^(kFractionBits - exponent)), halves away from zero; x_i the finite double with bits
  /// `doubles[i]`.
  ///   range  REQUIRES |x_i| < 2^exponent, exponent >= -1021; |out_i| <= 2^103 - 2^50: doubles have 53 bits
  void (*to_leaves)(FixedView out, const std::uint64_t* doubles, std::size_t count, int exponent);
  /// ChebyshevTransform's averages, in natural order; destroys the leaves. Error: chebyshev.hpp.
  ///   range  REQUIRES |leaf| <= 2^103 - 2^50, which leaves room for the roundings of every layer below 2^103
  void (*leaves_to_averages)(FixedView leaves, FixedView averages, const ChebyshevTransform& transform);
  /// out = round(value * factor * 2^-(kFractionBits + shift)), exact before the one rounding, halves away from zero.
  ///   range  REQUIRES |value| < 2^103; |out| <= 2^126 then.      in place: out.low = value.low's memory, or high's
  void (*scale)(IntegerView out, FixedView values, std::size_t count, ScaleStep step);
  /// The limb modulo q of the polynomial m_0 … m_{count-1}, 0, -m_{count-1} … -m_1: 2 * count residues. With
  /// `two_words` integers are below 2^100 and their high words are looked at for the sign only.
  ///   range  REQUIRES |m| < 2^126; residues in [0, q)
  void (*to_limb)(std::uint64_t* limb, IntegerView integers, std::size_t count, bool two_words, const Modulus& m);
};

const EncoderKernels& scalar_encoder_kernels();
/// Null when the processor lacks AVX2 or FMA. Its other two loops, a tenth of the time, are the scalar ones.
const EncoderKernels* avx2_encoder_kernels();
/// Null when the processor lacks AVX-512 F, DQ or IFMA.
const EncoderKernels* avx512_encoder_kernels();

/// leaves_to_averages from the layer of `nodes` nodes on (0: none is left), by scalar loops, for vectors that are wider
/// than the last layers.
///   range  as of EncoderKernels::leaves_to_averages
void finish_averages(FixedView leaves, FixedView averages, const ChebyshevTransform& transform, std::size_t nodes);

/// The table that goes with the ring's kernels of this name; the scalar one for names that have none.
const EncoderKernels& encoder_kernels_for(std::string_view ring_kernels);

}  // namespace mc::fhe
