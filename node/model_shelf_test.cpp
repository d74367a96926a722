// SPDX-License-Identifier: Apache-2.0
#include "node/model_shelf.hpp"

#include <gmock/gmock.h>

#include "client/risk_model.hpp"
#include "node/testing/anvil_commons.hpp"

namespace mc::node {
namespace {

class Shelf : public testing::AnvilCommons {
 protected:
  void SetUp() override {
    AnvilCommons::SetUp();
    if (IsSkipped()) return;
    data::Column age;
    age.name = "age";
    age.type = data::ColumnType::kInteger;
    age.maximum = 120;
    document_.schema.columns = {age};
    blobs_.emplace(data::BlobStore::open(folder_ / "rocksdb").value_or_stop());
    shelf_ = std::make_unique<ModelShelf>(document_, *blobs_, *commons_);
  }

  [[nodiscard]] std::string text(const std::string& name, const std::string& equation,
                                 const governance::Wallet& signer) const {
    return client::signed_risk_model({name, equation, true, "", ""}, document_, signer);
  }

  std::optional<data::BlobStore> blobs_;
  std::unique_ptr<ModelShelf> shelf_;
};

TEST_F(Shelf, KeepsWhatAMemberSignedUnderANameThatIsGivenOnce) {
  const governance::Wallet& member = members_.front().wallet;
  const std::string first = text("heart", "0.5 * age", member);
  ASSERT_TRUE(shelf_->put("heart", first));
  ASSERT_TRUE(shelf_->put("heart", first));
  EXPECT_EQ(text_of(shelf_->get("heart").value_or_stop()), first);
  const Status other = shelf_->put("heart", text("heart", "0.6 * age", member));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kConflict);
  ASSERT_TRUE(shelf_->put("asthma", text("asthma", "1 * age", member)));
  EXPECT_EQ(shelf_->all().value_or_stop().size(), 2u);
  EXPECT_EQ(text_of(shelf_->all().value_or_stop().front()), text("asthma", "1 * age", member));
}

TEST_F(Shelf, OneMemberDoesNotTakeTheRoomOfAllOthers) {
  const governance::Wallet& member = members_.front().wallet;
  for (std::size_t i = 0; i < client::kRiskModelsPerMemberMax; ++i) {
    const std::string name = "m" + std::to_string(i);
    ASSERT_TRUE(shelf_->put(name, text(name, "0.5 * age", member)));
  }
  EXPECT_EQ(shelf_->put("more", text("more", "0.5 * age", member)).error().code, Code::kLimit);
  EXPECT_TRUE(shelf_->put("m0", text("m0", "0.5 * age", member))) << "the same again";
  EXPECT_TRUE(shelf_->put("theirs", text("theirs", "0.5 * age", members_.back().wallet)));
}

TEST_F(Shelf, ItHasRoomForSoManyModelsAndNoMore) {
  for (std::size_t i = 0; i < client::kRiskModelsMax; ++i) {
    ASSERT_TRUE(blobs_->create_record("risk-models", "n" + std::to_string(i), view_of("somebody's")));
  }
  const Status full = shelf_->put("heart", text("heart", "0.5 * age", members_.front().wallet));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kLimit);
  EXPECT_THAT(full.error().message, ::testing::HasSubstr("keeps 1024 models already"));
}

TEST_F(Shelf, StrangersAndNonsenseAreTurnedAway) {
  const governance::Wallet& member = members_.front().wallet;
  const Status stranger = shelf_->put("heart", text("heart", "0.5 * age", governance::Wallet::fresh()));
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Code::kRefused);
  EXPECT_FALSE(shelf_->put("lung", text("heart", "0.5 * age", member)));
  const Status unknown = shelf_->put("heart", text("heart", "0.5 * ages", member));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, ::testing::HasSubstr("unknown term ages"));
  EXPECT_FALSE(shelf_->put("heart", "{}"));
  const auto absent = shelf_->get("heart");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mc::node
