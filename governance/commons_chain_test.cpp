// SPDX-License-Identifier: Apache-2.0
// The bindings against the real contracts on a real chain: anvil, started by the test on a free loopback port.
#include "governance/commons_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <tuple>

#include "governance/abi.hpp"
#include "governance/consent_state.hpp"
#include "governance/json_fields.hpp"
#include "governance/keccak.hpp"
#include "governance/testing/commons_on_anvil.hpp"
#include "governance/transaction.hpp"

namespace mc::governance {
namespace {

using testing::CommonsChainTest;
using ::testing::HasSubstr;
using testing::kStudyTimelock;
using testing::kVotingPeriod;
using testing::named;
using testing::refusal;
using testing::rich_wallet;

TEST_F(CommonsChainTest, FoundingLeavesEverybodyInPlaceAndTheFounderPowerless) {
  EXPECT_TRUE(commons->verify_deployment());
  EXPECT_TRUE(commons->founding_sealed().value_or_stop());
  EXPECT_EQ(commons->chamber_of(patient.address()).value_or_stop(), Chamber::kPatients);
  EXPECT_EQ(commons->chamber_of(founder.address()).value_or_stop(), Chamber::kNone);
  EXPECT_EQ(commons->member_count(Chamber::kProviders).value_or_stop(), 2u);
  EXPECT_EQ(commons->members(Chamber::kProviders).value_or_stop(),
            (std::vector<Address>{hospital_a.address(), hospital_b.address()}));
  EXPECT_TRUE(commons->has_role(custodians[2].address(), Role::kCustodian).value_or_stop());
  EXPECT_TRUE(commons->has_role(store.address(), Role::kNodeOperator).value_or_stop());
  EXPECT_FALSE(commons->has_role(patient.address(), Role::kNodeOperator).value_or_stop());
  EXPECT_EQ(commons->appointed(Role::kAuditor).value_or_stop(), (std::vector<Address>{auditor.address()}));
  EXPECT_EQ(commons->appointed(Role::kEthicsBoard).value_or_stop().size(), 3u);
  EXPECT_EQ(commons->dataset(dataset).value_or_stop(), (Dataset{dataset, 8192, true, 0}));
  EXPECT_EQ(commons->dataset(named("nothing")).error().code, Code::kNotFound);
  EXPECT_THAT(refusal(chain->send_all(std::array{commons->admitting(founder, store.address(), Chamber::kPatients)})),
              HasSubstr("FoundingIsSealed"));
  EXPECT_THAT(refusal(commons->register_committee(founder, commons->committee(Epoch{1}).value_or_stop())),
              HasSubstr("FoundingIsSealed"));
  CommonsChain elsewhere(*chain,
                         {31337, commons->deployment().membership, patient.address(), commons->deployment().studies});
  EXPECT_EQ(elsewhere.verify_deployment().error().code, Code::kNotFound);
  const Deployment swapped{31337, commons->deployment().membership, commons->deployment().studies,
                           commons->deployment().ledger};
  EXPECT_THAT(refusal(CommonsChain(*chain, swapped).verify_deployment()), HasSubstr("is not of this commons"));
  FoundingSpec others;
  others.members = {{patient.address(), Chamber::kPatients},
                    {hospital_a.address(), Chamber::kProviders},
                    {rival.address(), Chamber::kResearchers}};
  const Deployment another = deploy_all(*chain, founder, others).value_or_stop();
  Deployment mixed = commons->deployment();
  mixed.studies = another.studies;
  const Status foreign = CommonsChain(*chain, mixed).verify_deployment();
  EXPECT_EQ(foreign.error().code, Code::kConflict);
  EXPECT_THAT(foreign.error().message, HasSubstr("does not name " + another.studies.text() + " as its studies()"));
  CommonsChain other_chain(
      *chain, {1, commons->deployment().membership, commons->deployment().ledger, commons->deployment().studies});
  EXPECT_EQ(other_chain.verify_deployment().error().code, Code::kConflict);
  EXPECT_EQ(other_chain.vote(patient, dataset, true).error().code, Code::kConflict);
}

TEST_F(CommonsChainTest, CustodiansCommitToTheirPiecesAndKeysOnce) {
  const Epoch epoch = commons->current_epoch().value_or_stop();
  EXPECT_EQ(epoch, Epoch{1});
  EXPECT_EQ(commons->committee(epoch).value_or_stop().custodians[1].account, custodians[1].address());
  EXPECT_EQ(commons->committee(Epoch{2}).error().code, Code::kNotFound);
  EXPECT_THAT(refusal(commons->commit_keys(custodians[0], epoch, named("keys"))), HasSubstr("PiecesMissing"));
  EXPECT_THAT(refusal(commons->commit_piece(custodians[0], epoch, 0b001, named("piece"))), HasSubstr("NotAHolder"));
  EXPECT_THAT(refusal(commons->commit_piece(custodians[0], epoch, 0b110, named("piece"))), HasSubstr("NoSuchPiece"));
  EXPECT_THAT(refusal(commons->commit_piece(custodians[0], epoch, 0b1000, named("piece"))), HasSubstr("NoSuchPiece"));
  EXPECT_THAT(refusal(commons->commit_piece(patient, epoch, 0b001, named("piece"))), HasSubstr("NotInCommittee"));
  for (std::uint8_t custodian = 0; custodian < 3; ++custodian) {
    for (std::uint8_t excluded = 0; excluded < 3; ++excluded) {
      if (excluded == custodian) continue;
      ASSERT_TRUE(commons->commit_piece(custodians[custodian], epoch, 1u << excluded,
                                        named("piece " + std::to_string(excluded))));
    }
  }
  EXPECT_THAT(refusal(commons->commit_piece(custodians[0], epoch, 0b010, named("other"))),
              HasSubstr("PieceAlreadyCommitted"));
  const auto pieces = commons->piece_commitments(epoch).value_or_stop();
  ASSERT_EQ(pieces.size(), 6u);
  EXPECT_EQ(pieces[0], (PieceCommitment{0b010, CustodianId{0}, named("piece 1")}));

  EXPECT_EQ(commons->epoch_key(epoch).error().code, Code::kUnavailable);
  ASSERT_TRUE(commons->commit_keys(custodians[0], epoch, named("keys")));
  ASSERT_TRUE(commons->commit_keys(custodians[2], epoch, named("keys")));
  EXPECT_EQ(commons->key_commitments(epoch).value_or_stop(),
            (std::vector<std::optional<Hash256>>{named("keys"), std::nullopt, named("keys")}));
  EXPECT_THAT(refusal(commons->commit_keys(custodians[0], epoch, named("other keys"))),
              HasSubstr("KeysAlreadyCommitted"));
  ASSERT_TRUE(commons->commit_keys(custodians[1], epoch, named("keys")));
  EXPECT_EQ(commons->epoch_key(epoch).value_or_stop(), named("keys"));
}

TEST_F(CommonsChainTest, DifferentKeysAreADispute) {
  const Epoch epoch{1};
  for (std::uint8_t custodian = 0; custodian < 3; ++custodian) {
    for (std::uint8_t excluded = 0; excluded < 3; ++excluded) {
      if (excluded == custodian) continue;
      ASSERT_TRUE(commons->commit_piece(custodians[custodian], epoch, 1u << excluded, named("piece")));
    }
  }
  for (std::size_t i = 0; i < 3; ++i)
    ASSERT_TRUE(commons->commit_keys(custodians[i], epoch, named(i == 1 ? "mine" : "keys")));
  EXPECT_EQ(commons->epoch_key(epoch).error().code, Code::kConflict);
}

TEST_F(CommonsChainTest, SlotsAreReservedOnceAndSmallCohortsShareABlock) {
  EXPECT_THAT(refusal(commons->reserve_slots(researcher, dataset, 5)), HasSubstr("NotAnOwner"));
  EXPECT_THAT(refusal(commons->reserve_slots(hospital_a, named("nothing"), 5)), HasSubstr("NoSuchDataset"));
  EXPECT_THAT(refusal(commons->reserve_slots(hospital_a, dataset, 0)), HasSubstr("NoSlots"));
  EXPECT_EQ(commons->reserve_slots(hospital_a, dataset, 8000).value_or_stop().begin, 0u);
  EXPECT_EQ(commons->reserve_slots(hospital_b, dataset, 193).value_or_stop().begin, 8192u);
  EXPECT_EQ(commons->reserve_slots(patient, dataset, 1).value_or_stop().begin, 8385u);
  EXPECT_THAT(refusal(commons->reserve_slots(hospital_a, dataset, 5)), HasSubstr("AlreadyReserved"));

  const auto before = commons->slot_ranges(dataset).value_or_stop();
  ASSERT_EQ(before.size(), 3u);
  EXPECT_FALSE(before[1].published());
  const std::uint64_t block = chain->block_number().value_or_stop();
  EXPECT_THAT(refusal(commons->publish_data(researcher, dataset, named("manifest"), named("attestation"))),
              HasSubstr("NotReserved"));
  EXPECT_THAT(refusal(commons->publish_data(hospital_b, dataset, named("manifest"), Hash256{})),
              HasSubstr("EmptyCommitment"));
  ASSERT_TRUE(commons->publish_data(hospital_b, dataset, named("manifest"), named("attestation")));
  EXPECT_THAT(refusal(commons->publish_data(hospital_b, dataset, named("manifest 2"), named("attestation"))),
              HasSubstr("AlreadyPublished"));
  const auto after = commons->slot_ranges(dataset).value_or_stop();
  EXPECT_EQ(after[1], (SlotRange{hospital_b.address(), 8192, 193, named("manifest"), named("attestation")}));
  EXPECT_NE(data_root(dataset, before), data_root(dataset, after));
  EXPECT_EQ(commons->at_block(block).slot_ranges(dataset).value_or_stop(), before);
}

TEST_F(CommonsChainTest, ConsentRootsKeepTheirHistory) {
  EXPECT_EQ(commons->consent_root(dataset).error().code, Code::kNotFound);
  EXPECT_THAT(refusal(commons->set_consent_root(hospital_a, dataset, named("root 1"))), HasSubstr("NotANodeOperator"));
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("root 1")));
  EXPECT_THAT(refusal(commons->set_consent_root(store, dataset, named("root 1"))), HasSubstr("ConsentRootUnchanged"));
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("root 2")));
  EXPECT_EQ(commons->consent_root(dataset).value_or_stop().root, named("root 2"));
  EXPECT_EQ(commons->consent_root_count(dataset).value_or_stop(), 2u);
  EXPECT_EQ(commons->consent_root_at(dataset, 0).value_or_stop().root, named("root 1"));
  EXPECT_EQ(commons->consent_root_at(dataset, 2).error().code, Code::kNotFound);
}

TEST_F(CommonsChainTest, AStudyIsActiveOnlyWhenEveryChamberVotedForIt) {
  const Hash256 expected = commons->next_study_id(researcher.address()).value_or_stop();
  EXPECT_THAT(refusal(commons->propose(hospital_a, proposal())), HasSubstr("NotAResearcher"));
  const Hash256 study = commons->propose(researcher, proposal(), expected).value_or_stop();
  EXPECT_EQ(study, expected);
  EXPECT_NE(commons->next_study_id(researcher.address()).value_or_stop(), expected);
  EXPECT_EQ(commons->propose(researcher, proposal(), expected).error().code, Code::kConflict);
  EXPECT_EQ(commons->study_ids().value_or_stop().size(), 2u);

  Study read = commons->study(study).value_or_stop();
  EXPECT_EQ(read.state, StudyState::kProposed);
  EXPECT_EQ(read.requester, researcher.address());
  EXPECT_EQ(read.proposal.use, DataUse(kHealthMedicalResearch));
  EXPECT_EQ(read.proposal.releases_max, 2u);
  EXPECT_TRUE(read.allows(named("plan 2")));
  EXPECT_FALSE(read.allows(named("plan 3")));
  EXPECT_EQ(read.voting_ends_s, read.proposed_s + kVotingPeriod);

  EXPECT_THAT(refusal(commons->vote(store, study, true)), HasSubstr("NotAMember"));
  ASSERT_TRUE(commons->vote(hospital_a, study, true));
  ASSERT_TRUE(commons->vote(hospital_b, study, true));
  EXPECT_THAT(refusal(commons->vote(hospital_b, study, false)), HasSubstr("AlreadyVoted"));
  ASSERT_TRUE(commons->vote(researcher, study, true));
  ASSERT_TRUE(commons->vote(rival, study, true));
  EXPECT_TRUE(commons->has_voted(study, rival.address()).value_or_stop());
  EXPECT_THAT(refusal(commons->execute(researcher, study)), HasSubstr("VotingOpen"));
  EXPECT_FALSE(commons->study(study).value_or_stop().can_execute);
  ASSERT_TRUE(commons->vote(patient, study, true));
  read = commons->study(study).value_or_stop();
  EXPECT_TRUE(read.can_execute);
  EXPECT_EQ(read.tallies[1].yes, 2u);
  EXPECT_EQ(read.tallies[1].members, 2u);
  EXPECT_EQ(commons->execute(store, study).value_or_stop(), StudyState::kApproved);
  EXPECT_THAT(refusal(commons->execute(store, study)), HasSubstr("VotingClosed"));
  EXPECT_THAT(refusal(commons->activate(store, study)), HasSubstr("StudyTimelockRuns"));
  anvil->pass_time(kStudyTimelock);
  ASSERT_TRUE(commons->activate(store, study));
  EXPECT_EQ(commons->study(study).value_or_stop().state, StudyState::kActive);
  EXPECT_EQ(commons->study(named("nothing")).error().code, Code::kNotFound);
}

TEST_F(CommonsChainTest, WhatAStudyStatesAndWhatItIsAreTheFactsThatLimitsAreComparedWith) {
  StudyProposal proposed = proposal();
  proposed.use.limits.countries = {0x4154, 0x4445};  // Austria, Germany
  proposed.use.limits.institutions = {hospital_a.address(), hospital_b.address()};
  std::ranges::sort(proposed.use.limits.institutions);
  proposed.use.limits.moratorium_s = 1'900'000'000;
  const Hash256 id = commons->propose(researcher, proposed).value_or_stop();
  const Study study = commons->study(id).value_or_stop();
  EXPECT_EQ(study.proposal.use, proposed.use);
  EXPECT_EQ(commons->studies().value_or_stop().back().proposal.use, proposed.use);
  EXPECT_EQ(study.requester_identity, researcher.address());
  DataUse granted = kHealthMedicalResearch;
  granted.limits = {
      {0x4154, 0x4445, 0x4652}, {id}, {researcher.address()}, proposed.use.limits.institutions, 1'900'000'000};
  EXPECT_TRUE(data_use_permits(granted, study.asked()).value_or_stop());
  granted.limits.countries = {0x4445};
  EXPECT_FALSE(data_use_permits(granted, study.asked()).value_or_stop()) << "it works in Austria too";
  granted.limits.countries.clear();
  granted.limits.users = {rival.address()};
  EXPECT_FALSE(data_use_permits(granted, study.asked()).value_or_stop());
  UseLimits another_study, another_user;
  another_study.studies = {id};
  another_user.users = {rival.address()};
  for (const UseLimits& claimed : {another_study, another_user}) {
    StudyProposal posing = proposal();
    posing.use.limits = claimed;
    EXPECT_THAT(refusal(commons->propose(researcher, posing)), HasSubstr("both stand on chain"));
  }
}

TEST_F(CommonsChainTest, OneChamberCanRefuse) {
  const Hash256 study = commons->propose(researcher, proposal()).value_or_stop();
  ASSERT_TRUE(commons->vote(patient, study, false));
  EXPECT_EQ(commons->execute(patient, study).value_or_stop(), StudyState::kRejected);
  EXPECT_THAT(refusal(commons->vote(hospital_a, study, true)), HasSubstr("VotingClosed"));
}

TEST_F(CommonsChainTest, AReleaseIsAuthorisedOnlyAsTheStudyAllows) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 waiting = commons->propose(researcher, proposal()).value_or_stop();
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(waiting, 1), kOpened)), HasSubstr("StudyNotActive"));
  const Hash256 study = active_study();

  EXPECT_THAT(refusal(commons->authorise(rival, authorisation(study, 1), kOpened)), HasSubstr("NotTheRequester"));
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 2), kOpened)),
              HasSubstr("ReleaseOutOfOrder"));
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(named("nothing"), 1), kOpened)),
              HasSubstr("NoSuchStudy"));
  Authorisation wrong = authorisation(study, 1);
  wrong.plan = named("plan 3");
  EXPECT_THAT(refusal(commons->authorise(researcher, wrong, kOpened)), HasSubstr("PlanNotAllowed"));
  wrong = authorisation(study, 1);
  wrong.requester_key = named("another key");
  EXPECT_THAT(refusal(commons->authorise(researcher, wrong, kOpened)), HasSubstr("RequesterKeyDiffers"));
  wrong = authorisation(study, 1);
  wrong.consent_root = named("an old root");
  EXPECT_THAT(refusal(commons->authorise(researcher, wrong, kOpened)), HasSubstr("ConsentRootDiffers"));
  wrong = authorisation(study, 1);
  wrong.result = Hash256{};
  EXPECT_THAT(refusal(commons->authorise(researcher, wrong, kOpened)), HasSubstr("EmptyCommitment"));

  EXPECT_EQ(commons->releases_used(study).value_or_stop(), 0u);
  EXPECT_EQ(commons->authorisation(study, 1).error().code, Code::kNotFound);
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 1), kOpened));
  const auto recorded = commons->authorisation(study, 1).value_or_stop();
  EXPECT_EQ(recorded.authorisation, authorisation(study, 1));
  EXPECT_EQ(recorded.block, chain->block_number().value_or_stop());
  EXPECT_EQ(commons->releases_used(study).value_or_stop(), 1u);
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 1), kOpened)),
              HasSubstr("ReleaseOutOfOrder"));
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 2), kOpened));
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 3), kOpened)),
              HasSubstr("ReleasesExhausted"));
}

TEST_F(CommonsChainTest, WhenAMultiplicandWasFirstOpenedStaysWhateverIsAuthorisedLater) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = active_study();
  EXPECT_EQ(commons->first_opened(kOpened).value_or_stop(), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 1), {})), HasSubstr("MultiplicandCount"));
  const std::vector<Hash256> zero(1);
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 1), zero)), HasSubstr("EmptyCommitment"));
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 1), std::span(kOpened).first(1)));
  const std::uint64_t first = commons->authorisation(study, 1).value_or_stop().time_s;
  anvil->pass_time(1'000);
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 2), kOpened));
  const std::uint64_t second = commons->authorisation(study, 2).value_or_stop().time_s;
  EXPECT_GE(second, first + 1'000);
  EXPECT_EQ(commons->first_opened(kOpened).value_or_stop(), (std::vector<std::uint64_t>{first, second}));
}

TEST_F(CommonsChainTest, MoreMultiplicandsThanATransactionHoldsAreAnnouncedBeforeTheAuthorisation) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = active_study();
  std::vector<Hash256> many;
  for (std::uint64_t i = 0; i < 2 * kMultiplicandsMax + 2; ++i) {
    many.push_back(Sha256("multiplicand").update_u64(i).finish());
  }
  const auto authorised = commons->authorise(researcher, authorisation(study, 1), many);
  ASSERT_TRUE(authorised) << authorised.error().message;
  EXPECT_EQ(commons->releases_used(study).value_or_stop(), 1u);
  const std::uint64_t last = commons->authorisation(study, 1).value_or_stop().time_s;
  const std::vector<std::uint64_t> times = commons->first_opened(many).value_or_stop();
  EXPECT_GT(times.front(), 0u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(times.back(), last);
  const RecordedAuthorisation recorded = commons->authorisation(study, 1).value_or_stop();
  EXPECT_TRUE(commons->authorised_exactly(recorded, many).value_or_stop());
  EXPECT_FALSE(commons->authorised_exactly(recorded, std::span(many).last(2)).value_or_stop())
      << "what was announced for it is not its own";
}

// Whoever records somebody else's future ciphertexts with her own decides of which day their keys are.
TEST_F(CommonsChainTest, AnAuthorisationWithForeignMultiplicandsIsToldFromAnExactOne) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = active_study();
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 1), kOpened));
  const RecordedAuthorisation recorded = commons->authorisation(study, 1).value_or_stop();
  EXPECT_TRUE(commons->authorised_exactly(recorded, kOpened).value_or_stop());
  const std::span<const Hash256> fewer = std::span(kOpened).first(1);
  EXPECT_FALSE(commons->authorised_exactly(recorded, fewer).value_or_stop()) << "one more was recorded";
  const std::vector<Hash256> swapped{kOpened[1], kOpened[0]};
  EXPECT_FALSE(commons->authorised_exactly(recorded, swapped).value_or_stop());
  RecordedAuthorisation elsewhere = recorded;
  elsewhere.block -= 1;
  EXPECT_EQ(commons->authorised_exactly(elsewhere, kOpened).error().code, Code::kNotFound);
}

TEST_F(CommonsChainTest, AnExpiredStudyReleasesNothing) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = active_study();
  anvil->pass_time(100'001);
  EXPECT_EQ(commons->study(study).value_or_stop().state, StudyState::kExpired);
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 1), kOpened)), HasSubstr("StudyNotActive"));
}

TEST_F(CommonsChainTest, ARefusedVotePeriodEndsWithoutQuorum) {
  const Hash256 study = commons->propose(researcher, proposal()).value_or_stop();
  ASSERT_TRUE(commons->vote(patient, study, true));
  anvil->pass_time(kVotingPeriod);
  EXPECT_THAT(refusal(commons->vote(hospital_a, study, true)), HasSubstr("VotingClosed"));
  EXPECT_EQ(commons->execute(patient, study).value_or_stop(), StudyState::kRejected);
}

// The digest a patient signs is the one OpenZeppelin's EIP-712 computes on chain.
TEST_F(CommonsChainTest, ConsentDigestEqualsTheContracts) {
  for (const ConsentAction action : {ConsentAction::kGrant, ConsentAction::kRevoke, ConsentAction::kDelegate}) {
    ConsentStatement statement{dataset, hospital_a.address(), named("person"), action, {kDiseaseSpecific, 5252, 3}, 7,
                               9,       patient.address()};
    statement.use.limits = {{0x4445, 0x4652}, {named("study"), named("another")}, {rival.address()}, {}, 1'800'000'000};
    const AbiWriter tuple = AbiWriter()
                                .hash(statement.dataset)
                                .address(statement.owner)
                                .hash(statement.person)
                                .text(consent_action_name(action))
                                .uint(statement.use.purpose)
                                .uint(statement.use.disease)
                                .uint(statement.use.modifiers)
                                .text("DE,FR")
                                .hashes(statement.use.limits.studies)
                                .addresses(statement.use.limits.users)
                                .addresses(statement.use.limits.institutions)
                                .uint(statement.use.limits.moratorium_s)
                                .address(statement.delegate)
                                .uint(statement.sequence)
                                .uint(statement.expiry_s);
    const Bytes named_by_ledger = chain->call(commons->deployment().ledger, call_data("consents()")).value_or_stop();
    const Address consents =
        AbiReader::create(named_by_ledger, 1, "consents").value_or_stop().address().value_or_stop();
    const Bytes data = call_data(
        "consentDigest((bytes32,address,bytes32,string,uint32,uint32,uint32,string,bytes32[],address[],address[],"
        "uint64,address,uint64,uint64))",
        AbiWriter().tuple(tuple));
    const Bytes digest = chain->call(consents, data).value_or_stop();
    EXPECT_EQ(to_hex(digest), consent_digest(consent_domain(commons->deployment()), statement).hex());
  }
}

TEST_F(CommonsChainTest, APersonRevokesOnChainWithoutAnyNode) {
  EXPECT_TRUE(commons->chain_revocations(dataset).value_or_stop().empty());
  EXPECT_THAT(refusal(commons->revoke_consent(patient, named("nothing"), hospital_a.address(), named("person"), 1)),
              HasSubstr("NoSuchDataset"));
  EXPECT_THAT(refusal(commons->revoke_consent(patient, dataset, Address{}, named("person"), 1)),
              HasSubstr("names an owner and a person"));
  ASSERT_TRUE(commons->revoke_consent(patient, dataset, hospital_a.address(), named("person"), 5));
  const auto all = commons->chain_revocations(dataset).value_or_stop();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0], (ChainRevocation{hospital_a.address(), named("person"), patient.address(), 5,
                                     chain->latest_block().value_or_stop().time_s}));
}

// Ten blocks later the chain's node tells another story: nothing that was read before may be remembered as true.
TEST_F(CommonsChainTest, AReorganisedChainTakesBackWhatItSaid) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = active_study();
  const auto snapshot = anvil->transport().post(R"({"jsonrpc":"2.0","id":1,"method":"evm_snapshot","params":[]})");
  ASSERT_TRUE(snapshot);
  const auto told = [&] {
    return std::tuple(
        commons->releases_used(study).value_or_stop(), commons->consent_root(dataset).value_or_stop().root,
        commons->chain_revocations(dataset).value_or_stop().size(), commons->motion_count().value_or_stop());
  };
  const auto before = told();
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 1), kOpened));
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("newer root")));
  ASSERT_TRUE(commons->revoke_consent(patient, dataset, hospital_a.address(), named("person"), 5));
  ASSERT_TRUE(commons->propose_motion(patient, {.action = MotionAction::kRemove, .subject = rival.address()}));
  EXPECT_NE(told(), before);
  const nlohmann::json revert = {{"jsonrpc", "2.0"},
                                 {"id", 2},
                                 {"method", "evm_revert"},
                                 {"params", {nlohmann::json::parse(*snapshot)["result"]}}};
  ASSERT_TRUE(anvil->transport().post(revert.dump()));
  EXPECT_EQ(told(), before);
  EXPECT_EQ(commons->authorisation(study, 1).error().code, Code::kNotFound);
  ASSERT_TRUE(commons->authorise(researcher, authorisation(study, 1), kOpened)) << "and senders find their place again";
  EXPECT_EQ(commons->authorisation(study, 1).value_or_stop().authorisation, authorisation(study, 1));
}

TEST_F(CommonsChainTest, SeveralProcessesMaySendAtOnce) {
  // Each thread stands for a process: a Chain of its own; two of them use the same wallet.
  const Wallet* senders[] = {&hospital_a, &hospital_b, &store, &store};
  std::array<int, 4> sent{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      Chain own(anvil->transport());
      for (int round = 0; round < 5; ++round)
        sent[i] += own.send_and_wait(*senders[i], patient.address(), {}, 1) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sent, (std::array<int, 4>{5, 5, 5, 5}));
  EXPECT_TRUE(chain->balance(patient.address()).value_or_stop() == Wei{1'000'000'000'000'000'000u} + 20);
}

// A process with the same key ended after it had signed number n+1 and before n was there: the next sender fills the
// gap, both are mined, and a vote that somebody sends once more is no second vote.
TEST_F(CommonsChainTest, AGapThatAnotherProcessLeftIsFilledAndAReplayedVoteIsRefused) {
  const Hash256 study = commons->propose(researcher, proposal()).value_or_stop();
  const auto rpc = [&](const std::string& method, const nlohmann::json& parameters) {
    const nlohmann::json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}};
    return nlohmann::json::parse(anvil->transport().post(request.dump()).value_or_stop());
  };
  const auto count = rpc("eth_getTransactionCount", {patient.address().text(), "latest"})["result"];
  const std::uint64_t next = json_u64(count, "count").value_or_stop();
  const Transaction ahead{.chain_id = chain->chain_id().value_or_stop(),
                          .nonce = next + 1,
                          .max_priority_fee_per_gas = 1'000'000'000,
                          .max_fee_per_gas = 10'000'000'000,
                          .gas_limit = 200'000,
                          .to = commons->deployment().studies,
                          .value = 0,
                          .data = call_data("vote(bytes32,bool)", AbiWriter().hash(study).boolean(true))};
  const std::string vote = "0x" + to_hex(sign_transaction(ahead, patient).raw);
  ASSERT_TRUE(rpc("eth_sendRawTransaction", {vote}).contains("result"));
  EXPECT_FALSE(commons->has_voted(study, patient.address()).value_or_stop()) << "it waits for the one before it";
  ASSERT_TRUE(chain->send_and_wait(patient, hospital_a.address(), {}, 1));
  for (int tries = 0; tries < 100 && !commons->has_voted(study, patient.address()).value_or_stop(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(commons->has_voted(study, patient.address()).value_or_stop());
  EXPECT_TRUE(rpc("eth_sendRawTransaction", {vote}).contains("error")) << "the same bytes again";
  EXPECT_THAT(refusal(commons->vote(patient, study, true)), HasSubstr("AlreadyVoted"));
  EXPECT_EQ(commons->study(study).value_or_stop().tallies[0].yes, 1u);
}

TEST_F(CommonsChainTest, EventsCanBeReadBack) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("root 1")));
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("root 2")));
  const auto logs = chain
                        ->logs({.address = commons->deployment().ledger,
                                .topic = keccak256("ConsentRootSet(bytes32,bytes32,uint256)"),
                                .from_block = 0,
                                .to_block = {}})
                        .value_or_stop();
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[1].topics[2], named("root 2"));
}

TEST(Founding, ASpecificationThatCannotBeMeantIsRefusedBeforeAnythingIsSent) {
  class Nobody : public RpcTransport {
    Result<std::string> post(std::string_view) override { return fail(Code::kUnavailable, "asked"); }
  } nobody;
  Chain chain(nobody);
  FoundingSpec specification;
  EXPECT_EQ(deploy_all(chain, rich_wallet(), specification).error().code, Code::kInvalidArgument);
  specification.seal = false;
  EXPECT_EQ(deploy_all(chain, rich_wallet(), specification).error().code, Code::kUnavailable);
  specification.committee_timelock_s = 0;
  EXPECT_EQ(deploy_all(chain, rich_wallet(), specification).error().code, Code::kInvalidArgument);
  specification.committee_timelock_s = 1;
  specification.study_timelock_s = 0;
  EXPECT_EQ(deploy_all(chain, rich_wallet(), specification).error().code, Code::kInvalidArgument);
  specification.study_timelock_s = 1;
  specification.quorum_percent = 101;
  EXPECT_EQ(deploy_all(chain, rich_wallet(), specification).error().code, Code::kInvalidArgument);
}

TEST(DataRoot, CoversEveryPublishedFieldAndOnlyThose) {
  const SlotRange published{rich_wallet().address(), 0, 5, named("m"), named("a")};
  const SlotRange reserved{Address{}, 5, 3, {}, {}};
  const Hash256 dataset = dataset_id("commons");
  const std::vector<SlotRange> one = {published};
  const std::vector<SlotRange> two = {published, reserved};
  EXPECT_EQ(data_root(dataset, one), data_root(dataset, two));
  for (int field = 0; field < 5; ++field) {
    std::vector<SlotRange> changed = one;
    if (field == 0) changed[0].owner.bytes[0] ^= 1;
    if (field == 1) changed[0].begin = 1;
    if (field == 2) changed[0].count = 6;
    if (field == 3) changed[0].manifest = named("other");
    if (field == 4) changed[0].attestation = named("other");
    EXPECT_NE(data_root(dataset, changed), data_root(dataset, one)) << field;
  }
  EXPECT_NE(data_root(dataset_id("other"), one), data_root(dataset, one));
}

}  // namespace
}  // namespace mc::governance
