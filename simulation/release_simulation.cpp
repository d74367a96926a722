// SPDX-License-Identifier: Apache-2.0
#include "simulation/release_simulation.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/ckks/encryptor.hpp"
#include "fhe/threshold/flooding.hpp"

namespace mc::simulation {
namespace {

constexpr std::uint32_t kNoiseBoundLog2 = 20;  // of a fresh encryption, generously
constexpr std::int32_t kScaleLog2 = 80;
constexpr double kTolerance = 0x1p-25;        // flooding of 2^50 a piece beside a scale of 2^80
constexpr double kRepeatTolerance = 0x1p-50;  // what the encryption under the requester's key adds, and the last double

}  // namespace

class Releases::Ceremony {
 public:
  using Message = protocol::ShareMessage;

  Ceremony(Releases& releases, std::size_t answers) : r_(releases), cast_(releases.committee_.cast) {
    const fhe::Encoder encoder(cast_.params);
    for (std::size_t i = 0; i < answers; ++i) {
      truth_.push_back(static_cast<double>(r_.world_.chance().below(2001)) / 1000.0 - 1.0);
      const auto plain =
          encoder.encode_constant(truth_[i], fhe::kReleaseLevel, fhe::Scale::power_of_two(kScaleLog2)).value_or_stop();
      KeyStream stream(
          simulated_secret(cast_.seed, "record " + std::to_string(r_.releases_) + "/" + std::to_string(i)));
      results_.push_back(fhe::encrypt(*cast_.params, r_.collective_, plain, stream).value_or_stop());
    }
    authorise();
  }
  /// The same question again: the very same value comes out (R5), on whatever day. With `more_noise` nothing does.
  Ceremony(Releases& releases, const OpenedBefore& before, std::uint8_t more_noise_log2 = 0)
      : r_(releases),
        cast_(releases.committee_.cast),
        truth_(before.means),
        tolerance_(kRepeatTolerance),
        more_noise_log2_(more_noise_log2),
        results_(before.results) {
    authorise();
  }

  [[nodiscard]] protocol::Question question() const {
    return {protocol::Statement::Kind::kRelease, authorisation_.epoch, protocol::hash_authorisation(authorisation_)};
  }
  Result<Message> answer(CustodianId who, const std::vector<fhe::PieceId>& pieces, Disk& disk) {
    MC_TRY(protocol::ReleaseState state, disk.keys());
    MC_TRY(protocol::ReleaseParty party,
           protocol::ReleaseParty::create(cast_.params, std::move(state), cast_.identity(who), r_.collective_));
    MC_TRY_STATUS(party.observe_time(r_.committee_.time_s,
                                     [&](const protocol::ReleaseState& next) { return disk.store_keys(next); }));
    const std::vector<std::uint32_t> bounds(results_.size(), kNoiseBoundLog2);
    const protocol::OwnResults own(*cast_.params, results_);
    return party.answer({authorisation_, pieces}, {own, bounds, &r_.key_, authorised_s_, opened_s_}, disk);
  }
  /// Who did not open a value on its day cannot open it when that day's key is erased (R11), who has lost its ledger is
  /// silent for two days, and nobody opens a value otherwise than before.
  [[nodiscard]] bool may_refuse(const Error& error, const Disk& disk) const {
    if (protocol::reason_of(error) == "chain_time_backwards") return disk.has_lost();
    if (protocol::reason_of(error) == "second_sigma") return more_noise_log2_ != 0;
    if (protocol::reason_of(error) != "window_closed") return false;
    return std::ranges::any_of(protocol::multiplicand_digests(*cast_.params, results_),
                               [&](const Hash256& digest) { return !disk.find(digest).value_or_stop().has_value(); });
  }
  static Bytes encode(const Message& message) { return protocol::encode_share_message(message); }
  [[nodiscard]] Result<Message> decode(ByteView bytes) const {
    return protocol::decode_share_message(*cast_.params, bytes);
  }
  static protocol::Statement statement(const Message& message) { return protocol::statement_of(message); }
  static std::vector<protocol::PieceBytes>& bytes(Message& message) { return message.bytes; }
  static void restate(Message& message, const protocol::Statement& statement) {
    message.custodian = statement.custodian;
    message.hashes = statement.hashes;
    message.signature = statement.signature;
  }
  static void falsify(Message& message) { message.heads.front().constant.front() ^= 1; }
  [[nodiscard]] Status check(const Message& message) const {
    return protocol::check_share_message(cast_.shape, r_.committee_.identities, authorisation_, message);
  }

  Result<Ending> judge(const std::vector<Message>& messages, std::size_t honest_alive) {
    const protocol::CombineContext context{cast_.params,    cast_.shape, r_.committee_.identities,
                                           &authorisation_, &r_.secret_, r_.requester_};
    const auto opened = protocol::combine(context, messages);
    if (!opened) {
      if (cast_.liars.empty() && honest_alive >= cast_.shape.threshold()) {
        return broken(std::to_string(honest_alive) +
                      " custodians are alive and the release fails: " + opened.error().message);
      }
      return Ending{false, "nothing opened: " + opened.error().message};
    }
    const protocol::Verdict& verdict = opened->verdict;
    MC_TRY_STATUS(check_verdict(cast_, verdict, is_right(opened->means)));
    if (verdict.assurance == protocol::Assurance::kVerified) r_.before_ = OpenedBefore{results_, opened->means};
    return Ending{verdict.assurance != protocol::Assurance::kDisputed,
                  std::string(protocol::assurance_name(verdict.assurance))};
  }

 private:
  void authorise() {
    const auto fact = [&](std::string_view what) {
      return Sha256("medcommons/simulation/fact/v1").update_u64(cast_.seed).update_sized(view_of(what)).finish();
    };
    authorisation_.chain_id = r_.requester_.chain_id;
    authorisation_.study = r_.requester_.study;
    authorisation_.release_number = r_.releases_;
    authorisation_.epoch = r_.committee_.secrets.begin()->second.epoch;
    authorisation_.plan = fact("plan");
    authorisation_.data_root = fact("data");
    authorisation_.consent_root = fact("consent");
    authorisation_.mask = fact("mask");
    authorisation_.result = protocol::hash_results(*cast_.params, results_);
    authorisation_.requester_key = fhe::hash_requester_key(*cast_.params, r_.key_);
    authorisation_.sigma_log2.assign(
        results_.size(),
        static_cast<std::uint8_t>(fhe::flooding_log2(kNoiseBoundLog2).value_or_stop() + more_noise_log2_));
    authorised_s_ = r_.committee_.time_s;
    opened_s_ = r_.committee_.record(protocol::multiplicand_digests(*cast_.params, results_));
  }
  [[nodiscard]] bool is_right(const std::vector<double>& means) const {
    if (means.size() != truth_.size()) return false;
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      if (std::abs(means[i] - truth_[i]) > tolerance_) return false;
    }
    return true;
  }

  Releases& r_;
  const Cast& cast_;
  std::vector<double> truth_;
  double tolerance_ = kTolerance;
  std::uint8_t more_noise_log2_ = 0;
  std::vector<fhe::Ciphertext> results_;
  protocol::Authorisation authorisation_;
  std::uint64_t authorised_s_ = 0;
  std::vector<std::uint64_t> opened_s_;
};

Releases::Releases(Committee& committee, const fhe::PublicKey& collective, World& world)
    : committee_(committee),
      collective_(collective),
      world_(world),
      requester_{31337, Sha256("medcommons/simulation/study/v1").update_u64(committee.cast.seed).finish(), {}},
      secret_(simulated_secret(committee.cast.seed, "requester")),
      key_(fhe::make_requester_key(*committee.cast.params, secret_, requester_)) {}

Result<Ending> Releases::release(std::size_t answers, const std::set<CustodianId>& dead) {
  ++releases_;
  Ceremony ceremony(*this, answers);
  return ask(ceremony, dead, "release ");
}

Result<Ending> Releases::repeat(std::uint64_t days, const std::set<CustodianId>& dead) {
  if (!before_) return Ending{false, "nothing was opened"};
  ++releases_;
  committee_.days_pass(days);
  world_.note(std::to_string(days) + " days pass");
  Ceremony ceremony(*this, OpenedBefore(*before_));
  return ask(ceremony, dead, "repetition ");
}

Result<Ending> Releases::ask_otherwise(const std::set<CustodianId>& dead) {
  if (!before_) return Ending{false, "nothing was opened"};
  ++releases_;
  Ceremony ceremony(*this, OpenedBefore(*before_), 1);
  MC_TRY(Ending ending, ask(ceremony, dead, "with more noise, release "));
  if (ending.opened) return broken("a value came out under a second noise");
  return ending;
}

Result<Ending> Releases::ask(Ceremony& ceremony, const std::set<CustodianId>& dead, const std::string& what) {
  Questioning questioning(committee_, ceremony, world_, dead);
  MC_TRY(const std::vector<protocol::ShareMessage> messages, questioning.run());
  MC_TRY(Ending ending, ceremony.judge(messages, questioning.honest_alive()));
  world_.note(what + std::to_string(releases_) + ", " + std::to_string(dead.size()) + " dead: " + ending.text);
  return ending;
}

}  // namespace mc::simulation
