// SPDX-License-Identifier: Apache-2.0
// A data owner's side: encrypt a cohort locally, upload it, publish its manifest and consent attestation on chain.
// Everything an owner sends is a function of its records and its own secrets, so an upload that was interrupted is
// simply done again: the same bytes, nothing twice (D1, D5).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "client/collective_keys.hpp"
#include "client/commons_document.hpp"
#include "client/store_client.hpp"
#include "data/packing/cohort.hpp"
#include "data/sealed/manifest.hpp"

namespace mc::client {

/// Who an owner is; made once, kept in its own folder.
struct OwnerKeys {
  governance::Wallet wallet;
  SecretKey256 patient_seed;  // from which its patients' wallets derive in local mode
  SecretKey256 seal_seed;     // from which its encryption randomness derives
};
/// Reads wallet.key, patients.key and seal.key in `folder`, or makes them.
Result<OwnerKeys> load_or_create_owner_keys(const std::filesystem::path& folder);

/// What an owner signs to show a store that an upload is its own.
Hash256 upload_token_digest(const CommonsDocument& document, const governance::Address& owner);
std::string upload_token(const CommonsDocument& document, const governance::Wallet& owner);

struct UploadProgress {
  std::size_t done = 0;  // ciphertexts
  std::size_t total = 0;
  std::uint64_t bytes = 0;
};

struct UploadReport {
  std::size_t rows = 0;
  std::size_t ciphertexts = 0;
  std::uint64_t bytes = 0;  // sent
  double seal_seconds = 0;  // wall time of sealing, proving and sending
  bool already_published = false;
};

struct UploadJob {
  const CommonsDocument& document;
  const OwnerKeys& keys;
  const data::Cohort& cohort;
  const std::vector<std::string>& person_ids;  // one per row, all different
  TransportFactory connect;
  std::uint32_t threads = 1;
  std::function<void(const UploadProgress&)> progress;
  data::OwnerRules rules{};  // what this owner demands of answers, for ever
};

/// Reserves slots, seals, proves, uploads, attests consent (every row granted for the document's purpose) and
/// publishes.
///   errors  kConflict when this owner published other data or other rules already; the chain's and the store's
///   refusals
Result<UploadReport> upload_cohort(const UploadJob& job, const governance::CommonsChain& chain);

}  // namespace mc::client
