// SPDX-License-Identifier: Apache-2.0
#include "client/sealed_parameters.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"
#include "query/parameters/forced_numbers.hpp"
#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"

namespace mc::client {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

const data::Schema kClinicSchema = query::testing::clinic_schema();

query::Plan plan_of(const std::string& what) {
  return query::compile("SELECT " + what, kClinicSchema, "clinic", query::limb_budget("standard").value_or_stop())
      .value_or_stop();
}

Result<ParameterBits> read_two(std::string_view file) {
  static const query::Plan plan = plan_of("sum($w * age) FROM clinic WHERE smoker IN $who");
  return read_parameters_file(plan, kClinicSchema, file);
}

struct Sealer {
  fhe::testing::TestCommittee committee{fhe::testing::small_params(), fhe::CommitteeShape::create(3, 2).value_or_stop(),
                                        8};
  CommonsDocument document;
  SecretKey256 secret = numbered_key(1);
  governance::Address requester;

  Sealer() {
    document.dataset = "commons";
    document.epoch = committee.epoch;
    document.deployment.chain_id = 31337;
    document.deployment.ledger.bytes.fill(3);
    requester.bytes.fill(4);
  }
  [[nodiscard]] SealingJob job() const {
    return {document, *committee.params, committee.public_key, secret, requester, numbered_hash(1), numbered_hash(2)};
  }
  [[nodiscard]] SealedParameters sealed(std::span<const std::uint8_t> bits) const {
    return seal_parameters(job(), bits).value_or_stop();
  }
  [[nodiscard]] Status check(const SealedParameters& parameters, const Hash256& study = numbered_hash(1),
                             const Hash256& plan = numbered_hash(2)) const {
    return check_sealed_parameters(document, *committee.params, committee.public_key, requester, study, plan,
                                   parameters);
  }
};

TEST(SealedParameters, AFileSaysEveryWeightAndEveryList) {
  const auto bits = read_two(R"({"w": -0.5, "who": ["current", "never"]})");
  ASSERT_TRUE(bits) << bits.error().message;
  ASSERT_EQ(bits->size(), 16u + 3);
  EXPECT_EQ(query::weight_of_bits(std::span(*bits).first(16)), -0.5);
  EXPECT_EQ((std::vector<std::uint8_t>(bits->begin() + 16, bits->end())), (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_TRUE(read_two(R"({"w": 1, "who": []})"));
}

// Beside other parameters, and both calls of one model share its numbers.
TEST(SealedParameters, AFileSaysTheCoefficientsOfASealedModel) {
  const query::Plan plan = plan_of(
      "avg($w * age), avg(risk_score('heart', '4 * [$ + $ * age + $ * sexM]')), "
      "sum(risk_score('heart', '4 * [$ + $ * age + $ * sexM]')) FROM clinic");
  const auto bits = read_parameters_file(plan, kClinicSchema,
                                         R"({"heart": {"equation": "-2 + 0.05 * age - 0.7319 * sexM"}, "w": 0.25})");
  ASSERT_TRUE(bits) << bits.error().message;
  ASSERT_EQ(bits->size(), 4 * 16U);
  const auto number = [&](std::size_t i) { return query::weight_of_bits(std::span(*bits).subspan(16 * i, 16)); };
  EXPECT_EQ(number(0), 0.25);
  EXPECT_NEAR(number(1) * 4, -2 + 60 * 0.05, 4 * 0x1p-15);
  EXPECT_NEAR(number(2) * 4, 60 * 0.05, 4 * 0x1p-15);
  EXPECT_NEAR(number(3) * 4, -0.7319, 4 * 0x1p-15);
  for (const char* file : {R"({"w": 0.25})", R"({"heart": 7319, "w": 0.25})",
                           R"({"heart": {"equation": 7319}, "w": 0})", R"({"heart": {"equation": "7319 *"}, "w": 0})",
                           R"({"heart": {"equation": "7319 + 1 * age + 1 * sexM"}, "w": 0})",
                           R"({"heart": {"equation": "7319 * age"}, "w": 0})",
                           R"({"heart": {"equation": "4 * [$ + $ * age + $ * sexM]"}, "w": 0})"}) {
    const auto refused = read_parameters_file(plan, kClinicSchema, file);
    ASSERT_FALSE(refused) << file;
    EXPECT_NE(refused.error().message.find("heart"), std::string::npos) << refused.error().message;
    EXPECT_EQ(refused.error().message.find("7319"), std::string::npos) << refused.error().message;
  }
}

TEST(SealedParameters, AFileSaysThresholds) {
  const query::Plan one = plan_of("count(*) FROM clinic WHERE age >= $t");
  EXPECT_EQ(read_parameters_file(one, kClinicSchema, R"({"t": 61})").value_or_stop(), (ParameterBits{0, 0, 0, 1, 1}));
  const query::Plan two = plan_of("sum($w * age) FROM clinic WHERE age BETWEEN $from AND $to");
  const auto bits = read_parameters_file(two, kClinicSchema, R"({"w": 1, "to": 79, "from": 40})").value_or_stop();
  EXPECT_EQ(ParameterBits(bits.begin() + 16, bits.end()), (ParameterBits{0, 1, 1, 1, 0}));
  for (const char* file : {R"({"t": 73})", R"({"t": "73"})", R"({})", R"({"t": 61, "u": 73})"}) {
    const auto refused = read_parameters_file(one, kClinicSchema, file);
    ASSERT_FALSE(refused) << file;
    EXPECT_EQ(refused.error().message.find("73"), std::string::npos) << refused.error().message;
  }
  EXPECT_FALSE(read_parameters_file(two, kClinicSchema, R"({"w": 1, "from": 40})"));
}

TEST(SealedParameters, RefusalsNameTheParameterAndNeverItsValue) {
  for (const char* file : {"", "[1, 2]", "{\"w\": 0.7319}", R"({"w": 7319, "who": []})", R"({"w": "7319", "who": []})",
                           R"({"w": 0, "who": "7319"})", R"({"w": 0, "who": ["7319"]})", R"({"w": 0, "who": [7319]})",
                           R"({"w": 0, "who": [], "x": 7319})", R"({"w": null, "who": []})"}) {
    const auto refused = read_two(file);
    ASSERT_FALSE(refused) << file;
    EXPECT_EQ(refused.error().message.find("7319"), std::string::npos) << refused.error().message;
  }
}

TEST(SealedParameters, WhatIsSealedIsProvenForItsStudyAndPlanAndForNothingElse) {
  const Sealer sealer;
  const SealedParameters sealed = sealer.sealed(std::vector<std::uint8_t>{1, 0, 1});
  EXPECT_TRUE(sealer.check(sealed));
  EXPECT_FALSE(sealer.check(sealed, numbered_hash(3)));
  EXPECT_FALSE(sealer.check(sealed, numbered_hash(1), numbered_hash(3)));
  SealedParameters moved = sealed;
  moved.plan = numbered_hash(3);
  EXPECT_FALSE(sealer.check(moved, numbered_hash(1), numbered_hash(3)));
  moved = sealed;
  moved.ciphertext.epoch = Epoch(9);
  EXPECT_FALSE(sealer.check(moved));
  moved = sealed;
  sealer.committee.params->ring().add(moved.ciphertext.parts[0], moved.ciphertext.parts[1]);
  EXPECT_FALSE(sealer.check(moved));
  Sealer other;
  other.requester.bytes.fill(5);
  EXPECT_FALSE(other.check(sealed));
}

TEST(SealedParameters, TheSameBitsAreTheSameBytesAndOthersShareNoRandomness) {
  const Sealer sealer;
  const std::vector<std::uint8_t> bits{1, 0, 1}, others{1, 1, 1};
  const fhe::Params& params = *sealer.committee.params;
  EXPECT_EQ(encode_sealed_parameters(params, sealer.sealed(bits)),
            encode_sealed_parameters(params, sealer.sealed(bits)));
  EXPECT_NE(sealer.sealed(bits).ciphertext.parts[1], sealer.sealed(others).ciphertext.parts[1]);
}

TEST(SealedParameters, BytesAreReadBackAndNotWhenTheyAreCutOrFlipped) {
  const Sealer sealer;
  const fhe::Params& params = *sealer.committee.params;
  const SealedParameters sealed = sealer.sealed(std::vector<std::uint8_t>{1, 0, 1});
  const Bytes bytes = encode_sealed_parameters(params, sealed);
  const auto read = decode_sealed_parameters(params, bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_sealed_parameters(params, *read), bytes);
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(decode_sealed_parameters(params, ByteView(bytes).first(size))) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_sealed_parameters(params, longer));
}

}  // namespace
}  // namespace mc::client
