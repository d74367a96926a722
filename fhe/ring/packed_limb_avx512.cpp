// SPDX-License-Identifier: Apache-2.0
// Eight residues at a time: bytes go to the lanes that they are of, and lanes shift by the bits that are left.
#include "fhe/ring/packed_limb.hpp"

#if !defined(__x86_64__)

namespace mc::fhe {
const LimbPacking* avx512_limb_packing() {
  return nullptr;
}
}  // namespace mc::fhe

#else

#include "fhe/ring/vector_avx512.hpp"

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace mc::fhe {
namespace avx512 {
namespace {

constexpr std::size_t kVectorBytes = 64;

/// Residue k of eight begins in byte `byte(k)` of their `bits` bytes, after `shift(k)` bits of it.
struct Layout {
  unsigned bits;
  [[nodiscard]] std::size_t byte(std::size_t k) const { return k * bits / 8; }
  [[nodiscard]] u64 shift(std::size_t k) const { return k * bits % 8; }
  [[nodiscard]] __mmask64 bytes() const { return (u64{1} << bits) - 1; }
};

MC_AVX512_INLINE Vector shifts_of(const Layout& layout) {
  u64 shifts[kLanes];
  for (std::size_t k = 0; k < kLanes; ++k) shifts[k] = layout.shift(k);
  return load(shifts);
}

/// For every byte of the packed eight the byte of a register that it is from, when residues of one parity alone are
/// there: those are at least eight bytes apart.
struct Gathering {
  std::uint8_t from[kVectorBytes] = {};
  __mmask64 is_from = 0;

  Gathering(const Layout& layout, std::size_t parity) {
    for (std::size_t k = parity; k < kLanes; k += 2) {
      for (std::size_t i = 0; i < 8 && layout.byte(k) + i < layout.bits; ++i) {
        from[layout.byte(k) + i] = static_cast<std::uint8_t>(8 * k + i);
        is_from |= u64{1} << (layout.byte(k) + i);
      }
    }
  }
};

MC_AVX512 void pack(std::span<const u64> residues, unsigned bits, std::uint8_t* out) {
  const Layout layout{bits};
  const Vector shifts = shifts_of(layout);
  const Gathering even(layout, 0), odd(layout, 1);
  const Vector from_even = _mm512_loadu_si512(even.from), from_odd = _mm512_loadu_si512(odd.from);
  for (std::size_t i = 0; i < residues.size(); i += kLanes, out += bits) {
    const Vector shifted = _mm512_sllv_epi64(load(&residues[i]), shifts);
    const Vector packed = _mm512_or_si512(_mm512_maskz_permutexvar_epi8(even.is_from, from_even, shifted),
                                          _mm512_maskz_permutexvar_epi8(odd.is_from, from_odd, shifted));
    _mm512_mask_storeu_epi8(out, layout.bytes(), packed);
  }
}

MC_AVX512 bool unpack(const std::uint8_t* in, unsigned bits, u64 q, std::span<u64> residues) {
  const Layout layout{bits};
  const Vector shifts = shifts_of(layout), mask = all((u64{1} << bits) - 1), bound = all(q);
  std::uint8_t from[kVectorBytes];
  for (std::size_t k = 0; k < kLanes; ++k) {
    for (std::size_t i = 0; i < 8; ++i) from[8 * k + i] = static_cast<std::uint8_t>(layout.byte(k) + i);
  }
  const Vector from_bytes = _mm512_loadu_si512(from);
  __mmask8 above = 0;
  for (std::size_t i = 0; i < residues.size(); i += kLanes, in += bits) {
    const Vector packed = _mm512_maskz_loadu_epi8(layout.bytes(), in);
    const Vector words = _mm512_permutexvar_epi8(from_bytes, packed);
    const Vector unpacked = _mm512_and_si512(_mm512_srlv_epi64(words, shifts), mask);
    above |= _mm512_cmpge_epu64_mask(unpacked, bound);
    store(&residues[i], unpacked);
  }
  return above != 0;
}

}  // namespace
}  // namespace avx512

const LimbPacking* avx512_limb_packing() {
  static constexpr LimbPacking kLanes{.pack = avx512::pack, .unpack = avx512::unpack};
  return avx512_kernels() != nullptr ? &kLanes : nullptr;  // they are for the same processors
}

}  // namespace mc::fhe

#endif
