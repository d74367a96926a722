// SPDX-License-Identifier: Apache-2.0
#include "protocol/refresh_message.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "fhe/threshold/release.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kRequestMagic = "MCRQ";
constexpr std::string_view kMessageMagic = "MCRM";

Status read_magic(Reader& reader, std::string_view magic, const char* what) {
  MC_TRY(const ByteView found, reader.raw(magic.size()));
  if (!std::ranges::equal(found, view_of(magic))) return fail(reader.error(what));
  return {};
}

}  // namespace

Hash256 hash_refresh_inputs(const fhe::Params& params, const fhe::RefreshMap& map,
                            std::span<const fhe::Ciphertext> inputs, std::span<const Hash256> multiplicands) {
  return hash_refresh_inputs(params, map, inputs, multiplicands, fhe::opened_heads(params, inputs, map));
}

Hash256 hash_refresh_inputs(const fhe::Params& params, const fhe::RefreshMap& map,
                            std::span<const fhe::Ciphertext> inputs, std::span<const Hash256> multiplicands,
                            std::span<const std::uint64_t> heads) {
  MC_CHECK(inputs.size() == multiplicands.size());
  const bool is_whole = map.extraction == fhe::RefreshMap::Extraction::kPolynomials;
  Sha256 hash("medcommons/refresh/inputs/v1");
  hash.update_u64(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Writer head;
    head.u32(inputs[i].epoch.value);
    head.u32(inputs[i].level().value);
    fhe::write_scale(head, inputs[i].scale);
    hash.update_sized(head.bytes()).update(multiplicands[i].view());
    if (is_whole) hash.update(fhe::hash_poly(params, inputs[i].parts[0]).view());
  }
  for (const std::uint64_t residue : heads) hash.update_u64(residue);
  return hash.finish();
}

Hash256 hash_refresh_request(const fhe::Params& params, const RefreshRequest& request) {
  return Sha256("medcommons/refresh/request/v1")
      .update(request.run.view())
      .update_u64(request.step)
      .update_u64(request.epoch.value)
      .update(request.inputs.view())
      .update(fhe::hash_refresh_map(params, request.map).view())
      .finish();
}

Bytes encode_refresh_request(const fhe::Params& params, const RefreshRequest& request) {
  Writer writer;
  writer.raw(view_of(kRequestMagic));
  writer.hash(request.run);
  writer.u32(request.step);
  writer.u32(request.epoch.value);
  writer.hash(request.inputs);
  fhe::write_refresh_map(writer, request.map, params);
  return std::move(writer).bytes();
}

Result<RefreshRequest> decode_refresh_request(const fhe::Params& params, ByteView bytes) {
  Reader reader(bytes, "refresh request");
  MC_TRY_STATUS(read_magic(reader, kRequestMagic, "not a refresh request"));
  RefreshRequest request;
  MC_TRY(request.run, reader.hash());
  MC_TRY(request.step, reader.u32());
  MC_TRY(request.epoch.value, reader.u32());
  MC_TRY(request.inputs, reader.hash());
  MC_TRY(request.map, fhe::read_refresh_map(reader, params));
  MC_TRY_STATUS(reader.finish());
  return request;
}

Bytes encode_refresh_message(const RefreshMessage& message) {
  Writer writer;
  writer.raw(view_of(kMessageMagic));
  writer.u32(message.statement.epoch.value);
  writer.hash(message.statement.subject);
  write_statement(writer, message.statement);
  write_piece_bytes(writer, message.bytes);
  return std::move(writer).bytes();
}

Result<RefreshMessage> decode_refresh_message(const fhe::Params& params, const fhe::RefreshMap& map, ByteView bytes) {
  Reader reader(bytes, "refresh message");
  MC_TRY_STATUS(read_magic(reader, kMessageMagic, "not a refresh message"));
  MC_TRY(const std::uint32_t epoch, reader.u32());
  MC_TRY(const Hash256 subject, reader.hash());
  RefreshMessage message;
  MC_TRY(message.statement, read_statement(reader, Statement::Kind::kRefresh, Epoch(epoch), subject));
  MC_TRY(message.bytes, read_piece_bytes(reader, fhe::refresh_share_bytes(params, map)));
  MC_TRY_STATUS(reader.finish());
  return message;
}

}  // namespace mc::protocol
