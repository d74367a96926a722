// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/monomial_challenge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace mc::fhe {
namespace {

constexpr std::size_t kTinyDegree = 32;

std::vector<std::int64_t> monomial_times(MonomialChallenge challenge, const std::vector<std::int64_t>& poly) {
  std::vector<std::int64_t> result(poly.size());
  add_monomial_product(std::span(result), challenge, std::span<const std::int64_t>(poly));
  return result;
}

std::vector<std::int64_t> monomial(std::size_t exponent) {
  std::vector<std::int64_t> poly(kTinyDegree);
  poly[exponent % kTinyDegree] = exponent / kTinyDegree % 2 == 0 ? 1 : -1;
  return poly;
}

TEST(MonomialChallenge, MultipliesNegacyclically) {
  for (std::size_t a = 0; a < 2 * kTinyDegree; ++a) {
    for (std::size_t b = 0; b < 2 * kTinyDegree; ++b) {
      const MonomialChallenge challenge{static_cast<std::uint32_t>(1 + a)};
      EXPECT_EQ(monomial_times(challenge, monomial(b)), monomial((a + b) % (2 * kTinyDegree))) << a << ", " << b;
    }
  }
  EXPECT_EQ(monomial_times({0}, monomial(3)), std::vector<std::int64_t>(kTinyDegree));
}

TEST(MonomialChallenge, AddsToWhatIsThereAndWrapsInUnsignedWords) {
  std::vector<std::uint64_t> sums(kTinyDegree, 5);
  const std::vector<std::uint64_t> poly(kTinyDegree, 7);
  add_monomial_product(std::span(sums), {1 + kTinyDegree}, std::span<const std::uint64_t>(poly));
  EXPECT_EQ(sums, std::vector<std::uint64_t>(kTinyDegree, std::uint64_t{5} - 7));
  add_monomial_product(std::span(sums), {1}, std::span<const std::uint64_t>(poly));
  EXPECT_EQ(sums, std::vector<std::uint64_t>(kTinyDegree, 5));
}

TEST(MonomialChallenge, IsUniformAndAFunctionOfTheDigest) {
  constexpr std::size_t kCount = 65 * 1000;
  const auto challenges = expand_monomials(sha256(view_of("a")), kCount, kTinyDegree);
  EXPECT_EQ(challenges, expand_monomials(sha256(view_of("a")), kCount, kTinyDegree));
  EXPECT_NE(challenges, expand_monomials(sha256(view_of("b")), kCount, kTinyDegree));
  std::vector<double> seen(2 * kTinyDegree + 1);
  for (const MonomialChallenge challenge : challenges) seen.at(challenge.choice) += 1;
  double chi_square = 0;
  for (const double count : seen) chi_square += (count - 1000) * (count - 1000) / 1000;
  EXPECT_LT(chi_square, 112) << "64 degrees of freedom, one in five thousand";
}

// What the extractor rests on: for any two different challenges there is g with coefficients -1, 0, 1 and
// g (c - c') = 2, or 2 up to a power of X, or the difference is twice a monomial itself.
TEST(MonomialChallenge, TwiceTheInverseOfADifferenceIsShort) {
  for (std::size_t d = 1; d < 2 * kTinyDegree; ++d) {
    // (1 - X^d) (1 + X^d + … + X^(d (m/2 - 1))) = 1 - X^(d m/2) = 2, m the order of X^d.
    const std::size_t half_order = kTinyDegree / std::gcd(d, 2 * kTinyDegree);
    std::vector<std::int64_t> g(kTinyDegree), difference = monomial(0);
    for (std::size_t k = 0; k < half_order; ++k) {
      add_monomial_product(std::span(g), {static_cast<std::uint32_t>(1 + d * k % (2 * kTinyDegree))},
                           std::span<const std::int64_t>(monomial(0)));
    }
    EXPECT_TRUE(std::ranges::all_of(g, [](std::int64_t c) { return c >= -1 && c <= 1; })) << d;
    add_monomial_product(std::span(difference), {static_cast<std::uint32_t>(1 + (d + kTinyDegree) % (2 * kTinyDegree))},
                         std::span<const std::int64_t>(monomial(0)));
    std::vector<std::int64_t> two(kTinyDegree);
    for (std::size_t j = 0; j < kTinyDegree; ++j) {
      for (std::int64_t times = 0; times < std::abs(difference[j]); ++times) {
        const std::size_t exponent = j + (difference[j] < 0 ? kTinyDegree : 0);
        add_monomial_product(std::span(two), {static_cast<std::uint32_t>(1 + exponent)},
                             std::span<const std::int64_t>(g));
      }
    }
    std::vector<std::int64_t> wanted(kTinyDegree);
    wanted[0] = 2;
    EXPECT_EQ(two, wanted) << d;
  }
}

}  // namespace
}  // namespace mc::fhe
