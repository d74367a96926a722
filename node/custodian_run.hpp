// SPDX-License-Identifier: Apache-2.0
// A custodian's side of a run: the computation on a thread of its own, which stops at every refresh until the others'
// shares have come. It believes nothing that comes: inputs of a refresh are those that it computed itself (R7), its own
// share is always among those that are combined, and what is combined is compared first (R8). Anybody may ask: one
// caller waits a second at most for what is being computed, everybody else is answered at once (docs/design/0057).
// Thread-safe.
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

/// RunSetting::patience_max and RunSetting::repeated_bytes_max.
inline constexpr std::chrono::seconds kRunPatience{120};
inline constexpr std::size_t kRepeatedBytesMax = std::size_t{128} << 20;

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
  /// A run that waits for the others longer than this, and thrice as long as its slowest step took, or that ended so
  /// long ago, is begun again when somebody asks for it: a custodian that was restarted is at the beginning.
  std::chrono::milliseconds patience{15'000};
  /// Any other run may take the place of one that has waited so long for its next step, and nobody has to wait longer.
  std::chrono::milliseconds patience_max = kRunPatience;
  /// What a custodian said to the refresh before is kept for others who have not got it, unless it is longer.
  std::size_t repeated_bytes_max = kRepeatedBytesMax;
};

/// So long one caller is kept waiting for a step that is being computed, before it is told so.
inline constexpr std::chrono::milliseconds kWaitMax{1'000};

class CustodianRun {
 public:
  /// Starts computing.
  explicit CustodianRun(RunSetting setting);
  /// Stops at the next refresh and waits for it.
  ~CustodianRun();

  /// Takes the others' messages to the step before, if this custodian is still waiting for them, and returns what it
  /// says to `call.step`, or that it is computing that: to one caller after kWaitMax, to others who call meanwhile at
  /// once. Asked again, it says the same; of the step before, too.
  /// Messages that nobody on the committee signed, and too few, are turned away and the run waits on: whoever reaches a
  /// custodian can bring such.
  ///   errors  kConflict for a step that is neither this one nor a neighbour; kRefused when the custodians contradict
  ///           each other, which ends the run, for a message that is not signed, or for so few that a lie would not be
  ///           seen where `needs_all`; kUnavailable when pieces are missing; what the computation failed with
  Result<client::RunReply> next(client::RunStepCall call);
  /// Ends the run at its next refresh and waits for that; what it has come to, stays.
  void give_up();
  /// What it says at whichever step it is.
  [[nodiscard]] Result<client::RunReply> now(std::span<const fhe::PieceId> bytes_for) const;

  /// The result, once there is one: hundreds of megabytes of a large model, and there once.
  [[nodiscard]] std::shared_ptr<const client::Recomputed> result() const;
  [[nodiscard]] const Hash256& id() const { return setting_.run; }
  [[nodiscard]] const RunOf& of() const { return setting_.of; }
  [[nodiscard]] const ForcedFor& forces() const { return *setting_.forces; }
  /// Since it waits for what the others say to a refresh; 0 while it computes. Who asks in between, which anybody may,
  /// does not make an abandoned run a living one.
  [[nodiscard]] std::chrono::milliseconds idle() const;
  [[nodiscard]] bool ended() const;
  /// It failed, or nobody has brought it on for longer than its steps explain, or its result has been there for so
  /// long: another custodian may have lost its own.
  [[nodiscard]] bool may_begin_again() const;
  /// Another run may take its place.
  [[nodiscard]] bool gives_way() const;

 private:
  struct Meeting;  // one refresh, which waits for the others
  struct Matched;
  class Refreshing;
  Result<std::vector<fhe::Ciphertext>> refresh(query::RefreshStep step);
  Result<std::unique_ptr<Matched>> wait_for_others(std::shared_ptr<const Meeting> meeting);
  Status take(const std::shared_ptr<const Meeting>& meeting, std::vector<client::RunMessage> messages);
  void wait_for_answer(std::unique_lock<std::mutex>& lock, std::uint32_t step);
  Result<client::RunReply> reply_locked(std::uint32_t step, std::span<const fhe::PieceId> bytes_for) const;
  [[nodiscard]] bool may_begin_again_locked() const;
  void run();

  using Clock = std::chrono::steady_clock;
  const RunSetting setting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool somebody_waits_ = false;                               // in next()
  std::uint32_t step_ = 0;                                    // the refresh that is waited for, or will be
  std::shared_ptr<const Meeting> meeting_;                    // while it is waited for
  std::unique_ptr<Matched> matched_;                          // what the others said to the one before
  std::shared_ptr<const protocol::RefreshMessage> previous_;  // what we said to the one before
  std::shared_ptr<const client::Recomputed> result_;
  std::optional<Error> error_;
  bool verified_ = true;
  bool too_few_came_ = false;  // since the last step
  Clock::time_point started_ = Clock::now();
  Clock::time_point since_ = started_;  // of waiting, of computing, or of having ended
  Clock::duration slowest_step_{};
  std::uint32_t execute_ms_ = 0;
  std::thread thread_;  // last
};

}  // namespace mc::node
