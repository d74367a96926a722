// SPDX-License-Identifier: Apache-2.0
// copied_upload DIR SQL OUT: the attack that R21 is about, against a whole commons. A patient who is admitted reserves
// one row, puts an encryption of zero on each of the first owner's ciphertexts, uploads the sums as her own, proves
// what she can prove (the zeros), publishes, and records an authorisation for the result, which she computes herself.
// OUT/copied.call is what she then sends to a custodian.
#include <cstdio>

#include "base/file.hpp"
#include "client/release_request.hpp"
#include "tests/system/uploader.hpp"

namespace mc {
namespace {

constexpr std::uint32_t kThreads = 2;

class Copier {
 public:
  static Result<Copier> create(const std::filesystem::path& dir) {
    const node::LocalPaths paths{std::filesystem::absolute(dir)};
    MC_TRY(Uploader her, Uploader::open(paths));
    MC_TRY(client::ResearcherKeys researcher,
           client::load_or_create_researcher_keys(paths.researcher(std::string(node::kResearcherName))));
    Copier copier(std::move(her), std::move(researcher));
    MC_TRY(copier.keys_, copier.her_.keys());
    return copier;
  }

  /// Everything up to the publication.
  Status upload() {
    MC_TRY(const client::DatasetView before, look());
    const data::Manifest& victim = before.manifests.front();
    data::Manifest manifest = victim;
    MC_TRY_STATUS(her_.reserve(manifest));
    const std::uint32_t block = her_.block_of(manifest);
    std::vector<fhe::EncryptionWitness> zeros;
    for (data::ManifestEntry& entry : manifest.entries) {
      MC_TRY(const Bytes stolen, her_.store().blob(entry.blob));
      entry.block = block;
      MC_TRY(data::SealedBlock copy, disguise(stolen, data::expected_header(manifest, entry, params())));
      entry.bytes = copy.bytes.size();
      MC_TRY(entry.blob, her_.put(copy.bytes));
      zeros.push_back(std::move(copy.witness));
    }
    return her_.publish(std::move(manifest), public_key(), zeros);
  }

  /// The result as everybody would compute it, authorised in the name of the researcher, who is in league with her.
  Status ask(const std::string& sql, const std::filesystem::path& out) {
    MC_TRY(const client::DatasetView view, look());
    MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document()));
    client::Researcher researcher(document(), researcher_, chain(), node::http_transports());
    MC_TRY(const query::Plan plan, researcher.plan(sql));
    MC_TRY(const governance::Study study, researcher.study_for(query::plan_hash(plan), std::nullopt));
    const client::Engine engine(her_.params(), std::move(keys_), static_cast<std::uint32_t>(shape.pieces().size()),
                                node::http_transports(), document().store_url, kThreads);
    MC_TRY(const client::Recomputed result, engine.run(plan, view));
    MC_TRY(const std::uint32_t used, chain().releases_used(study.id));
    protocol::Authorisation claimed;
    claimed.chain_id = document().deployment.chain_id;
    claimed.study = study.id;
    claimed.release_number = used + 1;
    claimed.epoch = document().epoch;
    claimed.plan = query::plan_hash(plan);
    claimed.data_root = view.data_root;
    claimed.consent_root = view.consent_root;
    claimed.mask = view.mask;
    claimed.result = result.result;
    claimed.requester_key = study.proposal.requester_key;
    claimed.sigma_log2 = result.sigma_log2;
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           chain().authorise(researcher_.wallet, client::chain_record(claimed), result.multiplicands));
    client::ReleaseCall call;
    call.authorisation = claimed;
    call.sql = sql;
    for (const fhe::PieceId piece : shape.pieces_of(CustodianId(0))) call.bytes_for.push_back(piece);
    return write_file_atomically(out / "copied.call", client::encode_release_call(call));
  }

 private:
  Copier(Uploader her, client::ResearcherKeys researcher) : her_(std::move(her)), researcher_(std::move(researcher)) {}

  [[nodiscard]] const client::CommonsDocument& document() const { return her_.document(); }
  [[nodiscard]] const fhe::Params& params() const { return *her_.params(); }
  [[nodiscard]] const governance::CommonsChain& chain() const { return her_.chain(); }
  [[nodiscard]] fhe::PublicKey public_key() const { return fhe::narrow_public_key(params(), keys_.public_key); }

  Result<client::DatasetView> look() {
    MC_TRY(const governance::Block now, her_.link().chain().latest_block());
    return client::PublicRecords(document(), her_.params()).look(chain(), her_.store(), document().purpose, now.time_s);
  }

  /// The stolen ciphertext plus a fresh encryption of zero, under her own header; the witness is the zero's.
  Result<data::SealedBlock> disguise(ByteView stolen, const data::SealedHeader& own) const {
    KeyStream stream = KeyStream::fresh();
    const fhe::Encoder encoder(her_.params());
    MC_TRY(data::SealedBlock zero, data::seal_block(own, std::vector{0.0}, params(), encoder, public_key(), stream));
    MC_TRY(data::SealedBlob copy, data::decode_sealed(stolen, params()));
    MC_TRY(const data::SealedBlob added, data::decode_sealed(zero.bytes, params()));
    for (std::size_t part = 0; part < 2; ++part)
      params().ring().add(copy.ciphertext.parts[part], added.ciphertext.parts[part]);
    copy.header = own;
    return data::SealedBlock{data::encode_sealed(copy, params()), std::move(zero.witness)};
  }

  Uploader her_;
  client::ResearcherKeys researcher_;
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
