// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/key_rows.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

bool KeyRows::can_pack(const Modulus& m) {
  return m.bits <= kPackedBits;
}

void write_pair(std::uint64_t* out, const std::uint64_t* b, const std::uint64_t* a, bool packed) {
  if (!packed) {
    std::copy_n(a, KeyRows::kLanes, std::copy_n(b, KeyRows::kLanes, out));
    return;
  }
  std::fill_n(out, KeyRows::kPackedWords, 0);
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t lane = 0; lane < KeyRows::kLanes; ++lane) {
      const std::uint64_t x = (half == 0 ? b : a)[lane];
      MC_DCHECK(x >> KeyRows::kPackedBits == 0);
      const std::size_t bit = KeyRows::kPackedBits * (KeyRows::kLanes * half + lane);
      const std::size_t shift = bit % 64;
      out[bit / 64] |= x << shift;
      if (shift + KeyRows::kPackedBits > 64) out[bit / 64 + 1] |= x >> (64 - shift);
    }
  }
}

}  // namespace mc::fhe
