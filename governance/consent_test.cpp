// SPDX-License-Identifier: Apache-2.0
#include "governance/consent.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "governance/duo.hpp"
#include "governance/testing/consents.hpp"

namespace mc::governance {
namespace {

using testing::address_with;
using testing::kDomain;

ConsentStatement example_statement() {
  return {.dataset = sha256(view_of("dataset")),
          .owner = address_with(0x11),
          .person = sha256(view_of("person")),
          .action = ConsentAction::kRevoke,
          .use = kGeneralResearch,
          .sequence = 1,
          .expiry_s = 0};
}

ConsentAttestation example_attestation(std::uint32_t rows) {
  ConsentAttestation out{.dataset = sha256(view_of("dataset")), .owner = address_with(0x11), .leaves = {}};
  for (std::uint32_t row = 0; row < rows; ++row) {
    out.leaves.push_back({.person = sha256(view_of(std::to_string(row))),
                          .row = row,
                          .patient = address_with(0x22),
                          .granted = row % 2 == 0,
                          .use = kHealthMedicalResearch});
  }
  return out;
}

TEST(ConsentStatement, EncodingIsReadBack) {
  const auto made = sign_consent(kDomain, example_statement(), Wallet::fresh());
  const Bytes bytes = encode(made);
  EXPECT_LE(bytes.size(), kStatementBytesMax);
  EXPECT_EQ(decode_consent_statement(bytes).value_or_stop(), made);
}

TEST(ConsentStatement, EveryFieldIsSigned) {
  const ConsentStatement base = example_statement();
  std::vector<ConsentStatement> changed(15, base);
  changed[0].dataset.bytes[0] ^= 1;
  changed[1].owner.bytes[0] ^= 1;
  changed[2].person.bytes[0] ^= 1;
  changed[3].action = ConsentAction::kGrant;
  changed[4].use = kHealthMedicalResearch;
  changed[5].sequence = 2;
  changed[6].expiry_s = 1;
  changed[7].use.disease = 5252;
  changed[8].use.modifiers = 1;
  changed[9].delegate = address_with(3);
  changed[10].use.limits.countries = {0x4445};
  changed[11].use.limits.studies = {sha256(view_of("study"))};
  changed[12].use.limits.users = {address_with(3)};
  changed[13].use.limits.institutions = {address_with(3)};
  changed[14].use.limits.moratorium_s = 1;
  for (const ConsentStatement& other : changed)
    EXPECT_NE(consent_digest(kDomain, other), consent_digest(kDomain, base));
}

TEST(ConsentStatement, DamagedBytesAreRefused) {
  const Bytes good = encode(sign_consent(kDomain, example_statement(), Wallet::fresh()));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_consent_statement(ByteView(good).first(size))) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(decode_consent_statement(longer));
  const std::size_t action_at = 4 + 32 + 20 + 32;
  Bytes odd = good;
  odd[action_at] = 3;
  EXPECT_FALSE(decode_consent_statement(odd));
  odd = good;
  odd[action_at + 1] = 45;  // a code outside the table
  EXPECT_FALSE(decode_consent_statement(odd));
  odd = good;
  odd[0] ^= 1;
  EXPECT_FALSE(decode_consent_statement(odd));
}

TEST(ConsentStatement, ARevocationDoesNotExpire) {
  ConsentStatement statement = example_statement();
  statement.expiry_s = 5;
  EXPECT_FALSE(decode_consent_statement(encode(sign_consent(kDomain, statement, Wallet::fresh()))));
  statement.action = ConsentAction::kGrant;
  EXPECT_TRUE(decode_consent_statement(encode(sign_consent(kDomain, statement, Wallet::fresh()))));
}

TEST(ConsentStatement, LimitsAreAGrantsOnly) {
  ConsentStatement statement = example_statement();
  statement.use.limits = {
      {0x4445, 0x4652}, {sha256(view_of("study"))}, {address_with(3)}, {address_with(4)}, 1'900'000'000};
  EXPECT_FALSE(decode_consent_statement(encode(sign_consent(kDomain, statement, Wallet::fresh()))));
  statement.action = ConsentAction::kGrant;
  const auto made = sign_consent(kDomain, statement, Wallet::fresh());
  EXPECT_EQ(decode_consent_statement(encode(made)).value_or_stop(), made);
  for (const std::vector<std::uint16_t>& odd :
       {std::vector<std::uint16_t>{0x5555}, {0x4652, 0x4445}, {0x4445, 0x4445}}) {
    statement.use.limits.countries = odd;
    EXPECT_FALSE(decode_consent_statement(encode(sign_consent(kDomain, statement, Wallet::fresh()))));
  }
  statement.use.limits.countries.clear();
  statement.use.limits.institutions = {Address{}};
  EXPECT_FALSE(decode_consent_statement(encode(sign_consent(kDomain, statement, Wallet::fresh()))));
}

TEST(ConsentAttestation, AnOwnerAttestsNoLimits) {
  ConsentAttestation attestation = example_attestation(2);
  attestation.leaves[1].use.limits.countries = {0x4445};
  EXPECT_FALSE(validate(attestation));
}

TEST(ConsentAttestation, EncodingIsReadBack) {
  for (const std::uint32_t rows : {0u, 1u, 100u}) {
    const ConsentAttestation made = example_attestation(rows);
    EXPECT_EQ(decode_consent_attestation(encode(made)).value_or_stop(), made);
  }
}

TEST(ConsentAttestation, RowsMustRise) {
  ConsentAttestation attestation = example_attestation(3);
  std::swap(attestation.leaves[0], attestation.leaves[1]);
  EXPECT_FALSE(validate(attestation));
  EXPECT_FALSE(decode_consent_attestation(encode(attestation)));
  attestation = example_attestation(3);
  attestation.leaves[1].row = 0;
  EXPECT_FALSE(validate(attestation));
}

TEST(ConsentAttestation, APersonOccursOnce) {
  ConsentAttestation attestation = example_attestation(3);
  attestation.leaves[2].person = attestation.leaves[0].person;
  EXPECT_FALSE(validate(attestation));
}

TEST(ConsentAttestation, UnknownPurposeAndNobodyAsPatientAreRefused) {
  ConsentAttestation attestation = example_attestation(2);
  attestation.leaves[1].use = 45;
  EXPECT_FALSE(validate(attestation));
  attestation = example_attestation(2);
  attestation.leaves[1].patient = {};
  EXPECT_FALSE(validate(attestation));
}

TEST(ConsentAttestation, ACountIsNotBelieved) {
  Bytes bytes = encode(example_attestation(1));
  bytes[4 + 32 + 20 + 3] = 0xff;
  EXPECT_FALSE(decode_consent_attestation(bytes));
}

TEST(ConsentAttestation, HashCoversEveryLeaf) {
  const ConsentAttestation base = example_attestation(4);
  ConsentAttestation other = base;
  other.leaves[3].granted = !other.leaves[3].granted;
  EXPECT_NE(attestation_hash(base), attestation_hash(other));
}

TEST(PersonCommitment, DependsOnSeedDatasetOwnerAndRow) {
  const SecretKey256 seed = fresh_key();
  const Hash256 dataset = sha256(view_of("a"));
  const Hash256 base = person_commitment(seed, dataset, address_with(1), "17");
  EXPECT_EQ(base, person_commitment(seed, dataset, address_with(1), "17"));
  EXPECT_NE(base, person_commitment(fresh_key(), dataset, address_with(1), "17"));
  EXPECT_NE(base, person_commitment(seed, sha256(view_of("b")), address_with(1), "17"));
  EXPECT_NE(base, person_commitment(seed, dataset, address_with(2), "17"));
  EXPECT_NE(base, person_commitment(seed, dataset, address_with(1), "18"));
}

}  // namespace
}  // namespace mc::governance
