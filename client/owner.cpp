// SPDX-License-Identifier: Apache-2.0
#include "client/owner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "client/key_file.hpp"
#include "client/upload_proof.hpp"
#include "data/packing/slots.hpp"
#include "fhe/threshold/piece.hpp"
#include "governance/consent.hpp"

namespace mc::client {
namespace {

/// One ciphertext to make: a feature of one block.
struct Piece {
  data::Feature feature;
  data::BlockPart part;
};

/// The randomness of one encryption. Same owner, place and values give the same stream, so that a repeated upload is
/// byte for byte the first; other values give an independent one, so that two plaintexts never share randomness.
KeyStream seal_stream(const OwnerKeys& keys, const data::SealedHeader& header, const Hash256& public_key,
                      std::span<const double> values) {
  Writer context;
  context.hash(header.params_id);
  context.hash(header.schema);
  context.text(header.dataset);
  context.u32(header.epoch.value);
  context.hash(public_key);
  context.text(header.handle);
  context.u32(header.block);
  context.u64(header.range.begin);
  context.u64(header.range.count);
  Writer message;
  for (const double value : values) message.f64(value);
  context.hash(sha256(message.bytes()));
  return KeyStream(derive_key(keys.seal_seed, "medcommons/seal/1", context.bytes()));
}

Result<governance::SlotRange> reserved_range(const UploadJob& job, const governance::CommonsChain& chain,
                                             const Hash256& dataset) {
  if (job.cohort.row_count() > governance::kAttestationLeavesMax) {
    return fail(Code::kLimit,
                "the file has " + std::to_string(job.cohort.row_count()) + " rows, one owner uploads at most " +
                    std::to_string(governance::kAttestationLeavesMax) + ": divide them among several cohorts");
  }
  MC_TRY(const std::vector<governance::SlotRange> ranges, chain.slot_ranges(dataset));
  for (const governance::SlotRange& range : ranges) {
    if (range.owner != job.keys.wallet.address()) continue;
    if (range.count != job.cohort.row_count()) {
      return fail(Code::kConflict, "this owner reserved " + std::to_string(range.count) + " slots, the file has " +
                                       std::to_string(job.cohort.row_count()) + " rows");
    }
    return range;
  }
  return chain.reserve_slots(job.keys.wallet, dataset, static_cast<std::uint32_t>(job.cohort.row_count()));
}

/// Seals and sends every piece, with several threads, and collects the manifest's entries in order; after every batch
/// that a proof of plaintext knowledge is about, proves it. What encryptions hide is kept for one batch only.
class Sealer {
 public:
  Sealer(const UploadJob& job, const fhe::ParamsPtr& params, const fhe::PublicKey& key, data::Manifest& manifest)
      : job_(job),
        params_(params),
        key_(key),
        encoder_(params),
        manifest_(manifest),
        token_(upload_token(job.document, job.keys.wallet)),
        owner_(job.keys.wallet.address().text()) {
    Sha256 digest("medcommons/public-key/1");
    digest.update(fhe::hash_poly(*params, key.p0).bytes).update(fhe::hash_poly(*params, key.p1).bytes);
    key_hash_ = digest.finish();
  }

  Status run(const std::vector<Piece>& pieces) {
    manifest_.entries.resize(pieces.size());
    for (std::size_t first = 0; first < pieces.size(); first += data::kManifestEntriesPerProof) {
      first_ = next_ = first;
      end_ = std::min(pieces.size(), first + data::kManifestEntriesPerProof);
      witnesses_ = std::vector<fhe::EncryptionWitness>(end_ - first_);
      std::vector<std::thread> threads;
      const std::uint32_t extra = job_.threads > 1 ? job_.threads - 1 : 0;
      for (std::uint32_t i = 0; i < extra; ++i) threads.emplace_back([&] { work(pieces); });
      work(pieces);
      for (std::thread& thread : threads) thread.join();
      MC_TRY_STATUS(status_);
      MC_TRY_STATUS(prove());
    }
    return {};
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void work(const std::vector<Piece>& pieces) {
    const std::unique_ptr<Transport> transport = job_.connect(job_.document.store_url, "the store");
    StoreClient store(*transport);
    while (!stopped_) {
      const std::size_t index = next_++;
      if (index >= end_) return;
      const Status status = seal(pieces[index], manifest_.entries[index], witnesses_[index - first_], store);
      const std::lock_guard lock(mutex_);
      if (!status) {
        if (status_) status_ = status;
        stopped_ = true;
        return;
      }
      ++done_;
      if (job_.progress) job_.progress({done_, pieces.size(), bytes_});
    }
  }

  Status seal(const Piece& piece, data::ManifestEntry& entry, fhe::EncryptionWitness& witness, StoreClient& store) {
    entry.handle = data::handle(job_.cohort.schema(), piece.feature);
    entry.block = piece.part.block;
    MC_TRY(const std::vector<double> values,
           job_.cohort.pack(piece.feature, piece.part.first_row, piece.part.row_count));
    const data::SealedHeader header = data::fresh_header(*params_, manifest_.schema, manifest_.dataset, manifest_.epoch,
                                                         manifest_.owner, manifest_.range, entry.handle, entry.block);
    KeyStream stream = seal_stream(job_.keys, header, key_hash_, values);
    MC_TRY(data::SealedBlock sealed, data::seal_block(header, values, *params_, encoder_, key_, stream));
    entry.blob = data::content_hash(sealed.bytes);
    entry.bytes = sealed.bytes.size();
    witness = std::move(sealed.witness);
    return send(entry.blob, sealed.bytes, store);
  }

  /// The proof of the batch that was just sealed; made again, it is the same bytes.
  Status prove() {
    const fhe::PlaintextStatement statement = upload_statement(job_.document, manifest_, manifest_.proofs.size());
    const fhe::PlaintextProof proof = fhe::prove_plaintexts(
        *params_, key_, statement, witnesses_, derive_key(job_.keys.seal_seed, "medcommons/upload-proof/1", {}));
    const Bytes bytes = fhe::encode_plaintext_proof(*params_, proof);
    manifest_.proofs.push_back({sha256(bytes), bytes.size()});
    const std::unique_ptr<Transport> transport = job_.connect(job_.document.store_url, "the store");
    StoreClient store(*transport);
    return send(manifest_.proofs.back().blob, bytes, store);
  }

  Status send(const Hash256& name, ByteView bytes, StoreClient& store) {
    MC_TRY(const bool present, store.has_blob(name));
    if (present) return {};
    MC_TRY_STATUS(store.put_blob(owner_, token_, name, bytes));
    bytes_ += bytes.size();
    return {};
  }

  const UploadJob& job_;
  const fhe::ParamsPtr& params_;
  const fhe::PublicKey& key_;
  fhe::Encoder encoder_;
  data::Manifest& manifest_;
  std::string token_;
  std::string owner_;
  Hash256 key_hash_;
  std::size_t first_ = 0, end_ = 0;  // the batch being sealed
  std::vector<fhe::EncryptionWitness> witnesses_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> bytes_{0};
  std::mutex mutex_;
  std::size_t done_ = 0;
  Status status_;
};

governance::ConsentAttestation attest(const UploadJob& job, const Hash256& dataset) {
  governance::ConsentAttestation attestation;
  attestation.dataset = dataset;
  attestation.owner = job.keys.wallet.address();
  attestation.leaves.reserve(job.person_ids.size());
  for (std::size_t row = 0; row < job.person_ids.size(); ++row) {
    const std::string& id = job.person_ids[row];
    governance::InitialLeaf leaf;
    leaf.person = governance::person_commitment(job.keys.patient_seed, dataset, attestation.owner, id);
    leaf.row = static_cast<std::uint32_t>(row);
    leaf.patient = governance::derive_patient_wallet(job.keys.patient_seed, id).address();
    leaf.granted = true;
    leaf.use = job.document.purpose;
    attestation.leaves.push_back(leaf);
  }
  return attestation;
}

}  // namespace

Result<OwnerKeys> load_or_create_owner_keys(const std::filesystem::path& folder) {
  MC_TRY(governance::Wallet wallet, load_or_create_wallet(folder / "wallet.key"));
  MC_TRY(SecretKey256 patient_seed, load_or_create_secret(folder / "patients.key"));
  MC_TRY(SecretKey256 seal_seed, load_or_create_secret(folder / "seal.key"));
  return OwnerKeys{std::move(wallet), std::move(patient_seed), std::move(seal_seed)};
}

Hash256 upload_token_digest(const CommonsDocument& document, const governance::Address& owner) {
  Sha256 digest("medcommons/upload/1");
  digest.update_u64(document.deployment.chain_id).update(document.deployment.ledger.view());
  digest.update_sized(view_of(document.dataset)).update(owner.view());
  return digest.finish();
}

std::string upload_token(const CommonsDocument& document, const governance::Wallet& owner) {
  return to_hex(owner.sign(upload_token_digest(document, owner.address())).bytes());
}

Result<UploadReport> upload_cohort(const UploadJob& job, const governance::CommonsChain& chain) {
  const auto start = std::chrono::steady_clock::now();
  MC_CHECK(job.person_ids.size() == job.cohort.row_count());
  MC_TRY_STATUS(data::check_owner_rules(job.rules));
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(job.document.profile));
  const Hash256 dataset = governance::dataset_id(job.document.dataset);
  const std::unique_ptr<Transport> transport = job.connect(job.document.store_url, "the store");
  StoreClient store(*transport);
  MC_TRY(const governance::SlotRange range, reserved_range(job, chain, dataset));
  MC_TRY(const CollectiveKeys keys, fetch_collective_keys(store, *params, job.document.epoch, chain));

  data::Manifest manifest;
  manifest.dataset = job.document.dataset;
  manifest.owner = job.keys.wallet.address().bytes;
  manifest.schema = data::schema_hash(job.cohort.schema());
  manifest.params_id = params->id();
  manifest.epoch = job.document.epoch;
  manifest.range = {range.begin, range.count};
  manifest.rules = job.rules;
  std::vector<Piece> pieces;
  for (const data::Feature& feature : data::sealed_features(job.cohort.schema())) {
    for (const data::BlockPart& part : data::blocks_of(manifest.range, params->slot_count())) {
      pieces.push_back({feature, part});
    }
  }
  const fhe::PublicKey public_key = fhe::narrow_public_key(*params, keys.public_key);
  Sealer sealer(job, params, public_key, manifest);
  MC_TRY_STATUS(sealer.run(pieces));

  UploadReport report;
  report.rows = job.cohort.row_count();
  report.ciphertexts = pieces.size();
  report.bytes = sealer.bytes();
  report.seal_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const std::string token = upload_token(job.document, job.keys.wallet);
  const std::string owner = job.keys.wallet.address().text();
  const Bytes manifest_bytes = data::encode_manifest(manifest);
  const Bytes attestation_bytes = governance::encode(attest(job, dataset));
  const Hash256 manifest_name = sha256(manifest_bytes);
  const Hash256 attestation_name = sha256(attestation_bytes);
  if (range.published()) {
    if (range.manifest != manifest_name || range.attestation != attestation_name) {
      return fail(Code::kConflict,
                  "this owner published other data already, or other rules; a data set takes one upload per owner");
    }
    report.already_published = true;
  }
  MC_TRY_STATUS(store.put_blob(owner, token, manifest_name, manifest_bytes));
  MC_TRY_STATUS(store.put_blob(owner, token, attestation_name, attestation_bytes));
  report.bytes += manifest_bytes.size() + attestation_bytes.size();
  if (!report.already_published) {
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           chain.publish_data(job.keys.wallet, dataset, manifest_name, attestation_name));
  }
  MC_TRY_STATUS(store.announce_publication());
  return report;
}

}  // namespace mc::client
