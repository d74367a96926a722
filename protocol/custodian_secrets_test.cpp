// SPDX-License-Identifier: Apache-2.0
#include "protocol/custodian_secrets.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

CustodianSecrets some_secrets() {
  CustodianSecrets secrets{fhe::CommitteeShape::create(3, 2).value_or_stop(),
                           CustodianId(1),
                           Epoch(4),
                           numbered_hash(1),
                           numbered_hash(2),
                           {}};
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

}  // namespace
}  // namespace mc::protocol
