// SPDX-License-Identifier: Apache-2.0
#include "simulation/simulate.hpp"

#include <algorithm>
#include <array>

#include "simulation/keygen_simulation.hpp"
#include "simulation/migration_simulation.hpp"
#include "simulation/refresh_simulation.hpp"
#include "simulation/release_simulation.hpp"

namespace mc::simulation {
namespace {

constexpr std::array kKeygenLies{Lie::kSilence, Lie::kFalseHash, Lie::kFalseBytes, Lie::kFalseSecret, Lie::kFalseChain};
constexpr std::array kMigrationLies{Lie::kSilence, Lie::kFalseHash, Lie::kFalseBytes};
constexpr std::array kAnswerLies{Lie::kSilence,   Lie::kFalseHash,    Lie::kFalseBytes, Lie::kFalseShare,
                                 Lie::kFalseHead, Lie::kEquivocation, Lie::kReplay,     Lie::kOtherName};

Result<fhe::ParamsPtr> params_of(const std::string& profile) {
  if (profile != "simulation") return fhe::Params::named(profile);
  return fhe::Params::create({.name = "simulation",
                              .log_n = fhe::LogN(13),
                              .q_bits = {50, 50, 50},
                              .p_bits = {50},
                              .insecure_for_tests = false});
}

constexpr std::uint64_t kRepeatDaysMax = 6;

std::string incidents_text(const Incidents& i) {
  return std::to_string(i.sent) + " messages, " + std::to_string(i.dropped) + " lost, " + std::to_string(i.duplicated) +
         " repeated, " + std::to_string(i.damaged) + " damaged, " + std::to_string(i.crashed) + " crashes";
}

// So many custodians that are dead for one release.
std::set<CustodianId> draw_dead(const Cast& cast, std::uint32_t count, Chance& chance) {
  std::set<CustodianId> dead;
  while (dead.size() < count) dead.emplace(static_cast<std::uint8_t>(chance.below(cast.shape.custodians())));
  return dead;
}

class Story {
 public:
  Story(const SimulationSpec& spec, fhe::ParamsPtr params, fhe::CommitteeShape shape)
      : chance_(spec.seed, "story"),
        cast_{spec.seed, std::move(params), std::move(shape), {}, spec.seed},
        world_(spec.seed, Faults::drawn(chance_), spec.on_event) {}

  Result<std::string> tell() {
    MC_TRY_STATUS(make_keys());
    MC_TRY_STATUS(answer());
    MC_TRY_STATUS(hand_over());
    return text_ + "; " + incidents_text(world_.incidents()) + "; trace " + world_.trace().hex().substr(0, 16);
  }

 private:
  Status make_keys() {
    cast_.liars = draw_liars(cast_.shape, kKeygenLies, chance_);
    world_.note("key generation begins; lying: " + cast_.liars_text());
    MC_TRY(keys_, simulate_keygen(cast_, Epoch(1), world_));
    text_ = "keys made at the first try";
    if (keys_.keys) return {};
    // The committee is founded again without the lie, in an epoch of its own: nothing of the first try is used.
    text_ = "key generation stopped by a lie, made again";
    cast_.liars.clear();
    MC_TRY(keys_, simulate_keygen(cast_, Epoch(2), world_));
    if (!keys_.keys) return broken("key generation without liars ended without keys");
    return {};
  }

  // Some alive, some dead, too few alive: first with nobody's harm, then at the edge, then beyond it.
  Status answer() {
    cast_.liars = draw_liars(cast_.shape, kAnswerLies, chance_);
    world_.note("answers begin; lying: " + cast_.liars_text());
    const fhe::PublicKey collective = fhe::narrow_public_key(*cast_.params, keys_.keys->public_key);
    Committee committee{.cast = cast_, .identities = cast_.identities(), .secrets = keys_.secrets};
    Releases releases(committee, collective, world_);
    const std::uint32_t n = cast_.shape.custodians(), t = cast_.shape.threshold();
    const auto spare = static_cast<std::uint32_t>(chance_.below(n - t + 1));
    std::string released, refreshed;
    std::uint32_t number = 0;
    for (const std::uint32_t dead : {0u, spare, n - t + 1}) {
      MC_TRY(const Ending release, releases.release(1 + chance_.below(5), draw_dead(cast_, dead, chance_)));
      MC_TRY(const Ending refresh, simulate_refresh(committee, collective, ++number, 1 + chance_.below(2),
                                                    draw_dead(cast_, dead, chance_), world_));
      for (const auto& [ending, text] : {std::pair(&release, &released), std::pair(&refresh, &refreshed)}) {
        if (dead > n - t && ending->opened) return broken("fewer than t custodians were alive and something came out");
        *text += (text->empty() ? "" : ", ") + ending->text.substr(0, ending->text.find(':')) + " with " +
                 std::to_string(dead) + " dead";
      }
    }
    const std::string lost = lose_a_ledger(committee);
    MC_TRY([[maybe_unused]] const Ending otherwise, releases.ask_otherwise(draw_dead(cast_, spare, chance_)));
    const std::uint64_t days = 1 + chance_.below(kRepeatDaysMax);
    MC_TRY(const Ending repeated, releases.repeat(days, draw_dead(cast_, spare, chance_)));
    text_ += "; then " + std::to_string(cast_.liars.size()) + " lying; releases " + released + "; refreshes " +
             refreshed + "; " + lost + std::to_string(days) + " days later " +
             repeated.text.substr(0, repeated.text.find(':'));
    for (const auto& [who, disk] : committee.disks) {
      if (disk.opened_twice()) return broken("a custodian opened one ciphertext in two ways");
    }
    return {};
  }

  // In every other story; then the custodian gives up what was in it.
  std::string lose_a_ledger(Committee& committee) {
    if (!chance_.per_mille(500)) return "";
    const CustodianId who(static_cast<std::uint8_t>(chance_.below(cast_.shape.custodians())));
    if (!committee.secrets.contains(who)) return "";
    committee.disk_of(who).lose_ledger();
    world_.note("custodian " + std::to_string(who.value) + " loses its ledger");
    return "a ledger lost; ";
  }

  // To a next committee, of another shape perhaps, whose key generation goes well.
  Status hand_over() {
    constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 2> kShapes{{{3, 2}, {4, 2}}};
    const auto& [n, t] = kShapes[chance_.below(kShapes.size())];
    const Cast next{~cast_.seed, cast_.params, fhe::CommitteeShape::create(n, t).value_or_stop(), {}, cast_.commons};
    MC_TRY(const KeygenOutcome next_keys, simulate_keygen(next, Epoch(keys_.setup->epoch.value + 1), world_));
    if (!next_keys.keys) return broken("key generation without liars ended without keys");
    cast_.liars = draw_liars(cast_.shape, kMigrationLies, chance_);
    const auto honest = std::ranges::count_if(keys_.secrets, [&](const auto& s) { return !cast_.lies(s.first); });
    if (honest < static_cast<std::ptrdiff_t>(cast_.shape.threshold())) cast_.liars.clear();
    world_.note("migration begins; lying: " + cast_.liars_text());
    MC_TRY(const std::string ending, simulate_migration(cast_, keys_, next_keys, world_));
    text_ += "; " + ending + " to " + next.shape.text();
    return {};
  }

  Chance chance_;
  Cast cast_;
  World world_;
  KeygenOutcome keys_;
  std::string text_;
};

}  // namespace

Result<std::string> simulate(const SimulationSpec& spec) {
  MC_TRY(fhe::CommitteeShape shape, fhe::CommitteeShape::create(spec.custodians, spec.threshold));
  MC_TRY(fhe::ParamsPtr params, params_of(spec.profile));
  const std::string name = "seed " + std::to_string(spec.seed) + ", " + shape.text() + ", " + spec.profile;
  auto story = Story(spec, std::move(params), std::move(shape)).tell();
  if (!story) return fail(story.error().within(name));
  return "held: " + name + ": " + *story;
}

}  // namespace mc::simulation
