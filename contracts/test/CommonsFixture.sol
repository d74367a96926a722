// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "../src/Ledger.sol";
import {Members} from "../src/Members.sol";
import {Membership} from "../src/Membership.sol";
import {Studies} from "../src/Studies.sol";

/// The cheat codes of forge that these tests use.
interface Vm {
    function prank(address) external;
    function warp(uint256) external;
    function roll(uint256) external;
    function assume(bool) external pure;
    function expectRevert() external;
    function expectRevert(bytes4) external;
    function expectRevert(bytes calldata) external;
    function expectEmit(bool, bool, bool, bool) external;
}

/// A founded commons: two patients, three providers, two researchers, a store, an ethics board of three, three
/// custodians with threshold 2, one data set of 100 slots a block.
abstract contract CommonsFixture {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint64 internal constant VOTING_PERIOD = 600;
    uint64 internal constant TIMELOCK = 7 days;
    uint64 internal constant STUDY_TIMELOCK = 300;
    bytes32 internal constant DATASET = "commons";
    bytes32 internal constant PLAN = "plan";
    bytes32 internal constant KEY = "requester key";
    bytes32 internal constant ROOT = "consent root";

    Membership internal membership;
    Studies internal studies;
    Ledger internal ledger;

    address internal store = address(0x5704E);
    address internal stranger = address(0xBAD);

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(10);
        deploy();
        found();
        membership.sealFounding();
        vm.roll(20);
    }

    function deploy() internal {
        membership = new Membership(VOTING_PERIOD, 50);
        studies = new Studies(membership, STUDY_TIMELOCK);
        ledger = new Ledger(membership, studies, TIMELOCK);
    }

    function found() internal {
        for (uint256 i = 0; i < 2; ++i) {
            membership.admit(patient(i), Members.Chamber.Patients);
        }
        for (uint256 i = 0; i < 3; ++i) {
            membership.admit(provider(i), Members.Chamber.Providers);
        }
        for (uint256 i = 0; i < 2; ++i) {
            membership.admit(researcher(i), Members.Chamber.Researchers);
        }
        membership.appoint(store, Members.Role.NodeOperator);
        for (uint256 i = 0; i < 3; ++i) {
            membership.appoint(board(i), Members.Role.EthicsBoard);
        }
        for (uint256 i = 0; i < 3; ++i) {
            membership.appoint(custodian(i), Members.Role.Custodian);
        }
        (address[] memory seats, bytes32[] memory identities) = committee(3);
        ledger.registerCommittee(1, 2, seats, identities);
        ledger.foundDataset(DATASET, 100, true, 0);
    }

    function patient(uint256 i) internal pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    function provider(uint256 i) internal pure returns (address) {
        return address(uint160(0x2000 + i));
    }

    function researcher(uint256 i) internal pure returns (address) {
        return address(uint160(0x3000 + i));
    }

    function custodian(uint256 i) internal pure returns (address) {
        return address(uint160(0x4000 + i));
    }

    function board(uint256 i) internal pure returns (address) {
        return address(uint160(0x5000 + i));
    }

    function committee(uint256 n) internal pure returns (address[] memory seats, bytes32[] memory identities) {
        seats = new address[](n);
        identities = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            seats[i] = custodian(i);
            identities[i] = bytes32(i + 1);
        }
    }

    function plans() internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = PLAN;
    }

    function proposal() internal view virtual returns (Studies.Proposal memory) {
        return Studies.Proposal({
            contentHash: "content",
            dataset: DATASET,
            purpose: 6,
            disease: 0,
            undertakings: 0,
            countries: new uint16[](0),
            institutions: new address[](0),
            moratorium: 0,
            requesterKeyHash: KEY,
            releasesMax: 2,
            rhoMicro: 1000,
            minimumCohort: 10,
            suppressBelow: 5,
            expiry: uint64(block.timestamp) + 100_000
        });
    }

    function proposed() internal returns (bytes32 study) {
        vm.prank(researcher(0));
        study = studies.propose(proposal(), plans());
        vm.roll(block.number + 1);
    }

    function voteOf(address member, bytes32 study, bool support) internal {
        vm.prank(member);
        studies.vote(study, support);
    }

    function approvedStudy() internal returns (bytes32 study) {
        study = proposed();
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
            voteOf(provider(i), study, true);
            voteOf(researcher(i), study, true);
        }
        studies.execute(study);
    }

    function activeStudy() internal returns (bytes32 study) {
        study = approvedStudy();
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(study);
    }

    function authorisationOf(bytes32 study, uint32 number) internal pure virtual returns (Ledger.Authorisation memory) {
        return Ledger.Authorisation(
            study, number, PLAN, "data root", ROOT, "mask", "result", KEY, "sigmas", 0, 0, "authorisation"
        );
    }

    function multiplicands() internal pure returns (bytes32[] memory list) {
        list = new bytes32[](2);
        list[0] = "multiplicand 1";
        list[1] = "multiplicand 2";
    }

    function refuses(bytes memory reason) internal {
        vm.expectRevert(reason);
    }
}
