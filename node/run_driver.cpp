// SPDX-License-Identifier: Apache-2.0
#include "node/run_driver.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>

#include "client/ask_again.hpp"
#include "node/custodian_run.hpp"
#include "node/logging.hpp"
#include "protocol/comparison.hpp"

namespace mc::node {
namespace {

using Clock = std::chrono::steady_clock;

/// A custodian keeps one caller waiting until it has computed; when that is somebody else, it is asked again each time
/// a fortieth of the time it has taken so far has passed: a step takes that much longer at most, or the shorter of
/// these.
constexpr std::chrono::milliseconds kPollPauseMin{2}, kPollPauseMax{500};
constexpr int kPollFraction = 40;
/// A model of a million records takes a quarter of an hour for a step.
constexpr std::chrono::hours kStepPatience{24};
/// A custodian that is too busy to answer is asked so many times more.
constexpr int kPollTries = 3;
constexpr std::chrono::milliseconds kPollRetryPause{300};
/// Custodians that an earlier driver left at different steps begin again when they have waited: until then they are
/// asked to, from time to time.
constexpr std::chrono::seconds kBeginAgainPause{3};

using Senders = std::map<CustodianId, std::vector<fhe::PieceId>>;

class Driver {
 public:
  Driver(const client::CommonsDocument& document, const fhe::CommitteeShape& shape,
         std::span<const protocol::PublicIdentity> identities, const client::ReleaseCall& call,
         const client::TransportFactory& connect, const std::function<void(std::uint32_t)>& told)
      : told_(told),
        document_(document),
        shape_(shape),
        identities_(identities),
        call_(call),
        id_(protocol::hash_authorisation(call.authorisation)) {
    for (std::uint8_t i = 0; i < shape.custodians(); ++i) {
      lines_.emplace(CustodianId(i), connect(document.custodians[i].url, "custodian " + std::to_string(i)));
    }
  }

  Result<DrivenRun> run() {
    MC_TRY_STATUS(begin());
    while (true) {
      MC_TRY_STATUS(bring_together());
      MC_TRY(const bool done, ended());
      if (done) return finished();
      MC_TRY_STATUS(complete_step());
      MC_TRY_STATUS(carry());
      if (told_) told_(++carried_);
    }
  }

 private:
  using Question = std::function<Result<Bytes>(CustodianId)>;

  /// Who sends the bytes of which piece.
  Status choose() {
    std::vector<CustodianId> live;
    for (const auto& [id, line] : lines_) live.push_back(id);
    auto senders = protocol::choose_senders(shape_, live);
    if (senders) {
      senders_ = std::move(*senders);
      return {};
    }
    if (refusal_) return fail(*refusal_);
    return busy_ ? fail(*busy_) : fail(senders.error());
  }

  [[nodiscard]] std::vector<fhe::PieceId> wanted_of(CustodianId id) const {
    const auto found = senders_.find(id);
    return found == senders_.end() ? std::vector<fhe::PieceId>() : found->second;
  }

  /// Custodians are somewhere in this run when it has been driven before: from there it goes on.
  Status begin() {
    MC_TRY_STATUS(choose());
    const Clock::time_point start = Clock::now();
    while (true) {
      MC_TRY_STATUS(ask_all([this](CustodianId id) {
        client::ReleaseCall call = call_;
        call.bytes_for = wanted_of(id);
        return lines_.at(id)->post("/v1/runs", client::encode_release_call(call), client::kBinary,
                                   client::kRunBytesMax);
      }));
      MC_TRY_STATUS(leave_behind());
      const auto [first, last] = steps();
      if (last <= first + 1 || Clock::now() - start > 2 * kRunPatience) return {};
      std::this_thread::sleep_for(kBeginAgainPause);
    }
  }

  /// Whoever was restarted has lost a run to whose end the others have come: they do not begin it again (run_desk.hpp).
  Status leave_behind() {
    std::vector<CustodianId> ended;
    std::vector<CustodianId> others;
    for (const auto& [id, reply] : replies_) {
      (std::holds_alternative<client::RunReceipt>(reply) ? ended : others).push_back(id);
    }
    if (others.empty() || !protocol::choose_senders(shape_, ended)) return {};
    for (const CustodianId id : others) drop(id, {Code::kUnavailable, "the others have ended this run without it"});
    return choose();
  }

  /// The step of a reply; of one that has ended, that after its last.
  static std::uint32_t step_of(const client::RunReply& reply) {
    if (const auto* receipt = std::get_if<client::RunReceipt>(&reply)) return receipt->refreshes;
    return std::get<client::RunShare>(reply).step;
  }
  /// The first step at which somebody is, and the last.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> steps() const {
    const auto at = [](const auto& one) { return step_of(one.second); };
    const auto [first, last] = std::ranges::minmax_element(replies_, {}, at);
    return {at(*first), at(*last)};
  }

  /// Who is one step ahead, because an earlier driver ended or another one drives beside this, says once more what it
  /// said to the step of the others.
  Status bring_together() {
    const std::uint32_t first = steps().first;
    std::vector<CustodianId> ahead;
    for (const auto& [id, reply] : replies_) {
      if (step_of(reply) == first + 1) ahead.push_back(id);
    }
    if (ahead.empty() || ahead.size() == replies_.size()) return {};
    return ask_each(ahead, [this, first](CustodianId id) { return ask_again(id, first); });
  }

  [[nodiscard]] Result<Bytes> ask_again(CustodianId id, std::uint32_t step) const {
    return lines_.at(id)->post("/v1/runs/step", client::encode_run_step_call({id_, step, wanted_of(id), {}}),
                               client::kBinary, client::kRunBytesMax);
  }

  /// Asks every custodian that is left, at once. Who fails drops out of this run.
  Status ask_all(const Question& question) {
    std::vector<CustodianId> everybody;
    for (const auto& [id, line] : lines_) everybody.push_back(id);
    return ask_each(everybody, question);
  }
  Status ask_each(const std::vector<CustodianId>& asked, const Question& question) {
    std::vector<std::optional<Result<client::RunReply>>> replies(asked.size());
    std::vector<std::uint64_t> bytes(asked.size(), 0);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      threads.emplace_back([&, i] {
        bool damaged = false;
        replies[i] = ask(question, asked[i], bytes[i], damaged);
        if (damaged) replies[i] = ask(question, asked[i], bytes[i], damaged);
      });
    }
    threads.clear();
    for (std::size_t i = 0; i < asked.size(); ++i) {
      out_.bytes_carried += bytes[i];
      if (*replies[i]) {
        replies_[asked[i]] = std::move(**replies[i]);
      } else {
        drop(asked[i], replies[i]->error());
      }
    }
    return choose();
  }

  /// One question, and its answer when there is one. `damaged` when what came is not what the custodian can have sent:
  /// it says the same when asked again.
  Result<client::RunReply> ask(const Question& question, CustodianId id, std::uint64_t& bytes, bool& damaged) const {
    const Clock::time_point start = Clock::now();
    MC_TRY(client::RunReply reply, ask_once(question, id, bytes, damaged));
    Clock::time_point asked = start;
    int failed = 0;
    while (const auto* pending = std::get_if<client::RunPending>(&reply)) {
      const Clock::duration elapsed = Clock::now() - start;
      if (elapsed > kStepPatience) return fail(Code::kUnavailable, "it has computed one step for a day");
      std::this_thread::sleep_until(asked +
                                    std::clamp<Clock::duration>(elapsed / kPollFraction, kPollPauseMin, kPollPauseMax));
      asked = Clock::now();
      const auto poll = [this, step = pending->step](CustodianId whom) { return ask_again(whom, step); };
      auto next = ask_once(poll, id, bytes, damaged);
      if (next) {
        reply = std::move(*next);
        failed = 0;
        continue;
      }
      // It named a step that it is not at.
      if (next.error().code == Code::kConflict) damaged = true;
      if (next.error().code != Code::kUnavailable || ++failed > kPollTries) return next;
      std::this_thread::sleep_for(kPollRetryPause);
    }
    return reply;
  }

  Result<client::RunReply> ask_once(const Question& question, CustodianId id, std::uint64_t& bytes,
                                    bool& damaged) const {
    damaged = false;
    MC_TRY(const Bytes reply, question(id));
    bytes += reply.size();
    auto decoded = client::decode_run_reply(document_.epoch, reply);
    if (decoded) {
      const Status whole = check_whole(id, *decoded);
      if (whole) return decoded;
      decoded = Result<client::RunReply>(fail(whole.error()));
    }
    damaged = true;
    return decoded;
  }

  /// Custodians turn away all that is brought to them when one message among it is damaged.
  Status check_whole(CustodianId id, const client::RunReply& reply) const {
    const auto* share = std::get_if<client::RunShare>(&reply);
    if (share == nullptr) return {};
    const protocol::Statement& statement = share->message.statement;
    MC_TRY_STATUS(protocol::check_statement(shape_, identities_, statement, "share of a refresh"));
    const bool its_own = statement.custodian == id && statement.subject == share->message.subject;
    const auto is_signed = [&](const protocol::PieceBytes& entry) {
      return std::ranges::find(statement.hashes, protocol::PieceHash{entry.piece, protocol::hash_share(entry.bytes)}) !=
             statement.hashes.end();
    };
    if (its_own && std::ranges::all_of(share->message.bytes, is_signed)) return {};
    return fail(Code::kCorrupt, "a share of a refresh has other bytes than its statement");
  }

  void drop(CustodianId id, const Error& error) {
    const Error named = error.within("custodian " + std::to_string(id.value));
    if (error.code != Code::kUnavailable && !refusal_) refusal_ = named;
    if (client::is_being_executed(error)) busy_ = error;  // in another run: whoever wants this one asks again
    out_.notes.push_back(named.message);
    log_warning("run: " + named.message);
    lines_.erase(id);
    replies_.erase(id);
  }

  /// Whether all are done; kRefused when only some are, or when they are at different steps.
  Result<bool> ended() {
    std::size_t receipts = 0;
    for (const auto& [id, reply] : replies_) receipts += std::holds_alternative<client::RunReceipt>(reply) ? 1 : 0;
    if (receipts == replies_.size()) return true;
    if (receipts != 0) return fail(Code::kRefused, "some custodians have ended the run and others have not");
    const auto& first = std::get<client::RunShare>(replies_.begin()->second);
    step_ = first.step;
    for (const auto& [id, reply] : replies_) {
      const auto& share = std::get<client::RunShare>(reply);
      if (share.step == first.step && share.message.subject == first.message.subject) continue;
      return fail(Code::kRefused, "custodians " + std::to_string(replies_.begin()->first.value) + " and " +
                                      std::to_string(id.value) + " compute different things: refresh " +
                                      std::to_string(first.step) + " of " + first.message.subject.hex() + " and " +
                                      std::to_string(share.step) + " of " + share.message.subject.hex());
    }
    return false;
  }

  /// Asks again for pieces whose sender dropped out.
  Status complete_step() {
    while (true) {
      std::map<CustodianId, std::vector<fhe::PieceId>> missing;
      for (const auto& [id, pieces] : senders_) {
        const auto& have = std::get<client::RunShare>(replies_.at(id)).message.bytes;
        for (const fhe::PieceId piece : pieces) {
          const auto is_it = [piece](const protocol::PieceBytes& bytes) { return bytes.piece == piece; };
          if (std::ranges::none_of(have, is_it)) missing[id].push_back(piece);
        }
      }
      if (missing.empty()) return {};
      MC_TRY_STATUS(ask_all([this](CustodianId id) { return ask_again(id, step_); }));
    }
  }

  /// Everybody gets what the others said, without bytes of pieces that she holds herself.
  Status carry() {
    std::map<CustodianId, client::RunMessage> said;
    for (auto& [id, reply] : replies_) said[id] = std::move(std::get<client::RunShare>(reply).message);
    replies_.clear();
    std::map<CustodianId, Bytes> calls;
    for (const auto& [id, line] : lines_) {
      calls[id] =
          client::encode_run_step_call({id_, step_ + 1, wanted_of(id), client::said_by_others(id, shape_, said)});
      out_.bytes_carried += calls[id].size();
    }
    said.clear();  // it is in the calls now, and the replies will be as long
    return ask_all([&](CustodianId id) {
      return lines_.at(id)->post("/v1/runs/step", calls.at(id), client::kBinary, client::kRunBytesMax);
    });
  }

  Result<DrivenRun> finished() {
    const auto& first = std::get<client::RunReceipt>(replies_.begin()->second);
    out_.receipt = first;
    for (const auto& [id, reply] : replies_) {
      const auto& receipt = std::get<client::RunReceipt>(reply);
      if (receipt.query.result != first.query.result) {
        return fail(Code::kRefused, "custodians " + std::to_string(replies_.begin()->first.value) + " and " +
                                        std::to_string(id.value) + " came to different results");
      }
      out_.receipt.verified = out_.receipt.verified && receipt.verified;
      out_.receipt.query.execute_ms = std::max(out_.receipt.query.execute_ms, receipt.query.execute_ms);
      out_.custodians.push_back(id);
    }
    return std::move(out_);
  }

  const std::function<void(std::uint32_t)>& told_;
  std::uint32_t carried_ = 0;  // refreshes
  const client::CommonsDocument& document_;
  const fhe::CommitteeShape& shape_;
  const std::span<const protocol::PublicIdentity> identities_;
  const client::ReleaseCall& call_;
  const Hash256 id_;                                                 // of the run
  std::map<CustodianId, std::unique_ptr<client::Transport>> lines_;  // of those who are left
  std::map<CustodianId, client::RunReply> replies_;
  Senders senders_;
  std::uint32_t step_ = 0;
  std::optional<Error> refusal_;
  std::optional<Error> busy_;
  DrivenRun out_;
};

}  // namespace

Result<DrivenRun> drive_run(const client::CommonsDocument& document, const fhe::CommitteeShape& shape,
                            std::span<const protocol::PublicIdentity> identities, const client::ReleaseCall& call,
                            const client::TransportFactory& connect, const std::function<void(std::uint32_t)>& told) {
  return Driver(document, shape, identities, call, connect, told).run();
}

}  // namespace mc::node
