// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/ntt_plain.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mc::fhe {
namespace {

TEST(NttPlain, EvaluatesAtTheOddPowersOfTheRootAndComesBack) {
  std::mt19937_64 random(1);
  constexpr std::size_t kDegree = 32;
  const Modulus m = Modulus::of(12289);
  const NttTables tables = NttTables::of(m, kDegree, scalar_kernels());
  std::vector<std::uint64_t> in(kDegree), out(kDegree), back(kDegree);
  for (std::uint64_t& x : in) x = random() % m.q;
  forward_ntt_plain(out.data(), in.data(), {m.q, 100}, tables);
  const std::uint64_t psi = minimal_primitive_root(m, 2 * kDegree);
  for (std::size_t i = 0; i < kDegree; ++i) {
    std::size_t reversed = 0;
    for (int bit = 0; bit < 5; ++bit) reversed |= (i >> bit & 1) << (4 - bit);
    std::uint64_t value = 0;
    for (std::size_t k = kDegree; k-- > 0;) {
      value = m.add(m.multiply(value, m.power(psi, 2 * reversed + 1)), m.subtract(in[k], 100));
    }
    EXPECT_EQ(out[i], value);
  }
  inverse_ntt_plain(back.data(), out.data(), 100, tables);
  EXPECT_EQ(back, in);
}

}  // namespace
}  // namespace mc::fhe
