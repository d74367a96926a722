// SPDX-License-Identifier: Apache-2.0
#include "client/opening_calls.hpp"

#include <gtest/gtest.h>

namespace mc::client {
namespace {

RunMessage sample_opening_message(std::uint8_t custodian) {
  RunMessage message;
  message.subject = Sha256("subject").finish();
  message.statement.kind = protocol::Statement::Kind::kOpening;
  message.statement.custodian = CustodianId(custodian);
  message.statement.epoch = Epoch(3);
  message.statement.subject = message.subject;
  message.statement.hashes = {{fhe::PieceId(1), Sha256("a").finish()}};
  message.bytes = {{fhe::PieceId(1), {1, 2, 3}}};
  return message;
}

OpeningCall sample_opening_call() {
  return {Sha256("manifest").finish(), 7, {fhe::PieceId(4)}, {sample_opening_message(0), sample_opening_message(2)}};
}

template <class Decode>
void expect_strict(Bytes bytes, Decode decode) {
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(ByteView(bytes).first(size))) << size;
  bytes.push_back(0);
  EXPECT_FALSE(decode(ByteView(bytes)));
}

TEST(OpeningCalls, WhatIsWrittenIsReadAndNothingElse) {
  EXPECT_EQ(decode_opening_call(Epoch(3), encode_opening_call(sample_opening_call())).value(), sample_opening_call());
  EXPECT_EQ(decode_opening_share(Epoch(3), encode_opening_share(sample_opening_message(1))).value(),
            sample_opening_message(1));
  for (const auto verdict :
       {OpeningStand::Verdict::kAwaited, OpeningStand::Verdict::kPassed, OpeningStand::Verdict::kRefused}) {
    const OpeningStand stand{verdict, 12};
    EXPECT_EQ(decode_opening_stand(encode_opening_stand(stand)).value(), stand);
  }
  expect_strict(encode_opening_call(sample_opening_call()),
                [](ByteView b) { return decode_opening_call(Epoch(3), b); });
  expect_strict(encode_opening_share(sample_opening_message(1)),
                [](ByteView b) { return decode_opening_share(Epoch(3), b); });
  expect_strict(encode_opening_stand({}), [](ByteView b) { return decode_opening_stand(b); });
}

TEST(OpeningCalls, AnotherFormIsNotRead) {
  const auto altered = [](Bytes bytes) {
    bytes[4] ^= 1;
    return bytes;
  };
  EXPECT_FALSE(decode_opening_call(Epoch(3), altered(encode_opening_call(sample_opening_call()))));
  EXPECT_FALSE(decode_opening_share(Epoch(3), altered(encode_opening_share(sample_opening_message(1)))));
  EXPECT_FALSE(decode_opening_stand(altered(encode_opening_stand({}))));
}

TEST(OpeningCalls, ThereAreThreeVerdicts) {
  Bytes bytes = encode_opening_stand({});
  bytes[bytes.size() - 5] = 3;
  EXPECT_EQ(decode_opening_stand(bytes).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mc::client
