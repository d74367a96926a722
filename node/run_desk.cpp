// SPDX-License-Identifier: Apache-2.0
#include "node/run_desk.hpp"

#include <algorithm>
#include <utility>

#include "node/result_shelf.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {

std::shared_ptr<CustodianRun> RunDesk::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<client::RunReply> RunDesk::start(const client::ReleaseCall& call, CheckedRelease checked) {
  const Hash256 id = protocol::hash_authorisation(call.authorisation);
  std::shared_ptr<CustodianRun> before = current();
  if (before && before->id() == id && !before->may_begin_again()) return remember(*before, before->now(call.bytes_for));
  // Whoever asks next may ask for another one: this one's result is kept although nobody has heard of it.
  if (before && before->ended()) (void)remember(*before, before->now({}));
  const auto busy = [](const CustodianRun& run) {
    return protocol::refuse(protocol::Refusal::kBeingExecuted, Code::kUnavailable,
                            "this custodian is in the run " + run.id().hex() + "; try again when it has ended");
  };
  {
    const std::lock_guard lock(mutex_);
    const auto ended = std::ranges::find(finished_, id, &Ended::id);
    if (ended != finished_.end()) return client::RunReply(ended->receipt);
    const bool is_overtaken = before && is_repetition_locked(before->id()) && !is_repetition_locked(id);
    if (before && before->id() != id && !before->gives_way() && !is_overtaken) return busy(*before);
  }
  MC_TRY(RunSetting setting, setting_(call, std::move(checked)));
  // It may be computing a step: who begins the next run is not kept waiting for that.
  setting.compute = [earlier = before, compute = std::move(setting.compute)](query::Refresher& refresher) mutable {
    if (const auto given_up = std::exchange(earlier, nullptr)) given_up->give_up();
    return compute(refresher);
  };
  std::shared_ptr<CustodianRun> run;
  {
    const std::lock_guard lock(mutex_);
    if (current_ != before && current_->id() != id) return busy(*current_);
    if (current_ == before) {
      note_begun_locked(id);
      current_ = std::make_shared<CustodianRun>(std::move(setting));
    }
    run = current_;
  }
  return remember(*run, run->now(call.bytes_for));
}

bool RunDesk::is_repetition_locked(const Hash256& id) const {
  const auto found = begun_.find(id);
  return found != begun_.end() && found->second >= kBegunMax;
}

void RunDesk::note_begun_locked(const Hash256& id) {
  const auto [found, is_new] = begun_.emplace(id, 0);
  ++found->second;
  if (is_new) begun_order_.push_back(id);
  if (begun_order_.size() <= kBegunRunsMax) return;
  begun_.erase(begun_order_.front());
  begun_order_.pop_front();
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
  if (!result) return reply;
  const std::lock_guard lock(mutex_);
  if (const auto begun = begun_.find(run.id()); begun != begun_.end()) begun->second = kBegunMax;
  if (!result->numbers.empty()) {
    forced_.remember(run.forces(), result->numbers);
    return reply;
  }
  const auto same = [&](const Ended& one) { return one.of == run.of() && one.result->result == result->result; };
  if (std::ranges::any_of(finished_, same)) return reply;
  finished_.push_back({run.id(), run.of(), result, std::get<client::RunReceipt>(*reply)});
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
