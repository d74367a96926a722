// SPDX-License-Identifier: Apache-2.0
#include "client/recompute.hpp"

#include <cmath>
#include <map>

#include "fhe/threshold/flooding.hpp"
#include "protocol/authorisation.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {

/// One connection, lent to one thread and given back.
class StoreVault::Lease {
 public:
  explicit Lease(const StoreVault& vault) : vault_(vault) {
    const std::lock_guard lock(vault.mutex_);
    if (!vault.idle_.empty()) {
      transport_ = std::move(vault.idle_.back());
      vault.idle_.pop_back();
    } else {
      transport_ = vault.connect_(vault.store_url_, "the store");
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    const std::lock_guard lock(vault_.mutex_);
    vault_.idle_.push_back(std::move(transport_));
  }
  Transport& transport() { return *transport_; }

 private:
  const StoreVault& vault_;
  std::unique_ptr<Transport> transport_;
};

StoreVault::StoreVault(const DatasetView& view, const fhe::Params& params, TransportFactory connect,
                       std::string store_url)
    : view_(view), params_(params), connect_(std::move(connect)), store_url_(std::move(store_url)) {}

Result<fhe::Ciphertext> StoreVault::fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const {
  MC_CHECK(owner < view_.manifests.size());
  const data::Manifest& manifest = view_.manifests[owner];
  const data::ManifestEntry* entry = manifest.find(handle, block);
  if (entry == nullptr) {
    return fail(Code::kNotFound, "owner " + view_.owners[owner].owner + " uploaded no '" + handle + "' for block " +
                                     std::to_string(block));
  }
  MC_TRY(const Hash256 name, name_now(manifest, entry->blob));
  Lease lease(*this);
  StoreClient store(lease.transport());
  MC_TRY(const Bytes bytes, store.unchecked_blob(name));
  bytes_read_ += bytes.size();
  data::SealedHeader wanted = data::expected_header(manifest, *entry, params_);
  wanted.epoch = view_.epoch;
  MC_TRY(data::SealedBlob blob, data::open_blob(bytes, name, wanted, params_));
  return std::move(blob.ciphertext);
}

Result<Hash256> StoreVault::name_now(const data::Manifest& manifest, const Hash256& sealed) const {
  if (manifest.epoch == view_.epoch) return sealed;
  if (view_.carried) {
    if (const auto found = view_.carried->find(sealed); found != view_.carried->end()) return found->second;
  }
  return fail(Code::kUnavailable, "the blob " + sealed.hex() + " of key epoch " + std::to_string(manifest.epoch.value) +
                                      " has not been carried over to epoch " + std::to_string(view_.epoch.value));
}

Engine::Engine(fhe::ParamsPtr params, CollectiveKeys keys, std::uint32_t pieces, TransportFactory connect,
               std::string store_url, std::uint32_t threads, std::filesystem::path scratch)
    : params_(params),
      public_key_(fhe::narrow_public_key(*params, keys.public_key)),
      encoder_(params),
      evaluator_(params, std::make_shared<const fhe::RelinKey>(std::move(keys.relin_key))),
      pieces_(pieces),
      connect_(std::move(connect)),
      store_url_(std::move(store_url)),
      threads_(threads),
      scratch_(std::move(scratch)) {}

namespace {

/// What is executed for a part: counts always by themselves, so that they are the same ciphertexts whenever they are
/// opened (R5). Each with the names of its sums in the whole plan. A run computes all groups, for it does not know yet
/// which are shown.
std::vector<query::PartialPlan> executed_for(const query::Plan& plan, const query::PlanPart& part) {
  if (part.kind == query::PlanPart::Kind::kWhole) return {{plan, query::released_by(plan, part)}};
  std::vector<query::PartialPlan> parts = {query::counts_of(plan)};
  if (part.kind == query::PlanPart::Kind::kGroups) {
    parts.push_back(query::sums_of(plan, plan.is_run() ? query::all_groups(plan).shown : part.shown));
  }
  std::erase_if(parts, [](const query::PartialPlan& executed) { return executed.plan.moments.empty(); });
  return parts;
}

/// hash_results of answers whose digests are there.
Hash256 hash_of(const Recomputed& result) {
  std::vector<fhe::Scale> scales;
  for (const fhe::Ciphertext& answer : result.answers) scales.push_back(answer.scale);
  const Epoch epoch = result.answers.empty() ? Epoch{} : result.answers.front().epoch;
  return protocol::hash_results(epoch, scales, result.heads, result.multiplicands);
}

struct AnswerPlace {
  std::size_t part = 0, index = 0;
};
/// Of every sum, by its name in the whole plan, which executed part has it.
std::vector<AnswerPlace> places_of(std::span<const query::MomentId> names,
                                   std::span<const query::PartialPlan> executed) {
  std::map<query::MomentId, AnswerPlace> by_name;
  for (std::size_t p = 0; p < executed.size(); ++p) {
    for (std::size_t i = 0; i < executed[p].whole.size(); ++i) by_name.emplace(executed[p].whole[i], AnswerPlace{p, i});
  }
  std::vector<AnswerPlace> places;
  for (const query::MomentId id : names) places.push_back(by_name.at(id));
  return places;
}

Result<Recomputed> bounds_of(std::span<const query::PartialPlan> executed, std::span<const AnswerPlace> places,
                             const DatasetView& view, const fhe::Params& params, std::uint32_t pieces) {
  query::NoiseSetting setting = query::noise_setting(pieces, view.owners, params.slot_count());
  setting.earlier = view.earlier_pieces;
  setting.opened = view.opens_columns;
  std::vector<std::vector<query::AnswerBound>> bounds;
  for (const query::PartialPlan& part : executed) {
    MC_TRY(bounds.emplace_back(), query::answer_bounds(part.plan, params, setting));
  }
  Recomputed out;
  for (const AnswerPlace& place : places) {
    const query::AnswerBound& bound = bounds[place.part][place.index];
    const std::uint32_t noise = query::flooded_noise_log2(bound);
    MC_TRY(const std::uint32_t sigma, fhe::flooding_log2(noise));
    out.bounds.push_back(bound);
    out.noise_bound_log2.push_back(noise);
    out.sigma_log2.push_back(static_cast<std::uint8_t>(sigma));
  }
  return out;
}

/// What one person changes in the answers of a part, whose bounds are there. Exact commons release whole plans, and do
/// not ask.
void add_sensitivities(const query::Plan& plan, const query::PlanPart& part, std::size_t slot_count, Recomputed& out) {
  if (part.kind == query::PlanPart::Kind::kWhole) return;
  out.sensitivities = query::sensitivities(plan, query::released_by(plan, part), out.bounds, slot_count);
}

}  // namespace

Recomputed part_of_run(const Recomputed& run, const query::Plan& plan, const query::PlanPart& part,
                       std::size_t slot_count) {
  Recomputed out;
  for (const std::size_t i : query::places_of_part(plan, part)) {
    out.answers.push_back(run.answers.at(i));
    out.bounds.push_back(run.bounds.at(i));
    out.noise_bound_log2.push_back(run.noise_bound_log2.at(i));
    out.sigma_log2.push_back(run.sigma_log2.at(i));
    out.heads.push_back(run.heads.at(i));
    out.multiplicands.push_back(run.multiplicands.at(i));
  }
  out.result = hash_of(out);
  add_sensitivities(plan, part, slot_count, out);
  return out;
}

Result<Recomputed> release_bounds(const query::Plan& plan, const DatasetView& view, const fhe::Params& params,
                                  std::uint32_t pieces, const query::PlanPart& part) {
  MC_TRY_STATUS(query::check_part(plan, part));
  const std::vector<query::PartialPlan> executed = executed_for(plan, part);
  MC_TRY(Recomputed out,
         bounds_of(executed, places_of(query::released_by(plan, part), executed), view, params, pieces));
  add_sensitivities(plan, part, params.slot_count(), out);
  return out;
}

Recomputed Engine::hashed(Recomputed result) const {
  const Workers workers(threads_);
  result.multiplicands = protocol::multiplicand_digests(*params_, result.answers, &workers);
  result.heads = protocol::head_digests(*params_, result.answers, &workers);
  result.result = hash_of(result);
  return result;
}

Result<Recomputed> Engine::sums(std::span<const query::PartialPlan> executed, std::span<const query::MomentId> names,
                                const DatasetView& view, const query::Vault& vault,
                                const query::ProgressFunction& progress) const {
  const std::vector<AnswerPlace> places = places_of(names, executed);
  MC_TRY(Recomputed out, bounds_of(executed, places, view, *params_, pieces_));
  std::vector<std::vector<fhe::Ciphertext>> answers;
  for (const query::PartialPlan& one : executed) {
    MC_TRY(answers.emplace_back(), query::execute(one.plan, view.owners, vault, bench(), progress));
  }
  for (const AnswerPlace& place : places) out.answers.push_back(std::move(answers[place.part][place.index]));
  return hashed(std::move(out));
}

Result<Recomputed> Engine::trained(const query::LogisticPlan& plan, const DatasetView& view, const query::Vault& vault,
                                   query::Refresher& refresher, const query::ProgressFunction& progress) const {
  Recomputed out;
  // What flooding leaves above the noise: by R15, or under argument H.
  MC_TRY(const std::uint32_t by_r15, fhe::flooding_log2(0));
  const std::uint32_t above = query::training_flooding(params_->spec().name).statistical ? by_r15 : kHintFloodingLog2;
  MC_TRY(std::vector<query::TrainingAnswer> answers,
         query::train_logistic(plan, view.owners, vault, bench(), refresher, progress));
  for (query::TrainingAnswer& answer : answers) {
    query::AnswerBound bound;
    bound.scale = answer.ciphertext.scale;
    bound.level = answer.ciphertext.level();
    bound.scale_log2 = bound.scale.bits(*params_);
    bound.noise_log2 = static_cast<double>(answer.sigma_log2) - above;
    out.bounds.push_back(bound);
    out.noise_bound_log2.push_back(answer.sigma_log2 - above);
    out.sigma_log2.push_back(static_cast<std::uint8_t>(answer.sigma_log2));
    out.answers.push_back(std::move(answer.ciphertext));
  }
  return hashed(std::move(out));
}

Result<Recomputed> Engine::run(const query::Plan& plan, const DatasetView& view, const query::PlanPart& part,
                               std::span<const fhe::Ciphertext> numbers,
                               const query::ProgressFunction& progress) const {
  if (plan.is_run()) return fail(Code::kInvalidArgument, "the plan needs refreshes: its custodians run it together");
  MC_TRY_STATUS(query::check_part(plan, part));
  const StoreVault sealed(view, *params_, connect_, store_url_);
  const query::VaultWithNumbers vault(sealed, numbers);
  MC_TRY(Recomputed out, sums(executed_for(plan, part), query::released_by(plan, part), view, vault, progress));
  add_sensitivities(plan, part, params_->slot_count(), out);
  out.bytes_read = sealed.bytes_read();
  return out;
}

Result<Recomputed> Engine::force(const query::Plan& plan, const fhe::Ciphertext& sealed,
                                 query::Refresher& refresher) const {
  Recomputed out;
  MC_TRY(out.numbers, query::force_numbers(plan.parameters, sealed, bench(), refresher));
  out.result = protocol::hash_results(*params_, out.numbers);
  return out;
}

Result<Recomputed> Engine::run_refreshed(const query::Plan& plan, const DatasetView& view, query::Refresher& refresher,
                                         bool is_guarded, const query::ProgressFunction& progress) const {
  MC_CHECK(plan.is_run());
  const query::PlanPart part = is_guarded ? query::all_groups(plan) : query::PlanPart{};
  const std::vector<query::PartialPlan> executed = executed_for(plan, part);
  const std::vector<query::MomentId> names = is_guarded ? query::ever_released(plan) : query::released_by(plan, part);
  const StoreVault sealed(view, *params_, connect_, store_url_);
  query::ComparedColumns columns;
  if (!plan.comparisons.empty() || !plan.computed.empty()) {
    if (!plan.training) {
      // Whether the bound holds is known before anything is computed.
      MC_TRY_STATUS(bounds_of(executed, places_of(names, executed), view, *params_, pieces_));
    }
    // Owners of a guarded commons are not trusted with ranges.
    const auto together = is_guarded ? query::RefreshedTogether::kOwner : query::RefreshedTogether::kBlock;
    MC_TRY(columns, query::made_columns(plan, view.owners, sealed, params_, bench(), refresher, progress, together));
  }
  const query::VaultWithColumns vault(sealed, columns);
  MC_TRY(Recomputed out, plan.training ? trained(*plan.training, view, vault, refresher, progress)
                                       : sums(executed, names, view, vault, progress));
  out.bytes_read = sealed.bytes_read();
  return out;
}

}  // namespace mc::client
