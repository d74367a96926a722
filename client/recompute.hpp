// SPDX-License-Identifier: Apache-2.0
// From a plan and the public records to result ciphertexts: what the compute node runs, and what every custodian runs
// again on its own machine before it makes a share (R7). The same code, the same bits.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "client/collective_keys.hpp"
#include "client/public_records.hpp"
#include "query/compare/computed_columns.hpp"
#include "query/execute/execute.hpp"
#include "query/parameters/forced_numbers.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/noise.hpp"
#include "query/release/privacy.hpp"
#include "query/train/logistic.hpp"

namespace mc::client {

/// Fetches sealed ciphertexts from a store and opens only what is named by the view's manifests. Thread-safe: every
/// thread gets a connection of its own.
class StoreVault final : public query::Vault {
 public:
  /// Keeps references to `view` and `params`.
  StoreVault(const DatasetView& view, const fhe::Params& params, TransportFactory connect, std::string store_url);

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override;
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  class Lease;
  /// What a sealed blob is called under this epoch's key.
  Result<Hash256> name_now(const data::Manifest& manifest, const Hash256& sealed) const;
  const DatasetView& view_;
  const fhe::Params& params_;
  TransportFactory connect_;
  std::string store_url_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Transport>> idle_;
  mutable std::atomic<std::uint64_t> bytes_read_{0};
};

/// Everything a release says about a result, computed by oneself.
struct Recomputed {
  std::vector<fhe::Ciphertext> answers;
  std::vector<query::AnswerBound> bounds;
  std::vector<std::uint32_t> noise_bound_log2;  // rounded up, one per answer
  std::vector<std::uint8_t> sigma_log2;         // flooding that R15 demands
  query::Sensitivities sensitivities;           // what one person changes (R19); of a whole plan empty
  std::vector<Hash256> heads;                   // protocol::head_digests
  std::vector<Hash256> multiplicands;           // protocol::multiplicand_digests
  Hash256 result;                               // protocol::hash_results
  std::uint64_t bytes_read = 0;
  std::vector<fhe::Ciphertext> numbers;  // of a run that forces parameters; then there are no answers
};

/// Which argument covers what is released (R16).
inline constexpr std::uint32_t kHintCoefficients = 256;
/// log2 by which flooding exceeds the noise under argument H: sqrt(2 K) for K hints an epoch.
inline constexpr std::uint32_t kHintFloodingLog2 = 5;

/// What stays the same from query to query in one process.
class Engine {
 public:
  /// `scratch`: a folder on a disk for what long computations do not keep in memory.
  Engine(fhe::ParamsPtr params, CollectiveKeys keys, std::uint32_t pieces, TransportFactory connect,
         std::string store_url, std::uint32_t threads, std::filesystem::path scratch = {});

  /// Runs the plan, or a part of it, over the view. Thread-safe.
  ///   answers  one per released sum, in the order of query::released_by
  ///   numbers  of the plan's parameters, as force() made them
  Result<Recomputed> run(const query::Plan& plan, const DatasetView& view, const query::PlanPart& part = {},
                         std::span<const fhe::Ciphertext> numbers = {},
                         const query::ProgressFunction& progress = {}) const;

  /// Forces a plan's sealed parameters (R23): numbers, and their hash as result. Thread-safe.
  ///   errors  query::force_numbers'
  Result<Recomputed> force(const query::Plan& plan, const fhe::Ciphertext& sealed, query::Refresher& refresher) const;

  /// Runs a plan that needs refreshes (plan.is_run()): first the columns that it compares, then its sums or its
  /// training. Thread-safe.
  ///   answers  where the commons is guarded, one per sum of query::ever_released: releases take their part of them
  Result<Recomputed> run_refreshed(const query::Plan& plan, const DatasetView& view, query::Refresher& refresher,
                                   bool is_guarded, const query::ProgressFunction& progress = {}) const;

  [[nodiscard]] const fhe::Params& params() const { return *params_; }
  [[nodiscard]] const fhe::ParamsPtr& params_ptr() const { return params_; }
  [[nodiscard]] const fhe::PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] const fhe::Encoder& encoder() const { return encoder_; }
  [[nodiscard]] std::uint32_t pieces() const { return pieces_; }

 private:
  Result<Recomputed> sums(std::span<const query::PartialPlan> executed, std::span<const query::MomentId> names,
                          const DatasetView& view, const query::Vault& vault,
                          const query::ProgressFunction& progress) const;
  Result<Recomputed> trained(const query::LogisticPlan& plan, const DatasetView& view, const query::Vault& vault,
                             query::Refresher& refresher, const query::ProgressFunction& progress) const;
  [[nodiscard]] query::Workbench bench() const { return {*params_, encoder_, evaluator_, threads_, scratch_}; }
  /// With the digests of its answers.
  [[nodiscard]] Recomputed hashed(Recomputed result) const;

  fhe::ParamsPtr params_;
  fhe::PublicKey public_key_;
  fhe::Encoder encoder_;
  fhe::Evaluator evaluator_;
  std::uint32_t pieces_;
  TransportFactory connect_;
  std::string store_url_;
  std::uint32_t threads_;
  std::filesystem::path scratch_;
};

/// What a release takes of a guarded run's result, with what one person changes in it.
///   range  REQUIRES a part of the plan that the run was of (MC_CHECK)
Recomputed part_of_run(const Recomputed& run, const query::Plan& plan, const query::PlanPart& part,
                       std::size_t slot_count);
/// noise_bound_log2, sigma_log2 and sensitivities of every answer of a plan, or of a part of it, over a view,
/// without running it: the requester uses it to know what to expect.
///   errors  kLimit when an answer could overflow or needs more flooding than there is; kInvalidArgument for a part of
///           another plan
Result<Recomputed> release_bounds(const query::Plan& plan, const DatasetView& view, const fhe::Params& params,
                                  std::uint32_t pieces, const query::PlanPart& part = {});

}  // namespace mc::client
