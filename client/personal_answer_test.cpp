// SPDX-License-Identifier: Apache-2.0
#include "client/personal_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "protocol/testing/commons.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kRows = 5;

/// A hospital of five patients, what everybody sees of it, and a study's key that a patient made.
class PersonalAnswerTest : public ::testing::Test {
 protected:
  PersonalAnswerTest() {
    document_.dataset = "clinic";
    document_.deployment.chain_id = 31337;
    governance::ConsentAttestation attestation{dataset_, owner_.address(), {}};
    for (std::uint32_t row = 0; row < kRows; ++row) {
      governance::InitialLeaf leaf;
      leaf.person = person(row);
      leaf.row = row;
      leaf.patient = patient(row).address();
      leaf.granted = row != 4;
      leaf.use = 42;
      attestation.leaves.push_back(leaf);
    }
    EXPECT_TRUE(consent_.apply(attestation));
    view_.owners.push_back({owner_.address().text(), {0, kRows}, {1, 1, 1, 1, 0}});
  }

  [[nodiscard]] governance::Wallet patient(std::uint32_t row) const {
    return governance::derive_patient_wallet(seed_, std::to_string(row));
  }
  [[nodiscard]] Hash256 person(std::uint32_t row) const {
    return governance::person_commitment(seed_, dataset_, owner_.address(), std::to_string(row));
  }
  /// What row `signer` signs for the record of row `row`.
  [[nodiscard]] query::ForPerson clause(std::uint32_t row, std::uint32_t signer) const {
    query::ForPerson out{person(row), {}};
    const auto bytes = patient(signer).sign(personal_key_digest(document_, study_, key_hash_, out.person)).bytes();
    std::copy(bytes.begin(), bytes.end(), out.signature.begin());
    return out;
  }
  [[nodiscard]] std::string says(const query::ForPerson& asked, std::uint32_t key_of,
                                 const std::function<void(Hash256& study, Hash256& key)>& spoil = {}) const {
    DatasetView view = view_;
    EXPECT_TRUE(restrict_to_person(view, consent_, asked));
    fhe::RequesterKey key;
    key.context = {31337, study_, patient(key_of).address().bytes};
    Hash256 study = study_, hash = key_hash_;
    if (spoil) spoil(study, hash);
    return not_the_persons(document_, study, key, hash, view, asked);
  }

  CommonsDocument document_;
  SecretKey256 seed_{sha256(view_of("patients")).bytes};
  Hash256 dataset_ = governance::dataset_id("clinic");
  governance::Wallet owner_ = governance::Wallet::fresh();
  governance::ConsentState consent_{dataset_, governance::consent_domain({})};
  DatasetView view_;
  Hash256 study_ = sha256(view_of("study")), key_hash_ = sha256(view_of("key"));
};

TEST_F(PersonalAnswerTest, AViewOfOnePersonHoldsHerSlotAndHerAccount) {
  const Hash256 before = view_.mask;
  ASSERT_TRUE(restrict_to_person(view_, consent_, clause(2, 2)));
  EXPECT_EQ(view_.owners[0].consent, (std::vector<std::uint8_t>{0, 0, 1, 0, 0}));
  EXPECT_EQ(view_.person_account, patient(2).address());
  EXPECT_NE(view_.mask, before);
  EXPECT_EQ(view_.mask, query::mask_hash(view_.owners));
}

TEST_F(PersonalAnswerTest, WhoDoesNotConsentIsNotAskedAbout) {
  const Status status = restrict_to_person(view_, consent_, clause(4, 4));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kRefused);
  EXPECT_THAT(status.error().message, HasSubstr("does not consent"));
}

TEST_F(PersonalAnswerTest, NobodysLeafIsNotFound) {
  const Status status = restrict_to_person(view_, consent_, {sha256(view_of("nobody")), {}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kNotFound);
}

TEST_F(PersonalAnswerTest, OnlyHerOwnKeyWithHerOwnSignatureIsHers) {
  EXPECT_EQ(says(clause(2, 2), 2), "");
  // Somebody else's key, which she would have to have signed.
  EXPECT_THAT(says(clause(2, 2), 3), HasSubstr("not of the person of this record"));
  // Another patient's signature and key for her record.
  EXPECT_THAT(says(clause(2, 3), 3), HasSubstr("not of the person of this record"));
  // A key that claims her account without her signature: anybody can write an address into a key's context.
  EXPECT_THAT(says(clause(2, 3), 2), HasSubstr("has not signed"));
  // Her signature for another study, and for another key.
  EXPECT_THAT(says(clause(2, 2), 2, [](Hash256& study, Hash256&) { study.bytes[0] ^= 1; }),
              HasSubstr("has not signed"));
  EXPECT_THAT(says(clause(2, 2), 2, [](Hash256&, Hash256& key) { key.bytes[0] ^= 1; }), HasSubstr("has not signed"));
  // Her signature for another record of hers would name another leaf.
  query::ForPerson moved = clause(1, 2);
  moved.signature = clause(2, 2).signature;
  EXPECT_THAT(says(moved, 1), HasSubstr("has not signed"));
}

TEST_F(PersonalAnswerTest, AKeyReadsBackAndBadBytesAreRefused) {
  const PersonalKey key{study_, owner_.address(), clause(1, 1), Bytes(300, 7)};
  const Bytes bytes = encode_personal_key(key);
  EXPECT_EQ(decode_personal_key(bytes).value_or_stop(), key);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_personal_key(ByteView(bytes).first(size))) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_personal_key(longer));
}

TEST_F(PersonalAnswerTest, ASealedAnswerReadsBackAndBadBytesAreRefused) {
  protocol::testing::Commons commons;
  const std::vector<fhe::Ciphertext> results = commons.results(2);
  const protocol::Authorisation authorisation = commons.authorise(results);
  PersonalAnswer answer{"SELECT avg(age) FROM clinic", authorisation, {}};
  for (std::uint8_t i = 0; i < 2; ++i) {
    answer.messages.push_back(
        commons.answer(i, authorisation, results, commons.committee.shape.pieces_of(protocol::testing::Commons::id(i)))
            .value_or_stop());
  }
  const Bytes bytes = encode_personal_answer(answer);
  EXPECT_EQ(decode_personal_answer(*commons.params, bytes).value_or_stop(), answer);
  for (std::size_t size = 0; size < bytes.size(); size += 101) {
    EXPECT_FALSE(decode_personal_answer(*commons.params, ByteView(bytes).first(size))) << size;
  }
}

}  // namespace
}  // namespace mc::client
