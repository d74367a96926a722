// SPDX-License-Identifier: Apache-2.0
#include "governance/revert.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"

namespace mc::governance {
namespace {

// "{1}" stands for argument 1; "{1:chamber}", "{1:state}", "{1:motion}" and "{1:committee}" name the value of an
// enumeration, "{0:ballot}" what is voted on, "{1:rho}" is a privacy budget that is counted in millionths.
struct Refusal {
  std::string_view signature;
  Code code;
  std::string_view sentence;
};

constexpr std::array kRefusals = std::to_array<Refusal>({
    // Membership
    {"NotTheFounder(address)", Code::kRefused, "{0} is not the founder of this commons"},
    {"FoundingIsSealed()", Code::kRefused, "the founding is over: the founder has no power any more"},
    {"ZeroAddress()", Code::kInvalidArgument, "the zero address names nobody"},
    {"NoSuchChamber()", Code::kInvalidArgument, "a member belongs to patients, providers or researchers"},
    {"AlreadyAMember(address,uint8)", Code::kConflict, "{0} is already a member of the chamber of {1:chamber}"},
    {"WasInAnotherChamber(address,uint8)", Code::kRefused,
     "{0} was a member of the chamber of {1:chamber} and comes back to no other"},
    {"KeyWasUsed(address)", Code::kRefused, "{0} is or was the key of a member and cannot become another's"},
    {"NoMember(address)", Code::kRefused, "{0} is not the present key of a member"},
    {"NoSuchRole()", Code::kInvalidArgument, "a role is custodian, node operator, auditor or ethics board"},
    {"AlreadyAppointed(address)", Code::kConflict, "{0} already has this role"},
    {"NotAppointed(address)", Code::kNotFound, "{0} has not this role"},
    {"KeyNotOffered(address,address)", Code::kRefused, "the member {0} has not offered {1} as her new key"},
    {"NotInYourChamber(address)", Code::kRefused,
     "{0} is no other member of the same chamber and cannot cast this vote"},
    {"DelegationUnchanged()", Code::kConflict, "the vote is delegated just so already"},
    {"BadMotion(uint8)", Code::kInvalidArgument,
     "a motion of kind {0} names exactly what it needs: a chamber to admit to, a role to appoint to or dismiss from, a "
     "key to replace"},
    {"NoSuchMotion(uint256)", Code::kNotFound, "there is no motion {0}"},
    {"MotionNotOpen(uint256,uint8)", Code::kRefused, "motion {0} is {1:motion}"},
    {"EmptyChamber(uint8)", Code::kRefused,
     "the chamber of {0:chamber} would have no member, so that nothing could ever pass"},
    // Studies, and what they share with committees
    {"NotAResearcher(address)", Code::kRefused, "{0} is no member of the chamber of researchers and cannot propose"},
    {"FoundingStillOpen()", Code::kRefused, "nothing can be proposed before the founding is sealed"},
    {"EmptyHash()", Code::kInvalidArgument, "a hash of the proposal is zero"},
    {"NoPurpose()", Code::kInvalidArgument, "the proposal names no purpose of use"},
    {"PlaceCount(uint256,uint256)", Code::kLimit,
     "the proposal states {0} countries or institutions, at most {1} of each are accepted"},
    {"PlacesNotRising()", Code::kInvalidArgument,
     "the countries and the institutions of a proposal rise, and none is zero"},
    {"NoReleases()", Code::kInvalidArgument, "the proposal asks for no release"},
    {"PlanCount(uint256,uint256)", Code::kInvalidArgument, "the proposal lists {0} plans, it must be 1 to {1}"},
    {"PlanTwice(bytes32)", Code::kInvalidArgument, "the proposal lists plan {0} twice"},
    {"ExpiryTooSoon(uint64,uint64)", Code::kInvalidArgument,
     "the study would expire at {0}, before its vote and its timelock end at {1}"},
    {"StudyNotApproved(bytes32,uint8)", Code::kRefused,
     "study {0} is {1:state}: only an approved study becomes active or is objected to"},
    {"StudyTimelockRuns(bytes32,uint64)", Code::kRefused, "study {0} cannot become active before {1}"},
    {"NotOnTheEthicsBoard(address)", Code::kRefused, "{0} is no member of the ethics board"},
    {"AppointedAfterApproval(address)", Code::kRefused,
     "{0} was appointed to the ethics board after what it objects to was approved"},
    {"VetoedAlready(bytes32,address)", Code::kConflict, "{1} has already objected to {0:ballot}"},
    {"NoSuchStudy(bytes32)", Code::kNotFound, "there is no study {0}"},
    {"NotAMember(address)", Code::kRefused, "{0} belongs to no chamber and cannot vote"},
    {"JoinedAfterProposal(address)", Code::kRefused, "{0} joined after it was proposed and cannot vote on it"},
    {"VoteIsDelegated(bytes32,address,address)", Code::kRefused,
     "{1} had delegated her vote on {0:ballot} to {2} when it opened"},
    {"AlreadyVoted(bytes32,address)", Code::kConflict, "{1} has already voted on {0:ballot}"},
    {"VotingClosed(bytes32)", Code::kRefused, "the vote on {0:ballot} is closed"},
    {"VotingOpen(bytes32,uint64)", Code::kRefused,
     "the vote on {0:ballot} is open until {1} and not yet decided in every chamber"},
    {"StudyNotActive(bytes32,uint8)", Code::kRefused, "study {0} is {1:state}, not active"},
    {"NotTheRequester(bytes32,address)", Code::kRefused, "{1} is not the requester of study {0}"},
    {"PlanNotAllowed(bytes32,bytes32)", Code::kRefused,
     "plan {1} is not among the plans that study {0} was approved for"},
    {"RequesterKeyDiffers(bytes32,bytes32)", Code::kRefused,
     "requester key {1} is not the one that study {0} was approved for"},
    {"BadVotingRules()", Code::kInvalidArgument,
     "a voting period must be longer than 0 s and a quorum 1 to 100 percent"},
    // Ledger, with its committees
    {"EmptyCommitment()", Code::kInvalidArgument, "a hash to be recorded is zero"},
    {"EpochOutOfOrder(uint32,uint32)", Code::kConflict, "the committee is for epoch {0}, the next one is {1}"},
    {"CommitteeShape(uint256,uint8)", Code::kInvalidArgument,
     "{0} custodians with threshold {1} are refused: it needs threshold >= 2, custodians >= 2 threshold - 1, and at "
     "most 35 pieces"},
    {"SeatTwice(address)", Code::kInvalidArgument, "{0} has two seats in the committee"},
    {"NoCustodianRole(address)", Code::kRefused, "{0} is not appointed as custodian"},
    {"NoSuchEpoch(uint32)", Code::kNotFound, "no committee is registered for epoch {0}"},
    {"EpochIsPast(uint32,uint32)", Code::kRefused, "epoch {0} is past, the current one is {1}"},
    {"NotInCommittee(uint32,address)", Code::kRefused, "{1} is not a custodian of epoch {0}"},
    {"NoSuchPiece(uint64)", Code::kInvalidArgument, "{0} is not the bitmask of threshold - 1 custodians"},
    {"NotAHolder(uint64,address)", Code::kRefused, "{1} does not hold piece {0}"},
    {"PieceAlreadyCommitted(uint64,address)", Code::kConflict, "{1} has already committed to piece {0}"},
    {"PiecesMissing(uint256,uint256)", Code::kRefused, "only {0} of {1} piece commitments are on chain"},
    {"KeysAlreadyCommitted(uint32,address)", Code::kConflict, "{1} has already committed to the keys of epoch {0}"},
    {"NoTimelock()", Code::kInvalidArgument,
     "a timelock before a committee or a study becomes active must be longer than 0 s"},
    {"CommitteeNotOpen(uint32,uint8)", Code::kRefused, "the committee of epoch {0} is {1:committee}"},
    {"ChangeUnderWay(uint32)", Code::kConflict, "the committee of epoch {0} is approved and not yet in office"},
    {"TimelockRuns(uint32,uint64)", Code::kRefused, "the committee of epoch {0} cannot come into office before {1}"},
    {"KeysNotReady(uint32)", Code::kRefused, "not all custodians of epoch {0} have committed to the same keys"},
    {"MayNotFound(address)", Code::kRefused,
     "{0} may not found a data set: the founder may during the founding, a provider afterwards"},
    {"BadDataset(bytes32,uint32)", Code::kInvalidArgument, "data set {0} with {1} slots per block cannot be meant"},
    {"DatasetExists(bytes32)", Code::kConflict, "data set {0} exists already"},
    {"NoSuchDataset(bytes32)", Code::kNotFound, "there is no data set {0}"},
    {"NotAnOwner(address)", Code::kRefused, "{0} is neither a patient nor a provider and cannot own records"},
    {"NoSlots()", Code::kInvalidArgument, "a reservation of no slots cannot be meant"},
    {"AlreadyReserved(bytes32,address)", Code::kConflict, "{1} has already reserved slots in data set {0}"},
    {"NotReserved(bytes32,address)", Code::kRefused, "{1} has reserved no slots in data set {0}"},
    {"AlreadyPublished(bytes32,address)", Code::kConflict, "{1} has already published its records in data set {0}"},
    {"NotANodeOperator(address)", Code::kRefused, "{0} is not appointed as node operator"},
    {"EmptyPerson()", Code::kInvalidArgument, "a revocation names an owner and a person"},
    {"ConsentRootUnchanged(bytes32)", Code::kConflict, "this is already the consent root of data set {0}"},
    {"NoConsentRoot(bytes32)", Code::kNotFound, "data set {0} has no such consent root"},
    {"ConsentRootDiffers(bytes32,bytes32)", Code::kRefused, "the consent root {0} is not the current one, {1}"},
    {"ReleaseOutOfOrder(bytes32,uint32,uint32)", Code::kConflict,
     "release {1} of study {0} is out of order, the next one is {2}"},
    {"MultiplicandCount(uint256)", Code::kLimit, "an authorisation names 1 to 1024 multiplicands, not {0}"},
    {"AnnouncedTooMany(bytes32,uint32,uint256)", Code::kLimit,
     "release {1} of study {0} would announce {2} new multiplicands, at most 3072 are accepted"},
    {"ReleasesExhausted(bytes32,uint32)", Code::kRefused, "study {0} has used all of its {1} releases"},
    // Ledger: privacy budgets
    {"DatasetBudget(bytes32,uint64)", Code::kInvalidArgument,
     "data set {0} cannot be founded with a privacy budget of {1:rho}: one that is exact has none, and any other has "
     "one"},
    {"ExactAsksNoBudget(bytes32,uint64)", Code::kInvalidArgument,
     "data set {0} is exact: nothing is debited there, and {1:rho} was asked"},
    {"BadDebit(uint64,uint64)", Code::kInvalidArgument,
     "an answer from guarded data costs more than 0 and at least what its counts cost: {0:rho} was asked, {1:rho} of "
     "it "
     "for the counts"},
    {"BudgetExhausted(bytes32,uint64,uint64)", Code::kRefused,
     "the privacy budget of study {0} has {2:rho} left, {1:rho} was asked: propose a new study, or ask with a smaller "
     "--rho"},
    {"DatasetBudgetExhausted(bytes32,uint64,uint64)", Code::kRefused,
     "the privacy budget of data set {0} has {2:rho} left for all studies together, {1:rho} was asked: ask with a "
     "smaller --rho, if anything is left, or have the chambers raise it (`medcommons budget propose`)"},
    {"BadTotal(bytes32,uint64)", Code::kInvalidArgument,
     "a privacy budget of {1:rho} for data set {0} cannot be meant"},
    {"NoSuchTotal(uint256)", Code::kNotFound, "there is no budget motion {0}"},
    {"TotalNotOpen(uint256,uint8)", Code::kRefused, "budget motion {0} is {1:total}"},
    {"TotalTimelockRuns(uint256,uint64)", Code::kRefused, "budget motion {0} cannot be carried out before {1}"},
    {"NoBudgetToChange(bytes32)", Code::kRefused, "data set {0} is exact, or does not exist: it has no privacy budget"},
    {"TotalBelowSpent(bytes32,uint64,uint64)", Code::kRefused,
     "the privacy budget of data set {0} cannot become {1:rho}: {2:rho} of it are spent"},
    {"TotalSettled(uint256,uint256)", Code::kConflict, "budget motion {0} is settled: the total is that of motion {1}"},
    {"NotAuthorised(bytes32,uint32)", Code::kNotFound, "release {1} of study {0} is not authorised on chain"},
    {"RefusedAlready(bytes32,uint32,address)", Code::kConflict, "{2} has already refused release {1} of study {0}"},
    // Solidity itself
    {"Error(string)", Code::kRefused, "the contract refused: {0}"},
    {"Panic(uint256)", Code::kRefused, "the contract stopped with panic code {0}"},
});

std::vector<std::string_view> argument_types(std::string_view signature) {
  const std::size_t open = signature.find('(');
  std::string_view list = signature.substr(open + 1, signature.size() - open - 2);
  std::vector<std::string_view> types;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    types.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return types;
}

// Enough of a hash to find it again, short enough to read.
std::string short_hash(const Hash256& hash) {
  return "0x" + hash.hex().substr(0, 16) + "…";
}

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// Ballots on committees are small numbers (contracts/src/Committees.sol), those on motions lie above 2^64
// (Membership.sol), on budgets above 2^96 (Totals.sol), all others are studies.
std::string ballot_text(const Hash256& ballot) {
  const auto& bytes = ballot.bytes;
  const auto is_zero = [](std::uint8_t b) { return b == 0; };
  if (std::all_of(bytes.begin(), bytes.end() - 9, is_zero) && bytes[23] == 1) {
    return "motion " + std::to_string(big_endian(ballot.view().last(8)));
  }
  if (std::all_of(bytes.begin(), bytes.end() - 13, is_zero) && bytes[19] == 1) {
    return "budget motion " + std::to_string(big_endian(ballot.view().last(8)));
  }
  const auto small_from = bytes.end() - 5;
  if (std::any_of(bytes.begin(), small_from, [](std::uint8_t b) { return b != 0; }) || *small_from > 1) {
    return "study " + short_hash(ballot);
  }
  return (*small_from == 1 ? "objections to the committee of epoch " : "the committee of epoch ") +
         std::to_string(big_endian(ballot.view().last(4)));
}

std::string printable(ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) out.push_back(byte >= ' ' && byte <= '~' ? static_cast<char>(byte) : '?');
  return out;
}

// Exact: as many decimals as there are.
std::string rho_text(std::uint64_t micro) {
  std::string decimals = std::to_string(micro % 1'000'000);
  decimals.insert(0, 6 - decimals.size(), '0');
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return std::to_string(micro / 1'000'000) + (decimals.empty() ? "" : ".") + decimals;
}

Result<std::string> argument_text(AbiReader& reader, std::string_view type, std::string_view as) {
  if (type == "address") {
    MC_TRY(const Address value, reader.address());
    return value.text();
  }
  if (type == "bytes32") {
    MC_TRY(const Hash256 value, reader.hash());
    return as == "ballot" ? ballot_text(value) : short_hash(value);
  }
  if (type == "string") {
    MC_TRY(const Bytes value, reader.bytes(256));
    return printable(value);
  }
  MC_TRY(const std::uint64_t value, reader.u64());
  if (as == "rho") return rho_text(value);
  if (as == "chamber" && value <= 3) return std::string(chamber_name(static_cast<Chamber>(value)));
  if (as == "state" && value <= 6) return std::string(study_state_name(static_cast<StudyState>(value)));
  if (as == "motion" && value <= 4) return std::string(motion_state_name(static_cast<MotionState>(value)));
  if (as == "total" && value <= 5) return std::string(total_state_name(static_cast<TotalState>(value)));
  if (as == "committee" && value <= 6) return std::string(committee_state_name(static_cast<CommitteeState>(value)));
  return std::to_string(value);
}

// What stands behind the colon of argument `index`'s placeholder; empty when there is nothing.
std::string_view format_of(std::string_view sentence, std::size_t index) {
  const std::string start = "{" + std::to_string(index) + ":";
  const std::size_t at = sentence.find(start);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + start.size();
  return sentence.substr(begin, sentence.find('}', begin) - begin);
}

std::string filled(std::string_view sentence, const std::vector<std::string>& arguments) {
  std::string out;
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    if (sentence[i] != '{') {
      out.push_back(sentence[i]);
      continue;
    }
    out += arguments.at(static_cast<std::size_t>(sentence[i + 1] - '0'));
    i = sentence.find('}', i);
  }
  return out;
}

std::optional<std::string> sentence_for(const Refusal& refusal, ByteView arguments) {
  const auto types = argument_types(refusal.signature);
  Result<AbiReader> reader = AbiReader::create(arguments, types.size(), "the contract's refusal");
  if (!reader) return std::nullopt;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Result<std::string> text = argument_text(*reader, types[i], format_of(refusal.sentence, i));
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  if (!reader->finish()) return std::nullopt;
  return filled(refusal.sentence, texts);
}

const Refusal* find_refusal(ByteView selector_bytes) {
  static const auto by_selector = [] {
    std::map<std::array<std::uint8_t, 4>, const Refusal*> table;
    for (const Refusal& refusal : kRefusals) MC_CHECK(table.emplace(selector(refusal.signature), &refusal).second);
    return table;
  }();
  std::array<std::uint8_t, 4> key{};
  std::copy(selector_bytes.begin(), selector_bytes.end(), key.begin());
  const auto found = by_selector.find(key);
  return found == by_selector.end() ? nullptr : found->second;
}

}  // namespace

Error revert_error(ByteView data) {
  if (data.size() >= 4) {
    if (const Refusal* refusal = find_refusal(data.first(4))) {
      if (auto sentence = sentence_for(*refusal, data.subspan(4))) {
        const std::string name(refusal->signature.substr(0, refusal->signature.find('(')));
        return {refusal->code, std::move(*sentence) + " (" + name + ")"};
      }
    }
  }
  constexpr std::size_t kShownBytes = 36;
  return {Code::kRefused, "a contract refused with unknown reason 0x" +
                              to_hex(data.first(std::min(data.size(), kShownBytes))) +
                              (data.size() > kShownBytes ? "…" : "")};
}

bool has_revert_sentence(std::string_view signature) {
  return std::any_of(kRefusals.begin(), kRefusals.end(),
                     [&](const Refusal& refusal) { return refusal.signature == signature; });
}

}  // namespace mc::governance
