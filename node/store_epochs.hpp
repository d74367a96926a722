// SPDX-License-Identifier: Apache-2.0
// What a store keeps per key epoch: the documents of committees, their boards, their keys, and what it carried over
// from one to the next (R12). Everything it takes is signed by a registered custodian, named on chain, or recomputed
// here. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "data/store/blob_store.hpp"
#include "node/committee_change.hpp"
#include "protocol/keygen_setup.hpp"

namespace mc::node {

class StoreEpochs {
 public:
  /// References outlive this object. Knows the document's own epoch, the earlier ones it names, and every later one
  /// that was handed in before.
  static Result<std::unique_ptr<StoreEpochs>> open(const client::CommonsDocument& document, fhe::ParamsPtr params,
                                                   data::BlobStore& blobs, const governance::CommonsChain& chain,
                                                   SecretKey256 identity);

  // Documents of committees.
  Result<Bytes> document(std::uint64_t epoch) const;
  /// kRefused unless it follows a committee known here and the chain has these identities for its epoch.
  Status put_document(std::uint64_t epoch, ByteView text);

  // Boards of key generations and migrations, by the hash of their ceremony.
  Result<std::vector<Bytes>> board_slots(const Hash256& ceremony);
  Result<Bytes> board_message(const Hash256& ceremony, const std::string& slot) const;
  /// Only what a registered custodian signed for this ceremony and slot, and only once.
  Status put_board_message(const Hash256& ceremony, const std::string& slot, ByteView bytes);
  /// Of the largest committee there may be.
  [[nodiscard]] std::size_t board_body_bytes_max() const;

  // What custodians say of opened uploads to later committees.
  Result<std::vector<Bytes>> opening_verdicts(const Hash256& manifest) const;
  /// Only what a custodian signed of an upload that is here and was sealed for its committee, and only once.
  Status put_opening_verdict(const Hash256& manifest, ByteView bytes);

  // Collective keys.
  Result<Bytes> keys(std::uint64_t epoch) const;
  Status put_keys(std::uint64_t epoch, ByteView bytes);
  Result<Bytes> galois_key(std::uint64_t epoch, std::uint64_t element) const;
  Status put_galois_key(std::uint64_t epoch, std::uint64_t element, ByteView bytes);

  // Data of the epoch before, under this epoch's key.
  /// Carries what takes part now, unless all of it is on the list already: whoever belongs to a chamber again brings
  /// her records back (docs/design/0052).
  Status carry(std::uint64_t epoch);
  Result<Bytes> migration_manifest(std::uint64_t epoch) const;

 private:
  struct Frame {
    client::CommonsDocument document;
    protocol::KeygenSetup setup;
  };
  StoreEpochs(fhe::ParamsPtr params, data::BlobStore& blobs, const governance::CommonsChain& chain,
              SecretKey256 identity)
      : params_(std::move(params)), blobs_(blobs), chain_(chain), identity_(std::move(identity)) {}
  Status learn(client::CommonsDocument document);
  Result<Frame> frame(std::uint64_t epoch) const;
  /// The custodians who may write on a board. A migration's is known once its timelock has elapsed and its keys are
  /// there; it is looked for when somebody names it, and found once.
  Result<std::vector<protocol::PublicIdentity>> writers(const Hash256& ceremony);
  [[nodiscard]] Boards own_boards() const;
  /// REQUIRES migrating_.
  Result<std::shared_ptr<const protocol::ApprovedMigration>> migration(const Frame& next);
  /// Blobs that manifests on chain name, as they are called in the epoch before `next`'s.
  Result<std::set<Hash256>> live_before(const client::CommonsDocument& next) const;
  Result<bool> has_carried(std::uint64_t epoch, const std::set<Hash256>& live) const;

  const fhe::ParamsPtr params_;
  data::BlobStore& blobs_;
  const governance::CommonsChain& chain_;
  const SecretKey256 identity_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Frame> frames_;
  std::map<Hash256, std::vector<protocol::PublicIdentity>> writers_;
  std::map<std::uint64_t, std::shared_ptr<const protocol::ApprovedMigration>> migrations_;  // by the new epoch
  std::mutex migrating_;  // one at a time is looked for or carried out
  /// What stands on a board, by its ceremony: custodians ask for it many times a second, and messages are large.
  std::map<Hash256, std::set<std::string>> boards_;
  std::mutex listing_;  // of boards_
};

}  // namespace mc::node
