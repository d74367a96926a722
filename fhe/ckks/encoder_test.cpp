// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encoder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "fhe/ckks/fixed_point.hpp"
#include "fhe/ckks/recombination.hpp"

namespace mc::fhe {
namespace {

ParamsPtr params_of_degree(std::uint8_t log_n) {
  return Params::create({.name = "encoder",
                         .log_n = LogN(log_n),
                         .q_bits = {50, 50, 46, 46},
                         .p_bits = {50},
                         .insecure_for_tests = true})
      .value_or_stop();
}

std::vector<double> random_slots(std::size_t count, std::uint64_t seed, double bound = 1) {
  std::mt19937_64 random(seed);
  std::vector<double> slots(count);
  for (double& x : slots) x = bound * (2 * static_cast<double>(random() >> 11) / 0x1p53 - 1);
  return slots;
}

/// The integer coefficients of a plaintext (below 2^126).
std::vector<i128> coefficients_of(const Params& params, const Plaintext& plaintext) {
  const CoeffPoly poly = params.ring().to_coeff(NttPoly(plaintext.poly));
  const Recombination recombination(params.ring(), plaintext.level().value);
  std::vector<i128> result;
  for (std::size_t k = 0; k < poly.degree(); ++k) {
    std::vector<std::uint64_t> residues, words(recombination.word_count());
    for (std::size_t i = 0; i < poly.limb_count(); ++i) residues.push_back(poly.limb(i)[k]);
    recombination.combine(residues, words);
    result.push_back(shift_right(words, 0));
  }
  return result;
}

/// 5^slot modulo 2N.
std::size_t root_exponent(std::size_t slot, std::size_t degree) {
  std::size_t power = 1;
  for (std::size_t i = 0; i < slot; ++i) power = power * 5 % (2 * degree);
  return power;
}

/// cos(pi * i / n) with 97 fractional bits.
i128 cosine(std::size_t i, std::size_t n, const std::vector<u128>& table) {
  i %= 2 * n;
  if (i > n) i = 2 * n - i;
  const bool negative = i > n / 2;
  if (negative) i = n - i;
  return i == n / 2 ? 0 : with_sign(table[i] >> 30, negative);
}

// m_k = (2/N) sum_j z_j cos(pi k 5^j / N), evaluated as it stands, in integers: slots are 20-bit fractions.
TEST(Encoder, CoefficientsAreThoseOfTheCanonicalEmbeddingTo90Bits) {
  for (const std::uint8_t log_n : {4, 6, 8}) {
    const ParamsPtr params = params_of_degree(log_n);
    const std::size_t degree = params->ring().degree();
    const std::vector<u128> table = cosine_table(degree);
    std::mt19937_64 random(log_n);
    std::vector<double> slots(degree / 2);
    std::vector<i128> integers(degree / 2);
    for (std::size_t j = 0; j < slots.size(); ++j) {
      const auto integer = static_cast<std::int64_t>(random() >> 44) - (1 << 19);
      integers[j] = integer;
      slots[j] = std::ldexp(static_cast<double>(integer), -20);
    }
    const Plaintext plaintext = Encoder(params).encode(slots, Level(4), Scale::power_of_two(118)).value_or_stop();
    const std::vector<i128> coefficients = coefficients_of(*params, plaintext);
    for (std::size_t k = 0; k < degree; ++k) {
      i128 sum = 0;  // N/2 * m_k * 2^(20+97)
      for (std::size_t j = 0; j < slots.size(); ++j)
        sum += integers[j] * cosine(k * root_exponent(j, degree), degree, table);
      const i128 expected = sum / static_cast<i128>(degree / 2) * 2;                          // at scale 2^118
      EXPECT_LT(magnitude(coefficients[k] - expected), u128{1} << 24) << +log_n << " " << k;  // the check's own error
    }
  }
}

TEST(Encoder, CoefficientZeroIsTheMeanExactly) {
  const ParamsPtr params = params_of_degree(10);
  std::vector<double> slots = random_slots(512, 3);
  const Plaintext plaintext = Encoder(params).encode(slots, Level(4), Scale::power_of_two(118)).value_or_stop();
  i128 sum = 0;  // the slots are multiples of 2^-52
  for (const double x : slots) sum += static_cast<std::int64_t>(x * 0x1p52);
  EXPECT_EQ(coefficients_of(*params, plaintext)[0], sum * (i128{1} << 57));  // sum / 512 * 2^(118-52)
}

TEST(Encoder, DecodesWhatItEncodedInEverySlotOrder) {
  for (const std::uint8_t log_n : {4, 10, 14}) {
    const ParamsPtr params = params_of_degree(log_n);
    const Encoder encoder(params);
    const std::vector<double> slots = random_slots(params->slot_count(), log_n);
    const auto back =
        encoder.decode(encoder.encode(slots, Level(4), Scale::power_of_two(92)).value_or_stop()).value_or_stop();
    for (std::size_t j = 0; j < slots.size(); ++j) ASSERT_NEAR(back[j], slots[j], 0x1p-52) << j;
  }
}

TEST(Encoder, AZeroInAMaskIsZeroTo80Bits) {
  const ParamsPtr params = Params::named("standard").value_or_stop();
  const Encoder encoder(params);
  std::vector<double> mask(8000);
  for (std::size_t j = 0; j < mask.size(); ++j) mask[j] = j % 3 == 0;
  const auto back =
      encoder.decode(encoder.encode(mask, params->top_level(), Scale::of_top_primes(8, 2)).value_or_stop())
          .value_or_stop();
  for (std::size_t j = 0; j < back.size(); ++j) {
    if (j >= mask.size() || mask[j] == 0) {
      ASSERT_LT(std::fabs(back[j]), 0x1p-80) << j;  // N/2 roundings of 1/2, in quadrature, at 2^-92
    } else {
      ASSERT_NEAR(back[j], 1, 0x1p-52) << j;
    }
  }
}

// Slots evaluated as they stand, m_0 + 2 sum_k m_k cos(pi k 5^j / N): decoding would not see that far.
TEST(Encoder, AZeroInAMaskIsZeroTo92BitsWhenTheScaleIsFineEnough) {
  const ParamsPtr params = Params::named("standard").value_or_stop();
  const std::size_t degree = params->ring().degree();
  const std::vector<u128> table = cosine_table(degree);
  std::mt19937_64 random(10);
  std::vector<double> mask(params->slot_count());
  for (double& x : mask) x = static_cast<double>(random() % 2);
  const std::vector<i128> coefficients = coefficients_of(
      *params, Encoder(params).encode(mask, params->top_level(), Scale::power_of_two(116)).value_or_stop());
  for (std::size_t slot = 0; slot < mask.size(); slot += 419) {
    const std::size_t root = root_exponent(slot, degree);
    i128 value_at_root = coefficients[0];
    for (std::size_t k = 1; k < degree / 2; ++k) {
      const i128 m = coefficients[k] * 2, c = cosine(k * root, degree, table);
      const auto size = multiply_wide(magnitude(m), magnitude(c));
      value_at_root += with_sign(size.high << 31 | size.low >> 97, (m < 0) != (c < 0));
    }
    const i128 expected = mask[slot] == 0 ? 0 : i128{1} << 116;
    EXPECT_LT(magnitude(value_at_root - expected), u128{1} << 24) << slot;
  }
}

TEST(Encoder, EncodesSumsOfVectorsAsSums) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  const auto a = random_slots(512, 5), b = random_slots(512, 6);
  std::vector<double> sum(512);
  for (std::size_t j = 0; j < 512; ++j) sum[j] = a[j] + b[j];
  Plaintext left = encoder.encode(a, Level(4), Scale::power_of_two(92)).value_or_stop();
  params->ring().add(left.poly, encoder.encode(b, Level(4), Scale::power_of_two(92)).value_or_stop().poly);
  const auto back = encoder.decode(left).value_or_stop();
  for (std::size_t j = 0; j < 512; ++j) ASSERT_NEAR(back[j], sum[j], 0x1p-51);
}

TEST(Encoder, TheWidePolynomialIsTheSameOneModuloTheSpecialPrimesToo) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  const auto slots = random_slots(params->slot_count(), 9);
  const Ring& ring = params->ring();
  for (const std::int32_t bits : {40, 92}) {
    const Plaintext plain = encoder.encode(slots, Level(3), Scale::power_of_two(bits)).value_or_stop();
    NttPoly wide = encoder.encode_wide(slots, Level(3), Scale::power_of_two(bits)).value_or_stop();
    ASSERT_EQ(wide.basis(), (Basis{3, true}));
    EXPECT_EQ(restrict_to(wide, 3), plain.poly);
    const std::vector<i128> integers = coefficients_of(*params, plain);
    const CoeffPoly poly = ring.to_coeff(std::move(wide));
    const Modulus& p = ring.modulus({3, true}, 3);
    for (std::size_t k = 0; k < poly.degree(); ++k) {
      const std::uint64_t size = p.reduce(static_cast<u128>(integers[k] < 0 ? -integers[k] : integers[k]));
      ASSERT_EQ(poly.limb(3)[k], integers[k] < 0 ? p.negate(size) : size) << k;
    }
  }
}

TEST(Encoder, AConstantHasTheSameBitsAsTheVectorThatRepeatsIt) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  for (const double value : {0.0, 1.0, -1.0, 0.1, -1.0 / 3, 12345.678, 1e-20}) {
    for (const Scale& scale : {Scale::power_of_two(92), Scale::of_top_primes(4, 2), Scale::power_of_two(40)}) {
      const Plaintext constant = encoder.encode_constant(value, Level(4), scale).value_or_stop();
      const Plaintext vector = encoder.encode(std::vector<double>(512, value), Level(4), scale).value_or_stop();
      EXPECT_EQ(constant.poly, vector.poly) << value;
    }
  }
}

// The hash was made once, with the scalar kernels: it must be the same on every machine and with every kernel table
// (R25).
TEST(Encoder, GivesTheSameBitsEverywhere) {
  Hash256 hashes[2];
  for (const char* kernels : {"scalar", ""}) {
    setenv("MEDCOMMONS_KERNELS", kernels, 1);
    const ParamsPtr params = params_of_degree(10);
    const Plaintext plaintext =
        Encoder(params).encode(random_slots(512, 7), Level(4), Scale::of_top_primes(4, 2)).value_or_stop();
    Writer writer;
    write_poly(writer, plaintext.poly, params->ring());
    hashes[*kernels == 0] = sha256(writer.bytes());
  }
  unsetenv("MEDCOMMONS_KERNELS");
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0].hex(), "a84fed86a6993f3de5262feea915f2b403a29c56feeab5faab1e7069ff791f13");
}

TEST(Encoder, TablesAgreeOnWholeEncodingsOfEveryKind) {
  std::mt19937_64 random(9);
  for (const std::uint8_t log_n : {4, 7, 8, 11, 14}) {
    setenv("MEDCOMMONS_KERNELS", "scalar", 1);
    const ParamsPtr scalar_params = params_of_degree(log_n);
    const Encoder scalar(scalar_params);
    unsetenv("MEDCOMMONS_KERNELS");
    const ParamsPtr params = params_of_degree(log_n);
    const Encoder encoder(params);
    const std::size_t count = params->slot_count();
    std::vector<std::vector<double>> inputs{random_slots(count, log_n),           random_slots(count - 3, log_n, 65536),
                                            random_slots(count / 2, log_n, 1e-9), std::vector<double>(count, 5e-324),
                                            std::vector<double>(count, -65536),   {}};
    inputs.push_back(random_slots(count, log_n));
    for (double& x : inputs.back()) x = std::ldexp(x, -static_cast<int>(random() % 130));
    for (const auto& slots : inputs) {
      for (const Scale& scale : {Scale::of_top_primes(4, 1), Scale::of_top_primes(4, 2), Scale::power_of_two(-2),
                                 Scale::power_of_two(100), Scale::power_of_two(140) / Scale::of_top_primes(4, 1),
                                 Scale::of_top_primes(3, 1) / Scale::of_top_primes(4, 1)}) {
        const Plaintext expected = scalar.encode(slots, Level(4), scale).value_or_stop();
        const Plaintext actual = encoder.encode(slots, Level(4), scale).value_or_stop();
        ASSERT_EQ(actual.poly, expected.poly) << +log_n << " " << scale.text();
      }
    }
  }
}

// round(value * 2^140 / q_3), by long division.
TEST(Encoder, NegativeExponentsDivideByPrimes) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  const auto q = static_cast<i128>(params->q()[3]);
  Scale scale = Scale::power_of_two(140);
  scale.exponents[3] = -1;
  for (const double value : {1.0, -1.0, 0.375, 1000.0, -65535.0}) {
    const i128 dividend = static_cast<i128>(value * 8) * (i128{1} << 100);  // times 2^37
    i128 quotient = dividend / q, rest = dividend % q;
    for (int i = 0; i < 37; ++i) {
      rest *= 2;
      quotient = quotient * 2 + rest / q;
      rest %= q;
    }
    if (magnitude(rest) * 2 >= static_cast<u128>(q)) quotient += value < 0 ? -1 : 1;
    const Plaintext constant = encoder.encode_constant(value, Level(4), scale).value_or_stop();
    EXPECT_TRUE(coefficients_of(*params, constant)[0] == quotient) << value;
    const std::vector<double> slots(512, value);
    EXPECT_EQ(encoder.encode(slots, Level(4), scale).value_or_stop().poly, constant.poly) << value;
    EXPECT_NEAR(encoder.decode(constant).value_or_stop()[100], value, std::fabs(value) * 0x1p-52);
  }
}

TEST(Encoder, ScalesBelowOneRoundHalvesAwayFromZero) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  for (const auto& [value, expected] : {std::pair{1.0, 1}, {-1.0, -1}, {0.99, 0}, {3.0, 2}, {-5.0, -3}}) {
    const Plaintext constant = encoder.encode_constant(value, Level(4), Scale::power_of_two(-1)).value_or_stop();
    EXPECT_TRUE(coefficients_of(*params, constant)[0] == expected) << value;
  }
}

TEST(Encoder, RefusesWhatItCannotCarryAndSaysWhere) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  const Scale scale = Scale::power_of_two(92);
  const auto error = [&](std::vector<double> slots, std::uint32_t level, const Scale& s) {
    const auto result = encoder.encode(slots, Level(level), s);
    return result.has_value() ? Error{Code::kIo, "accepted"} : result.error();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error({1, nan}, 4, scale).message, "encode: slot 1 is not finite");
  EXPECT_EQ(error({infinity}, 4, scale).code, Code::kInvalidArgument);
  EXPECT_EQ(error({0, 0, 65537}, 4, scale).message, "encode: slot 2 is beyond 2^16 in magnitude");
  EXPECT_EQ(error(std::vector<double>(513), 4, scale).message, "encode: 513 values for 512 slots");
  EXPECT_EQ(error({1}, 5, scale).message, "encode: level 5 of a chain of 4");
  EXPECT_EQ(error({1}, 0, scale).code, Code::kInvalidArgument);
  EXPECT_EQ(error({1}, 4, Scale::power_of_two(230) / Scale::of_top_primes(4, 2)).code, Code::kLimit);
  EXPECT_EQ(encoder.encode_constant(1, Level(4), Scale::power_of_two(230) / Scale::of_top_primes(4, 2)).error().code,
            Code::kLimit);
  Scale foreign;
  foreign.exponents[7] = -1;
  EXPECT_EQ(error({1}, 4, foreign).message, "encode: the scale 2^0*q7^-1 names a prime that the chain lacks");
  EXPECT_EQ(error({1}, 4, Scale::power_of_two(127)).code, Code::kLimit);
  EXPECT_EQ(error({1}, 4, Scale::of_top_primes(4, 3)).code, Code::kLimit);
  EXPECT_EQ(error({65536}, 4, scale).code, Code::kIo);  // 108 bits
  // Level 2 has 100 bits, a quarter is 98.
  EXPECT_EQ(error({1}, 2, Scale::power_of_two(97)).code, Code::kIo);
  EXPECT_EQ(error({1}, 2, Scale::power_of_two(98)).code, Code::kLimit);
  EXPECT_EQ(error({33}, 2, scale).code, Code::kIo);
  EXPECT_EQ(error({64}, 2, scale).code, Code::kLimit);
  EXPECT_EQ(encoder.encode_constant(64, Level(2), scale).error().code, Code::kLimit);
}

TEST(Encoder, MeansAreDecodedFromCoefficientZero) {
  const ParamsPtr params = params_of_degree(10);
  const Encoder encoder(params);
  const std::vector<double> slots = random_slots(300, 8, 100);
  double sum = 0;
  for (const double x : slots) sum += x;
  const Scale scale = Scale::of_top_primes(4, 2);
  const Plaintext plaintext = encoder.encode(slots, Level(4), scale).value_or_stop();
  EXPECT_NEAR(encoder.decode_mean(params->ring().coefficient_zero(plaintext.poly), scale).value_or_stop(), sum / 512,
              1e-14);
  EXPECT_EQ(encoder.decode_mean({}, scale).error().code, Code::kInvalidArgument);
  const std::uint64_t too_large[] = {params->q()[0]};
  EXPECT_EQ(encoder.decode_mean(too_large, scale).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::fhe
