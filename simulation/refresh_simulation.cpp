// SPDX-License-Identifier: Apache-2.0
#include "simulation/refresh_simulation.hpp"

#include <cmath>

#include "fhe/ckks/encryptor.hpp"
#include "fhe/threshold/mask.hpp"

namespace mc::simulation {
namespace {

constexpr std::int32_t kScaleLog2 = 40;
constexpr double kTolerance = 0x1p-20;
const fhe::Level kInputLevel{3};

class Ceremony {
 public:
  using Message = protocol::RefreshMessage;

  Ceremony(Committee& committee, const fhe::PublicKey& collective, std::uint32_t number, std::size_t values,
           World& world)
      : committee_(committee), cast_(committee.cast), scale_(fhe::Scale::power_of_two(kScaleLog2)) {
    const fhe::Encoder encoder(cast_.params);
    const Epoch epoch = committee.secrets.begin()->second.epoch;
    for (std::size_t i = 0; i < values; ++i) {
      truth_.push_back(static_cast<double>(world.chance().below(2001)) / 1000.0 - 1.0);
      const auto plain = encoder.encode_constant(truth_[i], kInputLevel, scale_).value_or_stop();
      KeyStream stream(simulated_secret(cast_.seed, "value " + std::to_string(number) + "/" + std::to_string(i)));
      inputs_.push_back(fhe::encrypt(*cast_.params, collective, plain, stream).value_or_stop());
      inputs_.back().epoch = epoch;
    }
    value_log2_ = fhe::value_log2(*cast_.params, scale_, 0);
    request_.run = Sha256("medcommons/simulation/run/v1").update_u64(cast_.seed).finish();
    request_.step = number;
    request_.epoch = epoch;
    request_.map.input_level = kInputLevel;
    request_.map.output_level = cast_.params->top_level();
    request_.map.mask_log2.assign(values, fhe::mask_log2(value_log2_).value_or_stop());
    for (std::uint32_t i = 0; i < values; ++i) request_.map.outputs.push_back(fhe::replicated(i, scale_));
    std::vector<Hash256> multiplicands;
    for (const fhe::Ciphertext& input : inputs_) {
      multiplicands.push_back(fhe::multiplicand_digest(*cast_.params, input));
    }
    request_.inputs = protocol::hash_refresh_inputs(*cast_.params, request_.map, inputs_, multiplicands);
    opened_s_ = committee_.record(multiplicands);
  }

  [[nodiscard]] protocol::Question question() const {
    return {protocol::Statement::Kind::kRefresh, request_.epoch,
            protocol::hash_refresh_request(*cast_.params, request_)};
  }
  Result<Message> answer(CustodianId who, const std::vector<fhe::PieceId>& pieces, Disk& disk) {
    MC_TRY(protocol::ReleaseState state, disk.keys());
    MC_TRY(const fhe::Window window, fhe::window_of(committee_.time_s));
    if (window > state.newest) {
      state = protocol::advanced(state, window);
      MC_TRY_STATUS(disk.store_keys(state));
    }
    MC_TRY(const protocol::RefreshParty party,
           protocol::RefreshParty::create(cast_.params, state, cast_.identity(who)));
    const std::vector<std::uint32_t> bounds(inputs_.size(), value_log2_);
    return party.answer(request_, pieces, {inputs_, bounds, opened_s_}, state, disk);
  }
  static Bytes encode(const Message& message) { return protocol::encode_refresh_message(message); }
  [[nodiscard]] Result<Message> decode(ByteView bytes) const {
    return protocol::decode_refresh_message(*cast_.params, request_.map, bytes);
  }
  static protocol::Statement statement(const Message& message) { return message.statement; }
  static std::vector<protocol::PieceBytes>& bytes(Message& message) { return message.bytes; }
  static void restate(Message& message, const protocol::Statement& statement) { message.statement = statement; }
  static void falsify(Message& message) { message.statement.public_part.bytes[0] ^= 1; }
  static Status check(const Message&) { return {}; }
  static bool may_refuse(const Error&, const Disk&) { return false; }

  Result<Ending> judge(const std::vector<Message>& messages, std::size_t honest_alive) const {
    const protocol::RefreshContext context{cast_.params, cast_.shape, committee_.identities, &request_, inputs_};
    const auto refreshed = protocol::combine_refresh(context, messages);
    if (!refreshed) {
      if (cast_.liars.empty() && honest_alive >= cast_.shape.threshold()) {
        return broken(std::to_string(honest_alive) +
                      " custodians are alive and the refresh fails: " + refreshed.error().message);
      }
      return Ending{false, "nothing refreshed: " + refreshed.error().message};
    }
    MC_TRY_STATUS(check_verdict(cast_, refreshed->verdict, is_right(refreshed->outputs)));
    return Ending{!refreshed->outputs.empty(), std::string(protocol::assurance_name(refreshed->verdict.assurance))};
  }

 private:
  [[nodiscard]] bool is_right(const std::vector<fhe::Ciphertext>& outputs) const {
    if (outputs.size() != truth_.size()) return false;
    const fhe::Encoder encoder(cast_.params);
    const fhe::SecretPoly secret = collective_secret(*cast_.params, committee_.secrets);
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      const auto slots = encoder.decode(fhe::decrypt(*cast_.params, secret, outputs[i]));
      if (!slots) return false;
      for (const double slot : *slots) {
        if (std::abs(slot - truth_[i]) > kTolerance) return false;
      }
    }
    return true;
  }

  Committee& committee_;
  const Cast& cast_;
  fhe::Scale scale_;
  std::vector<double> truth_;
  std::vector<fhe::Ciphertext> inputs_;
  std::uint32_t value_log2_ = 0;
  protocol::RefreshRequest request_;
  std::vector<std::uint64_t> opened_s_;
};

}  // namespace

Result<Ending> simulate_refresh(Committee& committee, const fhe::PublicKey& collective, std::uint32_t number,
                                std::size_t values, const std::set<CustodianId>& dead, World& world) {
  Ceremony ceremony(committee, collective, number, values, world);
  Questioning questioning(committee, ceremony, world, dead);
  MC_TRY(const std::vector<protocol::RefreshMessage> messages, questioning.run());
  MC_TRY(Ending ending, ceremony.judge(messages, questioning.honest_alive()));
  world.note("refresh " + std::to_string(number) + ", " + std::to_string(dead.size()) + " dead: " + ending.text);
  return ending;
}

}  // namespace mc::simulation
