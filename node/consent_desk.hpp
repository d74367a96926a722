// SPDX-License-Identifier: Apache-2.0
// The store's desk for consent: takes attestations that owners published and statements that patients signed, keeps
// them, and posts the root of what stands on chain. It can drop a statement but not make one. Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "client/commons_document.hpp"
#include "data/store/blob_store.hpp"
#include "governance/consent_state.hpp"

namespace mc::node {

class ConsentDesk {
 public:
  /// Keeps references. `node_operator` posts the roots.
  ConsentDesk(const client::CommonsDocument& document, data::BlobStore& store, const governance::CommonsChain& chain,
              const governance::Wallet& node_operator);

  /// Rebuilds the state from what is stored and published, and posts the root if the chain has another.
  Status refresh();
  /// Takes one signed statement: verified, stored durably, root posted, in that order.
  ///   errors  the statement's own (ConsentState::apply); kUnavailable when it is stored but the chain did not take the
  ///           root yet: it follows with the next refresh
  Status take(ByteView statement);
  /// Statements from number `from`, as many as fit into one reply.
  Result<std::vector<Bytes>> statements(std::uint64_t from) const;

 private:
  Status rebuild();
  Status post_root();

  const client::CommonsDocument& document_;
  data::BlobStore& store_;
  const governance::CommonsChain& chain_;
  const governance::Wallet& node_operator_;
  Hash256 dataset_;
  mutable std::mutex mutex_;
  governance::ConsentState state_;
  std::uint64_t statement_count_ = 0;
};

}  // namespace mc::node
