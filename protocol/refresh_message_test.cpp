// SPDX-License-Identifier: Apache-2.0
#include "protocol/refresh_message.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/refresh_commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;
using testing::RefreshCommons;

class RefreshMessageTest : public ::testing::Test {
 protected:
  RefreshCommons refresh;
  std::vector<fhe::Ciphertext> inputs = refresh.inputs(2);
  RefreshRequest request = refresh.request(inputs);
};

TEST_F(RefreshMessageTest, ReadsBackAndBadBytesAreRefused) {
  const RefreshMessage message =
      refresh.answer(0, request, inputs, refresh.commons.committee.shape.pieces_of(Commons::id(0))).value_or_stop();
  const Bytes bytes = encode_refresh_message(message);
  EXPECT_EQ(decode_refresh_message(refresh.params, request.map, bytes).value_or_stop(), message);
  for (std::size_t size = 0; size < bytes.size(); size += 997) {
    EXPECT_FALSE(decode_refresh_message(refresh.params, request.map, ByteView(bytes).first(size)).has_value()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_refresh_message(refresh.params, request.map, longer).has_value());
  fhe::RefreshMap smaller = request.map;
  smaller.output_level = fhe::Level(2);
  EXPECT_FALSE(decode_refresh_message(refresh.params, smaller, bytes).has_value()) << "larger than its map makes it";
}

TEST_F(RefreshMessageTest, ARequestReadsBackAndEveryPartOfItIsHashed) {
  EXPECT_EQ(decode_refresh_request(refresh.params, encode_refresh_request(refresh.params, request)).value_or_stop(),
            request);
  const Hash256 hash = hash_refresh_request(refresh.params, request);
  const auto changed = [&](auto change) {
    RefreshRequest other = request;
    change(other);
    EXPECT_NE(hash_refresh_request(refresh.params, other), hash);
  };
  changed([](RefreshRequest& r) { r.run = numbered_hash(1); });
  changed([](RefreshRequest& r) { r.step = 2; });
  changed([](RefreshRequest& r) { r.epoch = Epoch(2); });
  changed([](RefreshRequest& r) { r.inputs = numbered_hash(1); });
  changed([](RefreshRequest& r) { r.map.mask_log2[0] += 1; });
}

}  // namespace
}  // namespace mc::protocol
