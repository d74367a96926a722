// SPDX-License-Identifier: Apache-2.0
// The store's desk for consent: takes attestations that owners published and statements that patients signed, keeps
// them, and posts the root of what stands on chain. It can drop a statement but not make one. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
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

  /// Rebuilds the state from what is stored and published, if anything else is published than the last time, and posts
  /// the root if the chain has another. Anybody may ask for it, and does not make the store read everything again.
  Status refresh();
  /// Takes signed statements, all or none, and what a bad batch costs does not grow with what is kept: verified, stored
  /// durably, one root posted for them, in that order.
  ///   errors  the first bad statement's own (ConsentState::apply); kRefused for a delegate whose time is over; kLimit
  ///           for more than kStatementsPerRecordMax about one record, of which twice as many may revoke;
  ///           kUnavailable when they are stored but the chain did not take the root yet: it follows with the next
  ///           refresh
  Status take(std::span<const Bytes> statements);
  /// Statements from number `from`, as many as fit into one reply.
  Result<std::vector<Bytes>> statements(std::uint64_t from) const;

 private:
  /// How often something was said about a record, by its consent key.
  struct Said {
    std::uint32_t permits = 0, revokes = 0;
  };
  using SaidOf = std::map<Hash256, Said>;
  static void count(const governance::ConsentStatement& statement, SaidOf& all);
  Status rebuild();
  Status post_root();
  /// What a statement found, to be put back if a later one of its batch is bad.
  Result<governance::ConsentLeaf> apply(const governance::SignedConsentStatement& statement, std::uint64_t now_s);
  void take_back(std::span<const governance::ConsentLeaf> found,
                 std::span<const governance::SignedConsentStatement> applied);
  [[nodiscard]] Status check_said(const governance::ConsentStatement& statement) const;

  const client::CommonsDocument& document_;
  data::BlobStore& store_;
  const governance::CommonsChain& chain_;
  const governance::Wallet& node_operator_;
  Hash256 dataset_;
  mutable std::mutex mutex_;
  governance::ConsentState state_;
  std::uint64_t statement_count_ = 0;
  SaidOf said_;
  /// What state_ was built from, unless an attestation of it is not there yet.
  std::optional<governance::PublishedRanges> built_from_;
};

}  // namespace mc::node
