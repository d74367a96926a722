// SPDX-License-Identifier: Apache-2.0
// Residues of one prime as they travel and are hashed: each in as many bits as the prime has, one after another, least
// significant bit first (docs/formats.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mc::fhe {

/// N residues of `bits` bits; N is a multiple of 8, so that limbs end on a byte.
constexpr std::size_t packed_limb_bytes(std::size_t degree, unsigned bits) {
  return degree * bits / 8;
}

/// `residues`: a multiple of 8 of them, below 2^bits; `bits`: 8 to 57; `out`: packed_limb_bytes.
void pack_limb(std::span<const std::uint64_t> residues, unsigned bits, std::uint8_t* out);

/// The position of the first residue that is not below q, or residues.size(). Takes as long whatever they are.
std::size_t unpack_limb(const std::uint8_t* in, unsigned bits, std::uint64_t q, std::span<std::uint64_t> residues);

/// The two as one processor does them; `unpack` returns whether any residue is not below q.
struct LimbPacking {
  void (*pack)(std::span<const std::uint64_t> residues, unsigned bits, std::uint8_t* out);
  bool (*unpack)(const std::uint8_t* in, unsigned bits, std::uint64_t q, std::span<std::uint64_t> residues);
};
const LimbPacking& scalar_limb_packing();
/// For 32 to 57 bits; null on processors without AVX-512 VBMI.
const LimbPacking* avx512_limb_packing();

}  // namespace mc::fhe
