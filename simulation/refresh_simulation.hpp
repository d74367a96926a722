// SPDX-License-Identifier: Apache-2.0
// Collective refreshes of a simulated committee (R14).
#pragma once

#include "protocol/refresh_party.hpp"
#include "simulation/release_simulation.hpp"

namespace mc::simulation {

/// Refreshes `values` encrypted constants into one ciphertext each while the custodians in `dead` do not answer.
///   promises  check_verdict, where right means that the new ciphertexts decrypt to the values; with nobody lying and t
///             custodians alive it comes out
///   errors    kConflict: a broken promise
Result<Ending> simulate_refresh(Committee& committee, const fhe::PublicKey& collective, std::uint32_t number,
                                std::size_t values, const std::set<CustodianId>& dead, World& world);

}  // namespace mc::simulation
