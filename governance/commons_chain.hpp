// SPDX-License-Identifier: Apache-2.0
// The commons' three contracts as typed functions: Membership (who belongs), Studies (what may be asked), Ledger (what
// the protocol rules want on chain). One method per contract function; refusals arrive as sentences (revert.hpp). A
// CommonsChain is a cheap copyable handle; it keeps a reference to the Chain and is as thread-safe as that is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/strong.hpp"
#include "governance/address.hpp"
#include "governance/data_use.hpp"
#include "governance/rpc.hpp"
#include "governance/wallet.hpp"

namespace mc::governance {

class AbiWriter;

/// Where a commons lives.
struct Deployment {
  std::uint64_t chain_id = 0;
  Address membership;
  Address ledger;
  Address studies;
  friend bool operator==(const Deployment&, const Deployment&) = default;
};

enum class Chamber : std::uint8_t { kNone = 0, kPatients = 1, kProviders = 2, kResearchers = 3 };
inline constexpr std::array kChambers = {Chamber::kPatients, Chamber::kProviders, Chamber::kResearchers};
std::string_view chamber_name(Chamber chamber);

/// What an account may be besides a member of a chamber.
enum class Role : std::uint8_t { kNone = 0, kCustodian = 1, kNodeOperator = 2, kAuditor = 3, kEthicsBoard = 4 };
inline constexpr std::array kRoles = {Role::kCustodian, Role::kNodeOperator, Role::kAuditor, Role::kEthicsBoard};
std::string_view role_name(Role role);

struct CustodianSeat {
  Address account;
  Hash256 identity;  // hash of the custodian's public identity keys
  friend bool operator==(const CustodianSeat&, const CustodianSeat&) = default;
};

struct Committee {
  Epoch epoch{1};
  std::uint8_t threshold = 0;
  std::vector<CustodianSeat> custodians;  // the index is the CustodianId
  friend bool operator==(const Committee&, const Committee&) = default;
};

enum class CommitteeState : std::uint8_t {
  kNone = 0,
  kProposed = 1,
  kApproved = 2,  // its custodians make their keys; another committee answers
  kActive = 3,
  kRejected = 4,
  kVetoed = 5,
  kPast = 6,
};
std::string_view committee_state_name(CommitteeState state);

struct Tally {
  std::uint32_t yes = 0;
  std::uint32_t no = 0;
  std::uint32_t members = 0;  // when it was proposed
};

/// How far a committee has come (R12).
struct CommitteeStatus {
  CommitteeState state = CommitteeState::kNone;
  Address proposer;  // zero for a committee of the founding, as are the times and votes
  std::uint64_t proposed_s = 0;
  std::uint64_t voting_ends_s = 0;
  std::uint64_t approved_s = 0;     // 0 until the chambers approved it
  std::array<Tally, 3> votes;       // in the order of kChambers
  std::array<Tally, 3> objections;  // `yes` counts those who object; `members` as of the approval
  bool can_decide = false;          // it is proposed and every chamber's outcome is decided
};

/// Multiplicands in one transaction; the contract's MULTIPLICANDS_MAX.
inline constexpr std::size_t kMultiplicandsMax = 1024;

/// What a motion changes in the roll of members.
enum class MotionAction : std::uint8_t { kNone = 0, kAdmit = 1, kRemove = 2, kRotate = 3, kAppoint = 4, kDismiss = 5 };
std::string_view motion_action_name(MotionAction action);
enum class MotionState : std::uint8_t {
  kNone = 0,
  kProposed = 1,
  kCarried = 2,
  kRejected = 3,
  kLapsed = 4,  // passed or not, nobody executed it in time
};
std::string_view motion_state_name(MotionState state);

/// A change of the roll, for the chambers to decide. What says nothing for its action is none or zero.
struct Motion {
  MotionAction action = MotionAction::kNone;
  Chamber chamber = Chamber::kNone;  // kAdmit
  Role role = Role::kNone;           // kAppoint, kDismiss
  Address subject{};
  Address replacement{};  // kRotate: the key that replaces a lost one
  Hash256 content{};      // of why; zero for nothing
  friend bool operator==(const Motion&, const Motion&) = default;
};

struct MotionRecord {
  std::uint64_t number = 0;
  MotionState state = MotionState::kNone;
  Address proposer;
  std::uint64_t proposed_s = 0;
  std::uint64_t voting_ends_s = 0;
  Motion motion;
  std::array<Tally, 3> tallies;  // in the order of kChambers
  bool can_execute = false;
};

inline constexpr std::uint64_t kCommitteeTimelockSeconds = std::uint64_t{7} * 24 * 3600;
inline constexpr std::uint64_t kStudyTimelockSeconds = std::uint64_t{2} * 24 * 3600;

struct Dataset {
  Hash256 id;
  std::uint32_t slots_per_block = 0;
  bool exact = false;  // public, synthetic or test data: the guarded release rules are off (R16)
  std::uint64_t rho_micro_max =
      0;  // what all answers from it may cost now, in millionths of rho; 0 exactly when `exact`
  friend bool operator==(const Dataset&, const Dataset&) = default;
};

/// The id of a data set's name.
Hash256 dataset_id(std::string_view name);

struct Member {
  Address account;
  Chamber chamber = Chamber::kNone;
};

/// Everything a founding does before the founder's power ends.
struct FoundingSpec {
  std::vector<Member> members;  // at least one of each chamber
  std::vector<Address> node_operators;
  std::vector<Address> auditors;
  std::vector<Address> ethics_board;
  std::optional<Committee> committee;  // epoch 1; its custodians get the custodian role
  std::vector<Dataset> datasets;
  std::uint32_t voting_period_s = 7 * 24 * 3600;
  std::uint8_t quorum_percent = 50;  // of each chamber's members must have voted, 1 to 100
  std::uint64_t committee_timelock_s =
      kCommitteeTimelockSeconds;                           // between a later committee's approval and activation
  std::uint64_t study_timelock_s = kStudyTimelockSeconds;  // in which the ethics board may stop an approved study
  Wei endowment = 0;  // sent by the founder to every account named here, to pay for its transactions
  bool seal = true;   // end the founder's power as the last step
};

/// Fills accounts up to `endowment` from the founder's where they have less than half of it.
///   errors  the chain's
Status endow(Chain& chain, const Wallet& founder, std::span<const Address> accounts, Wei endowment);

/// Deploys the three contracts and carries out the founding. A founding that was interrupted is simply done again:
/// nobody knows the half-founded contracts.
///   errors  kInvalidArgument for a specification that cannot be meant; the chain's and contracts' errors
Result<Deployment> deploy_all(Chain& chain, const Wallet& founder, const FoundingSpec& specification);

/// A piece commitment: H(seed_M, M, epoch) by one of its holders (R2).
struct PieceCommitment {
  std::uint64_t piece = 0;  // bitmask of the excluded custodians M
  CustodianId custodian;
  Hash256 hash;
  friend bool operator==(const PieceCommitment&, const PieceCommitment&) = default;
};

/// An owner's slots in a data set, and what it published for them.
struct SlotRange {
  Address owner;
  std::uint64_t begin = 0;  // slot in the whole data set: block = begin / slots_per_block
  std::uint32_t count = 0;
  Hash256 manifest;     // zero until published
  Hash256 attestation;  // zero until published
  friend bool operator==(const SlotRange&, const SlotRange&) = default;

  [[nodiscard]] bool published() const { return !manifest.is_zero(); }
};

/// What owners published in a data set, in slot order. Records take part while who published them belongs to a chamber,
/// under whichever key: who is removed takes hers along.
struct PublishedRanges {
  std::vector<SlotRange> taking_part;
  std::vector<SlotRange> left;
};

/// R6's data root: SHA-256 over the published ranges in slot order; reserved but unpublished ranges do not enter.
Hash256 data_root(const Hash256& dataset, std::span<const SlotRange> ranges);

struct ConsentRoot {
  Hash256 root;
  std::uint64_t block = 0;
  std::uint64_t time_s = 0;
};

enum class StudyState : std::uint8_t {
  kNone = 0,
  kProposed = 1,
  kActive = 2,
  kRejected = 3,
  kExpired = 4,
  kApproved = 5,  // by the chambers; its timelock runs
  kVetoed = 6,    // by the ethics board
};
std::string_view study_state_name(StudyState state);

/// What a researcher asks the chambers to allow.
struct StudyProposal {
  Hash256 content;  // hash of the description, whose sensitive part is encrypted to the members (study_document.hpp)
  Hash256 dataset;
  DataUse use;  // its modifiers are what the study undertakes to observe; of limits it states country, institution and
                // moratorium
  std::vector<Hash256> plans;
  Hash256 requester_key;
  std::uint32_t releases_max = 1;
  std::uint64_t rho_micro = 0;       // privacy budget, zero-concentrated, in millionths; 0 in an exact commons
  std::uint32_t minimum_cohort = 0;  // persons below which nothing is released
  std::uint32_t suppress_below = 0;  // persons below which a cell is not shown
  std::uint64_t expiry_s = 0;
};

struct Study {
  Hash256 id;
  StudyState state = StudyState::kNone;
  Address requester;
  Address requester_identity;  // the account she was admitted with; zero where only a page of studies was read
  StudyProposal proposal;
  std::uint64_t proposed_s = 0;
  std::uint64_t voting_ends_s = 0;
  std::uint64_t approved_s = 0;  // 0 until the chambers approved it
  std::uint32_t vetoes = 0;      // of the ethics board
  std::uint32_t board_size = 0;  // when it was approved; more than half of it stop the study
  std::array<Tally, 3> tallies;  // in the order of kChambers
  bool can_execute = false;      // it is proposed and every chamber's outcome is decided

  [[nodiscard]] bool allows(const Hash256& plan) const;
  /// What it asks of a person: the use as proposed, of this very study, by its requester.
  [[nodiscard]] DataUse asked() const;
};

/// R6: what is final on chain before any share exists. `hash` is the SHA-256 of the canonical bytes made off chain.
struct Authorisation {
  Hash256 study;
  std::uint32_t release_number = 0;  // from 1
  Hash256 plan;
  Hash256 data_root;
  Hash256 consent_root;
  Hash256 mask;
  Hash256 result;
  Hash256 requester_key;
  Hash256 sigmas;
  std::uint64_t rho_micro = 0;         // privacy cost in millionths; 0 in an exact commons
  std::uint64_t rho_counts_micro = 0;  // the part of it that opening the counts costs, which is never given back (R18)
  Hash256 hash;
  friend bool operator==(const Authorisation&, const Authorisation&) = default;
};

struct RecordedAuthorisation {
  Authorisation authorisation;
  std::uint64_t block = 0;
  std::uint64_t time_s = 0;
  Epoch epoch{};  // whose committee was in office then
};

/// A privacy budget, zero-concentrated, in millionths of rho (R19); all zero where nothing is counted.
struct Budget {
  std::uint64_t total_micro = 0;
  std::uint64_t spent_micro = 0;     // debited and not given back: at most the total
  std::uint64_t refunded_micro = 0;  // debited once and given back
  friend bool operator==(const Budget&, const Budget&) = default;

  [[nodiscard]] std::uint64_t left_micro() const { return total_micro - spent_micro; }
};

enum class TotalState : std::uint8_t {
  kNone = 0,
  kProposed = 1,
  kApproved = 2,  // its timelock runs, or it waits to be carried out
  kRejected = 3,
  kVetoed = 4,  // by the ethics board
  kLapsed = 5,  // nobody counted it, or carried it out, in time
};
std::string_view total_state_name(TotalState state);

/// Another total for what all answers from a data set may cost in privacy, for the chambers to decide.
struct TotalMotion {
  std::uint64_t number = 0;
  TotalState state = TotalState::kNone;
  Address proposer;
  Hash256 dataset;
  std::uint64_t rho_micro_max = 0;
  std::uint64_t voting_ends_s = 0;
  std::uint64_t approved_s = 0;  // 0 until the chambers approved it
  std::uint32_t vetoes = 0;
  std::uint32_t board_size = 0;  // when it was approved; more than half of it stop the motion
  std::array<Tally, 3> tallies;  // in the order of kChambers
  bool can_decide = false;
  bool in_force = false;  // the data set's total is from this motion
};

struct ChainRevocation;  // consent_state.hpp

class CommonsChain {
 public:
  CommonsChain(Chain& chain, const Deployment& deployment) : chain_(&chain), deployment_(deployment) {}

  [[nodiscard]] const Deployment& deployment() const { return deployment_; }
  [[nodiscard]] Chain& chain() const { return *chain_; }
  /// The same commons as it was after block `number`: a custodian reads all its facts at one block.
  [[nodiscard]] CommonsChain at_block(std::uint64_t number) const;
  /// kConflict for a chain with another id; asked of it once.
  Status verify_chain_id() const;
  /// The same, and refuses addresses without code (kNotFound) or whose contracts do not name each other (kConflict): a
  /// deployment of another commons.
  Status verify_deployment() const;

  // Membership
  // Calls of a founding, many of which go out together (Chain::send_all).
  [[nodiscard]] Call admitting(const Wallet& founder, const Address& member, Chamber chamber) const;
  [[nodiscard]] Call appointing(const Wallet& founder, const Address& account, Role role) const;
  /// Where others encrypt to a member: an X25519 public key.
  [[nodiscard]] Call publishing_box_key(const Wallet& member, const Hash256& box_key) const;
  Result<Receipt> seal_founding(const Wallet& founder) const;
  Result<bool> founding_sealed() const;
  Result<Chamber> chamber_of(const Address& account) const;
  Result<std::uint32_t> member_count(Chamber chamber) const;
  Result<std::vector<Address>> members(Chamber chamber) const;
  Result<bool> has_role(const Address& account, Role role) const;
  /// Everybody who has the role.
  Result<std::vector<Address>> appointed(Role role) const;

  // Membership: what a member does for herself
  /// The member to whom the account belongs or once belonged; zero for a stranger's.
  Result<Address> identity_of(const Address& account) const;
  /// The account that a member signs with now; zero when she is none any more.
  Result<Address> account_of(const Address& identity) const;
  Result<Receipt> offer_key(const Wallet& member, const Address& fresh) const;
  /// Sent by the account that was offered: it signs for the member from now on.
  Result<Receipt> take_key(const Wallet& fresh, const Address& identity) const;
  /// On ballots that open from now on, `delegate` casts the member's vote; the zero address takes it back.
  Result<Receipt> delegate_vote(const Wallet& member, const Address& delegate) const;
  /// The identity of who casts a member's vote on ballots that open from now on; zero when she does.
  Result<Address> delegate_of(const Address& identity) const;
  /// One key per account, zero where none is published.
  Result<std::vector<Hash256>> box_keys(std::span<const Address> accounts) const;

  // Membership: motions
  /// Returns the motion's number.
  Result<std::uint64_t> propose_motion(const Wallet& member, const Motion& motion) const;
  Result<Receipt> vote_motion(const Wallet& member, std::uint64_t number, bool support) const;
  /// Counts once every chamber's outcome is decided, carries out what passed, and returns the motion's new state.
  Result<MotionState> execute_motion(const Wallet& anyone, std::uint64_t number) const;
  Result<std::uint64_t> motion_count() const;
  Result<MotionRecord> motion(std::uint64_t number) const;
  Result<bool> has_voted_on_motion(std::uint64_t number, const Address& member) const;

  // Ledger: committee and keys
  Result<Receipt> register_committee(const Wallet& founder, const Committee& committee) const;
  /// The epoch whose committee answers; kNotFound before any committee is registered.
  Result<Epoch> current_epoch() const;
  Result<Committee> committee(Epoch epoch) const;
  Result<Receipt> commit_piece(const Wallet& custodian, Epoch epoch, std::uint64_t piece, const Hash256& hash) const;
  Result<std::vector<PieceCommitment>> piece_commitments(Epoch epoch) const;
  Result<Receipt> commit_keys(const Wallet& custodian, Epoch epoch, const Hash256& key_hash) const;
  /// One entry per custodian, empty where it has not committed yet.
  Result<std::vector<std::optional<Hash256>>> key_commitments(Epoch epoch) const;
  /// The hash all n custodians agree on; kUnavailable while one is missing, kConflict when two differ.
  Result<Hash256> epoch_key(Epoch epoch) const;

  // Ledger: a committee after the first (R12)
  /// `committee.epoch` is the next that was never given away: last_epoch() + 1.
  Result<Receipt> propose_committee(const Wallet& member, const Committee& committee) const;
  Result<Receipt> vote_committee(const Wallet& member, Epoch epoch, bool support) const;
  /// Counts the votes once every chamber's outcome is decided, and returns the committee's new state.
  Result<CommitteeState> decide_committee(const Wallet& anyone, Epoch epoch) const;
  /// Objects to an approved committee; more than half of any chamber stop it for good.
  Result<Receipt> veto_committee(const Wallet& member, Epoch epoch) const;
  /// Puts an approved committee into office: after the timelock, when all its custodians committed to the same keys.
  Result<Receipt> activate_committee(const Wallet& anyone, Epoch epoch) const;
  /// State kNone for an epoch that was never given to a committee.
  Result<CommitteeStatus> committee_status(Epoch epoch) const;
  Result<bool> has_voted_on_committee(Epoch epoch, const Address& member) const;
  Result<bool> has_objected(Epoch epoch, const Address& member) const;
  /// The newest epoch that was given to a committee; kNotFound before any.
  Result<Epoch> last_epoch() const;
  /// The epoch whose committee is approved and not yet active.
  Result<std::optional<Epoch>> pending_epoch() const;
  Result<std::uint64_t> committee_timelock_s() const;

  // Ledger: data
  Result<Receipt> found_dataset(const Wallet& founder, const Dataset& dataset) const;
  /// kNotFound when it was never founded.
  Result<Dataset> dataset(const Hash256& id) const;
  /// Reserves `count` slots for the wallet's account and returns them.
  Result<SlotRange> reserve_slots(const Wallet& owner, const Hash256& dataset, std::uint32_t count) const;
  /// Every reservation, in slot order.
  Result<std::vector<SlotRange>> slot_ranges(const Hash256& dataset) const;
  /// kCorrupt when the chain does not say of each whether it takes part.
  Result<PublishedRanges> published_ranges(const Hash256& dataset) const;
  Result<Receipt> publish_data(const Wallet& owner, const Hash256& dataset, const Hash256& manifest,
                               const Hash256& attestation) const;

  // Ledger: consent
  Result<Receipt> set_consent_root(const Wallet& node_operator, const Hash256& dataset, const Hash256& root) const;
  /// kNotFound when no root was ever set.
  Result<ConsentRoot> consent_root(const Hash256& dataset) const;
  Result<std::uint64_t> consent_root_count(const Hash256& dataset) const;
  /// The root that was set as number `index`, from 0.
  Result<ConsentRoot> consent_root_at(const Hash256& dataset, std::uint64_t index) const;

  /// Revokes without any node's help: sent from the person's own account, or her delegate's (consent_state.hpp).
  /// Whoever sends: only those are heeded.
  Result<Receipt> revoke_consent(const Wallet& person_account, const Hash256& dataset, const Address& owner,
                                 const Hash256& person, std::uint64_t sequence) const;
  /// Every revocation that was sent so, in order.
  Result<std::vector<ChainRevocation>> chain_revocations(const Hash256& dataset) const;

  // Studies
  /// The id that the account's next proposal will have: the requester's key is derived from it.
  Result<Hash256> next_study_id(const Address& proposer) const;
  /// Returns the new study's id.
  ///   errors  kInvalidArgument for a use that states which study it is or who asks: both stand on chain; kConflict
  ///   when
  ///           the id is not `expected_id` (another proposal came first)
  Result<Hash256> propose(const Wallet& researcher, const StudyProposal& proposal,
                          const std::optional<Hash256>& expected_id = {}) const;
  Result<Receipt> vote(const Wallet& member, const Hash256& study, bool support) const;
  Result<bool> has_voted(const Hash256& study, const Address& member) const;
  /// Counts the votes once every chamber's outcome is decided, and returns the study's new state.
  Result<StudyState> execute(const Wallet& anyone, const Hash256& study) const;
  /// The ethics board's objection to an approved study; more than half of the board stop it for good.
  Result<Receipt> veto(const Wallet& board_member, const Hash256& study) const;
  /// Makes an approved study active once its timelock has elapsed.
  Result<Receipt> activate(const Wallet& anyone, const Hash256& study) const;
  Result<std::uint64_t> study_timelock_s() const;
  Result<Study> study(const Hash256& id) const;
  Result<std::vector<Hash256>> study_ids() const;
  /// Every study in the order of proposal, without its plans: a thousand of them in a few calls.
  Result<std::vector<Study>> studies() const;

  // Ledger: releases
  /// `multiplicands`: digests of what the custodians will multiply by their secrets, one per answer; the chain
  /// remembers when it saw each first (R11). Those that do not fit into the authorisation's transaction are announced
  /// before it, kMultiplicandsMax at a time.
  Result<Receipt> authorise(const Wallet& requester, const Authorisation& authorisation,
                            std::span<const Hash256> multiplicands) const;
  /// The part of an authorisation that comes before it: the chain sees these multiplicands first now.
  Result<Receipt> announce(const Wallet& requester, const Authorisation& authorisation,
                           std::span<const Hash256> multiplicands) const;
  /// Whether an authorisation was recorded, and announced before, with exactly these multiplicands, in this order. The
  /// contract stamps whatever digests it is given: a list with other people's future ciphertexts in it would decide of
  /// which day their keys are. `recorded`: what authorisation() says.
  ///   errors  kNotFound when no transaction of that block recorded it
  Result<bool> authorised_exactly(const RecordedAuthorisation& recorded, std::span<const Hash256> multiplicands) const;
  /// When each multiplicand was first opened, in seconds since 1970; 0 where it never was.
  Result<std::vector<std::uint64_t>> first_opened(std::span<const Hash256> multiplicands) const;
  /// kNotFound when no such release was authorised.
  Result<RecordedAuthorisation> authorisation(const Hash256& study, std::uint32_t release_number) const;
  Result<std::uint32_t> releases_used(const Hash256& study) const;

  // Ledger: privacy budgets
  /// A study's: what the chambers approved, and what its releases cost.
  ///   errors  kNotFound for a study that nobody proposed; kCorrupt when more is spent than there is
  Result<Budget> budget_of(const Hash256& study) const;
  /// A data set's, over all of its studies; all zero for one that is `exact`, or that nobody founded.
  ///   errors  kCorrupt when more is spent than there is
  Result<Budget> spent_on(const Hash256& dataset) const;
  /// A custodian's word that it has not answered a release and never will: once by each seat of the committee that was
  /// in office when it was authorised, relieved or not. The release stays used. When every seat has refused, the chain
  /// gives back what it cost less its counts, once: t - 1 dishonest custodians may refuse here and answer all the same,
  /// but what was opened at least one honest one answered, and that one never says this.
  ///   errors  kNotFound when no such release was authorised; kRefused without a seat of that committee; kConflict for
  ///   a
  ///           second time
  Result<Receipt> refuse(const Wallet& custodian, const Hash256& study, std::uint32_t release_number) const;
  /// Whether every seat refused a release.
  Result<bool> is_voided(const Hash256& study, std::uint32_t release_number) const;
  /// Which seats refused it, a bit each.
  Result<std::uint64_t> refusals(const Hash256& study, std::uint32_t release_number) const;

  // Studies and Ledger: another total for a data set
  /// Returns the motion's number. Whether it can be carried out, the ledger says in the end (carry_out_total).
  Result<std::uint64_t> propose_total(const Wallet& member, const Hash256& dataset, std::uint64_t rho_micro_max) const;
  Result<Receipt> vote_total(const Wallet& member, std::uint64_t number, bool support) const;
  /// Counts once every chamber's outcome is decided, and returns the motion's new state.
  Result<TotalState> decide_total(const Wallet& anyone, std::uint64_t number) const;
  /// The ethics board's objection to what was approved; more than half of the board stop it for good.
  Result<Receipt> veto_total(const Wallet& board_member, std::uint64_t number) const;
  /// Makes it the data set's total, once its timelock (study_timelock_s) has elapsed.
  ///   errors  kRefused below what is spent, for an exact or unknown data set, or when a later motion was carried out
  Result<Receipt> carry_out_total(const Wallet& anyone, std::uint64_t number) const;
  Result<std::uint64_t> total_count() const;
  Result<TotalMotion> total_motion(std::uint64_t number) const;

 private:
  Result<Bytes> view(const Address& contract, std::string_view signature, const AbiWriter& arguments) const;
  Result<Receipt> send(const Wallet& wallet, const Address& contract, std::string_view signature,
                       const AbiWriter& arguments) const;
  Result<bool> sent_as(const Log& log, ByteView call) const;
  Result<bool> view_flag(const Address& contract, std::string_view signature, const AbiWriter& arguments) const;
  Result<std::uint64_t> view_number(const Address& contract, std::string_view signature, const AbiWriter& arguments,
                                    std::uint64_t value_max) const;
  Result<Address> view_address(const Address& contract, std::string_view signature, const AbiWriter& arguments) const;
  Result<Budget> view_budget(std::string_view signature, const Hash256& id) const;
  Status read_record(Study& out) const;
  Status read_plans(Study& out) const;
  Status read_tally(Study& out) const;

  Chain* chain_;
  Deployment deployment_;
  std::optional<std::uint64_t> block_;
};

}  // namespace mc::governance
