// SPDX-License-Identifier: Apache-2.0
// Plan, mask and result recomputed from public records: the compute node's engine, and each custodian's own verifier
// (R7). Thread-safe; executions take turns (execution_turns.hpp), so that a process holds few working sets, and what
// was executed last is not executed again (result_shelf.hpp).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>

#include "client/recompute.hpp"
#include "client/upload_proof.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/plan/plan.hpp"

namespace mc::node {

struct Verified {
  client::DatasetView view;
  std::shared_ptr<const client::Recomputed> result;
};

class Verifier {
 public:
  /// `scratch`: a folder on a disk, for what long computations do not keep in memory.
  static Result<Verifier> create(const client::CommonsDocument& document, client::TransportFactory connect,
                                 std::filesystem::path scratch = {});
  Verifier(Verifier&&) noexcept;
  ~Verifier();

  /// The plan of a query over this commons.
  Result<query::Plan> compile(std::string_view sql) const;
  [[nodiscard]] const query::LimbBudget& budget() const;

  /// The data set as the chain has it now, with the mask for a use; of one person alone where `person` says so.
  ///   errors  kUnavailable: the consent root on chain could not be rebuilt within a few tries (a change is under way)
  Result<client::DatasetView> look(const governance::CommonsChain& chain, const governance::DataUse& use,
                                   std::uint64_t time_s, const std::optional<query::ForPerson>& person = {});

  /// Whether every upload of a view proves that its owner knows what is in it (R21), and, where owners are not trusted
  /// with the key, came through sound moves only. Each manifest is checked once.
  ///   errors  client::UploadVerdicts::check's and check_moves'
  Status check_uploads(const client::DatasetView& view, const governance::CommonsChain& chain,
                       const std::stop_token& stop = {});
  /// The uploads of the newest data set all of whose proofs held, by their manifest's hash; none before there is one.
  using Uploads = std::map<Hash256, data::Manifest>;
  [[nodiscard]] std::shared_ptr<const Uploads> proven_uploads() const;
  /// client::fetch_sealed, with a connection of its own.
  [[nodiscard]] Result<fhe::Ciphertext> sealed(const data::Manifest& manifest, const data::ManifestEntry& entry) const;
  /// Of the newest check that had anything to look at.
  [[nodiscard]] client::ProofProgress::Reading uploads_progress() const;

  /// The plan executed over a view, or what it came to before. Fetches and checks the collective keys first, once.
  /// `again`: somebody has been answered with this before (ExecutionTurns::Wish).
  ///   errors  kUnavailable being_executed while somebody else's call executes it, or its turn has not come: whoever
  ///           asks again keeps its place in the line; client::Engine::run's
  Result<std::shared_ptr<const client::Recomputed>> execute(const query::Plan& plan, const client::DatasetView& view,
                                                            const governance::CommonsChain& chain, const Hash256& study,
                                                            const query::PlanPart& part = {},
                                                            std::span<const fhe::Ciphertext> numbers = {},
                                                            bool again = false);

  /// The sealed parameters of a plan, forced (R23). Thread-safe.
  Result<client::Recomputed> force(const query::Plan& plan, const fhe::Ciphertext& sealed,
                                   const governance::CommonsChain& chain, query::Refresher& refresher);

  /// A plan that needs refreshes, executed over a view as this commons was founded. Thread-safe.
  Result<client::Recomputed> run_refreshed(const query::Plan& plan, const client::DatasetView& view,
                                           const governance::CommonsChain& chain, query::Refresher& refresher);

  /// look, check_uploads, then execute.
  Result<Verified> run(const query::Plan& plan, const governance::CommonsChain& chain, const Hash256& study,
                       const governance::DataUse& use, std::uint64_t time_s, const query::PlanPart& part = {},
                       std::span<const fhe::Ciphertext> numbers = {});

  /// The collective public key, after fetching and checking it.
  Result<fhe::PublicKey> public_key(const governance::CommonsChain& chain);
  [[nodiscard]] const fhe::ParamsPtr& params() const;
  /// A document of the store by its hash.
  Result<Bytes> document(const Hash256& name);

 private:
  struct State;
  explicit Verifier(std::unique_ptr<State> state);
  Result<client::DatasetView> with_carried(client::DatasetView view, const governance::CommonsChain& chain,
                                           client::StoreClient& store);
  Status ensure_engine(const governance::CommonsChain& chain);
  std::unique_ptr<State> state_;
};

}  // namespace mc::node
