// SPDX-License-Identifier: Apache-2.0
#include "client/release_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/codec.hpp"
#include "fhe/threshold/release.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

Hash256 numbered(std::uint64_t number) {
  return Sha256("request test").update_u64(number).finish();
}

ReleaseCall sample_release_call() {
  ReleaseCall call;
  call.authorisation.chain_id = 31337;
  call.authorisation.study = numbered(1);
  call.authorisation.release_number = 3;
  call.authorisation.epoch = Epoch(1);
  call.authorisation.plan = numbered(2);
  call.authorisation.result = numbered(3);
  call.authorisation.sigma_log2 = {44, 45};
  call.sql = "SELECT count(*) FROM commons";
  call.bytes_for = {fhe::PieceId(1), fhe::PieceId(4)};
  call.authorisation.parameters = numbered(4);
  call.parameters = {1, 2, 3};
  call.shown = {1};
  call.left_out = {query::MomentId(2), query::MomentId(7)};
  return call;
}

QueryReceipt sample_query_receipt() {
  return {numbered(1),
          numbered(2),
          numbered(3),
          numbered(4),
          numbered(5),
          {40, 41, 42},
          {numbered(6), numbered(7), numbered(8)},
          123'456'789'012,
          2500};
}

TEST(ReleaseCall, WhatIsWrittenIsRead) {
  EXPECT_EQ(decode_release_call(encode_release_call(sample_release_call())).value(), sample_release_call());
  ReleaseCall bare = sample_release_call();
  bare.bytes_for.clear();
  bare.sql.clear();
  bare.parameters.clear();
  EXPECT_EQ(decode_release_call(encode_release_call(bare)).value(), bare);
}

TEST(ReleaseCall, EveryTruncationAndEveryByteTooManyIsRefused) {
  Bytes bytes = encode_release_call(sample_release_call());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_release_call(ByteView(bytes).first(size))) << size;
  bytes.push_back(0);
  EXPECT_THAT(decode_release_call(bytes).error().message, HasSubstr("release call: 1 bytes too many"));
}

TEST(ReleaseCall, NoFlippedBitReadsAsTheSameCall) {
  const Bytes whole = encode_release_call(sample_release_call());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes bytes = whole;
    bytes[i] ^= 1;
    const auto read = decode_release_call(bytes);
    if (read) {
      EXPECT_NE(*read, sample_release_call()) << i;
    }
  }
}

TEST(ReleaseCall, MorePiecesThanACommitteeCanHaveAreALimit) {
  ReleaseCall call = sample_release_call();
  call.bytes_for.assign(fhe::kPiecesMax, fhe::PieceId(1));
  EXPECT_TRUE(decode_release_call(encode_release_call(call)));
  call.bytes_for.emplace_back(1);
  EXPECT_EQ(decode_release_call(encode_release_call(call)).error().code, Code::kLimit);
}

TEST(ReleaseCall, AQueryOverItsLimitIsRefused) {
  ReleaseCall call = sample_release_call();
  call.sql.assign(query::kSqlBytesMax + 1, 'x');
  EXPECT_EQ(decode_release_call(encode_release_call(call)).error().code, Code::kLimit);
}

TEST(QueryReceipt, WhatIsWrittenIsRead) {
  EXPECT_EQ(decode_query_receipt(encode_query_receipt(sample_query_receipt())).value(), sample_query_receipt());
}

TEST(QueryReceipt, EveryTruncationAndEveryByteTooManyIsRefused) {
  Bytes bytes = encode_query_receipt(sample_query_receipt());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_query_receipt(ByteView(bytes).first(size))) << size;
  bytes.push_back(0);
  EXPECT_FALSE(decode_query_receipt(bytes));
}

TEST(QueryReceipt, AMultiplicandThatBelongsToNoAnswerIsRefused) {
  QueryReceipt receipt = sample_query_receipt();
  receipt.multiplicands.push_back(numbered(9));
  EXPECT_THAT(decode_query_receipt(encode_query_receipt(receipt)).error().message,
              HasSubstr("4 multiplicands for 3 answers"));
}

TEST(QueryReceipt, ACallIsNotAReceiptNorTheOtherWayRound) {
  EXPECT_THAT(decode_query_receipt(encode_release_call(sample_release_call())).error().message,
              HasSubstr("is not medcommons/query-receipt/2"));
  EXPECT_THAT(decode_release_call(encode_query_receipt(sample_query_receipt())).error().message,
              HasSubstr("is not medcommons/release-call/4"));
}

}  // namespace
}  // namespace mc::client
