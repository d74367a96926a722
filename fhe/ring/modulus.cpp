// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/modulus.hpp"

#include <bit>
#include <initializer_list>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

std::uint64_t multiply_any(std::uint64_t a, std::uint64_t b, std::uint64_t n) {
  return static_cast<std::uint64_t>(u128{a} * b % n);
}

std::uint64_t power_any(std::uint64_t base, std::uint64_t exponent, std::uint64_t n) {
  std::uint64_t result = 1;
  for (base %= n; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = multiply_any(result, base, n);
    base = multiply_any(base, base, n);
  }
  return result;
}

}  // namespace

Modulus Modulus::of(std::uint64_t q) {
  MC_CHECK(q >= 3 && q < (std::uint64_t{1} << 50) && (q & 1) == 1);
  // q is odd and above 1, so it does not divide 2^128 and floor(2^128/q) = floor((2^128-1)/q).
  const u128 ratio = ~u128{0} / q;
  return {q, static_cast<std::uint64_t>(ratio >> 64), static_cast<std::uint64_t>(ratio),
          static_cast<std::uint8_t>(std::bit_width(q))};
}

std::uint64_t Modulus::power(std::uint64_t base, std::uint64_t exponent) const {
  std::uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

bool is_prime(std::uint64_t n) {
  if (n < 2) return false;
  for (const std::uint64_t small : {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37}) {
    if (n % small == 0) return n == small;
  }
  const int twos = std::countr_zero(n - 1);
  for (const std::uint64_t base : {2ull, 325ull, 9375ull, 28178ull, 450775ull, 9780504ull, 1795265022ull}) {
    if (base % n == 0) continue;
    std::uint64_t x = power_any(base, (n - 1) >> twos, n);
    if (x == 1 || x == n - 1) continue;
    bool composite = true;
    for (int i = 1; i < twos && composite; ++i) {
      x = multiply_any(x, x, n);
      composite = x != n - 1;
    }
    if (composite) return false;
  }
  return true;
}

std::uint64_t minimal_primitive_root(const Modulus& modulus, std::uint64_t order) {
  MC_CHECK(std::has_single_bit(order) && order >= 2 && (modulus.q - 1) % order == 0);
  std::uint64_t root = 0;
  for (std::uint64_t candidate = 2; root == 0; ++candidate) {
    const std::uint64_t power = modulus.power(candidate, (modulus.q - 1) / order);
    // Of order exactly `order` when its half power is -1.
    if (modulus.power(power, order / 2) == modulus.q - 1) root = power;
  }
  const std::uint64_t step = modulus.multiply(root, root);
  std::uint64_t smallest = root;
  for (std::uint64_t i = 1; i < order / 2; ++i) {
    root = modulus.multiply(root, step);
    if (root < smallest) smallest = root;
  }
  return smallest;
}

}  // namespace mc::fhe
