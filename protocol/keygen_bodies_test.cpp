// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_bodies.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

TEST(KeygenBodies, HashListsHaveExactlyTheirCount) {
  const std::vector<Hash256> hashes{numbered_hash(1), numbered_hash(2)};
  const Bytes body = encode_hash_list(hashes);
  EXPECT_EQ(decode_hash_list(body, 2, "list").value_or_stop(), hashes);
  const auto refused = decode_hash_list(body, 3, "list");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "list: 64 bytes where 3 hashes take 96");
  EXPECT_FALSE(decode_hash_list(body, 1, "list").has_value());
}

TEST(KeygenBodies, ACommitmentIsBoundToWhoWhatAndWhen) {
  const Hash256 base =
      commit_contribution(numbered_key(1), numbered_hash(1), CustodianId(0), fhe::PieceId(2), Epoch(1));
  EXPECT_NE(base, commit_contribution(numbered_key(2), numbered_hash(1), CustodianId(0), fhe::PieceId(2), Epoch(1)));
  EXPECT_NE(base, commit_contribution(numbered_key(1), numbered_hash(2), CustodianId(0), fhe::PieceId(2), Epoch(1)));
  EXPECT_NE(base, commit_contribution(numbered_key(1), numbered_hash(1), CustodianId(1), fhe::PieceId(2), Epoch(1)));
  EXPECT_NE(base, commit_contribution(numbered_key(1), numbered_hash(1), CustodianId(0), fhe::PieceId(4), Epoch(1)));
  EXPECT_NE(base, commit_contribution(numbered_key(1), numbered_hash(1), CustodianId(0), fhe::PieceId(2), Epoch(2)));
}

TEST(KeygenBodies, AgreementIsPerPieceAndADisagreementNamesBothCustodians) {
  const auto shape = fhe::CommitteeShape::create(3, 2).value_or_stop();  // pieces 1, 2, 4: without custodian 0, 1, 2
  const Hash256 a = numbered_hash(1), b = numbered_hash(2), c = numbered_hash(3);
  std::vector<std::vector<Hash256>> lists{{b, c}, {a, c}, {a, b}};
  EXPECT_EQ(agreed_hashes(shape, lists, 0, 1, "share").value_or_stop(), (std::vector<Hash256>{a, b, c}));
  lists[2][1] = c;
  const auto refused = agreed_hashes(shape, lists, 0, 1, "share");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "share of the piece without custodian 1: custodian 0 says " + b.hex() + ", custodian 2 says " + c.hex());
}

}  // namespace
}  // namespace mc::protocol
