// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Membership} from "../src/Membership.sol";
import {Members} from "../src/Members.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

contract MembershipTest is CommonsFixture {
    function test_founding_members_sit_in_their_chambers() public view {
        assert(membership.chamberOf(patient(0)) == Members.Chamber.Patients);
        assert(membership.chamberOf(provider(2)) == Members.Chamber.Providers);
        assert(membership.chamberOf(stranger) == Members.Chamber.None);
        assert(membership.countIn(Members.Chamber.Providers) == 3);
        assert(membership.isCustodian(custodian(1)) && !membership.isCustodian(provider(0)));
        assert(membership.joinedInBlock(patient(0)) == 10);
    }

    function test_after_sealing_the_founder_has_no_power() public {
        bytes memory sealedNow = abi.encodeWithSelector(Members.FoundingIsSealed.selector);
        refuses(sealedNow);
        membership.admit(stranger, Members.Chamber.Patients);
        refuses(sealedNow);
        membership.appoint(stranger, Members.Role.Custodian);
        refuses(sealedNow);
        membership.appoint(stranger, Members.Role.NodeOperator);
        refuses(sealedNow);
        membership.sealFounding();
    }

    function test_only_the_founder_founds() public {
        Membership fresh = new Membership(VOTING_PERIOD, 50);
        refuses(abi.encodeWithSelector(Members.NotTheFounder.selector, stranger));
        vm.prank(stranger);
        fresh.admit(stranger, Members.Chamber.Patients);
    }

    function test_nobody_sits_in_two_chambers() public {
        Membership fresh = new Membership(VOTING_PERIOD, 50);
        fresh.admit(stranger, Members.Chamber.Patients);
        refuses(abi.encodeWithSelector(Members.AlreadyAMember.selector, stranger, Members.Chamber.Patients));
        fresh.admit(stranger, Members.Chamber.Researchers);
    }

    function test_an_empty_chamber_cannot_be_sealed() public {
        Membership fresh = new Membership(VOTING_PERIOD, 50);
        fresh.admit(patient(0), Members.Chamber.Patients);
        fresh.admit(researcher(0), Members.Chamber.Researchers);
        refuses(abi.encodeWithSelector(Members.EmptyChamber.selector, Members.Chamber.Providers));
        fresh.sealFounding();
    }

    function test_nobody_and_no_chamber_are_refused() public {
        Membership fresh = new Membership(VOTING_PERIOD, 50);
        refuses(abi.encodeWithSelector(Members.ZeroAddress.selector));
        fresh.admit(address(0), Members.Chamber.Patients);
        refuses(abi.encodeWithSelector(Members.NoSuchChamber.selector));
        fresh.admit(stranger, Members.Chamber.None);
        fresh.appoint(stranger, Members.Role.Custodian);
        refuses(abi.encodeWithSelector(Members.AlreadyAppointed.selector, stranger));
        fresh.appoint(stranger, Members.Role.Custodian);
    }

    function testFuzz_member_pages_are_parts_of_the_list(uint256 from, uint256 limit) public view {
        address[] memory page = membership.members(Members.Chamber.Providers, from, limit);
        uint256 left = from < 3 ? 3 - from : 0;
        assert(page.length == (limit < left ? limit : left));
        for (uint256 i = 0; i < page.length; ++i) {
            assert(page[i] == provider(from + i));
        }
    }
}
