// SPDX-License-Identifier: Apache-2.0
#include "client/run_messages.hpp"

#include <gtest/gtest.h>

namespace mc::client {
namespace {

RunMessage sample_message(std::uint8_t custodian) {
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

RunStepCall sample_call() {
  return {Sha256("run").finish(), 7, {fhe::PieceId(4)}, {sample_message(0), sample_message(2)}};
}

RunReceipt sample_receipt() {
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
  EXPECT_EQ(decode_run_step_call(Epoch(3), encode_run_step_call(sample_call())).value(), sample_call());
  const RunReply share = RunShare{9, sample_message(1)};
  EXPECT_EQ(decode_run_reply(Epoch(3), encode_run_reply(share)).value(), share);
  const RunReply receipt = sample_receipt();
  EXPECT_EQ(decode_run_reply(Epoch(3), encode_run_reply(receipt)).value(), receipt);
  EXPECT_EQ(decode_run_receipt(encode_run_receipt(sample_receipt())).value(), sample_receipt());
}

TEST(RunMessages, EveryTruncationAndEveryByteTooManyIsRefused) {
  Bytes call = encode_run_step_call(sample_call());
  for (std::size_t size = 0; size < call.size(); ++size) {
    EXPECT_FALSE(decode_run_step_call(Epoch(3), ByteView(call).first(size))) << size;
  }
  call.push_back(0);
  EXPECT_FALSE(decode_run_step_call(Epoch(3), call));
  for (const RunReply& reply : {RunReply(RunShare{9, sample_message(1)}), RunReply(sample_receipt())}) {
    Bytes bytes = encode_run_reply(reply);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_run_reply(Epoch(3), ByteView(bytes).first(size))) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_run_reply(Epoch(3), bytes));
  }
}

TEST(RunMessages, NoOtherKindOfReplyIsRead) {
  Bytes bytes = encode_run_reply(RunShare{9, sample_message(1)});
  bytes[4 + std::string_view("medcommons/run-reply/1").size()] = 3;
  EXPECT_EQ(decode_run_reply(Epoch(3), bytes).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mc::client
