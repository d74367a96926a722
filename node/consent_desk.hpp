// SPDX-License-Identifier: Apache-2.0
// The store's desk for consent: takes attestations that owners published and statements that patients signed, keeps
// them, and posts the root of what stands on chain. It can drop a statement but not make one. Thread-safe.
#pragma once

#include <mutex>
#include <span>
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
  /// Takes signed statements, all or none: verified, stored durably, one root posted for them, in that order.
  ///   errors  the first bad statement's own (ConsentState::apply); kRefused for a delegate whose time is over;
  ///           kUnavailable when they are stored but the chain did not take the root yet: it follows with the next
  ///           refresh
  Status take(std::span<const Bytes> statements);
  /// Statements from number `from`, as many as fit into one reply.
  Result<std::vector<Bytes>> statements(std::uint64_t from) const;

 private:
  Status rebuild();
  Status post_root();
  Status apply(const governance::SignedConsentStatement& statement, std::uint64_t now_s);

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
