// SPDX-License-Identifier: Apache-2.0
#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {

Result<Budget> CommonsChain::view_budget(std::string_view signature, const Hash256& id) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, signature, AbiWriter().hash(id)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 3, "privacy budget"));
  Budget out;
  MC_TRY(out.total_micro, reader.u64());
  MC_TRY(out.spent_micro, reader.u64());
  MC_TRY(out.refunded_micro, reader.u64());
  MC_TRY_STATUS(reader.finish());
  if (out.spent_micro > out.total_micro) {
    return fail(Code::kCorrupt, "the chain says that " + std::to_string(out.spent_micro) + " of a budget of " +
                                    std::to_string(out.total_micro) + " millionths of rho are spent");
  }
  return out;
}

Result<Budget> CommonsChain::budget_of(const Hash256& study) const {
  return view_budget("budgetOf(bytes32)", study);
}

Result<Budget> CommonsChain::spent_on(const Hash256& dataset) const {
  return view_budget("spentOn(bytes32)", dataset);
}

Result<Receipt> CommonsChain::refuse(const Wallet& custodian, const Hash256& study,
                                     std::uint32_t release_number) const {
  return send(custodian, deployment_.ledger, "refuse(bytes32,uint32)", AbiWriter().hash(study).uint(release_number));
}

Result<bool> CommonsChain::is_voided(const Hash256& study, std::uint32_t release_number) const {
  return view_flag(deployment_.ledger, "voided(bytes32,uint32)", AbiWriter().hash(study).uint(release_number));
}

Result<std::uint64_t> CommonsChain::refusals(const Hash256& study, std::uint32_t release_number) const {
  return view_number(deployment_.ledger, "refusals(bytes32,uint32)", AbiWriter().hash(study).uint(release_number),
                     UINT64_MAX);
}

}  // namespace mc::governance
