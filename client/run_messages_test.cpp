// SPDX-License-Identifier: Apache-2.0
#include "client/run_messages.hpp"

#include <gtest/gtest.h>

namespace mc::client {
namespace {

RunMessage sample_refresh_message(std::uint8_t custodian) {
  RunMessage message;
  message.subject = Sha256("subject").finish();
  message.statement.kind = protocol::Statement::Kind::kRefresh;
  message.statement.custodian = CustodianId(custodian);
  message.statement.epoch = Epoch(3);
  message.statement.subject = message.subject;
  message.statement.public_part = Sha256("public").finish();
  message.statement.hashes = {{fhe::PieceId(1), Sha256("a").finish()}, {fhe::PieceId(2), Sha256("b").finish()}};
  message.bytes = {{fhe::PieceId(2), {1, 2, 3}}};
  return message;
}

RunStepCall sample_step_call() {
  return {Sha256("run").finish(), 7, {fhe::PieceId(4)}, {sample_refresh_message(0), sample_refresh_message(2)}};
}

RunReceipt sample_run_receipt() {
  RunReceipt receipt;
  receipt.query.result = Sha256("result").finish();
  receipt.query.sigma_log2 = {20, 21};
  receipt.query.multiplicands = {Sha256("m").finish(), Sha256("n").finish()};
  receipt.refreshes = 62;
  receipt.verified = true;
  receipt.numbers = {{1, 2, 3}, {}};
  receipt.heads = {Sha256("h").finish(), Sha256("i").finish()};
  return receipt;
}

TEST(RunMessages, WhatIsWrittenIsRead) {
  EXPECT_EQ(decode_run_step_call(Epoch(3), encode_run_step_call(sample_step_call())).value(), sample_step_call());
  const RunReply share = RunShare{9, sample_refresh_message(1)};
  EXPECT_EQ(decode_run_reply(Epoch(3), encode_run_reply(share)).value(), share);
  const RunReply receipt = sample_run_receipt();
  EXPECT_EQ(decode_run_reply(Epoch(3), encode_run_reply(receipt)).value(), receipt);
  const RunReply pending = RunPending{11};
  EXPECT_EQ(decode_run_reply(Epoch(3), encode_run_reply(pending)).value(), pending);
  EXPECT_EQ(decode_run_receipt(encode_run_receipt(sample_run_receipt())).value(), sample_run_receipt());
}

TEST(RunMessages, ACustodianGetsWhatOthersSaidWithoutBytesOfPiecesThatSheHolds) {
  const auto shape = fhe::CommitteeShape::create(3, 2).value();
  std::map<CustodianId, RunMessage> said;
  for (std::uint8_t i = 0; i < 3; ++i) {
    said[CustodianId(i)] = sample_refresh_message(i);
    said[CustodianId(i)].bytes.clear();
    for (const fhe::PieceId piece : shape.pieces_of(CustodianId(i))) said[CustodianId(i)].bytes.push_back({piece, {i}});
  }
  const CustodianId receiver(1);
  const auto messages = said_by_others(receiver, shape, said);
  ASSERT_EQ(messages.size(), 2U);
  for (const RunMessage& message : messages) {
    EXPECT_NE(message.statement.custodian, receiver);
    EXPECT_EQ(message.statement, said[message.statement.custodian].statement);
    ASSERT_EQ(message.bytes.size(), 1U);  // of two pieces she holds one
    EXPECT_FALSE(shape.holds(receiver, message.bytes[0].piece));
  }
}

TEST(RunMessages, EveryTruncationAndEveryByteTooManyIsRefused) {
  Bytes call = encode_run_step_call(sample_step_call());
  for (std::size_t size = 0; size < call.size(); ++size) {
    EXPECT_FALSE(decode_run_step_call(Epoch(3), ByteView(call).first(size))) << size;
  }
  call.push_back(0);
  EXPECT_FALSE(decode_run_step_call(Epoch(3), call));
  for (const RunReply& reply :
       {RunReply(RunShare{9, sample_refresh_message(1)}), RunReply(sample_run_receipt()), RunReply(RunPending{11})}) {
    Bytes bytes = encode_run_reply(reply);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_run_reply(Epoch(3), ByteView(bytes).first(size))) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_run_reply(Epoch(3), bytes));
  }
}

TEST(RunMessages, NoOtherKindOfReplyIsRead) {
  Bytes bytes = encode_run_reply(RunShare{9, sample_refresh_message(1)});
  bytes[4 + std::string_view("medcommons/run-reply/1").size()] = 4;
  EXPECT_EQ(decode_run_reply(Epoch(3), bytes).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mc::client
