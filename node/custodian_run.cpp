// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_run.hpp"

#include <algorithm>

#include "node/process_memory.hpp"

namespace mc::node {
class CustodianRun::Meeting final : public query::Refresher {
 public:
  explicit Meeting(CustodianRun& run) : run_(run) {}
  Result<std::vector<fhe::Ciphertext>> refresh(query::RefreshStep step) override {
    return run_.refresh(std::move(step));
  }

 private:
  CustodianRun& run_;
};

CustodianRun::CustodianRun(RunSetting setting) : setting_(std::move(setting)), thread_([this] { run(); }) {}

CustodianRun::~CustodianRun() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CustodianRun::run() {
  Meeting meeting(*this);
  auto result = setting_.compute(meeting);
  return_free_memory();  // of all that was made on the way
  const std::lock_guard lock(mutex_);
  execute_ms_ = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_).count());
  if (result && setting_.needs_all && !verified_) {
    result = fail(Code::kRefused, setting_.forces
                                      ? "parameters_unverified: too few custodians took part to see a lie about the "
                                        "parameters; they are forced when enough answer"
                                      : "run_unverified: too few custodians took part to see a lie about what is "
                                        "computed; ask again when enough answer");
  }
  if (result) {
    result_ = std::make_shared<const client::Recomputed>(std::move(*result));
  } else {
    error_ = result.error();
  }
  changed_.notify_all();
}

Result<std::vector<fhe::Ciphertext>> CustodianRun::refresh(query::RefreshStep step) {
  protocol::RefreshRequest request;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return fail(Code::kUnavailable, "the run was given up");
    request.step = step_;
  }
  request.run = setting_.run;
  request.epoch = setting_.epoch;
  request.map = std::move(step.map);
  const protocol::RefreshWork work(*setting_.params, std::move(request), step.inputs);
  MC_TRY(protocol::RefreshMessage message, setting_.answer(work, step));
  const auto own = std::make_shared<const protocol::RefreshMessage>(std::move(message));
  const protocol::RefreshContext context{setting_.params, setting_.shape, setting_.identities, &work.request(),
                                         step.inputs,     &work,          step.within_masks,   own.get()};
  MC_TRY(protocol::Refreshed refreshed, meet(context, own));
  if (refreshed.verdict.assurance == protocol::Assurance::kDisputed) {
    std::string sentence =
        "the custodians contradict each other at refresh " + std::to_string(work.request().step) + ":";
    for (const protocol::Dispute& dispute : refreshed.verdict.disputes) sentence += " " + dispute.text();
    return fail(Code::kRefused, sentence);
  }
  const std::lock_guard lock(mutex_);
  verified_ = verified_ && refreshed.verdict.assurance == protocol::Assurance::kVerified;
  own_.reset();
  ++step_;
  return std::move(refreshed.outputs);
}

/// Waits until others' messages have come that can be combined, or that contradict each other.
Result<protocol::Refreshed> CustodianRun::meet(const protocol::RefreshContext& context,
                                               std::shared_ptr<const protocol::RefreshMessage> own) {
  {
    const std::lock_guard lock(mutex_);
    own_ = std::move(own);
    waits_since_ = std::chrono::steady_clock::now();
    turned_away_.reset();
  }
  while (true) {
    std::vector<protocol::RefreshMessage> messages;
    {
      std::unique_lock lock(mutex_);
      delivered_.reset();
      changed_.notify_all();
      changed_.wait(lock, [&] { return stopping_ || delivered_; });
      if (stopping_) return fail(Code::kUnavailable, "the run was given up");
      for (client::RunMessage& message : *delivered_) messages.push_back({message.statement, std::move(message.bytes)});
    }
    auto matched = protocol::match_refresh(context, messages);
    if (matched) return protocol::open_refresh(context, std::move(*matched));
    const std::lock_guard lock(mutex_);
    turned_away_ = matched.error();
  }
}

Result<client::RunReply> CustodianRun::next(client::RunStepCall call) {
  std::unique_lock lock(mutex_);
  // Between two refreshes `delivered_` stays, so that nobody takes the share of the last one for that of the next.
  const auto at_rest = [&] { return stopping_ || error_ || result_ || (own_ && !delivered_); };
  changed_.wait(lock, at_rest);
  if (own_ && !delivered_ && call.step == step_ + 1) {
    delivered_ = std::move(call.messages);
    turned_away_.reset();
    changed_.notify_all();
    changed_.wait(lock, at_rest);
    if (turned_away_) return fail(*turned_away_);
  }
  return reply_locked(call);
}

Result<client::RunReply> CustodianRun::reply_locked(const client::RunStepCall& call) const {
  if (error_) return fail(*error_);
  if (result_) {
    client::RunReceipt receipt;
    receipt.query.result = result_->result;
    receipt.query.sigma_log2 = result_->sigma_log2;
    receipt.query.multiplicands = result_->multiplicands;
    receipt.query.bytes_read = result_->bytes_read;
    receipt.heads = result_->heads;
    receipt.query.execute_ms = execute_ms_;
    receipt.refreshes = step_;
    receipt.verified = verified_;
    for (const fhe::Ciphertext& number : result_->numbers) {
      Writer writer;
      fhe::write_ciphertext(writer, number, *setting_.params);
      receipt.numbers.push_back(std::move(writer).bytes());
    }
    return client::RunReply(std::move(receipt));
  }
  if (stopping_ || !own_) return fail(Code::kUnavailable, "the run was given up");
  if (call.step != step_) {
    return fail(Code::kConflict,
                "the run is at refresh " + std::to_string(step_) + ", asked was for " + std::to_string(call.step));
  }
  client::RunShare share{step_, {own_->statement.subject, own_->statement, {}}};
  for (const protocol::PieceBytes& piece : own_->bytes) {
    if (std::ranges::find(call.bytes_for, piece.piece) != call.bytes_for.end()) share.message.bytes.push_back(piece);
  }
  return client::RunReply(std::move(share));
}

std::shared_ptr<const client::Recomputed> CustodianRun::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

std::chrono::seconds CustodianRun::idle() const {
  const std::lock_guard lock(mutex_);
  if (!own_) return std::chrono::seconds(0);
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - waits_since_);
}

bool CustodianRun::ended() const {
  const std::lock_guard lock(mutex_);
  return error_ || result_;
}

}  // namespace mc::node
