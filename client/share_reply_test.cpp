// SPDX-License-Identifier: Apache-2.0
#include "client/share_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/wire.hpp"
#include "protocol/testing/commons.hpp"

namespace mc::client {
namespace {

using protocol::testing::Commons;
using ::testing::HasSubstr;
using testing::Wire;

class ShareReply : public ::testing::Test {
 protected:
  Result<protocol::ShareMessage> fetch() {
    const ShareQuestion question{commons.params, commons.committee.shape, commons.identities, authorisation, sql};
    return fetch_share(wire, question, {Commons::id(0), pieces}, bytes);
  }
  [[nodiscard]] Bytes honest(std::uint32_t custodian = 0) {
    const auto bytes_for = custodian == 0 ? pieces : std::vector<fhe::PieceId>{};
    return protocol::encode_share_message(commons.answer(custodian, authorisation, results, bytes_for).value_or_stop());
  }
  static Bytes flipped(Bytes reply, std::size_t byte) {
    reply[byte] ^= 4;
    return reply;
  }

  Commons commons;
  std::vector<fhe::Ciphertext> results = commons.results(2);
  protocol::Authorisation authorisation = commons.authorise(results);
  std::vector<fhe::PieceId> pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const std::string sql = "SELECT count(*) FROM commons";
  Wire wire;
  std::size_t bytes = 0;
};

TEST_F(ShareReply, AWholeAnswerIsTakenAtOnce) {
  const Bytes good = honest();
  wire.replies = {good};
  EXPECT_EQ(protocol::encode_share_message(fetch().value_or_stop()), good);
  EXPECT_EQ(bytes, good.size());
}

// One damaged reply once spent a custodian for the whole release, and with t alive the release was lost.
TEST_F(ShareReply, AnAnswerThatCameDamagedIsAskedForAgain) {
  const Bytes good = honest();
  Bytes cut(good.begin(), good.end() - 1);
  for (const Bytes& damaged :
       {cut, flipped(good, 40), flipped(good, good.size() / 2), flipped(good, good.size() - 1), Bytes{}, honest(1)}) {
    wire.replies = {damaged, good};
    const auto message = fetch();
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(protocol::encode_share_message(*message), good);
  }
  EXPECT_EQ(wire.questions, 12);
}

TEST_F(ShareReply, DamagedTwiceItCountsAsUnavailableAndSaysWhy) {
  wire.replies = {flipped(honest(), 0), Bytes{1, 2, 3}, honest()};
  const auto gone = fetch();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kUnavailable) << "the others decide what the release comes to";
  EXPECT_THAT(gone.error().message, HasSubstr("came damaged 2 times: share message"));
  EXPECT_EQ(wire.questions, 2);
}

TEST_F(ShareReply, BytesThatAreNotThoseSignedComeAgainOrLeaveTheSignedHashes) {
  auto message = commons.answer(0, authorisation, results, pieces).value_or_stop();
  message.bytes[0].bytes.back() ^= 1;
  const Bytes changed = protocol::encode_share_message(message), good = honest();
  wire.replies = {changed, good};
  EXPECT_EQ(protocol::encode_share_message(fetch().value_or_stop()), good);
  wire.replies = {changed, changed};
  EXPECT_EQ(fetch().value_or_stop().hashes, message.hashes);
}

TEST_F(ShareReply, ARefusalIsTheCustodiansWordAndIsNotAskedForAgain) {
  wire.replies = {fail(Code::kRefused, "window_closed: too late")};
  EXPECT_EQ(fetch().error().message, "window_closed: too late");
  EXPECT_EQ(wire.questions, 1);
}

}  // namespace
}  // namespace mc::client
