// SPDX-License-Identifier: Apache-2.0
// One question to the whole committee over a bad wire, until the real collector has what it can get: drivers of asker
// and custodians around the real parties, the lies, and the promise that honest shares never differ (R5). What is asked
// comes with the Ceremony; releases and refreshes are questioned alike.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "protocol/answer_ledger.hpp"
#include "protocol/release_state.hpp"
#include "protocol/share_collector.hpp"
#include "simulation/cast.hpp"
#include "simulation/disk.hpp"
#include "simulation/world.hpp"

namespace mc::simulation {

inline constexpr std::uint64_t kQuestionTicksMax = 100'000;
inline constexpr std::uint64_t kPatience = 150;  // ticks until a question is taken for lost
inline constexpr std::uint32_t kAttemptsMax = 60;
inline constexpr std::uint32_t kMidnightRate = 80;  // of a thousand rounds of questions

/// The day on which keys are made: an early one, for its keys are near.
inline constexpr std::uint64_t kSimulatedDay_s = 20 * fhe::kWindowSeconds;

/// What every questioning of one committee goes through.
struct Committee {
  const Cast& cast;
  std::vector<protocol::PublicIdentity> identities;
  const std::map<CustodianId, protocol::CustodianSecrets>& secrets;
  std::map<CustodianId, Bytes> earlier = {};  // what a replaying liar has at hand
  std::map<CustodianId, Disk> disks = {};
  // What the chain says.
  std::uint64_t time_s = kSimulatedDay_s;
  std::map<Hash256, std::uint64_t> first_opened_s = {};

  /// A custodian's disk; as key generation left it, until something is written.
  Disk& disk_of(CustodianId custodian);
  /// The chain sees these multiplicands; returns when it saw each first.
  std::vector<std::uint64_t> record(std::span<const Hash256> multiplicands);
  void days_pass(std::uint64_t days) { time_s += days * fhe::kWindowSeconds; }
};

/// A custodian's secrets once more, for a party that is made from its disk.
inline protocol::CustodianSecrets copy_of(const protocol::CustodianSecrets& secrets) {
  protocol::CustodianSecrets copy{secrets.shape,     secrets.custodian,      secrets.epoch,
                                  secrets.params_id, secrets.key_commitment, {}};
  for (const fhe::PieceSeed& seed : secrets.seeds) copy.seeds.push_back(seed.copy());
  return copy;
}

/// A custodian's state of the first day.
inline protocol::ReleaseState state_of(const Cast& cast, const protocol::CustodianSecrets& secrets) {
  return protocol::make_release_state(*cast.params, copy_of(secrets), cast.master(secrets.custodian),
                                      fhe::window_of(kSimulatedDay_s).value_or_stop());
}

/// `Ceremony` has
///   Message                                            what travels back
///   question() -> protocol::Question
///   answer(custodian, pieces, disk) -> Result<Message>   the honest party, made from its disk
///   may_refuse(Error, disk) -> bool                    an honest custodian may say this, and is as good as absent then
///   encode(Message) -> Bytes, decode(bytes) -> Result<Message>
///   statement(Message) -> Statement, bytes(Message&) -> vector<PieceBytes>&
///   restate(Message&, Statement)                       puts a liar's statement in its place
///   falsify(Message&)                                  changes the public part
///   check(Message) -> Status                           beyond the statement's own check
/// Not thread-safe; lives on one stack frame, for events refer to it.
template <class Ceremony>
class Questioning {
 public:
  using Message = typename Ceremony::Message;

  Questioning(Committee& committee, Ceremony& ceremony, World& world, const std::set<CustodianId>& dead)
      : committee_(committee),
        cast_(committee.cast),
        ceremony_(ceremony),
        world_(world),
        dead_(dead),
        collector_(protocol::ShareCollector::create(cast_.shape, committee.identities, ceremony.question(),
                                                    cast_.everyone(), kAttemptsMax)
                       .value_or_stop()) {}
  ~Questioning() { world_.forget_events(); }
  Questioning(const Questioning&) = delete;
  Questioning& operator=(const Questioning&) = delete;

  /// What was collected, in custodians' order, one message each with all bytes.
  ///   errors  kConflict: a broken promise
  Result<std::vector<Message>> run() {
    while (true) {
      ask();
      if (collector_.settled()) break;
      if (!world_.run_until([&] { return news_ || collector_.settled(); }, kQuestionTicksMax)) {
        return broken("a question neither ends nor goes on");
      }
      news_ = false;
      if (broken_) return fail(*broken_);
    }
    if (broken_) return fail(*broken_);
    for (const protocol::Equivocation& twice : collector_.equivocations()) {
      if (!cast_.lies(twice.first.custodian)) return broken("an honest custodian is said to have equivocated");
    }
    for (const auto& [who, bytes] : sent_) committee_.earlier.insert_or_assign(who, bytes);
    std::vector<Message> messages;
    for (protocol::CollectedAnswer& answer : collector_.answers()) {
      messages.push_back(first_.at(answer.statement.custodian));
      ceremony_.bytes(messages.back()) = std::move(answer.bytes);
    }
    return messages;
  }

  /// Custodians that are alive, have pieces and do not lie.
  [[nodiscard]] std::size_t honest_alive() const {
    const auto everyone = cast_.everyone();
    return static_cast<std::size_t>(std::ranges::count_if(everyone, [&](CustodianId c) {
      return !dead_.contains(c) && !cast_.lies(c) && committee_.secrets.contains(c) && !refused_.contains(c);
    }));
  }

 private:
  void ask() {
    // Retries cross one midnight at most, or those who could answer may not any more.
    if (!midnight_ && questions_ > 0 && world_.chance().per_mille(kMidnightRate)) {
      midnight_ = true;
      committee_.days_pass(1);
      world_.note("midnight passes between two questions");
    }
    for (const protocol::Ask& ask : collector_.asks()) {
      const std::uint64_t number = ++questions_;
      waiting_[ask.custodian] = number;
      // The custodian reads from the chain what is asked; what travels only says which.
      const Bytes subject(ceremony_.question().subject.bytes.begin(), ceremony_.question().subject.bytes.end());
      world_.send(subject, [this, ask, number, subject](const Bytes& arrived) {
        if (arrived == subject) answer(ask, number);
      });
      world_.after(kPatience, [this, who = ask.custodian, number] {
        if (waiting_[who] != number) return;
        waiting_[who] = 0;
        collector_.failed(who, {Code::kUnavailable, "custodian " + std::to_string(who.value) + " does not answer"});
        news_ = true;
      });
    }
  }

  void answer(const protocol::Ask& ask, std::uint64_t number) {
    const CustodianId who = ask.custodian;
    if (dead_.contains(who) || lie_of(who) == Lie::kSilence || !committee_.secrets.contains(who)) return;
    std::optional<Death> death;
    if (world_.crashes_now(crashes_[who])) death = static_cast<Death>(world_.chance().below(3));
    Disk& disk = committee_.disk_of(who);
    disk.start(death);
    auto message = ceremony_.answer(who, ask.bytes_for, disk);
    if (message && !cast_.lies(who)) check_idempotence(ceremony_.statement(*message));
    if (death) {
      ++crashes_[who];
      world_.note("custodian " + std::to_string(who.value) + " dies " + std::string(death_name(*death)));
      return;
    }
    if (!message) {
      if (ceremony_.may_refuse(message.error(), disk)) return refuse(who, message.error());
      stop("custodian " + std::to_string(who.value) + " refuses: " + message.error().message);
      return;
    }
    if (cast_.lies(who)) lie(who, *message, number);
    const bool replays = lie_of(who) == Lie::kReplay && committee_.earlier.contains(who);
    const Bytes bytes = replays ? committee_.earlier.at(who) : ceremony_.encode(*message);
    sent_.insert_or_assign(who, bytes);
    world_.send(bytes, [this, who, number](const Bytes& arrived) { receive(who, number, arrived); });
  }

  void refuse(CustodianId who, const Error& error) {
    world_.note("custodian " + std::to_string(who.value) + " refuses: " + error.message);
    waiting_[who] = 0;
    refused_.insert(who);
    collector_.failed(who, error);
    news_ = true;
  }

  void receive(CustodianId who, std::uint64_t number, const Bytes& arrived) {
    if (waiting_[who] != number) return;  // too late, or a repeat
    auto message = ceremony_.decode(arrived);
    if (!message) return;  // damaged on the way: the patience will end
    waiting_[who] = 0;
    news_ = true;
    Status received = ceremony_.check(*message);
    if (!received) {
      collector_.failed(who, {Code::kUnavailable, received.error().message});
    } else {
      received = collector_.receive(who, ceremony_.statement(*message), ceremony_.bytes(*message));
      if (received) first_.try_emplace(who, std::move(*message));
    }
    if (!received) world_.note("an answer is dropped: " + received.error().message);
  }

  void check_idempotence(const protocol::Statement& statement) {
    for (const protocol::PieceHash& entry : statement.hashes) {
      const auto [known, fresh] = honest_hashes_.emplace(entry.piece, entry.hash);
      if (known->second != entry.hash) stop("two honest answers differ for the " + fhe::piece_text(entry.piece));
    }
  }

  void lie(CustodianId who, Message& message, std::uint64_t number) {
    if (lie_of(who) == Lie::kFalseHead) ceremony_.falsify(message);
    protocol::Statement statement = ceremony_.statement(message);
    switch (*lie_of(who)) {
      case Lie::kFalseHash:
        statement.hashes.front().hash.bytes[0] ^= 1;
        break;
      case Lie::kFalseBytes:
        for (auto& entry : ceremony_.bytes(message)) entry.bytes.back() ^= 1;
        return;  // under the honest signature, which does not cover them
      case Lie::kFalseShare:
        // Liars know each other: holders of one piece tell the same story about it.
        for (auto& entry : statement.hashes) {
          entry.hash = Sha256("medcommons/simulation/story/v1").update(entry.hash.view()).finish();
        }
        ceremony_.bytes(message).clear();
        break;
      case Lie::kEquivocation:
        statement.hashes.back().hash.bytes[1] ^= static_cast<std::uint8_t>(1 + number % 255);
        break;
      case Lie::kOtherName:
        statement.custodian = CustodianId(static_cast<std::uint8_t>((who.value + 1u) % cast_.shape.custodians()));
        break;
      default:
        break;
    }
    protocol::sign_statement(cast_.identity(who), statement);
    ceremony_.restate(message, statement);
  }

  [[nodiscard]] std::optional<Lie> lie_of(CustodianId who) const {
    const auto found = cast_.liars.find(who);
    return found == cast_.liars.end() ? std::nullopt : std::optional(found->second);
  }
  void stop(const std::string& promise) {
    broken_ = broken(promise).value();
    news_ = true;
  }

  Committee& committee_;
  const Cast& cast_;
  Ceremony& ceremony_;
  World& world_;
  const std::set<CustodianId>& dead_;
  protocol::ShareCollector collector_;
  std::map<CustodianId, Message> first_;
  std::map<CustodianId, std::uint64_t> waiting_;  // the question under way to each custodian
  std::map<CustodianId, std::uint32_t> crashes_;
  std::map<CustodianId, Bytes> sent_;
  std::map<fhe::PieceId, Hash256> honest_hashes_;
  std::set<CustodianId> refused_;
  std::uint64_t questions_ = 0;
  bool midnight_ = false;
  bool news_ = false;
  std::optional<Error> broken_;
};

/// The sum of all pieces over the chain and the special primes: what outside a simulation nobody has.
fhe::SecretPoly collective_secret(const fhe::Params& params,
                                  const std::map<CustodianId, protocol::CustodianSecrets>& secrets);

/// What a verdict owes whatever was lied about: `right` is whether what came out is the truth.
Status check_verdict(const Cast& cast, const protocol::Verdict& verdict, bool right);

}  // namespace mc::simulation
