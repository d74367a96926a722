// SPDX-License-Identifier: Apache-2.0
#include "node/run_desk.hpp"

#include <algorithm>

#include "node/result_shelf.hpp"

namespace mc::node {

std::shared_ptr<CustodianRun> RunDesk::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<client::RunReply> RunDesk::start(const client::ReleaseCall& call, CheckedRelease checked) {
  const Hash256 id = protocol::hash_authorisation(call.authorisation);
  std::shared_ptr<CustodianRun> before = current();
  if (before && before->id() == id && !before->may_begin_again()) return remember(*before, before->now(call.bytes_for));
  const auto busy = [](const CustodianRun& run) {
    return fail(Code::kUnavailable, "this custodian is in the run " + run.id().hex() + "; try again when it has ended");
  };
  if (before && before->id() != id && !before->gives_way()) return busy(*before);
  MC_TRY(RunSetting setting, setting_(call, std::move(checked)));
  std::shared_ptr<CustodianRun> run;
  {
    const std::lock_guard lock(mutex_);
    if (current_ != before && current_->id() != id) return busy(*current_);
    if (current_ == before) current_ = std::make_shared<CustodianRun>(std::move(setting));
    run = current_;
  }
  before.reset();  // it waits for the others, or has ended: that is quick
  return remember(*run, run->now(call.bytes_for));
}

Result<client::RunReply> RunDesk::step(client::RunStepCall call) {
  const std::shared_ptr<CustodianRun> run = current();
  if (!run || run->id() != call.run) {
    return fail(Code::kNotFound, "the run " + call.run.hex() + " is not under way here");
  }
  return remember(*run, run->next(std::move(call)));
}

/// Of a run that has come to its end the result.
Result<client::RunReply> RunDesk::remember(const CustodianRun& run, Result<client::RunReply> reply) {
  if (!reply || !std::holds_alternative<client::RunReceipt>(*reply)) return reply;
  const std::shared_ptr<const client::Recomputed> result = run.result();
  if (result && !result->numbers.empty()) {
    forced_.remember(run.forces(), result->numbers);
    return reply;
  }
  if (!result) return reply;
  const std::lock_guard lock(mutex_);
  const auto same = [&](const Ended& one) { return one.of == run.of() && one.result->result == result->result; };
  if (std::ranges::any_of(finished_, same)) return reply;
  finished_.push_back({run.of(), result});
  while (finished_.size() > 1 && (finished_.size() > kFinishedRunsMax || finished_bytes_locked() > kFinishedBytesMax)) {
    finished_.pop_front();
  }
  return reply;
}

std::size_t RunDesk::finished_bytes_locked() const {
  std::size_t bytes = 0;
  for (const Ended& one : finished_) bytes += held_bytes(*one.result);
  return bytes;
}

std::size_t RunDesk::finished_bytes() const {
  const std::lock_guard lock(mutex_);
  return finished_bytes_locked();
}

std::shared_ptr<const client::Recomputed> RunDesk::finished(const protocol::Authorisation& release,
                                                            const Part& part) const {
  std::vector<std::shared_ptr<const client::Recomputed>> of_the_same;
  {
    const std::lock_guard lock(mutex_);
    for (const Ended& one : finished_) {
      if (one.of == RunOf::of(release)) of_the_same.push_back(one.result);
    }
  }
  for (const auto& result : of_the_same) {
    if (!part && result->result == release.result) return result;
    if (!part) continue;
    auto taken = std::make_shared<const client::Recomputed>(part(*result));
    if (taken->result == release.result) return taken;
  }
  return nullptr;
}

}  // namespace mc::node
