// SPDX-License-Identifier: Apache-2.0
#include "client/count_calls.hpp"

#include <algorithm>

#include "client/message_format.hpp"
#include "client/release_request.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kCountsFormat = "medcommons/counts-call/1";
constexpr std::string_view kVerdictCallFormat = "medcommons/verdict-call/1";
constexpr std::string_view kVerdictFormat = "medcommons/verdict/5";
constexpr std::string_view kSigmasCallFormat = "medcommons/sigmas-call/1";
constexpr std::size_t kCallBytesMax = std::size_t{1} << 20;
constexpr std::size_t kKeyBytesMax = 256;
constexpr std::size_t kCustodiansMax = 32;
constexpr std::size_t kSentenceBytesMax = 1024;

}  // namespace

Bytes encode_counts_call(const CountsCall& call) {
  Writer writer;
  writer.text(kCountsFormat);
  writer.sized(encode_release_call(call.call));
  writer.u32(static_cast<std::uint32_t>(call.keys.size()));
  for (const protocol::CountKey& key : call.keys) writer.sized(protocol::encode_count_key(key));
  return std::move(writer).bytes();
}

Result<CountsCall> decode_counts_call(ByteView bytes) {
  Reader reader(bytes, "counts call");
  MC_TRY_STATUS(expect_format(reader, kCountsFormat));
  CountsCall call;
  MC_TRY(const ByteView release, reader.sized(kCallBytesMax));
  MC_TRY(call.call, decode_release_call(release));
  MC_TRY(const std::uint32_t keys, reader.count(kCustodiansMax, 4));
  for (std::uint32_t i = 0; i < keys; ++i) {
    MC_TRY(const ByteView key, reader.sized(kKeyBytesMax));
    MC_TRY(call.keys.emplace_back(), protocol::decode_count_key(key));
  }
  MC_TRY_STATUS(reader.finish());
  return call;
}

Bytes encode_verdict_call(const VerdictCall& call) {
  Writer writer;
  writer.text(kVerdictCallFormat);
  writer.hash(call.authorisation);
  writer.u32(static_cast<std::uint32_t>(call.messages.size()));
  for (const protocol::CountMessage& message : call.messages) writer.sized(protocol::encode_count_message(message));
  return std::move(writer).bytes();
}

Result<VerdictCall> decode_verdict_call(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "verdict call");
  MC_TRY_STATUS(expect_format(reader, kVerdictCallFormat));
  VerdictCall call;
  MC_TRY(call.authorisation, reader.hash());
  MC_TRY(const std::uint32_t messages, reader.count(kCustodiansMax, 4));
  for (std::uint32_t i = 0; i < messages; ++i) {
    MC_TRY(const ByteView message, reader.sized(kCountBytesMax));
    MC_TRY(call.messages.emplace_back(), protocol::decode_count_message(params, message));
  }
  MC_TRY_STATUS(reader.finish());
  return call;
}

Bytes encode_sigmas_call(std::span<const Hash256> multiplicands) {
  Writer writer;
  writer.text(kSigmasCallFormat);
  writer.u32(static_cast<std::uint32_t>(multiplicands.size()));
  for (const Hash256& multiplicand : multiplicands) writer.hash(multiplicand);
  return std::move(writer).bytes();
}

Result<std::vector<Hash256>> decode_sigmas_call(ByteView bytes) {
  Reader reader(bytes, "sigmas call");
  MC_TRY_STATUS(expect_format(reader, kSigmasCallFormat));
  MC_TRY(const std::uint32_t count, reader.count(query::kAnswersMax, 32));
  std::vector<Hash256> multiplicands;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(multiplicands.emplace_back(), reader.hash());
  }
  MC_TRY_STATUS(reader.finish());
  return multiplicands;
}

Bytes encode_verdict(const query::GuardedVerdict& verdict) {
  Writer writer;
  writer.text(kVerdictFormat);
  writer.u8(verdict.refused ? 1 : 0);
  writer.u8(static_cast<std::uint8_t>(verdict.rule));
  writer.text(verdict.sentence);
  writer.sized(verdict.shown);
  writer.u32(verdict.steps);
  write_left_out(writer, verdict.left_out);
  writer.text(verdict.ended_by);
  return std::move(writer).bytes();
}

Result<query::GuardedVerdict> decode_verdict(ByteView bytes) {
  Reader reader(bytes, "verdict");
  MC_TRY_STATUS(expect_format(reader, kVerdictFormat));
  query::GuardedVerdict verdict;
  MC_TRY(const std::uint8_t refused, reader.u8());
  MC_TRY(const std::uint8_t rule, reader.u8());
  MC_TRY(verdict.sentence, reader.text(kSentenceBytesMax));
  MC_TRY(const ByteView shown, reader.sized(query::kCellsMax));
  verdict.shown.assign(shown.begin(), shown.end());
  MC_TRY(verdict.steps, reader.u32());
  MC_TRY(verdict.left_out, read_left_out(reader));
  MC_TRY(verdict.ended_by, reader.text(kSentenceBytesMax));
  verdict.refused = refused == 1;
  verdict.rule = static_cast<query::DisclosureRule>(rule);
  const bool is_rule = rule <= (verdict.refused ? static_cast<std::uint8_t>(query::DisclosureRule::kLargestShare) : 0);
  const bool is_bits = std::ranges::all_of(verdict.shown, [](std::uint8_t bit) { return bit <= 1; });
  const bool shows_something = std::ranges::count(verdict.shown, 1) != 0;
  if (refused > 1 || !is_rule || !is_bits || shows_something == verdict.refused ||
      verdict.sentence.empty() == verdict.refused ||
      (verdict.refused && (verdict.steps != 0 || !verdict.left_out.empty() || !verdict.ended_by.empty()))) {
    return fail(reader.error("it is no verdict"));
  }
  MC_TRY_STATUS(reader.finish());
  return verdict;
}

}  // namespace mc::client
