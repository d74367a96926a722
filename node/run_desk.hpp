// SPDX-License-Identifier: Apache-2.0
// The run that a custodian is in, one at a time, and the results of those that ended, which it releases shares of
// later. Results are ciphertexts: public, and lost when the process ends; the run is then done again, with the same
// masks.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "node/custodian_run.hpp"
#include "node/release_facts.hpp"

namespace mc::node {

class RunDesk {
 public:
  /// Makes what a checked run is done with.
  using Setting = std::function<Result<RunSetting>(const client::ReleaseCall&, CheckedRelease)>;

  explicit RunDesk(Setting setting) : setting_(std::move(setting)) {}

  /// Begins a run whose authorisation has been checked. One that is under way goes on as it is, for anybody may ask for
  /// it: it is begun again when it failed or when nobody has brought it on for a while. One that has ended says so as
  /// long as its result is kept.
  /// What has been run here before gives way to what has not, at its next refresh: who asks for it again, which anybody
  /// may as often as she likes, must not keep others from theirs.
  ///   errors  kUnavailable being_executed while another run is under way and somebody brings it on
  Result<client::RunReply> start(const client::ReleaseCall& call, CheckedRelease checked);
  /// errors  kNotFound for a run that is not under way here; CustodianRun::next's
  Result<client::RunReply> step(client::RunStepCall call);
  /// Numbers of sealed parameters, of ended runs that forced them.
  [[nodiscard]] const ForcedParameters& forced() const { return forced_; }
  /// What the results that are kept hold in memory.
  [[nodiscard]] std::size_t finished_bytes() const;
  /// What an authorisation releases, if an ended run of the same study, plan, data, consent and mask came to it: all of
  /// its result, or what `part` takes of it. By the result's hash alone, a person who has left would be in it, or
  /// another study would get it (R6, R7).
  using Part = std::function<client::Recomputed(const client::Recomputed& run)>;
  [[nodiscard]] std::shared_ptr<const client::Recomputed> finished(const protocol::Authorisation& release,
                                                                   const Part& part = {}) const;

 private:
  std::shared_ptr<CustodianRun> current() const;
  Result<client::RunReply> remember(const CustodianRun& run, Result<client::RunReply> reply);
  [[nodiscard]] std::size_t finished_bytes_locked() const;
  [[nodiscard]] bool is_repetition_locked(const Hash256& id) const;
  void note_begun_locked(const Hash256& id);

  Setting setting_;
  mutable std::mutex mutex_;
  std::shared_ptr<CustodianRun> current_;
  struct Ended {
    Hash256 id;
    RunOf of;
    std::shared_ptr<const client::Recomputed> result;
    client::RunReceipt receipt;
  };
  std::deque<Ended> finished_;
  std::map<Hash256, int> begun_;     // how often, by id; kBegunMax of one that has come to its end
  std::deque<Hash256> begun_order_;  // the oldest first
  ForcedParameters forced_;
};

/// Ended runs whose results are kept: so many, and beside the last one no more than so many bytes together (those of a
/// model of 33 coefficients have 316 MiB, of ten 40).
inline constexpr std::size_t kFinishedRunsMax = 16;
/// A run that was begun so often without coming to its end is a repetition like one that did.
inline constexpr int kBegunMax = 3;
/// Runs of which it is known that they were begun.
inline constexpr std::size_t kBegunRunsMax = 4'096;
inline constexpr std::size_t kFinishedBytesMax = std::size_t{384} << 20;

}  // namespace mc::node
