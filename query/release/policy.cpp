// SPDX-License-Identifier: Apache-2.0
#include "query/release/policy.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace mc::query {
namespace {

using Reason = ReleaseReason;

struct Named {
  Reason reason;
  std::string_view name;
};
constexpr std::array kNames{
    Named{Reason::kGranted, "granted"},
    Named{Reason::kStudyUnknown, "study_unknown"},
    Named{Reason::kStudyNotActive, "study_not_active"},
    Named{Reason::kStudyExpired, "study_expired"},
    Named{Reason::kWrongDataset, "wrong_dataset"},
    Named{Reason::kWrongPurpose, "wrong_purpose"},
    Named{Reason::kPlanNotAllowed, "plan_not_allowed"},
    Named{Reason::kPlanDoesNotRecompile, "plan_does_not_recompile"},
    Named{Reason::kWrongSchema, "wrong_schema"},
    Named{Reason::kWrongEpoch, "wrong_epoch"},
    Named{Reason::kPrivacyModeNotOffered, "privacy_mode_not_offered"},
    Named{Reason::kConsentTooSimilar, "consent_too_similar"},
    Named{Reason::kCountsUnknown, "counts_unknown"},
    Named{Reason::kCohortTooSmall, "cohort_too_small"},
    Named{Reason::kGroupHidden, "group_hidden"},
    Named{Reason::kOneOwnerDominates, "one_owner_dominates"},
    Named{Reason::kRequesterKeyDiffers, "requester_key_differs"},
    Named{Reason::kRequesterKeyUnproven, "requester_key_unproven"},
    Named{Reason::kNotThePersons, "not_the_persons"},
    Named{Reason::kNoReleaseLeft, "no_release_left"},
    Named{Reason::kAuthorisationMissing, "authorisation_missing"},
    Named{Reason::kAuthorisationNotFinal, "authorisation_not_final"},
    Named{Reason::kAuthorisationDiffers, "authorisation_differs"},
    Named{Reason::kDataRootDiffers, "data_root_differs"},
    Named{Reason::kConsentRootDiffers, "consent_root_differs"},
    Named{Reason::kUploadUnproven, "upload_unproven"},
    Named{Reason::kColumnsUnopened, "columns_unopened"},
    Named{Reason::kParametersDiffer, "parameters_differ"},
    Named{Reason::kParametersUnproven, "parameters_unproven"},
    Named{Reason::kParametersUnknown, "parameters_unknown"},
    Named{Reason::kMaskDiffers, "mask_differs"},
    Named{Reason::kResultDiffers, "result_differs"},
    Named{Reason::kMultiplicandsDiffer, "multiplicands_differ"},
    Named{Reason::kAnswerShapeDiffers, "answer_shape_differs"},
    Named{Reason::kFloodingTooSmall, "flooding_too_small"},
    Named{Reason::kRhoTooSmall, "rho_too_small"},
    Named{Reason::kReleaseVoid, "release_void"},
};

std::string differ(std::string_view what, const Hash256& claimed, const Hash256& own) {
  return std::string(what) + " is " + claimed.hex() + ", this custodian has " + own.hex();
}

ReleaseDecision refuse(Reason reason, std::string sentence) {
  return {reason, std::move(sentence)};
}

/// What the members decided, and whether it still holds.
ReleaseDecision check_study(const ReleaseFacts& facts) {
  const StudyFacts& study = facts.study;
  if (!study.exists) return refuse(Reason::kStudyUnknown, "the chain knows no such study");
  if (!study.active) return refuse(Reason::kStudyNotActive, "the study has not been approved by every chamber");
  if (facts.now >= study.expires_at) {
    return refuse(Reason::kStudyExpired, "the study expired at " + std::to_string(study.expires_at) +
                                             ", the final block is of " + std::to_string(facts.now));
  }
  if (study.dataset != facts.dataset || facts.plan_dataset != facts.dataset) {
    return refuse(Reason::kWrongDataset, "the study is about data set " + study.dataset + " and the plan about " +
                                             facts.plan_dataset + ", this custodian serves " + facts.dataset);
  }
  const auto& purposes = facts.purposes_consented;
  if (std::find(purposes.begin(), purposes.end(), study.purpose) == purposes.end()) {
    return refuse(Reason::kWrongPurpose, "the consent mask is not for the study's purpose " + study.purpose);
  }
  const auto& allowed = study.plans_allowed;
  if (std::find(allowed.begin(), allowed.end(), facts.plan) == allowed.end()) {
    return refuse(Reason::kPlanNotAllowed, "the study does not allow the plan " + facts.plan.hex());
  }
  if (study.releases_left == 0) return refuse(Reason::kNoReleaseLeft, "the study has no release left");
  return {};
}

/// The commons, the plan and the requester's key.
ReleaseDecision check_setting(const ReleaseFacts& facts) {
  const GuardedFacts& guarded = facts.guarded;
  if (facts.privacy == PrivacyMode::kExact && (guarded.opens_counts || guarded.counts_known || guarded.rho_nano != 0)) {
    return refuse(Reason::kPrivacyModeNotOffered,
                  "this commons is founded as exact: it opens no counts first and has no privacy budget");
  }
  if (!guarded.not_offered.empty()) return refuse(Reason::kPrivacyModeNotOffered, guarded.not_offered);
  if (facts.claims.epoch != facts.epoch) {
    return refuse(Reason::kWrongEpoch, "the authorisation is for key epoch " + std::to_string(facts.claims.epoch) +
                                           ", this custodian holds epoch " + std::to_string(facts.epoch));
  }
  if (facts.plan_schema != facts.schema) {
    return refuse(Reason::kWrongSchema, differ("the plan's schema", facts.plan_schema, facts.schema));
  }
  if (!facts.plan_recompiles) {
    return refuse(Reason::kPlanDoesNotRecompile, "the plan is not what its own SQL compiles to");
  }
  if (facts.requester_key != facts.study.requester_key) {
    return refuse(Reason::kRequesterKeyDiffers,
                  differ("the study's requester key", facts.study.requester_key, facts.requester_key));
  }
  if (!facts.requester_key_proven) {
    return refuse(Reason::kRequesterKeyUnproven, "nobody has proven to hold the secret of the requester key");
  }
  if (!facts.not_the_persons.empty()) return refuse(Reason::kNotThePersons, facts.not_the_persons);
  return {};
}

ReleaseDecision refuse_by(const BrokenRule& broken) {
  const bool share = broken.rule == DisclosureRule::kLargestShare;
  return refuse(share ? Reason::kOneOwnerDominates : Reason::kCohortTooSmall, broken.sentence);
}

/// What a guarded commons demands before anything is computed (R18).
ReleaseDecision check_guards(const ReleaseFacts& facts) {
  if (facts.privacy == PrivacyMode::kExact) return {};
  const GuardedFacts& guarded = facts.guarded;
  if (guarded.voided) {
    return refuse(Reason::kReleaseVoid, "the committee has refused this release on chain; it is void for ever");
  }
  if (!guarded.consent_too_similar.empty()) return refuse(Reason::kConsentTooSimilar, guarded.consent_too_similar);
  if (guarded.never_enough) return refuse_by(*guarded.never_enough);
  if ((guarded.opens_counts || facts.is_run) && guarded.names_counts) {
    return refuse(Reason::kCountsUnknown,
                  "an authorisation that opens counts, or begins a run, names none that were opened before: it would "
                  "not pay for them");
  }
  if (guarded.opens_counts || facts.is_run) return {};  // a run opens nothing of a person's
  if (!guarded.counts_known) {
    return refuse(Reason::kCountsUnknown,
                  "this custodian has not added up the counts of this plan, data and consent that the authorisation "
                  "names; open them first");
  }
  if (guarded.refused) return refuse_by(*guarded.refused);
  if (guarded.shows_hidden) {
    return refuse(Reason::kGroupHidden,
                  "a group, or a row, bin or stratum of one, would be shown that may stand on too few persons");
  }
  return {};
}

/// What the researcher sealed (R23): known to be hers before it is forced, and forced before anything depends on it.
ReleaseDecision check_parameters(const ReleaseFacts& facts) {
  const ParameterFacts& parameters = facts.parameters;
  if (parameters.wanted != parameters.named) {
    return refuse(Reason::kParametersDiffer, parameters.wanted
                                                 ? "the plan has sealed parameters, the authorisation names none"
                                                 : "the authorisation names sealed parameters, the plan has none");
  }
  if (!parameters.wanted) return {};
  if (facts.is_run && !parameters.unproven.empty()) return refuse(Reason::kParametersUnproven, parameters.unproven);
  if (facts.is_run || parameters.forced) return {};
  return refuse(
      Reason::kParametersUnknown,
      "this custodian has not forced the parameters that the authorisation names; ask again, so that they are "
      "forced with this custodian");
}

/// What the noise costs (R19).
ReleaseDecision check_rho(const ReleaseFacts& facts) {
  if (facts.privacy == PrivacyMode::kExact || facts.guarded.rho_nano >= facts.guarded.rho_needed_nano) return {};
  return refuse(Reason::kRhoTooSmall, "the authorisation pays rho " + std::to_string(facts.guarded.rho_nano) +
                                          " * 10^-9, with this noise the answers cost " +
                                          std::to_string(facts.guarded.rho_needed_nano));
}

/// The authorisation on chain, and each of its fields against what the custodian recomputed.
ReleaseDecision check_authorisation(const ReleaseFacts& facts) {
  const AuthorisationClaims& claims = facts.claims;
  if (!facts.authorisation_on_chain)
    return refuse(Reason::kAuthorisationMissing, "the authorisation is not recorded on chain");
  if (!facts.authorisation_final)
    return refuse(Reason::kAuthorisationNotFinal, "the authorisation is on chain but not final yet");
  if (facts.authorisation_hash != facts.authorisation_hash_on_chain) {
    return refuse(Reason::kAuthorisationDiffers,
                  differ("the authorisation on chain", facts.authorisation_hash_on_chain, facts.authorisation_hash));
  }
  if (claims.plan != facts.plan) {
    return refuse(Reason::kPlanNotAllowed, differ("the authorisation's plan", claims.plan, facts.plan));
  }
  if (claims.requester_key != facts.requester_key) {
    return refuse(Reason::kRequesterKeyDiffers,
                  differ("the authorisation's requester key", claims.requester_key, facts.requester_key));
  }
  if (claims.data_root != facts.data_root) {
    return refuse(Reason::kDataRootDiffers, differ("the authorisation's data root", claims.data_root, facts.data_root));
  }
  if (claims.consent_root != facts.consent_root || facts.consent_root_on_chain != facts.consent_root) {
    const Hash256& other =
        claims.consent_root != facts.consent_root ? claims.consent_root : facts.consent_root_on_chain;
    return refuse(Reason::kConsentRootDiffers, differ("the consent root", other, facts.consent_root));
  }
  if (!facts.uploads_proven) {
    return refuse(Reason::kUploadUnproven,
                  "an upload does not prove that its owner knows what is in it: " + facts.unproven_upload);
  }
  if (!facts.unopened_columns.empty()) {
    return refuse(Reason::kColumnsUnopened,
                  "the question multiplies more conditions and values of a person than proofs of uploads bound, and " +
                      facts.unopened_columns);
  }
  if (claims.mask != facts.mask)
    return refuse(Reason::kMaskDiffers, differ("the authorisation's mask", claims.mask, facts.mask));
  if (claims.result != facts.result) {
    return refuse(Reason::kResultDiffers, differ("the authorisation's result", claims.result, facts.result));
  }
  if (!facts.multiplicands_exact) {
    return refuse(Reason::kMultiplicandsDiffer,
                  "the authorisation was not recorded with exactly the multiplicands of its result: digests of other "
                  "ciphertexts would decide of which day their keys are");
  }
  return {};
}

ReleaseDecision check_answers(const ReleaseFacts& facts) {
  const auto& claimed = facts.claims.sigma_log2;
  const auto& required = facts.sigma_log2_required;
  if (!facts.answers_as_planned || required.empty() != facts.is_run || claimed.size() != required.size()) {
    return refuse(Reason::kAnswerShapeDiffers, "the plan releases " + std::to_string(required.size()) +
                                                   " sums at its release level, the authorisation speaks of " +
                                                   std::to_string(claimed.size()));
  }
  for (std::size_t i = 0; i < required.size(); ++i) {
    if (claimed[i] >= required[i]) continue;
    return refuse(Reason::kFloodingTooSmall, "sum S" + std::to_string(i) + " would be flooded with 2^" +
                                                 std::to_string(claimed[i]) + ", its noise bound needs 2^" +
                                                 std::to_string(required[i]));
  }
  return {};
}

}  // namespace

std::string_view reason_name(ReleaseReason reason) {
  for (const Named& named : kNames) {
    if (named.reason == reason) return named.name;
  }
  MC_CHECK(false && "every reason has a name");
}

ReleaseDecision decide_release(const ReleaseFacts& facts) {
  for (const auto check :
       {check_study, check_setting, check_guards, check_parameters, check_authorisation, check_answers, check_rho}) {
    ReleaseDecision decision = check(facts);
    if (!decision.granted()) return decision;
  }
  return {Reason::kGranted, "every clause holds"};
}

}  // namespace mc::query
