// SPDX-License-Identifier: Apache-2.0
#include "simulation/release_simulation.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/ckks/encryptor.hpp"
#include "fhe/threshold/flooding.hpp"
#include "protocol/release_collector.hpp"

namespace mc::simulation {
namespace {

constexpr std::uint64_t kTicksMax = 100'000;
constexpr std::uint64_t kPatience = 150;  // until the requester takes a question for lost
constexpr std::uint32_t kAttemptsMax = 60;
constexpr std::uint32_t kNoiseBoundLog2 = 20;  // of a fresh encryption, generously
constexpr std::uint32_t kScaleLog2 = 80;
constexpr double kTolerance = 0x1p-25;  // flooding of 2^50 per piece beside a scale of 2^80

}  // namespace

class ReleaseStage::Run {
 public:
  Run(ReleaseStage& stage, std::size_t answers, const std::set<CustodianId>& dead)
      : stage_(stage), cast_(stage.cast_), world_(stage.world_), dead_(dead) {
    const fhe::Encoder encoder(cast_.params);
    for (std::size_t i = 0; i < answers; ++i) {
      truth_.push_back(static_cast<double>(world_.chance().below(2001)) / 1000.0 - 1.0);
      const auto plain =
          encoder.encode_constant(truth_[i], fhe::kReleaseLevel, fhe::Scale::power_of_two(kScaleLog2)).value_or_stop();
      KeyStream stream(
          simulated_secret(cast_.seed, "record " + std::to_string(stage.releases_) + "/" + std::to_string(i)));
      results_.push_back(fhe::encrypt(*cast_.params, stage.collective_, plain, stream).value_or_stop());
    }
    sigma_ = static_cast<std::uint8_t>(fhe::flooding_log2(kNoiseBoundLog2).value_or_stop());
    authorisation_ = authorise();
  }
  ~Run() { world_.forget_events(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result<Outcome> run() {
    std::vector<CustodianId> reachable = cast_.everyone();
    auto collector =
        protocol::ReleaseCollector::create(cast_.shape, stage_.identities_, authorisation_, reachable, kAttemptsMax)
            .value_or_stop();
    collector_ = &collector;
    while (true) {
      ask();
      if (collector.settled()) break;
      if (!world_.run_until([&] { return asks_wait_ || collector.settled(); }, kTicksMax)) {
        return broken("a release neither ends nor goes on");
      }
      asks_wait_ = false;
      if (broken_) return fail(*broken_);
    }
    if (broken_) return fail(*broken_);
    return judge();
  }

 private:
  protocol::Authorisation authorise() {
    protocol::Authorisation a;
    a.chain_id = stage_.requester_.chain_id;
    a.study = stage_.requester_.study;
    a.release_number = ++stage_.releases_;
    a.epoch = stage_.secrets_.begin()->second.epoch;
    const auto hash = [&](std::string_view what) {
      return Sha256("medcommons/simulation/fact/v1").update_u64(cast_.seed).update_sized(view_of(what)).finish();
    };
    a.plan = hash("plan");
    a.data_root = hash("data");
    a.consent_root = hash("consent");
    a.mask = hash("mask");
    a.result = protocol::hash_results(*cast_.params, results_);
    a.requester_key = fhe::hash_requester_key(*cast_.params, stage_.requester_key_);
    a.sigma_log2.assign(results_.size(), sigma_);
    return a;
  }

  void ask() {
    for (const protocol::Ask& ask : collector_->asks()) {
      const std::uint64_t question = ++questions_;
      waiting_[ask.custodian] = question;
      world_.send(protocol::encode_authorisation(authorisation_), [this, ask, question](const Bytes& arrived) {
        // The custodian reads the authorisation from the chain; what arrives only says which one is meant.
        if (sha256(arrived) != protocol::hash_authorisation(authorisation_)) return;
        answer(ask, question);
      });
      world_.after(kPatience, [this, who = ask.custodian, question] {
        if (waiting_[who] != question) return;
        waiting_[who] = 0;
        collector_->failed(who, {Code::kUnavailable, "custodian " + std::to_string(who.value) + " does not answer"});
        asks_wait_ = true;
      });
    }
  }

  // The custodian's side: a party made from its disk, for this life.
  void answer(const protocol::Ask& ask, std::uint64_t question) {
    const CustodianId who = ask.custodian;
    if (dead_.contains(who) || lie_of(who) == Lie::kSilence || !stage_.secrets_.contains(who)) return;
    const protocol::CustodianSecrets& secrets = stage_.secrets_.at(who);
    protocol::CustodianSecrets copy{secrets.shape,     secrets.custodian,      secrets.epoch,
                                    secrets.params_id, secrets.key_commitment, {}};
    for (const fhe::PieceSeed& seed : secrets.seeds) copy.seeds.push_back(seed.copy());
    const auto party =
        protocol::ReleaseParty::create(cast_.params, std::move(copy), cast_.identity(who), stage_.collective_)
            .value_or_stop();
    const std::vector<std::uint32_t> bounds(results_.size(), kNoiseBoundLog2);
    auto message =
        party.answer({authorisation_, ask.bytes_for}, {results_, bounds, &stage_.requester_key_}, stage_.ledgers_[who]);
    if (!message) {
      broken_ = broken("custodian " + std::to_string(who.value) + " refuses: " + message.error().message).value();
      asks_wait_ = true;
      return;
    }
    if (!cast_.lies(who)) check_idempotence(*message);
    // The ledger is written, the answer is not yet out: the worst moment to die.
    if (world_.crashes_now(crashes_[who])) {
      ++crashes_[who];
      world_.note("custodian " + std::to_string(who.value) + " crashes between ledger and answer");
      return;
    }
    const protocol::ShareMessage said = cast_.lies(who) ? lie(who, std::move(*message), question) : std::move(*message);
    const Bytes bytes = lie_of(who) == Lie::kReplay && stage_.earlier_.contains(who)
                            ? stage_.earlier_.at(who)
                            : protocol::encode_share_message(said);
    own_.insert_or_assign(who, bytes);
    world_.send(bytes, [this, who, question](const Bytes& arrived) { receive(who, question, arrived); });
  }

  void receive(CustodianId who, std::uint64_t question, const Bytes& arrived) {
    if (waiting_[who] != question) return;  // too late, or a repeat
    auto message = protocol::decode_share_message(*cast_.params, arrived);
    if (!message) return;  // damaged on the way: the patience will end
    waiting_[who] = 0;
    const Status received = collector_->receive(who, std::move(*message));
    if (!received) world_.note("requester drops an answer: " + received.error().message);
    asks_wait_ = true;
  }

  void check_idempotence(const protocol::ShareMessage& message) {
    for (const protocol::ShareMessage::PieceHash& entry : message.hashes) {
      const auto [known, fresh] = honest_hashes_.emplace(entry.piece, entry.hash);
      if (known->second != entry.hash) {
        broken_ = broken("two honest answers differ for the " + fhe::piece_text(entry.piece)).value();
      }
    }
  }

  [[nodiscard]] std::optional<Lie> lie_of(CustodianId who) const {
    const auto found = cast_.liars.find(who);
    return found == cast_.liars.end() ? std::nullopt : std::optional(found->second);
  }

  protocol::ShareMessage lie(CustodianId who, protocol::ShareMessage message, std::uint64_t question) {
    switch (*lie_of(who)) {
      case Lie::kFalseHash:
        message.hashes.front().hash.bytes[0] ^= 1;
        break;
      case Lie::kFalseBytes:
        for (auto& entry : message.bytes) entry.bytes.back() ^= 1;
        return message;  // under the honest signature, which does not cover them
      case Lie::kFalseShare:
        // Liars know each other: holders of one piece tell the same story about it, bytes and all.
        for (auto& entry : message.hashes) {
          entry.hash = Sha256("medcommons/simulation/story/v1").update(entry.hash.view()).finish();
        }
        message.bytes.clear();
        break;
      case Lie::kFalseHead:
        message.heads.front().constant.front() ^= 1;
        break;
      case Lie::kEquivocation:
        message.hashes.back().hash.bytes[1] ^= static_cast<std::uint8_t>(1 + question % 255);
        break;
      case Lie::kOtherName:
        message.custodian = CustodianId(static_cast<std::uint8_t>((who.value + 1u) % cast_.shape.custodians()));
        break;
      default:
        return message;
    }
    protocol::sign_share_message(cast_.identity(who), message);
    return message;
  }

  Result<Outcome> judge() {
    for (const auto& [who, bytes] : own_) stage_.earlier_.insert_or_assign(who, bytes);
    Outcome outcome;
    std::size_t alive = 0;
    for (const CustodianId c : cast_.everyone()) alive += !dead_.contains(c) && !cast_.lies(c) && stage_.secrets_.contains(c);
    for (const protocol::Equivocation& twice : collector_->equivocations()) {
      if (!cast_.lies(twice.first.custodian)) return broken("an honest custodian is said to have equivocated");
    }
    const auto messages = collector_->messages();
    const protocol::CombineContext context{
        cast_.params, cast_.shape, stage_.identities_, &authorisation_, &stage_.requester_secret_, stage_.requester_};
    auto opened = protocol::combine(context, messages);
    if (!opened) {
      outcome.ending = "nothing opened: " + opened.error().message;
      if (cast_.liars.empty() && alive >= cast_.shape.threshold()) {
        return broken(std::to_string(alive) +
                      " honest custodians are alive and the release fails: " + opened.error().message);
      }
      return outcome;
    }
    const protocol::Verdict& verdict = opened->verdict;
    for (const CustodianId liar : verdict.liars) {
      if (!cast_.lies(liar)) return broken("custodian " + std::to_string(liar.value) + " is named and has not lied");
    }
    const bool right = is_right(opened->means);
    outcome.ending = std::string(protocol::assurance_name(verdict.assurance)) + " from " +
                     std::to_string(verdict.answered.size()) + " answers";
    if (verdict.assurance == protocol::Assurance::kVerified && !right) return broken("a verified answer is wrong");
    if (cast_.liars.empty()) {
      if (!right) return broken("nobody lied and the answer is wrong");
      if (!verdict.disputes.empty()) return broken("nobody lied and there is a dispute");
      const bool enough = verdict.answered.size() >= cast_.shape.answers_to_detect();
      if (enough != (verdict.assurance == protocol::Assurance::kVerified))
        return broken("the assurance does not fit the answers");
    }
    if (verdict.assurance != protocol::Assurance::kDisputed && !right &&
        verdict.answered.size() >= cast_.shape.answers_to_detect()) {
      return broken("a wrong answer from enough answers was not noticed");
    }
    outcome.opened = std::move(*opened);
    return outcome;
  }

  [[nodiscard]] bool is_right(const std::vector<double>& means) const {
    if (means.size() != truth_.size()) return false;
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      if (std::abs(means[i] - truth_[i]) > kTolerance) return false;
    }
    return true;
  }

  ReleaseStage& stage_;
  const Cast& cast_;
  World& world_;
  const std::set<CustodianId>& dead_;
  std::vector<double> truth_;
  std::vector<fhe::Ciphertext> results_;
  std::uint8_t sigma_ = 0;
  protocol::Authorisation authorisation_;
  protocol::ReleaseCollector* collector_ = nullptr;
  std::map<CustodianId, std::uint64_t> waiting_;  // the question under way to each custodian
  std::map<CustodianId, std::uint32_t> crashes_;
  std::map<CustodianId, Bytes> own_;  // what each custodian sent last
  std::map<fhe::PieceId, Hash256> honest_hashes_;
  std::uint64_t questions_ = 0;
  bool asks_wait_ = false;
  std::optional<Error> broken_;
};

ReleaseStage::ReleaseStage(const Cast& cast, const fhe::PublicKey& collective,
                           const std::map<CustodianId, protocol::CustodianSecrets>& secrets, World& world)
    : cast_(cast),
      collective_(collective),
      secrets_(secrets),
      world_(world),
      requester_{31337, Sha256("medcommons/simulation/study/v1").update_u64(cast.seed).finish(), {}},
      requester_secret_(simulated_secret(cast.seed, "requester")),
      requester_key_(fhe::make_requester_key(*cast.params, requester_secret_, requester_)),
      identities_(cast.identities()) {}

Result<ReleaseStage::Outcome> ReleaseStage::release(std::size_t answers, const std::set<CustodianId>& dead) {
  auto outcome = Run(*this, answers, dead).run();
  if (outcome) world_.note("release " + std::to_string(releases_) + ": " + outcome->ending);
  return outcome;
}

}  // namespace mc::simulation
