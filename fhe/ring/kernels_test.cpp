// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/kernels.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace mc::fhe {
namespace {

using Limb = std::vector<std::uint64_t>;

/// The largest prime below 2^bits that is 1 modulo 2N.
std::uint64_t prime_for(int bits, std::size_t degree) {
  std::uint64_t prime = (std::uint64_t{1} << bits) - 2 * degree + 1;
  while (!is_prime(prime)) prime -= 2 * degree;
  return prime;
}

/// Random residues with the extremes among them.
Limb random_limb(std::size_t count, const Modulus& m, std::mt19937_64& random) {
  Limb limb(count);
  for (std::uint64_t& x : limb) {
    const std::uint64_t choice = random() % 16;
    x = choice == 0 ? 0 : choice == 1 ? m.q - 1 : choice == 2 ? m.q / 2 : choice == 3 ? m.q / 2 + 1 : random() % m.q;
  }
  return limb;
}

std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> tables{&scalar_kernels()};
  if (avx512_kernels() != nullptr) tables.push_back(avx512_kernels());
  return tables;
}

class KernelsTest : public testing::TestWithParam<const Kernels*> {};
INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest, testing::ValuesIn(all_kernels()),
                         [](const auto& table) { return std::string(table.param->name); });

TEST_P(KernelsTest, TransformEvaluatesAtOddPowersOfTheMinimalRootInBitReversedOrder) {
  std::mt19937_64 random(3);
  constexpr std::size_t kDegree = 16;
  const Modulus m = Modulus::of(prime_for(50, kDegree));
  const NttTables tables = NttTables::of(m, kDegree, GetParam()->shoup_bits);
  const Limb polynomial = random_limb(kDegree, m, random);
  Limb transformed = polynomial;
  GetParam()->forward_ntt(transformed.data(), tables);
  const std::uint64_t psi = minimal_primitive_root(m, 2 * kDegree);
  for (std::size_t i = 0; i < kDegree; ++i) {
    const std::size_t reversed = (i & 1) << 3 | (i & 2) << 1 | (i & 4) >> 1 | (i & 8) >> 3;
    const std::uint64_t point = m.power(psi, 2 * reversed + 1);
    std::uint64_t value = 0;
    for (std::size_t k = kDegree; k-- > 0;) value = m.add(m.multiply(value, point), polynomial[k]);
    EXPECT_EQ(transformed[i], value) << i;
  }
}

TEST_P(KernelsTest, PointwiseProductOfTransformsIsTheNegacyclicProduct) {
  std::mt19937_64 random(4);
  constexpr std::size_t kDegree = 64;
  const Modulus m = Modulus::of(prime_for(46, kDegree));
  const NttTables tables = NttTables::of(m, kDegree, GetParam()->shoup_bits);
  Limb a = random_limb(kDegree, m, random), b = random_limb(kDegree, m, random);
  Limb expected(kDegree);
  for (std::size_t i = 0; i < kDegree; ++i) {
    for (std::size_t j = 0; j < kDegree; ++j) {
      const std::uint64_t product = m.multiply(a[i], b[j]);
      std::uint64_t& place = expected[(i + j) % kDegree];
      place = i + j < kDegree ? m.add(place, product) : m.subtract(place, product);
    }
  }
  GetParam()->forward_ntt(a.data(), tables);
  GetParam()->forward_ntt(b.data(), tables);
  GetParam()->multiply(a.data(), a.data(), b.data(), kDegree, m);
  GetParam()->inverse_ntt(a.data(), tables);
  EXPECT_EQ(a, expected);
}

TEST_P(KernelsTest, InverseUndoesForwardAtEveryDegreeAndPrimeSize) {
  std::mt19937_64 random(5);
  for (std::size_t degree = 16; degree <= 65536; degree *= 2) {
    for (const int bits : {22, 45, 46, 50}) {
      const Modulus m = Modulus::of(prime_for(bits, degree));
      const NttTables tables = NttTables::of(m, degree, GetParam()->shoup_bits);
      for (Limb limb : {random_limb(degree, m, random), Limb(degree, m.q - 1)}) {
        const Limb before = limb;
        GetParam()->forward_ntt(limb.data(), tables);
        for (const std::uint64_t x : limb) ASSERT_LT(x, m.q);
        GetParam()->inverse_ntt(limb.data(), tables);
        ASSERT_EQ(limb, before) << degree << " " << bits;
      }
    }
  }
}

TEST_P(KernelsTest, EveryLoopGivesTheBitsOfTheScalarReference) {
  std::mt19937_64 random(6);
  const Kernels& scalar = scalar_kernels();
  const Kernels& kernels = *GetParam();
  constexpr std::size_t kDegree = 1024;
  for (const int bits : {22, 30, 45, 46, 49, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, kDegree));
    const auto same = [&](const std::function<void(const Kernels&, Limb&)>& run, const char* name) {
      Limb expected = random_limb(kDegree, m, random);
      Limb actual = expected;
      run(scalar, expected);
      run(kernels, actual);
      EXPECT_EQ(actual, expected) << name << " " << bits;
    };
    const Limb a = random_limb(kDegree, m, random), b = random_limb(kDegree, m, random);
    same([&](const Kernels& k, Limb& x) { k.forward_ntt(x.data(), NttTables::of(m, kDegree, k.shoup_bits)); },
         "forward");
    same([&](const Kernels& k, Limb& x) { k.inverse_ntt(x.data(), NttTables::of(m, kDegree, k.shoup_bits)); },
         "inverse");
    same([&](const Kernels& k, Limb& x) { k.add(x.data(), a.data(), kDegree, m); }, "add");
    same([&](const Kernels& k, Limb& x) { k.subtract(x.data(), a.data(), kDegree, m); }, "subtract");
    same([&](const Kernels& k, Limb& x) { k.negate(x.data(), kDegree, m); }, "negate");
    same([&](const Kernels& k, Limb& x) { k.multiply(x.data(), a.data(), b.data(), kDegree, m); }, "multiply");
    same([&](const Kernels& k, Limb& x) { k.multiply_add(x.data(), a.data(), b.data(), kDegree, m); }, "multiply_add");
    for (const std::uint64_t factor : {std::uint64_t{0}, std::uint64_t{1}, m.q - 1, a[17]}) {
      same([&](const Kernels& k, Limb& x) { k.multiply_scalar(x.data(), factor, kDegree, m); }, "multiply_scalar");
      same([&](const Kernels& k, Limb& x) { k.subtract_multiply(x.data(), b.data(), factor, kDegree, m); },
           "subtract_multiply");
    }
    for (const std::size_t terms : {1, 2, 8, 9, 18, 40}) {
      const Limb extreme(kDegree, m.q - 1);
      std::vector<const std::uint64_t*> left(terms), right(terms);
      for (std::size_t k = 0; k < terms; ++k) {
        left[k] = (k % 3 == 0 ? a : extreme).data();
        right[k] = (k % 5 == 0 ? b : extreme).data();
      }
      same([&](const Kernels& k, Limb& x) { k.inner_product(x.data(), left.data(), right.data(), terms, kDegree, m); },
           "inner_product");
    }
    for (const int from_bits : {22, 45, 50}) {
      const Modulus from = Modulus::of(prime_for(from_bits, 2 * kDegree));
      const Limb source = random_limb(kDegree, from, random);
      same([&](const Kernels& k, Limb& x) { k.lift_centred(x.data(), source.data(), kDegree, from, m); },
           "lift_centred");
    }
  }
}

TEST_P(KernelsTest, LiftTakesTheRepresentativeNearestZero) {
  const Modulus from = Modulus::of(97), to = Modulus::of(12289);
  const Limb in{0, 1, 48, 49, 96, 50, 2, 95};
  Limb out(8);
  GetParam()->lift_centred(out.data(), in.data(), 8, from, to);
  EXPECT_EQ(out, (Limb{0, 1, 48, 12289 - 48, 12288, 12289 - 47, 2, 12287}));
}

TEST(FindKernels, UnknownNamesAreRefusedWithTheNamesThereAre) {
  const auto found = find_kernels("gpu");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Code::kUnsupported);
  EXPECT_EQ(found.error().message, "there are no kernels called \"gpu\"; there are scalar and avx512");
  EXPECT_EQ((*find_kernels("scalar"))->name, "scalar");
}

}  // namespace
}  // namespace mc::fhe
