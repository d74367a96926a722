// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Members} from "./Members.sol";

/// @title How the three chambers decide, for whatever is put to them.
/// @notice One member one vote, for ever, cast by herself or by the delegate she had when the ballot opened; each chamber
/// needs quorum and majority. What is decided keeps its own record (when it was opened, until when); this contract counts.
/// Ballots have names, and no two of one contract share one.
abstract contract Voting {
    struct Tally {
        uint32 yes;
        uint32 no;
        uint32 members;
    }

    error FoundingStillOpen();
    error NotAMember(address caller);
    error JoinedAfterProposal(address caller);
    error VoteIsDelegated(bytes32 ballot, address caller, address delegate);
    error AlreadyVoted(bytes32 ballot, address caller);
    error VotingClosed(bytes32 ballot);
    error VotingOpen(bytes32 ballot, uint64 votingEnds);
    error BadVotingRules();

    event Voted(bytes32 indexed ballot, address indexed member, Members.Chamber chamber, bool support, uint32 votes);

    uint256 internal constant CHAMBERS = 3;

    Members public immutable membership;
    /// @notice Seconds a vote stays open, unless every chamber is decided before.
    uint64 public immutable votingPeriod;
    /// @notice Percentage of each chamber's members that must have voted.
    uint8 public immutable quorumPercent;

    mapping(bytes32 ballot => mapping(address identity => bool)) private _voted;
    mapping(bytes32 ballot => Tally[CHAMBERS]) internal _tallies;

    constructor(Members membership_, uint64 votingPeriod_, uint8 quorumPercent_) {
        if (votingPeriod_ == 0 || quorumPercent_ == 0 || quorumPercent_ > 100) revert BadVotingRules();
        membership = membership_;
        votingPeriod = votingPeriod_;
        quorumPercent = quorumPercent_;
    }

    /// @notice Whether the member whose account this is has cast what she may cast on a ballot.
    function hasVoted(bytes32 ballot, address account) public view returns (bool) {
        return _voted[ballot][membership.identityOf(account)];
    }

    /// Chamber sizes are those before this block, as who may vote and who delegated are: a member who leaves in the very
    /// block, and whose delegate still casts her vote, is counted; one who comes in it is not. A chamber that grows later
    /// does not move the quorum.
    function _openBallot(bytes32 ballot) internal {
        for (uint256 i = 0; i < CHAMBERS; ++i) {
            _tallies[ballot][i].members = membership.countBefore(Members.Chamber(i + 1), uint64(block.number));
        }
    }

    /// Counts what the caller may cast. Only members of before the ballot's block vote on it, and only delegations of
    /// before it count. A delegate who is gone and has not voted leaves the vote to its owner; should she come back, she
    /// has joined too late for this ballot.
    function _castVote(bytes32 ballot, uint64 openedInBlock, bool open, bool support) internal {
        Members.Paper memory paper = membership.paperOf(msg.sender, openedInBlock);
        if (paper.chamber == Members.Chamber.None) revert NotAMember(msg.sender);
        if (!open) revert VotingClosed(ballot);
        if (paper.joinedInBlock >= openedInBlock) revert JoinedAfterProposal(msg.sender);
        if (_voted[ballot][paper.identity]) revert AlreadyVoted(ballot, msg.sender);
        bool delegated = paper.delegate != address(0)
            && (membership.accountOf(paper.delegate) != address(0) || _voted[ballot][paper.delegate]);
        if (delegated && paper.carried == 0) revert VoteIsDelegated(ballot, msg.sender, paper.delegate);
        uint32 votes = paper.carried + (delegated ? 0 : 1);
        _voted[ballot][paper.identity] = true;
        Tally storage tally_ = _tallies[ballot][uint8(paper.chamber) - 1];
        if (support) tally_.yes += votes;
        else tally_.no += votes;
        emit Voted(ballot, msg.sender, paper.chamber, support, votes);
    }

    /// A chamber's outcome is decided when the vote is over, when more than half of all its members said yes (and quorum
    /// stands), or when at least half said no. One refusing chamber decides the whole.
    function _outcome(bytes32 ballot, uint64 votingEnds) internal view returns (bool decided, bool passes) {
        bool over = block.timestamp >= votingEnds;
        bool allPass = true;
        for (uint256 i = 0; i < CHAMBERS; ++i) {
            Tally storage t = _tallies[ballot][i];
            bool quorum = uint256(t.yes + t.no) * 100 >= uint256(t.members) * quorumPercent;
            bool passing = quorum && (over ? t.yes > t.no : 2 * t.yes > t.members);
            bool failing = over ? !passing : 2 * t.no >= t.members;
            if (failing) return (true, false);
            allPass = allPass && passing;
        }
        return (allPass, allPass);
    }

    /// Whether more than half of all members of some chamber said yes.
    function _someChamberInFavour(bytes32 ballot) internal view returns (bool) {
        for (uint256 i = 0; i < CHAMBERS; ++i) {
            Tally storage t = _tallies[ballot][i];
            if (2 * t.yes > t.members) return true;
        }
        return false;
    }
}
