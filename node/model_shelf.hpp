// SPDX-License-Identifier: Apache-2.0
// The store's shelf of risk predictors: documents that members signed, each under a name that is given once. It can
// keep one back but not change one. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "client/commons_document.hpp"
#include "data/store/blob_store.hpp"
#include "governance/commons_chain.hpp"

namespace mc::node {

class ModelShelf {
 public:
  /// Keeps references.
  ModelShelf(const client::CommonsDocument& document, data::BlobStore& store, const governance::CommonsChain& chain)
      : document_(document), store_(store), chain_(chain) {}

  /// Puts a model on the shelf. The same again changes nothing.
  ///   errors  client::published_risk_model's and check_risk_model's; kRefused for a signer who is no member;
  ///           kConflict for a name that is taken; kLimit when the shelf is full, or her part of
  ///           it
  Status put(const std::string& name, std::string_view text);
  /// kNotFound names it.
  Result<Bytes> get(const std::string& name) const;
  /// By ascending name.
  Result<std::vector<Bytes>> all() const;

 private:
  [[nodiscard]] Status check_room(const std::vector<data::BlobStore::Record>& shelf,
                                  const governance::Address& member) const;

  const client::CommonsDocument& document_;
  data::BlobStore& store_;
  const governance::CommonsChain& chain_;
  std::mutex mutex_;
};

}  // namespace mc::node
