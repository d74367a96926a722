// SPDX-License-Identifier: Apache-2.0
#include "protocol/share_message.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;

class ShareMessageTest : public ::testing::Test {
 protected:
  Commons commons;
  std::vector<fhe::Ciphertext> results = commons.results(2);
  ShareMessage message =
      commons.answer(0, commons.authorise(results), results, commons.committee.shape.pieces_of(Commons::id(0)))
          .value_or_stop();
};

TEST_F(ShareMessageTest, ReadsBackAndBadBytesAreRefused) {
  const Bytes bytes = encode_share_message(message);
  EXPECT_EQ(decode_share_message(*commons.params, bytes).value_or_stop(), message);
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    EXPECT_FALSE(decode_share_message(*commons.params, ByteView(bytes).first(size)).has_value()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_share_message(*commons.params, longer).has_value());
}

TEST_F(ShareMessageTest, TheSignatureCoversEverythingButTheBytes) {
  ASSERT_TRUE(verify_share_message(commons.identities[0], message));
  const std::vector<std::function<void(ShareMessage&)>> changes{
      [](ShareMessage& m) { m.custodian = Commons::id(1); },
      [](ShareMessage& m) { m.epoch = Epoch(2); },
      [](ShareMessage& m) { m.authorisation.bytes[0] ^= 1; },
      [](ShareMessage& m) { m.heads[1].constant[1] ^= 1; },
      [](ShareMessage& m) { m.heads[0].scale.log2 += 1; },
      [](ShareMessage& m) { m.hashes[0].hash.bytes[31] ^= 1; },
      [](ShareMessage& m) { m.hashes[1].piece = m.hashes[0].piece; },
      [](ShareMessage& m) { m.hashes.pop_back(); },
      [](ShareMessage& m) { m.heads.pop_back(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ShareMessage changed = message;
    changes[i](changed);
    EXPECT_FALSE(verify_share_message(commons.identities[0], changed)) << "change " << i;
  }
  ShareMessage without_bytes = message;
  without_bytes.bytes.clear();
  EXPECT_TRUE(verify_share_message(commons.identities[0], without_bytes));
}

}  // namespace
}  // namespace mc::protocol
