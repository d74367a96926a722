// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Members} from "./Members.sol";
import {Voting} from "./Voting.sol";

/// @title How the chambers change the roll.
/// @notice After the founding, members are admitted and removed, lost keys are replaced, and custodians, node operators,
/// auditors and members of the ethics board are appointed and dismissed by motions: any member moves, the three chambers
/// vote, and a motion that passed is carried out once. Nobody else can change the roll, the founder included.
contract Membership is Members, Voting {
    enum Action {
        None,
        Admit,
        Remove,
        Rotate,
        Appoint,
        Dismiss
    }

    enum MotionState {
        None,
        Proposed,
        Carried,
        Rejected,
        Lapsed
    }

    /// @dev `chamber` for Admit, `role` for Appoint and Dismiss, `replacement` for Rotate; zero where they say nothing.
    /// `content` is the hash of why, zero for nothing.
    struct Motion {
        Action action;
        Chamber chamber;
        Role role;
        address subject;
        address replacement;
        bytes32 content;
    }

    struct MotionRecord {
        MotionState state;
        address proposer;
        uint64 proposedAt;
        uint64 votingEnds;
        uint64 proposedInBlock;
        Motion motion;
    }

    error BadMotion(Action action);
    error NoSuchMotion(uint256 number);
    error MotionNotOpen(uint256 number, MotionState state);

    event MotionProposed(uint256 indexed number, address indexed proposer, Action indexed action, address subject);
    event MotionDecided(uint256 indexed number, MotionState state);

    MotionRecord[] private _motions;

    constructor(uint64 votingPeriod_, uint8 quorumPercent_) Voting(this, votingPeriod_, quorumPercent_) {}

    /// @notice Moves a change of the roll. What could not be carried out now is refused now.
    /// @return number by which it is voted on and executed
    function proposeMotion(Motion calldata motion) external returns (uint256 number) {
        if (!foundingSealed) revert FoundingStillOpen();
        if (chamberOf(msg.sender) == Chamber.None) revert NotAMember(msg.sender);
        _requirePossible(motion);
        number = _motions.length;
        uint64 votingEnds = uint64(block.timestamp) + votingPeriod;
        _motions.push(
            MotionRecord({
                state: MotionState.Proposed,
                proposer: msg.sender,
                proposedAt: uint64(block.timestamp),
                votingEnds: votingEnds,
                proposedInBlock: uint64(block.number),
                motion: motion
            })
        );
        _openBallot(_ballot(number));
        emit MotionProposed(number, msg.sender, motion.action, motion.subject);
    }

    function voteMotion(uint256 number, bool support) external {
        MotionRecord storage record = _motion(number);
        bool open = record.state == MotionState.Proposed && block.timestamp < record.votingEnds;
        _castVote(_ballot(number), record.proposedInBlock, open, support);
    }

    /// @notice Counts, and carries out what passed, once. Anyone may call it when the outcome can no longer change. What
    /// has become impossible meanwhile reverts, and lapses one voting period after the vote.
    function executeMotion(uint256 number) external returns (MotionState) {
        MotionState now_ = motionState(number);
        if (now_ != MotionState.Proposed) revert MotionNotOpen(number, now_);
        MotionRecord storage record = _motions[number];
        (bool decided, bool passes) = _outcome(_ballot(number), record.votingEnds);
        if (!decided) revert VotingOpen(_ballot(number), record.votingEnds);
        record.state = passes ? MotionState.Carried : MotionState.Rejected;
        if (passes) _carryOut(record.motion);
        emit MotionDecided(number, record.state);
        return record.state;
    }

    // ---- reading

    /// @notice The state now: a motion that nobody executed in time has lapsed.
    function motionState(uint256 number) public view returns (MotionState) {
        MotionRecord storage record = _motion(number);
        bool late = record.state == MotionState.Proposed && block.timestamp >= record.votingEnds + votingPeriod;
        return late ? MotionState.Lapsed : record.state;
    }

    function motionCount() external view returns (uint256) {
        return _motions.length;
    }

    /// @notice A motion with its state of now, its votes, and whether `executeMotion` would now decide.
    function motionRecord(uint256 number)
        external
        view
        returns (MotionRecord memory record, Tally[CHAMBERS] memory tallies, bool canExecute)
    {
        record = _motion(number);
        record.state = motionState(number);
        tallies = _tallies[_ballot(number)];
        (bool decided,) = _outcome(_ballot(number), record.votingEnds);
        canExecute = decided && record.state == MotionState.Proposed;
    }

    function hasVotedOnMotion(uint256 number, address member) external view returns (bool) {
        return hasVoted(_ballot(number), member);
    }

    // ---- inside

    /// Above every committee's epoch and below every hash, so that a refusal names the ballot it is about.
    function _ballot(uint256 number) private pure returns (bytes32) {
        return bytes32((uint256(1) << 64) | number);
    }

    function _motion(uint256 number) private view returns (MotionRecord storage) {
        if (number >= _motions.length) revert NoSuchMotion(number);
        return _motions[number];
    }

    function _requirePossible(Motion calldata motion) private view {
        bool chamber = motion.chamber != Chamber.None;
        bool role = motion.role != Role.None;
        bool replacement = motion.replacement != address(0);
        Action action = motion.action;
        bool appoints = action == Action.Appoint || action == Action.Dismiss;
        if (
            action == Action.None || chamber != (action == Action.Admit) || role != appoints
                || replacement != (action == Action.Rotate)
        ) revert BadMotion(action);
        if (action == Action.Admit) _requireAdmissible(motion.subject, motion.chamber);
        else if (action == Action.Remove) _requireRemovable(motion.subject);
        else if (action == Action.Rotate) _requireRotatable(motion.subject, motion.replacement);
        else if (action == Action.Appoint) _requireAppointable(motion.subject, motion.role);
        else _requireDismissible(motion.subject, motion.role);
    }

    /// Every step checks again what it needs: the roll may have changed since the motion was proposed.
    function _carryOut(Motion storage motion) private {
        if (motion.action == Action.Admit) {
            _admit(motion.subject, motion.chamber);
        } else if (motion.action == Action.Remove) {
            _remove(motion.subject);
        } else if (motion.action == Action.Rotate) {
            if (chamberOf(motion.subject) == Chamber.None) revert NoMember(motion.subject);
            _rotate(identityOf(motion.subject), motion.replacement);
        } else if (motion.action == Action.Appoint) {
            _appoint(motion.subject, motion.role);
        } else {
            _dismiss(motion.subject, motion.role);
        }
    }
}
