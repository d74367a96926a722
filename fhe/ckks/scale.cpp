// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/scale.hpp"

#include <cmath>

#include "fhe/ckks/params.hpp"

namespace mc::fhe {
namespace {

constexpr std::int32_t kLog2Max = 1 << 20;
constexpr int kExponentMin = -128, kExponentMax = 127;

Scale combine(const Scale& a, const Scale& b, int sign) {
  Scale result;
  result.log2 = a.log2 + sign * b.log2;
  MC_CHECK(result.log2 >= -kLog2Max && result.log2 <= kLog2Max);
  for (std::size_t i = 0; i < Scale::kPrimesMax; ++i) {
    const int exponent = a.exponents[i] + sign * b.exponents[i];
    MC_CHECK(exponent >= kExponentMin && exponent <= kExponentMax);
    result.exponents[i] = static_cast<std::int8_t>(exponent);
  }
  return result;
}

}  // namespace

Scale Scale::of_top_primes(std::uint32_t level, std::uint32_t count) {
  MC_CHECK(level <= kPrimesMax && count <= level);
  Scale scale;
  for (std::uint32_t i = level - count; i < level; ++i) scale.exponents[i] = 1;
  return scale;
}

Scale operator*(const Scale& a, const Scale& b) {
  return combine(a, b, 1);
}
bool product_is_scale(const Scale& a, const Scale& b) {
  const std::int64_t log2 = std::int64_t{a.log2} + b.log2;
  if (log2 < -kLog2Max || log2 > kLog2Max) return false;
  for (std::size_t i = 0; i < Scale::kPrimesMax; ++i) {
    const int exponent = a.exponents[i] + b.exponents[i];
    if (exponent < kExponentMin || exponent > kExponentMax) return false;
  }
  return true;
}
Scale operator/(const Scale& a, const Scale& b) {
  return combine(a, b, -1);
}

double Scale::bits(const Params& params) const {
  double result = log2;
  for (std::size_t i = 0; i < kPrimesMax; ++i) {
    if (exponents[i] == 0) continue;
    MC_CHECK(i < params.q().size());
    result += exponents[i] * std::log2(static_cast<double>(params.q()[i]));
  }
  return result;
}

std::string Scale::text() const {
  std::string result = "2^" + std::to_string(log2);
  for (std::size_t i = 0; i < kPrimesMax; ++i) {
    if (exponents[i] == 0) continue;
    result += "*q" + std::to_string(i);
    if (exponents[i] != 1) result += "^" + std::to_string(exponents[i]);
  }
  return result;
}

// log2 (u32, two's complement), number of primes (u8), then per prime with a non-zero exponent, ascending: index,
// exponent.
void write_scale(Writer& writer, const Scale& scale) {
  writer.u32(static_cast<std::uint32_t>(scale.log2));
  std::uint8_t primes = 0;
  for (const std::int8_t exponent : scale.exponents) primes += exponent != 0;
  writer.u8(primes);
  for (std::size_t i = 0; i < Scale::kPrimesMax; ++i) {
    if (scale.exponents[i] == 0) continue;
    writer.u8(static_cast<std::uint8_t>(i));
    writer.u8(static_cast<std::uint8_t>(scale.exponents[i]));
  }
}

Result<Scale> read_scale(Reader& reader) {
  Scale scale;
  MC_TRY(const std::uint32_t log2, reader.u32());
  scale.log2 = static_cast<std::int32_t>(log2);
  // Far below kLog2Max, so that no chain of products of accepted scales comes near it.
  if (scale.log2 < -4096 || scale.log2 > 4096) {
    return fail(reader.error("the scale's exponent of two, " + std::to_string(scale.log2) + ", is beyond 4096"));
  }
  MC_TRY(const std::uint8_t primes, reader.u8());
  int last = -1;
  for (std::uint8_t i = 0; i < primes; ++i) {
    MC_TRY(const std::uint8_t index, reader.u8());
    MC_TRY(const std::uint8_t exponent, reader.u8());
    if (index <= last || index >= Scale::kPrimesMax) {
      return fail(reader.error("prime " + std::to_string(index) + " of the scale is out of order or range"));
    }
    const auto signed_exponent = static_cast<std::int8_t>(exponent);
    if (signed_exponent == 0 || signed_exponent < -8 || signed_exponent > 8) {
      return fail(reader.error("exponent " + std::to_string(signed_exponent) + " of the scale's prime " +
                               std::to_string(index) + " is zero or beyond 8"));
    }
    scale.exponents[index] = signed_exponent;
    last = index;
  }
  return scale;
}

}  // namespace mc::fhe
