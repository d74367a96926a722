// SPDX-License-Identifier: Apache-2.0
// A consent as an HL7 FHIR Consent resource: R5 and R4 are read, either is written. Only what this commons can enforce
// is read; a rule with an actor, an action, a data filter or rules within it is refused, for leaving it out would use a
// record for what its patient did not permit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "governance/consent.hpp"
#include "governance/consent_state.hpp"

namespace mc::governance {

inline constexpr std::size_t kFhirConsentBytesMax = std::size_t{256} << 10;

enum class FhirRelease : std::uint8_t { kR4, kR5 };

/// What a resource says that a patient can sign.
struct FhirConsent {
  ConsentAction action = ConsentAction::kRevoke;
  DataUse use;
  std::uint64_t expiry_s = 0;  // of a grant; 0: never
  friend bool operator==(const FhirConsent&, const FhirConsent&) = default;
};

/// Reads an active Consent whose one rule permits or denies one DUO purpose, perhaps for a Mondo disease, with DUO
/// modifiers, until the end of its period. A modifier with a value stands beside a code of the value's system.
///   errors  kParse with the path of what is wrong; kUnsupported for what cannot be enforced here
Result<FhirConsent> fhir_consent_from_json(std::string_view text);

/// The resource that says what stands on record for a person, `status` active. Reading it gives the same use and end.
std::string fhir_consent_to_json(const Hash256& dataset, const ConsentLeaf& leaf, FhirRelease release);

/// Seconds since 1970 of a FHIR date or instant in UTC: "2027-03-01" is its first second, "2027-03-01T12:00:00Z".
/// kParse otherwise; years 1970 to 9999.
Result<std::uint64_t> fhir_time_s(std::string_view text);
/// "2027-03-01T12:00:00Z"
std::string fhir_time_text(std::uint64_t time_s);

}  // namespace mc::governance
