// SPDX-License-Identifier: Apache-2.0
// The collective public and relinearisation keys as they travel, and the check that they are what the custodians
// committed to on chain: whoever hands them over is trusted for nothing.
#pragma once

#include "client/store_client.hpp"
#include "fhe/threshold/galois_keygen.hpp"
#include "governance/commons_chain.hpp"

namespace mc::client {

struct CollectiveKeys {
  fhe::WidePublicKey public_key;  // narrow_public_key encrypts
  fhe::RelinKey relin_key;
  Hash256 transcript;                                     // of the key generation
  std::vector<std::pair<std::uint64_t, Hash256>> galois;  // Galois element and hash of every key that travels by itself
};

Bytes encode_collective_keys(const CollectiveKeys& keys, const fhe::Params& params);
Result<CollectiveKeys> decode_collective_keys(ByteView bytes, const fhe::Params& params);

/// kRefused unless hash and transcript are the commitment that every custodian of the epoch put on chain.
Status check_collective_keys(const CollectiveKeys& keys, const fhe::Params& params, Epoch epoch,
                             const governance::CommonsChain& chain);

/// One rotation or conjugation key of them, fetched from the store and checked.
///   errors  kNotFound when the keys have none for this element; kRefused for another one
Result<fhe::GaloisKey> fetch_galois_key(StoreClient& store, const fhe::Params& params, const CollectiveKeys& keys,
                                        std::uint64_t galois_element);

/// Fetched from the store and checked.
///   errors  kUnavailable while key generation is not finished; kCorrupt, kRefused for other keys than the chain's
Result<CollectiveKeys> fetch_collective_keys(StoreClient& store, const fhe::Params& params, Epoch epoch,
                                             const governance::CommonsChain& chain);

}  // namespace mc::client
