// SPDX-License-Identifier: Apache-2.0
#include "client/owner_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/published_cohort.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;
using testing::PublishedCommons;

TEST(OwnerRulesFile, IsReadAsItsOwnerWroteIt) {
  EXPECT_EQ(owner_rules_from_toml("minimum_cohort = 20\nsuppress_below = 10\nlargest_share = 80\n").value_or_stop(),
            (data::OwnerRules{20, 10, 80}));
  EXPECT_EQ(owner_rules_from_toml("suppress_below = 7").value_or_stop(), (data::OwnerRules{0, 7, 0}));
}

TEST(OwnerRulesFile, WhatIsNoRuleIsOneSentence) {
  const auto message = [](std::string_view text) { return owner_rules_from_toml(text).error().message; };
  EXPECT_EQ(message("minimum_cohrot = 20"),
            "owner's rules, minimum_cohrot: there is no such rule; offered: minimum_cohort, suppress_below, "
            "largest_share");
  EXPECT_EQ(message("minimum_cohort = \"20\""), "owner's rules, minimum_cohort: it must be a whole number from 0 on");
  EXPECT_THAT(message("minimum_cohort = 2.5"), HasSubstr("whole number"));
  EXPECT_THAT(message("minimum_cohort = -1"), HasSubstr("whole number"));
  EXPECT_THAT(message("minimum_cohort = 4294967316"), HasSubstr("whole number")) << "which is 20 in 32 bits";
  EXPECT_THAT(message("minimum_cohort = 1000001"), HasSubstr("1000001, it must be a whole number from 0 to 1000000"));
  EXPECT_THAT(message("largest_share = 100"), HasSubstr("0 to 99"));
  EXPECT_THAT(message("minimum_cohort = 1\nminimum_cohort = 2"), HasSubstr("owner's rules, line 2"));
  EXPECT_THAT(message("[+"), HasSubstr("owner's rules"));
  EXPECT_EQ(message(""), "owner's rules: they demand nothing");
  EXPECT_EQ(owner_rules_from_toml(std::string(kOwnerRulesBytesMax + 1, '#')).error().code, Code::kLimit);
}

/// A north that demands nothing and a strict south, as chain and store show them.
class OwnersRules : public ::testing::Test {
 protected:
  OwnersRules() {
    commons_.document.exact = false;
    commons_.document.disclosure = "datashield";
    commons_.publish(1, 30);
    commons_.rules = {20, 10, 0};
    commons_.publish(2, 4);
  }
  Result<DatasetView> look(std::uint32_t purpose = 42) {
    return records_.look(commons_.chain(), commons_.store(), purpose, commons_.ledger.time_s);
  }
  query::RulesInForce rules() { return rules_in_force(commons_.document, study_, look().value()).value(); }

  PublishedCommons commons_;
  PublicRecords records_{commons_.document, commons_.params};
  governance::StudyProposal study_;
  std::string south_ = testing::numbered_wallet(2).address().text();
};

TEST_F(OwnersRules, StandInTheManifestAndHoldForEverybodysAnswers) {
  EXPECT_EQ(rules().rules.cohort_min, 20U);
  EXPECT_EQ(rules().whose.cohort_min, south_);
  study_.minimum_cohort = 25;
  EXPECT_EQ(rules().rules.cohort_min, 25U);
  EXPECT_EQ(rules().whose.cohort_min, "the study");
  EXPECT_EQ(rules().whose.cell_min, south_);
}

TEST_F(OwnersRules, HoldNoMoreWhenAllOfHersHaveRevoked) {
  for (std::size_t row = 0; row < 4; ++row) commons_.state_change(2, row, governance::ConsentAction::kRevoke);
  EXPECT_EQ(rules().rules.cohort_min, 3U);
  EXPECT_EQ(rules().whose.cohort_min, "the commons");
  EXPECT_EQ(rules().owners.size(), 1U) << "known still, for differences that she is in";
  commons_.state_change(2, 3, governance::ConsentAction::kGrant);
  EXPECT_EQ(rules().whose.cohort_min, south_);
}

TEST_F(OwnersRules, AreIgnoredByACommonsFoundedAsExactWhichSaysSo) {
  EXPECT_EQ(ignored_rules(commons_.document, look().value()), "");
  commons_.document.exact = true;
  EXPECT_EQ(rules(), query::RulesInForce{});
  EXPECT_EQ(ignored_rules(commons_.document, look().value()),
            "the rules of 1 owner are not applied: this commons is founded as exact");
}

// Attack: the store shows the strict owner's manifest without her rules, with laxer ones, or a laxer owner's instead.
TEST_F(OwnersRules, AStoreThatStripsLoosensOrSwapsThemIsNotBelieved) {
  const Bytes published = commons_.served.blobs.at(commons_.ledger.ranges[1].manifest.hex());
  Bytes& shown = commons_.served.blobs.at(commons_.ledger.ranges[1].manifest.hex());
  data::Manifest manifest = data::decode_manifest(published).value_or_stop();
  manifest.rules = {};
  shown = data::encode_manifest(manifest);
  ASSERT_TRUE(data::decode_manifest(shown)) << "the attack: it is a good manifest";
  EXPECT_EQ(look().error().code, Code::kCorrupt);
  manifest.rules = {3, 3, 0};
  shown = data::encode_manifest(manifest);
  EXPECT_EQ(look().error().code, Code::kCorrupt);
  shown = commons_.served.blobs.at(commons_.ledger.ranges[0].manifest.hex());
  EXPECT_EQ(look().error().code, Code::kCorrupt);
  shown = published;
  EXPECT_EQ(rules().whose.cohort_min, south_);
}

}  // namespace
}  // namespace mc::client
