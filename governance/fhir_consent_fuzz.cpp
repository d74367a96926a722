// SPDX-License-Identifier: Apache-2.0
// A FHIR Consent comes from other houses' software: what is read can be signed, and is written and read again as
// itself.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "governance/fhir_consent.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::governance;
  const auto read = fhir_consent_from_json({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  MC_CHECK(check_data_use(read->use).has_value());
  ConsentLeaf leaf;
  leaf.granted = read->action == ConsentAction::kGrant;
  leaf.use = read->use;
  leaf.expiry_s = read->expiry_s;
  for (const FhirRelease release : {FhirRelease::kR4, FhirRelease::kR5}) {
    MC_CHECK(fhir_consent_from_json(fhir_consent_to_json({}, leaf, release)).value_or_stop() == *read);
  }
  return 0;
}
