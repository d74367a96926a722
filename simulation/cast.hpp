// SPDX-License-Identifier: Apache-2.0
// Who takes part in a simulated ceremony, which of them lie and how, and what a run is judged by.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fhe/ckks/params.hpp"
#include "fhe/threshold/committee.hpp"
#include "protocol/identity.hpp"
#include "simulation/chance.hpp"

namespace mc::simulation {

/// One way of deviating from the protocol. Which custodians follow it, and when, is drawn from the seed.
enum class Lie : std::uint8_t {
  kSilence,       // says nothing from some message on
  kFalseHash,     // commits to, or signs, another hash than its share has
  kFalseBytes,    // sends other bytes than it has signed
  kFalseShare,    // computes a share wrongly, and stands by it: the same wrong share as its accomplices
  kFalseSecret,   // key generation: reveals another contribution than it committed to
  kFalseChain,    // key generation: commits to something else on chain
  kFalseHead,     // release: another public part
  kEquivocation,  // release: another answer every time it is asked
  kReplay,        // release: an answer that it gave to an earlier authorisation
  kOtherName,     // release: signs for its neighbour
};
std::string_view lie_name(Lie lie);

struct Cast {
  std::uint64_t seed = 0;
  fhe::ParamsPtr params;
  fhe::CommitteeShape shape;
  std::map<CustodianId, Lie> liars;
  std::uint64_t commons = 0;  // names the commons: a committee and the one after it share it

  [[nodiscard]] bool lies(CustodianId custodian) const { return liars.contains(custodian); }
  [[nodiscard]] std::vector<CustodianId> everyone() const;
  [[nodiscard]] protocol::CustodianIdentity identity(CustodianId custodian) const;
  /// The secret from which a custodian's contributions derive.
  [[nodiscard]] SecretKey256 master(CustodianId custodian) const;
  [[nodiscard]] std::vector<protocol::PublicIdentity> identities() const;
  /// "custodian 2 (false_share), custodian 4 (silence)", or "nobody".
  [[nodiscard]] std::string liars_text() const;
};

/// Up to t-1 liars, each with one of the lies offered; nobody in a third of the draws.
std::map<CustodianId, Lie> draw_liars(const fhe::CommitteeShape& shape, std::span<const Lie> offered, Chance& chance);

/// Whether a sentence that blames "custodian N" names a liar. An honest custodian may stand in it too: two who
/// contradict each other are both named.
bool blames_a_liar(const std::string& sentence, const Cast& cast);

/// A result of this simulation is what the protocols promise, or kConflict says in one sentence which promise broke.
tl::unexpected<Error> broken(const std::string& promise);

}  // namespace mc::simulation
