// SPDX-License-Identifier: Apache-2.0
#include "node/guarded_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;

const query::RulesInForce kThree{{.cohort_min = 3, .cell_min = 3, .difference_min = 3}};

Hash256 hash_of(std::string_view text) {
  return sha256(view_of(text));
}

std::vector<query::OwnerSlots> hospital(std::vector<std::uint8_t> consent) {
  const std::size_t rows = consent.size();
  return {{"0xaa", {16, rows}, std::move(consent)}};
}

class GuardedDeskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("guarded-desk-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<GuardedDesk> open() const { return GuardedDesk::open(folder_ / "asked").value_or_stop(); }
  std::filesystem::path folder_;
};

// Attack: ask, let one person revoke, ask again; restart the custodian in between so that it forgets.
TEST_F(GuardedDeskTest, ConsentThatChangedByOneIsRefusedAlsoAfterARestart) {
  const auto all = hospital({1, 1, 1, 1, 1, 1, 1, 1, 1});
  const auto one_less = hospital({1, 1, 1, 1, 1, 1, 1, 1, 0});
  const auto three_less = hospital({0, 0, 1, 1, 1, 1, 1, 1, 0});
  {
    const auto desk = open();
    EXPECT_TRUE(desk->check_consent(all, kThree));
    EXPECT_TRUE(desk->admit_consent(all, kThree));
    EXPECT_TRUE(desk->admit_consent(all, kThree)) << "the same again";
  }
  const auto desk = open();
  EXPECT_THAT(desk->check_consent(one_less, kThree).error().message, HasSubstr("differs by 1"));
  EXPECT_EQ(desk->admit_consent(one_less, kThree).error().code, Code::kRefused);
  EXPECT_TRUE(desk->admit_consent(three_less, kThree));
  EXPECT_FALSE(desk->check_consent(one_less, kThree)) << "it is near both";
  EXPECT_TRUE(desk->check_consent(one_less, query::RulesInForce{}));
}

// Attack: ask while the strict owner's records count, then when none of hers does, so that her rules no longer hold.
TEST_F(GuardedDeskTest, AnOwnerWhoIsLeftOutIsADifferenceByHerOwnRule) {
  const auto both = [](std::uint8_t of_south) {
    std::vector<query::OwnerSlots> owners = hospital({1, 1, 1, 1, 1, 1, 1, 1, 1});
    owners.push_back({"0xbb", {40, 4}, std::vector<std::uint8_t>(4, of_south)});
    return owners;
  };
  query::RulesInForce strict = kThree;
  strict.owners = {{"0xbb", query::demanded_by({0, 5, 0})}};
  const auto desk = open();
  EXPECT_TRUE(desk->admit_consent(both(1), strict));
  EXPECT_TRUE(desk->check_consent(both(0), kThree)) << "the attack: four persons are enough for the commons";
  EXPECT_THAT(desk->check_consent(both(0), strict).error().message, HasSubstr("at least 5 are demanded by owner 0xbb"));
  EXPECT_EQ(desk->admit_consent(both(0), strict).error().code, Code::kRefused);
}

// Attack: ask, let one person revoke while the committee changes, ask the new one.
TEST_F(GuardedDeskTest, WhatAnEarlierCommitteeWasAskedUnderCountsAsAsked) {
  const auto all = hospital({1, 1, 1, 1, 1, 1, 1, 1, 1});
  const auto one_less = hospital({1, 1, 1, 1, 1, 1, 1, 1, 0});
  {
    const auto desk = open();
    EXPECT_FALSE(desk->knows_earlier());
    EXPECT_TRUE(desk->take_earlier({}));
    EXPECT_TRUE(desk->knows_earlier());
    EXPECT_TRUE(desk->check_consent(one_less, kThree)) << "nobody was asked before";
    const std::vector<std::vector<query::OwnerSlots>> earlier = {all};
    EXPECT_TRUE(desk->take_earlier(earlier));
    EXPECT_TRUE(desk->take_earlier(earlier)) << "the same again";
    EXPECT_TRUE(desk->check_consent(all, kThree));
    EXPECT_THAT(desk->check_consent(one_less, kThree).error().message, HasSubstr("differs by 1"));
  }
  const auto desk = open();
  EXPECT_FALSE(desk->knows_earlier()) << "more may have come";
  EXPECT_FALSE(desk->check_consent(one_less, kThree)) << "what is known stays on disk";
}

TEST_F(GuardedDeskTest, CountsAreJudgedOnceTheyAreKnownAndForTheirQuestionOnly) {
  const data::Schema schema =
      data::schema_from_json(R"({"name": "commons", "fields": [{"name": "age", "type": "integer",
    "constraints": {"required": true, "minimum": 0, "maximum": 120}, "bins": [60]}]})")
          .value_or_stop();
  const query::Plan plan = query::compile("SELECT count(*), avg(age) FROM commons WHERE age >= 60", schema, "commons",
                                          query::limb_budget("standard").value_or_stop())
                               .value_or_stop();
  const std::size_t counts = query::count_moments(plan).size();
  AwaitedCounts awaited{hash_of("authorisation"),
                        hash_of("study"),
                        plan,
                        hash_of("data"),
                        hash_of("consent"),
                        hash_of("mask"),
                        {},
                        {},
                        {},
                        kThree};
  awaited.bounds.resize(counts);
  for (query::AnswerBound& bound : awaited.bounds) bound.scale_log2 = 90;
  awaited.sigma_log2.assign(counts, 60);
  const auto desk = open();
  const std::vector<double> means(counts, 5.0 / 8192);
  EXPECT_EQ(desk->judge(awaited.authorisation, means, 3, 8192).error().code, Code::kNotFound);
  desk->await(awaited);
  EXPECT_FALSE(desk->known(awaited.authorisation));
  EXPECT_FALSE(desk->judge(awaited.authorisation, means, 3, 8192).value_or_stop().refused);
  const auto known = desk->known(awaited.authorisation);
  ASSERT_TRUE(known);
  client::DatasetView view;
  view.data_root = hash_of("data");
  view.consent_root = hash_of("consent");
  view.mask = hash_of("mask");
  EXPECT_TRUE(known->are_for(hash_of("study"), plan, view));
  EXPECT_FALSE(known->are_for(hash_of("another study"), plan, view));
  view.mask = hash_of("another mask");
  EXPECT_FALSE(known->are_for(hash_of("study"), plan, view));
  const std::vector<double> two(counts, 2.0 / 8192);
  EXPECT_TRUE(desk->judge(awaited.authorisation, two, 3, 8192).value_or_stop().refused);
}

// docs/design/0050: what any custodian leaves out is left out.
TEST(ShowsHidden, AReleaseShowsNoMoreThanItsVerdict) {
  const query::MomentId a(3), b(5), c(8);
  query::GuardedVerdict verdict;
  verdict.shown = {1, 0, 1};
  verdict.steps = 4;
  verdict.left_out = {a, c};
  client::ReleaseCall same;
  same.shown = verdict.shown;
  same.steps = verdict.steps;
  same.left_out = verdict.left_out;
  EXPECT_FALSE(shows_hidden(same, verdict));
  client::ReleaseCall less = same;
  less.shown = {0, 0, 1};
  less.steps = 3;
  less.left_out = {a, b, c};
  EXPECT_FALSE(shows_hidden(less, verdict));
  for (const std::vector<std::uint8_t>& shown : {std::vector<std::uint8_t>{0, 1, 0}, {1, 1, 1}}) {
    client::ReleaseCall more = same;
    more.shown = shown;
    EXPECT_TRUE(shows_hidden(more, verdict));
  }
  for (const std::vector<query::MomentId>& left_out : {std::vector<query::MomentId>{}, {a}, {c}, {b, c}, {a, b}}) {
    client::ReleaseCall more = same;
    more.left_out = left_out;
    EXPECT_TRUE(shows_hidden(more, verdict)) << left_out.size();
  }
  client::ReleaseCall later = same;
  later.steps = 5;
  EXPECT_TRUE(shows_hidden(later, verdict));
  verdict.left_out = {};
  same.left_out = {};
  EXPECT_FALSE(shows_hidden(same, verdict));
}

TEST(ConsentSnapshot, HasOneEncoding) {
  std::vector<query::OwnerSlots> owners = hospital({1, 0, 1, 1, 0, 0, 1, 0, 1});
  owners.push_back({"0xbb", {40, 2}, {0, 1}});
  const Bytes bytes = encode_consent_snapshot(owners);
  const auto read = decode_consent_snapshot(bytes).value_or_stop();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(query::mask_hash(read), query::mask_hash(owners));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_consent_snapshot(ByteView(bytes).first(cut)));
  }
  Bytes behind = bytes;
  behind.back() |= 0x80;
  EXPECT_FALSE(decode_consent_snapshot(behind)) << "bits that belong to nobody";
}

}  // namespace
}  // namespace mc::node
