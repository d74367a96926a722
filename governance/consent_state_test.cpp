// SPDX-License-Identifier: Apache-2.0
#include "governance/consent_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

#include "base/random.hpp"
#include "governance/duo.hpp"
#include "governance/testing/consents.hpp"

namespace mc::governance {
namespace {

using testing::address_with;
using ::testing::HasSubstr;
using testing::kDomain;

constexpr std::uint64_t kNow = 1'800'000'000;

// One owner's cohort, as its client makes it.
struct Cohort {
  Hash256 dataset = sha256(view_of("commons"));
  Address owner;
  SecretKey256 seed;

  explicit Cohort(std::uint8_t number) : owner(address_with(number)), seed(sha256(Bytes{number}).bytes) {}

  [[nodiscard]] Wallet patient(std::uint32_t row) const { return derive_patient_wallet(seed, std::to_string(row)); }
  [[nodiscard]] Hash256 person(std::uint32_t row) const {
    return person_commitment(seed, dataset, owner, std::to_string(row));
  }

  [[nodiscard]] ConsentAttestation attest(std::uint32_t rows, std::uint32_t purpose = kGeneralResearch) const {
    ConsentAttestation out{dataset, owner, {}};
    for (std::uint32_t row = 0; row < rows; ++row)
      out.leaves.push_back({person(row), row, patient(row).address(), true, purpose});
    return out;
  }

  [[nodiscard]] ConsentStatement says(std::uint32_t row, ConsentAction action, std::uint32_t purpose,
                                      std::uint64_t sequence, std::uint64_t expiry_s = 0) const {
    return {dataset, owner, person(row), action, purpose, sequence, expiry_s};
  }
};

class ConsentStateTest : public ::testing::Test {
 protected:
  ConsentStateTest() { EXPECT_TRUE(state.apply(cohort.attest(kRows))); }

  Status tell(std::uint32_t row, ConsentAction action, std::uint32_t purpose, std::uint64_t sequence,
              std::uint64_t expiry_s = 0) {
    return state.apply(
        sign_consent(kDomain, cohort.says(row, action, purpose, sequence, expiry_s), cohort.patient(row)));
  }
  [[nodiscard]] std::vector<std::uint8_t> mask(std::uint32_t purpose, std::uint64_t time_s = kNow) const {
    return state.mask(cohort.owner, kRows, purpose, time_s).value_or_stop();
  }

  static constexpr std::uint32_t kRows = 8;
  Cohort cohort{1};
  ConsentState state{cohort.dataset, kDomain};
};

TEST_F(ConsentStateTest, AttestedRowsConsentToWhatTheirPurposeIncludes) {
  EXPECT_EQ(mask(kHealthMedicalResearch), std::vector<std::uint8_t>(kRows, 1));
  EXPECT_EQ(mask(kNoRestriction), std::vector<std::uint8_t>(kRows, 0));
  EXPECT_EQ(state.mask(cohort.owner, kRows, 45, kNow).error().code, Code::kUnsupported);
}

// Everybody who takes part holds the consent of all persons, a million of them.
TEST_F(ConsentStateTest, HoldsNoMoreThanTwoHundredBytesForAPersonWhoHasSaidNothing) {
  constexpr std::uint32_t kPersons = 20'000;
  Cohort many{2};
  ConsentAttestation attestation{many.dataset, many.owner, {}};
  for (std::uint32_t row = 0; row < kPersons; ++row) {
    attestation.leaves.push_back({Sha256("somebody").update_u64(row).finish(), row, address_with(9), true,
                                  row % 2 == 0 ? kGeneralResearch : kPopulationAncestry});
  }
  ASSERT_TRUE(state.apply(attestation));
  EXPECT_LE(state.memory_bytes(), 200 * (kPersons + kRows));
  const auto permitted = state.mask(many.owner, kPersons, kHealthMedicalResearch, kNow).value_or_stop();
  EXPECT_EQ(std::accumulate(permitted.begin(), permitted.end(), 0U), kPersons / 2);
  const ConsentLeaf leaf = state.leaf(many.owner, attestation.leaves[77].person).value_or_stop();
  EXPECT_EQ(leaf.owner, many.owner);
  EXPECT_EQ(leaf.row, 77u);
  EXPECT_EQ(leaf.use, DataUse(kPopulationAncestry));
  EXPECT_EQ(state.leaf(cohort.owner, cohort.person(3)).value_or_stop().use, DataUse(kGeneralResearch));
  EXPECT_EQ(mask(kHealthMedicalResearch), std::vector<std::uint8_t>(kRows, 1));
}

TEST_F(ConsentStateTest, ARevocationTakesOnePersonOut) {
  const Hash256 before = state.root();
  ASSERT_TRUE(tell(3, ConsentAction::kRevoke, kGeneralResearch, 1));
  EXPECT_EQ(mask(kHealthMedicalResearch), (std::vector<std::uint8_t>{1, 1, 1, 0, 1, 1, 1, 1}));
  EXPECT_NE(state.root(), before);
}

TEST_F(ConsentStateTest, ANarrowerRevocationWithdrawsTheWholeGrant) {
  ASSERT_TRUE(tell(3, ConsentAction::kRevoke, kDiseaseSpecific, 1));
  EXPECT_EQ(mask(kPopulationAncestry)[3], 0);
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kPopulationAncestry, 2));
  EXPECT_EQ(mask(kPopulationAncestry)[3], 1);
  EXPECT_EQ(mask(kDiseaseSpecific)[3], 0);
}

TEST_F(ConsentStateTest, ARevocationOfSomethingElseLeavesTheGrant) {
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kPopulationAncestry, 1));
  ASSERT_TRUE(tell(3, ConsentAction::kRevoke, kDiseaseSpecific, 2));
  EXPECT_EQ(mask(kPopulationAncestry)[3], 1);
}

TEST_F(ConsentStateTest, AGrantEndsAtItsExpiry) {
  ASSERT_TRUE(tell(0, ConsentAction::kGrant, kHealthMedicalResearch, 1, kNow));
  EXPECT_EQ(mask(kHealthMedicalResearch, kNow - 1)[0], 1);
  EXPECT_EQ(mask(kHealthMedicalResearch, kNow)[0], 0);
}

TEST_F(ConsentStateTest, OnlyThePatientMaySpeak) {
  const Hash256 before = state.root();
  const ConsentStatement statement = cohort.says(3, ConsentAction::kRevoke, kGeneralResearch, 1);
  const Status by_neighbour = state.apply(sign_consent(kDomain, statement, cohort.patient(4)));
  EXPECT_EQ(by_neighbour.error().code, Code::kRefused);
  Eip712Domain other_commons = kDomain;
  other_commons.chain_id = 1;
  EXPECT_EQ(state.apply(sign_consent(other_commons, statement, cohort.patient(3))).error().code, Code::kRefused);
  EXPECT_EQ(state.root(), before);
}

TEST_F(ConsentStateTest, AStatementCannotBeReplayed) {
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kGeneralResearch, 5));
  ASSERT_TRUE(tell(3, ConsentAction::kRevoke, kGeneralResearch, 6));
  EXPECT_EQ(tell(3, ConsentAction::kGrant, kGeneralResearch, 5).error().code, Code::kConflict);
  EXPECT_EQ(tell(3, ConsentAction::kGrant, kGeneralResearch, 6).error().code, Code::kConflict);
  EXPECT_EQ(tell(4, ConsentAction::kGrant, kGeneralResearch, 0).error().code, Code::kConflict);
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
}

// A store takes a batch back whose last statement is bad.
TEST_F(ConsentStateTest, WhatIsPutBackIsAsItWas) {
  const Hash256 attested = state.root();
  const std::size_t memory = state.memory_bytes();
  const ConsentLeaf silent = state.leaf(cohort.owner, cohort.person(3)).value_or_stop();
  ASSERT_TRUE(tell(3, ConsentAction::kRevoke, kGeneralResearch, 2));
  const ConsentLeaf spoken = state.leaf(cohort.owner, cohort.person(3)).value_or_stop();
  const Hash256 revoked = state.root();
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kGeneralResearch, 3));
  state.put_back(spoken);
  EXPECT_EQ(state.root(), revoked);
  EXPECT_EQ(state.leaf(cohort.owner, cohort.person(3)).value_or_stop(), spoken);
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kGeneralResearch, 3)) << "it may be said again";
  state.put_back(silent);
  EXPECT_EQ(state.root(), attested);
  EXPECT_EQ(state.leaf(cohort.owner, cohort.person(3)).value_or_stop(), silent);
  EXPECT_EQ(state.memory_bytes(), memory) << "as one who has said nothing";
}

TEST_F(ConsentStateTest, RefusedStatementsChangeNothing) {
  const Hash256 before = state.root();
  EXPECT_EQ(tell(kRows, ConsentAction::kRevoke, kGeneralResearch, 1).error().code, Code::kNotFound);
  EXPECT_EQ(tell(1, ConsentAction::kRevoke, 45, 1).error().code, Code::kUnsupported);
  EXPECT_EQ(tell(1, ConsentAction::kRevoke, kGeneralResearch, 1, 9).error().code, Code::kInvalidArgument);
  ConsentStatement elsewhere = cohort.says(1, ConsentAction::kRevoke, kGeneralResearch, 1);
  elsewhere.dataset = sha256(view_of("other"));
  EXPECT_EQ(state.apply(sign_consent(kDomain, elsewhere, cohort.patient(1))).error().code, Code::kInvalidArgument);
  EXPECT_EQ(state.root(), before);
}

TEST_F(ConsentStateTest, WhatAnOwnerPublishedIsTakenWhenItIsHersAndOfHerRows) {
  const Cohort other{2};
  const Hash256 before = state.root();
  const auto refusal = [&](const Address& owner, std::uint32_t rows, ByteView bytes) {
    const Status taken = state.apply_published(owner, rows, bytes);
    EXPECT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::kRefused);
    EXPECT_EQ(state.root(), before) << "a refused attestation changes nothing";
    return taken.error().message;
  };
  const Bytes bytes = encode(other.attest(3));
  EXPECT_THAT(refusal(other.owner, 3, Bytes{1, 2, 3}), HasSubstr("consent attestation"));
  EXPECT_THAT(refusal(address_with(3), 3, bytes), HasSubstr("it is of owner " + other.owner.text()));
  EXPECT_THAT(refusal(other.owner, 2, bytes), HasSubstr("it attests row 2 of 2"));
  EXPECT_THAT(refusal(cohort.owner, kRows, encode(cohort.attest(kRows))), HasSubstr("has attested consent already"));
  EXPECT_TRUE(state.apply_published(other.owner, 3, bytes));
  EXPECT_NE(state.root(), before);
}

TEST_F(ConsentStateTest, AnOwnerAttestsOnce) {
  EXPECT_EQ(state.apply(cohort.attest(2)).error().code, Code::kConflict);
}

class Delegation : public ConsentStateTest {
 protected:
  Status say(const Wallet& signer, ConsentStatement statement) {
    return state.apply(sign_consent(kDomain, statement, signer));
  }
  Status delegate(std::uint32_t row, const Address& to, const DataUse& scope, std::uint64_t sequence) {
    ConsentStatement statement =
        cohort.says(row, ConsentAction::kDelegate, scope.purpose, sequence, to.is_zero() ? 0 : kNow + 100);
    statement.use = scope;
    statement.delegate = to;
    return say(cohort.patient(row), statement);
  }
  Wallet guardian = Wallet::fresh();
};

TEST_F(Delegation, AGuardianGrantsAndRevokesWithinHisScope) {
  ASSERT_TRUE(delegate(2, guardian.address(), kHealthMedicalResearch, 1));
  EXPECT_EQ(mask(kGeneralResearch)[2], 1) << "a delegation changes no consent";
  ASSERT_TRUE(say(guardian, cohort.says(2, ConsentAction::kRevoke, kHealthMedicalResearch, 2)));
  EXPECT_EQ(mask(kHealthMedicalResearch)[2], 0);
  ASSERT_TRUE(say(guardian, cohort.says(2, ConsentAction::kGrant, kDiseaseSpecific, 3)));
  EXPECT_EQ(mask(kDiseaseSpecific)[2], 1);
  EXPECT_EQ(say(guardian, cohort.says(2, ConsentAction::kGrant, kGeneralResearch, 4)).error().code, Code::kRefused);
  EXPECT_EQ(say(guardian, cohort.says(3, ConsentAction::kRevoke, kDiseaseSpecific, 1)).error().code, Code::kRefused);
  ASSERT_TRUE(say(cohort.patient(2), cohort.says(2, ConsentAction::kGrant, kGeneralResearch, 4)));
}

TEST_F(Delegation, WhatADelegateGrantsEndsWithTheDelegationWhateverHeSays) {
  ASSERT_TRUE(delegate(2, guardian.address(), kGeneralResearch, 1));
  std::uint64_t sequence = 1;
  for (const std::uint64_t wished : {std::uint64_t{0}, kNow + 5'000}) {
    ASSERT_TRUE(say(guardian, cohort.says(2, ConsentAction::kGrant, kDiseaseSpecific, ++sequence, wished)));
    EXPECT_EQ(mask(kDiseaseSpecific, kNow + 99)[2], 1);
    EXPECT_EQ(mask(kDiseaseSpecific, kNow + 100)[2], 0);
  }
  ASSERT_TRUE(say(guardian, cohort.says(2, ConsentAction::kGrant, kDiseaseSpecific, ++sequence, kNow + 50)));
  EXPECT_EQ(mask(kDiseaseSpecific, kNow + 50)[2], 0) << "a shorter grant stays short";
}

TEST_F(Delegation, ADelegateDoesNotDelegateOnAndIsGoneWhenTakenBack) {
  ASSERT_TRUE(delegate(2, guardian.address(), kGeneralResearch, 1));
  ConsentStatement on = cohort.says(2, ConsentAction::kDelegate, kGeneralResearch, 2, kNow + 9);
  on.delegate = address_with(7);
  EXPECT_EQ(say(guardian, on).error().code, Code::kRefused);
  ASSERT_TRUE(delegate(2, Address{}, kGeneralResearch, 2));
  EXPECT_EQ(say(guardian, cohort.says(2, ConsentAction::kRevoke, kGeneralResearch, 3)).error().code, Code::kRefused);
}

TEST_F(Delegation, AScopedDelegationWalksUpTheDiseases) {
  ASSERT_TRUE(delegate(2, guardian.address(), {kDiseaseSpecific, 5267, 0}, 1));
  ConsentStatement grant = cohort.says(2, ConsentAction::kGrant, kDiseaseSpecific, 2);
  grant.use = {kDiseaseSpecific, 5252, duo_modifiers().front().bit};
  ASSERT_TRUE(say(guardian, grant)) << "conditions only narrow what he grants";
  grant.use = {kDiseaseSpecific, 5015, 0};
  grant.sequence = 3;
  EXPECT_EQ(say(guardian, grant).error().code, Code::kRefused);
}

TEST_F(ConsentStateTest, ConditionsAndDiseasesEnterTheMask) {
  ConsentStatement grant = cohort.says(0, ConsentAction::kGrant, kDiseaseSpecific, 1);
  const std::uint32_t npu = duo_modifier_from_text("NPU").value_or_stop().bit;
  grant.use = {kDiseaseSpecific, 5267, npu};
  ASSERT_TRUE(state.apply(sign_consent(kDomain, grant, cohort.patient(0))));
  const auto permitted = [&](const DataUse& use) {
    return state.mask(cohort.owner, kRows, use, kNow).value_or_stop()[0];
  };
  EXPECT_EQ(permitted({kDiseaseSpecific, 5252, npu}), 1);
  EXPECT_EQ(permitted({kDiseaseSpecific, 5252, 0}), 0);
  EXPECT_EQ(permitted({kDiseaseSpecific, 5015, npu}), 0);
  EXPECT_EQ(permitted({kHealthMedicalResearch, 0, npu}), 0);
}

TEST_F(ConsentStateTest, LimitsEnterTheMaskAndTheRoot) {
  ConsentStatement grant = cohort.says(0, ConsentAction::kGrant, kHealthMedicalResearch, 1);
  ASSERT_TRUE(state.apply(sign_consent(kDomain, grant, cohort.patient(0))));
  grant.sequence = 2;
  grant.use.limits = {{0x4445}, {sha256(view_of("study"))}, {address_with(3)}, {address_with(4)}, kNow};
  ASSERT_TRUE(state.apply(sign_consent(kDomain, grant, cohort.patient(0))));
  const ConsentLeaf leaf = state.leaf(cohort.owner, cohort.person(0)).value_or_stop();
  EXPECT_EQ(leaf.use, grant.use);
  const auto permitted = [&](const DataUse& use) {
    return state.mask(cohort.owner, kRows, use, kNow).value_or_stop()[0];
  };
  EXPECT_EQ(permitted(kHealthMedicalResearch), 0);
  EXPECT_EQ(permitted(grant.use), 1);
  for (int field = 0; field < 5; ++field) {
    DataUse other = grant.use;
    if (field == 0) other.limits.countries = {0x4652};
    if (field == 1) other.limits.studies[0].bytes[0] ^= 1;
    if (field == 2) other.limits.users = {address_with(9)};
    if (field == 3) other.limits.institutions = {address_with(9)};
    if (field == 4) other.limits.moratorium_s -= 1;
    EXPECT_EQ(permitted(other), 0) << field;
    ConsentLeaf forged = leaf;
    forged.use = other;
    EXPECT_NE(consent_value(forged), consent_value(leaf)) << field;
  }
}

class OnChain : public Delegation {
 protected:
  [[nodiscard]] ChainRevocation sent(std::uint32_t row, const Address& sender, std::uint64_t sequence,
                                     std::uint64_t time_s = kNow) const {
    return {cohort.owner, cohort.person(row), sender, sequence, time_s};
  }
  void hear(std::vector<ChainRevocation> revocations) { state.set_chain_revocations(revocations); }
};

TEST_F(OnChain, APatientWhoLeavesOnChainIsOutWhateverTheStoreKeeps) {
  const Hash256 root = state.root();
  hear({sent(3, cohort.patient(3).address(), kNow)});
  EXPECT_EQ(mask(kGeneralResearch), (std::vector<std::uint8_t>{1, 1, 1, 0, 1, 1, 1, 1}));
  EXPECT_EQ(state.root(), root) << "the chain holds it, not the tree";
}

TEST_F(OnChain, WhoIsNotThePersonChangesNothing) {
  hear({sent(3, cohort.patient(4).address(), kNow),
        sent(3, address_with(1), kNow),
        sent(3, Address{}, kNow),
        {address_with(9), cohort.person(3), cohort.patient(3).address(), kNow, kNow}});
  EXPECT_EQ(mask(kGeneralResearch), std::vector<std::uint8_t>(kRows, 1));
}

TEST_F(OnChain, ALaterStatementOvertakesItAndAnOlderOneDoesNot) {
  hear({sent(3, cohort.patient(3).address(), 5)});
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kGeneralResearch, 5));
  EXPECT_EQ(mask(kGeneralResearch)[3], 1);
  hear({sent(3, cohort.patient(3).address(), 6)});
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kGeneralResearch, 7));
  EXPECT_EQ(mask(kGeneralResearch)[3], 1);
}

// Whoever leaves stays away until she grants again: a delegation was once enough to bring her back.
TEST_F(OnChain, OnlyAGrantOvertakesIt) {
  hear({sent(3, cohort.patient(3).address(), 5)});
  ASSERT_TRUE(delegate(3, guardian.address(), kGeneralResearch, 6));
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
  ASSERT_TRUE(say(guardian, cohort.says(3, ConsentAction::kRevoke, kPopulationAncestry, 7)));
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
  ASSERT_TRUE(tell(3, ConsentAction::kGrant, kGeneralResearch, 8));
  EXPECT_EQ(mask(kGeneralResearch)[3], 1);
}

TEST_F(OnChain, ADelegatesSequencesNeitherShutHerOutNorOvertakeHer) {
  ASSERT_TRUE(delegate(3, guardian.address(), kGeneralResearch, 1));
  EXPECT_EQ(say(guardian, cohort.says(3, ConsentAction::kGrant, kGeneralResearch, UINT64_MAX)).error().code,
            Code::kConflict);
  hear({sent(3, cohort.patient(3).address(), kNow)});
  ASSERT_TRUE(say(guardian, cohort.says(3, ConsentAction::kGrant, kGeneralResearch, 2)));
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
}

TEST_F(OnChain, ADelegateMayLeaveForHerOnlyWhileHisDelegationLasts) {
  ASSERT_TRUE(delegate(3, guardian.address(), kGeneralResearch, 1));
  hear({sent(3, guardian.address(), 9, kNow + 100)});
  EXPECT_EQ(mask(kGeneralResearch)[3], 1);
  hear({sent(3, guardian.address(), 9, kNow + 99)});
  EXPECT_EQ(mask(kGeneralResearch)[3], 0);
}

TEST_F(OnChain, WhatAReorganisationTookBackIsForgotten) {
  hear({sent(3, cohort.patient(3).address(), kNow)});
  hear({});
  EXPECT_EQ(mask(kGeneralResearch)[3], 1);
}

// An owner that copies another's public commitments must not be able to occupy them, nor to change their consent.
TEST_F(ConsentStateTest, ACopiedCommitmentDisturbsNobody) {
  ConsentAttestation copied = cohort.attest(kRows);
  copied.owner = address_with(9);
  for (InitialLeaf& leaf : copied.leaves) leaf.granted = false;
  ASSERT_TRUE(state.apply(copied));
  EXPECT_EQ(mask(kGeneralResearch), std::vector<std::uint8_t>(kRows, 1));
  ConsentState other_order(cohort.dataset, kDomain);
  ASSERT_TRUE(other_order.apply(copied));
  ASSERT_TRUE(other_order.apply(cohort.attest(kRows)));
  EXPECT_EQ(other_order.root(), state.root());
}

TEST_F(ConsentStateTest, RootDoesNotDependOnTheOrderOfOwnersAndPersons) {
  const Cohort second(2);
  ConsentState a(cohort.dataset, kDomain);
  ConsentState b(cohort.dataset, kDomain);
  const auto revoke = [](const Cohort& of, std::uint32_t row) {
    return sign_consent(kDomain, of.says(row, ConsentAction::kRevoke, kGeneralResearch, 1), of.patient(row));
  };
  ASSERT_TRUE(a.apply(cohort.attest(kRows)));
  ASSERT_TRUE(a.apply(revoke(cohort, 2)));
  ASSERT_TRUE(a.apply(second.attest(3)));
  ASSERT_TRUE(a.apply(revoke(second, 1)));
  ASSERT_TRUE(b.apply(second.attest(3)));
  ASSERT_TRUE(b.apply(cohort.attest(kRows)));
  ASSERT_TRUE(b.apply(revoke(second, 1)));
  ASSERT_TRUE(b.apply(revoke(cohort, 2)));
  EXPECT_EQ(a.root(), b.root());
}

TEST_F(ConsentStateTest, RowsWithoutALeafHaveNoConsent) {
  ConsentAttestation sparse = Cohort(2).attest(6);
  sparse.leaves.erase(sparse.leaves.begin() + 2, sparse.leaves.begin() + 4);
  ASSERT_TRUE(state.apply(sparse));
  EXPECT_EQ(state.mask(sparse.owner, 8, kGeneralResearch, kNow).value_or_stop(),
            (std::vector<std::uint8_t>{1, 1, 0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(state.mask(sparse.owner, 5, kGeneralResearch, kNow).error().code, Code::kInvalidArgument);
  EXPECT_EQ(state.mask(address_with(77), 3, kGeneralResearch, kNow).value_or_stop(), std::vector<std::uint8_t>(3, 0));
}

TEST_F(ConsentStateTest, APatientCanProveWhatWasGranted) {
  const ConsentLeaf leaf = state.leaf(cohort.owner, cohort.person(5)).value_or_stop();
  const ConsentProof proof = state.prove(cohort.owner, cohort.person(5)).value_or_stop();
  EXPECT_TRUE(verify_consent(state.root(), cohort.dataset, state.size(), leaf, proof));
  ConsentLeaf forged = leaf;
  forged.granted = false;
  EXPECT_FALSE(verify_consent(state.root(), cohort.dataset, state.size(), forged, proof));
  EXPECT_FALSE(verify_consent(state.root(), cohort.dataset, state.size() + 1, leaf, proof));
  EXPECT_FALSE(verify_consent(state.root(), sha256(view_of("other")), state.size(), leaf, proof));
  ASSERT_TRUE(tell(5, ConsentAction::kRevoke, kGeneralResearch, 1));
  EXPECT_FALSE(verify_consent(state.root(), cohort.dataset, state.size(), leaf, proof));
}

// The cohort; the figures go to the test report, where nothing is asserted about them.
TEST(ConsentStateFigures, SeventeenThousandLeaves) {
  constexpr std::uint32_t kRows = 17'549;
  using Clock = std::chrono::steady_clock;
  const auto ms = [](Clock::duration spent) {
    return std::to_string(std::chrono::duration<double, std::milli>(spent).count());
  };
  const Cohort cohort(1);
  const auto start = Clock::now();
  const ConsentAttestation attestation = cohort.attest(kRows);
  const auto derived = Clock::now();
  ConsentState state(cohort.dataset, kDomain);
  ASSERT_TRUE(state.apply(attestation));
  const Hash256 before = state.root();
  const auto rooted = Clock::now();
  const auto statement =
      sign_consent(kDomain, cohort.says(17, ConsentAction::kRevoke, kGeneralResearch, 1), cohort.patient(17));
  const auto told = Clock::now();
  ASSERT_TRUE(state.apply(statement));
  EXPECT_NE(state.root(), before);
  const auto updated = Clock::now();
  const auto mask = state.mask(cohort.owner, kRows, kGeneralResearch, kNow).value_or_stop();
  const auto masked = Clock::now();
  EXPECT_EQ(std::accumulate(mask.begin(), mask.end(), 0u), kRows - 1);
  RecordProperty("derive_wallets_and_commitments_ms", ms(derived - start));
  RecordProperty("attest_and_root_ms", ms(rooted - derived));
  RecordProperty("one_statement_ms", ms(updated - told));
  RecordProperty("mask_ms", ms(masked - updated));
}

}  // namespace
}  // namespace mc::governance
