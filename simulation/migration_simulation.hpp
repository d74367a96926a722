// SPDX-License-Identifier: Apache-2.0
// A committee hands its commons over to the next one (R12), over a bad wire: the real migration_party of every old
// custodian that takes part, behind a driver that loses messages and memory.
#pragma once

#include "simulation/keygen_simulation.hpp"

namespace mc::simulation {

/// From the committee that `from` keyed to the one that `to` keyed. `cast`: the old one, with those who lie in it.
///   promises  before the timelock nothing is approved; without liars whoever takes part ends with one key, which is
///   the
///             key that any other t custodians and everybody who reads the board get; with liars either that, or a
///             sentence names one and the others do it without; what was sealed for the old committee then opens under
///             the new one's key
///   errors    kConflict: a broken promise
Result<std::string> simulate_migration(const Cast& cast, const KeygenOutcome& from, const KeygenOutcome& to,
                                       World& world);

}  // namespace mc::simulation
