// SPDX-License-Identifier: Apache-2.0
// lying_upload DIR HANDLE=VALUE...: an owner who lies, against a whole commons. A patient who is admitted reserves one
// row and seals a record of her own making: 1 in `present`, the values named, 0 elsewhere. She knows what is inside,
// proves it (R21) and publishes; only the checks of uploads (R20) can tell.
#include <cstdio>
#include <cstdlib>
#include <map>

#include "client/upload_proof.hpp"
#include "governance/consent.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"

namespace mc {
namespace {

using Record = std::map<std::string, double>;

class Liar {
 public:
  static Result<Liar> create(const std::filesystem::path& dir) {
    const node::LocalPaths paths{std::filesystem::absolute(dir)};
    MC_TRY(const node::LocalRecord record, node::read_local_record(paths));
    MC_TRY(client::CommonsDocument document, node::local_document(paths));
    MC_TRY(node::LocalMember patient, node::local_member(paths, record, "patient-" + record.cohorts.front().name));
    MC_TRY(fhe::ParamsPtr params, fhe::Params::named(document.profile));
    Liar liar(std::move(document), std::move(patient.wallet), std::move(params));
    MC_TRY(const client::CollectiveKeys keys,
           client::fetch_collective_keys(liar.store_, *liar.params_, liar.document_.epoch, liar.chain()));
    liar.key_ = fhe::narrow_public_key(*liar.params_, keys.public_key);
    return liar;
  }

  Status upload(const Record& record) {
    const Hash256 dataset = governance::dataset_id(document_.dataset);
    MC_TRY(const governance::SlotRange range, chain().reserve_slots(wallet_, dataset, 1));
    data::Manifest manifest;
    manifest.dataset = document_.dataset;
    manifest.owner = wallet_.address().bytes;
    manifest.schema = data::schema_hash(document_.schema);
    manifest.params_id = params_->id();
    manifest.epoch = document_.epoch;
    manifest.range = {range.begin, range.count};
    const auto block = static_cast<std::uint32_t>(range.begin / params_->slot_count());
    const fhe::Encoder encoder(params_);
    KeyStream stream = KeyStream::fresh();
    std::vector<fhe::EncryptionWitness> witnesses;
    for (const data::Feature& feature : data::sealed_features(document_.schema)) {
      data::ManifestEntry entry;
      entry.handle = data::handle(document_.schema, feature);
      entry.block = block;
      const auto said = record.find(entry.handle);
      const double value = said != record.end() ? said->second : entry.handle == "present" ? 1 : 0;
      const data::SealedHeader header = data::fresh_header(*params_, manifest.schema, manifest.dataset, manifest.epoch,
                                                           manifest.owner, manifest.range, entry.handle, block);
      MC_TRY(data::SealedBlock sealed, data::seal_block(header, std::vector{value}, *params_, encoder, key_, stream));
      entry.bytes = sealed.bytes.size();
      MC_TRY(entry.blob, put(sealed.bytes));
      witnesses.push_back(std::move(sealed.witness));
      manifest.entries.push_back(std::move(entry));
    }
    const fhe::PlaintextProof proof = fhe::prove_plaintexts(
        *params_, key_, client::upload_statement(document_, manifest, 0), witnesses, wallet_.secret());
    const Bytes proof_bytes = fhe::encode_plaintext_proof(*params_, proof);
    MC_TRY(const Hash256 proof_name, put(proof_bytes));
    manifest.proofs = {{proof_name, proof_bytes.size()}};
    MC_TRY(const Hash256 manifest_name, put(data::encode_manifest(manifest)));
    MC_TRY(const Hash256 attestation, put(governance::encode(consent(dataset))));
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           chain().publish_data(wallet_, dataset, manifest_name, attestation));
    return store_.announce_publication();
  }

 private:
  Liar(client::CommonsDocument document, governance::Wallet wallet, fhe::ParamsPtr params)
      : document_(std::move(document)),
        wallet_(std::move(wallet)),
        params_(std::move(params)),
        link_(std::make_unique<node::ChainLink>(document_)),
        transport_(node::http_transports()(document_.store_url, "the store")),
        store_(*transport_) {}

  [[nodiscard]] const governance::CommonsChain& chain() const { return link_->commons(); }

  [[nodiscard]] governance::ConsentAttestation consent(const Hash256& dataset) const {
    governance::InitialLeaf leaf;
    leaf.person = governance::person_commitment(wallet_.secret(), dataset, wallet_.address(), "herself");
    leaf.patient = wallet_.address();
    leaf.granted = true;
    leaf.use = document_.purpose;
    return {dataset, wallet_.address(), {leaf}};
  }

  Result<Hash256> put(ByteView bytes) {
    const Hash256 name = sha256(bytes);
    MC_TRY_STATUS(store_.put_blob(wallet_.address().text(), client::upload_token(document_, wallet_), name, bytes));
    return name;
  }

  client::CommonsDocument document_;
  governance::Wallet wallet_;
  fhe::ParamsPtr params_;
  std::unique_ptr<node::ChainLink> link_;
  std::unique_ptr<client::Transport> transport_;
  client::StoreClient store_;
  fhe::PublicKey key_;
};

Status run(const std::filesystem::path& dir, const Record& record) {
  MC_TRY(Liar liar, Liar::create(dir));
  return liar.upload(record);
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  mc::Record record;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t sign = word.rfind('=');
    if (sign != std::string::npos) record[word.substr(0, sign)] = std::atof(word.c_str() + sign + 1);
  }
  if (argc < 3 || record.empty()) {
    std::fprintf(stderr, "lying_upload DIR HANDLE=VALUE...\n");
    return 2;
  }
  const mc::Status status = mc::run(argv[1], record);
  if (status) return 0;
  std::fprintf(stderr, "lying_upload: %s\n", status.error().message.c_str());
  return 1;
}
