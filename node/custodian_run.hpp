// SPDX-License-Identifier: Apache-2.0
// A custodian's side of a run: the computation on a thread of its own, which stops at every refresh until the others'
// shares have come. It believes nothing that comes: inputs of a refresh are those that it computed itself (R7), its own
// share is always among those that are combined, and what is combined is compared first (R8).
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "client/recompute.hpp"
#include "client/run_messages.hpp"
#include "node/forced_parameters.hpp"
#include "protocol/refresh_party.hpp"
#include "query/execute/refresher.hpp"

namespace mc::node {

/// What a run's result is of. It is released for the same and for nothing else: consent, data and studies go on while
/// results of ended runs are kept.
struct RunOf {
  Hash256 study, plan, data_root, consent_root, mask;
  static RunOf of(const protocol::Authorisation& authorisation) {
    return {authorisation.study, authorisation.plan, authorisation.data_root, authorisation.consent_root,
            authorisation.mask};
  }
  friend bool operator==(const RunOf&, const RunOf&) = default;
};

/// What one run is about, and what it is done with.
struct RunSetting {
  fhe::ParamsPtr params;
  fhe::CommitteeShape shape;
  std::vector<protocol::PublicIdentity> identities;  // by custodian id, from the chain
  CustodianId self{};
  Epoch epoch{};
  Hash256 run;  // hash of its authorisation
  RunOf of;
  std::optional<ForcedFor> forces;  // of a run that forces parameters
  /// It ends without a result unless enough custodians took part to see a lie (R8): what they let pass bounds what is
  /// released of persons.
  bool needs_all = false;
  /// The computation; its refreshes go through the refresher.
  std::function<Result<client::Recomputed>(query::Refresher&)> compute;
  /// This custodian's shares of one refresh, bytes of all its pieces included.
  std::function<Result<protocol::RefreshMessage>(const protocol::RefreshWork&, const query::RefreshStep&)> answer;
};

class CustodianRun {
 public:
  /// Starts computing.
  explicit CustodianRun(RunSetting setting);
  /// Stops at the next refresh and waits for it.
  ~CustodianRun();

  /// Takes the others' messages to the step before, if this custodian is still waiting for them, and returns what it
  /// says to `call.step`, waiting for its computation. Asked again, it says the same. Messages that nobody on the
  /// committee signed, and too few, are turned away and the run waits on: whoever reaches a custodian can bring such.
  ///   errors  kConflict for a step that is neither this one nor the next; kRefused when the custodians contradict each
  ///           other, which ends the run, or for a message that is not signed; kUnavailable when pieces are missing;
  ///           what the computation failed with
  Result<client::RunReply> next(client::RunStepCall call);

  /// The result, once there is one: hundreds of megabytes of a large model, and there once.
  [[nodiscard]] std::shared_ptr<const client::Recomputed> result() const;
  [[nodiscard]] const Hash256& id() const { return setting_.run; }
  [[nodiscard]] const RunOf& of() const { return setting_.of; }
  [[nodiscard]] const ForcedFor& forces() const { return *setting_.forces; }
  /// Since it waits for what the others say to a refresh; 0 while it computes. Who asks in between, which anybody may,
  /// does not make an abandoned run a living one.
  [[nodiscard]] std::chrono::seconds idle() const;
  [[nodiscard]] bool ended() const;

 private:
  class Meeting;  // the refresher of this run
  Result<std::vector<fhe::Ciphertext>> refresh(query::RefreshStep step);
  Result<protocol::Refreshed> meet(const protocol::RefreshContext& context,
                                   std::shared_ptr<const protocol::RefreshMessage> own);
  Result<client::RunReply> reply_locked(const client::RunStepCall& call) const;
  void run();

  const RunSetting setting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::uint32_t step_ = 0;                                    // the refresh that is waited for, or will be
  std::shared_ptr<const protocol::RefreshMessage> own_;       // what we say to it
  std::optional<std::vector<client::RunMessage>> delivered_;  // what the others say to it
  std::optional<Error> turned_away_;                          // what was wrong with the last delivery
  std::shared_ptr<const client::Recomputed> result_;
  std::optional<Error> error_;
  bool verified_ = true;
  std::chrono::steady_clock::time_point waits_since_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::uint32_t execute_ms_ = 0;
  std::thread thread_;  // last
};

}  // namespace mc::node
