// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Committees} from "../src/Committees.sol";
import {Ledger} from "../src/Ledger.sol";
import {Membership} from "../src/Membership.sol";
import {Studies} from "../src/Studies.sol";
import {Members} from "../src/Members.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

contract LedgerCommitteeTest is CommonsFixture {
    function commitAllPieces() internal {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 m = 0; m < 3; ++m) {
                if (m == i) continue;
                vm.prank(custodian(i));
                ledger.commitPiece(1, uint64(1 << m), bytes32(m + 100));
            }
        }
    }

    function test_shapes_below_the_rule_are_refused() public {
        deploy();
        for (uint256 i = 0; i < 40; ++i) {
            membership.appoint(custodian(i), Members.Role.Custodian);
        }
        uint8[6] memory sizes = [0, 2, 4, 10, 36, 1];
        uint8[6] memory thresholds = [2, 2, 3, 4, 2, 1];
        for (uint256 i = 0; i < sizes.length; ++i) {
            (address[] memory bad, bytes32[] memory badIdentities) = committee(sizes[i]);
            refuses(abi.encodeWithSelector(Committees.CommitteeShape.selector, uint256(sizes[i]), thresholds[i]));
            ledger.registerCommittee(1, thresholds[i], bad, badIdentities);
        }
        uint8[4] memory goodSizes = [3, 5, 7, 35];
        uint8[4] memory goodThresholds = [2, 3, 4, 2];
        for (uint32 i = 0; i < goodSizes.length; ++i) {
            (address[] memory good, bytes32[] memory identities) = committee(goodSizes[i]);
            ledger.registerCommittee(i + 1, goodThresholds[i], good, identities);
        }
        assert(ledger.currentEpoch() == 4);
    }

    function test_a_committee_is_registered_by_the_founder_in_order_with_different_custodians() public {
        (address[] memory seats, bytes32[] memory identities) = committee(3);
        refuses(abi.encodeWithSelector(Members.FoundingIsSealed.selector));
        ledger.registerCommittee(2, 2, seats, identities);
        deploy();
        found();
        refuses(abi.encodeWithSelector(Committees.EpochOutOfOrder.selector, 3, 2));
        ledger.registerCommittee(3, 2, seats, identities);
        seats[2] = seats[0];
        refuses(abi.encodeWithSelector(Committees.SeatTwice.selector, seats[0]));
        ledger.registerCommittee(2, 2, seats, identities);
        seats[2] = stranger;
        refuses(abi.encodeWithSelector(Committees.NoCustodianRole.selector, stranger));
        ledger.registerCommittee(2, 2, seats, identities);
    }

    function testFuzz_a_commitment_needs_a_holder_and_its_piece(uint64 piece, uint8 who) public {
        who = who % 3;
        bool right = (piece == 1 || piece == 2 || piece == 4) && (piece >> who) & 1 == 0;
        vm.prank(custodian(who));
        try ledger.commitPiece(1, piece, "hash") {
            assert(right);
        } catch {
            assert(!right);
        }
    }

    function test_a_piece_is_committed_once_by_each_holder() public {
        commitAllPieces();
        refuses(abi.encodeWithSelector(Committees.PieceAlreadyCommitted.selector, uint64(2), custodian(0)));
        vm.prank(custodian(0));
        ledger.commitPiece(1, 2, "other");
        refuses(abi.encodeWithSelector(Committees.NotInCommittee.selector, 1, stranger));
        vm.prank(stranger);
        ledger.commitPiece(1, 2, "other");
        assert(ledger.pieceCommitments(1).length == 6);
    }

    function test_keys_come_after_the_pieces_and_all_must_agree() public {
        refuses(abi.encodeWithSelector(Committees.PiecesMissing.selector, 0, 6));
        vm.prank(custodian(0));
        ledger.commitKeys(1, "keys");
        commitAllPieces();
        for (uint256 i = 0; i < 3; ++i) {
            assert(!ledger.epochReady(1));
            vm.prank(custodian(i));
            ledger.commitKeys(1, "keys");
        }
        assert(ledger.epochReady(1));
        refuses(abi.encodeWithSelector(Committees.KeysAlreadyCommitted.selector, 1, custodian(0)));
        vm.prank(custodian(0));
        ledger.commitKeys(1, "other");
    }

    function test_one_different_key_keeps_the_epoch_closed() public {
        commitAllPieces();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(custodian(i));
            ledger.commitKeys(1, i == 1 ? bytes32("mine") : bytes32("keys"));
        }
        assert(!ledger.epochReady(1));
        assert(!ledger.epochReady(2));
    }
}

contract LedgerDataTest is CommonsFixture {
    function reserve(address owner, uint32 count) internal returns (uint64) {
        vm.prank(owner);
        return ledger.reserveSlots(DATASET, count);
    }

    function test_small_cohorts_share_a_block_and_others_begin_a_new_one() public {
        assert(reserve(provider(0), 60) == 0);
        assert(reserve(provider(1), 41) == 100);
        assert(reserve(provider(2), 250) == 200);
        assert(reserve(patient(0), 50) == 450); // fills the block to its last slot
        assert(reserve(patient(1), 1) == 500);
    }

    /// R22 stands on this: ranges rise, never overlap, and one that could fit into a block never crosses its border.
    function testFuzz_ranges_never_overlap(uint32[5] memory counts) public {
        address[5] memory owners = [provider(0), provider(1), provider(2), patient(0), patient(1)];
        uint256 end = 0;
        for (uint256 i = 0; i < 5; ++i) {
            uint32 count = counts[i] % 1000 + 1;
            uint256 begin = reserve(owners[i], count);
            assert(begin >= end && begin < end + 100);
            if (count <= 100) assert(begin / 100 == (begin + count - 1) / 100);
            else assert(begin % 100 == 0);
            end = begin + count;
        }
    }

    function test_the_largest_cohorts_do_not_overflow() public {
        assert(reserve(provider(0), type(uint32).max) == 0);
        assert(reserve(provider(1), type(uint32).max) >= type(uint32).max);
    }

    function test_reservations_are_refused_to_strangers_and_a_second_time() public {
        refuses(abi.encodeWithSelector(Ledger.NotAnOwner.selector, researcher(0)));
        reserve(researcher(0), 1);
        refuses(abi.encodeWithSelector(Ledger.NoSlots.selector));
        reserve(provider(0), 0);
        reserve(provider(0), 1);
        refuses(abi.encodeWithSelector(Ledger.AlreadyReserved.selector, DATASET, provider(0)));
        reserve(provider(0), 1);
    }

    function test_data_is_published_once_into_a_reserved_range() public {
        refuses(abi.encodeWithSelector(Ledger.NotReserved.selector, DATASET, provider(0)));
        vm.prank(provider(0));
        ledger.publishData(DATASET, "manifest", "attestation");
        reserve(provider(0), 5);
        vm.prank(provider(0));
        ledger.publishData(DATASET, "manifest", "attestation");
        refuses(abi.encodeWithSelector(Ledger.AlreadyPublished.selector, DATASET, provider(0)));
        vm.prank(provider(0));
        ledger.publishData(DATASET, "manifest 2", "attestation");
        assert(ledger.slotRanges(DATASET, 0, 9)[0].manifest == "manifest");
    }

    function test_data_sets_are_founded_by_providers_after_the_seal() public {
        refuses(abi.encodeWithSelector(Ledger.MayNotFound.selector, address(this)));
        ledger.foundDataset("second", 100, false, 1);
        vm.prank(provider(0));
        ledger.foundDataset("second", 100, false, 1);
        refuses(abi.encodeWithSelector(Ledger.DatasetExists.selector, bytes32("second")));
        vm.prank(provider(1));
        ledger.foundDataset("second", 50, true, 0);
        refuses(abi.encodeWithSelector(Ledger.BadDataset.selector, bytes32("third"), 0));
        vm.prank(provider(1));
        ledger.foundDataset("third", 0, true, 0);
    }

    function testFuzz_range_pages_are_parts_of_the_list(uint256 from, uint256 limit) public {
        for (uint256 i = 0; i < 3; ++i) {
            reserve(provider(i), 10);
        }
        Ledger.SlotRange[] memory page = ledger.slotRanges(DATASET, from, limit);
        uint256 left = from < 3 ? 3 - from : 0;
        assert(page.length == (limit < left ? limit : left));
        for (uint256 i = 0; i < page.length; ++i) {
            assert(page[i].owner == provider(from + i));
        }
    }

    function test_consent_roots_come_from_node_operators_and_stay() public {
        refuses(abi.encodeWithSelector(Ledger.NoConsentRoot.selector, DATASET));
        ledger.currentConsentRoot(DATASET);
        refuses(abi.encodeWithSelector(Ledger.NotANodeOperator.selector, provider(0)));
        vm.prank(provider(0));
        ledger.setConsentRoot(DATASET, "first");
        vm.prank(store);
        ledger.setConsentRoot(DATASET, "first");
        vm.prank(store);
        ledger.setConsentRoot(DATASET, "second");
        assert(ledger.consentRootCount(DATASET) == 2);
        assert(ledger.consentRootAt(DATASET, 0).root == "first");
        assert(ledger.currentConsentRoot(DATASET).root == "second");
    }
}

contract LedgerReleaseTest is CommonsFixture {
    bytes32 internal study;

    function setUp() public override {
        super.setUp();
        vm.prank(store);
        ledger.setConsentRoot(DATASET, ROOT);
        study = activeStudy();
    }

    function authorise(address who, Ledger.Authorisation memory a) internal {
        vm.prank(who);
        ledger.authorise(a, multiplicands());
    }

    function test_a_release_is_recorded_with_all_its_fields() public {
        authorise(researcher(0), authorisationOf(study, 1));
        Ledger.RecordedAuthorisation memory got = ledger.authorisation(study, 1);
        assert(keccak256(abi.encode(got.authorisation)) == keccak256(abi.encode(authorisationOf(study, 1))));
        assert(got.inBlock == block.number && got.recordedAt == block.timestamp);
        assert(ledger.releasesUsed(study) == 1);
    }

    function test_releases_are_numbered_and_counted() public {
        refuses(abi.encodeWithSelector(Ledger.ReleaseOutOfOrder.selector, study, 2, 1));
        authorise(researcher(0), authorisationOf(study, 2));
        authorise(researcher(0), authorisationOf(study, 1));
        refuses(abi.encodeWithSelector(Ledger.ReleaseOutOfOrder.selector, study, 1, 2));
        authorise(researcher(0), authorisationOf(study, 1));
        authorise(researcher(0), authorisationOf(study, 2));
        refuses(abi.encodeWithSelector(Ledger.ReleasesExhausted.selector, study, 2));
        authorise(researcher(0), authorisationOf(study, 3));
    }

    function test_the_first_opening_of_a_multiplicand_stays() public {
        assert(ledger.firstOpened(multiplicands())[0] == 0);
        bytes32[] memory first = new bytes32[](1);
        first[0] = multiplicands()[1];
        vm.prank(researcher(0));
        ledger.authorise(authorisationOf(study, 1), first);
        uint64 then = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 days);
        authorise(researcher(0), authorisationOf(study, 2));
        uint64[] memory times = ledger.firstOpened(multiplicands());
        assert(times.length == 2 && times[0] == then + 1 days && times[1] == then);
    }

    function test_multiplicands_are_counted_and_not_empty() public {
        bytes32[] memory none = new bytes32[](0);
        refuses(abi.encodeWithSelector(Ledger.MultiplicandCount.selector, 0));
        vm.prank(researcher(0));
        ledger.authorise(authorisationOf(study, 1), none);
        bytes32[] memory many = new bytes32[](1025);
        refuses(abi.encodeWithSelector(Ledger.MultiplicandCount.selector, 1025));
        vm.prank(researcher(0));
        ledger.authorise(authorisationOf(study, 1), many);
        bytes32[] memory zero = new bytes32[](1);
        refuses(abi.encodeWithSelector(Committees.EmptyCommitment.selector));
        vm.prank(researcher(0));
        ledger.authorise(authorisationOf(study, 1), zero);
        assert(ledger.releasesUsed(study) == 0);
    }

    function announce(address who, uint32 number, bytes32[] memory list) internal {
        vm.prank(who);
        ledger.announce(study, number, PLAN, KEY, list);
    }

    function numbered(uint256 from, uint256 count) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = bytes32(from + i);
        }
    }

    function test_what_is_announced_is_seen_first_then() public {
        announce(researcher(0), 1, numbered(1, 3));
        uint64 then = uint64(block.timestamp);
        assert(ledger.releasesUsed(study) == 0 && ledger.firstOpened(numbered(1, 3))[2] == then);
        vm.warp(block.timestamp + 1 days);
        vm.prank(researcher(0));
        ledger.authorise(authorisationOf(study, 1), numbered(3, 2));
        uint64[] memory times = ledger.firstOpened(numbered(3, 2));
        assert(times[0] == then && times[1] == then + 1 days);
    }

    function test_whoever_may_not_authorise_may_not_announce() public {
        refuses(abi.encodeWithSelector(Studies.NotTheRequester.selector, study, researcher(1)));
        announce(researcher(1), 1, numbered(1, 1));
        refuses(abi.encodeWithSelector(Ledger.ReleaseOutOfOrder.selector, study, 2, 1));
        announce(researcher(0), 2, numbered(1, 1));
        refuses(abi.encodeWithSelector(Studies.PlanNotAllowed.selector, study, bytes32("another plan")));
        vm.prank(researcher(0));
        ledger.announce(study, 1, "another plan", KEY, numbered(1, 1));
        refuses(abi.encodeWithSelector(Ledger.MultiplicandCount.selector, 0));
        announce(researcher(0), 1, numbered(1, 0));
        vm.warp(block.timestamp + 100_001);
        refuses(abi.encodeWithSelector(Studies.StudyNotActive.selector, study, Studies.State.Expired));
        announce(researcher(0), 1, numbered(1, 1));
    }

    function test_a_release_announces_so_many_new_multiplicands_and_old_ones_again() public {
        uint256 max = ledger.MULTIPLICANDS_MAX();
        for (uint256 i = 0; i < 3; ++i) {
            announce(researcher(0), 1, numbered(1 + i * max, max));
        }
        announce(researcher(0), 1, numbered(1, max));
        refuses(abi.encodeWithSelector(Ledger.AnnouncedTooMany.selector, study, 1, 3 * max + 1));
        announce(researcher(0), 1, numbered(1 + 3 * max, 1));
        vm.prank(researcher(0));
        ledger.authorise(authorisationOf(study, 1), numbered(1 + 3 * max, max));
        announce(researcher(0), 2, numbered(1 + 4 * max, 1));
    }

    function test_only_the_requester_authorises() public {
        refuses(abi.encodeWithSelector(Studies.NotTheRequester.selector, study, researcher(1)));
        authorise(researcher(1), authorisationOf(study, 1));
    }

    function test_a_proposed_study_releases_nothing() public {
        bytes32 waiting = proposed();
        refuses(abi.encodeWithSelector(Studies.StudyNotActive.selector, waiting, Studies.State.Proposed));
        authorise(researcher(0), authorisationOf(waiting, 1));
    }

    function test_consent_must_be_of_this_moment() public {
        vm.prank(store);
        ledger.setConsentRoot(DATASET, "newer root");
        refuses(abi.encodeWithSelector(Ledger.ConsentRootDiffers.selector, ROOT, bytes32("newer root")));
        authorise(researcher(0), authorisationOf(study, 1));
    }

    function test_empty_hashes_are_refused() public {
        for (uint256 i = 0; i < 5; ++i) {
            Ledger.Authorisation memory a = authorisationOf(study, 1);
            if (i == 0) a.dataRoot = 0;
            if (i == 1) a.mask = 0;
            if (i == 2) a.result = 0;
            if (i == 3) a.sigmas = 0;
            if (i == 4) a.authorisationHash = 0;
            refuses(abi.encodeWithSelector(Committees.EmptyCommitment.selector));
            authorise(researcher(0), a);
        }
    }
}
