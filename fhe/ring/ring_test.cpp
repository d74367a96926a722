// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/ring.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "fhe/ring/testing/small_ring.hpp"

namespace mc::fhe {
namespace {

// Mixing domains, or a polynomial of one domain with a function of the other, does not compile.
template <class R, class A, class B>
concept CanAdd = requires(const R& ring, A& a, const B& b) {
  ring.add(a, b);
};
template <class R, class A>
concept CanMultiply = requires(const R& ring, A& a) {
  ring.multiply(a, a);
};
static_assert(CanAdd<Ring, NttPoly, NttPoly> && CanAdd<Ring, CoeffPoly, CoeffPoly>);
static_assert(!CanAdd<Ring, CoeffPoly, NttPoly> && !CanAdd<Ring, NttPoly, CoeffPoly>);
static_assert(CanMultiply<Ring, NttPoly> && !CanMultiply<Ring, CoeffPoly>);
static_assert(!std::is_copy_constructible_v<SecretPoly> && !std::is_copy_assignable_v<SecretPoly>);

using testing::primes_for;
using testing::random_poly;
using testing::small_ring;

TEST(Ring, RefusesPrimesThatCannotServeAndNamesThem) {
  const auto refused = [](std::uint8_t log_n, std::vector<std::uint64_t> q) {
    const auto ring = Ring::create(LogN(log_n), q, {});
    return ring.has_value() ? std::string("accepted") : ring.error().message;
  };
  const std::uint64_t prime = primes_for(1024, 46, 1)[0];
  EXPECT_EQ(refused(10, {prime}), "accepted");
  EXPECT_EQ(refused(10, {prime, prime}), "the ring's prime " + std::to_string(prime) + " is named twice");
  EXPECT_EQ(refused(10, {2048 * 3 * 5 + 1}), "the ring's prime 30721 is not a prime");
  EXPECT_EQ(refused(10, {97}), "the ring's prime 97 is not 1 modulo 2N = 2048");
  EXPECT_EQ(refused(10, {std::uint64_t{1} << 50}), "the ring's prime 1125899906842624 is not between 3 and 2^50");
  EXPECT_EQ(refused(17, {prime}), "a ring of degree 2^17 is not between 2^4 and 2^16");
  EXPECT_EQ(refused(10, {}), "a ring needs 1 to 64 primes, not 0 + 0");
}

TEST(Ring, RefusesUnknownKernels) {
  setenv("MEDCOMMONS_KERNELS", "abacus", 1);
  const auto primes = primes_for(16, 46, 1);
  const auto ring = Ring::create(LogN(4), primes, {});
  unsetenv("MEDCOMMONS_KERNELS");
  ASSERT_FALSE(ring.has_value());
  EXPECT_EQ(ring.error().code, Code::kUnsupported);
}

TEST(Ring, LimbsOfABasisAreTheChainThenTheSpecialPrimes) {
  const RingPtr ring = small_ring();
  EXPECT_EQ(ring->limb_count({2, true}), 4u);
  EXPECT_EQ(ring->modulus({2, true}, 2).q, ring->modulus({4, true}, 4).q);
  EXPECT_EQ(ring->modulus({2, false}, 1).q, ring->modulus({4, false}, 1).q);
}

TEST(Ring, ObeysTheLawsOfACommutativeRing) {
  const RingPtr ring = small_ring();
  std::mt19937_64 random(7);
  const Basis basis{3, true};
  for (int round = 0; round < 20; ++round) {
    const NttPoly a = random_poly(*ring, basis, random), b = random_poly(*ring, basis, random),
                  c = random_poly(*ring, basis, random);
    NttPoly left = b;
    ring->add(left, c);
    ring->multiply(left, a);  // a (b + c)
    NttPoly right = a;
    ring->multiply(right, b);
    ring->multiply_add(right, a, c);  // a b + a c
    EXPECT_EQ(left, right);
    NttPoly zero = a;
    ring->subtract(zero, a);
    NttPoly negative = a;
    ring->negate(negative);
    ring->add(negative, a);
    EXPECT_EQ(zero, ring->make<Domain::kNtt>(basis));
    EXPECT_EQ(negative, zero);
  }
}

TEST(Ring, TransformsAreInverseAndMultiplicationIsNegacyclic) {
  const RingPtr ring = small_ring();
  const Basis basis{2, false};
  std::vector<std::int64_t> x(16), minus_one(16);
  x[15] = 1;          // X^15
  minus_one[0] = -1;  // X^16 = -1
  std::vector<std::int64_t> linear(16);
  linear[1] = 1;
  NttPoly product = ring->to_ntt(ring->from_signed(x, basis));
  ring->multiply(product, ring->to_ntt(ring->from_signed(linear, basis)));
  EXPECT_EQ(ring->to_coeff(std::move(product)), ring->from_signed(minus_one, basis));
}

TEST(Ring, TheSecondFactorOfAProductMayBeOverMorePrimes) {
  const RingPtr ring = small_ring();
  std::vector<std::int64_t> x(16);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int64_t>(i * i) - 50;
  const auto over = [&](Basis basis) { return ring->to_ntt(ring->from_signed(x, basis)); };
  const Basis narrow{1, false};
  NttPoly square = over(narrow);
  ring->multiply(square, over(narrow));
  for (const Basis wide : {Basis{2, false}, Basis{2, true}}) {
    NttPoly product = over(narrow);
    ring->multiply(product, over(wide));
    EXPECT_EQ(product, square);
    NttPoly sum = over(narrow);
    ring->multiply_add(sum, over(narrow), over(wide));
    ring->subtract(sum, over(narrow));
    EXPECT_EQ(sum, square);
    EXPECT_EQ(ring->product_coefficient_zero(over(narrow), over(wide)), ring->coefficient_zero(square));
    EXPECT_EQ(ring->product_coefficients_zero_and_middle(over(narrow), over(wide)),
              ring->coefficients_zero_and_middle(square));
  }
  NttPoly wide = over({2, false});
  EXPECT_DEATH(ring->multiply(wide, over(narrow)), "check failed");
  NttPoly with_p = over({1, true});  // its second limb is modulo another prime
  EXPECT_DEATH(ring->multiply(with_p, over({2, false})), "check failed");
}

TEST(Ring, SignedIntegersUpToTheirBoundAreReducedExactly) {
  const RingPtr ring = small_ring();
  const std::int64_t bound = (std::int64_t{1} << 62) - 1;
  std::vector<std::int64_t> values(16);
  values[0] = bound, values[1] = -bound, values[2] = -1, values[3] = 1;
  const CoeffPoly poly = ring->from_signed(values, {4, true});
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const i128 q = ring->modulus({4, true}, i).q;
    for (std::size_t k = 0; k < 16; ++k)
      EXPECT_EQ(poly.limb(i)[k], static_cast<std::uint64_t>((values[k] % q + q) % q));
  }
}

TEST(Ring, WideIntegersUpToTheirBoundAreReducedExactly) {
  const RingPtr ring = small_ring();
  const i128 bound = i128{1} << 126;
  std::vector<i128> values(16);
  values[0] = bound - 1, values[1] = -bound, values[2] = -1, values[3] = 1, values[4] = i128{1} << 93;
  const CoeffPoly poly = ring->from_wide(values, {4, true});
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const i128 q = ring->modulus({4, true}, i).q;
    for (std::size_t k = 0; k < 16; ++k)
      EXPECT_EQ(poly.limb(i)[k], static_cast<std::uint64_t>((values[k] % q + q) % q));
  }
}

TEST(Ring, CoefficientZeroNeedsNoTransform) {
  const RingPtr ring = small_ring(8);
  std::mt19937_64 random(8);
  const NttPoly a = random_poly(*ring, {4, true}, random), b = random_poly(*ring, {4, true}, random);
  NttPoly product = a;
  ring->multiply(product, b);
  const auto zero_of_a = ring->coefficient_zero(a);
  const auto zero_of_product = ring->product_coefficient_zero(a, b);
  const CoeffPoly coefficients = ring->to_coeff(NttPoly(a));
  const CoeffPoly product_coefficients = ring->to_coeff(std::move(product));
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    EXPECT_EQ(zero_of_a[i], coefficients.limb(i)[0]);
    EXPECT_EQ(zero_of_product[i], product_coefficients.limb(i)[0]);
  }
}

TEST(Ring, CoefficientsZeroAndMiddleNeedNoTransform) {
  const RingPtr ring = small_ring(12);
  std::mt19937_64 random(12);
  const NttPoly a = random_poly(*ring, {4, true}, random), b = random_poly(*ring, {4, true}, random);
  NttPoly product = a;
  ring->multiply(product, b);
  const auto of_a = ring->coefficients_zero_and_middle(a);
  const auto of_product = ring->product_coefficients_zero_and_middle(a, b);
  const CoeffPoly coefficients = ring->to_coeff(NttPoly(a));
  const CoeffPoly product_coefficients = ring->to_coeff(std::move(product));
  const std::size_t middle = ring->degree() / 2;
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    EXPECT_EQ(of_a[2 * i], coefficients.limb(i)[0]);
    EXPECT_EQ(of_a[2 * i + 1], coefficients.limb(i)[middle]);
    EXPECT_EQ(of_product[2 * i], product_coefficients.limb(i)[0]);
    EXPECT_EQ(of_product[2 * i + 1], product_coefficients.limb(i)[middle]);
  }
}

TEST(Ring, RestrictionKeepsTheFirstLimbs) {
  const RingPtr ring = small_ring();
  std::mt19937_64 random(9);
  const NttPoly a = random_poly(*ring, {4, true}, random);
  const NttPoly restricted = restrict_to(a, 2);
  NttPoly kept = a;
  kept.keep_limbs(2);
  EXPECT_EQ(restricted, kept);
  EXPECT_EQ(restricted.basis(), (Basis{2, false}));
  EXPECT_TRUE(std::ranges::equal(restricted.limb(1), a.limb(1)));
}

}  // namespace
}  // namespace mc::fhe
