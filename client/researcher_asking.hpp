// SPDX-License-Identifier: Apache-2.0
// The state of one question on its way through Researcher; for its own sources.
#pragma once

#include <chrono>

#include "client/researcher.hpp"
#include "client/run_messages.hpp"
#include "client/sealed_parameters.hpp"

namespace mc::client {

/// Milliseconds since construction.
class StopWatch {
 public:
  [[nodiscard]] double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The state of one question on its way.
struct Researcher::Asking {
  Answer answer;
  fhe::ParamsPtr params;
  governance::Study study;
  DatasetView view;
  query::RulesInForce rules;  // of a guarded commons
  QueryReceipt receipt;
  RunReceipt run;              // of a guarded commons' run: of all that its releases take parts of
  query::PlanPart part;        // what is executed and released just now
  Recomputed bounds;           // without answers; of a training plan empty
  std::uint64_t rho_nano = 0;  // of a guarded commons: what the question may cost
  KnownSigmas known;           // its sums that were released before
  GuardedNoise noise;
  PartNoise part_noise;  // of the part
  Hash256 counts;        // the authorisation that opened the counts; zero in an exact commons
  ParameterBits bits;    // of sealed parameters
  Hash256 parameters;    // of what was sealed; zero where the plan has none
  protocol::Authorisation authorisation;
  std::vector<protocol::PublicIdentity> identities;
  std::vector<CustodianId> available;  // custodians that answered when they were looked for
  std::vector<protocol::ShareMessage> messages;
  std::vector<protocol::Equivocation> equivocations;
  protocol::Opened opened;
  StepFunction step;
  StopWatch total;

  void begin(const std::string& what) const {
    if (step) step(what);
  }
};

}  // namespace mc::client
