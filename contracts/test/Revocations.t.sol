// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "../src/Ledger.sol";
import {Revocations} from "../src/Revocations.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

contract RevocationsTest is CommonsFixture {
    function revoke(address sender, bytes32 person, uint64 sequence) private {
        vm.prank(sender);
        ledger.revokeConsent(DATASET, provider(0), person, sequence);
    }

    function test_whoever_leaves_needs_no_role_and_no_node() public {
        vm.warp(block.timestamp + 5);
        revoke(stranger, "person", 7);
        Revocations.Revocation[] memory all = ledger.revocations(DATASET, 0, 10);
        assert(all.length == 1 && ledger.revocationCount(DATASET) == 1);
        assert(all[0].owner == provider(0) && all[0].person == "person" && all[0].sender == stranger);
        assert(all[0].sequence == 7 && all[0].recordedAt == block.timestamp);
    }

    function test_what_names_nobody_or_no_data_set_is_refused() public {
        refuses(abi.encodeWithSelector(Revocations.EmptyPerson.selector));
        revoke(stranger, 0, 1);
        refuses(abi.encodeWithSelector(Ledger.NoSuchDataset.selector, bytes32("none")));
        ledger.revokeConsent("none", provider(0), "person", 1);
    }

    function testFuzz_pages_are_parts_of_the_list(uint256 from, uint256 limit) public {
        for (uint64 i = 0; i < 5; ++i) {
            revoke(stranger, bytes32(uint256(i + 1)), i);
        }
        Revocations.Revocation[] memory page = ledger.revocations(DATASET, from, limit);
        uint256 left = from < 5 ? 5 - from : 0;
        assert(page.length == (limit < left ? limit : left));
        for (uint256 i = 0; i < page.length; ++i) {
            assert(page[i].person == bytes32(from + i + 1));
        }
    }
}
