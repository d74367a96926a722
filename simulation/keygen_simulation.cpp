// SPDX-License-Identifier: Apache-2.0
#include "simulation/keygen_simulation.hpp"

#include <algorithm>

namespace mc::simulation {
namespace {

constexpr std::uint64_t kTicksMax = 200'000;
constexpr std::uint64_t kGraceTicks = 2'000;
constexpr std::uint64_t kRepostPause = 60;   // until what no board or chain shows is sent again
constexpr std::uint64_t kDowntimeMax = 200;  // of a crashed custodian

// Every third commons wants a rotation key too.
std::vector<std::uint64_t> galois_elements(std::uint64_t seed) {
  return seed % 3 == 0 ? std::vector<std::uint64_t>{5} : std::vector<std::uint64_t>{};
}

/// One custodian: disk, memory, and what it still has to say.
struct Seat {
  CustodianId custodian{};
  SecretKey256 master;                         // disk
  std::optional<protocol::KeygenParty> party;  // memory
  std::uint64_t life = 0;                      // counts restarts: what was under way to an earlier life is lost
  std::uint32_t crashes = 0;
  std::uint64_t silent_after = UINT64_MAX;  // a liar that stops talking: so many messages
  std::uint64_t said = 0;
  std::map<protocol::BoardSlot, Bytes> outbox;
  std::vector<protocol::ChainAction> actions;
  std::optional<Error> stopped;
};

class Ceremony {
 public:
  Ceremony(const Cast& cast, Epoch epoch, World& world)
      : cast_(cast),
        world_(world),
        setup_{Sha256("medcommons/simulation/commons/v1").update_u64(cast.commons).finish(),
               cast.shape,
               epoch,
               cast.params,
               cast.identities(),
               galois_elements(cast.seed)},
        ceremony_(setup_.ceremony()),
        board_(std::make_shared<Board>(
            world, protocol::board_body_bytes_max(*cast.params, cast.shape),
            [this](const protocol::BoardMessage& message) { return is_of_this_ceremony(message); })) {
    for (const CustodianId custodian : cast.everyone()) {
      Seat seat;
      seat.custodian = custodian;
      seat.master = cast.master(custodian);
      const auto liar = cast.liars.find(custodian);
      if (liar != cast.liars.end() && liar->second == Lie::kSilence) seat.silent_after = world.chance().below(8);
      seats_.push_back(std::move(seat));
    }
  }

  ~Ceremony() { world_.forget_events(); }
  Ceremony(const Ceremony&) = delete;
  Ceremony& operator=(const Ceremony&) = delete;

  Result<KeygenOutcome> run() {
    for (Seat& seat : seats_) take_turns(seat);
    const bool all =
        world_.run_until([&] { return everybody_honest([](const Seat& s) { return ended(s); }); }, kTicksMax);
    // Whoever lied without effect finishes a little later.
    if (all) world_.run_until([&] { return std::ranges::all_of(seats_, ended); }, kGraceTicks);
    return judge(all);
  }

 private:
  static bool finished(const Seat& seat) { return seat.party && seat.party->finished(); }
  static bool ended(const Seat& seat) { return seat.stopped || finished(seat); }
  bool everybody_honest(const std::function<bool(const Seat&)>& holds) const {
    return std::ranges::all_of(seats_, [&](const Seat& s) { return cast_.lies(s.custodian) || holds(s); });
  }
  static std::string name(const Seat& seat) { return "custodian " + std::to_string(seat.custodian.value); }

  // A turn, then the next one a few ticks later, until the seat's part has ended.
  void take_turns(Seat& seat) {
    if (ended(seat)) return;
    if (seat.party && world_.crashes_now(seat.crashes)) {
      ++seat.crashes;
      ++seat.life;
      seat.party.reset();
      seat.outbox.clear();
      seat.actions.clear();
      world_.note(name(seat) + " crashes");
      world_.after(1 + world_.chance().below(kDowntimeMax), [this, &seat] { take_turns(seat); });
      return;
    }
    turn(seat);
    world_.after(1 + world_.chance().below(10), [this, &seat] { take_turns(seat); });
  }

  void turn(Seat& seat) {
    if (!seat.party) {
      seat.party.emplace(
          protocol::KeygenParty::create(setup_, seat.custodian, cast_.identity(seat.custodian), seat.master)
              .value_or_stop());
    }
    auto step = seat.party->advance(facts_);
    if (!step) {
      seat.stopped = step.error();
      world_.note(name(seat) + " stops: " + step.error().message);
      return;
    }
    for (protocol::BoardMessage& message : step->messages) say(seat, std::move(message));
    for (const protocol::ChainAction& action : step->actions) {
      seat.actions.push_back(action);
      send_to_chain(seat, seat.actions.size() - 1, seat.life);
    }
    for (const protocol::BoardSlot& slot : seat.party->wanted()) fetch(seat, slot);
    if (finished(seat)) world_.note(name(seat) + " has keys " + seat.party->keys().commitment.hex());
  }

  void say(Seat& seat, protocol::BoardMessage message) {
    if (seat.said++ >= seat.silent_after) return;
    if (cast_.lies(seat.custodian)) message = lie(seat, std::move(message));
    const protocol::BoardSlot slot = message.slot;
    seat.outbox[slot] = protocol::encode_board_message(message);
    post(seat, slot, seat.life);
  }

  [[nodiscard]] bool is_of_this_ceremony(const protocol::BoardMessage& message) const {
    return message.ceremony == ceremony_ && cast_.shape.is_custodian(message.slot.sender) &&
           protocol::verify_board_message(setup_.identities[message.slot.sender.value], message);
  }

  void post(Seat& seat, protocol::BoardSlot slot, std::uint64_t life) {
    if (seat.life != life || board_->contains(slot)) return;
    board_->post(seat.outbox.at(slot));
    world_.after(kRepostPause, [this, &seat, slot, life] { post(seat, slot, life); });
  }

  void send_to_chain(Seat& seat, std::size_t index, std::uint64_t life) {
    if (seat.life != life) return;
    protocol::ChainAction action = seat.actions[index];
    if (lie_of(seat) == Lie::kFalseChain) action.commitment.bytes[0] ^= 1;
    const bool piece = action.kind == protocol::ChainAction::Kind::kCommitPiece;
    const bool known = piece ? facts_.piece_commitments.contains({action.piece, seat.custodian})
                             : facts_.key_commitments.contains(seat.custodian);
    if (known) return;
    // A transaction is lost or late, never changed: it is signed.
    if (!world_.chance().per_mille(world_.faults().drop)) {
      world_.after(1 + world_.chance().below(world_.faults().delay_max), [this, who = seat.custodian, action, piece] {
        if (piece) {
          facts_.piece_commitments.try_emplace({action.piece, who}, action.commitment);
        } else {
          facts_.key_commitments.try_emplace(who, action.commitment);
        }
      });
    }
    world_.after(kRepostPause, [this, &seat, index, life] { send_to_chain(seat, index, life); });
  }

  void fetch(Seat& seat, const protocol::BoardSlot& slot) {
    board_->fetch(seat.custodian, slot, [this, &seat, life = seat.life](protocol::BoardMessage message) {
      if (seat.life != life || !seat.party || ended(seat)) return;
      const Status received = seat.party->receive(std::move(message));
      if (!received) world_.note(name(seat) + " drops a message: " + received.error().message);
    });
  }

  std::optional<Lie> lie_of(const Seat& seat) const {
    const auto found = cast_.liars.find(seat.custodian);
    return found == cast_.liars.end() ? std::nullopt : std::optional(found->second);
  }

  // What a liar says instead, signed by itself.
  protocol::BoardMessage lie(const Seat& seat, protocol::BoardMessage message) const {
    using protocol::Round;
    const Round round = message.slot.round;
    const bool commit =
        round == Round::kShareCommit || round == Round::kRelinCommit || round == Round::kContributionCommit;
    const bool share = round == Round::kShareReveal || round == Round::kRelinReveal || round == Round::kGaloisReveal;
    const Lie kind = *lie_of(seat);
    const bool applies = (kind == Lie::kFalseHash && commit) || (kind == Lie::kFalseBytes && share) ||
                         (kind == Lie::kFalseSecret && round == Round::kContributionReveal);
    if (!applies || message.body.empty()) return message;
    message.body[message.body.size() / 2] ^= 1;
    return protocol::sign_board_message(cast_.identity(seat.custodian), message.ceremony, message.slot,
                                        std::move(message.body));
  }

  Result<KeygenOutcome> judge(bool all_ended) {
    KeygenOutcome outcome;
    std::size_t honest_finished = 0, honest = 0;
    std::string reasons;
    for (Seat& seat : seats_) {
      if (cast_.lies(seat.custodian)) continue;
      ++honest;
      if (finished(seat)) {
        ++honest_finished;
        if (outcome.keys && outcome.keys->commitment != seat.party->keys().commitment) {
          return broken("two honest custodians have finished with different keys");
        }
        outcome.keys = seat.party->keys();
        continue;
      }
      const std::string why = seat.stopped ? seat.stopped->message
                              : seat.party ? seat.party->waiting_for()
                                           : std::string("it is down");
      if (cast_.liars.empty()) return broken(name(seat) + " did not finish though nobody lied: " + why);
      reasons += (reasons.empty() ? "" : "; ") + name(seat) + ": " + why;
      if (blames_a_liar(why, cast_)) outcome.ending = why;
    }
    if (honest_finished == 0 && outcome.ending.empty()) {
      return broken("nobody names a liar (" + cast_.liars_text() + "): " + reasons);
    }
    if (honest_finished != 0 && honest_finished != honest) {
      return broken("some honest custodians have keys and some do not");
    }
    if (honest_finished == honest) {
      if (!all_ended) return broken("all have finished but the ceremony has not");
      for (const Seat& seat : seats_) {
        if (finished(seat)) outcome.secrets.emplace(seat.custodian, seat.party->secrets());
      }
      outcome.setup = setup_;
      outcome.board = board_;
      outcome.facts = facts_;
      outcome.ending = "keys for " + std::to_string(outcome.secrets.size()) + " custodians";
    }
    return outcome;
  }

  const Cast& cast_;
  World& world_;
  protocol::KeygenSetup setup_;
  Hash256 ceremony_;
  std::vector<Seat> seats_;
  std::shared_ptr<Board> board_;
  protocol::ChainFacts facts_;
};

}  // namespace

Result<KeygenOutcome> simulate_keygen(const Cast& cast, Epoch epoch, World& world) {
  Ceremony ceremony(cast, epoch, world);
  auto outcome = ceremony.run();
  if (!outcome) return outcome;
  world.note("key generation ends: " + outcome->ending);
  return outcome;
}

}  // namespace mc::simulation
