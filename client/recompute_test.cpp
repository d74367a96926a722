// SPDX-License-Identifier: Apache-2.0
#include "client/recompute.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/published_cohort.hpp"
#include "data/packing/cohort.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/limb_budget.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

/// Two owners' sealed records in a store, and the engine that everybody recomputes with.
class Recompute : public ::testing::Test {
 protected:
  Recompute() : committee_(commons_.params, fhe::CommitteeShape::create(3, 2).value_or_stop(), 1) {
    publish(1, "age,sex\n40,F\n50,M\n60,\n");
    publish(2, "age,sex\n70,F\n80,M\n");
    view_ = PublicRecords(commons_.document, commons_.params)
                .look(commons_.chain(), commons_.store(), 42, 0)
                .value_or_stop();
  }

  void publish(std::uint64_t owner, std::string_view csv) {
    const data::Cohort cohort =
        data::Cohort::parse(data::read_csv(csv, "test.csv").value_or_stop(), commons_.document.schema).value_or_stop();
    KeyStream stream(testing::numbered_secret(owner));
    commons_.publish(owner, static_cast<std::uint32_t>(cohort.row_count()), 42,
                     [&](const data::Manifest& manifest, const data::Feature& feature, data::ManifestEntry& entry) {
                       const auto values = cohort.pack(feature, 0, cohort.row_count()).value_or_stop();
                       const data::SealedHeader header =
                           data::fresh_header(*commons_.params, manifest.schema, manifest.dataset, manifest.epoch,
                                              manifest.owner, manifest.range, entry.handle, 0);
                       const Bytes bytes =
                           data::seal_block(header, values, *commons_.params, encoder_, committee_.public_key, stream)
                               .value_or_stop()
                               .bytes;
                       entry.blob = sha256(bytes);
                       entry.bytes = bytes.size();
                       commons_.served.blobs[entry.blob.hex()] = bytes;
                     });
  }

  [[nodiscard]] query::Plan plan(std::string_view sql) const {
    return query::compile(sql, commons_.document.schema, "commons", query::limb_budget("test_insecure").value_or_stop())
        .value_or_stop();
  }
  [[nodiscard]] Engine engine(std::uint32_t threads) { return engine(threads, commons_.document.epoch); }
  /// With the keys of this epoch.
  [[nodiscard]] Engine engine(std::uint32_t threads, Epoch epoch) {
    CollectiveKeys keys{committee_.wide_key, committee_.relin_key, {}, {}};
    keys.public_key.epoch = keys.relin_key.epoch = epoch;
    return Engine(commons_.params, std::move(keys), 3, commons_.connect(), "memory:store", threads);
  }

  testing::PublishedCommons commons_;
  fhe::testing::TestCommittee committee_;
  fhe::Encoder encoder_{commons_.params};
  DatasetView view_;
};

TEST_F(Recompute, EverybodyGetsTheSameBitsWithAnyNumberOfThreads) {
  const query::Plan asked = plan("SELECT count(*), avg(age), var_samp(age) FROM commons WHERE sex = 'F'");
  const Recomputed one = engine(1).run(asked, view_).value();
  const Recomputed other = engine(3).run(asked, view_).value();
  EXPECT_EQ(one.result, other.result);
  EXPECT_EQ(one.answers.size(), asked.moments.size());
  EXPECT_EQ(one.sigma_log2, other.sigma_log2);
  EXPECT_GT(one.bytes_read, 0U);
}

TEST_F(Recompute, KeysOfAnotherEpochAreRefusedAndBothEpochsNamed) {
  const Epoch ours = commons_.document.epoch;
  const auto refused = engine(1, Epoch(ours.value + 5)).run(plan("SELECT var_samp(age) FROM commons"), view_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("a ciphertext under the key of epoch " + std::to_string(ours.value) +
                                         ", the keys here are of epoch " + std::to_string(ours.value + 5)),
            std::string::npos)
      << refused.error().message;
}

TEST_F(Recompute, TheBoundsAreKnownWithoutRunning) {
  const query::Plan asked = plan("SELECT count(*), avg(age) FROM commons");
  const Recomputed foreseen = release_bounds(asked, view_, *commons_.params, 3).value();
  const Recomputed run = engine(2).run(asked, view_).value();
  EXPECT_EQ(foreseen.sigma_log2, run.sigma_log2);
  EXPECT_EQ(foreseen.noise_bound_log2, run.noise_bound_log2);
  EXPECT_TRUE(foreseen.answers.empty());
}

// One noise per multiplicand (R5): the counts that were opened first are released as the same ciphertexts.
TEST_F(Recompute, CountsAreTheSameCiphertextsWhenTheGroupsAreReleased) {
  const query::Plan asked = plan("SELECT sex, count(*), corr(age, age) FROM commons GROUP BY sex");
  const query::PlanPart counts{query::PlanPart::Kind::kCounts, {}};
  std::vector<std::uint8_t> shown(asked.groups.size(), 1);
  shown.back() = 0;
  const query::PlanPart groups{query::PlanPart::Kind::kGroups, shown};
  const Recomputed first = engine(2).run(asked, view_, counts).value();
  const Recomputed then = engine(2).run(asked, view_, groups).value();
  const auto counted = query::released_by(asked, counts);
  const auto released = query::released_by(asked, groups);
  ASSERT_EQ(first.multiplicands.size(), counted.size());
  ASSERT_EQ(then.multiplicands.size(), released.size());
  std::size_t same = 0;
  for (std::size_t i = 0; i < released.size(); ++i) {
    const auto place = std::find(counted.begin(), counted.end(), released[i]);
    if (place == counted.end()) continue;
    EXPECT_EQ(then.multiplicands[i], first.multiplicands[static_cast<std::size_t>(place - counted.begin())]);
    ++same;
  }
  EXPECT_GT(same, 0u);
  EXPECT_LT(then.answers.size(), asked.moments.size()) << "the hidden group's sums are not computed";
  EXPECT_EQ(release_bounds(asked, view_, *commons_.params, 3, groups).value().sigma_log2, then.sigma_log2);
  EXPECT_FALSE(engine(1).run(asked, view_, {query::PlanPart::Kind::kGroups, {1}}).has_value());
}

TEST_F(Recompute, ARevocationChangesTheResult) {
  const query::Plan asked = plan("SELECT count(*) FROM commons");
  const Hash256 before = engine(1).run(asked, view_).value().result;
  commons_.state_change(1, 0, governance::ConsentAction::kRevoke);
  const DatasetView after =
      PublicRecords(commons_.document, commons_.params).look(commons_.chain(), commons_.store(), 42, 0).value();
  EXPECT_NE(engine(1).run(asked, after).value().result, before);
}

TEST_F(Recompute, AFlippedBitInOneBlobStopsTheExecution) {
  const query::Plan asked = plan("SELECT avg(age) FROM commons");
  const std::string handle = query::features_of(asked).front();
  Bytes& blob = commons_.served.blobs[view_.manifests[1].find(handle, 0)->blob.hex()];
  blob[blob.size() / 2] ^= 4;
  const auto refused = engine(2).run(asked, view_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
}

TEST_F(Recompute, ABlobThatTheStoreLostIsNamed) {
  const data::ManifestEntry& entry = view_.manifests[0].entries.front();
  commons_.served.blobs.erase(entry.blob.hex());
  const StoreVault vault(view_, *commons_.params, commons_.connect(), "memory:store");
  const auto refused = vault.fetch(0, entry.handle, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr(entry.blob.hex()));
}

TEST_F(Recompute, AFeatureOrBlockThatTheOwnerNeverUploadedIsNamedWithTheOwner) {
  const StoreVault vault(view_, *commons_.params, commons_.connect(), "memory:store");
  const auto refused = vault.fetch(1, "nobody's feature", 7);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message,
              HasSubstr(view_.owners[1].owner + " uploaded no 'nobody's feature' for block 7"));
}

// Both blobs are genuine; a manifest that swaps their names must not swap what is computed.
TEST_F(Recompute, AnotherFeaturesBlobUnderThisFeaturesNameIsRefused) {
  data::Manifest& manifest = view_.manifests[0];
  std::swap(manifest.entries[0].blob, manifest.entries[1].blob);
  const StoreVault vault(view_, *commons_.params, commons_.connect(), "memory:store");
  EXPECT_FALSE(vault.fetch(0, manifest.entries[0].handle, 0));
}

// Data of an earlier epoch is computed on only as what it was carried over to (R12).
TEST_F(Recompute, ABlobOfAnEarlierEpochIsReadUnderItsNewNameOnly) {
  const data::ManifestEntry& entry = view_.manifests[0].entries.front();
  view_.epoch = Epoch(view_.manifests[0].epoch.value + 1);
  const auto fetch = [&] {
    return StoreVault(view_, *commons_.params, commons_.connect(), "memory:store").fetch(0, entry.handle, 0);
  };
  EXPECT_EQ(fetch().error().code, Code::kUnavailable) << "nothing was carried over";
  view_.carried =
      std::make_shared<const std::map<Hash256, Hash256>>(std::map<Hash256, Hash256>{{entry.blob, entry.blob}});
  EXPECT_FALSE(fetch()) << "it is still the blob of the earlier epoch";

  data::SealedBlob blob =
      data::decode_sealed(commons_.served.blobs.at(entry.blob.hex()), *commons_.params).value_or_stop();
  blob.header.epoch = blob.ciphertext.epoch = view_.epoch;
  const Bytes moved = data::encode_sealed(blob, *commons_.params);
  commons_.served.blobs[sha256(moved).hex()] = moved;
  view_.carried =
      std::make_shared<const std::map<Hash256, Hash256>>(std::map<Hash256, Hash256>{{entry.blob, sha256(moved)}});
  EXPECT_TRUE(fetch());
}

TEST_F(Recompute, EveryMoveOfTheDataCostsDigitsAndIsCounted) {
  const query::Plan asked = plan("SELECT sum(age) FROM commons");
  const auto noise = [&] { return release_bounds(asked, view_, *commons_.params, 3).value().bounds[0].noise_log2; };
  const double fresh = noise();
  view_.earlier_pieces = {3};
  const double once = noise();
  view_.earlier_pieces = {3, 10};
  EXPECT_GT(once, fresh + 1);
  EXPECT_GT(noise(), once);
}

}  // namespace
}  // namespace mc::client
