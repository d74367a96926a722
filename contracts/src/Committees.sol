// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Voting} from "./Voting.sol";

/// @title Who holds the pieces of the collective key, epoch after epoch.
/// @notice The founder registers the first committee. Every later one is proposed by a member, voted on by the three
/// chambers, and waits: from its approval on, its custodians make their keys while the committee of the current epoch
/// goes on answering, and members may object. Once the timelock has elapsed and all its custodians committed to the same
/// keys, anybody may activate it. A majority of any one chamber stops it before that (R1, R2, R3, R12).
/// An epoch's number is given to one committee and never again, whatever became of it: seeds and messages name it.
abstract contract Committees is Voting {
    enum CommitteeState {
        None,
        Proposed,
        Approved,
        Active,
        Rejected,
        Vetoed,
        Past
    }

    struct PieceCommitment {
        uint64 piece;
        uint8 custodian;
        bytes32 commitment;
    }

    struct CommitteeRecord {
        uint8 threshold;
        CommitteeState state;
        uint64 proposedAt;
        uint64 votingEnds;
        uint64 proposedInBlock;
        uint64 approvedAt;
        uint64 approvedInBlock;
        address proposer;
        address[] custodians;
        bytes32[] identities;
        bytes32[] keys;
        PieceCommitment[] pieces;
        mapping(address custodian => uint8) seatPlusOne;
        mapping(uint64 piece => mapping(uint8 seat => bool)) committed;
    }

    struct CommitteeStatus {
        CommitteeState state;
        address proposer;
        uint64 proposedAt;
        uint64 votingEnds;
        uint64 approvedAt;
        Tally[3] votes;
        Tally[3] objections;
        bool decided;
    }

    error EmptyCommitment();
    error EpochOutOfOrder(uint32 epoch, uint32 expected);
    error CommitteeShape(uint256 custodians, uint8 threshold);
    error SeatTwice(address custodian);
    error NoCustodianRole(address account);
    error NoSuchEpoch(uint32 epoch);
    error EpochIsPast(uint32 epoch, uint32 current);
    error NotInCommittee(uint32 epoch, address caller);
    error NoSuchPiece(uint64 piece);
    error NotAHolder(uint64 piece, address caller);
    error PieceAlreadyCommitted(uint64 piece, address caller);
    error PiecesMissing(uint256 committed, uint256 expected);
    error KeysAlreadyCommitted(uint32 epoch, address caller);
    error NoTimelock();
    error CommitteeNotOpen(uint32 epoch, CommitteeState state);
    error ChangeUnderWay(uint32 epoch);
    error TimelockRuns(uint32 epoch, uint64 until);
    error KeysNotReady(uint32 epoch);

    event CommitteeRegistered(uint32 indexed epoch, uint8 threshold, address[] custodians);
    event CommitteeProposed(uint32 indexed epoch, address indexed proposer, uint64 votingEnds);
    event CommitteeDecided(uint32 indexed epoch, CommitteeState state);
    event CommitteeVetoed(uint32 indexed epoch);
    event CommitteeActivated(uint32 indexed epoch);
    event PieceCommitted(uint32 indexed epoch, uint64 indexed piece, address indexed custodian, bytes32 commitment);
    event KeysCommitted(uint32 indexed epoch, address indexed custodian, bytes32 keyHash);

    /// @dev R1: more pieces would make shares and noise too large.
    uint256 public constant PIECES_MAX = 35;

    /// @notice Seconds between a committee's approval and the earliest moment at which it can be activated.
    uint64 public immutable timelock;
    /// @notice The epoch whose committee answers; 0 before any committee.
    uint32 public currentEpoch;
    /// @notice The newest epoch that was given to a committee, approved or not.
    uint32 public lastEpoch;
    /// @notice The epoch whose committee is approved and not yet active; 0 when there is none.
    uint32 public pendingEpoch;
    mapping(uint32 epoch => CommitteeRecord) private _committees;

    constructor(uint64 timelock_) {
        if (timelock_ == 0) revert NoTimelock();
        timelock = timelock_;
    }

    // ---- how a committee comes into office

    /// @notice Registers the custodians of an epoch during the founding.
    function registerCommittee(
        uint32 epoch,
        uint8 threshold,
        address[] calldata custodians,
        bytes32[] calldata identities
    ) external {
        membership.requireFounding(msg.sender);
        for (uint256 i = 0; i < custodians.length; ++i) {
            if (!membership.isCustodian(custodians[i])) revert NoCustodianRole(custodians[i]);
        }
        CommitteeRecord storage record = _record(epoch, threshold, custodians, identities);
        record.state = CommitteeState.Active;
        if (currentEpoch != 0) _committees[currentEpoch].state = CommitteeState.Past;
        currentEpoch = epoch;
        emit CommitteeRegistered(epoch, threshold, custodians);
    }

    /// @notice Proposes the committee of the next epoch. The chambers' approval is what makes its accounts custodians.
    function proposeCommittee(
        uint32 epoch,
        uint8 threshold,
        address[] calldata custodians,
        bytes32[] calldata identities
    ) external {
        if (!membership.foundingSealed()) revert FoundingStillOpen();
        if (uint8(membership.chamberOf(msg.sender)) == 0) revert NotAMember(msg.sender);
        for (uint256 i = 0; i < custodians.length; ++i) {
            if (custodians[i] == address(0)) revert NoCustodianRole(custodians[i]);
        }
        CommitteeRecord storage record = _record(epoch, threshold, custodians, identities);
        record.state = CommitteeState.Proposed;
        record.proposer = msg.sender;
        record.proposedAt = uint64(block.timestamp);
        record.votingEnds = uint64(block.timestamp) + votingPeriod;
        record.proposedInBlock = uint64(block.number);
        _openBallot(_ballot(epoch));
        emit CommitteeProposed(epoch, msg.sender, record.votingEnds);
    }

    function voteCommittee(uint32 epoch, bool support) external {
        CommitteeRecord storage record = _committee(epoch);
        bool open = record.state == CommitteeState.Proposed && block.timestamp < record.votingEnds;
        _castVote(_ballot(epoch), record.proposedInBlock, open, support);
    }

    /// @notice Counts. Anyone may call it once the outcome can no longer change. One approved committee at a time waits
    /// for its activation, and none whose place a later epoch has taken comes into office.
    function decideCommittee(uint32 epoch) external returns (CommitteeState) {
        CommitteeRecord storage record = _committee(epoch);
        if (record.state != CommitteeState.Proposed) revert CommitteeNotOpen(epoch, record.state);
        (bool decided, bool passes) = _outcome(_ballot(epoch), record.votingEnds);
        if (!decided) revert VotingOpen(_ballot(epoch), record.votingEnds);
        if (passes) {
            if (epoch < currentEpoch) revert EpochIsPast(epoch, currentEpoch);
            if (pendingEpoch != 0) revert ChangeUnderWay(pendingEpoch);
            pendingEpoch = epoch;
            record.approvedAt = uint64(block.timestamp);
            record.approvedInBlock = uint64(block.number);
            _openBallot(_objections(epoch));
        }
        record.state = passes ? CommitteeState.Approved : CommitteeState.Rejected;
        emit CommitteeDecided(epoch, record.state);
        return record.state;
    }

    /// @notice Objects to an approved committee. More than half of any chamber stop it for good.
    function vetoCommittee(uint32 epoch) external {
        CommitteeRecord storage record = _committee(epoch);
        bytes32 ballot = _objections(epoch);
        _castVote(ballot, record.approvedInBlock, record.state == CommitteeState.Approved, true);
        if (!_someChamberInFavour(ballot)) return;
        record.state = CommitteeState.Vetoed;
        pendingEpoch = 0;
        emit CommitteeVetoed(epoch);
    }

    /// @notice Puts an approved committee into office, by anybody.
    function activateCommittee(uint32 epoch) external {
        CommitteeRecord storage record = _committee(epoch);
        if (record.state != CommitteeState.Approved) revert CommitteeNotOpen(epoch, record.state);
        uint64 until = record.approvedAt + timelock;
        if (block.timestamp < until) revert TimelockRuns(epoch, until);
        if (!epochReady(epoch)) revert KeysNotReady(epoch);
        _committees[currentEpoch].state = CommitteeState.Past;
        record.state = CommitteeState.Active;
        currentEpoch = epoch;
        pendingEpoch = 0;
        emit CommitteeActivated(epoch);
    }

    // ---- what its custodians commit to

    /// @notice A holder's commitment H(seed_M, M, epoch) to piece M, given once (R2).
    /// @param piece bitmask of M, the t-1 custodians who do not hold the piece
    function commitPiece(uint32 epoch, uint64 piece, bytes32 commitment) external {
        (CommitteeRecord storage record, uint8 seat) = _seat(epoch);
        if (commitment == 0) revert EmptyCommitment();
        if (piece >> record.custodians.length != 0 || _bitCount(piece) != record.threshold - 1) {
            revert NoSuchPiece(piece);
        }
        if ((piece >> seat) & 1 != 0) revert NotAHolder(piece, msg.sender);
        if (record.committed[piece][seat]) revert PieceAlreadyCommitted(piece, msg.sender);
        record.committed[piece][seat] = true;
        record.pieces.push(PieceCommitment(piece, seat, commitment));
        emit PieceCommitted(epoch, piece, msg.sender, commitment);
    }

    /// @notice A custodian's hash of the keys and the transcript of their generation, after all pieces are committed.
    function commitKeys(uint32 epoch, bytes32 keyHash) external {
        (CommitteeRecord storage record, uint8 seat) = _seat(epoch);
        if (keyHash == 0) revert EmptyCommitment();
        uint256 n = record.custodians.length;
        uint256 expected = _binomial(n, record.threshold - 1) * (n + 1 - record.threshold);
        if (record.pieces.length != expected) revert PiecesMissing(record.pieces.length, expected);
        if (record.keys[seat] != 0) revert KeysAlreadyCommitted(epoch, msg.sender);
        record.keys[seat] = keyHash;
        emit KeysCommitted(epoch, msg.sender, keyHash);
    }

    // ---- reading

    function committee(uint32 epoch)
        external
        view
        returns (uint8 threshold, address[] memory custodians, bytes32[] memory identities)
    {
        CommitteeRecord storage record = _committee(epoch);
        return (record.threshold, record.custodians, record.identities);
    }

    /// @notice How far a committee has come; state None for an epoch that was never given away.
    function committeeStatus(uint32 epoch) external view returns (CommitteeStatus memory status) {
        CommitteeRecord storage record = _committees[epoch];
        status.state = record.state;
        status.proposer = record.proposer;
        status.proposedAt = record.proposedAt;
        status.votingEnds = record.votingEnds;
        status.approvedAt = record.approvedAt;
        status.votes = _tallies[_ballot(epoch)];
        status.objections = _tallies[_objections(epoch)];
        if (record.state == CommitteeState.Proposed) (status.decided,) = _outcome(_ballot(epoch), record.votingEnds);
    }

    function hasVotedOnCommittee(uint32 epoch, address member) external view returns (bool) {
        return hasVoted(_ballot(epoch), member);
    }

    function hasObjected(uint32 epoch, address member) external view returns (bool) {
        return hasVoted(_objections(epoch), member);
    }

    function pieceCommitments(uint32 epoch) external view returns (PieceCommitment[] memory) {
        return _committee(epoch).pieces;
    }

    /// @notice One key hash per custodian, zero where it is still missing.
    function keyCommitments(uint32 epoch) external view returns (bytes32[] memory) {
        return _committee(epoch).keys;
    }

    /// @notice Whether all n custodians committed to the same keys (R3: all n, not t).
    function epochReady(uint32 epoch) public view returns (bool) {
        bytes32[] storage keys = _committees[epoch].keys;
        if (keys.length == 0 || keys[0] == 0) return false;
        for (uint256 i = 1; i < keys.length; ++i) {
            if (keys[i] != keys[0]) return false;
        }
        return true;
    }

    // ---- inside

    /// Ballots of committees are their epochs, which no hash can be taken for.
    function _ballot(uint32 epoch) private pure returns (bytes32) {
        return bytes32(uint256(epoch));
    }

    function _objections(uint32 epoch) private pure returns (bytes32) {
        return bytes32((uint256(1) << 32) | epoch);
    }

    /// Gives the next epoch to these custodians. With n < 2t-1 some piece would have corrupt holders only, who could own
    /// the collective key (R1); with t = 1 one custodian could read everything.
    function _record(uint32 epoch, uint8 threshold, address[] calldata custodians, bytes32[] calldata identities)
        private
        returns (CommitteeRecord storage record)
    {
        uint256 n = custodians.length;
        if (epoch != lastEpoch + 1) revert EpochOutOfOrder(epoch, lastEpoch + 1);
        if (
            threshold < 2 || n + 1 < 2 * uint256(threshold) || n > PIECES_MAX || identities.length != n
                || _binomial(n, threshold - 1) > PIECES_MAX
        ) revert CommitteeShape(n, threshold);
        record = _committees[epoch];
        for (uint256 i = 0; i < n; ++i) {
            if (identities[i] == 0) revert EmptyCommitment();
            if (record.seatPlusOne[custodians[i]] != 0) revert SeatTwice(custodians[i]);
            record.seatPlusOne[custodians[i]] = uint8(i + 1);
        }
        record.threshold = threshold;
        record.custodians = custodians;
        record.identities = identities;
        record.keys = new bytes32[](n);
        lastEpoch = epoch;
    }

    function _committee(uint32 epoch) private view returns (CommitteeRecord storage record) {
        record = _committees[epoch];
        if (record.threshold == 0) revert NoSuchEpoch(epoch);
    }

    /// Who commits sits in the committee in office or in the approved one.
    function _seat(uint32 epoch) private view returns (CommitteeRecord storage record, uint8 seat) {
        record = _committee(epoch);
        if (epoch != currentEpoch && epoch != pendingEpoch) {
            if (epoch < currentEpoch) revert EpochIsPast(epoch, currentEpoch);
            revert CommitteeNotOpen(epoch, record.state);
        }
        uint8 seatPlusOne = record.seatPlusOne[msg.sender];
        if (seatPlusOne == 0) revert NotInCommittee(epoch, msg.sender);
        return (record, seatPlusOne - 1);
    }

    /// The caller's seat in the committee of `epoch`, in office or relieved.
    function _seatOf(uint32 epoch) internal view returns (uint8 seat, uint256 seats) {
        CommitteeRecord storage record = _committees[epoch];
        uint8 seatPlusOne = record.seatPlusOne[msg.sender];
        if (seatPlusOne == 0) revert NotInCommittee(epoch, msg.sender);
        return (seatPlusOne - 1, record.custodians.length);
    }

    function _bitCount(uint64 value) private pure returns (uint256 count) {
        for (; value != 0; value &= value - 1) {
            ++count;
        }
    }

    /// n over k for n <= 35, 1 <= k <= (n+1)/2: every intermediate product is a binomial coefficient times i, below 2^40.
    function _binomial(uint256 n, uint256 k) private pure returns (uint256 result) {
        result = 1;
        for (uint256 i = 1; i <= k; ++i) {
            result = result * (n + 1 - i) / i;
        }
    }
}
