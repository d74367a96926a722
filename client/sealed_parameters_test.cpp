// SPDX-License-Identifier: Apache-2.0
#include "client/sealed_parameters.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"
#include "query/parameters/forced_numbers.hpp"

namespace mc::client {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

query::PlanParameters two_parameters() {
  query::PlanParameters parameters;
  parameters.list = {{"w", query::ParameterKind::kWeight, {}},
                     {"who", query::ParameterKind::kList, {"never", "former", "current"}}};
  return parameters;
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
  const auto bits = read_parameters_file(two_parameters(), R"({"w": -0.5, "who": ["current", "never"]})");
  ASSERT_TRUE(bits) << bits.error().message;
  ASSERT_EQ(bits->size(), 16u + 3);
  EXPECT_EQ(query::weight_of_bits(std::span(*bits).first(16)), -0.5);
  EXPECT_EQ((std::vector<std::uint8_t>(bits->begin() + 16, bits->end())), (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_TRUE(read_parameters_file(two_parameters(), R"({"w": 1, "who": []})"));
}

TEST(SealedParameters, RefusalsNameTheParameterAndNeverItsValue) {
  for (const char* file : {"", "[1, 2]", "{\"w\": 0.7319}", R"({"w": 7319, "who": []})", R"({"w": "7319", "who": []})",
                           R"({"w": 0, "who": "7319"})", R"({"w": 0, "who": ["7319"]})", R"({"w": 0, "who": [7319]})",
                           R"({"w": 0, "who": [], "x": 7319})", R"({"w": null, "who": []})"}) {
    const auto refused = read_parameters_file(two_parameters(), file);
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
