// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/binary_scale.hpp"

#include <bit>
#include <cmath>
#include <vector>

#include "fhe/ckks/fixed_point.hpp"

namespace mc::fhe {
namespace {

/// A natural number, least significant word first, the last one not zero.
using Natural = std::vector<std::uint64_t>;

std::size_t bit_count(const Natural& x) {
  return 64 * (x.size() - 1) + static_cast<std::size_t>(std::bit_width(x.back()));
}

void multiply_by(Natural& x, std::uint64_t factor) {
  u128 carry = 0;
  for (std::uint64_t& word : x) {
    carry += u128{word} * factor;
    word = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  if (carry != 0) x.push_back(static_cast<std::uint64_t>(carry));
}

/// x * 2^places in `words` words, which it fits in.
Natural shifted(const Natural& x, std::size_t places, std::size_t words) {
  Natural result(words);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = i + places / 64;
    result[at] |= x[i] << places % 64;
    if (places % 64 != 0 && at + 1 < words) result[at + 1] |= x[i] >> (64 - places % 64);
  }
  return result;
}

/// x := 2 x + 0, dropping nothing as long as x has a spare bit.
void double_it(Natural& x) {
  for (std::size_t i = x.size(); i-- > 0;) x[i] = x[i] << 1 | (i == 0 ? 0 : x[i - 1] >> 63);
}

/// x := x - y if that is not negative; same number of words.
bool subtract_if_not_above(Natural& x, const Natural& y) {
  for (std::size_t i = x.size(); i-- > 0;) {
    if (x[i] < y[i]) return false;
    if (x[i] > y[i]) break;
  }
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const u128 step = u128{x[i]} - y[i] - borrow;
    x[i] = static_cast<std::uint64_t>(step);
    borrow = static_cast<std::uint64_t>(step >> 64) & 1;
  }
  return true;
}

/// numerator / denominator * 2^log2.
BinaryScale quotient(const Natural& numerator, const Natural& denominator, int log2) {
  // Both with the same top bit, so that 1/2 < rest / divisor < 2, and a spare bit above it.
  const std::size_t top = std::max(bit_count(numerator), bit_count(denominator));
  const std::size_t words = (top + 1 + 63) / 64;
  Natural rest = shifted(numerator, top - bit_count(numerator), words);
  const Natural divisor = shifted(denominator, top - bit_count(denominator), words);
  int exponent = log2 + static_cast<int>(bit_count(numerator)) - static_cast<int>(bit_count(denominator));
  if (!subtract_if_not_above(rest, divisor)) {  // below 1: its first digit is one place further down
    double_it(rest);
    --exponent;
    subtract_if_not_above(rest, divisor);
  }
  u128 digits = 1;
  for (int i = 0; i < 126; ++i) {
    double_it(rest);
    digits = digits << 1 | static_cast<u128>(subtract_if_not_above(rest, divisor));
  }
  double_it(rest);
  digits += static_cast<u128>(subtract_if_not_above(rest, divisor));
  // digits * 2^(exponent - 126), 2^126 <= digits <= 2^127.
  if (digits == u128{1} << 126) return {u128{1} << 127, exponent};
  return {digits, exponent + 1};
}

Result<BinaryScale> with_sign_of_exponents(const Scale& scale, const Params& params, const char* action, int sign) {
  Natural numerator{1};
  Natural denominator{1};
  for (std::size_t i = 0; i < Scale::kPrimesMax; ++i) {
    const int exponent = sign * scale.exponents[i];
    if (exponent == 0) continue;
    if (i >= params.q().size()) {
      return fail(Code::kInvalidArgument,
                  std::string(action) + ": the scale " + scale.text() + " names a prime that the chain lacks");
    }
    for (int k = 0; k < exponent; ++k) multiply_by(numerator, params.q()[i]);
    for (int k = 0; k > exponent; --k) multiply_by(denominator, params.q()[i]);
  }
  return quotient(numerator, denominator, sign * scale.log2);
}

}  // namespace

Result<BinaryScale> binary_scale(const Scale& scale, const Params& params, const char* action) {
  return with_sign_of_exponents(scale, params, action, 1);
}

Result<BinaryScale> binary_inverse(const Scale& scale, const Params& params, const char* action) {
  return with_sign_of_exponents(scale, params, action, -1);
}

double nearest_double(i128 value, const BinaryScale& number, int exponent) {
  U256 product = multiply_wide(magnitude(value), number.factor);
  if (product.high == 0 && product.low == 0) return 0;
  int places = exponent + number.bits - 127;
  // The top bit up to bit 255.
  if (product.high == 0) {
    product = {product.low, 0};
    places -= 128;
  }
  const auto high_word = static_cast<std::uint64_t>(product.high >> 64);
  const int zeros =
      high_word != 0 ? std::countl_zero(high_word) : 64 + std::countl_zero(static_cast<std::uint64_t>(product.high));
  if (zeros != 0) product = {product.high << zeros | product.low >> (128 - zeros), product.low << zeros};
  places -= zeros;
  constexpr int kDropped = 128 - 53;
  const u128 half = u128{1} << (kDropped - 1);
  u128 mantissa = product.high >> kDropped;
  const u128 rest = product.high & (2 * half - 1);
  if (rest > half || (rest == half && (product.low != 0 || (mantissa & 1) != 0))) ++mantissa;
  const double size = std::ldexp(static_cast<double>(static_cast<std::uint64_t>(mantissa)), places + 128 + kDropped);
  return value < 0 ? -size : size;
}

}  // namespace mc::fhe
