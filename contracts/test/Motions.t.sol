// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Members} from "../src/Members.sol";
import {Membership} from "../src/Membership.sol";
import {Studies} from "../src/Studies.sol";
import {Voting} from "../src/Voting.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

abstract contract MotionsFixture is CommonsFixture {
    function admission(address who, Members.Chamber chamber) internal pure returns (Membership.Motion memory) {
        return Membership.Motion(Membership.Action.Admit, chamber, Members.Role.None, who, address(0), "because");
    }

    function removal(address who) internal pure returns (Membership.Motion memory) {
        return Membership.Motion(
            Membership.Action.Remove, Members.Chamber.None, Members.Role.None, who, address(0), "because"
        );
    }

    function replacement(address who, address by) internal pure returns (Membership.Motion memory) {
        return Membership.Motion(Membership.Action.Rotate, Members.Chamber.None, Members.Role.None, who, by, "because");
    }

    function office(Membership.Action action, address who, Members.Role role)
        internal
        pure
        returns (Membership.Motion memory)
    {
        return Membership.Motion(action, Members.Chamber.None, role, who, address(0), "because");
    }

    function moved(Membership.Motion memory motion) internal returns (uint256 number) {
        vm.prank(provider(0));
        number = membership.proposeMotion(motion);
        vm.roll(block.number + 1);
    }

    function ballotOf(uint256 number) internal pure returns (bytes32) {
        return bytes32((uint256(1) << 64) | number);
    }

    function everybodyVotes(uint256 number, bool support) internal {
        for (uint256 i = 0; i < 3; ++i) {
            if (i < 2 && membership.chamberOf(patient(i)) != Members.Chamber.None) {
                motionVote(patient(i), number, support);
            }
            if (membership.chamberOf(provider(i)) != Members.Chamber.None) motionVote(provider(i), number, support);
            if (i < 2 && membership.chamberOf(researcher(i)) != Members.Chamber.None) {
                motionVote(researcher(i), number, support);
            }
        }
    }

    function motionVote(address who, uint256 number, bool support) internal {
        vm.prank(who);
        membership.voteMotion(number, support);
    }

    function carried(Membership.Motion memory motion) internal {
        uint256 number = moved(motion);
        everybodyVotes(number, true);
        assert(membership.executeMotion(number) == Membership.MotionState.Carried);
    }
}

contract MotionsTest is MotionsFixture {
    function test_a_researcher_acts_only_after_the_chambers_admitted_her() public {
        refuses(abi.encodeWithSelector(Studies.NotAResearcher.selector, stranger));
        vm.prank(stranger);
        studies.propose(proposal(), plans());
        carried(admission(stranger, Members.Chamber.Researchers));
        assert(membership.chamberOf(stranger) == Members.Chamber.Researchers);
        assert(membership.countIn(Members.Chamber.Researchers) == 3);
        vm.prank(stranger);
        studies.propose(proposal(), plans());
    }

    function test_one_refusing_chamber_keeps_a_candidate_out() public {
        uint256 number = moved(admission(stranger, Members.Chamber.Researchers));
        for (uint256 i = 0; i < 2; ++i) {
            motionVote(provider(i), number, true);
            motionVote(researcher(i), number, true);
        }
        motionVote(patient(0), number, false);
        assert(membership.executeMotion(number) == Membership.MotionState.Rejected);
        assert(membership.chamberOf(stranger) == Members.Chamber.None);
    }

    function test_a_motion_is_carried_out_once() public {
        uint256 number = moved(admission(stranger, Members.Chamber.Researchers));
        everybodyVotes(number, true);
        membership.executeMotion(number);
        carried(removal(stranger));
        refuses(abi.encodeWithSelector(Membership.MotionNotOpen.selector, number, Membership.MotionState.Carried));
        membership.executeMotion(number);
        assert(membership.chamberOf(stranger) == Members.Chamber.None);
    }

    function test_a_motion_that_nobody_executed_lapses() public {
        uint256 number = moved(admission(stranger, Members.Chamber.Researchers));
        everybodyVotes(number, true);
        vm.warp(block.timestamp + 2 * VOTING_PERIOD);
        refuses(abi.encodeWithSelector(Membership.MotionNotOpen.selector, number, Membership.MotionState.Lapsed));
        membership.executeMotion(number);
    }

    function test_nothing_is_executed_before_it_is_decided() public {
        uint256 number = moved(removal(patient(0)));
        motionVote(provider(0), number, true);
        refuses(
            abi.encodeWithSelector(
                Voting.VotingOpen.selector, ballotOf(number), uint64(block.timestamp) + VOTING_PERIOD
            )
        );
        membership.executeMotion(number);
        refuses(abi.encodeWithSelector(Voting.AlreadyVoted.selector, ballotOf(number), provider(0)));
        motionVote(provider(0), number, true);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        motionVote(stranger, number, true);
        refuses(abi.encodeWithSelector(Membership.NoSuchMotion.selector, 7));
        membership.executeMotion(7);
    }

    function test_only_members_move_and_only_what_can_be() public {
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        vm.prank(stranger);
        membership.proposeMotion(admission(stranger, Members.Chamber.Researchers));

        refuses(abi.encodeWithSelector(Members.AlreadyAMember.selector, patient(0), Members.Chamber.Patients));
        moved(admission(patient(0), Members.Chamber.Researchers));
        refuses(abi.encodeWithSelector(Members.NoMember.selector, stranger));
        moved(removal(stranger));
        refuses(abi.encodeWithSelector(Members.KeyWasUsed.selector, patient(1)));
        moved(replacement(patient(0), patient(1)));
        refuses(abi.encodeWithSelector(Members.AlreadyAppointed.selector, store));
        moved(office(Membership.Action.Appoint, store, Members.Role.NodeOperator));
        refuses(abi.encodeWithSelector(Members.NotAppointed.selector, stranger));
        moved(office(Membership.Action.Dismiss, stranger, Members.Role.Auditor));
        Membership.Motion memory odd = removal(patient(0));
        odd.chamber = Members.Chamber.Patients;
        refuses(abi.encodeWithSelector(Membership.BadMotion.selector, Membership.Action.Remove));
        moved(odd);
    }

    function test_the_founder_moves_and_votes_nothing() public {
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, address(this)));
        membership.proposeMotion(admission(stranger, Members.Chamber.Researchers));
        uint256 number = moved(admission(stranger, Members.Chamber.Researchers));
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, address(this)));
        membership.voteMotion(number, true);
    }

    function test_nothing_is_moved_before_the_seal() public {
        deploy();
        found();
        refuses(abi.encodeWithSelector(Voting.FoundingStillOpen.selector));
        moved(removal(patient(0)));
    }

    function test_records_take_part_while_their_owner_belongs_to_a_chamber() public {
        vm.prank(provider(1));
        ledger.reserveSlots(DATASET, 10);
        vm.prank(patient(1));
        ledger.reserveSlots(DATASET, 10);
        bool[] memory all = ledger.rangesTakePart(DATASET, 0, 9);
        assert(all.length == 2 && all[0] && all[1]);
        carried(replacement(provider(1), stranger));
        assert(ledger.rangesTakePart(DATASET, 0, 9)[0]);
        carried(removal(stranger));
        all = ledger.rangesTakePart(DATASET, 0, 9);
        assert(all.length == 2 && !all[0] && all[1]);
        assert(ledger.rangesTakePart(DATASET, 1, 9).length == 1);
        assert(ledger.rangesTakePart(DATASET, 1, 9)[0]);
        assert(ledger.rangesTakePart(DATASET, 2, 9).length == 0);
    }

    function test_offices_are_given_and_taken_by_vote() public {
        carried(office(Membership.Action.Appoint, stranger, Members.Role.NodeOperator));
        vm.prank(stranger);
        ledger.setConsentRoot(DATASET, "by the new store");
        carried(office(Membership.Action.Dismiss, store, Members.Role.NodeOperator));
        assert(!membership.isNodeOperator(store) && membership.isNodeOperator(stranger));
        carried(office(Membership.Action.Appoint, stranger, Members.Role.Auditor));
        assert(membership.hasRole(stranger, Members.Role.Auditor));
        assert(membership.appointed(Members.Role.Auditor).length == 1);
    }

    function test_a_removed_member_votes_on_nothing_and_releases_nothing() public {
        bytes32 study = activeStudy();
        bytes32 open = proposed();
        carried(removal(researcher(0)));
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, researcher(0)));
        voteOf(researcher(0), open, true);
        refuses(abi.encodeWithSelector(Studies.NotAResearcher.selector, researcher(0)));
        studies.checkRelease(study, researcher(0), PLAN, KEY);
    }

    function test_the_last_member_of_a_chamber_stays() public {
        carried(removal(patient(0)));
        refuses(abi.encodeWithSelector(Members.EmptyChamber.selector, Members.Chamber.Patients));
        moved(removal(patient(1)));
    }

    function test_two_removals_decided_together_do_not_empty_a_chamber() public {
        uint256 first = moved(removal(patient(0)));
        uint256 second = moved(removal(patient(1)));
        everybodyVotes(first, true);
        everybodyVotes(second, true);
        membership.executeMotion(first);
        refuses(abi.encodeWithSelector(Members.EmptyChamber.selector, Members.Chamber.Patients));
        membership.executeMotion(second);
    }

    function test_who_comes_back_comes_back_to_her_chamber_and_votes_only_on_what_is_new() public {
        bytes32 open = proposed();
        carried(removal(patient(0)));
        refuses(abi.encodeWithSelector(Members.WasInAnotherChamber.selector, patient(0), Members.Chamber.Patients));
        moved(admission(patient(0), Members.Chamber.Providers));
        carried(admission(patient(0), Members.Chamber.Patients));
        refuses(abi.encodeWithSelector(Voting.JoinedAfterProposal.selector, patient(0)));
        voteOf(patient(0), open, true);
    }
}

contract KeysTest is MotionsFixture {
    address private fresh = address(0xF4E5);

    function rotated(address who) private {
        vm.prank(who);
        membership.offerKey(fresh);
        vm.prank(fresh);
        membership.takeKey(who);
    }

    function test_a_new_key_does_not_vote_again() public {
        bytes32 study = proposed();
        voteOf(patient(0), study, true);
        rotated(patient(0));
        refuses(abi.encodeWithSelector(Voting.AlreadyVoted.selector, study, fresh));
        voteOf(fresh, study, true);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, patient(0)));
        voteOf(patient(0), study, true);
        bytes32 next = proposed();
        voteOf(fresh, next, true);
        assert(studies.hasVoted(next, fresh) && studies.hasVoted(next, patient(0)));
    }

    function test_a_new_key_votes_on_what_the_old_one_had_not() public {
        bytes32 study = proposed();
        rotated(patient(0));
        voteOf(fresh, study, true);
    }

    function test_a_key_is_taken_only_by_whom_it_was_offered_to() public {
        refuses(abi.encodeWithSelector(Members.KeyNotOffered.selector, patient(0), fresh));
        vm.prank(fresh);
        membership.takeKey(patient(0));
        refuses(abi.encodeWithSelector(Members.KeyWasUsed.selector, patient(1)));
        vm.prank(patient(0));
        membership.offerKey(patient(1));
        refuses(abi.encodeWithSelector(Members.NoMember.selector, stranger));
        vm.prank(stranger);
        membership.offerKey(fresh);
    }

    function test_a_key_that_somebody_was_admitted_with_meanwhile_is_not_taken() public {
        vm.prank(patient(0));
        membership.offerKey(fresh);
        carried(admission(fresh, Members.Chamber.Patients));
        refuses(abi.encodeWithSelector(Members.KeyWasUsed.selector, fresh));
        vm.prank(fresh);
        membership.takeKey(patient(0));
    }

    function test_a_former_key_admits_nobody_else() public {
        rotated(patient(0));
        refuses(abi.encodeWithSelector(Members.KeyWasUsed.selector, patient(0)));
        moved(admission(patient(0), Members.Chamber.Patients));
    }

    function test_a_lost_key_is_replaced_by_vote() public {
        carried(replacement(patient(0), fresh));
        assert(membership.chamberOf(fresh) == Members.Chamber.Patients);
        assert(membership.chamberOf(patient(0)) == Members.Chamber.None);
        assert(membership.identityOf(fresh) == patient(0));
        assert(membership.countIn(Members.Chamber.Patients) == 2);
    }

    function test_a_study_stays_its_requesters_under_her_new_key() public {
        bytes32 study = activeStudy();
        rotated(researcher(0));
        studies.checkRelease(study, fresh, PLAN, KEY);
        refuses(abi.encodeWithSelector(Studies.NotAResearcher.selector, researcher(0)));
        studies.checkRelease(study, researcher(0), PLAN, KEY);
        refuses(abi.encodeWithSelector(Studies.NotTheRequester.selector, study, researcher(1)));
        studies.checkRelease(study, researcher(1), PLAN, KEY);
    }

    function test_box_keys_are_members_own() public {
        vm.prank(patient(0));
        membership.publishBoxKey("x25519");
        address[] memory who = new address[](2);
        who[0] = patient(0);
        who[1] = patient(1);
        bytes32[] memory keys = membership.boxKeys(who);
        assert(keys[0] == "x25519" && keys[1] == 0);
        refuses(abi.encodeWithSelector(Members.NoMember.selector, stranger));
        vm.prank(stranger);
        membership.publishBoxKey("x25519");
    }
}

contract DelegationTest is MotionsFixture {
    function delegated(address from, address to) private {
        vm.prank(from);
        membership.delegateVote(to);
        vm.roll(block.number + 1);
    }

    function votes(bytes32 study, uint256 chamber) private view returns (uint32 yes, uint32 no) {
        (Voting.Tally[3] memory tallies,) = studies.tally(study);
        return (tallies[chamber].yes, tallies[chamber].no);
    }

    function test_a_delegate_casts_for_those_who_delegated_to_her() public {
        delegated(provider(1), provider(0));
        delegated(provider(2), provider(0));
        bytes32 study = proposed();
        voteOf(provider(0), study, false);
        (uint32 yes, uint32 no) = votes(study, 1);
        assert(yes == 0 && no == 3);
        refuses(abi.encodeWithSelector(Voting.VoteIsDelegated.selector, study, provider(1), provider(0)));
        voteOf(provider(1), study, true);
    }

    function test_a_delegation_of_after_the_ballot_changes_nothing() public {
        bytes32 study = proposed();
        delegated(provider(1), provider(0));
        voteOf(provider(1), study, true);
        voteOf(provider(0), study, true);
        (uint32 yes,) = votes(study, 1);
        assert(yes == 2);
    }

    function test_a_delegation_of_the_ballots_own_block_does_not_count() public {
        vm.prank(provider(1));
        membership.delegateVote(provider(0));
        bytes32 study = proposed();
        voteOf(provider(0), study, true);
        voteOf(provider(1), study, true);
        (uint32 yes,) = votes(study, 1);
        assert(yes == 2);
    }

    function test_taking_a_delegation_back_does_not_give_a_second_vote() public {
        delegated(provider(1), provider(0));
        bytes32 study = proposed();
        voteOf(provider(0), study, true);
        delegated(provider(1), address(0));
        refuses(abi.encodeWithSelector(Voting.VoteIsDelegated.selector, study, provider(1), provider(0)));
        voteOf(provider(1), study, true);
        bytes32 next = proposed();
        voteOf(provider(1), next, true);
    }

    function test_a_vote_is_not_delegated_on() public {
        delegated(provider(2), provider(1));
        delegated(provider(1), provider(0));
        bytes32 study = proposed();
        voteOf(provider(1), study, false); // what provider 2 gave her; her own is with provider 0
        voteOf(provider(0), study, true);
        (uint32 yes, uint32 no) = votes(study, 1);
        assert(yes == 2 && no == 1);
    }

    function test_votes_stay_in_their_chamber() public {
        refuses(abi.encodeWithSelector(Members.NotInYourChamber.selector, patient(0)));
        vm.prank(provider(0));
        membership.delegateVote(patient(0));
        refuses(abi.encodeWithSelector(Members.NotInYourChamber.selector, provider(0)));
        vm.prank(provider(0));
        membership.delegateVote(provider(0));
        refuses(abi.encodeWithSelector(Members.DelegationUnchanged.selector));
        vm.prank(provider(0));
        membership.delegateVote(address(0));
        refuses(abi.encodeWithSelector(Members.NoMember.selector, stranger));
        vm.prank(stranger);
        membership.delegateVote(provider(0));
    }

    function test_a_delegate_who_is_gone_leaves_the_vote_to_its_owner() public {
        delegated(provider(1), provider(0));
        bytes32 study = proposed();
        carriedWithoutTheFirst(removal(provider(0)));
        voteOf(provider(1), study, true);
        (uint32 yes,) = votes(study, 1);
        assert(yes == 1);
    }

    function test_a_delegate_who_voted_and_is_gone_has_voted() public {
        delegated(provider(1), provider(0));
        bytes32 study = proposed();
        voteOf(provider(0), study, true);
        carriedWithoutTheFirst(removal(provider(0)));
        refuses(abi.encodeWithSelector(Voting.VoteIsDelegated.selector, study, provider(1), provider(0)));
        voteOf(provider(1), study, true);
    }

    // A ballot of the block in which a delegator is removed once had more votes than members.
    function test_who_is_removed_in_the_ballots_block_is_counted_with_her_delegates_vote() public {
        delegated(patient(1), patient(0));
        carriedByAll(removal(patient(1)));
        vm.prank(researcher(0));
        bytes32 study = studies.propose(proposal(), plans());
        vm.roll(block.number + 1);
        voteOf(patient(0), study, true);
        (Voting.Tally[3] memory tallies,) = studies.tally(study);
        assert(tallies[0].yes == 2 && tallies[0].members == 2);
        bytes32 next = proposed();
        voteOf(patient(0), next, true);
        (tallies,) = studies.tally(next);
        assert(tallies[0].yes == 1 && tallies[0].members == 1);
    }

    function test_a_delegate_keeps_what_she_was_given_under_her_new_key() public {
        address fresh = address(0xF4E5);
        delegated(provider(1), provider(0));
        vm.prank(provider(0));
        membership.offerKey(fresh);
        vm.prank(fresh);
        membership.takeKey(provider(0));
        bytes32 study = proposed();
        voteOf(fresh, study, true);
        (uint32 yes,) = votes(study, 1);
        assert(yes == 2);
    }

    function carriedByAll(Membership.Motion memory motion) private {
        uint256 number = moved(motion);
        motionVote(patient(0), number, true);
        for (uint256 i = 0; i < 2; ++i) {
            motionVote(provider(i), number, true);
            motionVote(researcher(i), number, true);
        }
        assert(membership.executeMotion(number) == Membership.MotionState.Carried);
    }

    /// Who is removed, and who delegated to her, need not vote: two chambers decide by majority, the third by the rest.
    function carriedWithoutTheFirst(Membership.Motion memory motion) private {
        uint256 number = moved(motion);
        for (uint256 i = 0; i < 2; ++i) {
            motionVote(patient(i), number, true);
            motionVote(researcher(i), number, true);
        }
        motionVote(provider(0), number, true); // her own and provider 1's
        assert(membership.executeMotion(number) == Membership.MotionState.Carried);
    }
}
