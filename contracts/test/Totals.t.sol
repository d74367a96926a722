// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Budgets} from "../src/Budgets.sol";
import {Objections} from "../src/Objections.sol";
import {Totals} from "../src/Totals.sol";
import {Voting} from "../src/Voting.sol";
import {GuardedFixture} from "./Budgets.t.sol";

abstract contract TotalsFixture is GuardedFixture {
    function moved(bytes32 dataset, uint64 rhoMicroMax) internal returns (uint256 number) {
        vm.prank(patient(1));
        number = studies.proposeTotal(dataset, rhoMicroMax);
        vm.roll(block.number + 1);
    }

    function totalVote(address member, uint256 number, bool support) internal {
        vm.prank(member);
        studies.voteTotal(number, support);
    }

    function approved(bytes32 dataset, uint64 rhoMicroMax) internal returns (uint256 number) {
        number = moved(dataset, rhoMicroMax);
        for (uint256 i = 0; i < 2; ++i) {
            totalVote(patient(i), number, true);
            totalVote(provider(i), number, true);
            totalVote(researcher(i), number, true);
        }
        assert(studies.decideTotal(number) == Totals.TotalState.Approved);
        vm.roll(block.number + 1);
    }

    function carried(bytes32 dataset, uint64 rhoMicroMax) internal returns (uint256 number) {
        number = approved(dataset, rhoMicroMax);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        ledger.carryOutTotal(number);
    }

    function total() internal view returns (uint64) {
        return ledger.spentOn(GUARDED).total;
    }

    function ballotOf(uint256 number) internal pure returns (bytes32) {
        return bytes32((uint256(1) << 96) | number);
    }
}

contract TotalsTest is TotalsFixture {
    event TotalChanged(bytes32 indexed dataset, uint256 indexed number, uint64 rhoMicroMax);

    function test_the_chambers_raise_a_total_and_what_was_exhausted_goes_on() public {
        ask(study, 900, 0);
        ask(other, 600, 0);
        ask(study, 50, 0, abi.encodeWithSelector(Budgets.DatasetBudgetExhausted.selector, GUARDED, 50, 0));
        uint256 number = approved(GUARDED, 2000);
        assert(total() == DATASET_MAX);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        vm.expectEmit(true, true, true, true);
        emit TotalChanged(GUARDED, number, 2000);
        vm.prank(stranger);
        ledger.carryOutTotal(number);
        assert(total() == 2000 && ledger.totalMotions(GUARDED) == number + 1);
        ask(study, 50, 0);
        assert(ledger.spentOn(GUARDED).spent == 1550);
    }

    function test_a_total_is_lowered_to_what_is_spent_and_no_further() public {
        ask(study, 700, 0);
        uint256 low = approved(GUARDED, 699);
        uint256 just = approved(GUARDED, 700);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        refuses(abi.encodeWithSelector(Budgets.TotalBelowSpent.selector, GUARDED, 699, 700));
        ledger.carryOutTotal(low);
        ledger.carryOutTotal(just);
        assert(total() == 700);
        ask(study, 1, 0, abi.encodeWithSelector(Budgets.DatasetBudgetExhausted.selector, GUARDED, 1, 0));
    }

    function test_a_decision_is_carried_out_once_and_the_later_one_stands() public {
        uint256 first = approved(GUARDED, 5000);
        uint256 second = approved(GUARDED, 3000);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        ledger.carryOutTotal(second);
        refuses(abi.encodeWithSelector(Budgets.TotalSettled.selector, second, second));
        ledger.carryOutTotal(second);
        refuses(abi.encodeWithSelector(Budgets.TotalSettled.selector, first, second));
        ledger.carryOutTotal(first);
        assert(total() == 3000);
    }

    function test_nothing_changes_before_the_timelock_or_after_the_decision_lapsed() public {
        uint256 number = approved(GUARDED, 2000);
        uint64 until = uint64(block.timestamp) + STUDY_TIMELOCK;
        refuses(abi.encodeWithSelector(Totals.TotalTimelockRuns.selector, number, until));
        ledger.carryOutTotal(number);
        vm.warp(until + VOTING_PERIOD);
        refuses(abi.encodeWithSelector(Totals.TotalNotOpen.selector, number, Totals.TotalState.Lapsed));
        ledger.carryOutTotal(number);
        uint256 undecided = moved(GUARDED, 2000);
        refuses(abi.encodeWithSelector(Totals.TotalNotOpen.selector, undecided, Totals.TotalState.Proposed));
        ledger.carryOutTotal(undecided);
        vm.warp(block.timestamp + 2 * VOTING_PERIOD);
        refuses(abi.encodeWithSelector(Totals.TotalNotOpen.selector, undecided, Totals.TotalState.Lapsed));
        studies.decideTotal(undecided);
        assert(total() == DATASET_MAX);
    }

    function test_a_majority_of_the_ethics_board_stops_it_for_good() public {
        uint256 number = approved(GUARDED, 2000);
        vm.prank(board(0));
        studies.vetoTotal(number);
        refuses(abi.encodeWithSelector(Objections.VetoedAlready.selector, ballotOf(number), board(0)));
        vm.prank(board(0));
        studies.vetoTotal(number);
        refuses(abi.encodeWithSelector(Objections.NotOnTheEthicsBoard.selector, provider(0)));
        vm.prank(provider(0));
        studies.vetoTotal(number);
        vm.prank(board(1));
        studies.vetoTotal(number);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        refuses(abi.encodeWithSelector(Totals.TotalNotOpen.selector, number, Totals.TotalState.Vetoed));
        ledger.carryOutTotal(number);
        (Totals.TotalMotion memory motion,,) = studies.totalMotion(number);
        assert(motion.vetoes == 2 && motion.boardSize == 3 && total() == DATASET_MAX);
    }

    function test_one_refusing_chamber_keeps_the_total_as_it_is() public {
        uint256 number = moved(GUARDED, 2000);
        for (uint256 i = 0; i < 2; ++i) {
            totalVote(provider(i), number, true);
            totalVote(researcher(i), number, true);
        }
        refuses(
            abi.encodeWithSelector(
                Voting.VotingOpen.selector, ballotOf(number), uint64(block.timestamp) + VOTING_PERIOD
            )
        );
        studies.decideTotal(number);
        totalVote(patient(0), number, false);
        (,, bool canDecide) = studies.totalMotion(number);
        assert(canDecide && studies.decideTotal(number) == Totals.TotalState.Rejected);
        refuses(abi.encodeWithSelector(Totals.TotalNotOpen.selector, number, Totals.TotalState.Rejected));
        ledger.carryOutTotal(number);
    }

    function test_a_vote_is_cast_once_by_members_only() public {
        uint256 number = moved(GUARDED, 2000);
        totalVote(provider(0), number, true);
        refuses(abi.encodeWithSelector(Voting.AlreadyVoted.selector, ballotOf(number), provider(0)));
        totalVote(provider(0), number, false);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        totalVote(stranger, number, true);
        refuses(abi.encodeWithSelector(Voting.NotAMember.selector, stranger));
        vm.prank(stranger);
        studies.proposeTotal(GUARDED, 2000);
        refuses(abi.encodeWithSelector(Totals.NoSuchTotal.selector, 7));
        totalVote(provider(0), 7, true);
    }

    function test_what_cannot_be_meant_is_refused() public {
        vm.prank(patient(0));
        refuses(abi.encodeWithSelector(Totals.BadTotal.selector, GUARDED, 0));
        studies.proposeTotal(GUARDED, 0);
        uint256 exact = approved(DATASET, 10);
        uint256 unknown = approved("nowhere", 10);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        refuses(abi.encodeWithSelector(Budgets.NoBudgetToChange.selector, DATASET));
        ledger.carryOutTotal(exact);
        refuses(abi.encodeWithSelector(Budgets.NoBudgetToChange.selector, bytes32("nowhere")));
        ledger.carryOutTotal(unknown);
        assert(ledger.spentOn(DATASET).total == 0);
    }

    function test_nothing_is_moved_before_the_founding_is_sealed() public {
        deploy();
        found();
        refuses(abi.encodeWithSelector(Voting.FoundingStillOpen.selector));
        vm.prank(patient(0));
        studies.proposeTotal(GUARDED, 2000);
    }

    /// What the new total is, is never below what is spent; and a refusal leaves it as it was.
    function testFuzz_the_total_is_what_was_decided_or_what_it_was(uint64 asked, uint64 wanted) public {
        asked = asked % STUDY_MAX + 1;
        wanted = wanted % 4000 + 1;
        ask(study, asked, 0);
        uint256 number = approved(GUARDED, wanted);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        try ledger.carryOutTotal(number) {
            assert(wanted >= asked && total() == wanted);
        } catch {
            assert(wanted < asked && total() == DATASET_MAX);
        }
        assert(ledger.spentOn(GUARDED).spent <= total());
    }
}
