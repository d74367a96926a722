// SPDX-License-Identifier: Apache-2.0
// An upload's proofs of plaintext knowledge (R21): what they are about, and the check that every custodian makes of
// every published manifest before it answers anything about that data set.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>

#include "client/public_records.hpp"
#include "fhe/threshold/plaintext_proof.hpp"

namespace mc::client {

/// What proof `index` of a manifest is about: its owner, data set, schema, slots and epoch in this commons, and the
/// names of the blobs of its entries, which hold header and ciphertext.
fhe::PlaintextStatement upload_statement(const CommonsDocument& document, const data::Manifest& manifest,
                                         std::size_t index);

/// How far a check of uploads has come. Thread-safe.
class ProofProgress {
 public:
  struct Reading {
    std::size_t ciphertexts = 0;  // that nobody had looked at when the check began
    std::size_t checked = 0;      // of them
    double seconds = 0;           // since it began, or that it took
  };

  void begin(std::size_t ciphertexts);
  void advance(std::size_t ciphertexts);
  /// There is nothing more to check, whatever came out.
  void end();
  [[nodiscard]] Reading read() const;

 private:
  mutable std::mutex mutex_;
  Reading reading_;
  std::chrono::steady_clock::time_point begun_;
  bool is_under_way_ = false;
};

/// Fetches one entry's ciphertext, as its owner sealed it.
///   errors  kRefused when the bytes are not what the manifest says; kNotFound, kCorrupt, kUnavailable as check_upload
Result<fhe::Ciphertext> fetch_sealed(const fhe::Params& params, const data::Manifest& manifest,
                                     const data::ManifestEntry& entry, StoreClient& store);

/// Fetches the proofs of one manifest and the blobs they are about, one blob at a time, and checks them.
///   errors  kRefused when a proof does not hold, or a blob or proof is not what the manifest says; kNotFound,
///           kCorrupt, kUnavailable when the store has not got one, gives other bytes, or does not answer; kUnavailable
///           when it was asked to stop
Status check_upload(const CommonsDocument& document, const fhe::Params& params, const fhe::PublicKey& key,
                    const data::Manifest& manifest, StoreClient& store, ProofProgress& progress,
                    const std::stop_token& stop = {});

/// Verdicts by manifest hash. What was decided once, for or against, is not looked at again; what could not be fetched
/// is. Not thread-safe.
class UploadVerdicts {
 public:
  UploadVerdicts(const CommonsDocument& document, fhe::ParamsPtr params);

  /// The collective key of an epoch, for which a manifest's owner sealed and proved.
  using KeyOfEpoch = std::function<Result<fhe::PublicKey>(Epoch)>;

  /// Every manifest of the view; those of earlier epochs with the blobs as their owners sealed them (R12).
  ///   errors  of the first that is not proven, with its owner; of `key`; kUnavailable when it was asked to stop
  Status check(const DatasetView& view, const KeyOfEpoch& key, StoreClient& store, ProofProgress& progress,
               const std::stop_token& stop = {});

 private:
  [[nodiscard]] std::size_t not_looked_at(const DatasetView& view) const;
  Status check_new(const DatasetView& view, const KeyOfEpoch& key, StoreClient& store, ProofProgress& progress,
                   const std::stop_token& stop);

  const CommonsDocument document_;
  fhe::ParamsPtr params_;
  std::map<Hash256, Status> verdicts_;
};

}  // namespace mc::client
