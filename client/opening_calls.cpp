// SPDX-License-Identifier: Apache-2.0
#include "client/opening_calls.hpp"

#include "client/message_format.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kCallFormat = "medcommons/opening-call/1";
constexpr std::string_view kShareFormat = "medcommons/opening-share/1";
constexpr std::string_view kStandFormat = "medcommons/opening-stand/1";
constexpr auto kOpening = protocol::Statement::Kind::kOpening;

}  // namespace

Bytes encode_opening_call(const OpeningCall& call) {
  Writer writer;
  writer.text(kCallFormat);
  writer.hash(call.manifest);
  writer.u32(call.entry);
  write_carried(writer, call.bytes_for, call.messages);
  return std::move(writer).bytes();
}

Result<OpeningCall> decode_opening_call(Epoch epoch, ByteView bytes) {
  Reader reader(bytes, "opening call");
  MC_TRY_STATUS(expect_format(reader, kCallFormat));
  OpeningCall call;
  MC_TRY(call.manifest, reader.hash());
  MC_TRY(call.entry, reader.u32());
  MC_TRY_STATUS(read_carried(reader, kOpening, epoch, call.bytes_for, call.messages));
  MC_TRY_STATUS(reader.finish());
  return call;
}

Bytes encode_opening_share(const RunMessage& message) {
  Writer writer;
  writer.text(kShareFormat);
  write_run_message(writer, message);
  return std::move(writer).bytes();
}

Result<RunMessage> decode_opening_share(Epoch epoch, ByteView bytes) {
  Reader reader(bytes, "share of an opening");
  MC_TRY_STATUS(expect_format(reader, kShareFormat));
  MC_TRY(RunMessage message, read_run_message(reader, kOpening, epoch));
  MC_TRY_STATUS(reader.finish());
  return message;
}

Bytes encode_opening_stand(const OpeningStand& stand) {
  Writer writer;
  writer.text(kStandFormat);
  writer.u8(static_cast<std::uint8_t>(stand.verdict));
  writer.u32(stand.next);
  return std::move(writer).bytes();
}

Result<OpeningStand> decode_opening_stand(ByteView bytes) {
  Reader reader(bytes, "stand of an opening");
  MC_TRY_STATUS(expect_format(reader, kStandFormat));
  OpeningStand stand;
  MC_TRY(const std::uint8_t verdict, reader.u8());
  if (verdict > static_cast<std::uint8_t>(OpeningStand::Verdict::kRefused)) {
    return fail(reader.error("no such verdict: " + std::to_string(verdict)));
  }
  stand.verdict = static_cast<OpeningStand::Verdict>(verdict);
  MC_TRY(stand.next, reader.u32());
  MC_TRY_STATUS(reader.finish());
  return stand;
}

}  // namespace mc::client
