// SPDX-License-Identifier: Apache-2.0
// How long a question will take: what there is to do (query/plan/work.hpp) times what one of each takes on this
// machine, tried out on the spot with polynomials of the commons' own parameters.
#pragma once

#include "fhe/ckks/params.hpp"
#include "query/plan/work.hpp"

namespace mc::client {

/// Seconds of one core for one of each, at a level.
struct UnitTimes {
  double load = 0;        // unpack, hash, mask and divide a sealed ciphertext
  double product = 0;     // multiply and add, without relinearising
  double switch_key = 0;  // relinearise and divide by one prime
  double open = 0;        // hash a ciphertext and take its coefficient 0
  double share = 0;       // one piece's share of one refreshed polynomial, written and hashed
  double combine = 0;     // read a piece's share of one polynomial and add it
};

/// Tries each a few times and takes the middle: some 0.2 s in `standard`.
UnitTimes measure_units(const fhe::ParamsPtr& params, std::size_t level);

/// Where a question is computed.
struct Workplace {
  std::size_t cores = 2;        // of this machine
  std::size_t custodians = 3;   // that execute it again, or in a run together
  std::size_t pieces = 3;       // C
  std::size_t pieces_held = 2;  // by each custodian
  bool is_one_machine = true;   // compute node and all custodians share the cores
};

/// Seconds from question to answer, without what the chain and the network take. In a guarded commons counts are
/// released before the other sums, and each release is executed; of a run both are parts of what it has computed.
///   range   measured times were between half and twice of it on a quiet machine (bench/foreseen_times.sh)
double estimate_seconds(const query::PlanWork& work, bool is_run, bool is_guarded, const UnitTimes& units,
                        const Workplace& place);

/// Transactions that an authorisation waits for, the requester's key, and the release: about, on a chain that confirms
/// at once.
inline constexpr double kCeremonySeconds = 0.15;

/// Another authorisation, keys for the counts, and what custodians say to each other and to the requester of them.
inline constexpr double kCountsSeconds = 0.3;

/// What a refresh waits for beside everybody's work: each custodian's ledger and journal on a disk, and messages. 13 ms
/// for the files of three custodians on one virtual disk, November 2026.
inline constexpr double kStepSeconds = 0.02;

/// What the units leave out: additions, plaintexts, transport, and waiting for the slowest of a step. Measured in
/// November 2026 on a quiet machine of two cores: 1.3 for a mean, 1.7 for a linear and 1.6 for a logistic regression.
inline constexpr double kUncounted = 1.5;

}  // namespace mc::client
