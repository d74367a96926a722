// SPDX-License-Identifier: Apache-2.0
// A question to a guarded commons, seen from the requester: how much noise she chooses for the rho that she pays, and
// the round in which the custodians open the counts to each other and say what may be shown (R18, R19).
#pragma once

#include <map>
#include <span>
#include <string>

#include "client/count_calls.hpp"
#include "client/recompute.hpp"
#include "client/transport.hpp"

namespace mc::client {

/// Noise of every sum of a plan, so that together they cost no more than a rho.
struct GuardedNoise {
  std::map<query::MomentId, std::uint8_t> sigma_log2;  // by the sum's name in the whole plan
  std::uint64_t rho_nano = 0;                          // what everything together costs
};
using KnownSigmas = std::map<query::MomentId, std::uint8_t>;
/// Every sum that one person counts in gets an equal share of `rho_nano`. `known`: sums that were released before, for
/// another question or for this one, and have their sigma for ever (R5).
///   errors  query::private_noise's; kLimit when what is known costs more than rho_nano by itself, saying how much
Result<GuardedNoise> guarded_noise(const query::Plan& plan, const DatasetView& view, const fhe::Params& params,
                                   std::uint32_t pieces, std::uint64_t rho_nano, const KnownSigmas& known = {});

/// What a run before the counts is debited, though its masks disclose nothing: the chain takes nothing that is free.
inline constexpr std::uint64_t kRhoNanoOfRun = 1000;

/// As --rho takes it, rounded up to a millionth: "0.125276".
std::string rho_text(std::uint64_t rho_nano);

/// A part's sigmas, each at least the flooding that it needs, and its cost; what `paid` names costs nothing again.
struct PartNoise {
  std::vector<std::uint8_t> sigma_log2;
  std::uint64_t rho_nano = 0;
};
PartNoise noise_of_part(std::span<const query::MomentId> released, const Recomputed& bounds, const GuardedNoise& noise,
                        std::span<const query::MomentId> paid);

struct CountsRound {
  const fhe::Params& params;
  std::span<const protocol::PublicIdentity> identities;  // by custodian id, from the chain
  Epoch epoch{};
  std::span<const CustodianId> available;
  std::function<std::unique_ptr<Transport>(CustodianId)> connect;
};
/// Of `multiplicands`, by their places, those that were released before, with the sigma that at least `needed`
/// custodians name: fewer may lie, and what nobody has released may have any sigma.
std::map<std::size_t, std::uint8_t> known_sigmas(const CountsRound& round, std::span<const Hash256> multiplicands,
                                                 std::size_t needed);

/// Opens the counts of an authorisation that is on chain. A group may be shown when every custodian that answers says
/// so, and what any of them leaves out is left out. `bytes` grows by what came over the wire.
///   errors  what a custodian refused, with its name; kUnavailable when fewer than `needed` answer
Result<query::GuardedVerdict> verdict_on_counts(const CountsRound& round, const ReleaseCall& call, std::size_t needed,
                                                std::size_t& bytes);

}  // namespace mc::client
