// SPDX-License-Identifier: Apache-2.0
// Flooding that stays in what is refreshed (R15, docs/design/0029): its law, that one multiplicand has one flooding,
// and what is read off a refresh without it.
#include <gtest/gtest.h>

#include <cmath>

#include "fhe/ckks/recombination.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/testing/refresh.hpp"

namespace mc::fhe {
namespace {

using testing::kRefreshScale;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;
using testing::TestRefresh;

using Extraction = RefreshMap::Extraction;

constexpr std::uint8_t kDeviationLog2 = 30;

class RefreshFloodingTest : public ::testing::Test {
 protected:
  TestCommittee committee{small_params(), CommitteeShape::create(3, 2).value_or_stop(), 1};
  const Params& params = *committee.params;
  const Ring& ring = params.ring();
  SecretPoly secret = committee.collective_secret();
  Encoder encoder{committee.params};

  Ciphertext encryption(std::uint64_t number, double value = 0.25) const {
    KeyStream stream(numbered_key(number));
    const Plaintext plain = encoder.encode_constant(value, Level(3), kRefreshScale).value_or_stop();
    Ciphertext ct = encrypt(params, committee.public_key, plain, stream).value_or_stop();
    ct.epoch = committee.epoch;
    return ct;
  }
  RefreshMap map_of(Extraction extraction, std::uint8_t deviation_log2) const {
    RefreshMap map;
    map.extraction = extraction;
    map.input_level = Level(3);
    map.output_level = params.top_level();
    map.mask_log2 = {mask_log2(value_log2(params, kRefreshScale, 0)).value_or_stop()};
    if (deviation_log2 != 0) map.flooding_log2 = {deviation_log2};
    if (extraction == Extraction::kCoefficients) map.coefficients = {{0, 0}, {0, 5}};
    map.outputs = {extraction == Extraction::kPolynomials ? whole(0, kRefreshScale) : packed(1, kRefreshScale)};
    return map;
  }
  /// Coefficients of a ciphertext, all below 2^62.
  std::vector<double> integers(const Ciphertext& ct) const {
    const Recombination recombination(ring, ct.level().value);
    std::vector<std::uint64_t> words(ring.degree() * recombination.word_count());
    recombination.combine_all(ring.to_coeff(decrypt(params, secret, ct).poly), words);
    std::vector<double> out(ring.degree());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<double>(static_cast<std::int64_t>(words[i * recombination.word_count()]));
    }
    return out;
  }
  std::vector<double> added_by_refresh(const Ciphertext& input, const RefreshMap& map, std::uint64_t run) const {
    std::vector<double> after = integers(TestRefresh(committee, {input}, map, run).refreshed()[0]);
    const std::vector<double> before = integers(input);
    for (std::size_t i = 0; i < after.size(); ++i) after[i] -= before[i];
    return after;
  }
};

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::fabs(value));
  return most;
}

// Three pieces, each a Gaussian of the deviation that the map says: z scores of mean, variance and kurtosis.
TEST_F(RefreshFloodingTest, WhatStaysIsTheSumOfAGaussianPerPiece) {
  std::vector<double> draws;
  for (std::uint64_t number = 1; number <= 16; ++number) {
    const auto added = added_by_refresh(encryption(number), map_of(Extraction::kPolynomials, kDeviationLog2), 1);
    draws.insert(draws.end(), added.begin(), added.end());
  }
  const auto count = static_cast<double>(draws.size());
  const double variance = 3 * std::ldexp(1.0, 2 * kDeviationLog2);
  double mean = 0, second = 0, fourth = 0, beyond = 0;
  for (const double x : draws) {
    const double z = x / std::sqrt(variance);
    mean += z / count;
    second += z * z / count;
    fourth += z * z * z * z / count;
    beyond += std::fabs(z) > 2 ? 1 : 0;
  }
  EXPECT_LT(std::fabs(mean) * std::sqrt(count), 4);
  EXPECT_LT(std::fabs(second - 1) * std::sqrt(count / 2), 4);
  EXPECT_LT(std::fabs(fourth - 3) * std::sqrt(count / 96), 4);
  const double expected = count * std::erfc(2 / std::sqrt(2.0));
  EXPECT_LT(std::fabs(beyond - expected) / std::sqrt(expected), 4);
}

TEST_F(RefreshFloodingTest, OneMultiplicandHasOneFloodingWhateverItIsRefreshedFor) {
  const Ciphertext input = encryption(1);
  for (const Extraction extraction : {Extraction::kConstants, Extraction::kCoefficients, Extraction::kPolynomials}) {
    const RefreshMap map = map_of(extraction, kDeviationLog2);
    const TestRefresh first(committee, {input}, map, 1), second(committee, {input}, map, 2);
    EXPECT_NE(first.common.a, second.common.a);
    std::vector<double> difference = integers(first.refreshed()[0]);
    const std::vector<double> other = integers(second.refreshed()[0]);
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= other[i];
    EXPECT_LT(largest(difference), 256) << "fresh errors alone, nothing to average";
    EXPECT_EQ(first.share(0).constants, second.share(0).constants);
  }
  EXPECT_GT(largest(added_by_refresh(input, map_of(Extraction::kPolynomials, kDeviationLog2), 1)), 0x1p30);
}

TEST_F(RefreshFloodingTest, OtherMultiplicandsAndOtherDeviationsHaveOtherFlooding) {
  const RefreshMap map = map_of(Extraction::kPolynomials, kDeviationLog2);
  const auto one = added_by_refresh(encryption(1), map, 1), other = added_by_refresh(encryption(2), map, 1);
  const auto wider = added_by_refresh(encryption(1), map_of(Extraction::kPolynomials, kDeviationLog2 + 1), 1);
  double with_other = 0, with_wider = 0, square = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    with_other += one[i] * other[i];
    with_wider += one[i] * wider[i] / 2;
    square += one[i] * one[i];
  }
  const double limit = 5 / std::sqrt(static_cast<double>(one.size()));
  EXPECT_LT(std::fabs(with_other / square), limit);
  EXPECT_LT(std::fabs(with_wider / square), limit);
}

// What is opened of one value with and without flooding has two masks: the difference is no flooding.
TEST_F(RefreshFloodingTest, FloodingIsNotReadOffASecondOpeningWithoutIt) {
  const Ciphertext input = encryption(1);
  const TestRefresh flooded(committee, {input}, map_of(Extraction::kConstants, kDeviationLog2));
  const TestRefresh plain(committee, {input}, map_of(Extraction::kConstants, 0));
  const Modulus& m = ring.modulus_at(2);
  const std::uint64_t difference = m.subtract(flooded.share(0).constants[2], plain.share(0).constants[2]);
  EXPECT_GT(std::min(difference, m.q - difference), std::uint64_t{1} << 36);
}

// A refresh without flooding hands the noise on: who knows the message reads it off whatever is released in the end.
// With flooding the same reading is a Gaussian that everybody could have drawn.
TEST_F(RefreshFloodingTest, WithoutItTheNoiseOfAnEncryptionComesThrough) {
  double plain = 0, flooded = 0, noise_square = 0, flooded_square = 0;
  const double message = std::ldexp(0.25, 46);
  for (std::uint64_t number = 1; number <= 4; ++number) {
    const Ciphertext input = encryption(number);
    std::vector<double> noise = integers(input);
    noise[0] -= message;
    std::vector<double> after[2];
    for (const bool with : {false, true}) {
      after[with] = integers(
          TestRefresh(committee, {input}, map_of(Extraction::kPolynomials, with ? kDeviationLog2 : std::uint8_t{0}))
              .refreshed()[0]);
      after[with][0] -= message;
    }
    for (std::size_t i = 0; i < noise.size(); ++i) {
      plain += noise[i] * after[0][i];
      flooded += noise[i] * after[1][i];
      noise_square += noise[i] * noise[i];
      flooded_square += after[1][i] * after[1][i];
    }
  }
  EXPECT_GT(plain / noise_square, 0.9) << "the noise itself";
  EXPECT_LT(std::fabs(flooded / std::sqrt(noise_square * flooded_square)), 5 / std::sqrt(4.0 * 1024));
}

TEST_F(RefreshFloodingTest, TheMapCarriesItAndWithoutItIsWhatItAlwaysWas) {
  const RefreshMap map = map_of(Extraction::kPolynomials, kDeviationLog2);
  Writer writer;
  write_refresh_map(writer, map, params);
  Reader reader(writer.bytes(), "map");
  const auto read = read_refresh_map(reader, params);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, map);
  EXPECT_EQ(writer.bytes()[0], 128 + 2);
  Writer without;
  write_refresh_map(without, map_of(Extraction::kPolynomials, 0), params);
  EXPECT_EQ(without.bytes()[0], 2);
  EXPECT_EQ(without.bytes().size() + 4 + 1, writer.bytes().size());
}

TEST_F(RefreshFloodingTest, FloodingThatAMaskDoesNotHideIsRefused) {
  RefreshMap map = map_of(Extraction::kPolynomials, kDeviationLog2);
  EXPECT_TRUE(check_refresh_map(params, map));
  map.flooding_log2 = {static_cast<std::uint8_t>(map.mask_log2[0] - kMaskLambda)};
  EXPECT_EQ(check_refresh_map(params, map).error().code, Code::kInvalidArgument);
  map.flooding_log2 = {0};
  EXPECT_FALSE(check_refresh_map(params, map)) << "none is no entry at all";
  map.flooding_log2 = {kDeviationLog2, kDeviationLog2};
  EXPECT_EQ(check_refresh_map(params, map).error().message, "refresh map: 2 deviations of flooding for 1 values");
}

}  // namespace
}  // namespace mc::fhe
