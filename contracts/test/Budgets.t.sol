// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Budgets} from "../src/Budgets.sol";
import {Committees} from "../src/Committees.sol";
import {Ledger} from "../src/Ledger.sol";
import {Members} from "../src/Members.sol";
import {Studies} from "../src/Studies.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

/// The fixture with a second data set, which is not exact: 1500 millionths of rho over all studies, 1000 for each.
abstract contract GuardedFixture is CommonsFixture {
    bytes32 internal constant GUARDED = "guarded";
    uint64 internal constant DATASET_MAX = 1500;
    uint64 internal constant STUDY_MAX = 1000;

    bytes32 internal study;
    bytes32 internal other;

    function setUp() public virtual override {
        super.setUp();
        vm.prank(provider(0));
        ledger.foundDataset(GUARDED, 100, false, DATASET_MAX);
        vm.prank(store);
        ledger.setConsentRoot(GUARDED, ROOT);
        study = guardedStudy(researcher(0));
        other = guardedStudy(researcher(1));
    }

    function proposal() internal view virtual override returns (Studies.Proposal memory p) {
        p = super.proposal();
        p.dataset = GUARDED;
        p.releasesMax = 100;
        p.rhoMicro = STUDY_MAX;
    }

    function guardedStudy(address requester) internal returns (bytes32 made) {
        vm.prank(requester);
        made = studies.propose(proposal(), plans());
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), made, true);
            voteOf(provider(i), made, true);
            voteOf(researcher(i), made, true);
        }
        studies.execute(made);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(made);
    }

    /// The next release of a study by its requester.
    function ask(bytes32 which, uint64 rhoMicro, uint64 rhoCountsMicro) internal {
        ask(which, rhoMicro, rhoCountsMicro, "");
    }

    /// The same; it must be refused for `reason`, if there is one.
    function ask(bytes32 which, uint64 rhoMicro, uint64 rhoCountsMicro, bytes memory reason) internal {
        Ledger.Authorisation memory a = authorisationOf(which, ledger.releasesUsed(which) + 1);
        a.rhoMicro = rhoMicro;
        a.rhoCountsMicro = rhoCountsMicro;
        address requester = studies.studyRecord(which).requester;
        if (reason.length != 0) refuses(reason);
        vm.prank(requester);
        ledger.authorise(a, multiplicands());
    }

    function refuseAs(address who, bytes32 which, uint32 number) internal {
        vm.prank(who);
        ledger.refuse(which, number);
    }

    /// The chambers put the next committee into office: the same custodians and one more.
    function changeCommittee() internal {
        (address[] memory seats, bytes32[] memory identities) = committee(4);
        vm.prank(patient(0));
        ledger.proposeCommittee(2, 2, seats, identities);
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(patient(i));
            ledger.voteCommittee(2, true);
            vm.prank(provider(i));
            ledger.voteCommittee(2, true);
            vm.prank(researcher(i));
            ledger.voteCommittee(2, true);
        }
        ledger.decideCommittee(2);
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 m = 0; m < 4; ++m) {
                if (m == i) continue;
                vm.prank(custodian(i));
                ledger.commitPiece(2, uint64(1 << m), bytes32(m + 100));
            }
        }
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(custodian(i));
            ledger.commitKeys(2, "keys");
        }
        vm.warp(block.timestamp + TIMELOCK);
        ledger.activateCommittee(2);
    }
}

contract BudgetsTest is GuardedFixture {
    event Debited(bytes32 indexed study, uint32 indexed releaseNumber, bytes32 indexed dataset, uint64 rhoMicro);
    event Refunded(bytes32 indexed study, uint32 indexed releaseNumber, bytes32 indexed dataset, uint64 rhoMicro);

    function spent(bytes32 which) internal view returns (uint64) {
        return ledger.budgetOf(which).spent;
    }

    function test_a_release_debits_study_and_data_set() public {
        assert(ledger.budgetOf(study).total == STUDY_MAX && spent(study) == 0);
        assert(ledger.spentOn(GUARDED).total == DATASET_MAX);
        vm.expectEmit(true, true, true, true);
        emit Debited(study, 1, GUARDED, 250);
        ask(study, 250, 50);
        assert(spent(study) == 250 && ledger.spentOn(GUARDED).spent == 250 && spent(other) == 0);
        assert(ledger.authorisation(study, 1).authorisation.rhoCountsMicro == 50);
        assert(ledger.authorisation(study, 1).epoch == 1);
    }

    function test_a_budget_is_spent_to_its_end_and_no_further() public {
        ask(study, 999, 0);
        ask(study, 2, 0, abi.encodeWithSelector(Budgets.BudgetExhausted.selector, study, 2, 1));
        ask(study, 1, 1);
        ask(study, 1, 0, abi.encodeWithSelector(Budgets.BudgetExhausted.selector, study, 1, 0));
        ask(
            study,
            type(uint64).max,
            0,
            abi.encodeWithSelector(Budgets.BudgetExhausted.selector, study, type(uint64).max, 0)
        );
    }

    /// What a study that is refused asked for leaves nothing behind: no release, no multiplicand, no debit.
    function test_what_is_refused_leaves_nothing_behind() public {
        ask(
            study,
            STUDY_MAX + 1,
            0,
            abi.encodeWithSelector(Budgets.BudgetExhausted.selector, study, STUDY_MAX + 1, STUDY_MAX)
        );
        assert(ledger.releasesUsed(study) == 0 && ledger.firstOpened(multiplicands())[0] == 0 && spent(study) == 0);
    }

    /// Both would fit alone; in one block, whichever comes second is refused.
    function test_of_two_that_race_for_the_rest_one_is_refused() public {
        ask(study, 600, 0);
        ask(study, 600, 0, abi.encodeWithSelector(Budgets.BudgetExhausted.selector, study, 600, 400));
        ask(other, 900, 0);
        ask(other, 100, 0, abi.encodeWithSelector(Budgets.DatasetBudgetExhausted.selector, GUARDED, 100, 0));
        assert(spent(study) + spent(other) == DATASET_MAX && ledger.spentOn(GUARDED).spent == DATASET_MAX);
    }

    function test_an_answer_costs_something_and_its_counts_no_more_than_it() public {
        ask(study, 0, 0, abi.encodeWithSelector(Budgets.BadDebit.selector, 0, 0));
        ask(study, 10, 11, abi.encodeWithSelector(Budgets.BadDebit.selector, 10, 11));
        ask(study, 10, 10);
    }

    function test_an_exact_data_set_has_no_budget_and_any_other_has_one() public {
        refuses(abi.encodeWithSelector(Budgets.DatasetBudget.selector, bytes32("x"), 0));
        vm.prank(provider(0));
        ledger.foundDataset("x", 100, false, 0);
        refuses(abi.encodeWithSelector(Budgets.DatasetBudget.selector, bytes32("x"), 5));
        vm.prank(provider(0));
        ledger.foundDataset("x", 100, true, 5);
    }

    function refuseAll(bytes32 which, uint32 number) internal {
        for (uint256 i = 0; i < 3; ++i) {
            refuseAs(custodian(i), which, number);
        }
    }

    function test_what_the_whole_committee_refused_is_given_back_but_for_the_counts() public {
        ask(study, 250, 50);
        ask(study, 100, 0);
        refuseAs(custodian(0), study, 1);
        refuseAs(custodian(2), study, 1);
        assert(!ledger.voided(study, 1) && spent(study) == 350 && ledger.refusals(study, 1) == 5);
        vm.expectEmit(true, true, true, true);
        emit Refunded(study, 1, GUARDED, 200);
        refuseAs(custodian(1), study, 1);
        assert(ledger.voided(study, 1) && !ledger.voided(study, 2) && !ledger.voided(other, 1));
        Budgets.Budget memory b = ledger.budgetOf(study);
        assert(b.total == STUDY_MAX && b.spent == 150 && b.refunded == 200);
        assert(ledger.spentOn(GUARDED).spent == 150 && ledger.spentOn(GUARDED).refunded == 200);
        assert(ledger.releasesUsed(study) == 2);
    }

    /// With threshold 2 of 3 two honest refusals would exclude an answer. One of these two may be a liar's who answers
    /// all the same, together with the third: nothing is given back.
    function test_while_one_custodian_has_not_refused_it_may_have_answered() public {
        ask(study, 250, 50);
        refuseAs(custodian(0), study, 1);
        refuseAs(custodian(1), study, 1);
        assert(!ledger.voided(study, 1) && spent(study) == 250);
    }

    function test_a_seat_refuses_once_and_nothing_is_given_back_twice() public {
        ask(study, 250, 50);
        refuseAs(custodian(0), study, 1);
        refuses(abi.encodeWithSelector(Budgets.RefusedAlready.selector, study, 1, custodian(0)));
        refuseAs(custodian(0), study, 1);
        refuses(abi.encodeWithSelector(Budgets.RefusedAlready.selector, study, 1, custodian(0)));
        refuseAs(custodian(0), study, 1);
        assert(!ledger.voided(study, 1) && spent(study) == 250);
        refuseAs(custodian(1), study, 1);
        refuseAs(custodian(2), study, 1);
        for (uint256 i = 0; i < 3; ++i) {
            refuses(abi.encodeWithSelector(Budgets.RefusedAlready.selector, study, 1, custodian(i)));
            refuseAs(custodian(i), study, 1);
        }
        assert(spent(study) == 50 && ledger.budgetOf(study).refunded == 200);
    }

    function test_strangers_and_custodians_without_a_seat_refuse_nothing() public {
        ask(study, 250, 50);
        refuses(abi.encodeWithSelector(Committees.NotInCommittee.selector, 1, stranger));
        refuseAs(stranger, study, 1);
        refuses(abi.encodeWithSelector(Committees.NotInCommittee.selector, 1, researcher(0)));
        refuseAs(researcher(0), study, 1);
        refuses(abi.encodeWithSelector(Committees.NotInCommittee.selector, 1, custodian(3)));
        refuseAs(custodian(3), study, 1);
    }

    function test_what_was_not_authorised_is_not_refused() public {
        refuses(abi.encodeWithSelector(Ledger.NotAuthorised.selector, study, 1));
        refuseAs(custodian(0), study, 1);
        ask(study, 250, 50);
        refuses(abi.encodeWithSelector(Ledger.NotAuthorised.selector, study, 2));
        refuseAs(custodian(0), study, 2);
        refuses(abi.encodeWithSelector(Ledger.NotAuthorised.selector, bytes32("none"), 1));
        refuseAs(custodian(0), "none", 1);
    }

    /// What was asked of the old committee the new one never answers, and only the old one knows whether it did: its seats,
    /// and no others, give it back.
    function test_after_a_change_of_committee_the_relieved_one_gives_back_what_it_never_answered() public {
        ask(study, 250, 50);
        ask(study, 100, 0);
        refuseAs(custodian(0), study, 1);
        changeCommittee();
        refuses(abi.encodeWithSelector(Committees.NotInCommittee.selector, 1, custodian(3)));
        refuseAs(custodian(3), study, 1);
        refuseAs(custodian(1), study, 1);
        assert(!ledger.voided(study, 1) && spent(study) == 350);
        refuseAs(custodian(2), study, 1);
        assert(ledger.voided(study, 1) && !ledger.voided(study, 2));
        assert(spent(study) == 150 && ledger.spentOn(GUARDED).spent == 150 && ledger.spentOn(GUARDED).refunded == 200);
        for (uint256 i = 0; i < 3; ++i) {
            refuses(abi.encodeWithSelector(Budgets.RefusedAlready.selector, study, 1, custodian(i)));
            refuseAs(custodian(i), study, 1);
        }
        assert(spent(study) == 150 && ledger.budgetOf(study).refunded == 200);
    }

    function test_what_is_asked_of_the_new_committee_only_its_own_seats_give_back() public {
        changeCommittee();
        study = guardedStudy(researcher(0));
        ask(study, 250, 0);
        assert(ledger.authorisation(study, 1).epoch == 2);
        for (uint256 i = 0; i < 3; ++i) {
            refuseAs(custodian(i), study, 1);
        }
        assert(!ledger.voided(study, 1) && spent(study) == 250);
        refuseAs(custodian(3), study, 1);
        assert(ledger.voided(study, 1) && spent(study) == 0);
    }

    function test_in_an_exact_data_set_nothing_is_debited_and_refusals_still_count() public {
        vm.prank(store);
        ledger.setConsentRoot(DATASET, ROOT);
        Studies.Proposal memory p = super.proposal();
        p.dataset = DATASET;
        vm.prank(researcher(0));
        bytes32 exact = studies.propose(p, plans());
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), exact, true);
            voteOf(provider(i), exact, true);
            voteOf(researcher(i), exact, true);
        }
        studies.execute(exact);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(exact);
        ask(exact, 7, 0, abi.encodeWithSelector(Budgets.ExactAsksNoBudget.selector, DATASET, 7));
        ask(exact, 0, 7, abi.encodeWithSelector(Budgets.ExactAsksNoBudget.selector, DATASET, 0));
        ask(exact, 0, 0);
        assert(spent(exact) == 0 && ledger.budgetOf(exact).total == STUDY_MAX);
        refuseAll(exact, 1);
        assert(ledger.voided(exact, 1) && ledger.budgetOf(exact).refunded == 0 && ledger.spentOn(DATASET).spent == 0);
    }

    /// A committee of 35 seats, whose bits fill more than a word of 32.
    function test_a_release_is_void_only_when_the_last_of_many_seats_refused() public {
        deploy();
        found();
        (address[] memory seats, bytes32[] memory identities) = committee(35);
        for (uint256 i = 3; i < 35; ++i) {
            membership.appoint(custodian(i), Members.Role.Custodian);
        }
        ledger.registerCommittee(2, 2, seats, identities);
        ledger.foundDataset(GUARDED, 100, false, DATASET_MAX);
        membership.sealFounding();
        vm.roll(block.number + 1);
        vm.prank(store);
        ledger.setConsentRoot(GUARDED, ROOT);
        study = guardedStudy(researcher(0));
        ask(study, 250, 50);
        for (uint256 i = 0; i < 35; ++i) {
            assert(!ledger.voided(study, 1));
            refuseAs(custodian(34 - i), study, 1);
        }
        assert(ledger.voided(study, 1) && spent(study) == 50);
    }

    function testFuzz_what_is_debited_is_what_was_asked_or_nothing(uint16 first, uint16 second, uint16 counts) public {
        uint64 expected = 0;
        for (uint256 i = 0; i < 2; ++i) {
            uint64 asked = (i == 0 ? first : second) % 1200;
            uint64 ofCounts = counts % (asked + 100);
            bool right = asked != 0 && ofCounts <= asked && asked <= STUDY_MAX - expected;
            try this.askFromOutside(asked, ofCounts) {
                assert(right);
                expected += asked;
            } catch {
                assert(!right);
            }
            assert(spent(study) == expected && ledger.spentOn(GUARDED).spent == expected);
        }
    }

    function askFromOutside(uint64 rhoMicro, uint64 rhoCountsMicro) external {
        ask(study, rhoMicro, rhoCountsMicro);
    }
}

/// Asks and refuses in any order, and keeps its own account of both.
contract Spenders is GuardedFixture {
    mapping(bytes32 study => uint64) public debited;
    mapping(bytes32 study => uint64) public returned;
    mapping(bytes32 study => mapping(uint32 number => uint8)) private refusedBy;
    mapping(bytes32 study => mapping(uint32 number => uint64)) private refundable;

    function setUp() public override {}

    constructor() {
        GuardedFixture.setUp();
    }

    function ledgerAndStudies() external view returns (Ledger, bytes32, bytes32) {
        return (ledger, study, other);
    }

    function spend(bool first, uint64 rhoMicro, uint64 rhoCountsMicro) external {
        bytes32 which = first ? study : other;
        if (rhoMicro % 4 != 0) (rhoMicro, rhoCountsMicro) = (rhoMicro % 300, rhoCountsMicro % 30);
        ask(which, rhoMicro, rhoCountsMicro);
        debited[which] += rhoMicro;
        refundable[which][ledger.releasesUsed(which)] = rhoMicro - rhoCountsMicro;
    }

    function say(bool first, uint32 number, uint8 seat) external {
        bytes32 which = first ? study : other;
        uint32 used = ledger.releasesUsed(which);
        if (used != 0 && number % 8 != 0) number = number % used + 1;
        sayAs(seat % 8 == 0 ? stranger : custodian(seat % 3), which, number, seat % 3);
    }

    /// Each that has not said so yet refuses the newest release, or hardly one would be refused by all.
    function sayAll(bool first) external {
        bytes32 which = first ? study : other;
        uint32 number = ledger.releasesUsed(which);
        for (uint8 seat = 0; seat < 3; ++seat) {
            if ((refusedBy[which][number] >> seat) & 1 == 0) sayAs(custodian(seat), which, number, seat);
        }
    }

    function sayAs(address who, bytes32 which, uint32 number, uint8 seat) private {
        refuseAs(who, which, number);
        refusedBy[which][number] |= uint8(1) << seat;
        if (refusedBy[which][number] == 7) returned[which] += refundable[which][number];
    }
}

contract BudgetInvariantsTest {
    Spenders private spenders;
    Ledger private ledger;
    bytes32[2] private both;

    function setUp() public {
        spenders = new Spenders();
        (ledger, both[0], both[1]) = spenders.ledgerAndStudies();
    }

    struct Target {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (Target[] memory targets) {
        targets = new Target[](1);
        targets[0] = Target(address(spenders), new bytes4[](3));
        targets[0].selectors[0] = Spenders.spend.selector;
        targets[0].selectors[1] = Spenders.say.selector;
        targets[0].selectors[2] = Spenders.sayAll.selector;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(spenders);
    }

    function invariant_what_is_spent_is_what_was_debited_less_what_was_given_back() public view {
        for (uint256 i = 0; i < 2; ++i) {
            Budgets.Budget memory budget = ledger.budgetOf(both[i]);
            assert(budget.spent + budget.refunded == spenders.debited(both[i]));
            assert(budget.refunded == spenders.returned(both[i]));
        }
    }

    function invariant_no_total_is_ever_passed_and_the_data_set_has_the_sum_of_its_studies() public view {
        Budgets.Budget memory ofDataset = ledger.spentOn("guarded");
        uint64 spent = 0;
        uint64 refunded = 0;
        for (uint256 i = 0; i < 2; ++i) {
            Budgets.Budget memory budget = ledger.budgetOf(both[i]);
            assert(budget.total == 1000 && budget.spent <= budget.total);
            spent += budget.spent;
            refunded += budget.refunded;
        }
        assert(ofDataset.total == 1500 && ofDataset.spent <= ofDataset.total);
        assert(ofDataset.spent == spent && ofDataset.refunded == refunded);
    }
}
