// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Members} from "./Members.sol";
import {Objections} from "./Objections.sol";

/// @title How the chambers change what all answers from a data set may cost in privacy.
/// @notice Any member moves another total; the three chambers vote as on a study; what they approved waits for the
/// timelock, in which the ethics board may stop it. Then anybody has the ledger carry it out, once, and never below what
/// is spent. What nobody carried out within one more voting period lapses.
abstract contract Totals is Objections {
    enum TotalState {
        None,
        Proposed,
        Approved,
        Rejected,
        Vetoed,
        Lapsed
    }

    struct TotalMotion {
        TotalState state;
        address proposer;
        bytes32 dataset;
        uint64 rhoMicroMax;
        uint64 proposedAt;
        uint64 votingEnds;
        uint64 proposedInBlock;
        uint64 approvedAt;
        uint64 approvedInBlock;
        uint32 vetoes;
        uint32 boardSize;
    }

    error BadTotal(bytes32 dataset, uint64 rhoMicroMax);
    error NoSuchTotal(uint256 number);
    error TotalNotOpen(uint256 number, TotalState state);
    error TotalTimelockRuns(uint256 number, uint64 until);

    event TotalProposed(uint256 indexed number, address indexed proposer, bytes32 indexed dataset, uint64 rhoMicroMax);
    event TotalDecided(uint256 indexed number, TotalState state);
    event TotalVetoed(uint256 indexed number, address indexed boardMember, bool stopped);

    TotalMotion[] private _totals;

    /// @notice Moves that all answers from a data set may cost `rhoMicroMax`. That there is such a data set, and that it
    /// has a budget, the ledger knows: it refuses to carry out what cannot be.
    function proposeTotal(bytes32 dataset, uint64 rhoMicroMax) external returns (uint256 number) {
        if (!membership.foundingSealed()) revert FoundingStillOpen();
        if (membership.chamberOf(msg.sender) == Members.Chamber.None) revert NotAMember(msg.sender);
        if (dataset == 0 || rhoMicroMax == 0) revert BadTotal(dataset, rhoMicroMax);
        number = _totals.length;
        TotalMotion storage motion = _totals.push();
        motion.state = TotalState.Proposed;
        motion.proposer = msg.sender;
        motion.dataset = dataset;
        motion.rhoMicroMax = rhoMicroMax;
        motion.proposedAt = uint64(block.timestamp);
        motion.votingEnds = uint64(block.timestamp) + votingPeriod;
        motion.proposedInBlock = uint64(block.number);
        _openBallot(_totalBallot(number));
        emit TotalProposed(number, msg.sender, dataset, rhoMicroMax);
    }

    function voteTotal(uint256 number, bool support) external {
        TotalMotion storage motion = _total(number);
        bool open = motion.state == TotalState.Proposed && block.timestamp < motion.votingEnds;
        _castVote(_totalBallot(number), motion.proposedInBlock, open, support);
    }

    /// @notice Counts. Anyone may call it once the outcome can no longer change.
    function decideTotal(uint256 number) external returns (TotalState) {
        TotalMotion storage motion = _open(number, TotalState.Proposed);
        (bool decided, bool passes) = _outcome(_totalBallot(number), motion.votingEnds);
        if (!decided) revert VotingOpen(_totalBallot(number), motion.votingEnds);
        motion.state = passes ? TotalState.Approved : TotalState.Rejected;
        if (passes) {
            motion.approvedAt = uint64(block.timestamp);
            motion.approvedInBlock = uint64(block.number);
            motion.boardSize = membership.countWith(Members.Role.EthicsBoard);
        }
        emit TotalDecided(number, motion.state);
        return motion.state;
    }

    /// @notice The objection of a member of the ethics board, until the motion was carried out or has lapsed.
    function vetoTotal(uint256 number) external {
        TotalMotion storage motion = _open(number, TotalState.Approved);
        _object(_totalBallot(number), motion.approvedInBlock);
        ++motion.vetoes;
        bool stopped = 2 * motion.vetoes > motion.boardSize;
        if (stopped) motion.state = TotalState.Vetoed;
        emit TotalVetoed(number, msg.sender, stopped);
    }

    // ---- reading

    /// @notice The data set and its total to be, for the ledger; reverts unless the motion may be carried out now.
    function totalDue(uint256 number) external view returns (bytes32 dataset, uint64 rhoMicroMax) {
        TotalMotion storage motion = _open(number, TotalState.Approved);
        uint64 until = motion.approvedAt + timelock;
        if (block.timestamp < until) revert TotalTimelockRuns(number, until);
        return (motion.dataset, motion.rhoMicroMax);
    }

    function totalCount() external view returns (uint256) {
        return _totals.length;
    }

    /// @notice A motion with its state of now, its votes, and whether `decideTotal` would now decide. Whether it was
    /// carried out is for the ledger to say.
    function totalMotion(uint256 number)
        external
        view
        returns (TotalMotion memory motion, Tally[CHAMBERS] memory tallies, bool canDecide)
    {
        motion = _total(number);
        motion.state = _totalState(number);
        tallies = _tallies[_totalBallot(number)];
        (bool decided,) = _outcome(_totalBallot(number), motion.votingEnds);
        canDecide = decided && motion.state == TotalState.Proposed;
    }

    // ---- inside

    /// Above every number of a motion of the roll and below every study.
    function _totalBallot(uint256 number) private pure returns (bytes32) {
        return bytes32((uint256(1) << 96) | number);
    }

    function _total(uint256 number) private view returns (TotalMotion storage) {
        if (number >= _totals.length) revert NoSuchTotal(number);
        return _totals[number];
    }

    function _open(uint256 number, TotalState wanted) private view returns (TotalMotion storage) {
        TotalState now_ = _totalState(number);
        if (now_ != wanted) revert TotalNotOpen(number, now_);
        return _totals[number];
    }

    function _totalState(uint256 number) private view returns (TotalState) {
        TotalMotion storage motion = _total(number);
        bool undecided = motion.state == TotalState.Proposed && block.timestamp >= motion.votingEnds + votingPeriod;
        bool undone =
            motion.state == TotalState.Approved && block.timestamp >= motion.approvedAt + timelock + votingPeriod;
        return undecided || undone ? TotalState.Lapsed : motion.state;
    }
}
