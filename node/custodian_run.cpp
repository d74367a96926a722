// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_run.hpp"

#include <algorithm>

#include "node/process_memory.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kParametersUnverified =
    "parameters_unverified: too few custodians took part to see a lie about the parameters; they are forced when "
    "enough answer";
constexpr std::string_view kRunUnverified =
    "run_unverified: too few custodians took part to see a lie about what is computed; ask again when enough answer";

std::size_t held_bytes(const protocol::RefreshMessage& message) {
  std::size_t bytes = 0;
  for (const protocol::PieceBytes& piece : message.bytes) bytes += piece.bytes.size();
  return bytes;
}

client::RunShare share_of(std::uint32_t step, const protocol::RefreshMessage& message,
                          std::span<const fhe::PieceId> bytes_for) {
  client::RunShare share{step, {message.statement.subject, message.statement, {}}};
  for (const protocol::PieceBytes& piece : message.bytes) {
    if (std::ranges::find(bytes_for, piece.piece) != bytes_for.end()) share.message.bytes.push_back(piece);
  }
  return share;
}

}  // namespace

/// What others' messages are judged against. Whoever judges some holds it meanwhile: the run may be gone by then.
struct CustodianRun::Meeting {
  Meeting(const RunSetting& setting, protocol::RefreshRequest request, query::RefreshStep asked)
      : step(std::move(asked)), work(*setting.params, std::move(request), step.inputs), context{setting.params,
                                                                                                setting.shape,
                                                                                                setting.identities,
                                                                                                &work.request(),
                                                                                                step.inputs,
                                                                                                &work,
                                                                                                step.within_masks} {}

  const query::RefreshStep step;
  const protocol::RefreshWork work;
  std::shared_ptr<const protocol::RefreshMessage> own;
  protocol::RefreshContext context;
};

/// Messages that can be combined; `matched` refers to them.
struct CustodianRun::Matched {
  std::vector<protocol::RefreshMessage> messages;
  protocol::MatchedRefresh matched;
};

class CustodianRun::Refreshing final : public query::Refresher {
 public:
  explicit Refreshing(CustodianRun& run) : run_(run) {}
  Result<std::vector<fhe::Ciphertext>> refresh(query::RefreshStep step) override {
    return run_.refresh(std::move(step));
  }

 private:
  CustodianRun& run_;
};

CustodianRun::CustodianRun(RunSetting setting) : setting_(std::move(setting)), thread_([this] { run(); }) {}

CustodianRun::~CustodianRun() {
  give_up();
  thread_.join();
}

void CustodianRun::give_up() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return error_ || result_; });
}

void CustodianRun::run() {
  Refreshing refreshing(*this);
  auto result = setting_.compute(refreshing);
  return_free_memory();  // of all that was made on the way
  const std::lock_guard lock(mutex_);
  execute_ms_ = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_).count());
  MC_CHECK(!result || !setting_.needs_all || verified_);  // take() has turned fewer away
  if (result) {
    result_ = std::make_shared<const client::Recomputed>(std::move(*result));
  } else {
    error_ = result.error();
  }
  since_ = Clock::now();
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
  request.map = step.map;
  const auto meeting = std::make_shared<Meeting>(setting_, std::move(request), std::move(step));
  MC_TRY(protocol::RefreshMessage message, setting_.answer(meeting->work, meeting->step));
  meeting->own = std::make_shared<const protocol::RefreshMessage>(std::move(message));
  meeting->context.own = meeting->own.get();
  MC_TRY(const std::unique_ptr<Matched> others, wait_for_others(meeting));
  MC_TRY(protocol::Refreshed refreshed, protocol::open_refresh(meeting->context, std::move(others->matched)));
  if (refreshed.verdict.assurance == protocol::Assurance::kDisputed) {
    std::string sentence =
        "the custodians contradict each other at refresh " + std::to_string(meeting->work.request().step) + ":";
    for (const protocol::Dispute& dispute : refreshed.verdict.disputes) sentence += " " + dispute.text();
    return fail(Code::kRefused, sentence);
  }
  const std::lock_guard lock(mutex_);
  verified_ = verified_ && refreshed.verdict.assurance == protocol::Assurance::kVerified;
  return std::move(refreshed.outputs);
}

/// Waits until others' messages have come that can be combined, or that contradict each other.
Result<std::unique_ptr<CustodianRun::Matched>> CustodianRun::wait_for_others(std::shared_ptr<const Meeting> meeting) {
  std::unique_lock lock(mutex_);
  meeting_ = std::move(meeting);
  const Clock::time_point now = Clock::now();
  slowest_step_ = std::max(slowest_step_, now - since_);
  since_ = now;
  changed_.notify_all();
  changed_.wait(lock, [&] { return stopping_ || matched_ != nullptr; });
  if (stopping_) return fail(Code::kUnavailable, "the run was given up");
  return std::move(matched_);
}

/// Judges messages to a refresh on the caller's thread, so that whoever brings bad ones keeps nobody else waiting. The
/// first that can be combined are taken.
Status CustodianRun::take(const std::shared_ptr<const Meeting>& meeting, std::vector<client::RunMessage> messages) {
  auto others = std::make_unique<Matched>();
  for (client::RunMessage& message : messages)
    others->messages.push_back({std::move(message.statement), std::move(message.bytes)});
  MC_TRY(others->matched, protocol::match_refresh(meeting->context, others->messages));
  const std::lock_guard lock(mutex_);
  if (meeting_ != meeting) return {};
  // The run would end without a result: whoever brings some of what the custodians said must not be able to do that.
  if (setting_.needs_all && others->matched.verdict.assurance == protocol::Assurance::kUnverified) {
    too_few_came_ = true;
    return fail(Code::kRefused, std::string(setting_.forces ? kParametersUnverified : kRunUnverified));
  }
  matched_ = std::move(others);
  previous_ = held_bytes(*meeting->own) <= setting_.repeated_bytes_max ? meeting->own : nullptr;
  meeting_.reset();
  too_few_came_ = false;
  since_ = Clock::now();
  ++step_;
  changed_.notify_all();
  return {};
}

Result<client::RunReply> CustodianRun::next(client::RunStepCall call) {
  std::unique_lock lock(mutex_);
  if (const auto meeting = meeting_; meeting && !result_ && !error_ && call.step == step_ + 1) {
    lock.unlock();
    MC_TRY_STATUS(take(meeting, std::move(call.messages)));
    lock.lock();
  }
  wait_for_answer(lock, call.step);
  return reply_locked(call.step, call.bytes_for);
}

/// Whoever drives the run hears of a step's end without asking a hundred times: one caller may wait, for a short while.
/// A stranger who takes that place takes nothing else, for whoever finds it taken is answered at once and asks again.
void CustodianRun::wait_for_answer(std::unique_lock<std::mutex>& lock, std::uint32_t step) {
  const auto is_computing = [&] { return !stopping_ && !error_ && !result_ && !meeting_ && step == step_; };
  if (somebody_waits_) return;
  somebody_waits_ = true;
  changed_.wait_for(lock, kWaitMax, [&] { return !is_computing(); });
  somebody_waits_ = false;
}

Result<client::RunReply> CustodianRun::now(std::span<const fhe::PieceId> bytes_for) const {
  const std::lock_guard lock(mutex_);
  return reply_locked(step_, bytes_for);
}

Result<client::RunReply> CustodianRun::reply_locked(std::uint32_t step, std::span<const fhe::PieceId> bytes_for) const {
  if (error_) return fail(*error_);
  if (previous_ && step + 1 == step_) return client::RunReply(share_of(step, *previous_, bytes_for));
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
  if (stopping_) return fail(Code::kUnavailable, "the run was given up");
  if (step != step_) {
    return fail(Code::kConflict,
                "the run is at refresh " + std::to_string(step_) + ", asked was for " + std::to_string(step));
  }
  if (!meeting_) return client::RunReply(client::RunPending{step_});
  return client::RunReply(share_of(step_, *meeting_->own, bytes_for));
}

std::shared_ptr<const client::Recomputed> CustodianRun::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

std::chrono::milliseconds CustodianRun::idle() const {
  const std::lock_guard lock(mutex_);
  if (!meeting_) return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since_);
}

bool CustodianRun::ended() const {
  const std::lock_guard lock(mutex_);
  return error_ || result_;
}

bool CustodianRun::may_begin_again_locked() const {
  if (error_) return true;
  const Clock::duration enough = std::max<Clock::duration>(setting_.patience, 3 * slowest_step_);
  return (meeting_ || result_) && Clock::now() - since_ >= std::min<Clock::duration>(enough, setting_.patience_max);
}

bool CustodianRun::may_begin_again() const {
  const std::lock_guard lock(mutex_);
  return may_begin_again_locked();
}

bool CustodianRun::gives_way() const {
  const std::lock_guard lock(mutex_);
  if (error_ || result_ || (meeting_ && Clock::now() - since_ >= setting_.patience_max)) return true;
  return too_few_came_ && may_begin_again_locked();
}

}  // namespace mc::node
