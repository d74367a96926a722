// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encoder_kernels.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace mc::fhe {
namespace {

using Words = AlignedWords;

/// Numbers high * 2^52 + low in memory of their own.
struct Numbers {
  explicit Numbers(std::size_t count) : high(count), low(count) {}
  explicit Numbers(const std::vector<i128>& values) : Numbers(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      high[i] = static_cast<std::uint64_t>(values[i] >> 52);
      low[i] = static_cast<std::uint64_t>(values[i]) & ((std::uint64_t{1} << 52) - 1);
    }
  }
  FixedView view() {
    return {reinterpret_cast<std::int64_t*>(high.data()), reinterpret_cast<std::int64_t*>(low.data())};
  }
  [[nodiscard]] std::vector<i128> values() const {
    std::vector<i128> result;
    for (std::size_t i = 0; i < high.size(); ++i) {
      const auto signed_low = static_cast<std::int64_t>(low[i]);
      result.push_back(i128{static_cast<std::int64_t>(high[i])} * (i128{1} << 52) + signed_low);
    }
    return result;
  }
  Words high, low;
};

struct Integers {
  explicit Integers(std::size_t count) : low(count), middle(count), high(count) {}
  IntegerView view() { return {low.data(), middle.data(), high.data()}; }
  [[nodiscard]] i128 value(std::size_t i) const {
    const u128 size = (u128{high[i] & ~(std::uint64_t{1} << 63)} << 100 | u128{middle[i]} << 50) + low[i];
    return with_sign(size, high[i] >> 63 != 0);
  }
  friend bool operator==(const Integers&, const Integers&) = default;
  Words low, middle, high;
};

constexpr i128 kLeafMax = (i128{1} << kFractionBits) - (i128{1} << 50);  // the largest double below a power of two

i128 random_leaf(std::mt19937_64& random) {
  const i128 value = static_cast<i128>((u128{random()} << 64 | random()) >> (128 - kFractionBits));
  switch (random() % 8) {
    case 0:
      return kLeafMax;
    case 1:
      return -kLeafMax;
    case 2:
      return static_cast<i128>(random() % 5) - 2;
    case 3:
      return value >> (random() % 100);
    default:
      return random() % 2 == 0 ? value : -value;
  }
}

std::vector<i128> random_leaves(std::size_t count, std::mt19937_64& random) {
  std::vector<i128> leaves(count);
  for (i128& leaf : leaves) leaf = std::clamp(random_leaf(random), -kLeafMax, kLeafMax);
  return leaves;
}

std::vector<const EncoderKernels*> all_tables() {
  std::vector<const EncoderKernels*> tables{&scalar_encoder_kernels()};
  if (avx2_encoder_kernels() != nullptr) tables.push_back(avx2_encoder_kernels());
  if (avx512_encoder_kernels() != nullptr) tables.push_back(avx512_encoder_kernels());
  return tables;
}

class EncoderKernelsTest : public ::testing::TestWithParam<const EncoderKernels*> {
 protected:
  static std::vector<i128> leaves_of(std::vector<double> values, int exponent) {
    const std::size_t count = values.size();
    values.resize((count + 7) / 8 * 8);
    Words doubles(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) doubles[i] = std::bit_cast<std::uint64_t>(values[i]);
    Numbers out(values.size());
    GetParam()->to_leaves(out.view(), doubles.data(), values.size(), exponent);
    auto result = out.values();
    result.resize(count);
    return result;
  }
  static std::vector<i128> averages_of(const std::vector<i128>& leaves, const ChebyshevTransform& transform) {
    Numbers in(leaves), out(leaves.size());
    GetParam()->leaves_to_averages(in.view(), out.view(), transform);
    return out.values();
  }
  static i128 scaled(i128 value, u128 factor, int shift) {
    Numbers in(std::vector<i128>(8, value));
    Integers out(8);
    GetParam()->scale(out.view(), in.view(), 8, {factor, shift});
    return out.value(3);
  }
};
INSTANTIATE_TEST_SUITE_P(Tables, EncoderKernelsTest, ::testing::ValuesIn(all_tables()),
                         [](const auto& table) { return std::string(table.param->name); });

TEST_P(EncoderKernelsTest, DoublesBecomeFixedPointExactlyOrRoundedAwayFromZero) {
  const i128 one = i128{1} << kFractionBits;
  const auto leaves = leaves_of({0.5, -0.1, 0.0, -0.0, 5e-324, 0x1p-103, 0x1p-104, -0x1p-104, 0x1.fffffffffffffp-105,
                                 0x1.8p-103, -0x1.8p-103, 0x1.fffffffffffffp-1},
                                0);
  EXPECT_EQ(leaves[0], one / 2);
  EXPECT_EQ(leaves[1], -(static_cast<i128>(0x1999999999999A) << (103 - 56)));  // 0.1 is 0x1.999999999999Ap-4
  EXPECT_EQ(leaves[2], 0);
  EXPECT_EQ(leaves[3], 0);
  EXPECT_EQ(leaves[4], 0);
  EXPECT_EQ(leaves[5], 1);
  EXPECT_EQ(leaves[6], 1);  // halves go away from zero
  EXPECT_EQ(leaves[7], -1);
  EXPECT_EQ(leaves[8], 0);
  EXPECT_EQ(leaves[9], 2);
  EXPECT_EQ(leaves[10], -2);
  EXPECT_EQ(leaves[11], kLeafMax);
  EXPECT_EQ(leaves_of({-65535.0}, 16)[0], -(i128{65535} << 87));
  // Subnormal numbers, relative to the least normal one.
  EXPECT_EQ(leaves_of({5e-324, 0x1p-1022}, -1021)[0], i128{1} << (103 + 1021 - 1074));
  EXPECT_EQ(leaves_of({5e-324, 0x1p-1022}, -1021)[1], one / 2);
}

TEST_P(EncoderKernelsTest, DoublesOfEverySizeGiveTheNumbersOfTheScalarReference) {
  std::mt19937_64 random(11);
  constexpr std::size_t kCount = 4096;
  for (const int exponent : {-1021, -1000, -40, 0, 1, 17}) {
    Words doubles(kCount);
    for (std::uint64_t& bits : doubles) {
      const std::uint64_t below = random() % (random() % 2 == 0 ? 128 : 2048);
      const std::uint64_t top = static_cast<std::uint64_t>(exponent + 1022);
      const std::uint64_t field = top > below ? top - below : 0;
      bits = (random() & ~(std::uint64_t{0x7ff} << 52)) | field << 52;
    }
    Numbers expected(kCount), actual(kCount);
    scalar_encoder_kernels().to_leaves(expected.view(), doubles.data(), kCount, exponent);
    GetParam()->to_leaves(actual.view(), doubles.data(), kCount, exponent);
    EXPECT_EQ(actual.values(), expected.values()) << exponent;
    for (std::size_t i = 0; i < kCount; ++i) {  // __float128 has ten bits more than it takes
      const auto real = static_cast<__float128>(std::bit_cast<double>(doubles[i]));
      __float128 unit = 1;
      for (int k = 0; k < std::abs(kFractionBits - exponent); ++k) unit *= kFractionBits > exponent ? 2 : 0.5;
      ASSERT_TRUE(expected.values()[i] == static_cast<i128>(real * unit + (real < 0 ? -0.5 : 0.5))) << i;
      if (i == 64) break;
    }
  }
}

TEST_P(EncoderKernelsTest, AveragesAreThoseOfTheScalarReferenceAtEveryDegree) {
  std::mt19937_64 random(12);
  for (std::size_t degree = 16; degree <= 65536; degree *= 2) {
    const ChebyshevTransform transform(degree);
    const std::size_t size = transform.size();
    std::vector<std::vector<i128>> inputs{random_leaves(size, random), std::vector<i128>(size, kLeafMax),
                                          std::vector<i128>(size, -kLeafMax), std::vector<i128>(size, -1)};
    for (const std::size_t run : {std::size_t{1}, size / 2}) {  // plus and minus the largest, as far apart as can be
      inputs.emplace_back(size);
      for (std::size_t i = 0; i < size; ++i) inputs.back()[i] = i / run % 2 == 0 ? kLeafMax : -kLeafMax;
    }
    for (const auto& leaves : inputs) {
      Numbers in(leaves), expected(size);
      scalar_encoder_kernels().leaves_to_averages(in.view(), expected.view(), transform);
      ASSERT_EQ(averages_of(leaves, transform), expected.values()) << degree;
    }
  }
}

/// 5^slot modulo 2N, folded to the angle in (0, pi).
std::vector<std::size_t> angle_of_leaf(const ChebyshevTransform& transform) {
  const std::size_t degree = 2 * transform.size();
  std::vector<std::size_t> angles(transform.size());
  std::size_t power = 1;
  for (std::size_t slot = 0; slot < transform.size(); ++slot) {
    angles[transform.leaf_of_slot()[slot]] = power < degree ? power : 2 * degree - power;
    power = power * 5 % (2 * degree);
  }
  return angles;
}

/// floor((d C + 2^103) / 2^104).
i128 cosine_product(i128 d, u128 cosine) {
  const U256 size = multiply_wide(magnitude(d), cosine);
  // Negative: -ceil((|d| C - 2^103) / 2^104) = -floor((|d| C + 2^103 - 1) / 2^104).
  U256 sum{size.high, size.low + (u128{1} << 103) - (d < 0 ? 1 : 0)};
  sum.high += sum.low < size.low ? 1 : 0;
  return with_sign(sum.high << 24 | sum.low >> 104, d < 0);
}

/// x / 2, ties to even.
i128 half_of(i128 x) {
  const i128 floor = x >> 1;
  return floor * 2 == x || floor % 2 == 0 ? floor : floor + 1;
}

/// The averages of node `node` among `nodes`, by the formulas of chebyshev.hpp.
std::vector<i128> averages_of_node(const std::vector<i128>& leaves, std::size_t node, std::size_t nodes,
                                   const ChebyshevTransform& transform) {
  if (nodes == leaves.size()) return {leaves[node]};
  const auto b = averages_of_node(leaves, node, 2 * nodes, transform);
  const auto b_prime = averages_of_node(leaves, nodes + node, 2 * nodes, transform);
  const u128 cosine = u128{transform.cosines_high()[nodes + node]} << 52 | transform.cosines_low()[nodes + node];
  const std::size_t half = b.size();
  std::vector<i128> a(2 * half);
  for (std::size_t k = 0; k < half; ++k) a[k] = half_of(b[k] + b_prime[k]);
  for (std::size_t k = 0; k < half; ++k) {
    const i128 product = cosine_product(b[k] - b_prime[k], cosine);
    a[half + k] = k == 0 ? half_of(product) : product - a[half - k];
  }
  return a;
}

TEST_P(EncoderKernelsTest, AveragesAreTheFormulasToTheLastBit) {
  std::mt19937_64 random(17);
  for (const std::size_t degree : {16, 32, 256, 512, 4096, 16384}) {
    const ChebyshevTransform transform(degree);
    const std::vector<i128> leaves = random_leaves(transform.size(), random);
    ASSERT_EQ(averages_of(leaves, transform), averages_of_node(leaves, 0, 1, transform)) << degree;
  }
}

/// round(value * cos(pi i / n)).
i128 times_cosine(i128 value, std::size_t i, std::size_t n, const std::vector<u128>& table) {
  i %= 2 * n;
  if (i > n) i = 2 * n - i;
  const bool turned = i > n / 2;
  if (turned) i = n - i;
  if (i == n / 2) return 0;
  return with_sign(shift_round(multiply_wide(magnitude(value), table[i]), 127), (value < 0) != turned);
}

// The definition as it stands, each product rounded by half a unit at most.
TEST_P(EncoderKernelsTest, AveragesAreWithin128UnitsOfTheCosineSums) {
  std::mt19937_64 random(13);
  for (const std::size_t degree : {16, 64, 1024, 4096, 32768}) {
    const ChebyshevTransform transform(degree);
    const auto size = static_cast<i128>(transform.size());
    const std::vector<u128> table = cosine_table(degree);
    const std::vector<std::size_t> angles = angle_of_leaf(transform);
    const std::vector<i128> leaves = random_leaves(transform.size(), random);
    const std::vector<i128> averages = averages_of(leaves, transform);
    const std::size_t step = degree <= 1024 ? 1 : degree <= 4096 ? 7 : 509;
    for (std::size_t k = 0; k < averages.size(); k += step) {
      i128 sum = 0;
      for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
        sum += times_cosine(leaves[leaf], k * angles[leaf], degree, table);
      }
      ASSERT_LT(magnitude(averages[k] - sum / size), u128{127}) << degree << " " << k;
    }
  }
}

TEST_P(EncoderKernelsTest, AnAverageIsExactWhenTheLeavesAreMultiplesOfM) {
  std::mt19937_64 random(14);
  const ChebyshevTransform transform(2048);
  std::vector<i128> leaves(1024);
  i128 sum = 0;
  for (i128& leaf : leaves) {
    leaf = static_cast<i128>(static_cast<std::int64_t>(random())) * 1024;
    sum += leaf;
  }
  EXPECT_TRUE(averages_of(leaves, transform)[0] == sum / 1024);
}

TEST_P(EncoderKernelsTest, AConstantIsExact) {
  for (const i128 value : {i128{12345} << 60, kLeafMax, -kLeafMax, i128{1}, i128{-1}}) {
    const auto averages = averages_of(std::vector<i128>(512, value), ChebyshevTransform(1024));
    EXPECT_TRUE(averages[0] == value);
    for (std::size_t k = 1; k < averages.size(); ++k) EXPECT_TRUE(averages[k] == 0) << k;
  }
}

TEST_P(EncoderKernelsTest, ScalingRoundsHalvesAwayFromZeroAtEveryShift) {
  for (int shift = 1; shift <= 128; ++shift) {
    // 3 * 2^(shift-1) halves of a unit, and one less.
    const int places = kFractionBits + shift - 1;
    const int value_places = std::min(places, 100);
    if (places - value_places <= 125) {
      const u128 factor = u128{1} << (places - value_places);
      const i128 value = i128{3} << value_places;
      EXPECT_TRUE(scaled(value, factor, shift) == 2) << shift;
      EXPECT_TRUE(scaled(-value, factor, shift) == -2) << shift;
      EXPECT_TRUE(scaled(value - 1, factor, shift) == 1) << shift;
      EXPECT_TRUE(scaled(1 - value, factor, shift) == -1) << shift;
    }
    EXPECT_TRUE(scaled(0, u128{1} << 127, shift) == 0);
  }
  EXPECT_TRUE(scaled(kLeafMax, u128{1} << 127, 1) == i128{kLeafMax} << 23);
  EXPECT_TRUE(scaled(-kLeafMax, u128{1} << 127, 1) == -(i128{kLeafMax} << 23));
  EXPECT_TRUE(scaled(kLeafMax, u128{1} << 127, 127) == 1);  // just below 1
  EXPECT_TRUE(scaled(kLeafMax, u128{1} << 127, 128) == 0);  // just below a half
}

TEST_P(EncoderKernelsTest, ScalingAgreesWithTheSchoolbook) {
  std::mt19937_64 random(15);
  for (int i = 0; i < 20000; ++i) {
    const i128 value = std::clamp(random_leaf(random), -kLeafMax, kLeafMax);
    const u128 factor = ((u128{random()} << 64 | random()) >> (1 + random() % 127));
    const int shift = 1 + static_cast<int>(random() % 128);
    // Bit by bit: (value * factor + half a unit) >> (103 + shift).
    U256 product = multiply_wide(magnitude(value), factor);
    const int places = kFractionBits + shift;
    const U256 half = places <= 128 ? U256{0, u128{1} << (places - 1)} : U256{u128{1} << (places - 129), 0};
    product.low += half.low;
    product.high += half.high + (product.low < half.low);
    const u128 size =
        places >= 128 ? product.high >> (places - 128) : product.high << (128 - places) | product.low >> places;
    ASSERT_TRUE(scaled(value, factor, shift) == with_sign(size, value < 0)) << i;
  }
}

TEST_P(EncoderKernelsTest, LimbsAreTheResiduesOfTheAntisymmetricPolynomial) {
  std::mt19937_64 random(16);
  constexpr std::size_t kCount = 512;
  for (const bool two_words : {false, true}) {
    std::vector<i128> values(kCount);
    Integers integers(kCount);
    const int bits = two_words ? 100 : 126;
    for (std::size_t i = 0; i < kCount; ++i) {
      u128 size = (u128{random()} << 64 | random()) >> (128 - bits);
      if (i % 5 == 0) size = (u128{1} << bits) - 1 - i / 5;
      if (i % 7 == 0) size >>= random() % 120;
      values[i] = with_sign(size, random() % 2 == 0);
      integers.low[i] = static_cast<std::uint64_t>(size) & ((std::uint64_t{1} << 50) - 1);
      integers.middle[i] = static_cast<std::uint64_t>(size >> 50) & ((std::uint64_t{1} << 50) - 1);
      integers.high[i] = static_cast<std::uint64_t>(size >> 100) | std::uint64_t{values[i] < 0} << 63;
    }
    integers.high[9] = std::uint64_t{1} << 63;  // minus zero
    integers.low[9] = integers.middle[9] = 0;
    values[9] = 0;
    for (const int prime_bits : {20, 21, 30, 45, 46, 49, 50}) {
      std::uint64_t prime = (std::uint64_t{1} << prime_bits) - 1;
      while (!is_prime(prime)) prime -= 2;
      const Modulus m = Modulus::of(prime);
      Words limb(2 * kCount, ~std::uint64_t{0});
      GetParam()->to_limb(limb.data(), integers.view(), kCount, two_words, m);
      const auto residue = [&](i128 value) {
        const i128 q = static_cast<i128>(prime);
        return static_cast<std::uint64_t>((value % q + q) % q);
      };
      EXPECT_EQ(limb[kCount], 0u);
      for (std::size_t k = 0; k < kCount; ++k) {
        ASSERT_EQ(limb[k], residue(values[k])) << k << " " << prime;
        if (k == 0) continue;
        ASSERT_EQ(limb[2 * kCount - k], residue(-values[k])) << k << " " << prime;
      }
    }
  }
}

TEST(EncoderKernelsFor, FollowTheKernelsOfTheRing) {
  EXPECT_EQ(encoder_kernels_for("scalar").name, "scalar");
  EXPECT_EQ(encoder_kernels_for("avx2").name, avx2_encoder_kernels() == nullptr ? "scalar" : "avx2");
  EXPECT_EQ(encoder_kernels_for("avx512").name, avx512_encoder_kernels() == nullptr ? "scalar" : "avx512");
}

}  // namespace
}  // namespace mc::fhe
