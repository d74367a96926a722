// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "../src/Ledger.sol";
import {Membership} from "../src/Membership.sol";
import {Studies} from "../src/Studies.sol";
import {Voting} from "../src/Voting.sol";
import {Members} from "../src/Members.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

/// Does what members, owners, stores and strangers may try, in any order.
contract Actors is CommonsFixture {
    uint256 public authorised;
    uint256 private rotations;
    mapping(address identity => address) private rotated;
    bytes32[] public known;

    function setUp() public override {}

    constructor() {
        CommonsFixture.setUp();
        vm.prank(store);
        ledger.setConsentRoot(DATASET, ROOT);
    }

    function contracts() external view returns (Membership, Studies, Ledger) {
        return (membership, studies, ledger);
    }

    function knownCount() external view returns (uint256) {
        return known.length;
    }

    function anybody(uint256 seed) internal view returns (address) {
        address[9] memory all = [
            patient(0), patient(1), provider(0), provider(1), provider(2), researcher(0), researcher(1), store, stranger
        ];
        address identity = all[seed % all.length];
        return rotated[identity] == address(0) ? identity : rotated[identity];
    }

    function propose(uint256 who) external {
        vm.prank(who % 8 == 0 ? anybody(who / 8) : researcher(who % 2));
        known.push(studies.propose(proposal(), plans()));
        vm.roll(block.number + 1);
    }

    function vote(uint256 who, uint256 which, bool support) external {
        vm.prank(anybody(who));
        studies.vote(known[which % known.length], support);
    }

    /// Several members vote on the newest study, which then is counted: who and how from the bits of two numbers, half
    /// of the time all of them and in favour, or hardly a study would ever pass.
    function decide(uint8 who, uint8 how) external {
        bytes32 study = known[known.length - 1];
        if (how % 2 == 0) (who, how) = (0xff, 0);
        for (uint256 i = 0; i < 7; ++i) {
            if ((who >> i) & 1 == 0) continue;
            vm.prank(anybody(i));
            try studies.vote(study, (how >> i) & 1 == 0) {} catch {}
        }
        studies.execute(study);
    }

    function execute(uint256 which) external {
        studies.execute(known[which % known.length]);
    }

    /// Time passes, and every study that waits becomes active, or is stopped.
    function activate(uint256 which, uint8 vetoes) external {
        bytes32 study = known[which % known.length];
        for (uint256 i = 0; i < known.length && studies.stateOf(study) != Studies.State.Approved; ++i) {
            study = known[i];
        }
        for (uint256 i = 0; i < 3 && vetoes % 4 == 0; ++i) {
            vm.prank(board(i));
            try studies.veto(study) {} catch {}
        }
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(study);
    }

    function delegate(uint256 who, uint256 to) external {
        address neighbour = anybody((who % 7) ^ 1);
        vm.prank(anybody(who % 7));
        membership.delegateVote(to % 4 == 0 ? address(0) : to % 4 == 1 ? anybody(to / 4) : neighbour);
        vm.roll(block.number + 1);
    }

    /// A member goes on with another key: the old one must be worth nothing.
    function rotate(uint256 who) external {
        address before = anybody(who);
        address identity = membership.identityOf(before);
        address fresh = address(uint160(0x9000 + ++rotations));
        vm.prank(before);
        membership.offerKey(fresh);
        vm.prank(fresh);
        membership.takeKey(identity);
        rotated[identity] = fresh;
        assert(membership.chamberOf(before) == Members.Chamber.None);
    }

    /// A motion to remove or readmit a member, on which all vote in favour.
    function move(uint256 who, bool removes) external {
        address subject = anybody(who);
        Members.Chamber chamber =
            [Members.Chamber.Patients, Members.Chamber.Providers, Members.Chamber.Researchers][who % 3];
        Membership.Motion memory motion = removes
            ? Membership.Motion(
                Membership.Action.Remove, Members.Chamber.None, Members.Role.None, subject, address(0), 0
            )
            : Membership.Motion(Membership.Action.Admit, chamber, Members.Role.None, subject, address(0), 0);
        vm.prank(anybody(who / 16));
        uint256 number = membership.proposeMotion(motion);
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 9; ++i) {
            vm.prank(anybody(i));
            try membership.voteMotion(number, true) {} catch {}
        }
        vm.warp(block.timestamp + VOTING_PERIOD);
        membership.executeMotion(number);
    }

    function authorise(uint256 who, uint256 which, uint32 number) external {
        bytes32 study = known[which % known.length];
        for (uint256 i = 0; i < known.length && studies.stateOf(study) != Studies.State.Active; ++i) {
            study = known[i];
        }
        uint32 chosen = number % 4 == 0 ? number % 16 : ledger.releasesUsed(study) + 1;
        vm.prank(who % 8 == 0 ? anybody(who / 8) : studies.studyRecord(study).requester);
        ledger.authorise(authorisationOf(study, chosen), multiplicands());
        ++authorised;
    }

    function reserve(uint256 who, uint32 count) external {
        vm.prank(anybody(who));
        ledger.reserveSlots(DATASET, count);
    }

    function pass(uint16 seconds_) external {
        vm.warp(block.timestamp + seconds_ % 1000);
    }
}

contract InvariantsTest {
    Actors private actors;
    Membership private membership;
    Studies private studies;
    Ledger private ledger;

    function setUp() public {
        actors = new Actors();
        (membership, studies, ledger) = actors.contracts();
    }

    struct Target {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (Target[] memory targets) {
        bytes4[11] memory acts = [
            Actors.propose.selector,
            Actors.vote.selector,
            Actors.decide.selector,
            Actors.execute.selector,
            Actors.activate.selector,
            Actors.delegate.selector,
            Actors.rotate.selector,
            Actors.move.selector,
            Actors.authorise.selector,
            Actors.reserve.selector,
            Actors.pass.selector
        ];
        targets = new Target[](1);
        targets[0] = Target(address(actors), new bytes4[](acts.length));
        for (uint256 i = 0; i < acts.length; ++i) {
            targets[0].selectors[i] = acts[i];
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actors);
    }

    function invariant_no_study_is_active_without_a_majority_in_every_chamber() public view {
        for (uint256 i = 0; i < actors.knownCount(); ++i) {
            bytes32 study = actors.known(i);
            Studies.State state = studies.studyRecord(study).state;
            if (state != Studies.State.Active && state != Studies.State.Approved) continue;
            (Voting.Tally[3] memory tallies,) = studies.tally(study);
            for (uint256 c = 0; c < 3; ++c) {
                assert(tallies[c].yes > tallies[c].no);
                assert(uint256(tallies[c].yes + tallies[c].no) * 100 >= uint256(tallies[c].members) * 50);
                assert(tallies[c].yes + tallies[c].no <= tallies[c].members);
            }
        }
    }

    function invariant_nobody_votes_more_often_than_there_are_members() public view {
        for (uint256 i = 0; i < actors.knownCount(); ++i) {
            (Voting.Tally[3] memory tallies,) = studies.tally(actors.known(i));
            for (uint256 c = 0; c < 3; ++c) {
                assert(tallies[c].yes + tallies[c].no <= tallies[c].members);
            }
        }
    }

    function invariant_no_chamber_is_ever_empty_and_every_member_has_one_account() public view {
        for (uint8 c = 1; c <= 3; ++c) {
            address[] memory list = membership.members(Members.Chamber(c), 0, 100);
            assert(list.length > 0 && list.length == membership.countIn(Members.Chamber(c)));
            for (uint256 i = 0; i < list.length; ++i) {
                assert(membership.chamberOf(list[i]) == Members.Chamber(c));
                assert(membership.accountOf(membership.identityOf(list[i])) == list[i]);
            }
        }
    }

    function invariant_releases_stay_within_what_was_voted() public view {
        uint256 total = 0;
        for (uint256 i = 0; i < actors.knownCount(); ++i) {
            bytes32 study = actors.known(i);
            uint32 used = ledger.releasesUsed(study);
            assert(used <= studies.studyRecord(study).proposal.releasesMax);
            for (uint32 number = 1; number <= used; ++number) {
                assert(ledger.authorisation(study, number).authorisation.study == study);
            }
            assert(ledger.authorisation(study, used + 1).authorisation.study == 0);
            total += used;
        }
        assert(total == actors.authorised());
    }

    function invariant_slot_ranges_do_not_overlap() public view {
        Ledger.SlotRange[] memory ranges = ledger.slotRanges("commons", 0, 100);
        uint256 end = 0;
        for (uint256 i = 0; i < ranges.length; ++i) {
            assert(ranges[i].count > 0 && ranges[i].begin >= end);
            assert(membership.identityOf(ranges[i].owner) != address(0));
            end = uint256(ranges[i].begin) + ranges[i].count;
        }
    }
}
