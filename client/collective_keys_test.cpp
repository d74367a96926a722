// SPDX-License-Identifier: Apache-2.0
#include "client/collective_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/served_commons.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "protocol/keygen_record.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

/// A committee's keys, and a chain on which three custodians committed to them.
class Keys : public ::testing::Test {
 protected:
  Keys() {
    const fhe::testing::TestCommittee committee(params_, fhe::CommitteeShape::create(3, 2).value_or_stop(), 1);
    const fhe::GaloisCommon common = fhe::expand_galois_common(*params_, committee.common.seed, 5);
    fhe::GaloisShare sum;
    for (std::size_t i = 0; i < committee.seeds.size(); ++i) {
      fhe::add_share(*params_, sum, fhe::make_galois_share(*params_, committee.seeds[i], committee.secrets[i], common));
    }
    const fhe::GaloisKey galois = fhe::finish_galois_key(std::move(sum), common, Epoch(1));
    Writer writer;
    fhe::write_galois_key(writer, galois, *params_);
    served_.keys["1/galois/5"] = writer.bytes();
    keys_ = {committee.wide_key,
             committee.relin_key,
             fhe::testing::numbered_hash(9),
             {{5, fhe::hash_galois_key(*params_, galois)}}};
    ledger_.key_commitments.assign(3, commitment());
    served_.keys["1"] = encode_collective_keys(keys_, *params_);
  }

  [[nodiscard]] Hash256 commitment() const {
    const protocol::KeyHashes hashes{protocol::hash_public_key(*params_, keys_.public_key),
                                     protocol::hash_relin_key(*params_, keys_.relin_key), keys_.galois};
    return protocol::key_commitment(hashes.all(), keys_.transcript);
  }
  Result<CollectiveKeys> fetch() { return fetch_collective_keys(store_, *params_, Epoch(1), commons_); }

  fhe::ParamsPtr params_ = fhe::testing::small_params();
  CollectiveKeys keys_;
  testing::ServedLedger ledger_;
  governance::Chain chain_{ledger_};
  governance::CommonsChain commons_{chain_, testing::small_document().deployment};
  testing::ServedStore served_;
  testing::ServedTransport transport_{served_};
  StoreClient store_{transport_};
};

TEST_F(Keys, AreTheSameBytesAfterTheirWayThereAndBack) {
  const auto fetched = fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(encode_collective_keys(*fetched, *params_), served_.keys["1"]);
}

TEST_F(Keys, OtherKeysThanTheChainsAreRefused) {
  const fhe::testing::TestCommittee other(params_, fhe::CommitteeShape::create(3, 2).value_or_stop(), 2);
  served_.keys["1"] =
      encode_collective_keys({other.wide_key, keys_.relin_key, keys_.transcript, keys_.galois}, *params_);
  EXPECT_EQ(fetch().error().code, Code::kRefused);
  served_.keys["1"] =
      encode_collective_keys({keys_.public_key, other.relin_key, keys_.transcript, keys_.galois}, *params_);
  EXPECT_EQ(fetch().error().code, Code::kRefused);
  served_.keys["1"] = encode_collective_keys({keys_.public_key, keys_.relin_key, Hash256{}, keys_.galois}, *params_);
  const auto refused = fetch();
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("epoch 1"));
  served_.keys["1"] = encode_collective_keys({keys_.public_key, keys_.relin_key, keys_.transcript, {}}, *params_);
  EXPECT_EQ(fetch().error().code, Code::kRefused) << "the Galois keys are committed to as well";
}

TEST_F(Keys, AGaloisKeyIsCheckedWithTheHashThatTheChainCovers) {
  const CollectiveKeys keys = fetch().value_or_stop();
  EXPECT_EQ(fetch_galois_key(store_, *params_, keys, 5).value_or_stop().galois_element, 5u);
  EXPECT_EQ(fetch_galois_key(store_, *params_, keys, 25).error().code, Code::kNotFound);
  served_.keys["1/galois/5"][100] ^= 1;
  EXPECT_EQ(fetch_galois_key(store_, *params_, keys, 5).error().code, Code::kRefused);
}

TEST_F(Keys, OneMissingOrOtherCommitmentStopsEverything) {
  ledger_.key_commitments[2] = Hash256{};
  EXPECT_EQ(fetch().error().code, Code::kUnavailable);
  ledger_.key_commitments[2] = fhe::testing::numbered_hash(1);
  EXPECT_EQ(fetch().error().code, Code::kConflict);
}

TEST_F(Keys, TruncatedKeysAreRefused) {
  const Bytes whole = served_.keys["1"];
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{30}, std::size_t{60}, whole.size() / 2, whole.size() - 1}) {
    EXPECT_FALSE(decode_collective_keys(ByteView(whole).first(size), *params_)) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(decode_collective_keys(longer, *params_));
}

TEST_F(Keys, AnotherFormatIsUnsupported) {
  Bytes bytes = served_.keys["1"];
  bytes[20] ^= 1;
  EXPECT_EQ(decode_collective_keys(bytes, *params_).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mc::client
