// SPDX-License-Identifier: Apache-2.0
#include "node/consent_desk.hpp"

#include <gmock/gmock.h>

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
    for (std::uint32_t row = 0; row < 3; ++row) {
      attestation.leaves.push_back({person(row), row, patient(row).address(), true, 42});
    }
    const Bytes bytes = governance::encode(attestation);
    MC_CHECK(blobs_->put(sha256(bytes), bytes).has_value());
    MC_CHECK(commons_->reserve_slots(owner_->wallet, dataset_, 3).has_value());
    MC_CHECK(commons_->publish_data(owner_->wallet, dataset_, sha256(view_of("manifest")), sha256(bytes)).has_value());
    desk_ = std::make_unique<ConsentDesk>(document_, *blobs_, *commons_, *store_wallet_);
    MC_CHECK(expected_.apply(attestation).has_value());
  }

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
  governance::ConsentState expected_{dataset_, {}};
};

TEST_F(Desk, PostsTheRootOfWhatOwnersAttestedAndOnlyOnce) {
  ASSERT_TRUE(desk_->refresh());
  EXPECT_EQ(root_on_chain(), expected_.root());
  ASSERT_TRUE(desk_->refresh());
  EXPECT_EQ(commons_->consent_root_count(dataset_).value(), 1U);
}

TEST_F(Desk, TakesAStatementKeepsItAndPostsTheNewRoot) {
  ASSERT_TRUE(desk_->refresh());
  const Hash256 before = root_on_chain();
  const Bytes bytes = governance::encode(statement(1, 1, ConsentAction::kRevoke));
  ASSERT_TRUE(desk_->take(bytes));
  EXPECT_NE(root_on_chain(), before);
  EXPECT_EQ(desk_->statements(0).value(), std::vector<Bytes>{bytes});
  EXPECT_TRUE(desk_->statements(1).value().empty());
}

TEST_F(Desk, ANewProcessComesToTheSameRootFromWhatIsStored) {
  ASSERT_TRUE(desk_->refresh());
  ASSERT_TRUE(desk_->take(governance::encode(statement(0, 1, ConsentAction::kRevoke))));
  ASSERT_TRUE(desk_->take(governance::encode(statement(2, 1, ConsentAction::kRevoke))));
  ASSERT_TRUE(desk_->take(governance::encode(statement(0, 2, ConsentAction::kGrant))));
  const Hash256 root = root_on_chain();
  ConsentDesk again(document_, *blobs_, *commons_, *store_wallet_);
  ASSERT_TRUE(again.refresh());
  EXPECT_EQ(root_on_chain(), root);
  EXPECT_EQ(commons_->consent_root_count(dataset_).value(), 4U) << "nothing new was posted";
  EXPECT_EQ(again.statements(0).value().size(), 3U);
}

TEST_F(Desk, WhatThePatientDidNotSignOrSaidBeforeChangesNothing) {
  ASSERT_TRUE(desk_->refresh());
  ASSERT_TRUE(desk_->take(governance::encode(statement(1, 1, ConsentAction::kRevoke))));
  const Hash256 root = root_on_chain();
  auto forged = statement(0, 1, ConsentAction::kRevoke);
  forged.signature = statement(1, 1, ConsentAction::kRevoke).signature;
  EXPECT_EQ(desk_->take(governance::encode(forged)).error().code, Code::kRefused);
  EXPECT_EQ(desk_->take(governance::encode(statement(1, 1, ConsentAction::kRevoke))).error().code, Code::kConflict);
  EXPECT_FALSE(desk_->take(view_of("nonsense")));
  EXPECT_EQ(root_on_chain(), root);
  EXPECT_EQ(desk_->statements(0).value().size(), 1U);
}

TEST_F(Desk, AStatementIsKeptWhenTheChainIsGoneAndItsRootFollowsLater) {
  ASSERT_TRUE(desk_->refresh());
  anvil_->stop();
  const Status refused = desk_->take(governance::encode(statement(1, 1, ConsentAction::kRevoke)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(desk_->statements(0).value().size(), 1U);
}

}  // namespace
}  // namespace mc::node
