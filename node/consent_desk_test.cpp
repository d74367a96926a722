// SPDX-License-Identifier: Apache-2.0
#include "node/consent_desk.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "node/limits.hpp"
#include "node/testing/anvil_commons.hpp"

namespace mc::node {
namespace {

using governance::ConsentAction;

/// One owner with three rows, published on chain; its attestation is in the store.
class Desk : public testing::AnvilCommons {
 protected:
  void SetUp() override {
    AnvilCommons::SetUp();
    if (IsSkipped()) return;
    owner_ = std::make_unique<client::OwnerKeys>(client::load_or_create_owner_keys(paths_.owner("a")).value_or_stop());
    blobs_.emplace(data::BlobStore::open(folder_ / "rocksdb").value_or_stop());
    governance::ConsentAttestation attestation{dataset_, owner_->wallet.address(), {}};
    for (std::uint32_t row = 0; row < rows(); ++row) {
      attestation.leaves.push_back({person(row), row, patient(row).address(), true, 42});
    }
    const Bytes bytes = governance::encode(attestation);
    MC_CHECK(blobs_->put(sha256(bytes), bytes).has_value());
    MC_CHECK(commons_->reserve_slots(owner_->wallet, dataset_, rows()).has_value());
    MC_CHECK(commons_->publish_data(owner_->wallet, dataset_, sha256(view_of("manifest")), sha256(bytes)).has_value());
    desk_ = std::make_unique<ConsentDesk>(document_, *blobs_, *commons_, *store_wallet_);
    expected_.emplace(dataset_, governance::consent_domain(document_.deployment));
    MC_CHECK(expected_->apply(attestation).has_value());
  }

  [[nodiscard]] virtual std::uint32_t rows() const { return 3; }
  [[nodiscard]] Hash256 person(std::uint32_t row) const {
    return governance::person_commitment(owner_->patient_seed, dataset_, owner_->wallet.address(), std::to_string(row));
  }
  [[nodiscard]] governance::Wallet patient(std::uint32_t row) const {
    return governance::derive_patient_wallet(owner_->patient_seed, std::to_string(row));
  }
  [[nodiscard]] governance::SignedConsentStatement statement(std::uint32_t row, std::uint64_t sequence,
                                                             ConsentAction action) const {
    const governance::ConsentStatement plain{dataset_, owner_->wallet.address(), person(row), action, 42, sequence, 0};
    return governance::sign_consent(governance::consent_domain(document_.deployment), plain, patient(row));
  }
  [[nodiscard]] Hash256 root_on_chain() const { return commons_->consent_root(dataset_).value_or_stop().root; }

  Hash256 dataset_ = governance::dataset_id("commons");
  std::unique_ptr<client::OwnerKeys> owner_;
  std::optional<data::BlobStore> blobs_;
  std::unique_ptr<ConsentDesk> desk_;
  std::optional<governance::ConsentState> expected_;
};

// Any member may publish two hashes; patients' statements about other records do not wait for that.
TEST_F(Desk, APublicationThatNobodyCanReadStopsNoStatement) {
  const client::OwnerKeys other = client::load_or_create_owner_keys(paths_.owner("b")).value_or_stop();
  ASSERT_TRUE(commons_->reserve_slots(other.wallet, dataset_, 2));
  ASSERT_TRUE(commons_->publish_data(other.wallet, dataset_, sha256(view_of("m")), sha256(view_of("nobody has it"))));
  ASSERT_TRUE(desk_->refresh());
  EXPECT_EQ(root_on_chain(), expected_->root());
  const auto revocation = statement(1, 1, ConsentAction::kRevoke);
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(revocation)}));
  ASSERT_TRUE(expected_->apply(revocation));
  EXPECT_EQ(root_on_chain(), expected_->root());
  ConsentDesk restarted(document_, *blobs_, *commons_, *store_wallet_);
  EXPECT_TRUE(restarted.refresh());
}

TEST_F(Desk, PostsTheRootOfWhatOwnersAttestedAndOnlyOnce) {
  ASSERT_TRUE(desk_->refresh());
  EXPECT_EQ(root_on_chain(), expected_->root());
  ASSERT_TRUE(desk_->refresh());
  EXPECT_EQ(commons_->consent_root_count(dataset_).value(), 1U);
}

TEST_F(Desk, TakesAStatementKeepsItAndPostsTheNewRoot) {
  ASSERT_TRUE(desk_->refresh());
  const Hash256 before = root_on_chain();
  const Bytes bytes = governance::encode(statement(1, 1, ConsentAction::kRevoke));
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{bytes}));
  EXPECT_NE(root_on_chain(), before);
  EXPECT_EQ(desk_->statements(0).value(), std::vector<Bytes>{bytes});
  EXPECT_TRUE(desk_->statements(1).value().empty());
}

TEST_F(Desk, ANewProcessComesToTheSameRootFromWhatIsStored) {
  ASSERT_TRUE(desk_->refresh());
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(statement(0, 1, ConsentAction::kRevoke))}));
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(statement(2, 1, ConsentAction::kRevoke))}));
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(statement(0, 2, ConsentAction::kGrant))}));
  const Hash256 root = root_on_chain();
  ConsentDesk again(document_, *blobs_, *commons_, *store_wallet_);
  ASSERT_TRUE(again.refresh());
  EXPECT_EQ(root_on_chain(), root);
  EXPECT_EQ(commons_->consent_root_count(dataset_).value(), 4U) << "nothing new was posted";
  EXPECT_EQ(again.statements(0).value().size(), 3U);
}

TEST_F(Desk, WhatThePatientDidNotSignOrSaidBeforeChangesNothing) {
  ASSERT_TRUE(desk_->refresh());
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(statement(1, 1, ConsentAction::kRevoke))}));
  const Hash256 root = root_on_chain();
  auto forged = statement(0, 1, ConsentAction::kRevoke);
  forged.signature = statement(1, 1, ConsentAction::kRevoke).signature;
  EXPECT_EQ(desk_->take(std::vector<Bytes>{governance::encode(forged)}).error().code, Code::kRefused);
  EXPECT_EQ(desk_->take(std::vector<Bytes>{governance::encode(statement(1, 1, ConsentAction::kRevoke))}).error().code,
            Code::kConflict);
  EXPECT_FALSE(desk_->take(std::vector<Bytes>{Bytes{1, 2, 3}}));
  EXPECT_EQ(root_on_chain(), root);
  EXPECT_EQ(desk_->statements(0).value().size(), 1U);
}

TEST_F(Desk, ABatchBringsOneRootAndABadOneBringsNone) {
  ASSERT_TRUE(desk_->refresh());
  const std::vector<Bytes> bad = {governance::encode(statement(0, 1, ConsentAction::kRevoke)),
                                  governance::encode(statement(1, 0, ConsentAction::kRevoke))};
  const Hash256 before = root_on_chain();
  EXPECT_THAT(desk_->take(bad).error().message, ::testing::HasSubstr("statement 2 of 2"));
  EXPECT_EQ(root_on_chain(), before);
  EXPECT_TRUE(desk_->statements(0).value().empty());
  const std::vector<Bytes> good = {governance::encode(statement(0, 1, ConsentAction::kRevoke)),
                                   governance::encode(statement(1, 1, ConsentAction::kRevoke)),
                                   governance::encode(statement(0, 2, ConsentAction::kGrant))};
  ASSERT_TRUE(desk_->take(good));
  EXPECT_EQ(desk_->statements(0).value(), good);
  EXPECT_EQ(commons_->consent_root_count(dataset_).value(), 2U);
}

// A patient whose second statement was bad, and who sent the two again and again, made the store read all statements of
// everybody each time, while whoever asks for their list waited.
TEST_F(Desk, ABadBatchIsTakenBackWithoutReadingAnythingAgain) {
  ASSERT_TRUE(desk_->refresh());
  const auto kept = statement(2, 4, ConsentAction::kRevoke);
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(kept)}));
  ASSERT_TRUE(expected_->apply(kept));
  ASSERT_TRUE(blobs_->put_record("statements", "x", Bytes{1})) << "whoever reads all of them stops here";
  std::vector<Bytes> bad = {governance::encode(statement(0, 1, ConsentAction::kRevoke)),
                            governance::encode(statement(2, 5, ConsentAction::kGrant)),
                            governance::encode(statement(0, 2, ConsentAction::kGrant)),
                            governance::encode(statement(1, 0, ConsentAction::kRevoke))};
  EXPECT_THAT(desk_->take(bad).error().message, ::testing::HasSubstr("statement 4 of 4"));
  EXPECT_THAT(desk_->take(bad).error().message, ::testing::HasSubstr("statement 4 of 4"));
  const auto good = statement(2, 5, ConsentAction::kGrant);
  ASSERT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(good)}));
  ASSERT_TRUE(expected_->apply(good));
  EXPECT_EQ(root_on_chain(), expected_->root()) << "nothing of the bad ones is left";
}

// Nor do statements that were taken back count for what one person may say.
TEST_F(Desk, WhatWasTakenBackWasNeverSaid) {
  ASSERT_TRUE(desk_->refresh());
  std::vector<Bytes> bad;
  for (std::uint64_t sequence = 1; sequence <= kStatementsPerRecordMax; ++sequence) {
    bad.push_back(governance::encode(statement(0, sequence, ConsentAction::kGrant)));
  }
  bad.push_back(Bytes(governance::encode(statement(1, 0, ConsentAction::kRevoke))));
  EXPECT_EQ(desk_->take(bad).error().code, Code::kConflict);
  EXPECT_TRUE(desk_->take(std::vector<Bytes>{governance::encode(statement(0, 1, ConsentAction::kGrant))}));
}

// One patient could fill the list that everybody reads, beyond what a client takes, and stop every question for good.
TEST_F(Desk, OnePersonSpeaksSoOftenAndCanAlwaysRevoke) {
  ASSERT_TRUE(desk_->refresh());
  std::vector<Bytes> all;
  std::uint64_t sequence = 0;
  for (std::uint32_t i = 0; i < kStatementsPerRecordMax; ++i) {
    all.push_back(governance::encode(statement(0, ++sequence, ConsentAction::kGrant)));
  }
  ASSERT_TRUE(desk_->take(all));
  const auto say = [&](std::uint32_t row, ConsentAction action) {
    return desk_->take(std::vector<Bytes>{governance::encode(statement(row, ++sequence, action))});
  };
  const Status refused = say(0, ConsentAction::kGrant);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("takes no more; revoke on chain"));
  EXPECT_TRUE(say(1, ConsentAction::kGrant)) << "another person";
  EXPECT_TRUE(say(0, ConsentAction::kRevoke));
  ConsentDesk again(document_, *blobs_, *commons_, *store_wallet_);
  ASSERT_TRUE(again.refresh());
  EXPECT_EQ(
      again.take(std::vector<Bytes>{governance::encode(statement(0, ++sequence, ConsentAction::kGrant))}).error().code,
      Code::kLimit)
      << "also after a restart";
}

// Anybody may announce a publication.
TEST_F(Desk, WhatIsThereIsNotReadAgainUnlessSomethingIsPublished) {
  ASSERT_TRUE(desk_->refresh());
  ASSERT_TRUE(blobs_->put_record("statements", "99999999999999999999", view_of("no statement")));
  EXPECT_TRUE(desk_->refresh());
  const client::OwnerKeys other = client::load_or_create_owner_keys(paths_.owner("b")).value_or_stop();
  ASSERT_TRUE(commons_->reserve_slots(other.wallet, dataset_, 2));
  ASSERT_TRUE(commons_->publish_data(other.wallet, dataset_, sha256(view_of("m")), sha256(view_of("comes later"))));
  EXPECT_FALSE(desk_->refresh());
  ASSERT_TRUE(blobs_->erase_record("statements", "99999999999999999999"));
  EXPECT_TRUE(desk_->refresh());
  ASSERT_TRUE(blobs_->put_record("statements", "99999999999999999999", view_of("no statement")));
  EXPECT_FALSE(desk_->refresh()) << "an attestation that was not there is looked for again";
}

TEST_F(Desk, ADelegateWhoseTimeIsOverIsToldSo) {
  ASSERT_TRUE(desk_->refresh());
  const governance::Wallet guardian = governance::Wallet::fresh();
  const std::uint64_t now = chain_->latest_block().value_or_stop().time_s;
  const auto domain = governance::consent_domain(document_.deployment);
  const governance::ConsentStatement delegation{
      dataset_, owner_->wallet.address(), person(0), ConsentAction::kDelegate, 42, 1, now - 1, guardian.address()};
  ASSERT_TRUE(
      desk_->take(std::vector<Bytes>{governance::encode(governance::sign_consent(domain, delegation, patient(0)))}));
  const governance::ConsentStatement late{dataset_, owner_->wallet.address(), person(0), ConsentAction::kRevoke, 42, 2,
                                          0};
  const Status refused =
      desk_->take(std::vector<Bytes>{governance::encode(governance::sign_consent(domain, late, guardian))});
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("the delegation to"));
}

TEST_F(Desk, AStatementIsKeptWhenTheChainIsGoneAndItsRootFollowsLater) {
  ASSERT_TRUE(desk_->refresh());
  anvil_->stop();
  const Status refused = desk_->take(std::vector<Bytes>{governance::encode(statement(1, 1, ConsentAction::kRevoke))});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(desk_->statements(0).value().size(), 1U);
}

/// A cohort in which everybody changes her mind on one day.
class BigDesk : public Desk {
 protected:
  [[nodiscard]] std::uint32_t rows() const override { return 10'000; }
};

TEST_F(BigDesk, TenThousandChangesAreOneRootOnChain) {
  ASSERT_TRUE(desk_->refresh());
  std::vector<Bytes> statements;
  for (std::uint32_t row = 0; row < rows(); ++row) {
    statements.push_back(governance::encode(statement(row, 1, ConsentAction::kRevoke)));
    MC_CHECK(expected_->apply(statement(row, 1, ConsentAction::kRevoke)).has_value());
  }
  const auto start = std::chrono::steady_clock::now();
  const Status taken = desk_->take(statements);
  ASSERT_TRUE(taken) << taken.error().message;
  const auto spent = std::chrono::steady_clock::now() - start;
  RecordProperty("take_ms", std::to_string(std::chrono::duration<double, std::milli>(spent).count()));
  EXPECT_EQ(root_on_chain(), expected_->root());
  EXPECT_EQ(commons_->consent_root_count(dataset_).value(), 2U);
}

}  // namespace
}  // namespace mc::node
