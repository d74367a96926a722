// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/ntt_plain.hpp"

#include <algorithm>

namespace mc::fhe {

void forward_ntt_plain(std::uint64_t* out, const std::uint64_t* in, Shifted range, const NttTables& tables) {
  const Modulus& m = tables.modulus;
  const std::uint64_t shift = m.reduce_word(range.shift);
  for (std::size_t i = 0; i < tables.degree; ++i) out[i] = m.subtract(m.reduce_word(in[i]), shift);
  std::size_t half = tables.degree / 2;
  for (std::size_t groups = 1; groups < tables.degree; groups *= 2, half /= 2) {
    for (std::size_t group = 0; group < groups; ++group) {
      std::uint64_t* const upper = out + 2 * group * half;
      for (std::size_t i = 0; i < half; ++i) {
        const std::uint64_t u = upper[i];
        const std::uint64_t v = m.multiply(upper[half + i], tables.roots[groups + group]);
        upper[i] = m.add(u, v);
        upper[half + i] = m.subtract(u, v);
      }
    }
  }
}

void inverse_ntt_plain(std::uint64_t* out, const std::uint64_t* in, std::uint64_t shift, const NttTables& tables) {
  const Modulus& m = tables.modulus;
  if (out != in) std::copy_n(in, tables.degree, out);
  std::size_t half = 1;
  for (std::size_t groups = tables.degree / 2; groups >= 1; groups /= 2, half *= 2) {
    for (std::size_t group = 0; group < groups; ++group) {
      std::uint64_t* const upper = out + 2 * group * half;
      for (std::size_t i = 0; i < half; ++i) {
        const std::uint64_t u = upper[i];
        const std::uint64_t v = upper[half + i];
        upper[i] = m.add(u, v);
        upper[half + i] = m.multiply(m.subtract(u, v), tables.inverse_roots[groups + group]);
      }
    }
  }
  for (std::size_t i = 0; i < tables.degree; ++i) {
    out[i] = m.add(m.multiply(out[i], tables.inverse_degree.value), shift);
  }
}

}  // namespace mc::fhe
