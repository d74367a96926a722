// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {
namespace {

constexpr std::size_t kMotionWords = 21;
constexpr std::size_t kAppointedMax = std::size_t{1} << 16;
constexpr std::size_t kBoxKeysPerCall = 512;

template <class Enumeration>
Result<Enumeration> value_of(AbiReader& reader, Enumeration last, std::string_view what) {
  MC_TRY(const std::uint8_t value, reader.u8());
  if (value > static_cast<std::uint8_t>(last)) {
    return fail(Code::kCorrupt, "the chain gives " + std::string(what) + " " + std::to_string(value) +
                                    ", the last that exists is " + std::to_string(static_cast<std::uint8_t>(last)));
  }
  return static_cast<Enumeration>(value);
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kCustodian:
      return "custodian";
    case Role::kNodeOperator:
      return "node-operator";
    case Role::kAuditor:
      return "auditor";
    case Role::kEthicsBoard:
      return "ethics-board";
    case Role::kNone:
      break;
  }
  return "none";
}

std::string_view motion_action_name(MotionAction action) {
  switch (action) {
    case MotionAction::kAdmit:
      return "admit";
    case MotionAction::kRemove:
      return "remove";
    case MotionAction::kRotate:
      return "replace-key";
    case MotionAction::kAppoint:
      return "appoint";
    case MotionAction::kDismiss:
      return "dismiss";
    case MotionAction::kNone:
      break;
  }
  return "none";
}

std::string_view motion_state_name(MotionState state) {
  switch (state) {
    case MotionState::kProposed:
      return "proposed";
    case MotionState::kCarried:
      return "carried";
    case MotionState::kRejected:
      return "rejected";
    case MotionState::kLapsed:
      return "lapsed";
    case MotionState::kNone:
      break;
  }
  return "unknown";
}

Result<std::vector<Address>> CommonsChain::appointed(Role role) const {
  MC_TRY(const Bytes bytes,
         view(deployment_.membership, "appointed(uint8)", AbiWriter().uint(static_cast<std::uint8_t>(role))));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "who is appointed"));
  MC_TRY(std::vector<Address> out, reader.addresses(kAppointedMax));
  MC_TRY_STATUS(reader.finish());
  return out;
}

Result<Address> CommonsChain::identity_of(const Address& account) const {
  return view_address(deployment_.membership, "identityOf(address)", AbiWriter().address(account));
}

Result<Address> CommonsChain::account_of(const Address& identity) const {
  return view_address(deployment_.membership, "accountOf(address)", AbiWriter().address(identity));
}

Result<Receipt> CommonsChain::offer_key(const Wallet& member, const Address& fresh) const {
  return send(member, deployment_.membership, "offerKey(address)", AbiWriter().address(fresh));
}

Result<Receipt> CommonsChain::take_key(const Wallet& fresh, const Address& identity) const {
  return send(fresh, deployment_.membership, "takeKey(address)", AbiWriter().address(identity));
}

Result<Receipt> CommonsChain::delegate_vote(const Wallet& member, const Address& delegate) const {
  return send(member, deployment_.membership, "delegateVote(address)", AbiWriter().address(delegate));
}

Result<Address> CommonsChain::delegate_of(const Address& identity) const {
  return view_address(deployment_.membership, "delegateOf(address)", AbiWriter().address(identity));
}

Call CommonsChain::publishing_box_key(const Wallet& member, const Hash256& box_key) const {
  return {&member, deployment_.membership, call_data("publishBoxKey(bytes32)", AbiWriter().hash(box_key))};
}

Result<std::vector<Hash256>> CommonsChain::box_keys(std::span<const Address> accounts) const {
  std::vector<Hash256> out;
  while (out.size() < accounts.size()) {
    const auto page = accounts.subspan(out.size(), std::min(kBoxKeysPerCall, accounts.size() - out.size()));
    MC_TRY(const Bytes bytes, view(deployment_.membership, "boxKeys(address[])", AbiWriter().addresses(page)));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "members' box keys"));
    MC_TRY(const std::vector<Hash256> keys, reader.hashes(kBoxKeysPerCall));
    MC_TRY_STATUS(reader.finish());
    if (keys.size() != page.size()) {
      return fail(Code::kCorrupt, "the chain gave " + std::to_string(keys.size()) + " box keys for " +
                                      std::to_string(page.size()) + " accounts");
    }
    out.insert(out.end(), keys.begin(), keys.end());
  }
  return out;
}

Result<std::uint64_t> CommonsChain::propose_motion(const Wallet& member, const Motion& motion) const {
  const auto arguments = AbiWriter()
                             .uint(static_cast<std::uint8_t>(motion.action))
                             .uint(static_cast<std::uint8_t>(motion.chamber))
                             .uint(static_cast<std::uint8_t>(motion.role))
                             .address(motion.subject)
                             .address(motion.replacement)
                             .hash(motion.content);
  MC_TRY(const Receipt receipt,
         send(member, deployment_.membership, "proposeMotion((uint8,uint8,uint8,address,address,bytes32))", arguments));
  const Log* log = find_event(receipt, deployment_.membership, "MotionProposed(uint256,address,uint8,address)");
  if (log == nullptr) return fail(Code::kCorrupt, "the chain's receipt of the motion does not give its number");
  MC_TRY(AbiReader reader, AbiReader::create(log->topics[1].view(), 1, "motion number"));
  return reader.u64();
}

Result<Receipt> CommonsChain::vote_motion(const Wallet& member, std::uint64_t number, bool support) const {
  return send(member, deployment_.membership, "voteMotion(uint256,bool)", AbiWriter().uint(number).boolean(support));
}

Result<MotionState> CommonsChain::execute_motion(const Wallet& anyone, std::uint64_t number) const {
  MC_TRY(const Receipt receipt,
         send(anyone, deployment_.membership, "executeMotion(uint256)", AbiWriter().uint(number)));
  const Log* log = find_event(receipt, deployment_.membership, "MotionDecided(uint256,uint8)");
  if (log == nullptr) return fail(Code::kCorrupt, "the chain's receipt of the execution does not say what was decided");
  MC_TRY(AbiReader reader, AbiReader::create(log->data, 1, "decision"));
  return value_of(reader, MotionState::kLapsed, "motion state");
}

Result<std::uint64_t> CommonsChain::motion_count() const {
  return view_number(deployment_.membership, "motionCount()", {}, UINT64_MAX);
}

Result<MotionRecord> CommonsChain::motion(std::uint64_t number) const {
  MC_TRY(const Bytes bytes, view(deployment_.membership, "motionRecord(uint256)", AbiWriter().uint(number)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, kMotionWords, "motion"));
  MotionRecord out;
  out.number = number;
  MC_TRY(out.state, value_of(reader, MotionState::kLapsed, "motion state"));
  MC_TRY(out.proposer, reader.address());
  MC_TRY(out.proposed_s, reader.u64());
  MC_TRY(out.voting_ends_s, reader.u64());
  MC_TRY_STATUS(reader.u64());  // block it was proposed in
  MC_TRY(out.motion.action, value_of(reader, MotionAction::kDismiss, "motion action"));
  MC_TRY(out.motion.chamber, value_of(reader, Chamber::kResearchers, "chamber"));
  MC_TRY(out.motion.role, value_of(reader, Role::kEthicsBoard, "role"));
  MC_TRY(out.motion.subject, reader.address());
  MC_TRY(out.motion.replacement, reader.address());
  MC_TRY(out.motion.content, reader.hash());
  for (Tally& tally : out.tallies) {
    MC_TRY(tally.yes, reader.u32());
    MC_TRY(tally.no, reader.u32());
    MC_TRY(tally.members, reader.u32());
  }
  MC_TRY(out.can_execute, reader.boolean());
  MC_TRY_STATUS(reader.finish());
  return out;
}

Result<bool> CommonsChain::has_voted_on_motion(std::uint64_t number, const Address& member) const {
  return view_flag(deployment_.membership, "hasVotedOnMotion(uint256,address)",
                   AbiWriter().uint(number).address(member));
}

}  // namespace mc::governance
