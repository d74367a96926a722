// SPDX-License-Identifier: Apache-2.0
#include "client/collective_keys.hpp"

#include "protocol/keygen_party.hpp"

namespace mc::client {

Bytes encode_collective_keys(const CollectiveKeys& keys, const fhe::Params& params) {
  Writer writer;
  writer.text("medcommons/keys/1");
  writer.hash(keys.transcript);
  fhe::write_public_key(writer, keys.public_key, params);
  fhe::write_relin_key(writer, keys.relin_key, params);
  return std::move(writer).bytes();
}

Result<CollectiveKeys> decode_collective_keys(ByteView bytes, const fhe::Params& params) {
  Reader reader(bytes, "collective keys");
  MC_TRY(const std::string format, reader.text(64));
  if (format != "medcommons/keys/1") return fail(Code::kUnsupported, "collective keys: unknown format");
  CollectiveKeys keys;
  MC_TRY(keys.transcript, reader.hash());
  MC_TRY(keys.public_key, fhe::read_public_key(reader, params));
  MC_TRY(keys.relin_key, fhe::read_relin_key(reader, params));
  MC_TRY_STATUS(reader.finish());
  return keys;
}

Status check_collective_keys(const CollectiveKeys& keys, const fhe::Params& params, Epoch epoch,
                             const governance::CommonsChain& chain) {
  MC_TRY(const Hash256 on_chain, chain.epoch_key(epoch));
  const Hash256 hash = protocol::hash_keys(params, keys.public_key, keys.relin_key);
  if (protocol::key_commitment(hash, keys.transcript) != on_chain) {
    return fail(Code::kRefused, "the collective keys of epoch " + std::to_string(epoch.value) +
                                    " are not the ones that the custodians committed to on chain");
  }
  return {};
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
