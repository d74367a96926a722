// SPDX-License-Identifier: Apache-2.0
#include "client/owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/testing/temporary_folder.hpp"
#include "client/testing/published_cohort.hpp"
#include "client/upload_proof.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"
#include "protocol/keygen_party.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

OwnerKeys numbered_owner(std::uint64_t number) {
  return {testing::numbered_wallet(number), testing::numbered_secret(1000 + number),
          testing::numbered_secret(2000 + number)};
}

TEST(OwnerKeys, AreMadeOnceAndThreeDifferentSecrets) {
  const mc::testing::TemporaryFolder folder;
  const OwnerKeys made = load_or_create_owner_keys(folder / "owner").value();
  const OwnerKeys read = load_or_create_owner_keys(folder / "owner").value();
  EXPECT_EQ(made.wallet.address(), read.wallet.address());
  EXPECT_TRUE(equal_secret(made.patient_seed.expose(), read.patient_seed.expose()));
  EXPECT_TRUE(equal_secret(made.seal_seed.expose(), read.seal_seed.expose()));
  EXPECT_FALSE(equal_secret(made.patient_seed.expose(), made.seal_seed.expose()));
  EXPECT_FALSE(equal_secret(made.patient_seed.expose(), made.wallet.secret().expose()));
}

TEST(UploadToken, RecoversToItsOwner) {
  const CommonsDocument document = testing::small_document();
  const governance::Wallet owner = testing::numbered_wallet(1);
  const Bytes bytes = from_hex(upload_token(document, owner)).value();
  const auto signature = governance::signature_from_bytes(bytes).value();
  EXPECT_EQ(governance::recover(upload_token_digest(document, owner.address()), signature).value(), owner.address());
}

TEST(UploadToken, IsForOneOwnerOneDataSetAndOneDeployment) {
  const CommonsDocument document = testing::small_document();
  CommonsDocument of_data_set = document, of_chain = document, of_ledger = document;
  of_data_set.dataset = "other";
  of_chain.deployment.chain_id = 1;
  of_ledger.deployment.ledger = testing::numbered_address(9);
  const governance::Address one = testing::numbered_address(1);
  const std::set<Hash256> digests = {
      upload_token_digest(document, one), upload_token_digest(document, testing::numbered_address(2)),
      upload_token_digest(of_data_set, one), upload_token_digest(of_chain, one), upload_token_digest(of_ledger, one)};
  EXPECT_EQ(digests.size(), 5U);
}

/// An owner with reserved slots; the chain reads, but takes no transactions, so that every upload is interrupted right
/// before it is published.
class Upload : public ::testing::Test {
 protected:
  Upload() : commons_(fhe::Params::named("standard").value_or_stop()) {
    KeyStream stream(testing::numbered_secret(1));
    const fhe::SecretPoly secret = fhe::make_secret_key(*commons_.params, stream);
    CollectiveKeys keys;
    keys.relin_key = fhe::make_relin_key(*commons_.params, secret, stream);
    keys.public_key.seed = sha256(view_of("any seed"));
    // Any b will do: nothing is decrypted here.
    keys.public_key.b =
        fhe::sample_uniform(commons_.params->ring(), {commons_.params->top_level().value, true}, stream);
    public_key_ = fhe::narrow_public_key(*commons_.params, keys.public_key);
    public_key_.epoch = commons_.document.epoch;
    commons_.ledger.key_commitments.assign(
        3, protocol::key_commitment(protocol::KeyHashes{protocol::hash_public_key(*commons_.params, keys.public_key),
                                                        protocol::hash_relin_key(*commons_.params, keys.relin_key),
                                                        {}}
                                        .all(),
                                    keys.transcript));
    commons_.served.keys["1"] = encode_collective_keys(keys, *commons_.params);
    commons_.ledger.ranges.push_back({keys_.wallet.address(), 0, 3, {}, {}});
  }

  Result<UploadReport> upload(std::string_view csv, std::uint32_t threads = 1) {
    const data::Table table = data::read_csv(csv, "test.csv").value_or_stop();
    const data::Cohort cohort = data::Cohort::parse(table, commons_.document.schema).value_or_stop();
    const std::vector<std::string> persons = data::person_ids(table, {}).value_or_stop();
    return upload_cohort({commons_.document, keys_, cohort, persons, commons_.connect(), threads, {}, rules_},
                         commons_.chain());
  }

  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& [name, bytes] : commons_.served.blobs) names.insert(name);
    return names;
  }

  /// Publishes what the interrupted upload left in the store.
  void publish_what_is_stored() {
    for (const auto& [name, bytes] : commons_.served.blobs) {
      if (data::decode_manifest(bytes)) commons_.ledger.ranges[0].manifest = hash_from_hex(name).value_or_stop();
      if (governance::decode_consent_attestation(bytes))
        commons_.ledger.ranges[0].attestation = hash_from_hex(name).value_or_stop();
    }
  }

  static constexpr std::string_view kRows = "age,sex\n40,F\n50,M\n60,\n";
  OwnerKeys keys_ = numbered_owner(1);
  data::OwnerRules rules_;
  testing::PublishedCommons commons_;
  fhe::PublicKey public_key_;
};

TEST_F(Upload, InterruptedAndDoneAgainItIsTheSameBytesAndNothingTwice) {
  EXPECT_FALSE(upload(kRows));
  const std::set<std::string> first = names();
  const std::size_t features = data::sealed_features(commons_.document.schema).size();
  EXPECT_EQ(first.size(), features + 3);  // and proof, manifest, attestation
  const std::uint64_t puts = commons_.served.puts;
  EXPECT_FALSE(upload(kRows, 2));
  EXPECT_EQ(names(), first);
  EXPECT_EQ(commons_.served.puts, puts + 2) << "sealed bytes were sent twice";
}

TEST_F(Upload, IsProvenAndAFlippedBitOfTheProofIsNot) {
  EXPECT_FALSE(upload(kRows));
  for (const auto& [name, bytes] : commons_.served.blobs) {
    const auto manifest = data::decode_manifest(bytes);
    if (!manifest) continue;
    const auto check = [&] {
      ProofProgress progress;
      return check_upload(commons_.document, *commons_.params, public_key_, *manifest, commons_.store(), progress);
    };
    ASSERT_TRUE(check().has_value()) << check().error().message;
    Bytes& proof = commons_.served.blobs.at(manifest->proofs[0].blob.hex());
    EXPECT_EQ(proof.size(), manifest->proofs[0].bytes);
    proof[100'000] ^= 1;
    EXPECT_EQ(check().error().code, Code::kCorrupt);
    return;
  }
  FAIL() << "no manifest was uploaded";
}

TEST_F(Upload, WhatIsPublishedAlreadyIsSaidSo) {
  EXPECT_FALSE(upload(kRows));
  publish_what_is_stored();
  const auto report = upload(kRows);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->already_published);
  EXPECT_EQ(report->rows, 3U);
  EXPECT_EQ(report->ciphertexts, data::sealed_features(commons_.document.schema).size());
}

TEST_F(Upload, OtherValuesUnderTheSameNameAreAConflict) {
  EXPECT_FALSE(upload(kRows));
  publish_what_is_stored();
  const auto refused = upload("age,sex\n40,F\n50,M\n61,\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("published other data already"));
}

// Attack: an owner promises strict rules and loosens them when the data of others has joined hers.
TEST_F(Upload, RulesThatAreLoosenedTightenedOrDroppedAfterwardsAreAConflict) {
  rules_ = {20, 10, 80};
  EXPECT_FALSE(upload(kRows));
  publish_what_is_stored();
  EXPECT_TRUE(upload(kRows)) << "the same again";
  const std::size_t stored = names().size();
  for (const data::OwnerRules& other :
       {data::OwnerRules{19, 10, 80}, data::OwnerRules{21, 10, 80}, data::OwnerRules{}}) {
    rules_ = other;
    const auto refused = upload(kRows);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_THAT(refused.error().message, HasSubstr("or other rules"));
    EXPECT_EQ(names().size(), stored) << "and nothing of it is in the store";
  }
}

TEST_F(Upload, RulesOutsideTheLimitsAreRefusedBeforeAnythingIsSealed) {
  rules_ = {0, 0, 100};
  EXPECT_THAT(upload(kRows).error().message, HasSubstr("largest_share: 100"));
  EXPECT_TRUE(names().empty());
}

// Two plaintexts under one randomness would give away their difference: c1 = u p_1 + e_1 must never repeat.
TEST_F(Upload, OtherValuesHaveOtherRandomness) {
  EXPECT_FALSE(upload(kRows));
  EXPECT_FALSE(upload("age,sex\n41,M\n51,F\n61,F\n"));
  std::set<Hash256> second_parts;
  std::size_t sealed = 0;
  for (const auto& [name, bytes] : commons_.served.blobs) {
    const auto blob = data::decode_sealed(bytes, *commons_.params);
    if (!blob) continue;
    ++sealed;
    second_parts.insert(fhe::hash_poly(*commons_.params, blob->ciphertext.parts[1]));
  }
  EXPECT_GT(sealed, data::sealed_features(commons_.document.schema).size());
  EXPECT_EQ(second_parts.size(), sealed);
}

TEST_F(Upload, AFileOfAnotherLengthThanTheReservationIsAConflictWithBothNumbers) {
  const auto refused = upload("age,sex\n40,F\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("reserved 3 slots, the file has 1 rows"));
  EXPECT_TRUE(names().empty());
}

TEST_F(Upload, NothingIsSealedForKeysThatAreNotTheChains) {
  commons_.ledger.key_commitments.assign(3, sha256(view_of("other keys")));
  EXPECT_EQ(upload(kRows).error().code, Code::kRefused);
  EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace mc::client
