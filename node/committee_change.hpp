// SPDX-License-Identifier: Apache-2.0
// What a change of committees looks like from outside (R12): the documents of two epochs, the final chain and the
// store's boards become an ApprovedMigration, its switching key, and the list of blobs that were carried over. Nothing
// that the store says is believed: everything is recomputed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "client/commons_document.hpp"
#include "client/store_client.hpp"
#include "protocol/migration_manifest.hpp"
#include "protocol/migration_party.hpp"

namespace mc::node {

/// The bytes of one slot of one ceremony's board, wherever it is kept.
using Boards = std::function<Result<Bytes>(const Hash256& ceremony, const std::string& slot)>;
/// Keeps a reference to `store`.
Boards boards_of(client::StoreClient& store);

/// The move of a commons' data to the committee of `next` from the one before it, checked from document, final chain
/// and the new committee's board.
///   errors  kRefused while the committee is not approved or was stopped; ApprovedMigration::create's
Result<protocol::ApprovedMigration> approved_migration(const client::CommonsDocument& next,
                                                       const governance::CommonsChain& chain, const Boards& boards);

/// Its switching key, recomputed from its board.
///   errors  protocol::verify_migration's
Result<fhe::MigrationKey> migration_key(const protocol::ApprovedMigration& approved, const Boards& boards);

/// Audits what a store says to have carried over (R12), by carrying it over again.
class CarriedData {
 public:
  using Names = std::map<Hash256, Hash256>;  // of a blob: as sealed by its owner, and as it is now

  using Epochs = std::map<Hash256, Epoch>;  // of a blob: the epoch that it was sealed for

  /// `live`: all blobs of earlier epochs that manifests on chain name and that take part; `left`: those that take none
  /// any more, which the store may have carried while they did. The same sets are audited once.
  ///   errors  kUnavailable while the store has no list; kRefused when its list is not what carrying over gives
  Result<std::shared_ptr<const Names>> audit(const client::CommonsDocument& document, const Epochs& live,
                                             const Epochs& left, const governance::CommonsChain& chain,
                                             client::StoreClient& store);

 private:
  Epochs audited_;
  Epochs audited_left_;
  std::shared_ptr<const Names> names_;
};

}  // namespace mc::node
