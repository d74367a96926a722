// SPDX-License-Identifier: Apache-2.0
#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {
namespace {

constexpr std::size_t kTotalMotionWords = 21;

Result<TotalState> total_state_of(AbiReader& reader) {
  MC_TRY(const std::uint8_t value, reader.u8());
  if (value > static_cast<std::uint8_t>(TotalState::kLapsed)) {
    return fail(Code::kCorrupt, "the chain says that a change of a budget is in state " + std::to_string(value) +
                                    ", which does not exist");
  }
  return static_cast<TotalState>(value);
}

}  // namespace

std::string_view total_state_name(TotalState state) {
  switch (state) {
    case TotalState::kProposed:
      return "proposed";
    case TotalState::kApproved:
      return "approved";
    case TotalState::kRejected:
      return "rejected";
    case TotalState::kVetoed:
      return "vetoed";
    case TotalState::kLapsed:
      return "lapsed";
    case TotalState::kNone:
      break;
  }
  return "none";
}

Result<std::uint64_t> CommonsChain::propose_total(const Wallet& member, const Hash256& dataset,
                                                  std::uint64_t rho_micro_max) const {
  MC_TRY(const Receipt receipt, send(member, deployment_.studies, "proposeTotal(bytes32,uint64)",
                                     AbiWriter().hash(dataset).uint(rho_micro_max)));
  const Log* log = find_event(receipt, deployment_.studies, "TotalProposed(uint256,address,bytes32,uint64)");
  if (log == nullptr) return fail(Code::kCorrupt, "the chain's receipt of the motion does not give its number");
  MC_TRY(AbiReader reader, AbiReader::create(log->topics[1].view(), 1, "motion number"));
  return reader.u64();
}

Result<Receipt> CommonsChain::vote_total(const Wallet& member, std::uint64_t number, bool support) const {
  return send(member, deployment_.studies, "voteTotal(uint256,bool)", AbiWriter().uint(number).boolean(support));
}

Result<TotalState> CommonsChain::decide_total(const Wallet& anyone, std::uint64_t number) const {
  MC_TRY(const Receipt receipt, send(anyone, deployment_.studies, "decideTotal(uint256)", AbiWriter().uint(number)));
  const Log* log = find_event(receipt, deployment_.studies, "TotalDecided(uint256,uint8)");
  if (log == nullptr) return fail(Code::kCorrupt, "the chain's receipt of the count does not say what was decided");
  MC_TRY(AbiReader reader, AbiReader::create(log->data, 1, "decision"));
  return total_state_of(reader);
}

Result<Receipt> CommonsChain::veto_total(const Wallet& board_member, std::uint64_t number) const {
  return send(board_member, deployment_.studies, "vetoTotal(uint256)", AbiWriter().uint(number));
}

Result<Receipt> CommonsChain::carry_out_total(const Wallet& anyone, std::uint64_t number) const {
  return send(anyone, deployment_.ledger, "carryOutTotal(uint256)", AbiWriter().uint(number));
}

Result<std::uint64_t> CommonsChain::total_count() const {
  return view_number(deployment_.studies, "totalCount()", {}, UINT64_MAX);
}

Result<TotalMotion> CommonsChain::total_motion(std::uint64_t number) const {
  MC_TRY(const Bytes bytes, view(deployment_.studies, "totalMotion(uint256)", AbiWriter().uint(number)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, kTotalMotionWords, "change of a budget"));
  TotalMotion out;
  out.number = number;
  MC_TRY(out.state, total_state_of(reader));
  MC_TRY(out.proposer, reader.address());
  MC_TRY(out.dataset, reader.hash());
  MC_TRY(out.rho_micro_max, reader.u64());
  MC_TRY_STATUS(reader.u64());  // when it was proposed
  MC_TRY(out.voting_ends_s, reader.u64());
  MC_TRY_STATUS(reader.u64());  // block it was proposed in
  MC_TRY(out.approved_s, reader.u64());
  MC_TRY_STATUS(reader.u64());  // block it was approved in
  MC_TRY(out.vetoes, reader.u32());
  MC_TRY(out.board_size, reader.u32());
  for (Tally& tally : out.tallies) {
    MC_TRY(tally.yes, reader.u32());
    MC_TRY(tally.no, reader.u32());
    MC_TRY(tally.members, reader.u32());
  }
  MC_TRY(out.can_decide, reader.boolean());
  MC_TRY_STATUS(reader.finish());
  MC_TRY(const std::uint64_t settled,
         view_number(deployment_.ledger, "totalMotions(bytes32)", AbiWriter().hash(out.dataset), UINT64_MAX));
  out.in_force = settled == number + 1;
  return out;
}

}  // namespace mc::governance
