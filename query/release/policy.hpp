// SPDX-License-Identifier: Apache-2.0
// The custodian's check: everything that must be true before it makes a share, as one pure function, one reason per
// clause. It decides on facts the custodian read from the final chain and recomputed itself (R7); what a compute node
// or a requester says is never a fact, only something to compare.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/strong.hpp"
#include "query/release/rules_in_force.hpp"

namespace mc::query {

enum class ReleaseReason : std::uint8_t {
  kGranted,
  kStudyUnknown,
  kStudyNotActive,
  kStudyExpired,
  kWrongDataset,
  kWrongPurpose,
  kPlanNotAllowed,
  kPlanDoesNotRecompile,
  kWrongSchema,
  kWrongEpoch,
  kPrivacyModeNotOffered,
  kConsentTooSimilar,
  kCountsUnknown,
  kCohortTooSmall,
  kGroupHidden,
  kOneOwnerDominates,
  kRequesterKeyDiffers,
  kRequesterKeyUnproven,
  kNotThePersons,
  kNoReleaseLeft,
  kAuthorisationMissing,
  kAuthorisationNotFinal,
  kAuthorisationDiffers,
  kDataRootDiffers,
  kConsentRootDiffers,
  kUploadUnproven,
  kColumnsUnopened,
  kParametersDiffer,
  kParametersUnproven,
  kParametersUnknown,
  kMaskDiffers,
  kResultDiffers,
  kMultiplicandsDiffer,
  kAnswerShapeDiffers,
  kFloodingTooSmall,
  kRhoTooSmall,
  kReleaseVoid,
};

/// The word in JSON and logs, e.g. "plan_not_allowed".
std::string_view reason_name(ReleaseReason reason);

enum class PrivacyMode : std::uint8_t { kExact, kGuarded };

/// The study as the chain has it at the final block.
struct StudyFacts {
  bool exists = false;
  bool active = false;           // every chamber has approved
  std::uint64_t expires_at = 0;  // seconds since 1970
  std::string dataset;
  std::string purpose;  // DUO code
  std::vector<Hash256> plans_allowed;
  Hash256 requester_key;
  std::uint32_t releases_left = 0;  // before this one
};

/// What the authorisation claims (R6); the custodian compares each field with its own value.
struct AuthorisationClaims {
  Hash256 data_root, consent_root, mask, result, requester_key, plan;
  std::uint32_t epoch = 0;
  std::vector<std::uint32_t> sigma_log2;  // one per answer
};

/// Of a guarded commons (R18, R19).
struct GuardedFacts {
  std::string not_offered;  // why this plan is not answered here; empty when it is
  // Persons who consent now or did in a cohort that was asked before, and not in both: a sentence when too few.
  std::string consent_too_similar;
  std::optional<BrokenRule> never_enough;  // too few persons consent for anything to be shown
  bool opens_counts = false;               // the authorisation opens counts to the custodians
  bool names_counts = false;               // it names counts that were opened before
  // Of a release: the counts that it says were opened for it, as this custodian added them up.
  bool counts_known = false;          // for this plan, data and consent
  std::optional<BrokenRule> refused;  // why nothing may be shown
  bool shows_hidden = false;          // a group that may not be shown is among the released
  std::uint64_t rho_nano = 0;         // what the authorisation pays
  std::uint64_t rho_needed_nano = 0;
  bool voided = false;  // the committee refused the release on chain
};

/// Of a plan whose parameters the researcher seals (R21, R23).
struct ParameterFacts {
  bool wanted = false;   // the plan has some
  bool named = false;    // the authorisation names what was sealed for them
  std::string unproven;  // of a run that forces them: what is wrong with what was handed over; empty when nothing is
  bool forced = true;    // of everything after: this custodian has forced exactly these, for this plan
};

struct ReleaseFacts {
  StudyFacts study;
  std::uint64_t now = 0;  // time of the final block
  // From the commons this custodian serves.
  std::string dataset;
  std::uint32_t epoch = 0;
  PrivacyMode privacy = PrivacyMode::kExact;
  ParameterFacts parameters;
  GuardedFacts guarded;                         // in an exact commons: what the authorisation must not ask for
  std::vector<std::string> purposes_consented;  // that the consent mask was computed for
  // Recomputed.
  Hash256 schema, plan_schema;
  std::string plan_dataset;
  Hash256 plan;  // of the bytes received
  bool plan_recompiles = false;
  Hash256 requester_key;  // of the key bytes received
  bool requester_key_proven = false;
  std::string
      not_the_persons;  // of a plan about one record: why the key is not her own; empty when it is, or no such plan
  Hash256 data_root, consent_root_on_chain, consent_root, mask, result;
  bool uploads_proven = false;                     // R21: of every published manifest
  std::string unproven_upload;                     // a sentence, unless they are
  std::string unopened_columns;                    // why columns that must have been opened once bound nothing (0047)
  bool is_run = false;                             // of a training plan, which releases nothing itself (R14)
  bool answers_as_planned = false;                 // count, parts, level and scale
  std::vector<std::uint32_t> sigma_log2_required;  // one per answer
  // The authorisation: its hash on chain, the hash of the bytes received, and what those bytes say.
  bool authorisation_on_chain = false;
  bool authorisation_final = false;
  bool multiplicands_exact = false;  // it recorded the digests of this result, and no others
  Hash256 authorisation_hash_on_chain, authorisation_hash;
  AuthorisationClaims claims;
};

struct ReleaseDecision {
  ReleaseReason reason = ReleaseReason::kGranted;
  std::string sentence;
  [[nodiscard]] bool granted() const { return reason == ReleaseReason::kGranted; }
};

/// The first clause that fails, or kGranted. Pure; no clause is skipped on success.
ReleaseDecision decide_release(const ReleaseFacts& facts);

}  // namespace mc::query
