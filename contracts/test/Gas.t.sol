// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "../src/Ledger.sol";
import {Members} from "../src/Members.sol";
import {Membership} from "../src/Membership.sol";
import {Studies} from "../src/Studies.sol";
import {CommonsFixture} from "./CommonsFixture.sol";

/// The cheat code that writes snapshots/actions.json.
interface VmGas {
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
}

/// What each action of a member, a patient or a node costs, one call each: snapshots/actions.json.
/// forge-config: default.isolate = true
contract ActionsGas is CommonsFixture {
    bytes32 private constant GUARDED = "guarded";
    address private newcomer = address(0x4E1);

    function costs(string memory action) private {
        VmGas(address(vm)).snapshotGasLastCall("actions", action);
    }

    function test_what_members_do() public {
        vm.prank(patient(0));
        membership.delegateVote(patient(1));
        costs("delegate a vote");
        vm.prank(provider(0));
        membership.publishBoxKey("key");
        costs("publish a key for what is said to members");
        vm.prank(provider(0));
        membership.offerKey(newcomer);
        costs("new key: offer");
        vm.prank(newcomer);
        membership.takeKey(provider(0));
        costs("new key: take over");
        vm.roll(block.number + 1);

        Membership.Motion memory motion;
        motion.action = Membership.Action.Admit;
        motion.chamber = Members.Chamber.Researchers;
        motion.subject = stranger;
        vm.prank(provider(1));
        membership.proposeMotion(motion);
        costs("motion: propose an admission");
        address[5] memory voters = [patient(1), newcomer, provider(1), researcher(0), researcher(1)];
        for (uint256 i = 0; i < voters.length; ++i) {
            vm.prank(voters[i]);
            membership.voteMotion(0, true);
            if (i == 1) costs("motion: vote");
        }
        membership.executeMotion(0);
        costs("motion: execute an admission");
    }

    function test_what_a_study_costs() public {
        vm.prank(researcher(0));
        bytes32 study = studies.propose(proposal(), plans());
        costs("study: propose, one plan");
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
            voteOf(provider(i), study, true);
            if (i == 0) costs("study: vote");
            voteOf(researcher(i), study, true);
        }
        studies.execute(study);
        costs("study: count");
        vm.roll(block.number + 1);
        vm.prank(board(0));
        studies.veto(study);
        costs("study: veto");
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(study);
        costs("study: make active");
    }

    function test_what_consent_costs() public {
        vm.prank(store);
        ledger.setConsentRoot(DATASET, "root 1");
        vm.prank(store);
        ledger.setConsentRoot(DATASET, "root 2");
        costs("consent root, whatever the number of changes");
        vm.prank(stranger);
        ledger.revokeConsent(DATASET, provider(0), "person", 1);
        costs("revocation on chain");
    }

    function test_what_data_and_releases_cost() public {
        vm.prank(provider(0));
        ledger.foundDataset(GUARDED, 100, false, 1_000_000);
        costs("found a data set with a privacy budget");
        vm.prank(provider(0));
        ledger.reserveSlots(GUARDED, 50);
        costs("reserve slots");
        vm.prank(provider(0));
        ledger.publishData(GUARDED, "manifest", "attestation");
        costs("publish an upload");
        vm.prank(store);
        ledger.setConsentRoot(GUARDED, ROOT);

        Studies.Proposal memory p = proposal();
        p.dataset = GUARDED;
        vm.prank(researcher(0));
        bytes32 study = studies.propose(p, plans());
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 2; ++i) {
            voteOf(patient(i), study, true);
            voteOf(provider(i), study, true);
            voteOf(researcher(i), study, true);
        }
        studies.execute(study);
        vm.warp(block.timestamp + STUDY_TIMELOCK);
        studies.activate(study);
        Ledger.Authorisation memory a = authorisationOf(study, 1);
        (a.rhoMicro, a.rhoCountsMicro) = (900, 100);
        vm.prank(researcher(0));
        ledger.authorise(a, multiplicands());
        costs("authorise a release with a debit, two answers");
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(custodian(i));
            ledger.refuse(study, 1);
            if (i == 1) costs("a custodian refuses a release");
        }
        costs("the last custodian refuses, with the refund");
    }
}
