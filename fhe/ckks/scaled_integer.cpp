// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/scaled_integer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "fhe/ckks/fixed_point.hpp"

namespace mc::fhe {
namespace {

constexpr int kMantissaBits = 125;

/// A positive number mantissa * 2^exponent, mantissa in [2^319, 2^320). Each operation truncates: its result is wrong
/// by less than 2^-255 of itself.
class ExtendedReal {
 public:
  explicit ExtendedReal(std::uint64_t value) : words_{0, 0, 0, 0, value}, exponent_(-256) {
    MC_CHECK(value != 0);
    normalise(0);
  }

  void multiply_power_of_two(int exponent) { exponent_ += exponent; }
  void multiply(std::uint64_t factor) {
    u128 carry = 0;
    for (std::uint64_t& word : words_) {
      carry += u128{word} * factor;
      word = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    shift_in(static_cast<std::uint64_t>(carry));
  }
  void divide(std::uint64_t divisor) {
    u128 remainder = 0;
    for (std::size_t i = kWords; i-- > 0;) {
      remainder = remainder << 64 | words_[i];
      words_[i] = static_cast<std::uint64_t>(remainder / divisor);
      remainder %= divisor;
    }
    normalise(static_cast<std::uint64_t>((remainder << 64) / divisor));
  }

  /// floor(log2).
  [[nodiscard]] int log2() const { return exponent_ + 64 * static_cast<int>(kWords) - 1; }
  /// round(*this), for numbers below 2^126.
  [[nodiscard]] u128 rounded() const {
    const int integer_bits = log2() + 1;
    if (integer_bits < 0) return 0;
    // The two highest words have 128 bits; one more than the integer's own says how to round.
    const u128 high = u128{words_[kWords - 1]} << 64 | words_[kWords - 2];
    return ((high >> (127 - integer_bits)) + 1) >> 1;
  }
  [[nodiscard]] double truncated() const {
    if (log2() > 1000) return std::numeric_limits<double>::max();
    if (log2() < -1000) return 0;
    return std::ldexp(static_cast<double>(words_[kWords - 1] >> 11), log2() - 52);
  }

 private:
  static constexpr std::size_t kWords = 5;  // least significant first

  /// Takes `top` as a sixth, highest word.
  void shift_in(std::uint64_t top) {
    if (top == 0) return normalise(0);
    const std::uint64_t lowest = words_[0];
    for (std::size_t i = 0; i + 1 < kWords; ++i) words_[i] = words_[i + 1];
    words_[kWords - 1] = top;
    exponent_ += 64;
    normalise(lowest);
  }
  /// Shifts the highest set bit to the top; `below` are the 64 bits under the mantissa.
  void normalise(std::uint64_t below) {
    while (words_[kWords - 1] == 0) {
      for (std::size_t i = kWords - 1; i > 0; --i) words_[i] = words_[i - 1];
      words_[0] = below;
      below = 0;
      exponent_ -= 64;
    }
    const int shift = std::countl_zero(words_[kWords - 1]);
    if (shift == 0) return;
    for (std::size_t i = kWords - 1; i > 0; --i) words_[i] = words_[i] << shift | words_[i - 1] >> (64 - shift);
    words_[0] = words_[0] << shift | below >> (64 - shift);
    exponent_ -= shift;
  }

  std::uint64_t words_[kWords];
  int exponent_;
};

void multiply(ExtendedReal& number, const Scale& scale, const Params& params) {
  number.multiply_power_of_two(scale.log2);
  for (std::size_t i = 0; i < params.q().size(); ++i) {
    for (int k = 0; k < scale.exponents[i]; ++k) number.multiply(params.q()[i]);
  }
  // Divisions last: while there are only products, nothing is truncated that a result of 126 bits could see.
  for (std::size_t i = 0; i < params.q().size(); ++i) {
    for (int k = 0; k > scale.exponents[i]; --k) number.divide(params.q()[i]);
  }
}

}  // namespace

bool names_primes_of(const Scale& scale, const Params& params) {
  for (std::size_t i = params.q().size(); i < Scale::kPrimesMax; ++i) {
    if (scale.exponents[i] != 0) return false;
  }
  return true;
}

int largest_exponent(const Scale& scale) {
  int largest = 0;
  for (const std::int8_t exponent : scale.exponents) largest = std::max(largest, std::abs(int{exponent}));
  return largest;
}

std::uint64_t ScaledInteger::residue(const Modulus& m) const {
  const std::uint64_t size = m.multiply(m.reduce(magnitude(mantissa)), m.power(2, shift));
  return mantissa < 0 ? m.negate(size) : size;
}

Result<ScaledInteger> scaled_integer(double value, const Scale& scale, const Params& params) {
  if (!std::isfinite(value)) return fail(Code::kInvalidArgument, "scaled integer: the value is not finite");
  if (!names_primes_of(scale, params)) {
    return fail(Code::kInvalidArgument,
                "scaled integer: the scale " + scale.text() + " names a prime that the chain lacks");
  }
  if (value == 0) return ScaledInteger{};
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  ExtendedReal number(static_cast<std::uint64_t>(std::ldexp(fraction, 53)));
  number.multiply_power_of_two(exponent - 53);
  multiply(number, scale, params);
  const int shift = std::max(0, number.log2() + 1 - kMantissaBits);
  number.multiply_power_of_two(-shift);
  return ScaledInteger{with_sign(number.rounded(), value < 0), static_cast<std::uint32_t>(shift)};
}

double scale_ratio(const Scale& a, const Scale& b, const Params& params) {
  MC_CHECK(names_primes_of(a, params) && names_primes_of(b, params));
  ExtendedReal number(1);
  multiply(number, a / b, params);
  return number.truncated();
}

int floor_log2(const Scale& scale, const Params& params) {
  MC_CHECK(names_primes_of(scale, params));
  ExtendedReal number(1);
  multiply(number, scale, params);
  return number.log2();
}

}  // namespace mc::fhe
