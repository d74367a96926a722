// SPDX-License-Identifier: Apache-2.0
// A run: a computation that the committee refreshes on its way (R14), authorised before its first share (R6, R7).
// A run has an authorisation of its own, recorded on chain like a release's. What comes out cannot be known before it
// has run, but follows from what is known: its plan, its data, its mask and what is sealed for it. So `result` of a
// run's authorisation is a commitment to those, and no list of numbers: run_commitment. The numbers are released under
// a second authorisation, which names them whole. See docs/design/0020.
#pragma once

#include "protocol/authorisation.hpp"

namespace mc::protocol {

/// What a run's authorisation says instead of a result: study, release number, plan, data root, consent root, mask,
/// parameters. Unique for an authorisation, so that the chain's record of when it was seen first is the run's own.
Hash256 run_commitment(const Authorisation& authorisation);

/// Whether an authorisation is a run's: its result is the commitment, and it promises no flooding.
bool is_run(const Authorisation& authorisation);

}  // namespace mc::protocol
