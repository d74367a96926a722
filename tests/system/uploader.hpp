// SPDX-License-Identifier: Apache-2.0
// A patient who is admitted to a local commons, and uploads one row that no honest client would make. What she puts
// into it is the attack; reserving, proving and publishing it is the same for all.
#pragma once

#include "client/upload_proof.hpp"
#include "governance/consent.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"

namespace mc {

class Uploader {
 public:
  Uploader(client::CommonsDocument document, governance::Wallet wallet, fhe::ParamsPtr params)
      : document_(std::move(document)),
        wallet_(std::move(wallet)),
        params_(std::move(params)),
        link_(std::make_unique<node::ChainLink>(document_)),
        transport_(node::http_transports()(document_.store_url, "the store")),
        store_(*transport_) {}

  /// The patient of the first owner's cohort.
  static Result<Uploader> open(const node::LocalPaths& paths) {
    MC_TRY(const node::LocalRecord record, node::read_local_record(paths));
    MC_TRY(client::CommonsDocument document, node::local_document(paths));
    MC_TRY(node::LocalMember patient, node::local_member(paths, record, "patient-" + record.cohorts.front().name));
    MC_TRY(fhe::ParamsPtr params, fhe::Params::named(document.profile));
    return Uploader(std::move(document), std::move(patient.wallet), std::move(params));
  }

  [[nodiscard]] const client::CommonsDocument& document() const { return document_; }
  [[nodiscard]] const governance::Wallet& wallet() const { return wallet_; }
  [[nodiscard]] const fhe::ParamsPtr& params() const { return params_; }
  [[nodiscard]] node::ChainLink& link() const { return *link_; }
  [[nodiscard]] const governance::CommonsChain& chain() const { return link_->commons(); }
  [[nodiscard]] client::StoreClient& store() { return store_; }
  [[nodiscard]] Hash256 dataset() const { return governance::dataset_id(document_.dataset); }

  Result<client::CollectiveKeys> keys() {
    return client::fetch_collective_keys(store_, *params_, document_.epoch, chain());
  }

  /// One row of her own, in a manifest.
  Status reserve(data::Manifest& manifest) const {
    MC_TRY(const governance::SlotRange range, chain().reserve_slots(wallet_, dataset(), 1));
    manifest.owner = wallet_.address().bytes;
    manifest.range = {range.begin, range.count};
    return {};
  }
  [[nodiscard]] std::uint32_t block_of(const data::Manifest& manifest) const {
    return static_cast<std::uint32_t>(manifest.range.begin / params_->slot_count());
  }

  Result<Hash256> put(ByteView bytes) {
    const Hash256 name = sha256(bytes);
    MC_TRY_STATUS(store_.put_blob(wallet_.address().text(), client::upload_token(document_, wallet_), name, bytes));
    return name;
  }

  /// Proves what `witnesses` let her prove, and publishes with her own consent.
  Status publish(data::Manifest manifest, const fhe::PublicKey& key,
                 const std::vector<fhe::EncryptionWitness>& witnesses) {
    const fhe::PlaintextProof proof = fhe::prove_plaintexts(
        *params_, key, client::upload_statement(document_, manifest, 0), witnesses, wallet_.secret());
    const Bytes proof_bytes = fhe::encode_plaintext_proof(*params_, proof);
    MC_TRY(const Hash256 proof_name, put(proof_bytes));
    manifest.proofs = {{proof_name, proof_bytes.size()}};
    MC_TRY(const Hash256 manifest_name, put(data::encode_manifest(manifest)));
    MC_TRY(const Hash256 attestation, put(governance::encode(consent())));
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           chain().publish_data(wallet_, dataset(), manifest_name, attestation));
    return store_.announce_publication();
  }

 private:
  [[nodiscard]] governance::ConsentAttestation consent() const {
    governance::InitialLeaf leaf;
    leaf.person = governance::person_commitment(wallet_.secret(), dataset(), wallet_.address(), "herself");
    leaf.patient = wallet_.address();
    leaf.granted = true;
    leaf.use = document_.purpose;
    return {dataset(), wallet_.address(), {leaf}};
  }

  client::CommonsDocument document_;
  governance::Wallet wallet_;
  fhe::ParamsPtr params_;
  std::unique_ptr<node::ChainLink> link_;
  std::unique_ptr<client::Transport> transport_;
  client::StoreClient store_;
};

}  // namespace mc
