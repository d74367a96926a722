// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"
#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

constexpr std::size_t kCustodiansMax = 35;
constexpr std::size_t kPieceCommitmentsMax = kCustodiansMax * kCustodiansMax;

AbiWriter arguments_of(const Committee& committee) {
  std::vector<Address> accounts;
  std::vector<Hash256> identities;
  for (const CustodianSeat& seat : committee.custodians) {
    accounts.push_back(seat.account);
    identities.push_back(seat.identity);
  }
  return AbiWriter().uint(committee.epoch.value).uint(committee.threshold).addresses(accounts).hashes(identities);
}

Result<CommitteeState> committee_state_of(AbiReader& reader) {
  MC_TRY(const std::uint8_t value, reader.u8());
  if (value > static_cast<std::uint8_t>(CommitteeState::kPast)) {
    return fail(Code::kCorrupt,
                "the chain says that a committee is in state " + std::to_string(value) + ", which does not exist");
  }
  return static_cast<CommitteeState>(value);
}

Status read_tallies(AbiReader& reader, std::array<Tally, 3>& out) {
  for (Tally& tally : out) {
    MC_TRY(tally.yes, reader.u32());
    MC_TRY(tally.no, reader.u32());
    MC_TRY(tally.members, reader.u32());
  }
  return {};
}

}  // namespace

std::string_view committee_state_name(CommitteeState state) {
  switch (state) {
    case CommitteeState::kProposed:
      return "proposed";
    case CommitteeState::kApproved:
      return "approved";
    case CommitteeState::kActive:
      return "active";
    case CommitteeState::kRejected:
      return "rejected";
    case CommitteeState::kVetoed:
      return "vetoed";
    case CommitteeState::kPast:
      return "past";
    case CommitteeState::kNone:
      break;
  }
  return "unknown";
}

Result<Receipt> CommonsChain::register_committee(const Wallet& founder, const Committee& committee) const {
  return send(founder, deployment_.ledger, "registerCommittee(uint32,uint8,address[],bytes32[])",
              arguments_of(committee));
}

Result<Receipt> CommonsChain::propose_committee(const Wallet& member, const Committee& committee) const {
  return send(member, deployment_.ledger, "proposeCommittee(uint32,uint8,address[],bytes32[])",
              arguments_of(committee));
}

Result<Receipt> CommonsChain::vote_committee(const Wallet& member, Epoch epoch, bool support) const {
  return send(member, deployment_.ledger, "voteCommittee(uint32,bool)", AbiWriter().uint(epoch.value).boolean(support));
}

Result<CommitteeState> CommonsChain::decide_committee(const Wallet& anyone, Epoch epoch) const {
  MC_TRY(const Receipt receipt,
         send(anyone, deployment_.ledger, "decideCommittee(uint32)", AbiWriter().uint(epoch.value)));
  const Hash256 event = keccak256("CommitteeDecided(uint32,uint8)");
  const auto log = std::ranges::find_if(receipt.logs, [&](const Log& l) {
    return l.address == deployment_.ledger && l.topics.size() == 2 && l.topics[0] == event;
  });
  if (log == receipt.logs.end()) {
    return fail(Code::kCorrupt, "the chain's receipt of the decision does not say what was decided");
  }
  MC_TRY(AbiReader reader, AbiReader::create(log->data, 1, "decision"));
  MC_TRY(const CommitteeState state, committee_state_of(reader));
  MC_TRY_STATUS(reader.finish());
  return state;
}

Result<Receipt> CommonsChain::veto_committee(const Wallet& member, Epoch epoch) const {
  return send(member, deployment_.ledger, "vetoCommittee(uint32)", AbiWriter().uint(epoch.value));
}

Result<Receipt> CommonsChain::activate_committee(const Wallet& anyone, Epoch epoch) const {
  return send(anyone, deployment_.ledger, "activateCommittee(uint32)", AbiWriter().uint(epoch.value));
}

Result<CommitteeStatus> CommonsChain::committee_status(Epoch epoch) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "committeeStatus(uint32)", AbiWriter().uint(epoch.value)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 24, "committee's status"));
  CommitteeStatus out;
  MC_TRY(out.state, committee_state_of(reader));
  MC_TRY(out.proposer, reader.address());
  MC_TRY(out.proposed_s, reader.u64());
  MC_TRY(out.voting_ends_s, reader.u64());
  MC_TRY(out.approved_s, reader.u64());
  MC_TRY_STATUS(read_tallies(reader, out.votes));
  MC_TRY_STATUS(read_tallies(reader, out.objections));
  MC_TRY(out.can_decide, reader.boolean());
  MC_TRY_STATUS(reader.finish());
  return out;
}

Result<bool> CommonsChain::has_voted_on_committee(Epoch epoch, const Address& member) const {
  return view_flag(deployment_.ledger, "hasVotedOnCommittee(uint32,address)",
                   AbiWriter().uint(epoch.value).address(member));
}

Result<bool> CommonsChain::has_objected(Epoch epoch, const Address& member) const {
  return view_flag(deployment_.ledger, "hasObjected(uint32,address)", AbiWriter().uint(epoch.value).address(member));
}

Result<Epoch> CommonsChain::last_epoch() const {
  MC_TRY(const std::uint64_t epoch, view_number(deployment_.ledger, "lastEpoch()", {}, UINT32_MAX));
  if (epoch == 0) return fail(Code::kNotFound, "no committee is registered on chain yet");
  return Epoch(static_cast<std::uint32_t>(epoch));
}

Result<std::optional<Epoch>> CommonsChain::pending_epoch() const {
  MC_TRY(const std::uint64_t epoch, view_number(deployment_.ledger, "pendingEpoch()", {}, UINT32_MAX));
  return epoch == 0 ? std::nullopt : std::optional(Epoch(static_cast<std::uint32_t>(epoch)));
}

Result<std::uint64_t> CommonsChain::committee_timelock_s() const {
  return view_number(deployment_.ledger, "timelock()", {}, UINT64_MAX);
}

Result<Epoch> CommonsChain::current_epoch() const {
  MC_TRY(const std::uint64_t epoch, view_number(deployment_.ledger, "currentEpoch()", {}, UINT32_MAX));
  if (epoch == 0) return fail(Code::kNotFound, "no committee is registered on chain yet");
  return Epoch(static_cast<std::uint32_t>(epoch));
}

Result<Committee> CommonsChain::committee(Epoch epoch) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "committee(uint32)", AbiWriter().uint(epoch.value)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 3, "committee"));
  Committee out;
  out.epoch = epoch;
  MC_TRY(out.threshold, reader.u8());
  MC_TRY(const std::vector<Address> accounts, reader.addresses(kCustodiansMax));
  MC_TRY(const std::vector<Hash256> identities, reader.hashes(kCustodiansMax));
  MC_TRY_STATUS(reader.finish());
  if (accounts.size() != identities.size()) {
    return fail(Code::kCorrupt, "the committee has " + std::to_string(accounts.size()) + " accounts and " +
                                    std::to_string(identities.size()) + " identities");
  }
  for (std::size_t i = 0; i < accounts.size(); ++i) out.custodians.push_back({accounts[i], identities[i]});
  return out;
}

Result<Receipt> CommonsChain::commit_piece(const Wallet& custodian, Epoch epoch, std::uint64_t piece,
                                           const Hash256& hash) const {
  return send(custodian, deployment_.ledger, "commitPiece(uint32,uint64,bytes32)",
              AbiWriter().uint(epoch.value).uint(piece).hash(hash));
}

Result<std::vector<PieceCommitment>> CommonsChain::piece_commitments(Epoch epoch) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "pieceCommitments(uint32)", AbiWriter().uint(epoch.value)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "piece commitments"));
  MC_TRY(std::vector<AbiReader> items, reader.tuples(3, kPieceCommitmentsMax));
  MC_TRY_STATUS(reader.finish());
  std::vector<PieceCommitment> out;
  for (AbiReader& item : items) {
    PieceCommitment commitment;
    MC_TRY(commitment.piece, item.u64());
    MC_TRY(commitment.custodian.value, item.u8());
    MC_TRY(commitment.hash, item.hash());
    out.push_back(commitment);
  }
  return out;
}

Result<Receipt> CommonsChain::commit_keys(const Wallet& custodian, Epoch epoch, const Hash256& key_hash) const {
  return send(custodian, deployment_.ledger, "commitKeys(uint32,bytes32)",
              AbiWriter().uint(epoch.value).hash(key_hash));
}

Result<std::vector<std::optional<Hash256>>> CommonsChain::key_commitments(Epoch epoch) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "keyCommitments(uint32)", AbiWriter().uint(epoch.value)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "key commitments"));
  MC_TRY(const std::vector<Hash256> hashes, reader.hashes(kCustodiansMax));
  MC_TRY_STATUS(reader.finish());
  std::vector<std::optional<Hash256>> out;
  for (const Hash256& hash : hashes) out.push_back(hash.is_zero() ? std::nullopt : std::optional(hash));
  return out;
}

Result<Hash256> CommonsChain::epoch_key(Epoch epoch) const {
  MC_TRY(const auto commitments, key_commitments(epoch));
  const std::string name = "the keys of epoch " + std::to_string(epoch.value);
  for (std::size_t i = 0; i < commitments.size(); ++i) {
    if (!commitments[i])
      return fail(Code::kUnavailable,
                  name + " are not final: custodian " + std::to_string(i) + " has not committed to them");
    if (*commitments[i] != *commitments[0]) {
      return fail(Code::kConflict,
                  name + " are disputed: custodians 0 and " + std::to_string(i) + " committed to different hashes");
    }
  }
  if (commitments.empty()) return fail(Code::kCorrupt, name + " have no custodians");
  return *commitments[0];
}

}  // namespace mc::governance
