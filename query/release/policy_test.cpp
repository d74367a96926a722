// SPDX-License-Identifier: Apache-2.0
// One test per clause: everything is right but one thing.
#include "query/release/policy.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace mc::query {
namespace {

Hash256 hash_of(std::string_view text) {
  return sha256(view_of(text));
}

ReleaseFacts good_facts() {
  ReleaseFacts facts;
  facts.study = {true,           true, 2000, "commons", "DUO:0000006", {hash_of("other plan"), hash_of("plan")},
                 hash_of("key"), 3};
  facts.now = 1000;
  facts.dataset = facts.plan_dataset = "commons";
  facts.epoch = facts.claims.epoch = 1;
  facts.purposes_consented = {"DUO:0000006"};
  facts.schema = facts.plan_schema = hash_of("schema");
  facts.plan = facts.claims.plan = hash_of("plan");
  facts.plan_recompiles = true;
  facts.requester_key = facts.claims.requester_key = hash_of("key");
  facts.requester_key_proven = true;
  facts.data_root = facts.claims.data_root = hash_of("data");
  facts.consent_root = facts.consent_root_on_chain = facts.claims.consent_root = hash_of("consent");
  facts.mask = facts.claims.mask = hash_of("mask");
  facts.result = facts.claims.result = hash_of("result");
  facts.uploads_proven = true;
  facts.answers_as_planned = true;
  facts.sigma_log2_required = facts.claims.sigma_log2 = {50, 51};
  facts.authorisation_on_chain = facts.authorisation_final = facts.multiplicands_exact = true;
  facts.authorisation_hash = facts.authorisation_hash_on_chain = hash_of("authorisation");
  return facts;
}

TEST(Policy, GrantsWhenEveryClauseHolds) {
  EXPECT_TRUE(decide_release(good_facts()).granted());
  ReleaseFacts more = good_facts();
  more.claims.sigma_log2 = {60, 60};
  EXPECT_TRUE(decide_release(more).granted());
}

TEST(Policy, ForgottenFactsRefuse) {
  EXPECT_FALSE(decide_release(ReleaseFacts{}).granted());
}

struct Clause {
  const char* name;
  ReleaseReason reason;
  std::function<void(ReleaseFacts&)> spoil;
};

class PolicyClause : public ::testing::TestWithParam<Clause> {};

TEST_P(PolicyClause, RefusesWithItsOwnReason) {
  ReleaseFacts facts = good_facts();
  GetParam().spoil(facts);
  const ReleaseDecision decision = decide_release(facts);
  EXPECT_EQ(decision.reason, GetParam().reason) << reason_name(decision.reason) << ": " << decision.sentence;
  EXPECT_FALSE(decision.sentence.empty());
}

const Hash256 kOther = hash_of("something else");
using Reason = ReleaseReason;
using Facts = ReleaseFacts;

INSTANTIATE_TEST_SUITE_P(
    EveryClause, PolicyClause,
    ::testing::Values(
        Clause{"KeyOfSomebodyElse", Reason::kNotThePersons, [](Facts& f) { f.not_the_persons = "it is another's"; }},
        Clause{"StudyUnknown", Reason::kStudyUnknown, [](Facts& f) { f.study.exists = false; }},
        Clause{"StudyNotActive", Reason::kStudyNotActive, [](Facts& f) { f.study.active = false; }},
        Clause{"StudyExpired", Reason::kStudyExpired, [](Facts& f) { f.now = 2000; }},
        Clause{"StudyAboutOtherData", Reason::kWrongDataset, [](Facts& f) { f.study.dataset = "elsewhere"; }},
        Clause{"PlanAboutOtherData", Reason::kWrongDataset, [](Facts& f) { f.plan_dataset = "elsewhere"; }},
        Clause{"Purpose", Reason::kWrongPurpose, [](Facts& f) { f.study.purpose = "DUO:0000042"; }},
        Clause{"PlanNotAllowed", Reason::kPlanNotAllowed, [](Facts& f) { f.study.plans_allowed.pop_back(); }},
        Clause{"AuthorisationForOtherPlan", Reason::kPlanNotAllowed,
               [](Facts& f) { f.claims.plan = hash_of("other plan"); }},
        Clause{"PlanRecompiles", Reason::kPlanDoesNotRecompile, [](Facts& f) { f.plan_recompiles = false; }},
        Clause{"Schema", Reason::kWrongSchema, [](Facts& f) { f.plan_schema = kOther; }},
        Clause{"Epoch", Reason::kWrongEpoch, [](Facts& f) { f.claims.epoch = 2; }},
        Clause{"CountsOfAnExactCommons", Reason::kPrivacyModeNotOffered,
               [](Facts& f) { f.guarded.opens_counts = true; }},
        Clause{"RhoOfAnExactCommons", Reason::kPrivacyModeNotOffered, [](Facts& f) { f.guarded.rho_nano = 1; }},
        Clause{"KeyOfStudy", Reason::kRequesterKeyDiffers, [](Facts& f) { f.study.requester_key = kOther; }},
        Clause{"KeyOfAuthorisation", Reason::kRequesterKeyDiffers, [](Facts& f) { f.claims.requester_key = kOther; }},
        Clause{"KeyProof", Reason::kRequesterKeyUnproven, [](Facts& f) { f.requester_key_proven = false; }},
        Clause{"ReleasesLeft", Reason::kNoReleaseLeft, [](Facts& f) { f.study.releases_left = 0; }},
        Clause{"AuthorisationMissing", Reason::kAuthorisationMissing,
               [](Facts& f) { f.authorisation_on_chain = false; }},
        Clause{"AuthorisationNotFinal", Reason::kAuthorisationNotFinal,
               [](Facts& f) { f.authorisation_final = false; }},
        Clause{"AuthorisationHash", Reason::kAuthorisationDiffers, [](Facts& f) { f.authorisation_hash = kOther; }},
        Clause{"DataRoot", Reason::kDataRootDiffers, [](Facts& f) { f.claims.data_root = kOther; }},
        Clause{"ConsentRootClaimed", Reason::kConsentRootDiffers, [](Facts& f) { f.claims.consent_root = kOther; }},
        Clause{"ConsentRootOnChain", Reason::kConsentRootDiffers, [](Facts& f) { f.consent_root_on_chain = kOther; }},
        Clause{"UploadUnproven", Reason::kUploadUnproven, [](Facts& f) { f.uploads_proven = false; }},
        Clause{"ColumnsUnopened", Reason::kColumnsUnopened, [](Facts& f) { f.unopened_columns = "not all opened"; }},
        Clause{"Mask", Reason::kMaskDiffers, [](Facts& f) { f.claims.mask = kOther; }},
        Clause{"Result", Reason::kResultDiffers, [](Facts& f) { f.claims.result = kOther; }},
        Clause{"ForeignMultiplicands", Reason::kMultiplicandsDiffer, [](Facts& f) { f.multiplicands_exact = false; }},
        Clause{"AnswerShape", Reason::kAnswerShapeDiffers, [](Facts& f) { f.answers_as_planned = false; }},
        Clause{"AnswerCount", Reason::kAnswerShapeDiffers, [](Facts& f) { f.claims.sigma_log2.pop_back(); }},
        Clause{"NoAnswers", Reason::kAnswerShapeDiffers,
               [](Facts& f) { f.claims.sigma_log2 = f.sigma_log2_required = {}; }},
        Clause{"Flooding", Reason::kFloodingTooSmall, [](Facts& f) { f.claims.sigma_log2[1] = 50; }}),
    [](const auto& clause) { return std::string(clause.param.name); });

ReleaseFacts good_guarded_facts() {
  ReleaseFacts facts = good_facts();
  facts.privacy = PrivacyMode::kGuarded;
  facts.guarded.counts_known = true;
  facts.guarded.rho_nano = facts.guarded.rho_needed_nano = 500;
  return facts;
}

TEST(GuardedPolicy, GrantsWhenEveryClauseHolds) {
  EXPECT_TRUE(decide_release(good_guarded_facts()).granted());
  ReleaseFacts counts = good_guarded_facts();
  counts.guarded.opens_counts = true;
  counts.guarded.counts_known = false;
  EXPECT_TRUE(decide_release(counts).granted()) << "the counts come first";
}

TEST(GuardedPolicy, ARunThatForcesParametersNeedsNoCountsAndNothingForced) {
  ReleaseFacts run = good_guarded_facts();
  run.is_run = true;
  run.guarded.counts_known = false;
  run.guarded.rho_needed_nano = 0;
  run.parameters = {true, true, "", false};
  run.claims.sigma_log2 = run.sigma_log2_required = {};
  EXPECT_TRUE(decide_release(run).granted()) << decide_release(run).sentence;
  ReleaseFacts after = good_guarded_facts();
  after.parameters = {true, true, "", true};
  EXPECT_TRUE(decide_release(after).granted());
}

class GuardedClause : public ::testing::TestWithParam<Clause> {};

TEST_P(GuardedClause, RefusesWithItsOwnReason) {
  ReleaseFacts facts = good_guarded_facts();
  GetParam().spoil(facts);
  const ReleaseDecision decision = decide_release(facts);
  EXPECT_EQ(decision.reason, GetParam().reason) << reason_name(decision.reason) << ": " << decision.sentence;
}

INSTANTIATE_TEST_SUITE_P(
    EveryClause, GuardedClause,
    ::testing::Values(
        Clause{"NotOffered", Reason::kPrivacyModeNotOffered, [](Facts& f) { f.guarded.not_offered = "a model"; }},
        Clause{"Void", Reason::kReleaseVoid, [](Facts& f) { f.guarded.voided = true; }},
        Clause{"ConsentOfOneMore", Reason::kConsentTooSimilar, [](Facts& f) { f.guarded.consent_too_similar = "one"; }},
        Clause{"ConsentOfOneMoreForCounts", Reason::kConsentTooSimilar,
               [](Facts& f) {
                 f.guarded.opens_counts = true;
                 f.guarded.consent_too_similar = "one";
               }},
        Clause{"NoCounts", Reason::kCountsUnknown, [](Facts& f) { f.guarded.counts_known = false; }},
        // Attack: counts that another study paid for, opened for nothing by naming that study's.
        Clause{"CountsThatNameCounts", Reason::kCountsUnknown,
               [](Facts& f) {
                 f.guarded.opens_counts = true;
                 f.guarded.names_counts = true;
               }},
        Clause{"ARunThatNamesCounts", Reason::kCountsUnknown,
               [](Facts& f) {
                 f.is_run = true;
                 f.guarded.names_counts = true;
               }},
        Clause{"ParametersOfAPlanWithoutAny", Reason::kParametersDiffer, [](Facts& f) { f.parameters.named = true; }},
        Clause{"ParametersNotNamed", Reason::kParametersDiffer, [](Facts& f) { f.parameters.wanted = true; }},
        Clause{"ParametersUnknown", Reason::kParametersUnknown,
               [](Facts& f) {
                 f.parameters = {true, true, "", false};
               }},
        Clause{"ParametersUnknownForCounts", Reason::kParametersUnknown,
               [](Facts& f) {
                 f.guarded.opens_counts = true;
                 f.parameters = {true, true, "", false};
               }},
        Clause{"ParametersUnproven", Reason::kParametersUnproven,
               [](Facts& f) {
                 f.is_run = true;
                 f.parameters = {true, true, "no proof", false};
               }},
        Clause{"SmallCohort", Reason::kCohortTooSmall,
               [](Facts& f) {
                 f.guarded.refused = {DisclosureRule::kMinimumCohort, "too few"};
               }},
        Clause{"SmallCells", Reason::kCohortTooSmall,
               [](Facts& f) {
                 f.guarded.refused = {DisclosureRule::kSuppressBelow, "too few"};
               }},
        Clause{"LargeOwner", Reason::kOneOwnerDominates,
               [](Facts& f) {
                 f.guarded.refused = {DisclosureRule::kLargestShare, "mostly hers"};
               }},
        Clause{"TooFewConsentForAnything", Reason::kCohortTooSmall,
               [](Facts& f) {
                 f.guarded.opens_counts = true;
                 f.guarded.never_enough = {DisclosureRule::kMinimumCohort, "too few"};
               }},
        Clause{"OneOwnerHasNearlyAllWhoConsent", Reason::kOneOwnerDominates,
               [](Facts& f) {
                 f.guarded.opens_counts = true;
                 f.guarded.never_enough = {DisclosureRule::kLargestShare, "mostly hers"};
               }},
        Clause{"HiddenGroup", Reason::kGroupHidden, [](Facts& f) { f.guarded.shows_hidden = true; }},
        Clause{"Cheap", Reason::kRhoTooSmall, [](Facts& f) { f.guarded.rho_nano = 499; }},
        Clause{"CheapCounts", Reason::kRhoTooSmall,
               [](Facts& f) {
                 f.guarded.opens_counts = true;
                 f.guarded.rho_nano = 499;
               }}),
    [](const auto& clause) { return std::string(clause.param.name); });

TEST(Policy, EveryReasonHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::kReleaseVoid); ++i) names.insert(reason_name(static_cast<Reason>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Reason::kReleaseVoid) + 1);
}

}  // namespace
}  // namespace mc::query
