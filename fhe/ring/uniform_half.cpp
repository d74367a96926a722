// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/uniform_half.hpp"

#include <array>

#include "base/check.hpp"
#include "base/primitives.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {
namespace {

std::uint64_t mask_of(const Modulus& m) {
  return (std::uint64_t{1} << m.bits) - 1;
}

/// The first of numbers 1, 2, … of residue i that is below the prime. Even of a prime just above a power of two every
/// other number is.
std::uint64_t draw_again(const PublicKey128& key, std::size_t i, std::size_t digit, std::size_t place,
                         const Modulus& m) {
  for (std::uint64_t n = 1;; ++n) {
    std::array<std::uint64_t, 2> block{};
    primitives::aes128_blocks(block, i / 2, uniform_half_block(digit, place, n), key);
    const std::uint64_t number = block[i % 2] & mask_of(m);
    if (number < m.q) return number;
  }
}

}  // namespace

void make_uniform_half(std::span<std::uint64_t> out, const PublicKey128& key, std::size_t digit, std::size_t place,
                       const Modulus& m, std::vector<ReplacedResidue>* replaced) {
  MC_CHECK(digit < 256 && place < 256);
  primitives::aes128_blocks(out, 0, uniform_half_block(digit, place, 0), key);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t first = out[i] & mask_of(m);
    out[i] = first;
    if (first < m.q) continue;
    out[i] = draw_again(key, i, digit, place, m);
    if (replaced == nullptr) continue;
    replaced->push_back(
        {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(digit), m.subtract(out[i], first - m.q)});
  }
}

}  // namespace mc::fhe
