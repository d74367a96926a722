// SPDX-License-Identifier: Apache-2.0
// Identities, board messages, secret files, authorisations and the ledger's rule.
#include <gtest/gtest.h>

#include "fhe/threshold/committee_fixture.hpp"
#include "protocol/answer_ledger.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/board_message.hpp"
#include "protocol/custodian_secrets.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

TEST(CustodianIdentity, SignsForItsDomainAndDigestOnly) {
  const CustodianIdentity one(numbered_key(1)), two(numbered_key(2));
  const Signature signature = one.sign("domain", numbered_hash(1));
  EXPECT_EQ(signature, one.sign("domain", numbered_hash(1)));
  EXPECT_TRUE(verify_signature(one.public_identity(), "domain", numbered_hash(1), signature));
  EXPECT_FALSE(verify_signature(one.public_identity(), "other", numbered_hash(1), signature));
  EXPECT_FALSE(verify_signature(one.public_identity(), "domain", numbered_hash(2), signature));
  EXPECT_FALSE(verify_signature(two.public_identity(), "domain", numbered_hash(1), signature));
}

TEST(CustodianIdentity, SealsForTheRecipientAloneAndTheSameBytesEachTime) {
  const CustodianIdentity alice(numbered_key(1)), bob(numbered_key(2)), eve(numbered_key(3));
  const Bytes content{1, 2, 3};
  const Bytes box = alice.seal(bob.public_identity(), content).value_or_stop();
  EXPECT_EQ(box, alice.seal(bob.public_identity(), content).value_or_stop());
  EXPECT_EQ(box.size(), content.size() + kSealBytes);
  const SecretBytes opened = bob.open(box).value_or_stop();
  EXPECT_TRUE(std::ranges::equal(opened, content));
  EXPECT_FALSE(eve.open(box).has_value());
  for (std::size_t i = 0; i < box.size(); ++i) {
    Bytes changed = box;
    changed[i] ^= 1;
    EXPECT_FALSE(bob.open(changed).has_value()) << i;
  }
  EXPECT_FALSE(bob.open(ByteView(box).first(10)).has_value());
  const Bytes other = alice.seal(bob.public_identity(), Bytes{1, 2, 4}).value_or_stop();
  EXPECT_FALSE(std::ranges::equal(std::span(box).first(32), std::span(other).first(32))) << "one ephemeral key, two contents";
}

TEST(CustodianIdentity, ARecipientKeyOfSmallOrderIsRefused) {
  const CustodianIdentity alice(numbered_key(1));
  EXPECT_FALSE(alice.seal(PublicIdentity{}, Bytes{1}).has_value());
}

TEST(PublicIdentity, ReadsBack) {
  const PublicIdentity identity = CustodianIdentity(numbered_key(1)).public_identity();
  const Bytes bytes = encode_public_identity(identity);
  EXPECT_EQ(bytes.size(), kPublicIdentityBytes);
  EXPECT_EQ(decode_public_identity(bytes).value_or_stop(), identity);
  EXPECT_FALSE(decode_public_identity(ByteView(bytes).first(63)).has_value());
}

TEST(BoardSlot, HasOneNameAndReadsItBack) {
  for (const BoardSlot& slot : {BoardSlot{Round::kContributionCommit, CustodianId(0), 0},
                                BoardSlot{Round::kContributionReveal, CustodianId(2), 1},
                                BoardSlot{Round::kShareReveal, CustodianId(34), std::uint64_t{1} << 34}}) {
    EXPECT_EQ(board_slot_from_name(slot.name()).value_or_stop(), slot);
  }
  for (const char* bad : {"", "share_reveal", "share_reveal-1", "share_reveal-01-2", "share_reveal-1-2-3", "share_reveal-256-0",
                          "share_reveal--1-0", "share_reveal-1-", "other-1-2", "share_reveal-1-99999999999999999999999",
                          "share_reveal-1-2/../x"}) {
    EXPECT_FALSE(board_slot_from_name(bad).has_value()) << bad;
  }
}

TEST(BoardMessage, ReadsBackAndBadBytesAreRefused) {
  const CustodianIdentity sender(numbered_key(1));
  const BoardMessage message =
      sign_board_message(sender, numbered_hash(1), {Round::kShareCommit, CustodianId(1), 0}, Bytes{9, 8, 7});
  const Bytes bytes = encode_board_message(message);
  const BoardMessage read = decode_board_message(bytes, 3).value_or_stop();
  EXPECT_EQ(read, message);
  EXPECT_TRUE(verify_board_message(sender.public_identity(), read));
  EXPECT_EQ(decode_board_message(bytes, 2).error().code, Code::kLimit);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_board_message(ByteView(bytes).first(size), 100).has_value()) << size;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    const auto result = decode_board_message(changed, 100);
    EXPECT_FALSE(result.has_value() && verify_board_message(sender.public_identity(), *result)) << "byte " << i;
  }
}

CustodianSecrets some_secrets() {
  CustodianSecrets secrets{fhe::CommitteeShape::create(3, 2).value_or_stop(), CustodianId(1), Epoch(4), numbered_hash(1),
                           numbered_hash(2), {}};
  for (const fhe::PieceId piece : secrets.shape.pieces_of(secrets.custodian)) {
    secrets.seeds.push_back({piece, secrets.epoch, numbered_key(piece.value)});
  }
  return secrets;
}

TEST(CustodianSecrets, ReadBackAndAnyChangeOfTheFileIsSeen) {
  const CustodianSecrets secrets = some_secrets();
  const SecretBytes bytes = encode_custodian_secrets(secrets);
  const CustodianSecrets read = decode_custodian_secrets(bytes).value_or_stop();
  EXPECT_EQ(read.shape, secrets.shape);
  EXPECT_EQ(read.custodian, secrets.custodian);
  EXPECT_EQ(read.epoch, secrets.epoch);
  EXPECT_EQ(read.params_id, secrets.params_id);
  EXPECT_EQ(read.key_commitment, secrets.key_commitment);
  ASSERT_EQ(read.seeds.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.seeds[i].piece, secrets.seeds[i].piece);
    EXPECT_TRUE(equal_secret(read.seeds[i].key.expose(), secrets.seeds[i].key.expose()));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    SecretBytes changed = bytes;
    changed[i] ^= 1;
    EXPECT_FALSE(decode_custodian_secrets(changed).has_value()) << "byte " << i;
    EXPECT_FALSE(decode_custodian_secrets(ByteView(bytes).first(i)).has_value()) << "size " << i;
  }
}

Authorisation some_authorisation() {
  Authorisation a;
  a.chain_id = 31337;
  a.study = numbered_hash(1);
  a.release_number = 2;
  a.epoch = Epoch(3);
  a.plan = numbered_hash(4);
  a.data_root = numbered_hash(5);
  a.consent_root = numbered_hash(6);
  a.mask = numbered_hash(7);
  a.result = numbered_hash(8);
  a.requester_key = numbered_hash(9);
  a.sigma_log2 = {60, 61};
  a.rho_nano = 10;
  return a;
}

TEST(Authorisation, HashIsPlainSha256OfItsBytesAndCoversEveryField) {
  const Authorisation a = some_authorisation();
  const Bytes bytes = encode_authorisation(a);
  EXPECT_EQ(hash_authorisation(a), sha256(bytes));
  EXPECT_EQ(decode_authorisation(bytes).value_or_stop(), a);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    const auto read = decode_authorisation(changed);
    EXPECT_FALSE(read.has_value() && *read == a) << "byte " << i;
    EXPECT_FALSE(decode_authorisation(ByteView(bytes).first(i)).has_value()) << "size " << i;
  }
}

TEST(Authorisation, BytesArePinned) {
  // Contracts and other programs hash the same bytes; the digest was computed by a Python script with struct and hashlib.
  EXPECT_EQ(encode_authorisation(some_authorisation()).size(), 4u + 8 + 32 + 4 + 4 + 6 * 32 + 4 + 2 + 8);
  EXPECT_EQ(hash_authorisation(some_authorisation()).hex(), "cf21c5efb86adfeef875ff75406e62f71ff16b55878d636ef9a40f30f37e6d1a");
}

class AnswerLedgerTest : public ::testing::Test {
 protected:
  MemoryLedger ledger;
  std::vector<Hash256> multiplicands{numbered_hash(1), numbered_hash(2)};
  std::vector<std::uint8_t> sigmas{50, 51};
};

TEST_F(AnswerLedgerTest, ARepeatIsAdmittedAndRecordsNothingNew) {
  EXPECT_EQ(admit(ledger, numbered_hash(10), multiplicands, sigmas, 100).value_or_stop().fresh, 2u);
  const Admission again = admit(ledger, numbered_hash(11), multiplicands, sigmas, 100).value_or_stop();
  EXPECT_EQ(again.fresh, 0u);
  EXPECT_EQ(again.repeated, 2u);
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger.find(multiplicands[0]).value_or_stop()->authorisation, numbered_hash(10));
}

TEST_F(AnswerLedgerTest, ASecondSigmaIsRefusedAndNothingOfThatRequestIsRecorded) {
  ASSERT_TRUE(admit(ledger, numbered_hash(10), multiplicands, sigmas, 100).has_value());
  const std::vector<Hash256> next{numbered_hash(3), numbered_hash(2)};
  const auto refused = admit(ledger, numbered_hash(11), next, std::vector<std::uint8_t>{50, 52}, 100);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(AnswerLedgerTest, TwoSigmasWithinOneRequestAreRefused) {
  multiplicands[1] = multiplicands[0];
  EXPECT_FALSE(admit(ledger, numbered_hash(10), multiplicands, sigmas, 100).has_value());
  sigmas[1] = sigmas[0];
  EXPECT_EQ(admit(ledger, numbered_hash(10), multiplicands, sigmas, 100).value_or_stop().fresh, 1u);
}

TEST_F(AnswerLedgerTest, NoMoreThanTauPolynomialsOpenInAnEpoch) {
  ASSERT_TRUE(admit(ledger, numbered_hash(10), multiplicands, sigmas, 2).has_value());
  const std::vector<Hash256> third{numbered_hash(3)};
  const auto refused = admit(ledger, numbered_hash(11), third, std::vector<std::uint8_t>{50}, 2);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_TRUE(admit(ledger, numbered_hash(11), multiplicands, sigmas, 2).has_value()) << "repeats stay possible";
}

}  // namespace
}  // namespace mc::protocol
