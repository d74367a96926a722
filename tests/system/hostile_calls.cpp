// SPDX-License-Identifier: Apache-2.0
// hostile_calls DIR STUDY SQL OUT: writes release calls as a dishonest requester would send them to custodians, one
// file OUT/<name>.call each, and records on chain whatever the contracts let her record. What comes of them is
// hostile.sh's part.
//   honest         what an honest requester sends; recorded
//   unrecorded     the same with a release number that nobody recorded
//   altered_*      differs in one field from what is recorded
//   lie_*          recorded as it is sent, and untrue: only a custodian who recomputes can know (R7)
//   other_question the study does not allow it
//   unknown_study  never proposed
//   foreign        recorded with one more digest than its result has: somebody else's future ciphertext
//   second_sigma   recorded; asks for the honest answer once more with other noise (R5)
// OUT also gets the first owner's address and upload token, and the name of one sealed blob.
#include <cstdio>
#include <functional>

#include "base/file.hpp"
#include "client/owner.hpp"
#include "client/public_records.hpp"
#include "client/recompute.hpp"
#include "client/release_request.hpp"
#include "client/researcher.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"
#include "protocol/combine.hpp"

namespace mc {
namespace {

constexpr std::string_view kOtherQuestion = "SELECT count(*), sum(age) FROM commons WHERE sex = 'f'";
constexpr std::size_t kReceiptBytesMax = std::size_t{1} << 20;

class Mallory {
 public:
  Mallory(node::LocalPaths paths, node::LocalRecord record, client::CommonsDocument document,
          client::ResearcherKeys keys, governance::Study study, std::string sql, std::filesystem::path out)
      : paths_(std::move(paths)),
        record_(std::move(record)),
        document_(std::move(document)),
        link_(document_),
        keys_(std::move(keys)),
        study_(std::move(study)),
        sql_(std::move(sql)),
        out_(std::move(out)) {}

  Status run() {
    MC_TRY(const protocol::Authorisation honest, honest_authorisation());
    MC_TRY_STATUS(record(honest));
    MC_TRY_STATUS(write("honest", honest, sql_));
    MC_TRY_STATUS(write_altered(honest));
    const Hash256 invented = sha256(view_of("an invented hash"));
    protocol::Authorisation next = honest;
    const auto lie = [&](const std::string& name,
                         const std::function<void(protocol::Authorisation&)>& change) -> Status {
      protocol::Authorisation lying = honest;
      lying.release_number = ++next.release_number;
      change(lying);
      MC_TRY_STATUS(record(lying));
      return write(name, lying, sql_);
    };
    MC_TRY_STATUS(lie("lie_result", [&](auto& a) { a.result = invented; }));
    MC_TRY_STATUS(lie("lie_mask", [&](auto& a) { a.mask = invented; }));
    MC_TRY_STATUS(lie("lie_data_root", [&](auto& a) { a.data_root = invented; }));
    MC_TRY_STATUS(lie("lie_sigma", [&](auto& a) { a.sigma_log2[0] = 3; }));
    multiplicands_.push_back(invented);
    MC_TRY_STATUS(lie("foreign", [](auto&) {}));
    multiplicands_.pop_back();
    MC_TRY_STATUS(lie("second_sigma", [&](auto& a) { a.sigma_log2[0] += 1; }));
    next.release_number += 1;
    MC_TRY_STATUS(write("unrecorded", next, sql_));
    return write_owner();
  }

 private:
  Result<protocol::Authorisation> honest_authorisation() {
    const Bytes body = client::encode_query_call({sql_, study_.id, {}});
    const auto compute = node::http_transports()(document_.compute_url, "the compute node");
    MC_TRY(const Bytes reply, compute->post("/v1/queries", body, "application/octet-stream", kReceiptBytesMax));
    MC_TRY(const client::QueryReceipt receipt, client::decode_query_receipt(reply));
    MC_TRY(const std::uint32_t used, link_.commons().releases_used(study_.id));
    protocol::Authorisation authorisation;
    authorisation.chain_id = document_.deployment.chain_id;
    authorisation.study = study_.id;
    authorisation.release_number = used + 1;
    authorisation.epoch = document_.epoch;
    authorisation.plan = receipt.plan;
    authorisation.data_root = receipt.data_root;
    authorisation.consent_root = receipt.consent_root;
    authorisation.mask = receipt.mask;
    authorisation.result = receipt.result;
    authorisation.requester_key = study_.proposal.requester_key;
    authorisation.sigma_log2 = receipt.sigma_log2;
    multiplicands_ = receipt.multiplicands;
    return authorisation;
  }

  Status record(const protocol::Authorisation& claimed) const {
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           link_.commons().authorise(keys_.wallet, client::chain_record(claimed), multiplicands_));
    return {};
  }

  Status write(const std::string& name, const protocol::Authorisation& authorisation, const std::string& sql) const {
    MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document_));
    client::ReleaseCall call{authorisation, sql, {}, {}};
    for (const fhe::PieceId piece : shape.pieces_of(CustodianId(0))) call.bytes_for.push_back(piece);
    return write_file_atomically(out_ / (name + ".call"), client::encode_release_call(call));
  }

  Status write_altered(const protocol::Authorisation& honest) const {
    const Hash256 invented = sha256(view_of("an invented hash"));
    protocol::Authorisation altered = honest;
    altered.result = invented;
    MC_TRY_STATUS(write("altered_result", altered, sql_));
    altered = honest;
    altered.requester_key = invented;
    MC_TRY_STATUS(write("altered_key", altered, sql_));
    altered = honest;
    altered.epoch = Epoch(honest.epoch.value + 1);
    MC_TRY_STATUS(write("altered_epoch", altered, sql_));
    MC_TRY_STATUS(write("altered_sql", honest, std::string(kOtherQuestion)));
    client::Researcher researcher(document_, keys_, link_.commons(), node::http_transports());
    MC_TRY(const query::Plan other, researcher.plan(kOtherQuestion));
    altered = honest;
    altered.plan = query::plan_hash(other);
    MC_TRY_STATUS(write("other_question", altered, std::string(kOtherQuestion)));
    altered = honest;
    altered.study = invented;
    return write("unknown_study", altered, sql_);
  }

  Status write_owner() const {
    MC_TRY(const client::OwnerKeys owner,
           client::load_or_create_owner_keys(paths_.owner(record_.cohorts.front().name)));
    MC_TRY_STATUS(write_file_atomically(out_ / "owner.address", view_of(owner.wallet.address().text())));
    MC_TRY_STATUS(write_file_atomically(out_ / "owner.token", view_of(client::upload_token(document_, owner.wallet))));
    const auto transport = node::http_transports()(document_.store_url, "the store");
    client::StoreClient store(*transport);
    MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document_.profile));
    client::PublicRecords records(document_, params);
    MC_TRY(const client::DatasetView view, records.look(link_.commons(), store, document_.purpose, 0));
    for (const data::Manifest& manifest : view.manifests) {
      if (manifest.owner != owner.wallet.address().bytes) continue;
      return write_file_atomically(out_ / "blob.hash", view_of(manifest.entries.front().blob.hex()));
    }
    return fail(Code::kNotFound, "the first owner has published nothing");
  }

  node::LocalPaths paths_;
  node::LocalRecord record_;
  client::CommonsDocument document_;
  node::ChainLink link_;
  client::ResearcherKeys keys_;
  governance::Study study_;
  std::string sql_;
  std::filesystem::path out_;
  std::vector<Hash256> multiplicands_;
};

Status run(const std::filesystem::path& dir, const std::string& study, const std::string& sql,
           const std::filesystem::path& out) {
  node::LocalPaths paths{std::filesystem::absolute(dir)};
  MC_TRY(node::LocalRecord record, node::read_local_record(paths));
  MC_TRY(client::CommonsDocument document, node::local_document(paths));
  MC_TRY(client::ResearcherKeys keys,
         client::load_or_create_researcher_keys(paths.researcher(std::string(node::kResearcherName))));
  MC_TRY(const Hash256 id, hash_from_hex(study));
  const node::ChainLink link(document);
  MC_TRY(governance::Study found, link.commons().study(id));
  Mallory mallory(paths, std::move(record), std::move(document), std::move(keys), std::move(found), sql, out);
  return mallory.run();
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "hostile_calls DIR STUDY SQL OUT\n");
    return 2;
  }
  const mc::Status status = mc::run(argv[1], argv[2], argv[3], argv[4]);
  if (status) return 0;
  std::fprintf(stderr, "hostile_calls: %s\n", status.error().message.c_str());
  return 1;
}
