// SPDX-License-Identifier: Apache-2.0
#include "client/store_client.hpp"

#include "base/codec.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kSmallReplyBytesMax = 64 * 1024;
constexpr std::size_t kListEntriesMax = 1'000'000;

}  // namespace

Bytes encode_list(const std::vector<Bytes>& entries) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(entries.size()));
  for (const Bytes& entry : entries) writer.sized(entry);
  return std::move(writer).bytes();
}

Result<std::vector<Bytes>> decode_list(ByteView bytes, std::size_t count_max) {
  Reader reader(bytes, "list");
  MC_TRY(const std::uint32_t count, reader.count(count_max, 4));
  std::vector<Bytes> entries;
  entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const ByteView entry, reader.sized(kListEntryBytesMax));
    entries.emplace_back(entry.begin(), entry.end());
  }
  MC_TRY_STATUS(reader.finish());
  return entries;
}

Result<Bytes> StoreClient::blob(const Hash256& name) {
  MC_TRY(Bytes bytes, unchecked_blob(name));
  if (sha256(bytes) != name) {
    return fail(Code::kCorrupt, "the store at " + transport_.url() + " gave other bytes for " + name.hex());
  }
  return bytes;
}

Result<Bytes> StoreClient::unchecked_blob(const Hash256& name) {
  return transport_.get("/v1/blobs/" + name.hex(), kBlobReplyBytesMax);
}

Result<bool> StoreClient::has_blob(const Hash256& name) {
  MC_TRY(const Bytes reply, transport_.get("/v1/blobs/" + name.hex() + "/presence", kSmallReplyBytesMax));
  return text_of(reply) == "1";
}

Status StoreClient::put_blob(const std::string& owner, const std::string& token, const Hash256& name, ByteView bytes) {
  const std::string path = "/v1/owners/" + owner + "/blobs/" + name.hex() + "?token=" + token;
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, bytes, kBinary, kSmallReplyBytesMax));
  return {};
}

Status StoreClient::announce_publication() {
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.post("/v1/publications", {}, kBinary, kSmallReplyBytesMax));
  return {};
}

Status StoreClient::put_study_document(const Hash256& study, const Hash256& name, ByteView bytes) {
  const std::string path = "/v1/studies/" + study.hex() + "/documents/" + name.hex();
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, bytes, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<std::vector<Bytes>> StoreClient::statements(std::uint64_t from) {
  std::vector<Bytes> all;
  while (true) {
    const std::string path = "/v1/consent/statements?from=" + std::to_string(from + all.size());
    MC_TRY(const Bytes reply, transport_.get(path, kListReplyBytesMax));
    MC_TRY(std::vector<Bytes> part, decode_list(reply, kListEntriesMax));
    if (part.empty()) return all;
    // A store that never comes to an end must not fill our memory.
    if (all.size() + part.size() > kListEntriesMax) {
      return fail(Code::kLimit, "the store at " + transport_.url() + " shows more than " +
                                    std::to_string(kListEntriesMax) + " consent statements");
    }
    for (Bytes& entry : part) all.push_back(std::move(entry));
  }
}

Status StoreClient::post_statement(ByteView statement) {
  MC_TRY([[maybe_unused]] const Bytes reply,
         transport_.post("/v1/consent/statements", statement, kBinary, kSmallReplyBytesMax));
  return {};
}

Status StoreClient::post_statements(const std::vector<Bytes>& statements) {
  if (statements.size() > kStatementsPerBatchMax) {
    return fail(Code::kLimit, "a batch of " + std::to_string(statements.size()) + " consent statements, at most " +
                                  std::to_string(kStatementsPerBatchMax) + " go together");
  }
  const Bytes batch = encode_list(statements);
  if (batch.size() > kBatchBytesMax) {
    return fail(Code::kLimit, "a batch of consent statements has " + std::to_string(batch.size()) + " bytes, at most " +
                                  std::to_string(kBatchBytesMax) + " go together");
  }
  MC_TRY([[maybe_unused]] const Bytes reply,
         transport_.post("/v1/consent/batches", batch, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<Bytes> StoreClient::risk_model(const std::string& name) {
  return transport_.get("/v1/models/" + name, kSmallReplyBytesMax);
}

Result<std::vector<Bytes>> StoreClient::risk_models() {
  MC_TRY(const Bytes reply, transport_.get("/v1/models", kListReplyBytesMax));
  return decode_list(reply, kRiskModelsMax);
}

Status StoreClient::put_risk_model(const std::string& name, ByteView text) {
  MC_TRY([[maybe_unused]] const Bytes reply,
         transport_.put("/v1/models/" + name, text, "application/json", kSmallReplyBytesMax));
  return {};
}

Result<std::vector<std::string>> StoreClient::board_slots(const Hash256& ceremony) {
  MC_TRY(const Bytes reply, transport_.get("/v1/board/" + ceremony.hex(), kListReplyBytesMax));
  MC_TRY(const std::vector<Bytes> names, decode_list(reply, kListEntriesMax));
  std::vector<std::string> slots;
  slots.reserve(names.size());
  for (const Bytes& name : names) slots.emplace_back(text_of(name));
  return slots;
}

Result<Bytes> StoreClient::board_message(const Hash256& ceremony, const std::string& slot) {
  return transport_.get("/v1/board/" + ceremony.hex() + "/" + slot, kBlobReplyBytesMax);
}

Status StoreClient::put_board_message(const Hash256& ceremony, const std::string& slot, ByteView message) {
  const std::string path = "/v1/board/" + ceremony.hex() + "/" + slot;
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, message, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<std::vector<Bytes>> StoreClient::opening_verdicts(const Hash256& manifest) {
  MC_TRY(const Bytes reply, transport_.get("/v1/verdicts/" + manifest.hex(), kSmallReplyBytesMax));
  return decode_list(reply, kOpeningVerdictsMax);
}

Status StoreClient::put_opening_verdict(const Hash256& manifest, ByteView verdict) {
  const std::string path = "/v1/verdicts/" + manifest.hex();
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, verdict, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<Bytes> StoreClient::collective_keys(std::uint32_t epoch) {
  return transport_.get("/v1/keys/" + std::to_string(epoch), kBlobReplyBytesMax);
}

Status StoreClient::put_collective_keys(std::uint32_t epoch, ByteView keys) {
  const std::string path = "/v1/keys/" + std::to_string(epoch);
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, keys, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<Bytes> StoreClient::galois_key(std::uint32_t epoch, std::uint64_t galois_element) {
  return transport_.get("/v1/keys/" + std::to_string(epoch) + "/galois/" + std::to_string(galois_element),
                        kBlobReplyBytesMax);
}

Status StoreClient::put_galois_key(std::uint32_t epoch, std::uint64_t galois_element, ByteView key) {
  const std::string path = "/v1/keys/" + std::to_string(epoch) + "/galois/" + std::to_string(galois_element);
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, key, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<Bytes> StoreClient::committee_document(std::uint32_t epoch) {
  return transport_.get("/v1/committees/" + std::to_string(epoch), kListReplyBytesMax);
}

Status StoreClient::put_committee_document(std::uint32_t epoch, ByteView document) {
  const std::string path = "/v1/committees/" + std::to_string(epoch);
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.put(path, document, kBinary, kSmallReplyBytesMax));
  return {};
}

Status StoreClient::carry(std::uint32_t epoch) {
  const std::string path = "/v1/migrations/" + std::to_string(epoch);
  MC_TRY([[maybe_unused]] const Bytes reply, transport_.post(path, {}, kBinary, kSmallReplyBytesMax));
  return {};
}

Result<Bytes> StoreClient::migration_manifest(std::uint32_t epoch) {
  return transport_.get("/v1/migrations/" + std::to_string(epoch), kBlobReplyBytesMax);
}

}  // namespace mc::client
