// SPDX-License-Identifier: Apache-2.0
#include "simulation/questioning.hpp"

namespace mc::simulation {

Disk& Committee::disk_of(CustodianId custodian) {
  const auto found = disks.find(custodian);
  if (found != disks.end()) return found->second;
  return disks.emplace(custodian, Disk(state_of(cast, secrets.at(custodian)))).first->second;
}

std::vector<std::uint64_t> Committee::record(std::span<const Hash256> multiplicands) {
  std::vector<std::uint64_t> times;
  for (const Hash256& multiplicand : multiplicands) {
    times.push_back(first_opened_s.emplace(multiplicand, time_s).first->second);
  }
  return times;
}

fhe::SecretPoly collective_secret(const fhe::Params& params,
                                  const std::map<CustodianId, protocol::CustodianSecrets>& secrets) {
  fhe::SecretPoly sum(params.ring().make<fhe::Domain::kNtt>({params.top_level().value, true}));
  std::set<fhe::PieceId> added;
  for (const auto& [custodian, own] : secrets) {
    for (const fhe::PieceSeed& seed : own.seeds) {
      if (added.insert(seed.piece).second)
        params.ring().add(sum.expose_mutable(), fhe::piece_secret(params, seed).expose());
    }
  }
  return sum;
}

Status check_verdict(const Cast& cast, const protocol::Verdict& verdict, bool right) {
  using protocol::Assurance;
  for (const CustodianId liar : verdict.liars) {
    if (!cast.lies(liar)) return broken("custodian " + std::to_string(liar.value) + " is named and has not lied");
  }
  const bool enough = verdict.answered.size() >= cast.shape.answers_to_detect();
  if (verdict.assurance == Assurance::kVerified && !right) return broken("what is verified is wrong");
  if (verdict.assurance == Assurance::kUnverified && !right && enough) {
    return broken("a wrong outcome of enough answers was not noticed");
  }
  if (!cast.liars.empty()) return {};
  if (!right) return broken("nobody lied and the outcome is wrong");
  if (!verdict.disputes.empty()) return broken("nobody lied and there is a dispute");
  if (enough != (verdict.assurance == Assurance::kVerified)) return broken("the assurance does not fit the answers");
  return {};
}

}  // namespace mc::simulation
