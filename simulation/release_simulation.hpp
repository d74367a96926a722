// SPDX-License-Identifier: Apache-2.0
// A release over a bad wire: the real release_party of every custodian behind a driver like the node's, and the real
// collector and combiner of the requester. A custodian's ledger is its disk and survives crashes, its party does not.
#pragma once

#include <map>

#include "protocol/combine.hpp"
#include "protocol/release_party.hpp"
#include "simulation/cast.hpp"
#include "simulation/world.hpp"

namespace mc::simulation {

/// A keyed committee and a requester, for as many releases as are wanted.
class ReleaseStage {
 public:
  /// `cast`, `secrets` and `world` outlive the stage.
  ReleaseStage(const Cast& cast, const fhe::PublicKey& collective,
               const std::map<CustodianId, protocol::CustodianSecrets>& secrets, World& world);

  struct Outcome {
    /// Opened, disputed, or (fewer than t within reach) nothing.
    std::optional<protocol::Opened> opened;
    std::string ending;
  };
  /// One release of `answers` values to the requester while the custodians in `dead` do not answer at all.
  ///   promises  honest holders of a piece give the same bytes, in every life and however often they are asked; what is
  ///             `verified` is right; whoever is named has lied; with nobody lying and t custodians alive it opens
  ///             right; with fewer alive the sentence names the missing
  ///   errors    kConflict: a broken promise
  Result<Outcome> release(std::size_t answers, const std::set<CustodianId>& dead);

 private:
  class Run;
  const Cast& cast_;
  const fhe::PublicKey& collective_;
  const std::map<CustodianId, protocol::CustodianSecrets>& secrets_;
  World& world_;
  fhe::RequesterContext requester_;
  SecretKey256 requester_secret_;
  fhe::RequesterKey requester_key_;
  std::vector<protocol::PublicIdentity> identities_;
  std::map<CustodianId, protocol::MemoryLedger> ledgers_;  // disk
  std::map<CustodianId, Bytes> earlier_;                   // what a replaying liar has at hand
  std::uint32_t releases_ = 0;
};

}  // namespace mc::simulation
