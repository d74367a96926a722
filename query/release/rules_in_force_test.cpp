// SPDX-License-Identifier: Apache-2.0
// The strictest of commons, study and owners holds: each attack is mounted on rules that leave the owner's out, too.
#include "query/release/rules_in_force.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Demand kCommons{"the commons", {.cohort_min = 3, .cell_min = 3, .difference_min = 3}};
const Demand kStudy{"the study", {.cohort_min = 5, .cell_min = 4}};

OwnerSlots consenting_hospital(std::string name, std::uint64_t begin, std::size_t rows, std::size_t consenting) {
  OwnerSlots slots{std::move(name), {begin, rows}, std::vector<std::uint8_t>(rows, 0)};
  std::fill_n(slots.consent.begin(), consenting, std::uint8_t{1});
  return slots;
}

Demand owner(std::string name, const data::OwnerRules& rules) {
  return {std::move(name), demanded_by(rules)};
}

/// The commons, a study that adds little, a north without rules and a strict south.
class TwoHospitals : public ::testing::Test {
 protected:
  [[nodiscard]] RulesInForce rules(std::size_t consenting_in_south) const {
    const Demand sites[] = {kCommons, kStudy};
    const Demand owners[] = {south_};
    return rules_in_force(sites, owners, slots(consenting_in_south));
  }
  [[nodiscard]] static std::vector<OwnerSlots> slots(std::size_t consenting_in_south) {
    return {consenting_hospital("0xaa", 0, 300, 300), consenting_hospital("0xbb", 300, 12, consenting_in_south)};
  }
  [[nodiscard]] static RulesInForce without_owners() {
    const Demand sites[] = {kCommons, kStudy};
    return rules_in_force(sites, {}, slots(12));
  }

  Demand south_ = owner("0xbb", {200, 20, 0});
};

/// Of a plan whose groups have no strata: so many persons in each.
GuardedVerdict judge_persons(const Plan& plan, const std::vector<double>& persons, const RulesInForce& rules) {
  std::vector<NoisyCount> counts;
  for (const double count : persons) counts.push_back({count, 0});
  return judge_groups(plan, counts, rules);
}

TEST_F(TwoHospitals, EachRuleIsTheStrictestAndSaysWhoseItIs) {
  const RulesInForce in_force = rules(12);
  EXPECT_EQ(in_force.rules.cohort_min, 200U);
  EXPECT_EQ(in_force.whose.cohort_min, "0xbb");
  EXPECT_EQ(in_force.rules.cell_min, 20U);
  EXPECT_EQ(in_force.whose.cell_min, "0xbb");
  EXPECT_EQ(in_force.rules.difference_min, 3U) << "hers is for differences that she is in";
  EXPECT_EQ(in_force.whose.difference_min, "the commons");
  EXPECT_EQ(in_force.whose.round_to, "") << "nobody rounds";
  EXPECT_EQ(without_owners().whose.cohort_min, "the study");
  EXPECT_THAT(rules_text(in_force),
              HasSubstr("a cohort of at least 200 (owner 0xbb), cells of at least 20 (owner 0xbb)"));
}

TEST(RulesInForce, TheFirstOfEquallyStrictOnesIsNamedAndARoundingOfTwoIsSeverals) {
  const Demand sites[] = {{"the commons", {.cohort_min = 5, .round_to = 2}},
                          {"the study", {.cohort_min = 5, .round_to = 5}}};
  const RulesInForce in_force = rules_in_force(sites, {}, {});
  EXPECT_EQ(in_force.whose.cohort_min, "the commons");
  EXPECT_EQ(in_force.rules.round_to, 10U);
  EXPECT_EQ(in_force.whose.round_to, "several");
  EXPECT_EQ(rules_text(rules_in_force({}, {}, {})), "none");
}

// Attack: propose a study that demands less than the strictest hospital.
TEST_F(TwoHospitals, AStudyThatAsksForLessThanTheStrictestSiteIsRefusedByThatSitesRule) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE sex = 'F'");
  EXPECT_FALSE(judge_persons(plan, {150}, without_owners()).refused) << "the attack: without her rules it is answered";
  const GuardedVerdict verdict = judge_persons(plan, {150}, rules(12));
  EXPECT_TRUE(verdict.refused);
  EXPECT_EQ(verdict.rule, DisclosureRule::kMinimumCohort);
  EXPECT_THAT(verdict.sentence, HasSubstr("fewer than 200 persons (minimum_cohort of owner 0xbb)"));
  EXPECT_THAT(verdict.sentence, Not(HasSubstr("150")));
  EXPECT_FALSE(judge_persons(plan, {200}, rules(12)).refused);
}

// Attack: a table with rows that the commons and the study would show.
TEST_F(TwoHospitals, ARowThatIsTooSmallForOneSiteIsHiddenForAll) {
  const Plan plan = clinic_plan("SELECT smoker, count(*) FROM clinic GROUP BY smoker");
  ASSERT_EQ(count_moments(plan).size(), 4U);
  const std::vector<double> persons{150, 15, 25, 110};
  EXPECT_THAT(judge_persons(plan, persons, without_owners()).shown, ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(judge_persons(plan, persons, rules(12)).shown, ElementsAre(1, 0, 0, 1))
      << "and the smallest other one with it";
  const GuardedVerdict none = judge_persons(plan, {15, 15, 15, 170}, rules(12));
  EXPECT_THAT(none.shown, ElementsAre(0, 0, 0, 1));
}

// Attack: word the WHERE so that it seems to leave the strict hospital's patients out. Who is in the cohort is
// encrypted, so that her rules hold as long as one of hers consents; they hold no longer than that.
TEST_F(TwoHospitals, AnOwnersRulesHoldFromHerFirstConsentingRecordOnAndNotBefore) {
  EXPECT_EQ(rules(1).rules.cohort_min, 200U);
  EXPECT_EQ(rules(0).rules.cohort_min, 5U);
  EXPECT_EQ(rules(0).whose.cohort_min, "the study");
  EXPECT_FALSE(judge_persons(clinic_plan("SELECT count(*) FROM clinic"), {150}, rules(0)).refused);
  EXPECT_TRUE(judge_persons(clinic_plan("SELECT count(*) FROM clinic"), {150}, rules(1)).refused);
}

// Attack: ask with the strict hospital, keeping her rules, and then without her, under a purpose that her patients do
// not allow: the difference is her twelve patients, of whom she shows no fewer than twenty.
TEST_F(TwoHospitals, LeavingAnOwnerOutByPurposeIsADifferenceThatHerRuleIsFor) {
  const std::vector<std::vector<OwnerSlots>> asked{slots(12)};
  RulesInForce forgetful = rules(0);
  forgetful.owners.clear();
  EXPECT_TRUE(check_consent_difference(asked, slots(0), forgetful)) << "the attack: the commons wants three persons";
  const Status refused = check_consent_difference(asked, slots(0), rules(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("differs by 12 persons"));
  EXPECT_THAT(refused.error().message, HasSubstr("at least 20 are demanded by owner 0xbb"));
  // The other way round as well, and nothing of it concerns a difference that she is not in.
  const std::vector<std::vector<OwnerSlots>> without{slots(0)};
  EXPECT_FALSE(check_consent_difference(without, slots(12), rules(12)));
  std::vector<OwnerSlots> fewer_in_north = slots(12);
  std::fill_n(fewer_in_north[0].consent.begin(), 4, std::uint8_t{0});
  EXPECT_TRUE(check_consent_difference(asked, fewer_in_north, rules(12)));
}

// Attack: one hospital has nearly all patients; whoever else takes part subtracts its own and reads that hospital's.
TEST_F(TwoHospitals, ANumberIsShownOnlyWhenNoOwnerCanBeMoreThanTheLargestShareOfIt) {
  south_ = owner("0xbb", {0, 0, 80});
  const auto with = [&](std::size_t north, std::size_t south) {
    const Demand sites[] = {kCommons, kStudy};
    const Demand owners[] = {south_};
    const std::vector<OwnerSlots> slots{consenting_hospital("0xaa", 0, 300, north),
                                        consenting_hospital("0xbb", 300, 300, south)};
    return std::pair{rules_in_force(sites, owners, slots),
                     broken_by_consents(rules_in_force(sites, owners, slots), slots)};
  };
  const auto [balanced, fine] = with(120, 100);
  EXPECT_FALSE(fine);
  EXPECT_EQ(balanced.share_min(), 150U) << "120 of 150 are 80 %";
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic");
  EXPECT_FALSE(judge_persons(plan, {149}, without_owners()).refused) << "the attack: 120 of 149 may be the north's";
  const GuardedVerdict verdict = judge_persons(plan, {149}, balanced);
  EXPECT_TRUE(verdict.refused);
  EXPECT_EQ(verdict.rule, DisclosureRule::kLargestShare);
  EXPECT_THAT(verdict.sentence, HasSubstr("fewer than 150 persons (largest_share of owner 0xbb)"));
  EXPECT_FALSE(judge_persons(plan, {150}, balanced).refused);
  // Before any count: 290 of 300 are more than 80 %, whatever is asked.
  const auto [lopsided, broken] = with(290, 10);
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->rule, DisclosureRule::kLargestShare);
  EXPECT_THAT(broken->sentence, HasSubstr("300 persons consent, too few for any answer: at least 363"));
}

TEST_F(TwoHospitals, TooFewConsentingPersonsAreKnownBeforeAnythingIsOpened) {
  south_ = owner("0xbb", {313, 0, 0});
  const auto broken = broken_by_consents(rules(12), slots(12));
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->rule, DisclosureRule::kMinimumCohort);
  EXPECT_EQ(broken->sentence,
            "312 persons consent, too few for any answer: at least 313 are demanded (minimum_cohort of owner 0xbb)");
  south_ = owner("0xbb", {312, 0, 0});
  EXPECT_FALSE(broken_by_consents(rules(12), slots(12)));
}

TEST(RulesInForce, AnOwnersRowsAreNoLargerThanHerCohortAndItsDifferencesAreRows) {
  const DisclosureRules demanded = demanded_by({0, 10, 70});
  EXPECT_EQ(demanded.cohort_min, 10U);
  EXPECT_EQ(demanded.difference_min, 10U);
  EXPECT_EQ(demanded.largest_share, 70U);
  EXPECT_TRUE(demanded.empty_cells_shown);
}

TEST(RulesInForce, OfSeveralSharesTheSmallestHoldsAndNoOwnersCountOverflowsIt) {
  const DisclosureRules sites[] = {{.largest_share = 80}, {}, {.largest_share = 60}};
  EXPECT_EQ(strictest(sites).largest_share, 60U);
  RulesInForce rules{{.largest_share = 1}};
  rules.largest_owner = std::uint64_t{1} << 40;
  EXPECT_EQ(rules.share_min(), UINT32_MAX);
}

}  // namespace
}  // namespace mc::query
