// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Membership} from "../src/Membership.sol";
import {Objections} from "../src/Objections.sol";
import {Studies} from "../src/Studies.sol";
import {Voting} from "../src/Voting.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

contract StudiesTest is CommonsFixture {
    function test_the_id_is_known_before_and_used_once() public {
        bytes32 expected = studies.nextStudyId(researcher(0));
        assert(expected != studies.nextStudyId(researcher(1)));
        assert(proposed() == expected);
        assert(studies.nextStudyId(researcher(0)) != expected);
    }

    function test_only_researchers_propose() public {
        refuses(abi.encodeWithSelector(Studies.NotAResearcher.selector, provider(0)));
        vm.prank(provider(0));
        studies.propose(proposal(), plans());
    }

    function test_nothing_is_proposed_before_the_seal() public {
        deploy();
        found();
        refuses(abi.encodeWithSelector(Voting.FoundingStillOpen.selector));
        vm.prank(researcher(0));
        studies.propose(proposal(), plans());
    }

    function test_proposals_that_cannot_be_meant_are_refused() public {
        Studies.Proposal memory p = proposal();
        p.purpose = 0;
        refuses(abi.encodeWithSelector(Studies.NoPurpose.selector));
        vm.prank(researcher(0));
        studies.propose(p, plans());

        p = proposal();
        p.releasesMax = 0;
        refuses(abi.encodeWithSelector(Studies.NoReleases.selector));
        vm.prank(researcher(0));
        studies.propose(p, plans());

        p = proposal();
        p.expiry = uint64(block.timestamp) + VOTING_PERIOD + STUDY_TIMELOCK;
        refuses(abi.encodeWithSelector(Studies.ExpiryTooSoon.selector, p.expiry, p.expiry));
        vm.prank(researcher(0));
        studies.propose(p, plans());

        bytes32[] memory twice = new bytes32[](2);
        twice[0] = twice[1] = PLAN;
        refuses(abi.encodeWithSelector(Studies.PlanTwice.selector, PLAN));
        vm.prank(researcher(0));
        studies.propose(proposal(), twice);

        refuses(abi.encodeWithSelector(Studies.PlanCount.selector, 0, 256));
        vm.prank(researcher(0));
        studies.propose(proposal(), new bytes32[](0));
    }

    function refusesPlaces(uint16[] memory countries, address[] memory institutions, bytes memory reason) private {
        Studies.Proposal memory p = proposal();
        p.countries = countries;
        p.institutions = institutions;
        refuses(reason);
        vm.prank(researcher(0));
        studies.propose(p, plans());
    }

    function test_a_study_states_several_places_each_once_and_in_order() public {
        Studies.Proposal memory p = proposal();
        p.countries = new uint16[](3);
        (p.countries[0], p.countries[1], p.countries[2]) = (0x4154, 0x4445, 0x4652);
        p.institutions = new address[](2);
        (p.institutions[0], p.institutions[1]) = (provider(0), provider(1));
        vm.prank(researcher(0));
        bytes32 study = studies.propose(p, plans());
        Studies.Proposal memory kept = studies.studyRecord(study).proposal;
        assert(keccak256(abi.encode(kept)) == keccak256(abi.encode(p)));
        assert(keccak256(abi.encode(studies.summaries(0, 9)[0].record.proposal)) == keccak256(abi.encode(p)));

        bytes memory unordered = abi.encodeWithSelector(Studies.PlacesNotRising.selector);
        (uint16[] memory c, address[] memory none) = (new uint16[](2), new address[](0));
        (c[0], c[1]) = (0x4445, 0x4445);
        refusesPlaces(c, none, unordered);
        (c[0], c[1]) = (0x4652, 0x4445);
        refusesPlaces(c, none, unordered);
        (c[0], c[1]) = (0, 0x4445);
        refusesPlaces(c, none, unordered);
        refusesPlaces(new uint16[](65), none, abi.encodeWithSelector(Studies.PlaceCount.selector, 65, 64));
        (uint16[] memory nowhere, address[] memory two) = (new uint16[](0), new address[](2));
        (two[0], two[1]) = (provider(1), provider(0));
        refusesPlaces(nowhere, two, unordered);
        refusesPlaces(nowhere, new address[](1), unordered);
        refusesPlaces(nowhere, new address[](65), abi.encodeWithSelector(Studies.PlaceCount.selector, 65, 64));
    }

    function test_all_chambers_must_agree() public {
        bytes32 study = proposed();
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
            voteOf(researcher(i), study, true);
        }
        refuses(abi.encodeWithSelector(Voting.VotingOpen.selector, study, uint64(block.timestamp) + VOTING_PERIOD));
        studies.execute(study);
        voteOf(provider(0), study, true);
        voteOf(provider(1), study, true);
        assert(studies.execute(study) == Studies.State.Approved);
        assert(studies.stateOf(study) == Studies.State.Approved);
    }

    function test_half_a_chamber_against_decides_at_once() public {
        bytes32 study = proposed();
        voteOf(patient(1), study, false);
        assert(studies.execute(study) == Studies.State.Rejected);
    }

    function test_after_the_period_a_majority_of_a_quorum_is_enough() public {
        bytes32 study = proposed();
        voteOf(patient(0), study, true);
        voteOf(provider(0), study, true);
        voteOf(provider(1), study, true);
        voteOf(researcher(0), study, true);
        vm.warp(block.timestamp + VOTING_PERIOD);
        assert(studies.execute(study) == Studies.State.Approved);
    }

    function test_a_missing_quorum_rejects() public {
        bytes32 study = proposed();
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
            voteOf(researcher(i), study, true);
        }
        voteOf(provider(0), study, true); // one of three is below half
        vm.warp(block.timestamp + VOTING_PERIOD);
        assert(studies.execute(study) == Studies.State.Rejected);
    }

    function test_a_tie_rejects() public {
        bytes32 study = proposed();
        for (uint256 i = 0; i < 3; ++i) {
            voteOf(provider(i), study, true);
        }
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
        }
        voteOf(researcher(0), study, true);
        voteOf(researcher(1), study, false);
        assert(studies.execute(study) == Studies.State.Rejected);
    }

    function test_one_member_one_vote() public {
        bytes32 study = proposed();
        voteOf(patient(0), study, true);
        refuses(abi.encodeWithSelector(Voting.AlreadyVoted.selector, study, patient(0)));
        voteOf(patient(0), study, false);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        voteOf(stranger, study, true);
        refuses(abi.encodeWithSelector(Studies.NoSuchStudy.selector, bytes32("none")));
        voteOf(patient(0), "none", true);
    }

    function test_votes_and_execution_end() public {
        bytes32 study = proposed();
        vm.warp(block.timestamp + VOTING_PERIOD);
        refuses(abi.encodeWithSelector(Voting.VotingClosed.selector, study));
        voteOf(patient(0), study, true);
        studies.execute(study);
        refuses(abi.encodeWithSelector(Voting.VotingClosed.selector, study));
        studies.execute(study);
    }

    function test_members_of_the_same_block_do_not_vote() public {
        // Sealed in block 10 and proposed in block 10: nobody joined before.
        deploy();
        found();
        membership.sealFounding();
        vm.prank(researcher(0));
        bytes32 study = studies.propose(proposal(), plans());
        refuses(abi.encodeWithSelector(Voting.JoinedAfterProposal.selector, patient(0)));
        voteOf(patient(0), study, true);
    }

    function test_an_active_study_expires() public {
        bytes32 study = activeStudy();
        studies.checkRelease(study, researcher(0), PLAN, KEY);
        vm.warp(block.timestamp + 100_000);
        assert(studies.stateOf(study) == Studies.State.Expired);
        refuses(abi.encodeWithSelector(Studies.StudyNotActive.selector, study, Studies.State.Expired));
        studies.checkRelease(study, researcher(0), PLAN, KEY);
    }

    function test_an_approved_study_waits_for_its_timelock() public {
        bytes32 study = approvedStudy();
        uint64 until = uint64(block.timestamp) + STUDY_TIMELOCK;
        refuses(abi.encodeWithSelector(Studies.StudyNotActive.selector, study, Studies.State.Approved));
        studies.checkRelease(study, researcher(0), PLAN, KEY);
        refuses(abi.encodeWithSelector(Studies.StudyTimelockRuns.selector, study, until));
        studies.activate(study);
        vm.warp(until);
        vm.prank(stranger);
        studies.activate(study);
        assert(studies.stateOf(study) == Studies.State.Active);
        refuses(abi.encodeWithSelector(Studies.StudyNotApproved.selector, study, Studies.State.Active));
        studies.activate(study);
        refuses(abi.encodeWithSelector(Voting.VotingClosed.selector, study));
        studies.execute(study);
    }

    function test_a_majority_of_the_ethics_board_stops_an_approved_study_for_good() public {
        bytes32 study = approvedStudy();
        vm.prank(board(0));
        studies.veto(study);
        assert(studies.stateOf(study) == Studies.State.Approved);
        refuses(abi.encodeWithSelector(Objections.VetoedAlready.selector, study, board(0)));
        vm.prank(board(0));
        studies.veto(study);
        vm.prank(board(1));
        studies.veto(study);
        assert(studies.stateOf(study) == Studies.State.Vetoed);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        refuses(abi.encodeWithSelector(Studies.StudyNotApproved.selector, study, Studies.State.Vetoed));
        studies.activate(study);
    }

    function test_only_the_board_objects_and_only_before_the_study_is_active() public {
        bytes32 study = proposed();
        refuses(abi.encodeWithSelector(Studies.StudyNotApproved.selector, study, Studies.State.Proposed));
        vm.prank(board(0));
        studies.veto(study);
        study = approvedStudy();
        refuses(abi.encodeWithSelector(Objections.NotOnTheEthicsBoard.selector, researcher(1)));
        vm.prank(researcher(1));
        studies.veto(study);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(study);
        refuses(abi.encodeWithSelector(Studies.StudyNotApproved.selector, study, Studies.State.Active));
        vm.prank(board(0));
        studies.veto(study);
    }

    function test_a_study_that_expires_in_its_timelock_is_not_activated() public {
        bytes32 study = approvedStudy();
        vm.warp(block.timestamp + 100_000);
        refuses(abi.encodeWithSelector(Studies.StudyNotApproved.selector, study, Studies.State.Expired));
        studies.activate(study);
    }

    function test_a_summary_says_what_record_and_tally_say() public {
        bytes32 first = approvedStudy();
        bytes32 second = proposed();
        Studies.Summary[] memory page = studies.summaries(0, 10);
        assert(page.length == 2 && page[0].study == first && page[1].study == second);
        assert(page[0].record.state == Studies.State.Approved && page[0].record.boardSize == 3);
        assert(page[1].record.state == Studies.State.Proposed && !page[1].canExecute);
        assert(page[0].tallies[1].yes == 2 && page[0].tallies[1].members == 3);
        assert(studies.summaries(1, 10).length == 1 && studies.summaries(2, 10).length == 0);
    }

    function test_a_study_without_a_timelock_is_not_founded() public {
        refuses(abi.encodeWithSelector(Objections.NoTimelock.selector));
        new Studies(membership, 0);
    }

    function testFuzz_a_release_needs_requester_plan_and_key(address who, bytes32 plan, bytes32 key) public {
        bytes32 study = activeStudy();
        bool right = who == researcher(0) && plan == PLAN && key == KEY;
        try studies.checkRelease(study, who, plan, key) {
            assert(right);
        } catch {
            assert(!right);
        }
    }

    /// Whatever three providers vote: an early decision is the one the end of the period would have brought had all
    /// others stayed silent or agreed.
    function testFuzz_an_early_decision_is_never_overturned(uint8 votes, uint8 cast) public {
        bytes32 study = proposed();
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
            voteOf(researcher(i), study, true);
        }
        Studies.State early = Studies.State.None;
        for (uint256 i = 0; i < 3; ++i) {
            if ((cast >> i) & 1 == 0) continue;
            voteOf(provider(i), study, (votes >> i) & 1 == 1);
            (, bool decided) = studies.tally(study);
            if (decided && early == Studies.State.None) {
                (Voting.Tally[3] memory t,) = studies.tally(study);
                early = 2 * t[1].yes > t[1].members ? Studies.State.Approved : Studies.State.Rejected;
            }
        }
        vm.warp(block.timestamp + VOTING_PERIOD);
        Studies.State late = studies.execute(study);
        assert(early == Studies.State.None || early == late);
    }
}
