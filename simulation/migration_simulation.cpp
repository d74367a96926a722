// SPDX-License-Identifier: Apache-2.0
#include "simulation/migration_simulation.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/ckks/encryptor.hpp"
#include "protocol/migration_party.hpp"
#include "simulation/questioning.hpp"

namespace mc::simulation {
namespace {

constexpr std::uint64_t kTicksMax = 20'000;
constexpr std::uint64_t kRepostPause = 60;
constexpr std::uint64_t kDowntimeMax = 200;
constexpr std::uint64_t kTimelockS = 7 * 86'400, kApprovedS = 1'000'000;

struct Seat {
  CustodianId custodian{};
  std::optional<protocol::MigrationParty> party;  // memory
  std::uint64_t life = 0;
  std::uint32_t crashes = 0;
  std::map<protocol::BoardSlot, Bytes> outbox;
  std::optional<Error> stopped;
};

class Handover {
 public:
  Handover(const Cast& cast, const KeygenOutcome& from, const protocol::ApprovedMigration& approved, World& world)
      : cast_(cast),
        from_(from),
        approved_(approved),
        world_(world),
        board_(world, protocol::board_body_bytes_max(*cast.params, cast.shape),
               [this](const protocol::BoardMessage& message) {
                 return message.ceremony == approved_.ceremony() && approved_.takes_part(message.slot.sender) &&
                        protocol::verify_board_message(from_.setup->identities[message.slot.sender.value], message);
               }) {
    for (const CustodianId c : approved.participants()) seats_.push_back({c, {}, 0, 0, {}, {}});
  }
  ~Handover() { world_.forget_events(); }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  /// The key, or nothing and why.
  Result<std::optional<fhe::MigrationKey>> run(std::string& why) {
    for (Seat& seat : seats_) take_turns(seat);
    // Whoever holds a piece needs nobody's bytes of it, so that all may have finished before everything is on the
    // board.
    const auto done = [&](const Seat& seat) {
      return seat.stopped || (finished(seat) && std::ranges::all_of(seat.outbox, [&](const auto& said) {
                                return board_.contains(said.first);
                              }));
    };
    world_.run_until([&] { return std::ranges::all_of(seats_, [&](const Seat& s) { return lies(s) || done(s); }); },
                     kTicksMax);
    std::optional<fhe::MigrationKey> key;
    bool all = true;
    for (const Seat& seat : seats_) {
      if (lies(seat)) continue;
      if (!finished(seat)) {
        all = false;
        why += name(seat) + ": " + (seat.stopped ? seat.stopped->message : waiting_text(seat)) + "; ";
        continue;
      }
      if (key && hash(*key) != hash(seat.party->key())) return broken("two honest custodians made different keys");
      key = seat.party->key();
    }
    if (key && all) {
      const auto seen =
          protocol::verify_migration(approved_, [this](const protocol::BoardSlot& slot) { return board_.read(slot); });
      if (!seen) return broken("a finished migration does not verify: " + seen.error().message);
      if (hash(*seen) != hash(*key)) return broken("the board gives another key than the custodians made");
      return key;
    }
    return std::optional<fhe::MigrationKey>();
  }

 private:
  [[nodiscard]] bool lies(const Seat& seat) const { return cast_.lies(seat.custodian); }
  static bool finished(const Seat& seat) { return seat.party && seat.party->finished(); }
  static bool ended(const Seat& seat) { return seat.stopped || finished(seat); }
  static std::string name(const Seat& seat) { return "custodian " + std::to_string(seat.custodian.value); }
  [[nodiscard]] Hash256 hash(const fhe::MigrationKey& key) const { return fhe::hash_migration_key(*cast_.params, key); }
  static std::string waiting_text(const Seat& seat) {
    if (!seat.party) return "it is down";
    std::string text = "waiting for";
    for (const protocol::BoardSlot& slot : seat.party->wanted())
      text += " custodian " + std::to_string(slot.sender.value);
    return text;
  }

  void take_turns(Seat& seat) {
    if (ended(seat)) return;
    if (seat.party && world_.crashes_now(seat.crashes)) {
      ++seat.crashes;
      ++seat.life;
      seat.party.reset();
      seat.outbox.clear();
      world_.note(name(seat) + " crashes while handing over");
      world_.after(1 + world_.chance().below(kDowntimeMax), [this, &seat] { take_turns(seat); });
      return;
    }
    turn(seat);
    world_.after(1 + world_.chance().below(10), [this, &seat] { take_turns(seat); });
  }

  void turn(Seat& seat) {
    if (!seat.party) {
      seat.party.emplace(protocol::MigrationParty::create(approved_, seat.custodian, cast_.identity(seat.custodian),
                                                          state_of(cast_, from_.secrets.at(seat.custodian)))
                             .value_or_stop());
    }
    auto messages = seat.party->advance();
    if (!messages) {
      seat.stopped = messages.error();
      world_.note(name(seat) + " stops: " + messages.error().message);
      return;
    }
    for (protocol::BoardMessage& message : *messages) say(seat, std::move(message));
    for (const protocol::BoardSlot& slot : seat.party->wanted()) {
      board_.fetch(seat.custodian, slot, [this, &seat, life = seat.life](protocol::BoardMessage message) {
        if (seat.life != life || !seat.party || ended(seat)) return;
        const Status received = seat.party->receive(std::move(message));
        if (!received) world_.note(name(seat) + " drops a message: " + received.error().message);
      });
    }
  }

  void say(Seat& seat, protocol::BoardMessage message) {
    if (lies(seat)) {
      const Lie kind = cast_.liars.at(seat.custodian);
      const bool commit = message.slot.round == protocol::Round::kMigrationCommit;
      if (kind == Lie::kSilence && !commit) return;
      if ((kind == Lie::kFalseHash && commit) || (kind == Lie::kFalseBytes && !commit)) {
        message.body[message.body.size() / 2] ^= 1;
        message = protocol::sign_board_message(cast_.identity(seat.custodian), message.ceremony, message.slot,
                                               std::move(message.body));
      }
    }
    const protocol::BoardSlot slot = message.slot;
    seat.outbox[slot] = protocol::encode_board_message(message);
    post(seat, slot, seat.life);
  }

  void post(Seat& seat, protocol::BoardSlot slot, std::uint64_t life) {
    if (seat.life != life || board_.contains(slot)) return;
    board_.post(seat.outbox.at(slot));
    world_.after(kRepostPause, [this, &seat, slot, life] { post(seat, slot, life); });
  }

  const Cast& cast_;
  const KeygenOutcome& from_;
  const protocol::ApprovedMigration& approved_;
  World& world_;
  Board board_;
  std::vector<Seat> seats_;
};

// What was sealed before opens with the new committee's pieces.
Status check_carried(const Cast& cast, const KeygenOutcome& from, const KeygenOutcome& to,
                     const fhe::MigrationKey& key) {
  const fhe::Params& params = *cast.params;
  const fhe::Encoder encoder(cast.params);
  const double value = 0.375;
  const auto plain = encoder.encode_constant(value, params.top_level(), fhe::Scale::power_of_two(60)).value_or_stop();
  KeyStream stream(simulated_secret(cast.seed, "record to carry"));
  fhe::Ciphertext sealed =
      fhe::encrypt(params, fhe::narrow_public_key(params, from.keys->public_key), plain, stream).value_or_stop();
  sealed.epoch = key.from;
  const auto carried = fhe::Migration(cast.params, key).carry(sealed);
  if (!carried) return broken("a sealed record cannot be carried over: " + carried.error().message);
  const auto slots = encoder.decode(fhe::decrypt(params, collective_secret(params, to.secrets), *carried));
  if (!slots || std::abs(slots->front() - value) > 0x1p-20) {
    return broken("a carried record does not open under the new committee's key");
  }
  return {};
}

}  // namespace

Result<std::string> simulate_migration(const Cast& cast, const KeygenOutcome& from, const KeygenOutcome& to,
                                       World& world) {
  const protocol::ProposedCommittee proposed{to.setup->commons, to.setup->epoch,      to.setup->shape.threshold(),
                                             to.setup->params,  to.setup->identities, to.setup->galois_elements,
                                             kApprovedS};
  const auto board = [&](const protocol::BoardSlot& slot) { return to.board->read(slot); };
  const auto approve = [&](std::vector<CustodianId> who, std::uint64_t now_s) {
    return protocol::ApprovedMigration::create(*from.setup, proposed, {to.facts, now_s, kTimelockS}, board,
                                               std::move(who));
  };
  std::vector<CustodianId> everybody, honest;
  for (const auto& [custodian, secrets] : from.secrets) {
    everybody.push_back(custodian);
    if (!cast.lies(custodian)) honest.push_back(custodian);
  }
  if (approve(honest, kApprovedS + kTimelockS - 1)) return broken("a migration was approved before its timelock");

  std::string why;
  MC_TRY(const protocol::ApprovedMigration first, approve(everybody, kApprovedS + kTimelockS));
  MC_TRY(std::optional<fhe::MigrationKey> key, Handover(cast, from, first, world).run(why));
  std::string ending = "handed over";
  if (!key) {
    if (cast.liars.empty()) return broken("nobody lied and the migration did not end: " + why);
    if (!blames_a_liar(why, cast)) return broken("the migration stopped and names nobody who lied: " + why);
    ending = "handed over without those who lied";
  }
  // Any t of the others come to the same key, whoever they are.
  while (honest.size() > cast.shape.threshold())
    honest.erase(honest.begin() + static_cast<long>(world.chance().below(honest.size())));
  MC_TRY(const protocol::ApprovedMigration second, approve(honest, kApprovedS + kTimelockS));
  MC_TRY(const std::optional<fhe::MigrationKey> again, Handover(cast, from, second, world).run(why));
  if (!again) return broken("t honest custodians cannot hand over: " + why);
  if (key && fhe::hash_migration_key(*cast.params, *key) != fhe::hash_migration_key(*cast.params, *again)) {
    return broken("two sets of custodians made different keys");
  }
  MC_TRY_STATUS(check_carried(cast, from, to, *again));
  world.note("migration: " + ending);
  return ending;
}

}  // namespace mc::simulation
