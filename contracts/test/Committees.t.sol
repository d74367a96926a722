// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Committees} from "../src/Committees.sol";
import {Ledger} from "../src/Ledger.sol";
import {Voting} from "../src/Voting.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

/// A committee of 2-of-3 is in office; one of 3-of-5, of which two are old custodians, wants to follow it.
contract CommitteesTest is CommonsFixture {
    function successor(uint256 n) internal pure returns (address[] memory seats, bytes32[] memory identities) {
        seats = new address[](n);
        identities = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            seats[i] = custodian(i + 1);
            identities[i] = bytes32(i + 50);
        }
    }

    function propose(address who, uint32 epoch) internal {
        (address[] memory seats, bytes32[] memory identities) = successor(5);
        vm.prank(who);
        ledger.proposeCommittee(epoch, 3, seats, identities);
        vm.roll(block.number + 1);
    }

    function voteOn(uint32 epoch, address member, bool support) internal {
        vm.prank(member);
        ledger.voteCommittee(epoch, support);
    }

    function allVote(uint32 epoch) internal {
        for (uint256 i = 0; i < 2; ++i) {
            voteOn(epoch, patient(i), true);
            voteOn(epoch, provider(i), true);
            voteOn(epoch, researcher(i), true);
        }
    }

    function approved(uint32 epoch) internal {
        propose(provider(0), epoch);
        allVote(epoch);
        ledger.decideCommittee(epoch);
        vm.roll(block.number + 1);
    }

    function commitPieces(uint32 epoch) internal {
        for (uint64 piece = 0; piece < 32; ++piece) {
            uint256 bits = 0;
            for (uint256 i = 0; i < 5; ++i) {
                bits += (piece >> i) & 1;
            }
            if (bits != 2) continue;
            for (uint256 i = 0; i < 5; ++i) {
                if ((piece >> i) & 1 != 0) continue;
                vm.prank(custodian(i + 1));
                ledger.commitPiece(epoch, piece, bytes32(uint256(piece) + 1000));
            }
        }
    }

    function commitKeys(uint32 epoch, uint256 first, uint256 count, bytes32 hash) internal {
        for (uint256 i = first; i < first + count; ++i) {
            vm.prank(custodian(i + 1));
            ledger.commitKeys(epoch, hash);
        }
    }

    function state(uint32 epoch) internal view returns (Committees.CommitteeState) {
        return ledger.committeeStatus(epoch).state;
    }

    function notOpen(uint32 epoch, Committees.CommitteeState is_) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Committees.CommitteeNotOpen.selector, epoch, is_);
    }

    function test_a_committee_follows_when_approved_keyed_and_waited_for() public {
        approved(2);
        assert(ledger.currentEpoch() == 1 && ledger.pendingEpoch() == 2);
        assert(state(1) == Committees.CommitteeState.Active && state(2) == Committees.CommitteeState.Approved);
        commitPieces(2);
        commitKeys(2, 0, 5, "keys 2");
        assert(ledger.currentEpoch() == 1);
        vm.warp(block.timestamp + TIMELOCK);
        assert(ledger.currentEpoch() == 1);
        vm.prank(stranger);
        ledger.activateCommittee(2);
        assert(ledger.currentEpoch() == 2 && ledger.pendingEpoch() == 0);
        assert(state(1) == Committees.CommitteeState.Past && state(2) == Committees.CommitteeState.Active);
        refuses(notOpen(2, Committees.CommitteeState.Active));
        ledger.activateCommittee(2);
        refuses(notOpen(1, Committees.CommitteeState.Past));
        ledger.activateCommittee(1);
    }

    function test_the_committee_in_office_goes_on_while_the_next_makes_its_keys() public {
        approved(2);
        vm.prank(custodian(0));
        ledger.commitPiece(1, 2, "a piece of epoch 1");
        commitPieces(2);
        assert(ledger.pieceCommitments(1).length == 1 && ledger.pieceCommitments(2).length == 30);
        refuses(abi.encodeWithSelector(Committees.NotInCommittee.selector, 2, custodian(0)));
        vm.prank(custodian(0));
        ledger.commitPiece(2, 3, "not mine");
    }

    function test_nothing_is_committed_for_a_committee_that_is_only_proposed() public {
        propose(provider(0), 2);
        refuses(notOpen(2, Committees.CommitteeState.Proposed));
        vm.prank(custodian(1));
        ledger.commitPiece(2, 6, "too early");
        refuses(notOpen(2, Committees.CommitteeState.Proposed));
        ledger.activateCommittee(2);
    }

    function test_the_old_committee_commits_nothing_after_it_was_relieved() public {
        approved(2);
        commitPieces(2);
        commitKeys(2, 0, 5, "keys 2");
        vm.warp(block.timestamp + TIMELOCK);
        ledger.activateCommittee(2);
        refuses(abi.encodeWithSelector(Committees.EpochIsPast.selector, 1, 2));
        vm.prank(custodian(0));
        ledger.commitPiece(1, 2, "too late");
    }

    function testFuzz_the_timelock_holds_to_the_second(uint64 waited) public {
        waited = waited % (2 * TIMELOCK);
        approved(2);
        commitPieces(2);
        commitKeys(2, 0, 5, "keys 2");
        uint64 until = uint64(block.timestamp) + TIMELOCK;
        vm.warp(block.timestamp + waited);
        if (waited < TIMELOCK) refuses(abi.encodeWithSelector(Committees.TimelockRuns.selector, 2, until));
        ledger.activateCommittee(2);
        assert(ledger.currentEpoch() == (waited < TIMELOCK ? 1 : 2));
    }

    function testFuzz_every_custodians_keys_must_be_there_and_the_same(uint8 count, uint8 liar) public {
        count = count % 6;
        liar = liar % 10;
        approved(2);
        commitPieces(2);
        for (uint256 i = 0; i < count; ++i) {
            commitKeys(2, i, 1, i == liar ? bytes32("others") : bytes32("keys 2"));
        }
        vm.warp(block.timestamp + TIMELOCK);
        bool ready = count == 5 && liar >= 5;
        if (!ready) refuses(abi.encodeWithSelector(Committees.KeysNotReady.selector, 2));
        ledger.activateCommittee(2);
        assert(ledger.currentEpoch() == (ready ? 2 : 1));
    }

    function test_a_majority_of_one_chamber_stops_it_for_good() public {
        approved(2);
        commitPieces(2);
        vm.prank(patient(0));
        ledger.vetoCommittee(2);
        refuses(abi.encodeWithSelector(Voting.AlreadyVoted.selector, bytes32(uint256(1 << 32 | 2)), patient(0)));
        vm.prank(patient(0));
        ledger.vetoCommittee(2);
        vm.prank(provider(0));
        ledger.vetoCommittee(2);
        assert(state(2) == Committees.CommitteeState.Approved && ledger.hasObjected(2, provider(0)));
        vm.prank(patient(1));
        ledger.vetoCommittee(2);
        assert(state(2) == Committees.CommitteeState.Vetoed && ledger.pendingEpoch() == 0);
        refuses(notOpen(2, Committees.CommitteeState.Vetoed));
        vm.prank(custodian(1));
        ledger.commitKeys(2, "keys 2");
        vm.warp(block.timestamp + TIMELOCK);
        refuses(notOpen(2, Committees.CommitteeState.Vetoed));
        ledger.activateCommittee(2);
        refuses(notOpen(2, Committees.CommitteeState.Vetoed));
        ledger.decideCommittee(2);
        approved(3);
        assert(ledger.pendingEpoch() == 3 && ledger.pieceCommitments(3).length == 0);
    }

    function test_after_its_activation_no_objection_counts() public {
        approved(2);
        commitPieces(2);
        commitKeys(2, 0, 5, "keys 2");
        vm.warp(block.timestamp + TIMELOCK);
        ledger.activateCommittee(2);
        refuses(abi.encodeWithSelector(Voting.VotingClosed.selector, bytes32(uint256(1 << 32 | 2))));
        vm.prank(patient(0));
        ledger.vetoCommittee(2);
    }

    function test_strangers_neither_propose_nor_vote_nor_object() public {
        (address[] memory seats, bytes32[] memory identities) = successor(5);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        vm.prank(stranger);
        ledger.proposeCommittee(2, 3, seats, identities);
        propose(patient(0), 2);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, custodian(0)));
        voteOn(2, custodian(0), true);
        allVote(2);
        ledger.decideCommittee(2);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        vm.prank(stranger);
        ledger.vetoCommittee(2);
    }

    function test_one_member_one_vote_and_one_chamber_can_refuse() public {
        propose(provider(0), 2);
        voteOn(2, provider(0), true);
        refuses(abi.encodeWithSelector(Voting.AlreadyVoted.selector, bytes32(uint256(2)), provider(0)));
        voteOn(2, provider(0), true);
        assert(ledger.hasVotedOnCommittee(2, provider(0)));
        uint64 ends = ledger.committeeStatus(2).votingEnds;
        assert(ends == block.timestamp + VOTING_PERIOD && !ledger.committeeStatus(2).decided);
        refuses(abi.encodeWithSelector(Voting.VotingOpen.selector, bytes32(uint256(2)), ends));
        ledger.decideCommittee(2);
        voteOn(2, patient(0), false);
        assert(ledger.committeeStatus(2).decided);
        assert(ledger.decideCommittee(2) == Committees.CommitteeState.Rejected);
        refuses(abi.encodeWithSelector(Voting.VotingClosed.selector, bytes32(uint256(2))));
        voteOn(2, patient(1), true);
        refuses(notOpen(2, Committees.CommitteeState.Rejected));
        ledger.activateCommittee(2);
    }

    function test_a_missing_quorum_rejects() public {
        propose(provider(0), 2);
        voteOn(2, provider(0), true);
        vm.warp(block.timestamp + VOTING_PERIOD);
        assert(ledger.decideCommittee(2) == Committees.CommitteeState.Rejected);
    }

    function test_one_change_at_a_time_and_none_after_a_later_one() public {
        propose(provider(0), 2);
        approved(3);
        allVote(2);
        refuses(abi.encodeWithSelector(Committees.ChangeUnderWay.selector, 3));
        ledger.decideCommittee(2);
        commitPieces(3);
        commitKeys(3, 0, 5, "keys 3");
        vm.warp(block.timestamp + TIMELOCK);
        ledger.activateCommittee(3);
        refuses(abi.encodeWithSelector(Committees.EpochIsPast.selector, 2, 3));
        ledger.decideCommittee(2);
    }

    function testFuzz_epochs_are_given_once_and_in_order(uint32 epoch) public {
        propose(provider(0), 2);
        (address[] memory seats, bytes32[] memory identities) = successor(5);
        if (epoch != 3) refuses(abi.encodeWithSelector(Committees.EpochOutOfOrder.selector, epoch, 3));
        vm.prank(provider(1));
        ledger.proposeCommittee(epoch, 3, seats, identities);
        assert(ledger.lastEpoch() == (epoch == 3 ? 3 : 2));
    }

    function testFuzz_every_shape_obeys_the_rule(uint8 n, uint8 threshold) public {
        n = n % 40;
        (address[] memory seats, bytes32[] memory identities) = successor(n);
        bool allowed = threshold >= 2 && n + 1 >= 2 * uint256(threshold) && pieces(n, threshold) <= 35;
        if (!allowed) refuses(abi.encodeWithSelector(Committees.CommitteeShape.selector, n, threshold));
        vm.prank(provider(0));
        ledger.proposeCommittee(2, threshold, seats, identities);
        assert(ledger.lastEpoch() == (allowed ? 2 : 1));
    }

    /// Counted row by row, where the contract multiplies.
    function pieces(uint256 n, uint256 threshold) internal pure returns (uint256) {
        uint256[41] memory row;
        row[0] = 1;
        for (uint256 i = 0; i < n; ++i) {
            for (uint256 k = 40; k > 0; --k) {
                row[k] += row[k - 1];
            }
        }
        return row[threshold - 1];
    }

    function test_seats_are_different_and_nobodys_is_empty() public {
        (address[] memory seats, bytes32[] memory identities) = successor(5);
        seats[4] = seats[0];
        refuses(abi.encodeWithSelector(Committees.SeatTwice.selector, seats[0]));
        vm.prank(provider(0));
        ledger.proposeCommittee(2, 3, seats, identities);
        seats[4] = address(0);
        refuses(abi.encodeWithSelector(Committees.NoCustodianRole.selector, address(0)));
        vm.prank(provider(0));
        ledger.proposeCommittee(2, 3, seats, identities);
        seats[4] = custodian(9);
        identities[4] = 0;
        refuses(abi.encodeWithSelector(Committees.EmptyCommitment.selector));
        vm.prank(provider(0));
        ledger.proposeCommittee(2, 3, seats, identities);
    }

    function test_members_of_the_same_block_do_not_vote() public {
        deploy();
        found();
        refuses(abi.encodeWithSelector(Voting.FoundingStillOpen.selector));
        propose(provider(0), 2);
        membership.sealFounding();
        vm.roll(block.number - 1);
        propose(provider(0), 2);
        refuses(abi.encodeWithSelector(Voting.JoinedAfterProposal.selector, patient(0)));
        voteOn(2, patient(0), true);
    }

    function test_epochs_that_nobody_has_are_refused() public {
        assert(state(7) == Committees.CommitteeState.None);
        bytes memory none = abi.encodeWithSelector(Committees.NoSuchEpoch.selector, 7);
        refuses(none);
        voteOn(7, patient(0), true);
        refuses(none);
        ledger.decideCommittee(7);
        refuses(none);
        ledger.vetoCommittee(7);
        refuses(none);
        ledger.activateCommittee(7);
    }

    function test_a_commons_without_a_timelock_is_not_founded() public {
        refuses(abi.encodeWithSelector(Committees.NoTimelock.selector));
        new Ledger(membership, studies, 0);
    }
}
