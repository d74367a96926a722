// SPDX-License-Identifier: Apache-2.0
#include "node/verifier.hpp"

#include <chrono>
#include <mutex>
#include <thread>

#include "client/researcher.hpp"
#include "node/committee_change.hpp"
#include "node/execution_turns.hpp"
#include "node/limits.hpp"
#include "node/result_shelf.hpp"
#include "node/sound_moves.hpp"
#include "protocol/refusal.hpp"
#include "query/plan/compile.hpp"

namespace mc::node {
namespace {

constexpr std::uint32_t kThreads = 2;
constexpr int kLookTries = 5;
constexpr std::chrono::milliseconds kLookPause{100};

/// All that an execution's result follows from in one commons and epoch; the study besides, so that none gets what was
/// computed for another (R6).
Hash256 what_is_executed(const query::Plan& plan, const client::DatasetView& view, const Hash256& study,
                         const query::PlanPart& part, std::span<const fhe::Ciphertext> numbers,
                         const fhe::Params& params) {
  Sha256 hash("medcommons/what-is-executed/v1");
  for (const Hash256& field : {query::plan_hash(plan), study, view.data_root, view.consent_root, view.mask}) {
    hash.update(field.view());
  }
  hash.update_u64(static_cast<std::uint64_t>(part.kind)).update_sized(part.shown).update_u64(part.steps);
  hash.update_u64(part.left_out.size());
  for (const query::MomentId id : part.left_out) hash.update_u64(id.value);
  hash.update_u64(numbers.size());
  if (!numbers.empty()) hash.update(protocol::hash_results(params, numbers).view());
  return hash.finish();
}

}  // namespace

struct Verifier::State {
  client::CommonsDocument document;
  client::TransportFactory connect;
  std::filesystem::path scratch;
  fhe::ParamsPtr params;
  query::LimbBudget budget;
  std::uint32_t pieces = 0;
  std::mutex records_mutex;
  std::unique_ptr<client::Transport> store_transport;
  std::unique_ptr<client::PublicRecords> records;
  std::mutex uploads_mutex;
  std::unique_ptr<client::UploadVerdicts> uploads;
  client::ProofProgress uploads_progress;
  mutable std::mutex proven_mutex;
  std::shared_ptr<const Uploads> proven = std::make_shared<const Uploads>();
  Hash256 proven_root;      // of the data set that they are
  CarriedData carried;      // of records_mutex
  std::mutex engine_mutex;  // while it is made; made once, it stays and is shared
  std::unique_ptr<client::Engine> engine;
  ExecutionTurns turns{kExecutionsMax};
  ResultShelf executed;
};

Verifier::Verifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier::~Verifier() = default;

Result<Verifier> Verifier::create(const client::CommonsDocument& document, client::TransportFactory connect,
                                  std::filesystem::path scratch) {
  auto state = std::make_unique<State>();
  state->document = document;
  state->connect = std::move(connect);
  state->scratch = std::move(scratch);
  MC_TRY(state->params, fhe::Params::named(document.profile));
  MC_TRY(state->budget, client::limb_budget_of(document));
  MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document));
  state->pieces = static_cast<std::uint32_t>(shape.pieces().size());
  state->store_transport = state->connect(document.store_url, "the store");
  state->records = std::make_unique<client::PublicRecords>(document, state->params);
  state->uploads = std::make_unique<client::UploadVerdicts>(document, state->params);
  return Verifier(std::move(state));
}

Result<query::Plan> Verifier::compile(std::string_view sql) const {
  return query::compile(sql, state_->document.schema, state_->document.dataset, state_->budget);
}

const query::LimbBudget& Verifier::budget() const {
  return state_->budget;
}
const fhe::ParamsPtr& Verifier::params() const {
  return state_->params;
}

Result<client::DatasetView> Verifier::look(const governance::CommonsChain& chain, const governance::DataUse& use,
                                           std::uint64_t time_s, const std::optional<query::ForPerson>& person) {
  const std::lock_guard lock(state_->records_mutex);
  client::StoreClient store(*state_->store_transport);
  for (int attempt = 1;; ++attempt) {
    auto view = state_->records->look(chain, store, use, time_s, person);
    if (view) return with_carried(std::move(*view), chain, store);
    if (view.error().code != Code::kConflict || attempt == kLookTries) return view;
    // A publication or statement is between store and chain: start over from the documents a moment later.
    state_->records = std::make_unique<client::PublicRecords>(state_->document, state_->params);
    std::this_thread::sleep_for(kLookPause);
  }
}

/// REQUIRES records_mutex. A view with data of earlier epochs says what they have become, carried over again here
/// (R12).
Result<client::DatasetView> Verifier::with_carried(client::DatasetView view, const governance::CommonsChain& chain,
                                                   client::StoreClient& store) {
  const auto of_earlier_epochs = [&](const std::vector<data::Manifest>& manifests) {
    CarriedData::Epochs blobs;
    for (const data::Manifest& manifest : manifests) {
      if (manifest.epoch == view.epoch) continue;
      for (const data::ManifestEntry& entry : manifest.entries) blobs.emplace(entry.blob, manifest.epoch);
    }
    return blobs;
  };
  const CarriedData::Epochs live = of_earlier_epochs(view.manifests);
  if (live.empty()) return view;
  MC_TRY(view.carried, state_->carried.audit(state_->document, live, of_earlier_epochs(view.left), chain, store));
  return view;
}

Status Verifier::check_uploads(const client::DatasetView& view, const governance::CommonsChain& chain,
                               const std::stop_token& stop) {
  const std::unique_ptr<client::Transport> transport = state_->connect(state_->document.store_url, "the store");
  client::StoreClient store(*transport);
  const auto key_of = [&](Epoch epoch) -> Result<fhe::PublicKey> {
    if (epoch == state_->document.epoch) return public_key(chain);
    MC_TRY(const client::CollectiveKeys keys, client::fetch_collective_keys(store, *state_->params, epoch, chain));
    return fhe::narrow_public_key(*state_->params, keys.public_key);
  };
  const std::lock_guard lock(state_->uploads_mutex);
  MC_TRY_STATUS(state_->uploads->check(view, key_of, store, state_->uploads_progress, stop));
  if (state_->proven_root != view.data_root) {
    auto uploads = std::make_shared<Uploads>();
    for (const data::Manifest& manifest : view.manifests) uploads->emplace(data::manifest_hash(manifest), manifest);
    const std::lock_guard proven_lock(state_->proven_mutex);
    state_->proven = std::move(uploads);
    state_->proven_root = view.data_root;
  }
  return state_->document.owners_trusted ? Status() : check_moves(state_->document, view.manifests);
}

std::shared_ptr<const Verifier::Uploads> Verifier::proven_uploads() const {
  const std::lock_guard lock(state_->proven_mutex);
  return state_->proven;
}

Result<fhe::Ciphertext> Verifier::sealed(const data::Manifest& manifest, const data::ManifestEntry& entry) const {
  const std::unique_ptr<client::Transport> transport = state_->connect(state_->document.store_url, "the store");
  client::StoreClient store(*transport);
  return client::fetch_sealed(*state_->params, manifest, entry, store);
}

client::ProofProgress::Reading Verifier::uploads_progress() const {
  return state_->uploads_progress.read();
}

Status Verifier::ensure_engine(const governance::CommonsChain& chain) {
  const std::lock_guard lock(state_->engine_mutex);
  if (state_->engine) return {};
  const std::unique_ptr<client::Transport> transport = state_->connect(state_->document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(client::CollectiveKeys keys,
         client::fetch_collective_keys(store, *state_->params, state_->document.epoch, chain));
  state_->engine = std::make_unique<client::Engine>(state_->params, std::move(keys), state_->pieces, state_->connect,
                                                    state_->document.store_url, kThreads, state_->scratch);
  return {};
}

Result<std::shared_ptr<const client::Recomputed>> Verifier::execute(
    const query::Plan& plan, const client::DatasetView& view, const governance::CommonsChain& chain,
    const Hash256& study, const query::PlanPart& part, std::span<const fhe::Ciphertext> numbers, bool again) {
  MC_TRY_STATUS(ensure_engine(chain));
  const Hash256 what = what_is_executed(plan, view, study, part, numbers, *state_->params);
  if (auto known = state_->executed.find(what)) return known;
  const std::optional<ExecutionTurns::Turn> turn = state_->turns.ask({study, what, again});
  if (!turn) {
    return protocol::refuse(protocol::Refusal::kBeingExecuted, Code::kUnavailable,
                            "this question is being executed, or waits for its turn; ask again in a moment");
  }
  // Between the two questions whoever had the turn may have come to its end.
  if (auto known = state_->executed.find(what)) return known;
  MC_TRY(client::Recomputed result, state_->engine->run(plan, view, part, numbers));
  auto shared = std::make_shared<const client::Recomputed>(std::move(result));
  state_->executed.keep(what, shared);
  return shared;
}

Result<client::Recomputed> Verifier::force(const query::Plan& plan, const fhe::Ciphertext& sealed,
                                           const governance::CommonsChain& chain, query::Refresher& refresher) {
  MC_TRY_STATUS(ensure_engine(chain));
  return state_->engine->force(plan, sealed, refresher);
}

Result<client::Recomputed> Verifier::run_refreshed(const query::Plan& plan, const client::DatasetView& view,
                                                   const governance::CommonsChain& chain, query::Refresher& refresher) {
  MC_TRY_STATUS(ensure_engine(chain));
  return state_->engine->run_refreshed(plan, view, refresher, !state_->document.exact);
}

Result<Verified> Verifier::run(const query::Plan& plan, const governance::CommonsChain& chain, const Hash256& study,
                               const governance::DataUse& use, std::uint64_t time_s, const query::PlanPart& part,
                               std::span<const fhe::Ciphertext> numbers) {
  MC_TRY(client::DatasetView view, look(chain, use, time_s, plan.person));
  MC_TRY_STATUS(check_uploads(view, chain));
  MC_TRY(auto result, execute(plan, view, chain, study, part, numbers));
  return Verified{std::move(view), std::move(result)};
}

Result<fhe::PublicKey> Verifier::public_key(const governance::CommonsChain& chain) {
  MC_TRY_STATUS(ensure_engine(chain));
  return state_->engine->public_key();
}

Result<Bytes> Verifier::document(const Hash256& name) {
  const std::unique_ptr<client::Transport> transport = state_->connect(state_->document.store_url, "the store");
  client::StoreClient store(*transport);
  return store.blob(name);
}

}  // namespace mc::node
