// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Membership} from "../src/Membership.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

contract MembershipTest is CommonsFixture {
    function test_founding_members_sit_in_their_chambers() public view {
        assert(membership.chamberOf(patient(0)) == Membership.Chamber.Patients);
        assert(membership.chamberOf(provider(2)) == Membership.Chamber.Providers);
        assert(membership.chamberOf(stranger) == Membership.Chamber.None);
        assert(membership.countIn(Membership.Chamber.Providers) == 3);
        assert(membership.isCustodian(custodian(1)) && !membership.isCustodian(provider(0)));
        assert(membership.joinedInBlock(patient(0)) == 10);
    }

    function test_after_sealing_the_founder_has_no_power() public {
        bytes memory sealedNow = abi.encodeWithSelector(Membership.FoundingIsSealed.selector);
        refuses(sealedNow);
        membership.admit(stranger, Membership.Chamber.Patients);
        refuses(sealedNow);
        membership.appointCustodian(stranger);
        refuses(sealedNow);
        membership.appointNodeOperator(stranger);
        refuses(sealedNow);
        membership.sealFounding();
    }

    function test_only_the_founder_founds() public {
        Membership fresh = new Membership();
        refuses(abi.encodeWithSelector(Membership.NotTheFounder.selector, stranger));
        vm.prank(stranger);
        fresh.admit(stranger, Membership.Chamber.Patients);
    }

    function test_nobody_sits_in_two_chambers() public {
        Membership fresh = new Membership();
        fresh.admit(stranger, Membership.Chamber.Patients);
        refuses(abi.encodeWithSelector(Membership.AlreadyAMember.selector, stranger, Membership.Chamber.Patients));
        fresh.admit(stranger, Membership.Chamber.Researchers);
    }

    function test_an_empty_chamber_cannot_be_sealed() public {
        Membership fresh = new Membership();
        fresh.admit(patient(0), Membership.Chamber.Patients);
        fresh.admit(researcher(0), Membership.Chamber.Researchers);
        refuses(abi.encodeWithSelector(Membership.EmptyChamber.selector, Membership.Chamber.Providers));
        fresh.sealFounding();
    }

    function test_nobody_and_no_chamber_are_refused() public {
        Membership fresh = new Membership();
        refuses(abi.encodeWithSelector(Membership.ZeroAddress.selector));
        fresh.admit(address(0), Membership.Chamber.Patients);
        refuses(abi.encodeWithSelector(Membership.NoSuchChamber.selector));
        fresh.admit(stranger, Membership.Chamber.None);
        fresh.appointCustodian(stranger);
        refuses(abi.encodeWithSelector(Membership.AlreadyAppointed.selector, stranger));
        fresh.appointCustodian(stranger);
    }

    function testFuzz_member_pages_are_parts_of_the_list(uint256 from, uint256 limit) public view {
        address[] memory page = membership.members(Membership.Chamber.Providers, from, limit);
        uint256 left = from < 3 ? 3 - from : 0;
        assert(page.length == (limit < left ? limit : left));
        for (uint256 i = 0; i < page.length; ++i) {
            assert(page[i] == provider(from + i));
        }
    }
}
