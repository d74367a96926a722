// SPDX-License-Identifier: Apache-2.0
// Consent bytes come from strangers: what is accepted has one encoding, and a state that takes it keeps its promises.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "governance/consent_state.hpp"
#include "governance/duo.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::governance;
  const mc::ByteView bytes(data, size);
  if (const auto statement = decode_consent_statement(bytes)) {
    MC_CHECK(mc::equal_secret(encode(*statement), bytes));
    ConsentState state(statement->statement.dataset, {"MedicalCommons", "1", 1, {}});
    MC_CHECK(!state.apply(*statement));  // nobody has attested that person
  }
  if (const auto attestation = decode_consent_attestation(bytes)) {
    MC_CHECK(mc::equal_secret(encode(*attestation), bytes));
    ConsentState state(attestation->dataset, {"MedicalCommons", "1", 1, {}});
    MC_CHECK(state.apply(*attestation).has_value());
    for (const InitialLeaf& leaf : attestation->leaves) {
      const ConsentLeaf held = state.leaf(attestation->owner, leaf.person).value_or_stop();
      const ConsentProof proof = state.prove(attestation->owner, leaf.person).value_or_stop();
      MC_CHECK(verify_consent(state.root(), attestation->dataset, state.size(), held, proof));
    }
    (void)state.mask(attestation->owner, 100, kGeneralResearch, 0);
  }
  return 0;
}
