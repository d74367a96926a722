// SPDX-License-Identifier: Apache-2.0
#include "node/verdict_courier.hpp"

#include "node/testing/opening_desks.hpp"

namespace mc::node {
namespace {

using client::OpeningStand;
using protocol::OpeningVerdict;
using testing::Commons;
using testing::numbered_hash;

/// The custodians of `desks` have opened an upload; another committee comes after them.
class VerdictCourierTest : public testing::OpeningDesks {
 protected:
  /// A store that keeps what it is given, unless a test puts something else there.
  class Store final : public client::Transport {
   public:
    Result<Bytes> get(const std::string& path, std::size_t) override {
      ++asked;
      if (is_gone || path == refuses) return fail(Code::kUnavailable, "nobody answers");
      return client::encode_list(kept[path]);
    }
    Result<Bytes> put(const std::string& path, ByteView body, std::string_view, std::size_t) override {
      if (is_gone || path == refuses) return fail(Code::kUnavailable, "nobody answers");
      kept[path].emplace_back(body.begin(), body.end());
      return Bytes();
    }
    Result<Bytes> post(const std::string&, ByteView, std::string_view, std::size_t) override { return Bytes(); }
    [[nodiscard]] std::string url() const override { return ""; }

    std::map<std::string, std::vector<Bytes>> kept;
    int asked = 0;
    bool is_gone = false;
    std::string refuses;  // whatever is asked there
  };

  void SetUp() override {
    OpeningDesks::SetUp();
    for (std::uint32_t entry = 0; entry < 3; ++entry) (void)carry(entry);
    document.epoch = Epoch(commons.committee.epoch.value + 1);
    client::EarlierCommittee before{commons.committee.epoch, 2, {}, {0, 1, 2}};
    before.identities.assign(3, Bytes(protocol::kPublicIdentityBytes));
    document.earlier.push_back(before);
    heir = open_heir("heir");
  }
  std::unique_ptr<OpeningDesk> open_heir(const std::string& file) {
    OpeningDesk::Setting setting;
    setting.params = commons.params;
    setting.epoch = document.epoch;
    setting.file = folder / file;
    setting.proven = [this](const Hash256& hash) {
      if (const auto found = others.find(hash); found != others.end()) {
        return std::make_shared<const data::Manifest>(found->second);
      }
      return hash == name ? std::make_shared<const data::Manifest>(manifest) : nullptr;
    };
    return OpeningDesk::open(std::move(setting)).value_or_stop();
  }
  Status tell(std::uint32_t custodian) { return tell_verdicts(*desks[custodian], client); }
  Status hear() {
    return hear_verdicts(
        *heir, {{name, manifest}}, document,
        [this](std::size_t index) {
          EXPECT_EQ(index, 0u);
          return Result<protocol::KeygenSetup>(committee());
        },
        client);
  }
  [[nodiscard]] OpeningVerdict says(std::uint32_t custodian) const {
    OpeningVerdict verdict{committee().commons, commons.committee.epoch, Commons::id(custodian), name, true, {}};
    protocol::sign_opening_verdict(Commons::identity(custodian), verdict);
    return verdict;
  }
  void put(const OpeningVerdict& verdict) {
    store.kept["/v1/verdicts/" + name.hex()].push_back(protocol::encode_opening_verdict(verdict));
  }
  /// Nobody's word is believed of it.
  void expect_none(const std::string& sentence = "of which fewer than 2 custodians say what they found") {
    ASSERT_TRUE(hear());
    const Status refused = heir->check(view());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_NE(refused.error().message.find(sentence), std::string::npos) << refused.error().message;
  }

  Store store;
  client::StoreClient client{store};
  client::CommonsDocument document;
  std::unique_ptr<OpeningDesk> heir;
};

TEST_F(VerdictCourierTest, WhatOneCommitteeFoundTheNextOneBelieves) {
  EXPECT_EQ(heir->check(view()).error().code, Code::kUnavailable) << "nobody has been asked yet";
  ASSERT_TRUE(tell(0));
  expect_none();
  ASSERT_TRUE(tell(1));
  ASSERT_TRUE(hear());
  EXPECT_TRUE(heir->check(view()));
  EXPECT_EQ(heir->progress({{name, manifest}}), (client::OpenedColumns{3, 3, ""}));
  EXPECT_EQ(fetched, 9) << "nothing is opened again";
  const int before = store.asked;
  ASSERT_TRUE(hear());
  EXPECT_EQ(store.asked, before) << "what is known is not asked for again";
}

TEST_F(VerdictCourierTest, IsToldOnceAndAgainAfterTheStoreWasGone) {
  store.is_gone = true;
  EXPECT_EQ(tell(0).error().code, Code::kUnavailable);
  store.is_gone = false;
  ASSERT_TRUE(tell(0));
  ASSERT_TRUE(tell(0));
  EXPECT_EQ(store.kept["/v1/verdicts/" + name.hex()].size(), 1u);
}

TEST_F(VerdictCourierTest, WhatTheStoreDoesNotTakeOfOneUploadKeepsNoOtherBack) {
  others = {{name, manifest}};
  for (std::uint64_t i = 0; others.contains(name); ++i) {  // one that comes before it
    manifest.entries[0].blob = numbered_hash(700 + i);
    if (data::manifest_hash(manifest) < others.begin()->first) name = data::manifest_hash(manifest);
  }
  for (std::uint32_t entry = 0; entry < 3; ++entry) (void)carry(entry);
  ASSERT_EQ(desks[0]->untold().size(), 2u);
  store.refuses = "/v1/verdicts/" + name.hex();
  EXPECT_EQ(tell(0).error().code, Code::kUnavailable);
  EXPECT_EQ(store.kept["/v1/verdicts/" + others.begin()->first.hex()].size(), 1u);
}

TEST_F(VerdictCourierTest, WhatTheStoreDoesNotShowOfOneUploadHidesNoOther) {
  for (std::uint32_t c = 0; c < 3; ++c) put(says(c));
  data::Manifest second = manifest;
  Hash256 first = name;
  for (std::uint64_t i = 0; !(first < name); ++i) {
    second.entries[0].blob = numbered_hash(700 + i);
    first = data::manifest_hash(second);
  }
  others = {{first, second}};
  store.refuses = "/v1/verdicts/" + first.hex();
  const Status heard = hear_verdicts(
      *heir, {{first, second}, {name, manifest}}, document,
      [this](std::size_t) { return Result<protocol::KeygenSetup>(committee()); }, client);
  EXPECT_EQ(heard.error().code, Code::kUnavailable) << "it is asked for again";
  EXPECT_TRUE(heir->check(view()));
}

TEST_F(VerdictCourierTest, ARefusedUploadStaysRefused) {
  columns[1] = sealed(0x1p15);
  for (std::uint32_t c = 0; c < 3; ++c) {
    desks[c].reset();
    std::filesystem::remove(folder / ("openings-" + std::to_string(c)));
    desks[c] = open(c);
    begin(c);
  }
  (void)carry(0);
  (void)carry(1);
  ASSERT_TRUE(tell(0));
  ASSERT_TRUE(tell(2));
  ASSERT_TRUE(hear());
  EXPECT_NE(heir->check(view()).error().message.find("found a value beyond what noise makes"), std::string::npos);
}

// Attack: a store in league with one custodian of two-of-three.
TEST_F(VerdictCourierTest, OneCustodianAndTheStoreMakeNoVerdict) {
  put(says(1));
  put(says(1));
  OpeningVerdict in_anothers_name = says(1);
  in_anothers_name.custodian = Commons::id(2);
  put(in_anothers_name);
  protocol::sign_opening_verdict(Commons::identity(1), in_anothers_name);
  put(in_anothers_name);
  store.kept["/v1/verdicts/" + name.hex()].push_back(Bytes(17));
  expect_none();
  put(says(2));
  ASSERT_TRUE(hear());
  EXPECT_TRUE(heir->check(view())) << "and what they put there hides no honest word";
}

// Attack: what they said of an honest upload is shown for another of the same owner, and what an earlier or later
// committee with the same people said for this one.
TEST_F(VerdictCourierTest, AVerdictIsShownForNoOtherUploadAndNoOtherEpoch) {
  for (std::uint32_t c = 0; c < 3; ++c) put(says(c));
  const std::vector<Bytes> honest = store.kept["/v1/verdicts/" + name.hex()];
  manifest.entries[0].blob = numbered_hash(666);
  name = data::manifest_hash(manifest);
  store.kept["/v1/verdicts/" + name.hex()] = honest;
  expect_none();
  store.kept.clear();
  for (std::uint32_t c = 0; c < 3; ++c) {
    OpeningVerdict of_another_epoch = says(c);
    of_another_epoch.epoch = document.epoch;
    protocol::sign_opening_verdict(Commons::identity(c), of_another_epoch);
    put(of_another_epoch);
    of_another_epoch.epoch = commons.committee.epoch;
    put(of_another_epoch);
  }
  expect_none();
}

// R8: whoever takes part alone with too few others can make of a carried column what it likes.
TEST_F(VerdictCourierTest, AMoveThatTooFewTookPartInCarriesNoVerdict) {
  for (std::uint32_t c = 0; c < 3; ++c) put(says(c));
  document.earlier[0].participants = {1, 2};
  expect_none("came through a move from the committee of key epoch 1 that so few took part in");
  EXPECT_EQ(store.asked, 0);
  // The move after the next: what was sealed later is not concerned.
  document.earlier[0].participants = {0, 1, 2};
  client::EarlierCommittee between = document.earlier[0];
  between.epoch = document.epoch;
  between.participants = {0, 2};
  document.earlier.push_back(between);
  document.epoch = Epoch(document.epoch.value + 1);
  expect_none("came through a move from the committee of key epoch 2");
}

TEST_F(VerdictCourierTest, OfItsOwnUploadsItHearsNothing) {
  document.epoch = commons.committee.epoch;
  for (std::uint32_t c = 0; c < 3; ++c) put(says(c));
  ASSERT_TRUE(hear());
  EXPECT_EQ(store.asked, 0);
  EXPECT_EQ(heir->check(view()).error().code, Code::kUnavailable);
}

TEST_F(VerdictCourierTest, AnUploadOfACommitteeThatNobodyKnowsIsRefused) {
  document.earlier[0].epoch = Epoch(40);
  expect_none("which this commons does not know");
}

}  // namespace
}  // namespace mc::node
