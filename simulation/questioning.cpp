// SPDX-License-Identifier: Apache-2.0
#include "simulation/questioning.hpp"

namespace mc::simulation {

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
