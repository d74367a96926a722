// SPDX-License-Identifier: Apache-2.0
#include "client/collective_keys.hpp"

#include <algorithm>

#include "protocol/keygen_record.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kFormat = "medcommons/keys/2";

}  // namespace

Bytes encode_collective_keys(const CollectiveKeys& keys, const fhe::Params& params) {
  Writer writer;
  writer.text(kFormat);
  writer.hash(keys.transcript);
  writer.u32(static_cast<std::uint32_t>(keys.galois.size()));
  for (const auto& [element, hash] : keys.galois) {
    writer.u32(static_cast<std::uint32_t>(element));
    writer.hash(hash);
  }
  fhe::write_wide_public_key(writer, keys.public_key, params);
  fhe::write_relin_key(writer, keys.relin_key, params);
  return std::move(writer).bytes();
}

Result<CollectiveKeys> decode_collective_keys(ByteView bytes, const fhe::Params& params) {
  Reader reader(bytes, "collective keys");
  MC_TRY(const std::string format, reader.text(64));
  if (format != kFormat) return fail(Code::kUnsupported, "collective keys: unknown format");
  CollectiveKeys keys;
  MC_TRY(keys.transcript, reader.hash());
  MC_TRY(const std::uint32_t count, reader.count(fhe::kGaloisElementsMax, 36));
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const std::uint32_t element, reader.u32());
    MC_TRY(const Hash256 hash, reader.hash());
    keys.galois.emplace_back(element, hash);
  }
  MC_TRY(keys.public_key, fhe::read_wide_public_key(reader, params));
  MC_TRY(keys.relin_key, fhe::read_relin_key(reader, params));
  MC_TRY_STATUS(reader.finish());
  return keys;
}

Status check_collective_keys(const CollectiveKeys& keys, const fhe::Params& params, Epoch epoch,
                             const governance::CommonsChain& chain) {
  MC_TRY(const Hash256 on_chain, chain.epoch_key(epoch));
  const protocol::KeyHashes hashes{protocol::hash_public_key(params, keys.public_key),
                                   protocol::hash_relin_key(params, keys.relin_key), keys.galois};
  if (protocol::key_commitment(hashes.all(), keys.transcript) != on_chain) {
    return fail(Code::kRefused, "the collective keys of epoch " + std::to_string(epoch.value) +
                                    " are not the ones that the custodians committed to on chain");
  }
  return {};
}

Result<fhe::GaloisKey> fetch_galois_key(StoreClient& store, const fhe::Params& params, const CollectiveKeys& keys,
                                        std::uint64_t galois_element) {
  const auto named = std::ranges::find(keys.galois, galois_element, &std::pair<std::uint64_t, Hash256>::first);
  const std::string what = "the key for Galois element " + std::to_string(galois_element);
  if (named == keys.galois.end()) {
    return fail(Code::kNotFound, "the custodians made no key for Galois element " + std::to_string(galois_element));
  }
  MC_TRY(const Bytes bytes, store.galois_key(keys.public_key.epoch.value, galois_element));
  if (sha256(bytes) != named->second) {
    return fail(Code::kRefused, what + " is not the one that the custodians committed to on chain");
  }
  Reader reader(bytes, what);
  MC_TRY(fhe::GaloisKey key, fhe::read_galois_key(reader, params));
  MC_TRY_STATUS(reader.finish());
  return key;
}

Result<CollectiveKeys> fetch_collective_keys(StoreClient& store, const fhe::Params& params, Epoch epoch,
                                             const governance::CommonsChain& chain) {
  MC_TRY(const Bytes bytes, store.collective_keys(epoch.value));
  MC_TRY(CollectiveKeys keys, decode_collective_keys(bytes, params));
  MC_TRY_STATUS(check_collective_keys(keys, params, epoch, chain));
  keys.public_key.epoch = keys.relin_key.epoch = epoch;
  return keys;
}

}  // namespace mc::client
