// SPDX-License-Identifier: Apache-2.0
// What a commons' store offers, as typed calls. The store is not trusted: everything named by a hash is hashed again.
// Not thread-safe: one per thread, like the transport below it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "client/transport.hpp"

namespace mc::client {

// Limits of what a client takes from a store, one per kind of thing.
inline constexpr std::size_t kBlobReplyBytesMax = std::size_t{256} << 20;
inline constexpr std::size_t kListReplyBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kListEntryBytesMax = std::size_t{32} << 20;

/// A list as it travels: u32 count, then each entry with its u32 length.
Bytes encode_list(const std::vector<Bytes>& entries);
/// Strict; at most `count_max` entries.
Result<std::vector<Bytes>> decode_list(ByteView bytes, std::size_t count_max);

inline constexpr std::size_t kStatementsPerBatchMax = 20'000;
inline constexpr std::size_t kBatchBytesMax = std::size_t{16} << 20;
/// What one committee says of an upload; committees are smaller.
inline constexpr std::size_t kOpeningVerdictsMax = 64;
/// Risk predictors that one commons keeps.
inline constexpr std::size_t kRiskModelsMax = 1024;
/// Of them one member's: nobody takes the room of all others.
inline constexpr std::size_t kRiskModelsPerMemberMax = 128;

class StoreClient {
 public:
  /// Keeps a reference to `transport`.
  explicit StoreClient(Transport& transport) : transport_(transport) {}

  /// The bytes named by `name`, checked: kCorrupt when the store gave others.
  Result<Bytes> blob(const Hash256& name);
  /// As the store gave them, for a caller who compares their hash with the name: data::open_blob does.
  Result<Bytes> unchecked_blob(const Hash256& name);
  Result<bool> has_blob(const Hash256& name);
  /// Uploads as `owner` (address text); `token` is the owner's signature over upload_token_digest, in hexadecimal.
  Status put_blob(const std::string& owner, const std::string& token, const Hash256& name, ByteView bytes);
  /// Tells the store that something was published on chain, so that it posts the new consent root.
  Status announce_publication();
  /// A requester's key or a study's description: accepted when the study on chain names its hash.
  Status put_study_document(const Hash256& study, const Hash256& name, ByteView bytes);

  /// Consent statements in the order the store took them, from number `from` on, all of them.
  Result<std::vector<Bytes>> statements(std::uint64_t from);
  Status post_statement(ByteView statement);
  /// Up to kStatementsPerBatchMax of them and kBatchBytesMax bytes, all or none; one root goes on chain for all.
  Status post_statements(const std::vector<Bytes>& statements);

  /// Risk predictors by name (client/risk_model.hpp); the caller checks signatures. A name is given once.
  Result<Bytes> risk_model(const std::string& name);
  Result<std::vector<Bytes>> risk_models();
  Status put_risk_model(const std::string& name, ByteView text);

  /// Names of the slots of a key-generation board that are filled; boards are told apart by their ceremony's hash.
  Result<std::vector<std::string>> board_slots(const Hash256& ceremony);
  Result<Bytes> board_message(const Hash256& ceremony, const std::string& slot);
  Status put_board_message(const Hash256& ceremony, const std::string& slot, ByteView message);

  /// What custodians say of an opened upload to later committees (protocol/opening_verdict.hpp); the caller checks
  /// signatures.
  Result<std::vector<Bytes>> opening_verdicts(const Hash256& manifest);
  /// Accepted when a custodian of the committee signed it that the upload was sealed for.
  Status put_opening_verdict(const Hash256& manifest, ByteView verdict);

  /// The collective keys of an epoch as their custodians made them; the caller checks them against the chain.
  Result<Bytes> collective_keys(std::uint32_t epoch);
  Status put_collective_keys(std::uint32_t epoch, ByteView keys);
  /// One rotation or conjugation key of them; checked by the caller too.
  Result<Bytes> galois_key(std::uint32_t epoch, std::uint64_t galois_element);
  Status put_galois_key(std::uint32_t epoch, std::uint64_t galois_element, ByteView key);

  /// The document of an epoch's committee, as somebody has handed it in; the caller checks it against its own and the
  /// chain. kNotFound when nobody has.
  Result<Bytes> committee_document(std::uint32_t epoch);
  /// Accepted when the chain has a committee of that epoch with these identities.
  Status put_committee_document(std::uint32_t epoch, ByteView document);
  /// Makes the store carry every live blob over to an epoch's key, once its switching key is on the board.
  Status carry(std::uint32_t epoch);
  /// The list of what was carried over to an epoch; whoever relies on it carries over again.
  Result<Bytes> migration_manifest(std::uint32_t epoch);

 private:
  Transport& transport_;
};

}  // namespace mc::client
