// SPDX-License-Identifier: Apache-2.0
// hostile_parameters DIR STUDY SQL KIND: an approved researcher who seals something else than numbers (R23), records
// what the contracts let her record, and tells what the custodians say. The query has weights, of which the first is
// 1/2 and others are 0 where she is honest; the study is active.
//   unit_vector  1 in one person's slot and 0 in all others: a weighted sum would be that person's value
//   no_bit       a bit that is -1: a weight beyond its range, so that the noise would be too small for it
//   copied       somebody's sealed column with an encryption of zero on it: nobody who proves it knows what is inside
//   swapped      honest parameters, but not those whose hash is recorded
//   unforced     counts asked for with parameters that were never forced
//   beside       honest bits, and a 1 in another coefficient: it is forced, and the other coefficient is gone
#include <array>
#include <cstdio>

#include "base/file.hpp"
#include "client/collective_keys.hpp"
#include "client/count_calls.hpp"
#include "client/researcher.hpp"
#include "client/run_messages.hpp"
#include "client/sealed_parameters.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"
#include "protocol/run.hpp"
#include "query/parameters/forced_numbers.hpp"

namespace mc {
namespace {

constexpr std::string_view kBinary = "application/octet-stream";
constexpr std::size_t kReplyBytesMax = std::size_t{1} << 20;
constexpr std::size_t kFarCoefficient = 200;

class Mallory {
 public:
  static Result<std::unique_ptr<Mallory>> create(const std::filesystem::path& dir, const std::string& study,
                                                 std::string sql) {
    const node::LocalPaths paths{std::filesystem::absolute(dir)};
    MC_TRY(client::CommonsDocument document, node::local_document(paths));
    MC_TRY(client::ResearcherKeys keys,
           client::load_or_create_researcher_keys(paths.researcher(std::string(node::kResearcherName))));
    std::unique_ptr<Mallory> mallory(new Mallory(std::move(document), std::move(keys), std::move(sql)));
    MC_TRY(const Hash256 id, hash_from_hex(study));
    MC_TRY_STATUS(mallory->look(id));
    return mallory;
  }

  Status mount(const std::string& kind) {
    if (kind == "unforced") return ask_counts(sha256(view_of("never forced")));
    MC_TRY(const Bytes honest, sealed(query::plaintext_of_bits(*params_, query::bits_of_weight(0.5))));
    if (kind == "swapped") return force(honest, sha256(view_of("something else")));
    MC_TRY(const Bytes bytes, kind == "unit_vector" ? sealed(unit_vector())
                              : kind == "copied"    ? copied()
                                                    : sealed(with_coefficient(kind == "beside" ? kFarCoefficient : 1,
                                                                           kind == "beside" ? 1 : -2)));
    return force(bytes, sha256(bytes));
  }

 private:
  /// Everything that an honest requester looks at as well.
  Status look(const Hash256& id) {
    MC_TRY(study_, link_.commons().study(id));
    MC_TRY(params_, fhe::Params::named(document_.profile));
    client::StoreClient store(*transport_);
    MC_TRY(const client::CollectiveKeys collective,
           client::fetch_collective_keys(store, *params_, document_.epoch, link_.commons()));
    key_ = fhe::narrow_public_key(*params_, collective.public_key);
    client::Researcher researcher(document_, keys_, link_.commons(), node::http_transports());
    MC_TRY(plan_, researcher.plan(sql_));
    client::PublicRecords records(document_, params_);
    MC_TRY(const governance::Block now, link_.chain().latest_block());
    MC_TRY(view_, records.look(link_.commons(), store, study_.asked(), now.time_s, plan_.person));
    return {};
  }

  Mallory(client::CommonsDocument document, client::ResearcherKeys keys, std::string sql)
      : document_(std::move(document)),
        link_(document_),
        keys_(std::move(keys)),
        sql_(std::move(sql)),
        transport_(node::http_transports()(document_.store_url, "the store")) {}

  [[nodiscard]] fhe::Plaintext unit_vector() const {
    std::vector<double> slots(params_->slot_count(), 0);
    slots[0] = 1;
    return fhe::Encoder(params_)
        .encode(slots, params_->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2))
        .value_or_stop();
  }
  [[nodiscard]] fhe::Plaintext with_coefficient(std::size_t at, std::int64_t value) const {
    fhe::Plaintext plain = query::plaintext_of_bits(*params_, query::bits_of_weight(0.5));
    std::vector<fhe::i128> integers(params_->ring().degree(), 0);
    integers[at] = static_cast<fhe::i128>(value) << query::kBitScaleLog2;
    params_->ring().add(
        plain.poly, params_->ring().to_ntt(params_->ring().from_wide(integers, {params_->top_level().value, false})));
    return plain;
  }

  /// Sealed and proven: she knows what it is, and the proof holds.
  Result<Bytes> sealed(const fhe::Plaintext& message) const {
    KeyStream stream = KeyStream::fresh();
    MC_TRY(fhe::WitnessedCiphertext made, fhe::encrypt_with_witness(*params_, key_, message, stream));
    return packed(std::move(made.ciphertext), made.witness);
  }

  /// The first owner's first column, with an encryption of zero added and proven.
  Result<Bytes> copied() const {
    client::StoreClient store(*transport_);
    const data::Manifest& victim = view_.manifests.front();
    const data::ManifestEntry& entry = victim.entries.front();
    MC_TRY(const Bytes stolen, store.blob(entry.blob));
    MC_TRY(const data::SealedBlob blob,
           data::open_blob(stolen, entry.blob, data::expected_header(victim, entry, *params_), *params_));
    fhe::Plaintext zero{params_->ring().make<fhe::Domain::kNtt>({params_->top_level().value, false}),
                        fhe::Scale::power_of_two(fhe::kSealScaleLog2)};
    KeyStream stream = KeyStream::fresh();
    MC_TRY(fhe::WitnessedCiphertext made, fhe::encrypt_with_witness(*params_, key_, zero, stream));
    for (std::size_t part = 0; part < 2; ++part) {
      params_->ring().add(made.ciphertext.parts[part], blob.ciphertext.parts[part]);
    }
    return packed(std::move(made.ciphertext), made.witness);
  }

  [[nodiscard]] Bytes packed(fhe::Ciphertext ciphertext, const fhe::EncryptionWitness& witness) const {
    client::SealedParameters sealed{study_.id, query::plan_hash(plan_), std::move(ciphertext), {}};
    sealed.ciphertext.epoch = document_.epoch;
    const fhe::PlaintextStatement statement =
        client::parameter_statement(document_, *params_, study_.requester, sealed);
    sealed.proof = fhe::prove_plaintexts(*params_, key_, statement, {&witness, 1}, keys_.answer_secret);
    return client::encode_sealed_parameters(*params_, sealed);
  }

  Result<protocol::Authorisation> authorisation(const Hash256& parameters) const {
    MC_TRY(const std::uint32_t used, link_.commons().releases_used(study_.id));
    protocol::Authorisation a;
    a.chain_id = document_.deployment.chain_id;
    a.study = study_.id;
    a.release_number = used + 1;
    a.epoch = document_.epoch;
    a.plan = query::plan_hash(plan_);
    a.data_root = view_.data_root;
    a.consent_root = view_.consent_root;
    a.mask = view_.mask;
    a.requester_key = study_.proposal.requester_key;
    a.rho_nano = document_.exact ? 0 : 1;
    a.parameters = parameters;
    return a;
  }

  Status force(const Bytes& bytes, const Hash256& named) const {
    MC_TRY(protocol::Authorisation a, authorisation(named));
    a.result = protocol::run_commitment(a);
    const std::array multiplicands{a.result};
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           link_.commons().authorise(keys_.wallet, client::chain_record(a), multiplicands));
    const auto compute = node::http_transports()(document_.compute_url, "the compute node");
    const auto reply =
        compute->post("/v1/runs", client::encode_release_call({a, plan_.sql, {}, {}, 0, bytes}), kBinary, kReplyBytesMax);
    std::printf("%s\n", reply ? "forced" : reply.error().message.c_str());
    return {};
  }

  Status ask_counts(const Hash256& named) const {
    MC_TRY(protocol::Authorisation a, authorisation(named));
    a.opens_counts = true;
    a.result = sha256(view_of("a result"));
    a.sigma_log2.assign(query::count_moments(plan_).size(), 80);
    const std::vector<Hash256> multiplicands(a.sigma_log2.size(), sha256(view_of("a multiplicand")));
    MC_TRY([[maybe_unused]] const governance::Receipt receipt,
           link_.commons().authorise(keys_.wallet, client::chain_record(a), multiplicands));
    const auto custodian = node::http_transports()(document_.custodians[0].url, "custodian 0");
    const auto reply = custodian->post("/v1/counts", client::encode_counts_call({{a, plan_.sql, {}, {}}, {}}), kBinary,
                                       kReplyBytesMax);
    std::printf("%s\n", reply ? "opened" : reply.error().message.c_str());
    return {};
  }

  client::CommonsDocument document_;
  node::ChainLink link_;
  client::ResearcherKeys keys_;
  std::string sql_;
  std::unique_ptr<client::Transport> transport_;
  governance::Study study_;
  fhe::ParamsPtr params_;
  fhe::PublicKey key_;
  query::Plan plan_;
  client::DatasetView view_;
};

Status run(int count, char** arguments) {
  if (count != 5) return fail(Code::kInvalidArgument, "usage: hostile_parameters DIR STUDY SQL KIND");
  MC_TRY(const std::unique_ptr<Mallory> mallory, Mallory::create(arguments[1], arguments[2], arguments[3]));
  return mallory->mount(arguments[4]);
}

}  // namespace
}  // namespace mc

int main(int count, char** arguments) {
  const mc::Status status = mc::run(count, arguments);
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return 1;
}
