// SPDX-License-Identifier: Apache-2.0
#include "client/release_request.hpp"

#include "client/message_format.hpp"
#include "client/sealed_parameters.hpp"
#include "fhe/threshold/release.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kCallFormat = "medcommons/release-call/4";
constexpr std::string_view kReceiptFormat = "medcommons/query-receipt/2";
constexpr std::string_view kQueryFormat = "medcommons/query-call/3";
constexpr std::size_t kAuthorisationBytesMax = 64 * 1024;

}  // namespace

governance::Authorisation chain_record(const protocol::Authorisation& authorisation) {
  governance::Authorisation record;
  record.study = authorisation.study;
  record.release_number = authorisation.release_number;
  record.plan = authorisation.plan;
  record.data_root = authorisation.data_root;
  record.consent_root = authorisation.consent_root;
  record.mask = authorisation.mask;
  record.result = authorisation.result;
  record.requester_key = authorisation.requester_key;
  record.sigmas = sha256(authorisation.sigma_log2);
  record.rho_micro = (authorisation.rho_nano + 999) / 1000;
  if (authorisation.opens_counts) record.rho_counts_micro = record.rho_micro;
  record.hash = protocol::hash_authorisation(authorisation);
  return record;
}

void write_left_out(Writer& writer, std::span<const query::MomentId> left_out) {
  writer.u32(static_cast<std::uint32_t>(left_out.size()));
  for (const query::MomentId id : left_out) writer.u32(id.value);
}

Result<std::vector<query::MomentId>> read_left_out(Reader& reader) {
  MC_TRY(const std::uint32_t count, reader.count(query::kAnswersMax, 4));
  std::vector<query::MomentId> left_out;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const std::uint32_t id, reader.u32());
    if (!left_out.empty() && id <= left_out.back().value) {
      return fail(reader.error("sums that are left out do not ascend"));
    }
    left_out.emplace_back(id);
  }
  return left_out;
}

Bytes encode_release_call(const ReleaseCall& call) {
  Writer writer;
  writer.text(kCallFormat);
  writer.sized(protocol::encode_authorisation(call.authorisation));
  writer.text(call.sql);
  writer.u32(static_cast<std::uint32_t>(call.bytes_for.size()));
  for (const fhe::PieceId piece : call.bytes_for) writer.u64(piece.value);
  writer.sized(call.shown);
  writer.u32(call.steps);
  writer.sized(call.parameters);
  write_left_out(writer, call.left_out);
  return std::move(writer).bytes();
}

Result<ReleaseCall> decode_release_call(ByteView bytes) {
  Reader reader(bytes, "release call");
  MC_TRY_STATUS(expect_format(reader, kCallFormat));
  ReleaseCall call;
  MC_TRY(const ByteView authorisation, reader.sized(kAuthorisationBytesMax));
  MC_TRY(call.authorisation, protocol::decode_authorisation(authorisation));
  MC_TRY(call.sql, reader.text(query::kSqlBytesMax));
  MC_TRY(const std::uint32_t pieces, reader.count(fhe::kPiecesMax, 8));
  for (std::uint32_t i = 0; i < pieces; ++i) {
    MC_TRY(const std::uint64_t piece, reader.u64());
    call.bytes_for.emplace_back(piece);
  }
  MC_TRY(const ByteView shown, reader.sized(query::kCellsMax));
  call.shown.assign(shown.begin(), shown.end());
  MC_TRY(call.steps, reader.u32());
  MC_TRY(const ByteView parameters, reader.sized(kSealedParametersBytesMax));
  call.parameters.assign(parameters.begin(), parameters.end());
  MC_TRY(call.left_out, read_left_out(reader));
  MC_TRY_STATUS(reader.finish());
  return call;
}

query::PlanPart part_of(const ReleaseCall& call) {
  if (call.authorisation.opens_counts) return {query::PlanPart::Kind::kCounts};
  if (call.shown.empty()) return {};
  return {query::PlanPart::Kind::kGroups, call.shown, call.steps, call.left_out};
}

Bytes encode_query_call(const QueryCall& call) {
  Writer writer;
  writer.text(kQueryFormat);
  writer.text(call.sql);
  writer.hash(call.study);
  writer.u8(static_cast<std::uint8_t>(call.part.kind));
  writer.sized(call.part.shown);
  writer.u32(call.part.steps);
  write_left_out(writer, call.part.left_out);
  writer.hash(call.parameters);
  return std::move(writer).bytes();
}

Result<QueryCall> decode_query_call(ByteView bytes) {
  Reader reader(bytes, "query");
  MC_TRY_STATUS(expect_format(reader, kQueryFormat));
  QueryCall call;
  MC_TRY(call.sql, reader.text(query::kSqlBytesMax));
  MC_TRY(call.study, reader.hash());
  MC_TRY(const std::uint8_t kind, reader.u8());
  if (kind > static_cast<std::uint8_t>(query::PlanPart::Kind::kGroups)) {
    return fail(reader.error("no such part of a plan"));
  }
  call.part.kind = static_cast<query::PlanPart::Kind>(kind);
  MC_TRY(const ByteView shown, reader.sized(query::kCellsMax));
  call.part.shown.assign(shown.begin(), shown.end());
  MC_TRY(call.part.steps, reader.u32());
  MC_TRY(call.part.left_out, read_left_out(reader));
  MC_TRY(call.parameters, reader.hash());
  MC_TRY_STATUS(reader.finish());
  return call;
}

Bytes encode_query_receipt(const QueryReceipt& receipt) {
  Writer writer;
  writer.text(kReceiptFormat);
  for (const Hash256* hash :
       {&receipt.plan, &receipt.data_root, &receipt.consent_root, &receipt.mask, &receipt.result}) {
    writer.hash(*hash);
  }
  writer.sized(receipt.sigma_log2);
  writer.u32(static_cast<std::uint32_t>(receipt.multiplicands.size()));
  for (const Hash256& multiplicand : receipt.multiplicands) writer.hash(multiplicand);
  writer.u64(receipt.bytes_read);
  writer.u32(receipt.execute_ms);
  return std::move(writer).bytes();
}

Result<QueryReceipt> decode_query_receipt(ByteView bytes) {
  Reader reader(bytes, "query receipt");
  MC_TRY_STATUS(expect_format(reader, kReceiptFormat));
  QueryReceipt receipt;
  for (Hash256* hash : {&receipt.plan, &receipt.data_root, &receipt.consent_root, &receipt.mask, &receipt.result}) {
    MC_TRY(*hash, reader.hash());
  }
  MC_TRY(const ByteView sigmas, reader.sized(fhe::kAnswersMax));
  receipt.sigma_log2.assign(sigmas.begin(), sigmas.end());
  MC_TRY(const std::uint32_t count, reader.count(fhe::kAnswersMax, 32));
  // They go on chain in the researcher's name: a node must not slip in a stranger's (R11).
  if (count != receipt.sigma_log2.size()) {
    return fail(reader.error(std::to_string(count) + " multiplicands for " + std::to_string(receipt.sigma_log2.size()) +
                             " answers"));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const Hash256 multiplicand, reader.hash());
    receipt.multiplicands.push_back(multiplicand);
  }
  MC_TRY(receipt.bytes_read, reader.u64());
  MC_TRY(receipt.execute_ms, reader.u32());
  MC_TRY_STATUS(reader.finish());
  return receipt;
}

}  // namespace mc::client
