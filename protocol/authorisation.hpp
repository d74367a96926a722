// SPDX-License-Identifier: Apache-2.0
// The authorisation of one release (R6): everything that was decided, as canonical bytes. Its hash is recorded on chain
// and final before any share exists. It is no input to noise (R5).
#pragma once

#include <span>
#include <vector>

#include "base/workers.hpp"
#include "fhe/ckks/ciphertext.hpp"

namespace mc::protocol {

struct Authorisation {
  std::uint64_t chain_id = 0;
  Hash256 study;
  std::uint32_t release_number = 0;  // counted per study
  Epoch epoch{};
  Hash256 plan;
  Hash256 data_root;
  Hash256 consent_root;
  Hash256 mask;
  Hash256 result;  // hash_results: every ciphertext whole, with c_0, level and scale
  Hash256 requester_key;
  std::vector<std::uint8_t> sigma_log2;  // flooding per piece, one per answer
  std::uint64_t rho_nano = 0;            // zCDP debit in 10^-9; 0 in a commons founded as `exact`
  bool opens_counts = false;             // to the custodians, not to the requester (R18)
  Hash256 counts;                        // of a guarded release: the authorisation that opened its counts; else zero
  Hash256 parameters;  // SHA-256 of what the requester sealed for the plan's parameters (R23); zero where it has none
  friend bool operator==(const Authorisation&, const Authorisation&) = default;
};

Bytes encode_authorisation(const Authorisation& authorisation);
Result<Authorisation> decode_authorisation(ByteView bytes);
/// SHA-256 of encode_authorisation's bytes, nothing in front: contracts and other programs can recompute it.
Hash256 hash_authorisation(const Authorisation& authorisation);

/// SHA-256 over the count and, of every result in answer order, epoch, level, scale and the digest of each part. The
/// digest of part 1 is fhe::multiplicand_digest, which a custodian has computed already: c_1 is hashed once.
Hash256 hash_results(const fhe::Params& params, std::span<const fhe::Ciphertext> results,
                     std::span<const Hash256> multiplicands, const Workers* workers = nullptr);
/// The same of results of two parts whose digests are known: `heads` are fhe::hash_poly of parts 0.
///   range  REQUIRES as many of each (MC_CHECK)
Hash256 hash_results(Epoch epoch, std::span<const fhe::Scale> scales, std::span<const Hash256> heads,
                     std::span<const Hash256> multiplicands);
/// fhe::hash_poly of part 0 of every result.
std::vector<Hash256> head_digests(const fhe::Params& params, std::span<const fhe::Ciphertext> results,
                                  const Workers* workers = nullptr);
/// The same, computing the digests.
Hash256 hash_results(const fhe::Params& params, std::span<const fhe::Ciphertext> results);
/// fhe::multiplicand_digest of every result; zero for one without a part 1.
std::vector<Hash256> multiplicand_digests(const fhe::Params& params, std::span<const fhe::Ciphertext> results,
                                          const Workers* workers = nullptr);

}  // namespace mc::protocol
