// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Members} from "./Members.sol";
import {Voting} from "./Voting.sol";

/// @title What the ethics board can still stop when the chambers have approved it.
/// @notice What was approved waits for its timelock. Until then members of the board may object, each once, and more
/// than half of the board of that moment stop it for good.
abstract contract Objections is Voting {
    error NoTimelock();
    error NotOnTheEthicsBoard(address caller);
    error AppointedAfterApproval(address caller);
    error VetoedAlready(bytes32 ballot, address caller);

    /// @notice Seconds between an approval and the earliest moment at which what was approved takes effect.
    uint64 public immutable timelock;

    mapping(bytes32 ballot => mapping(address boardMember => bool)) public hasVetoed;

    constructor(uint64 timelock_) {
        if (timelock_ == 0) revert NoTimelock();
        timelock = timelock_;
    }

    /// Who was appointed since the approval could have been appointed to stop it.
    function _object(bytes32 ballot, uint64 approvedInBlock) internal {
        uint64 since = membership.appointedInBlock(msg.sender, Members.Role.EthicsBoard);
        if (since == 0) revert NotOnTheEthicsBoard(msg.sender);
        if (since >= approvedInBlock) revert AppointedAfterApproval(msg.sender);
        if (hasVetoed[ballot][msg.sender]) revert VetoedAlready(ballot, msg.sender);
        hasVetoed[ballot][msg.sender] = true;
    }
}
