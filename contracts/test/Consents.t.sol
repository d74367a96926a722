// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consents} from "../src/Consents.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

contract ConsentsTest is CommonsFixture {
    function statement() private view returns (Consents.ConsentStatement memory s) {
        s.dataset = DATASET;
        s.owner = provider(0);
        s.person = "person";
        s.action = "grant";
        s.purpose = 42;
        s.sequence = 1;
    }

    function digest(Consents.ConsentStatement memory s) private view returns (bytes32) {
        return ledger.consents().consentDigest(s);
    }

    function testFuzz_every_field_enters_the_digest(uint8 field, bytes32 value) public view {
        vm.assume(value != 0 && uint160(uint256(value)) != 0 && uint32(uint256(value)) != 0);
        Consents.ConsentStatement memory s = statement();
        bytes32 before = digest(s);
        field = field % 15;
        uint256 number = uint32(uint256(value));
        address account = address(uint160(uint256(value)));
        if (field == 0) s.dataset ^= value;
        if (field == 1) s.owner = account;
        if (field == 2) s.person ^= value;
        if (field == 3) s.action = "revoke";
        if (field == 4) s.purpose ^= uint32(number);
        if (field == 5) s.disease = uint32(number);
        if (field == 6) s.modifiers = uint32(number);
        if (field == 7) s.countries = "DE";
        if (field == 8) (s.studies = new bytes32[](1))[0] = value;
        if (field == 9) (s.users = new address[](1))[0] = account;
        if (field == 10) (s.institutions = new address[](1))[0] = account;
        if (field == 11) s.moratorium = uint64(number);
        if (field == 12) s.delegate = account;
        if (field == 13) s.sequence ^= uint64(number);
        if (field == 14) s.expiry = uint64(number);
        assert((field == 1 && account == provider(0)) || digest(s) != before);
    }

    function test_one_of_a_list_is_not_both() public view {
        Consents.ConsentStatement memory s = statement();
        s.users = new address[](2);
        (s.users[0], s.users[1]) = (researcher(0), researcher(1));
        bytes32 both = digest(s);
        s.users = new address[](1);
        s.users[0] = researcher(0);
        assert(digest(s) != both);
        (s.users, s.institutions) = (s.institutions, s.users);
        assert(digest(s) != both);
    }

    function test_what_is_signed_for_one_commons_is_worth_nothing_in_another() public {
        bytes32 here = digest(statement());
        assert(address(ledger.consents().ledger()) == address(ledger));
        deploy();
        assert(digest(statement()) != here);
    }
}
