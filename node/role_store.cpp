// SPDX-License-Identifier: Apache-2.0
// The store: keeps sealed blobs, public documents, consent statements and the key-generation board. It is trusted for
// availability only: what it keeps is encrypted, signed, or named by a hash that is on chain.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "client/key_file.hpp"
#include "client/owner.hpp"
#include "client/researcher.hpp"
#include "client/risk_model.hpp"
#include "data/packing/slots.hpp"
#include "data/sealed/manifest.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "node/consent_desk.hpp"
#include "node/logging.hpp"
#include "node/model_shelf.hpp"
#include "node/role.hpp"
#include "node/store_epochs.hpp"
#include "protocol/opening_verdict.hpp"

namespace mc::node {
namespace {

/// Keys and what a ceremony posts: in `train` a share of a relinearisation key has 128 MB.
constexpr std::size_t kDocumentBodyBytesMax = client::kBlobReplyBytesMax;
constexpr std::size_t kBoardSlackBytes = 4096;
constexpr std::string_view kQuotaArea = "owner-bytes";
/// Documents of an owner beside its sealed blobs: manifest, attestation, proofs, and room for a repeated try.
constexpr std::uint64_t kOwnerDocumentBytesMax = std::uint64_t{512} << 20;

class StoreRole {
 public:
  static Result<std::unique_ptr<StoreRole>> open(const RoleConfig& config) {
    MC_TRY(client::CommonsDocument document, role_document(config));
    MC_TRY(fhe::ParamsPtr params, fhe::Params::named(document.profile));
    MC_TRY(data::BlobStore blobs, data::BlobStore::open(config.folder / "rocksdb"));
    MC_TRY(governance::Wallet wallet, client::load_or_create_wallet(config.folder / "wallet.key"));
    std::unique_ptr<StoreRole> role(
        new StoreRole(std::move(document), std::move(params), std::move(blobs), std::move(wallet)));
    MC_TRY(SecretKey256 identity, client::load_or_create_secret(config.folder / "identity.key"));
    MC_TRY(role->epochs_, StoreEpochs::open(role->document_, role->params_, role->blobs_, role->chain_.commons(),
                                            std::move(identity)));
    MC_TRY_STATUS(role->desk_.refresh());
    return role;
  }

  Router routes() {
    Router router;
    router.get("/v1/health", [this](const HttpRequest&) { return health(); });
    router.get("/v1/blobs/{hash}", [this](const HttpRequest& r) { return blob(r); });
    router.get("/v1/blobs/{hash}/presence", [this](const HttpRequest& r) { return presence(r); });
    router.add(
        "PUT", "/v1/owners/{owner}/blobs/{hash}", [this](const HttpRequest& r) { return put_blob(r); },
        client::kBlobReplyBytesMax);
    router.add(
        "PUT", "/v1/studies/{study}/documents/{hash}", [this](const HttpRequest& r) { return put_study_document(r); },
        std::size_t{4} << 20);
    router.add_long(
        "POST", "/v1/publications", [this](const HttpRequest&) { return publications(); }, kDefaultBodyBytesMax);
    router.get("/v1/consent/statements", [this](const HttpRequest& r) { return statements(r); });
    router.add(
        "POST", "/v1/consent/statements", [this](const HttpRequest& r) { return take_statement(r); },
        governance::kStatementBytesMax);
    router.add_long(
        "POST", "/v1/consent/batches", [this](const HttpRequest& r) { return take_statements(r); },
        client::kBatchBytesMax);
    router.get("/v1/board/{ceremony}", [this](const HttpRequest& r) { return board_slots(r); });
    router.get("/v1/board/{ceremony}/{slot}", [this](const HttpRequest& r) { return board_message(r); });
    router.add(
        "PUT", "/v1/board/{ceremony}/{slot}", [this](const HttpRequest& r) { return put_board_message(r); },
        epochs_->board_body_bytes_max() + kBoardSlackBytes);
    router.get("/v1/verdicts/{manifest}", [this](const HttpRequest& r) { return opening_verdicts(r); });
    router.add(
        "PUT", "/v1/verdicts/{manifest}", [this](const HttpRequest& r) { return put_opening_verdict(r); },
        protocol::kOpeningVerdictBytesMax);
    router.get("/v1/models", [this](const HttpRequest&) { return models(); });
    router.get("/v1/models/{name}", [this](const HttpRequest& r) { return model(r); });
    router.add(
        "PUT", "/v1/models/{name}", [this](const HttpRequest& r) { return put_model(r); }, client::kModelBytesMax);
    router.get("/v1/committees/{epoch}", [this](const HttpRequest& r) { return committee_document(r); });
    router.add(
        "PUT", "/v1/committees/{epoch}", [this](const HttpRequest& r) { return put_committee_document(r); },
        client::kDocumentBytesMax);
    router.get("/v1/migrations/{epoch}", [this](const HttpRequest& r) { return migration_manifest(r); });
    router.add_long(
        "POST", "/v1/migrations/{epoch}", [this](const HttpRequest& r) { return carry(r); }, kDefaultBodyBytesMax);
    router.get("/v1/keys/{epoch}", [this](const HttpRequest& r) { return keys(r); });
    router.add(
        "PUT", "/v1/keys/{epoch}", [this](const HttpRequest& r) { return put_keys(r); }, kDocumentBodyBytesMax);
    router.get("/v1/keys/{epoch}/galois/{element}", [this](const HttpRequest& r) { return galois_key(r); });
    router.add(
        "PUT", "/v1/keys/{epoch}/galois/{element}", [this](const HttpRequest& r) { return put_galois_key(r); },
        kDocumentBodyBytesMax);
    return router;
  }

 private:
  StoreRole(client::CommonsDocument document, fhe::ParamsPtr params, data::BlobStore blobs, governance::Wallet wallet)
      : document_(std::move(document)),
        params_(std::move(params)),
        dataset_(governance::dataset_id(document_.dataset)),
        blobs_(std::move(blobs)),
        wallet_(std::move(wallet)),
        chain_(document_),
        desk_(document_, blobs_, chain_.commons(), wallet_),
        shelf_(document_, blobs_, chain_.commons()) {}

  Result<HttpResponse> health() {
    const data::StoreStats stats = blobs_.stats();
    const nlohmann::ordered_json json = {
        {"role", "store"}, {"state", "ready"}, {"blobs", stats.blobs}, {"bytes", stats.blob_bytes}};
    return HttpResponse::json(json.dump());
  }

  Result<HttpResponse> blob(const HttpRequest& request) {
    MC_TRY(const Hash256 name, hash_from_hex(request.parameter("hash")));
    MC_TRY(Bytes bytes, blobs_.get(name));
    return HttpResponse::binary(std::move(bytes));
  }

  Result<HttpResponse> presence(const HttpRequest& request) {
    MC_TRY(const Hash256 name, hash_from_hex(request.parameter("hash")));
    MC_TRY(const bool present, blobs_.has(name));
    return HttpResponse::binary(Bytes{static_cast<std::uint8_t>(present ? '1' : '0')});
  }

  Result<HttpResponse> put_blob(const HttpRequest& request) {
    MC_TRY(const governance::Address owner, governance::address_from_text(request.parameter("owner")));
    MC_TRY(const Hash256 name, hash_from_hex(request.parameter("hash")));
    MC_TRY(const std::string token, request.query_value("token"));
    MC_TRY(const governance::SlotRange range, range_of(owner));
    MC_TRY_STATUS(check_token(owner, token));
    if (sha256(request.body) != name) {
      return fail(Code::kCorrupt,
                  "the uploaded bytes do not hash to " + name.hex() + ": truncated or altered on the way");
    }
    MC_TRY_STATUS(check_content(owner, range, request.body));
    MC_TRY_STATUS(charge(owner, range, name, request.body.size()));
    MC_TRY_STATUS(blobs_.put(name, request.body));
    return HttpResponse::empty();
  }

  /// The slots the chain reserved for this owner; nobody else may upload.
  Result<governance::SlotRange> range_of(const governance::Address& owner) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = ranges_.find(owner); found != ranges_.end()) return found->second;
    }
    MC_TRY(const std::vector<governance::SlotRange> ranges, chain_.commons().slot_ranges(dataset_));
    for (const governance::SlotRange& range : ranges) {
      if (range.owner != owner) continue;
      const std::lock_guard lock(mutex_);
      return ranges_.emplace(owner, range).first->second;
    }
    return fail(Code::kRefused, "owner " + owner.text() + " has no slots reserved in '" + document_.dataset + "'");
  }

  Status check_token(const governance::Address& owner, const std::string& token) const {
    MC_TRY(const Bytes bytes, from_hex(token));
    MC_TRY(const governance::Signature signature, governance::signature_from_bytes(bytes));
    // Half of all altered signatures belong to no key at all, the others to somebody else: the same refusal.
    const auto signer = governance::recover(client::upload_token_digest(document_, owner), signature);
    if (!signer || *signer != owner) {
      return fail(Code::kRefused, "the upload token is not signed by owner " + owner.text());
    }
    return {};
  }

  /// A sealed blob of this owner, a proof, its manifest, or its attestation; anything else is not kept.
  Status check_content(const governance::Address& owner, const governance::SlotRange& range, ByteView body) const {
    const auto header = data::read_sealed_header(body);
    if (header) {
      const data::SealedHeader wanted =
          data::fresh_header(*params_, data::schema_hash(document_.schema), document_.dataset, document_.epoch,
                             owner.bytes, {range.begin, range.count}, header->handle, header->block);
      MC_TRY_STATUS(data::check_header(*header, wanted));
      MC_TRY([[maybe_unused]] const data::Feature feature, data::feature_from_handle(document_.schema, header->handle));
      MC_TRY([[maybe_unused]] const data::SealedBlob blob, data::decode_sealed(body, *params_));
      return {};
    }
    if (const auto manifest = data::decode_manifest(body)) {
      if (manifest->owner != owner.bytes) return fail(Code::kRefused, "the manifest is another owner's");
      return data::check_manifest(*manifest, document_.schema, params_->slot_count());
    }
    // What it proves is the custodians' to check: they believe no store.
    if (fhe::decode_plaintext_proof(*params_, body)) return {};
    if (const auto attestation = governance::decode_consent_attestation(body)) {
      if (attestation->owner != owner) return fail(Code::kRefused, "the attestation is another owner's");
      return {};
    }
    return fail(header.error());
  }

  /// Bounds what one owner may make us keep: its features times its blocks, twice over for repeated tries.
  Status charge(const governance::Address& owner, const governance::SlotRange& range, const Hash256& name,
                std::size_t size) {
    const std::lock_guard lock(mutex_);
    MC_TRY(const bool present, blobs_.has(name));
    if (present) return {};
    auto [entry, fresh] = used_.try_emplace(owner, 0);
    if (fresh) {
      if (const auto record = blobs_.get_record(kQuotaArea, owner.text())) {
        Reader reader(*record, "quota record");
        MC_TRY(entry->second, reader.u64());
      }
    }
    const std::uint64_t blocks = data::blocks_of({range.begin, range.count}, params_->slot_count()).size();
    const std::uint64_t sealed_bytes =
        2 * fhe::packed_poly_bytes({params_->top_level().value, false}, params_->ring()) + kBoardSlackBytes;
    const std::uint64_t quota =
        2 * blocks * data::sealed_features(document_.schema).size() * sealed_bytes + kOwnerDocumentBytesMax;
    if (entry->second + size > quota) {
      return fail(Code::kLimit, "owner " + owner.text() + " has used its " + std::to_string(quota) + " bytes");
    }
    entry->second += size;
    Writer writer;
    writer.u64(entry->second);
    return blobs_.put_record(kQuotaArea, owner.text(), writer.bytes());
  }

  Result<HttpResponse> put_study_document(const HttpRequest& request) {
    MC_TRY(const Hash256 id, hash_from_hex(request.parameter("study")));
    MC_TRY(const Hash256 name, hash_from_hex(request.parameter("hash")));
    MC_TRY(const governance::Study study, chain_.commons().study(id));
    if (study.proposal.requester_key != name && study.proposal.content != name) {
      return fail(Code::kRefused, "study " + id.hex() + " names no document " + name.hex());
    }
    MC_TRY_STATUS(blobs_.put(name, request.body));
    return HttpResponse::empty();
  }

  Result<HttpResponse> publications() {
    {
      const std::lock_guard lock(mutex_);
      ranges_.clear();
    }
    MC_TRY_STATUS(desk_.refresh());
    return HttpResponse::empty();
  }

  Result<HttpResponse> statements(const HttpRequest& request) {
    MC_TRY(const std::string text, request.query_value("from"));
    MC_TRY(const std::uint64_t from, number(text));
    MC_TRY(const std::vector<Bytes> list, desk_.statements(from));
    return HttpResponse::binary(client::encode_list(list));
  }

  Result<HttpResponse> take_statement(const HttpRequest& request) {
    const std::vector<Bytes> one = {Bytes(request.body.begin(), request.body.end())};
    MC_TRY_STATUS(desk_.take(one));
    return HttpResponse::empty();
  }

  Result<HttpResponse> take_statements(const HttpRequest& request) {
    MC_TRY(const std::vector<Bytes> list, client::decode_list(request.body, client::kStatementsPerBatchMax));
    MC_TRY_STATUS(desk_.take(list));
    return HttpResponse::empty();
  }

  static Result<std::uint64_t> number(const std::string& text) {
    if (text.empty() || text.size() > 18 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
      return fail(Code::kInvalidArgument, "'" + text + "' is not a number");
    }
    return std::stoull(text);
  }

  static Result<std::uint64_t> epoch_of(const HttpRequest& request) { return number(request.parameter("epoch")); }

  Result<HttpResponse> board_slots(const HttpRequest& request) {
    MC_TRY(const Hash256 ceremony, hash_from_hex(request.parameter("ceremony")));
    MC_TRY(const std::vector<Bytes> names, epochs_->board_slots(ceremony));
    return HttpResponse::binary(client::encode_list(names));
  }

  Result<HttpResponse> board_message(const HttpRequest& request) {
    MC_TRY(const Hash256 ceremony, hash_from_hex(request.parameter("ceremony")));
    MC_TRY(Bytes bytes, epochs_->board_message(ceremony, request.parameter("slot")));
    return HttpResponse::binary(std::move(bytes));
  }

  Result<HttpResponse> put_board_message(const HttpRequest& request) {
    MC_TRY(const Hash256 ceremony, hash_from_hex(request.parameter("ceremony")));
    MC_TRY_STATUS(epochs_->put_board_message(ceremony, request.parameter("slot"), request.body));
    return HttpResponse::empty();
  }

  Result<HttpResponse> opening_verdicts(const HttpRequest& request) {
    MC_TRY(const Hash256 manifest, hash_from_hex(request.parameter("manifest")));
    MC_TRY(const std::vector<Bytes> verdicts, epochs_->opening_verdicts(manifest));
    return HttpResponse::binary(client::encode_list(verdicts));
  }

  Result<HttpResponse> put_opening_verdict(const HttpRequest& request) {
    MC_TRY(const Hash256 manifest, hash_from_hex(request.parameter("manifest")));
    MC_TRY_STATUS(epochs_->put_opening_verdict(manifest, request.body));
    return HttpResponse::empty();
  }

  Result<HttpResponse> models() {
    MC_TRY(const std::vector<Bytes> texts, shelf_.all());
    return HttpResponse::binary(client::encode_list(texts));
  }

  Result<HttpResponse> model(const HttpRequest& request) {
    MC_TRY(const Bytes text, shelf_.get(request.parameter("name")));
    return HttpResponse::json(text_of(text));
  }

  Result<HttpResponse> put_model(const HttpRequest& request) {
    MC_TRY_STATUS(shelf_.put(request.parameter("name"), request.body_text()));
    return HttpResponse::empty();
  }

  Result<HttpResponse> committee_document(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY(Bytes bytes, epochs_->document(epoch));
    return HttpResponse::binary(std::move(bytes));
  }

  Result<HttpResponse> put_committee_document(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY_STATUS(epochs_->put_document(epoch, request.body));
    return HttpResponse::empty();
  }

  Result<HttpResponse> migration_manifest(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY(Bytes bytes, epochs_->migration_manifest(epoch));
    return HttpResponse::binary(std::move(bytes));
  }

  Result<HttpResponse> carry(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY_STATUS(epochs_->carry(epoch));
    return HttpResponse::empty();
  }

  Result<HttpResponse> keys(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY(Bytes bytes, epochs_->keys(epoch));
    return HttpResponse::binary(std::move(bytes));
  }

  Result<HttpResponse> put_keys(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY_STATUS(epochs_->put_keys(epoch, request.body));
    return HttpResponse::empty();
  }

  Result<HttpResponse> galois_key(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY(const std::uint64_t element, number(request.parameter("element")));
    MC_TRY(Bytes bytes, epochs_->galois_key(epoch, element));
    return HttpResponse::binary(std::move(bytes));
  }

  /// Only a key that the collective keys on chain name; they come first.
  Result<HttpResponse> put_galois_key(const HttpRequest& request) {
    MC_TRY(const std::uint64_t epoch, epoch_of(request));
    MC_TRY(const std::uint64_t element, number(request.parameter("element")));
    MC_TRY_STATUS(epochs_->put_galois_key(epoch, element, request.body));
    return HttpResponse::empty();
  }

  const client::CommonsDocument document_;
  const fhe::ParamsPtr params_;
  const Hash256 dataset_;
  data::BlobStore blobs_;
  const governance::Wallet wallet_;
  ChainLink chain_;
  ConsentDesk desk_;
  ModelShelf shelf_;
  std::unique_ptr<StoreEpochs> epochs_;
  std::mutex mutex_;
  std::map<governance::Address, governance::SlotRange> ranges_;
  std::map<governance::Address, std::uint64_t> used_;
};

}  // namespace

Status run_store(const RoleConfig& config) {
  set_log_name(config.name);
  MC_TRY(ShutdownSignal signal, ShutdownSignal::install());
  MC_TRY(const std::unique_ptr<StoreRole> role, StoreRole::open(config));
  return serve_until_stopped(role->routes(), config, signal);
}

}  // namespace mc::node
