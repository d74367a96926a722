// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/packed_limb.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

/// A residue of at most so many bits lies within the eight bytes that its first bit is in; of at least so many, these
/// do not reach beyond the next eight residues.
constexpr unsigned kBitsMin = 8, kBitsMax = 57;
constexpr unsigned kLaneBitsMin = 32;

static_assert(std::endian::native == std::endian::little, "words are packed as they lie in memory");

/// Eight residues are `bits` bytes. Known widths are loops whose shifts are known as well.
template <unsigned kBits>
void pack(std::span<const std::uint64_t> residues, unsigned known_later, std::uint8_t* out) {
  const unsigned bits = kBits != 0 ? kBits : known_later;
  for (std::size_t i = 0; i < residues.size(); i += 8) {
    std::uint64_t window = 0;
    unsigned filled = 0;
#pragma GCC unroll 8
    for (std::size_t k = 0; k < 8; ++k) {
      const std::uint64_t residue = residues[i + k];
      window |= residue << filled;
      filled += bits;
      if (filled < 64) continue;
      std::memcpy(out, &window, 8);
      out += 8;
      filled -= 64;
      window = residue >> (bits - filled);  // bits - filled is 1 to bits
    }
    std::memcpy(out, &window, filled / 8);
    out += filled / 8;
  }
}

template <unsigned kBits>
bool unpack(const std::uint8_t* in, unsigned known_later, std::uint64_t q, std::span<std::uint64_t> residues) {
  const unsigned bits = kBits != 0 ? kBits : known_later;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  std::uint64_t above = 0;
  const auto take = [&](std::uint64_t word, unsigned shift) {
    const std::uint64_t residue = word >> shift & mask;
    above |= static_cast<std::uint64_t>(residue >= q);
    return residue;
  };
  std::size_t i = 0;
  for (; i + 8 < residues.size(); i += 8, in += bits) {
#pragma GCC unroll 8
    for (unsigned k = 0; k < 8; ++k) {
      std::uint64_t word = 0;
      std::memcpy(&word, in + k * bits / 8, 8);
      residues[i + k] = take(word, k * bits % 8);
    }
  }
  for (unsigned k = 0; k < 8; ++k) {  // the last eight end with the bytes
    std::uint64_t word = 0;
    std::memcpy(&word, in + k * bits / 8, std::min<std::size_t>(8, bits - k * bits / 8));
    residues[i + k] = take(word, k * bits % 8);
  }
  return above != 0;
}

void pack_scalar(std::span<const std::uint64_t> residues, unsigned bits, std::uint8_t* out) {
  if (bits == 46) return pack<46>(residues, bits, out);
  if (bits == 50) return pack<50>(residues, bits, out);
  pack<0>(residues, bits, out);
}

bool unpack_scalar(const std::uint8_t* in, unsigned bits, std::uint64_t q, std::span<std::uint64_t> residues) {
  if (bits == 46) return unpack<46>(in, bits, q, residues);
  if (bits == 50) return unpack<50>(in, bits, q, residues);
  return unpack<0>(in, bits, q, residues);
}

const LimbPacking& packing_for(unsigned bits) {
  static const LimbPacking* const lanes = avx512_limb_packing();
  MC_CHECK(bits >= kBitsMin && bits <= kBitsMax);
  return lanes != nullptr && bits >= kLaneBitsMin ? *lanes : scalar_limb_packing();
}

}  // namespace

void pack_limb(std::span<const std::uint64_t> residues, unsigned bits, std::uint8_t* out) {
  MC_CHECK(residues.size() % 8 == 0);
  packing_for(bits).pack(residues, bits, out);
}

std::size_t unpack_limb(const std::uint8_t* in, unsigned bits, std::uint64_t q, std::span<std::uint64_t> residues) {
  MC_CHECK(residues.size() % 8 == 0 && !residues.empty());
  if (!packing_for(bits).unpack(in, bits, q, residues)) return residues.size();
  return static_cast<std::size_t>(std::ranges::find_if(residues, [q](std::uint64_t r) { return r >= q; }) -
                                  residues.begin());
}

const LimbPacking& scalar_limb_packing() {
  static constexpr LimbPacking kScalar{.pack = pack_scalar, .unpack = unpack_scalar};
  return kScalar;
}

}  // namespace mc::fhe
