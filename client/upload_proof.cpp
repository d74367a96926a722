// SPDX-License-Identifier: Apache-2.0
#include "client/upload_proof.hpp"

#include "client/final_verdict.hpp"

namespace mc::client {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

Status check_proof(const CommonsDocument& document, const fhe::Params& params, const fhe::PublicKey& key,
                   const data::Manifest& manifest, std::size_t index, StoreClient& store) {
  const data::ManifestProof& named = manifest.proofs[index];
  const std::span<const data::ManifestEntry> entries = manifest.proven_by(index);
  MC_TRY(const Bytes bytes, store.blob(named.blob));
  MC_TRY(const fhe::PlaintextProof proof, final_verdict(fhe::decode_plaintext_proof(params, bytes)));
  const auto ciphertext = [&](std::size_t i) { return fetch_sealed(params, manifest, entries[i], store); };
  return fhe::verify_plaintexts(params, key, upload_statement(document, manifest, index), proof, ciphertext);
}

}  // namespace

fhe::PlaintextStatement upload_statement(const CommonsDocument& document, const data::Manifest& manifest,
                                         std::size_t index) {
  fhe::PlaintextStatement statement;
  statement.kind = fhe::PlaintextKind::kUpload;
  statement.chain_id = document.deployment.chain_id;
  statement.commons = document.deployment.ledger.bytes;
  statement.owner = manifest.owner;
  statement.dataset = manifest.dataset;
  statement.subject = manifest.schema;
  statement.slot_begin = manifest.range.begin;
  statement.slot_count = manifest.range.count;
  statement.epoch = manifest.epoch;
  for (const data::ManifestEntry& entry : manifest.proven_by(index)) statement.ciphertexts.push_back(entry.blob);
  return statement;
}

Result<fhe::Ciphertext> fetch_sealed(const fhe::Params& params, const data::Manifest& manifest,
                                     const data::ManifestEntry& entry, StoreClient& store) {
  MC_TRY(const Bytes sealed, store.blob(entry.blob));
  MC_TRY(data::SealedBlob blob,
         final_verdict(data::open_blob(sealed, entry.blob, data::expected_header(manifest, entry, params), params)));
  return std::move(blob.ciphertext);
}

void ProofProgress::begin(std::size_t ciphertexts) {
  const std::lock_guard lock(mutex_);
  reading_ = {ciphertexts, 0, 0};
  begun_ = std::chrono::steady_clock::now();
  is_under_way_ = true;
}

void ProofProgress::advance(std::size_t ciphertexts) {
  const std::lock_guard lock(mutex_);
  reading_.checked += ciphertexts;
}

void ProofProgress::end() {
  const std::lock_guard lock(mutex_);
  reading_.ciphertexts = reading_.checked;
  reading_.seconds = seconds_since(begun_);
  is_under_way_ = false;
}

ProofProgress::Reading ProofProgress::read() const {
  const std::lock_guard lock(mutex_);
  Reading now = reading_;
  if (is_under_way_) now.seconds = seconds_since(begun_);
  return now;
}

Status check_upload(const CommonsDocument& document, const fhe::Params& params, const fhe::PublicKey& key,
                    const data::Manifest& manifest, StoreClient& store, ProofProgress& progress,
                    const std::stop_token& stop) {
  for (std::size_t index = 0; index < manifest.proofs.size(); ++index) {
    if (stop.stop_requested()) return fail(Code::kUnavailable, "the check of uploads was stopped");
    MC_TRY_STATUS(check_proof(document, params, key, manifest, index, store));
    progress.advance(manifest.proven_by(index).size());
  }
  return {};
}

UploadVerdicts::UploadVerdicts(const CommonsDocument& document, fhe::ParamsPtr params)
    : document_(document), params_(std::move(params)) {}

Status UploadVerdicts::check(const DatasetView& view, const KeyOfEpoch& key, StoreClient& store,
                             ProofProgress& progress, const std::stop_token& stop) {
  const std::size_t ciphertexts = not_looked_at(view);
  if (ciphertexts != 0) progress.begin(ciphertexts);
  Status status = check_new(view, key, store, progress, stop);
  if (ciphertexts != 0) progress.end();
  return status;
}

std::size_t UploadVerdicts::not_looked_at(const DatasetView& view) const {
  std::size_t ciphertexts = 0;
  for (const data::Manifest& manifest : view.manifests) {
    if (!verdicts_.contains(data::manifest_hash(manifest))) ciphertexts += manifest.entries.size();
  }
  return ciphertexts;
}

Status UploadVerdicts::check_new(const DatasetView& view, const KeyOfEpoch& key, StoreClient& store,
                                 ProofProgress& progress, const std::stop_token& stop) {
  for (std::size_t i = 0; i < view.manifests.size(); ++i) {
    const Hash256 name = data::manifest_hash(view.manifests[i]);
    auto found = verdicts_.find(name);
    if (found == verdicts_.end()) {
      MC_TRY(const fhe::PublicKey sealed_for, key(view.manifests[i].epoch));
      Status status = check_upload(document_, *params_, sealed_for, view.manifests[i], store, progress, stop);
      if (!status) status = fail(status.error().within("owner " + view.owners[i].owner));
      if (!status && status.error().code != Code::kRefused) return status;
      if (!status) status = fail(Code::kRefused, status.error().message + std::string(kUntilRemoved));
      found = verdicts_.emplace(name, std::move(status)).first;
    }
    MC_TRY_STATUS(found->second);
  }
  return {};
}

}  // namespace mc::client
