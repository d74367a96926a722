// SPDX-License-Identifier: Apache-2.0
// For tests: owners that published manifests and consent attestations in a commons in memory, and their patients.
#pragma once

#include "client/testing/served_commons.hpp"
#include "data/sealed/manifest.hpp"
#include "governance/consent.hpp"

namespace mc::client::testing {

class PublishedCommons {
 public:
  explicit PublishedCommons(fhe::ParamsPtr chosen = fhe::Params::named("test_insecure", true).value_or_stop())
      : params(std::move(chosen)) {}

  [[nodiscard]] const governance::CommonsChain& chain() const { return commons_; }
  StoreClient& store() { return store_; }
  [[nodiscard]] TransportFactory connect() {
    return [this](const std::string&, const std::string&) { return std::make_unique<ServedTransport>(served); };
  }

  static std::string row_id(std::size_t row) { return std::to_string(row + 1); }
  [[nodiscard]] Hash256 person(std::uint64_t owner, std::size_t row) const {
    return governance::person_commitment(patient_seed(owner), dataset, numbered_wallet(owner).address(), row_id(row));
  }
  static SecretKey256 patient_seed(std::uint64_t owner) { return numbered_secret(1000 + owner); }

  /// Fills in the blob of one entry of a manifest.
  using SealFunction = std::function<void(const data::Manifest&, const data::Feature&, data::ManifestEntry&)>;

  /// Fills in the proofs of a manifest whose entries are complete.
  using ProveFunction = std::function<void(data::Manifest&)>;

  /// An owner's range right after the ones before, with a manifest of `rows` rows and all of them granted. Without
  /// `seal` and `prove` the manifest names blobs and a proof that nobody has.
  void publish(std::uint64_t owner, std::uint32_t rows, std::uint32_t purpose = 42, const SealFunction& seal = {},
               const ProveFunction& prove = {}) {
    data::Manifest manifest;
    manifest.dataset = document.dataset;
    manifest.owner = numbered_wallet(owner).address().bytes;
    manifest.schema = data::schema_hash(document.schema);
    manifest.params_id = params->id();
    manifest.epoch = document.epoch;
    const std::uint64_t begin = ledger.ranges.empty() ? 0 : ledger.ranges.back().begin + ledger.ranges.back().count;
    manifest.range = {begin, rows};
    manifest.rules = rules;
    for (const data::Feature& feature : data::sealed_features(document.schema)) {
      const std::string handle = data::handle(document.schema, feature);
      data::ManifestEntry entry{handle, 0, Sha256(handle).update_u64(owner).finish(), 100};
      if (seal) seal(manifest, feature, entry);
      manifest.entries.push_back(entry);
    }
    manifest.proofs = {{Sha256("proof").update_u64(owner).finish(), 100}};
    if (prove) prove(manifest);
    governance::ConsentAttestation attestation{dataset, numbered_wallet(owner).address(), {}};
    for (std::uint32_t row = 0; row < rows; ++row) {
      attestation.leaves.push_back({person(owner, row), row,
                                    governance::derive_patient_wallet(patient_seed(owner), row_id(row)).address(), true,
                                    purpose});
    }
    publish(owner, rows, begin, data::encode_manifest(manifest), governance::encode(attestation));
    MC_CHECK(state_.apply(attestation).has_value());
    post_root();
  }

  /// A patient's signed change, taken by the store and posted on chain.
  void state_change(std::uint64_t owner, std::size_t row, governance::ConsentAction action) {
    const governance::Address address = numbered_wallet(owner).address();
    governance::ConsentStatement statement;
    statement.dataset = dataset;
    statement.owner = address;
    statement.person = person(owner, row);
    statement.action = action;
    statement.use = 42;
    statement.sequence = state_.leaf(address, statement.person).value_or_stop().sequence + 1;
    const auto domain = governance::consent_domain(document.deployment);
    const Bytes bytes = governance::encode(governance::sign_consent(
        domain, statement, governance::derive_patient_wallet(patient_seed(owner), row_id(row))));
    served.statements.push_back(bytes);
    take(bytes);
  }

  /// What an honest store does with a statement: applies it and posts the root.
  void take(ByteView statement) {
    MC_CHECK(state_.apply(governance::decode_consent_statement(statement).value_or_stop()).has_value());
    post_root();
  }
  void post_root() { ledger.consent_root = state_.root(); }

  fhe::ParamsPtr params;
  CommonsDocument document = small_document();
  Hash256 dataset = governance::dataset_id(document.dataset);
  data::OwnerRules rules;  // of owners that publish from now on
  ServedLedger ledger;
  ServedStore served;

 private:
  void publish(std::uint64_t owner, std::uint32_t rows, std::uint64_t begin, const Bytes& manifest,
               const Bytes& attestation) {
    served.blobs[sha256(manifest).hex()] = manifest;
    served.blobs[sha256(attestation).hex()] = attestation;
    ledger.ranges.push_back({numbered_wallet(owner).address(), begin, rows, sha256(manifest), sha256(attestation)});
  }

  governance::ConsentState state_{dataset, governance::consent_domain(document.deployment)};
  governance::Chain chain_{ledger};
  governance::CommonsChain commons_{chain_, document.deployment};
  ServedTransport transport_{served};
  StoreClient store_{transport_};
};

}  // namespace mc::client::testing
