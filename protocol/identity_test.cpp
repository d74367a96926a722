// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fhe/threshold/testing/committee.hpp"

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
  EXPECT_FALSE(std::ranges::equal(std::span(box).first(32), std::span(other).first(32)))
      << "one ephemeral key, two contents";
}

TEST(CustodianIdentity, ARecipientKeyOfSmallOrderIsRefused) {
  const CustodianIdentity alice(numbered_key(1));
  EXPECT_FALSE(alice.seal(PublicIdentity{}, Bytes{1}).has_value());
}

// R11: the box key is of the ceremony. What lasts signs the same, and cannot open what stands on the public board.
TEST(CustodianIdentity, WithoutTheCeremonysSecretItSignsAndOpensNothing) {
  const CustodianIdentity alice(numbered_key(1), numbered_key(11)), bob(numbered_key(2), numbered_key(12));
  const Bytes on_board = alice.seal(bob.public_identity(), Bytes{1, 2, 3}).value_or_stop();
  EXPECT_TRUE(bob.open(on_board).has_value());
  EXPECT_FALSE(CustodianIdentity(numbered_key(2)).open(on_board).has_value());
  EXPECT_FALSE(CustodianIdentity(numbered_key(2), numbered_key(13)).open(on_board).has_value()) << "another epoch";
  const CustodianSigner lasting(numbered_key(2));
  EXPECT_EQ(lasting.sign_key(), bob.public_identity().sign_key);
  EXPECT_EQ(lasting.sign("d", Hash256{}), bob.sign("d", Hash256{}));
}

TEST(PublicIdentity, ReadsBack) {
  const PublicIdentity identity = CustodianIdentity(numbered_key(1)).public_identity();
  const Bytes bytes = encode_public_identity(identity);
  EXPECT_EQ(bytes.size(), kPublicIdentityBytes);
  EXPECT_EQ(decode_public_identity(bytes).value_or_stop(), identity);
  EXPECT_FALSE(decode_public_identity(ByteView(bytes).first(63)).has_value());
}

}  // namespace
}  // namespace mc::protocol
