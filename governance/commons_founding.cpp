// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "governance/abi.hpp"
#include "governance/artifacts.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {
namespace {

Result<Address> deploy(Chain& chain, const Wallet& founder, std::string_view bytecode, const AbiWriter& arguments) {
  Bytes code = from_hex(bytecode).value_or_stop();
  const Bytes encoded = arguments.encode();
  code.insert(code.end(), encoded.begin(), encoded.end());
  return chain.deploy(founder, code);
}

Status check(const FoundingSpec& specification) {
  if (specification.quorum_percent == 0 || specification.quorum_percent > 100) {
    return fail(Code::kInvalidArgument,
                "a quorum of " + std::to_string(specification.quorum_percent) + " percent cannot be meant");
  }
  if (specification.voting_period_s == 0) return fail(Code::kInvalidArgument, "a voting period of 0 s cannot be meant");
  if (specification.committee_timelock_s == 0) {
    return fail(Code::kInvalidArgument, "a timelock of 0 s before a new committee's activation cannot be meant");
  }
  if (specification.study_timelock_s == 0) {
    return fail(Code::kInvalidArgument, "a timelock of 0 s before an approved study is active cannot be meant");
  }
  for (const Chamber chamber : kChambers) {
    const bool found = std::any_of(specification.members.begin(), specification.members.end(),
                                   [&](const Member& member) { return member.chamber == chamber; });
    if (specification.seal && !found) {
      return fail(Code::kInvalidArgument,
                  "the chamber of " + std::string(chamber_name(chamber)) + " has no founding member");
    }
  }
  return {};
}

// Every account that will have transactions to pay for, once, without the founder itself.
std::set<Address> accounts_of(const FoundingSpec& specification, const Address& founder) {
  std::set<Address> out(specification.node_operators.begin(), specification.node_operators.end());
  out.insert(specification.auditors.begin(), specification.auditors.end());
  out.insert(specification.ethics_board.begin(), specification.ethics_board.end());
  for (const Member& member : specification.members) out.insert(member.account);
  if (specification.committee) {
    for (const CustodianSeat& seat : specification.committee->custodians) out.insert(seat.account);
  }
  out.erase(founder);
  return out;
}

// What does not need one another goes out together: on a chain that makes a block in twelve seconds, one at a time is
// minutes.
Status appoint(const CommonsChain& commons, const Wallet& founder, const FoundingSpec& specification) {
  std::vector<Call> calls;
  for (const Member& member : specification.members) {
    calls.push_back(commons.admitting(founder, member.account, member.chamber));
  }
  for (const auto& [role, accounts] : {std::pair(Role::kNodeOperator, &specification.node_operators),
                                       std::pair(Role::kAuditor, &specification.auditors),
                                       std::pair(Role::kEthicsBoard, &specification.ethics_board)}) {
    for (const Address& account : *accounts) calls.push_back(commons.appointing(founder, account, role));
  }
  if (specification.committee) {
    for (const CustodianSeat& seat : specification.committee->custodians) {
      calls.push_back(commons.appointing(founder, seat.account, Role::kCustodian));
    }
  }
  MC_TRY_STATUS(commons.chain().send_all(calls));
  if (specification.committee) MC_TRY_STATUS(commons.register_committee(founder, *specification.committee));
  for (const Dataset& dataset : specification.datasets) MC_TRY_STATUS(commons.found_dataset(founder, dataset));
  return {};
}

}  // namespace

Status endow(Chain& chain, const Wallet& founder, std::span<const Address> accounts, Wei endowment) {
  std::vector<Call> transfers;
  for (const Address& account : accounts) {
    if (endowment == 0) break;
    MC_TRY(const Wei balance, chain.balance(account));
    // Who has half of it left needs nothing yet: a founding that is done again pays nobody twice.
    if (balance < endowment / 2) transfers.push_back({&founder, account, {}, endowment - balance});
  }
  MC_TRY_STATUS(chain.send_all(transfers));
  return {};
}

Result<Deployment> deploy_all(Chain& chain, const Wallet& founder, const FoundingSpec& specification) {
  MC_TRY_STATUS(check(specification));
  Deployment deployment;
  MC_TRY(deployment.chain_id, chain.chain_id());
  MC_TRY(deployment.membership,
         deploy(chain, founder, membership_bytecode(),
                AbiWriter().uint(specification.voting_period_s).uint(specification.quorum_percent)));
  MC_TRY(deployment.studies, deploy(chain, founder, studies_bytecode(),
                                    AbiWriter().address(deployment.membership).uint(specification.study_timelock_s)));
  MC_TRY(deployment.ledger, deploy(chain, founder, ledger_bytecode(),
                                   AbiWriter()
                                       .address(deployment.membership)
                                       .address(deployment.studies)
                                       .uint(specification.committee_timelock_s)));
  const std::set<Address> accounts = accounts_of(specification, founder.address());
  MC_TRY_STATUS(endow(chain, founder, std::vector(accounts.begin(), accounts.end()), specification.endowment));
  const CommonsChain commons(chain, deployment);
  MC_TRY_STATUS(appoint(commons, founder, specification));
  if (specification.seal) MC_TRY_STATUS(commons.seal_founding(founder));
  return deployment;
}

}  // namespace mc::governance
