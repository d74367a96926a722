// SPDX-License-Identifier: Apache-2.0
// What everybody can recompute about a data set: who owns which slots, what was uploaded, who consents. The store
// brings the documents, the chain says which of them count; nothing is believed that does not hash to what the chain
// holds. Keeps what it has verified, so that the next look costs only what is new. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "client/commons_document.hpp"
#include "client/store_client.hpp"
#include "data/sealed/manifest.hpp"
#include "governance/consent_state.hpp"
#include "query/execute/owner_slots.hpp"
#include "query/parse/for_person.hpp"

namespace mc::client {

/// How the refusal of what an owner published ends: what puts an end to it.
inline constexpr std::string_view kUntilRemoved =
    ". Questions are answered again when the chambers have removed this owner (member propose-removal)";

/// The data set at one moment, in slot order.
struct DatasetView {
  std::vector<query::OwnerSlots> owners;
  std::vector<data::Manifest> manifests;  // of the same owners
  /// What was published and takes no part any more (governance::PublishedRanges::left), as far as it can be read:
  /// earlier moves of the data may have carried it (R12).
  std::vector<data::Manifest> left;
  Hash256 data_root;
  Hash256 consent_root;
  Hash256 mask;
  Epoch epoch{1};  // of the committee that answers
  /// C of the committees that some of the data came through, oldest first (R12); empty when all was sealed for this
  /// one.
  std::vector<std::uint32_t> earlier_pieces;
  /// What each sealed blob of an earlier epoch has become under this epoch's key: name before, name after.
  std::shared_ptr<const std::map<Hash256, Hash256>> carried;
  bool opens_columns = false;            // CommonsDocument::opens_columns: what flooding counts with
  std::uint64_t time_s = 0;              // of the block at which the chain was read
  governance::Address person_account{};  // of a view of one person's record: hers (client/personal_answer.hpp)
  [[nodiscard]] std::uint64_t consenting() const;
};

/// Leaves of a view nothing but her record, and notes her account.
///   errors  kNotFound: nobody's leaf is called so; kRefused: she does not consent to the view's use
Status restrict_to_person(DatasetView& view, const governance::ConsentState& consent, const query::ForPerson& person);

class PublicRecords {
 public:
  PublicRecords(const CommonsDocument& document, fhe::ParamsPtr params);

  /// Reads chain and store, verifies, and derives the mask for `use` at `time_s`, without those who revoked on chain.
  ///   errors  kCorrupt: a document does not hash to what its owner published; kConflict: the statements the store
  ///           shows do not lead to the consent root on chain; kNotFound: nothing is published yet; kRefused: somebody
  ///           published what nobody can read, which her removal puts an end to
  /// `person`: whose record alone the mask leaves (restrict_to_person, and its errors).
  Result<DatasetView> look(const governance::CommonsChain& chain, StoreClient& store, const governance::DataUse& use,
                           std::uint64_t time_s, const std::optional<query::ForPerson>& person = {});

  /// What a patient needs for a statement of her own, whatever others published: the consent tree as the chain has it,
  /// without anybody's data. Returns its root.
  ///   errors  kConflict as of look; the chain's and the store's
  Result<Hash256> follow_consent(const governance::CommonsChain& chain, StoreClient& store);

  /// A person's present leaf, after a look or after follow_consent.
  [[nodiscard]] const governance::ConsentState& consent() const { return consent_; }

 private:
  Status take_publications(const governance::PublishedRanges& ranges, StoreClient& store);
  /// REQUIRES that whatever attestation is in the tree has been taken.
  Result<Hash256> take_statements(const governance::CommonsChain& chain, StoreClient& store);
  Status take_manifest(const governance::SlotRange& range, StoreClient& store);
  Status take_attestation(const governance::SlotRange& range, StoreClient& store);
  Status follow_statements(const Hash256& root_on_chain, StoreClient& store);

  const CommonsDocument document_;
  fhe::ParamsPtr params_;
  Hash256 dataset_;
  std::map<Hash256, data::Manifest> manifests_;
  std::set<governance::Address> attested_;  // whose attestation is in consent_
  governance::ConsentState consent_;
  std::uint64_t statements_taken_ = 0;
};

}  // namespace mc::client
