// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/fixed_point.hpp"

#include <array>
#include <bit>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

/// A number in [0, 16) with 192 fractional bits: words 0 to 2 are the fraction, word 3 the integer part. Operations
/// truncate; the series below adds up some fifty of them, so that its error stays under 2^-185.
struct Wide {
  std::array<std::uint64_t, 4> words{};
};

// 3.243F6A88 85A308D3 13198A2E 03707344 A4093822 299F31D0 …
constexpr Wide kPi{{0xA4093822299F31D0, 0x13198A2E03707344, 0x243F6A8885A308D3, 3}};

Wide add(const Wide& a, const Wide& b) {
  Wide sum;
  u128 carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += u128{a.words[i]} + b.words[i];
    sum.words[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return sum;
}

/// max(a - b, 0): the cosine and sine of our angles are never negative, but truncation may leave -2^-190.
Wide subtract(const Wide& a, const Wide& b) {
  Wide difference;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const u128 step = u128{a.words[i]} - b.words[i] - borrow;
    difference.words[i] = static_cast<std::uint64_t>(step);
    borrow = static_cast<std::uint64_t>(step >> 64) & 1;
  }
  return borrow != 0 ? Wide{} : difference;
}

Wide multiply(const Wide& a, const Wide& b) {
  std::array<std::uint64_t, 8> product{};
  for (std::size_t i = 0; i < 4; ++i) {
    u128 carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      carry += u128{a.words[i]} * b.words[j] + product[i + j];
      product[i + j] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    product[i + 4] = static_cast<std::uint64_t>(carry);
  }
  return {{product[3], product[4], product[5], product[6]}};
}

Wide divide(const Wide& a, std::uint64_t divisor) {
  Wide quotient;
  u128 rest = 0;
  for (std::size_t i = 4; i-- > 0;) {
    rest = rest << 64 | a.words[i];
    quotient.words[i] = static_cast<std::uint64_t>(rest / divisor);
    rest %= divisor;
  }
  return quotient;
}

struct CosineAndSine {
  Wide cosine, sine;
};

/// Taylor series at pi * i / n, 0 <= i <= n/2.
CosineAndSine cosine_and_sine(std::size_t i, std::size_t n) {
  const Wide x = divide(multiply(kPi, Wide{{0, 0, 0, i % n}}), n);
  std::array<Wide, 4> sums{};  // of the terms x^k/k! by k modulo 4: their signs in the two series are + + - -
  Wide term{{0, 0, 0, 1}};
  for (std::uint64_t k = 0; term.words != Wide{}.words; ++k) {
    sums[k % 4] = add(sums[k % 4], term);
    term = divide(multiply(term, x), k + 1);
  }
  return {subtract(sums[0], sums[2]), subtract(sums[1], sums[3])};
}

}  // namespace

std::vector<u128> cosine_table(std::size_t n) {
  MC_CHECK(std::has_single_bit(n) && n >= 4 && n <= std::size_t{1} << 16);
  // cos(a + b) = cos a cos b - sin a sin b with few coarse angles a and fine angles b.
  const std::size_t fine_count = std::size_t{1} << (std::bit_width(n) / 2);
  std::vector<CosineAndSine> fine;
  for (std::size_t i = 0; i < fine_count; ++i) fine.push_back(cosine_and_sine(i, n));
  std::vector<u128> table(n / 2);
  CosineAndSine coarse;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (i % fine_count == 0) coarse = cosine_and_sine(i, n);
    const CosineAndSine& step = fine[i % fine_count];
    const auto words = subtract(multiply(coarse.cosine, step.cosine), multiply(coarse.sine, step.sine)).words;
    table[i] = (u128{words[3]} << 127 | u128{words[2]} << 63 | words[1] >> 1) + (words[1] & 1);
  }
  return table;
}

}  // namespace mc::fhe
