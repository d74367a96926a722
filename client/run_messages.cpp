// SPDX-License-Identifier: Apache-2.0
#include "client/run_messages.hpp"

#include "client/message_format.hpp"
#include "query/bind/parameters.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kStepFormat = "medcommons/run-step/1";
constexpr std::string_view kReplyFormat = "medcommons/run-reply/3";
constexpr std::string_view kRunReceiptFormat = "medcommons/run-receipt/3";
constexpr std::size_t kQueryReceiptBytesMax = std::size_t{1} << 20;

enum class ReplyKind : std::uint8_t { kShare = 1, kReceipt = 2, kPending = 3 };

/// Room for the bytes of pieces, megabytes of them, and for what stands around them.
void reserve_for(Writer& writer, std::span<const RunMessage> messages) {
  constexpr std::size_t kAround = 4096;
  std::size_t size = kAround;
  for (const RunMessage& message : messages) {
    for (const protocol::PieceBytes& entry : message.bytes) size += entry.bytes.size() + kAround;
  }
  writer.reserve(size);
}

constexpr auto kRefresh = protocol::Statement::Kind::kRefresh;

}  // namespace

void write_run_message(Writer& writer, const RunMessage& message) {
  writer.hash(message.subject);
  protocol::write_statement(writer, message.statement);
  protocol::write_piece_bytes(writer, message.bytes);
}

Result<RunMessage> read_run_message(Reader& reader, protocol::Statement::Kind kind, Epoch epoch) {
  RunMessage message;
  MC_TRY(message.subject, reader.hash());
  MC_TRY(message.statement, protocol::read_statement(reader, kind, epoch, message.subject));
  MC_TRY(message.bytes, protocol::read_piece_bytes(reader, kRunBytesMax));
  return message;
}

void write_carried(Writer& writer, std::span<const fhe::PieceId> bytes_for, std::span<const RunMessage> messages) {
  writer.u32(static_cast<std::uint32_t>(bytes_for.size()));
  for (const fhe::PieceId piece : bytes_for) writer.u64(piece.value);
  writer.u32(static_cast<std::uint32_t>(messages.size()));
  for (const RunMessage& message : messages) write_run_message(writer, message);
}

Status read_carried(Reader& reader, protocol::Statement::Kind kind, Epoch epoch, std::vector<fhe::PieceId>& bytes_for,
                    std::vector<RunMessage>& messages) {
  MC_TRY(const std::uint32_t pieces, reader.count(fhe::kPiecesMax, 8));
  for (std::uint32_t i = 0; i < pieces; ++i) {
    MC_TRY(const std::uint64_t piece, reader.u64());
    bytes_for.emplace_back(piece);
  }
  MC_TRY(const std::uint32_t count, reader.count(kRunMessagesMax, 32));
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(RunMessage message, read_run_message(reader, kind, epoch));
    messages.push_back(std::move(message));
  }
  return {};
}

std::vector<RunMessage> said_by_others(CustodianId receiver, const fhe::CommitteeShape& shape,
                                       const std::map<CustodianId, RunMessage>& said) {
  std::vector<RunMessage> messages;
  for (const auto& [from, message] : said) {
    if (from == receiver) continue;
    RunMessage copy{message.subject, message.statement, {}};
    for (const protocol::PieceBytes& piece : message.bytes) {
      if (!shape.holds(receiver, piece.piece)) copy.bytes.push_back(piece);
    }
    messages.push_back(std::move(copy));
  }
  return messages;
}

Bytes encode_run_step_call(const RunStepCall& call) {
  Writer writer;
  reserve_for(writer, call.messages);
  writer.text(kStepFormat);
  writer.hash(call.run);
  writer.u32(call.step);
  write_carried(writer, call.bytes_for, call.messages);
  return std::move(writer).bytes();
}

Result<RunStepCall> decode_run_step_call(Epoch epoch, ByteView bytes) {
  Reader reader(bytes, "run step call");
  MC_TRY_STATUS(expect_format(reader, kStepFormat));
  RunStepCall call;
  MC_TRY(call.run, reader.hash());
  MC_TRY(call.step, reader.u32());
  MC_TRY_STATUS(read_carried(reader, kRefresh, epoch, call.bytes_for, call.messages));
  MC_TRY_STATUS(reader.finish());
  return call;
}

Bytes encode_run_receipt(const RunReceipt& receipt) {
  Writer writer;
  writer.text(kRunReceiptFormat);
  writer.sized(encode_query_receipt(receipt.query));
  writer.u32(receipt.refreshes);
  writer.u8(receipt.verified ? 1 : 0);
  writer.u32(static_cast<std::uint32_t>(receipt.numbers.size()));
  for (const Bytes& number : receipt.numbers) writer.sized(number);
  writer.u32(static_cast<std::uint32_t>(receipt.heads.size()));
  for (const Hash256& head : receipt.heads) writer.hash(head);
  return std::move(writer).bytes();
}

Result<RunReceipt> decode_run_receipt(ByteView bytes) {
  Reader reader(bytes, "run receipt");
  MC_TRY_STATUS(expect_format(reader, kRunReceiptFormat));
  RunReceipt receipt;
  MC_TRY(const ByteView query, reader.sized(kQueryReceiptBytesMax));
  MC_TRY(receipt.query, decode_query_receipt(query));
  MC_TRY(receipt.refreshes, reader.u32());
  MC_TRY(const std::uint8_t verified, reader.u8());
  if (verified > 1) return fail(reader.error("a flag is neither 0 nor 1"));
  receipt.verified = verified == 1;
  MC_TRY(const std::uint32_t numbers, reader.count(query::kParameterBitsMax, 4));
  for (std::uint32_t i = 0; i < numbers; ++i) {
    MC_TRY(const ByteView number, reader.sized(kRunBytesMax));
    receipt.numbers.emplace_back(number.begin(), number.end());
  }
  MC_TRY(const std::uint32_t heads, reader.count(fhe::kAnswersMax, 32));
  for (std::uint32_t i = 0; i < heads; ++i) {
    MC_TRY(receipt.heads.emplace_back(), reader.hash());
  }
  MC_TRY_STATUS(reader.finish());
  return receipt;
}

Bytes encode_run_reply(const RunReply& reply) {
  Writer writer;
  writer.text(kReplyFormat);
  if (const auto* share = std::get_if<RunShare>(&reply)) {
    reserve_for(writer, {&share->message, 1});
    writer.u8(static_cast<std::uint8_t>(ReplyKind::kShare));
    writer.u32(share->step);
    write_run_message(writer, share->message);
  } else if (const auto* pending = std::get_if<RunPending>(&reply)) {
    writer.u8(static_cast<std::uint8_t>(ReplyKind::kPending));
    writer.u32(pending->step);
  } else {
    writer.u8(static_cast<std::uint8_t>(ReplyKind::kReceipt));
    writer.sized(encode_run_receipt(std::get<RunReceipt>(reply)));
  }
  return std::move(writer).bytes();
}

Result<RunReply> decode_run_reply(Epoch epoch, ByteView bytes) {
  Reader reader(bytes, "run reply");
  MC_TRY_STATUS(expect_format(reader, kReplyFormat));
  MC_TRY(const std::uint8_t kind, reader.u8());
  if (kind == static_cast<std::uint8_t>(ReplyKind::kShare)) {
    RunShare share;
    MC_TRY(share.step, reader.u32());
    MC_TRY(share.message, read_run_message(reader, kRefresh, epoch));
    MC_TRY_STATUS(reader.finish());
    return RunReply(std::move(share));
  }
  if (kind == static_cast<std::uint8_t>(ReplyKind::kPending)) {
    RunPending pending;
    MC_TRY(pending.step, reader.u32());
    MC_TRY_STATUS(reader.finish());
    return RunReply(pending);
  }
  if (kind != static_cast<std::uint8_t>(ReplyKind::kReceipt)) {
    return fail(reader.error("no such kind of reply: " + std::to_string(kind)));
  }
  MC_TRY(const ByteView bytes_of_receipt, reader.sized(kRunBytesMax));
  MC_TRY(RunReceipt receipt, decode_run_receipt(bytes_of_receipt));
  MC_TRY_STATUS(reader.finish());
  return RunReply(std::move(receipt));
}

}  // namespace mc::client
