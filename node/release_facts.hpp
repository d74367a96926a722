// SPDX-License-Identifier: Apache-2.0
// Gathers what a custodian must know before it answers, and lets query/release/policy decide. First everything that
// only needs reading; a call that fails there costs no execution. Then the recomputation, and the decision on all
// facts.
#pragma once

#include <functional>
#include <optional>

#include "client/release_request.hpp"
#include "fhe/threshold/requester_key.hpp"
#include "node/forced_parameters.hpp"
#include "node/guarded_desk.hpp"
#include "node/opening_desk.hpp"
#include "node/verifier.hpp"

namespace mc::node {

struct CheckedRelease {
  std::shared_ptr<const client::Recomputed> result;  // of a run its commitment alone; shared with the run that made it
  query::Plan plan;
  query::RulesInForce rules;  // of a guarded commons
  client::DatasetView view;
  fhe::RequesterKey requester_key;
  std::optional<client::SealedParameters> sealed;  // of a run that forces parameters
  // From the same final block as everything else (R11).
  std::uint64_t final_time_s = 0;
  std::uint64_t authorised_s = 0;
  std::vector<std::uint64_t> first_opened_s;  // of every answer; 0 where the chain does not say
};

/// What this custodian computed in runs: nothing else is released of a plan that needs refreshes (R7).
struct OwnRuns {
  /// What an authorisation of exactly the run's study, plan, data, consent and mask releases: all, or a part of it.
  using Part = std::function<client::Recomputed(const client::Recomputed& run)>;
  std::function<std::shared_ptr<const client::Recomputed>(const protocol::Authorisation& release, const Part& part)>
      finished;
  const ForcedParameters& forced;
};

/// kRefused with "<reason>: sentence" when a clause fails; other codes when chain or store cannot be read. A run
/// (protocol::is_run) is checked by the same clauses; it has no result yet. So is a call that opens counts.
/// `openings`: of a commons that opens columns, otherwise null. `again`: the authorisation has been answered before
/// (Verifier::execute, which says being_executed).
Result<CheckedRelease> check_release(const client::ReleaseCall& call, const client::CommonsDocument& document,
                                     const governance::CommonsChain& chain, Verifier& verifier, const OwnRuns& own_runs,
                                     GuardedDesk& desk, const OpeningDesk* openings, bool again = false);

}  // namespace mc::node
