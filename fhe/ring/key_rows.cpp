// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/key_rows.hpp"

#include "base/check.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

std::size_t KeyRows::packed_bits(const Modulus& m) {
  const auto bits = static_cast<std::size_t>(m.bits);
  MC_DCHECK(bits <= kPackedBitsMax);
  return bits;
}

void write_half(std::byte* out, const std::uint64_t* residues, std::size_t bits) {
  u128 waiting = 0;  // bits that fill no word yet
  std::size_t count = 0;
  for (std::size_t i = 0; i < KeyRows::kLanes; ++i) {
    const std::uint64_t x = residues[i];
    MC_DCHECK(bits == KeyRows::kPlainBits || x >> bits == 0);
    waiting |= u128{x} << count;
    count += bits;
    if (count < 64) continue;
    const auto word = static_cast<std::uint64_t>(waiting);
    std::memcpy(out, &word, sizeof word);
    out += sizeof word;
    waiting >>= 64;
    count -= 64;
  }
  std::memcpy(out, &waiting, count / 8);  // whole bytes: there were eight residues
}

}  // namespace mc::fhe
