// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Members} from "./Members.sol";
import {Membership} from "./Membership.sol";
import {Objections} from "./Objections.sol";
import {Totals} from "./Totals.sol";
import {Voting} from "./Voting.sol";

/// @title What may be asked of the commons, by whom, until when.
/// @notice A researcher proposes; the three chambers vote, one member one vote; a study that every chamber approved waits
/// for its timelock, in which the ethics board may stop it, and becomes active. Only plans whose hash the study lists may
/// be released, to the one key it names, and only while its requester is a researcher of the commons. What all studies of
/// a data set may cost in privacy together is decided here too (Totals).
contract Studies is Totals {
    enum State {
        None,
        Proposed,
        Active,
        Rejected,
        Expired,
        Approved,
        Vetoed
    }

    /// @dev `contentHash`: of the description, whose sensitive part is encrypted to the members. `purpose` and `disease`
    /// are DUO and MONDO numbers, `undertakings` the DUO modifiers that the study observes, a bit each. What it states for
    /// those with a value: `countries` where it works (GS: two letters of ISO 3166-1 each), `institutions` (IS), both
    /// rising and empty for nothing, and `moratorium`, before which it publishes nothing (MOR), 0 for none. Budget, cohort
    /// and suppression are what the chambers vote on; custodians hold the releases to it.
    struct Proposal {
        bytes32 contentHash;
        bytes32 dataset;
        uint32 purpose;
        uint32 disease;
        uint32 undertakings;
        uint16[] countries;
        address[] institutions;
        uint64 moratorium;
        bytes32 requesterKeyHash;
        uint32 releasesMax;
        uint64 rhoMicro;
        uint32 minimumCohort;
        uint32 suppressBelow;
        uint64 expiry;
    }

    struct Record {
        State state;
        address requester;
        Proposal proposal;
        uint64 proposedAt;
        uint64 votingEnds;
        uint64 proposedInBlock;
        uint64 approvedAt;
        uint64 approvedInBlock;
        uint32 vetoes;
        uint32 boardSize;
    }

    struct Summary {
        bytes32 study;
        Record record;
        Tally[CHAMBERS] tallies;
        bool canExecute;
    }

    error NotAResearcher(address caller);
    error EmptyHash();
    error NoPurpose();
    error NoReleases();
    error PlaceCount(uint256 count, uint256 most);
    error PlacesNotRising();
    error PlanCount(uint256 count, uint256 most);
    error PlanTwice(bytes32 plan);
    error ExpiryTooSoon(uint64 expiry, uint64 votingEnds);
    error NoSuchStudy(bytes32 study);
    error StudyNotActive(bytes32 study, State state);
    error NotTheRequester(bytes32 study, address caller);
    error PlanNotAllowed(bytes32 study, bytes32 plan);
    error RequesterKeyDiffers(bytes32 study, bytes32 key);
    error StudyNotApproved(bytes32 study, State state);
    error StudyTimelockRuns(bytes32 study, uint64 until);

    event Proposed(bytes32 indexed study, address indexed requester, bytes32 indexed dataset, uint64 votingEnds);
    event Decided(bytes32 indexed study, State state);
    event Activated(bytes32 indexed study);
    event Vetoed(bytes32 indexed study, address indexed boardMember, bool stopped);

    uint256 public constant PLANS_MAX = 256;
    /// @dev Of countries, and of institutions.
    uint256 public constant PLACES_MAX = 64;

    mapping(address proposer => uint256) public nonceOf;
    mapping(bytes32 study => mapping(bytes32 plan => bool)) public planAllowed;
    mapping(bytes32 study => Record) private _records;
    mapping(bytes32 study => bytes32[]) private _plans;
    bytes32[] private _ids;

    constructor(Membership membership_, uint64 timelock_)
        Voting(membership_, membership_.votingPeriod(), membership_.quorumPercent())
        Objections(timelock_)
    {}

    /// @notice The id of the proposer's next study. It is known before she proposes because the requester key that the
    /// proposal names is derived from it (R10).
    function nextStudyId(address proposer) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), proposer, nonceOf[proposer]));
    }

    /// @notice Proposes a study. Chamber sizes are taken now, and only members of now may vote.
    function propose(Proposal calldata proposal, bytes32[] calldata plans) external returns (bytes32 study) {
        if (!membership.foundingSealed()) revert FoundingStillOpen();
        if (membership.chamberOf(msg.sender) != Members.Chamber.Researchers) revert NotAResearcher(msg.sender);
        if (proposal.dataset == 0 || proposal.requesterKeyHash == 0 || proposal.contentHash == 0) revert EmptyHash();
        if (proposal.purpose == 0) revert NoPurpose();
        if (proposal.releasesMax == 0) revert NoReleases();
        _requirePlaces(proposal.countries, proposal.institutions);
        if (plans.length == 0 || plans.length > PLANS_MAX) revert PlanCount(plans.length, PLANS_MAX);
        uint64 votingEnds = uint64(block.timestamp) + votingPeriod;
        if (proposal.expiry <= votingEnds + timelock) revert ExpiryTooSoon(proposal.expiry, votingEnds + timelock);

        study = nextStudyId(msg.sender);
        ++nonceOf[msg.sender];
        Record storage record = _records[study];
        record.state = State.Proposed;
        record.requester = msg.sender;
        record.proposal = proposal;
        record.proposedAt = uint64(block.timestamp);
        record.votingEnds = votingEnds;
        record.proposedInBlock = uint64(block.number);
        for (uint256 i = 0; i < plans.length; ++i) {
            if (plans[i] == 0) revert EmptyHash();
            if (planAllowed[study][plans[i]]) revert PlanTwice(plans[i]);
            planAllowed[study][plans[i]] = true;
        }
        _plans[study] = plans;
        _openBallot(study);
        _ids.push(study);
        emit Proposed(study, msg.sender, proposal.dataset, votingEnds);
    }

    /// @notice One vote, for ever.
    function vote(bytes32 study, bool support) external {
        Record storage record = _existing(study);
        bool open = record.state == State.Proposed && block.timestamp < record.votingEnds;
        _castVote(study, record.proposedInBlock, open, support);
    }

    /// @notice Counts. Anyone may call it once the outcome can no longer change.
    function execute(bytes32 study) external returns (State) {
        Record storage record = _existing(study);
        if (record.state != State.Proposed) revert VotingClosed(study);
        (bool decided, bool passes) = _outcome(study, record.votingEnds);
        if (!decided) revert VotingOpen(study, record.votingEnds);
        record.state = passes ? State.Approved : State.Rejected;
        if (passes) {
            record.approvedAt = uint64(block.timestamp);
            record.approvedInBlock = uint64(block.number);
            record.boardSize = membership.countWith(Members.Role.EthicsBoard);
        }
        emit Decided(study, record.state);
        return record.state;
    }

    /// @notice The objection of a member of the ethics board to an approved study, before it is active. More than half of
    /// the board of that moment stop it for good.
    function veto(bytes32 study) external {
        Record storage record = _existing(study);
        State now_ = stateOf(study);
        if (now_ != State.Approved) revert StudyNotApproved(study, now_);
        _object(study, record.approvedInBlock);
        ++record.vetoes;
        bool stopped = 2 * record.vetoes > record.boardSize;
        if (stopped) record.state = State.Vetoed;
        emit Vetoed(study, msg.sender, stopped);
    }

    /// @notice Makes an approved study active once its timelock has elapsed; by anybody.
    function activate(bytes32 study) external {
        Record storage record = _existing(study);
        State now_ = stateOf(study);
        if (now_ != State.Approved) revert StudyNotApproved(study, now_);
        uint64 until = record.approvedAt + timelock;
        if (block.timestamp < until) revert StudyTimelockRuns(study, until);
        record.state = State.Active;
        emit Activated(study);
    }

    /// @notice Reverts unless `requester` may receive a release of `plan` under `requesterKeyHash` now.
    /// @return dataset the study's data set, @return releasesMax how many releases it may have in all
    function checkRelease(bytes32 study, address requester, bytes32 plan, bytes32 requesterKeyHash)
        external
        view
        returns (bytes32 dataset, uint32 releasesMax)
    {
        Record storage record = _existing(study);
        State now_ = stateOf(study);
        if (now_ != State.Active) revert StudyNotActive(study, now_);
        if (membership.identityOf(record.requester) != membership.identityOf(requester)) {
            revert NotTheRequester(study, requester);
        }
        if (membership.chamberOf(requester) != Members.Chamber.Researchers) revert NotAResearcher(requester);
        if (!planAllowed[study][plan]) revert PlanNotAllowed(study, plan);
        if (record.proposal.requesterKeyHash != requesterKeyHash) revert RequesterKeyDiffers(study, requesterKeyHash);
        return (record.proposal.dataset, record.proposal.releasesMax);
    }

    /// @notice The data set that a study may ask, and the privacy budget it may spend there.
    function approvedFor(bytes32 study) external view returns (bytes32 dataset, uint64 rhoMicro) {
        Record storage record = _existing(study);
        return (record.proposal.dataset, record.proposal.rhoMicro);
    }

    /// @notice The state now; a study whose time has passed is expired, whether it was ever decided or not.
    function stateOf(bytes32 study) public view returns (State) {
        Record storage record = _records[study];
        bool over = record.state == State.Proposed || record.state == State.Approved || record.state == State.Active;
        return over && block.timestamp >= record.proposal.expiry ? State.Expired : record.state;
    }

    /// @notice The whole record, with its state of now; all zero for an unknown study.
    function studyRecord(bytes32 study) external view returns (Record memory record) {
        record = _records[study];
        record.state = stateOf(study);
    }

    function plansOf(bytes32 study) external view returns (bytes32[] memory) {
        return _plans[study];
    }

    /// @notice Votes of the three chambers, and whether `execute` would now decide.
    function tally(bytes32 study) external view returns (Tally[CHAMBERS] memory tallies, bool canExecute) {
        Record storage record = _existing(study);
        (bool decided,) = _outcome(study, record.votingEnds);
        return (_tallies[study], decided && record.state == State.Proposed);
    }

    /// @notice Up to `limit` studies in the order they were proposed, beginning with number `from`: what a reader needs who
    /// has seen none of them yet.
    function summaries(uint256 from, uint256 limit) external view returns (Summary[] memory page) {
        uint256 first = from < _ids.length ? from : _ids.length;
        uint256 size = limit < _ids.length - first ? limit : _ids.length - first;
        page = new Summary[](size);
        for (uint256 i = 0; i < size; ++i) {
            bytes32 study = _ids[first + i];
            page[i].study = study;
            page[i].record = _records[study];
            page[i].record.state = stateOf(study);
            page[i].tallies = _tallies[study];
            (bool decided,) = _outcome(study, page[i].record.votingEnds);
            page[i].canExecute = decided && page[i].record.state == State.Proposed;
        }
    }

    function studyCount() external view returns (uint256) {
        return _ids.length;
    }

    /// @notice Up to `limit` study ids in the order they were proposed, beginning with number `from`.
    function studyIds(uint256 from, uint256 limit) external view returns (bytes32[] memory page) {
        uint256 first = from < _ids.length ? from : _ids.length;
        uint256 size = limit < _ids.length - first ? limit : _ids.length - first;
        page = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = _ids[first + i];
        }
    }

    /// Sorted, so that one set of places has one form, and none is nobody's.
    function _requirePlaces(uint16[] calldata countries, address[] calldata institutions) private pure {
        if (countries.length > PLACES_MAX) revert PlaceCount(countries.length, PLACES_MAX);
        if (institutions.length > PLACES_MAX) revert PlaceCount(institutions.length, PLACES_MAX);
        for (uint256 i = 0; i < countries.length; ++i) {
            if (countries[i] <= (i == 0 ? 0 : countries[i - 1])) revert PlacesNotRising();
        }
        for (uint256 i = 0; i < institutions.length; ++i) {
            if (institutions[i] <= (i == 0 ? address(0) : institutions[i - 1])) revert PlacesNotRising();
        }
    }

    function _existing(bytes32 study) private view returns (Record storage record) {
        record = _records[study];
        if (record.state == State.None) revert NoSuchStudy(study);
    }
}
