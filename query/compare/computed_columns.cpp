// SPDX-License-Identifier: Apache-2.0
#include "query/compare/computed_columns.hpp"

#include <algorithm>
#include <optional>

#include "fhe/threshold/mask.hpp"
#include "query/compare/sign_circuit.hpp"
#include "query/execute/parallel.hpp"

namespace mc::query {
namespace {

using fhe::Program;
using fhe::Register;
using fhe::Scale;

/// Polynomials of one refresh: what a custodian holds and sends at a time.
constexpr std::size_t kRefreshedTogether = 16;
constexpr std::uint32_t kLimbs = 2;      // of a product at the two-prime scale
constexpr std::uint32_t kValueLog2 = 1;  // |value| <= 1 and its noise
constexpr double kBound = 1.25;

/// One column's step. Left factors and the sum come at the scale of the primes that the step divides by, so that the
/// result has the scale of sealed data.
class ColumnCircuit {
 public:
  static Result<ColumnCircuit> plan(const fhe::ParamsPtr& params, const PlanComputed& column) {
    MC_TRY(const SignLevels levels, SignLevels::of(*params));
    const Scale left_scale = Scale::of_top_primes(levels.loaded.value, kLimbs);
    Program program(params);
    fhe::PlannedSum sum{
        .level = levels.loaded, .scale = left_scale * refreshed_scale(), .rescale_count = kLimbs, .bound = kBound};
    for (std::size_t i = 0; i < column.products.size(); ++i) {
      MC_TRY(const Register left, program.add_input({levels.loaded, left_scale, 1}));
      MC_TRY(const Register right, program.add_input({levels.loaded, refreshed_scale(), 1}));
      sum.products.push_back({left, right});
    }
    if (!column.sum.empty()) {
      MC_TRY(const Register rest, program.add_input({levels.loaded, left_scale, 1}));
      sum.terms.push_back({rest, 1});
    }
    MC_TRY([[maybe_unused]] const Register result, program.add_sum(sum));
    return ColumnCircuit(left_scale, std::move(program));
  }

  /// Of one owner's records, or of everybody's.
  Result<fhe::Ciphertext> run(const PlanComputed& column, std::uint32_t block, std::size_t of,
                              const ColumnLoader& loader, const fhe::Evaluator& evaluator) const {
    const std::optional<std::size_t> owner = of == kEveryOwner ? std::nullopt : std::optional(of);
    std::vector<fhe::Ciphertext> inputs;
    for (const PlanComputed::Product& product : column.products) {
      MC_TRY(inputs.emplace_back(), loader.load(product.left, block, left_scale_, 1, owner));
      MC_TRY(inputs.emplace_back(), loader.load(product.right, block, refreshed_scale(), 1, owner));
    }
    if (!column.sum.empty()) {
      MC_TRY(inputs.emplace_back(), loader.load(column.sum, block, left_scale_, 1, owner));
    }
    return program_.run(evaluator, inputs);
  }

 private:
  ColumnCircuit(Scale left_scale, Program program) : left_scale_(std::move(left_scale)), program_(std::move(program)) {}

  Scale left_scale_;
  Program program_;
};

/// Records that are refreshed together: of a block those of one owner, or all of them.
struct Records {
  std::uint32_t block;
  std::size_t owner;
};

class Computing {
 public:
  /// `columns`: those that are made already.
  Computing(std::span<const PlanComputed> computed, std::vector<ColumnCircuit> circuits, ComparedColumns columns,
            std::span<const OwnerSlots> owners, const Vault& vault, const Workbench& bench, Refresher& refresher)
      : computed_(computed),
        circuits_(std::move(circuits)),
        columns_(std::move(columns)),
        vault_(vault, columns_),
        loader_(owners, vault_, bench, kLoadToTwoPrimes),
        bench_(bench),
        refresher_(refresher) {}

  Result<ComparedColumns> run(std::span<const Records> all, const ProgressFunction& progress) {
    const std::vector<std::size_t> rounds = rounds_of(computed_);
    if (rounds.empty()) return std::move(columns_);
    const std::size_t last = *std::ranges::max_element(rounds);
    for (std::size_t round = 0; round <= last; ++round) {
      std::vector<Place> places;
      for (std::size_t i = 0; i < rounds.size(); ++i) {
        if (rounds[i] != round) continue;
        for (const Records& records : all) places.push_back({i, records});
      }
      for (std::size_t first = 0; first < places.size(); first += kRefreshedTogether) {
        const std::size_t count = std::min(kRefreshedTogether, places.size() - first);
        MC_TRY_STATUS(compute(std::span(places).subspan(first, count)));
      }
      if (progress) progress(round + 1, last + 1);
    }
    return std::move(columns_);
  }

 private:
  struct Place {
    std::size_t column;
    Records records;
  };

  Status compute(std::span<const Place> places) {
    RefreshStep refresh;
    refresh.inputs.resize(places.size());
    MC_TRY_STATUS(parallel_for(places.size(), bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
      const auto& [column, records] = places[i];
      MC_TRY(refresh.inputs[i],
             circuits_[column].run(computed_[column], records.block, records.owner, loader_, bench_.evaluator));
      return {};
    }));
    refresh.map.extraction = fhe::RefreshMap::Extraction::kPolynomials;
    refresh.map.input_level = refresh.inputs.front().level();
    refresh.map.output_level = bench_.params.top_level();
    for (std::uint32_t i = 0; i < refresh.inputs.size(); ++i) {
      refresh.value_log2.push_back(fhe::value_log2(bench_.params, refreshed_scale(), kValueLog2));
      MC_TRY(const std::uint8_t mask, fhe::mask_log2(refresh.value_log2.back()));
      refresh.map.mask_log2.push_back(mask);
      refresh.map.outputs.push_back(fhe::whole(i, refreshed_scale()));
    }
    MC_TRY(std::vector<fhe::Ciphertext> fresh, refresher_.refresh(std::move(refresh)));
    MC_CHECK(fresh.size() == places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto& [column, records] = places[i];
      columns_.emplace(ColumnPlace{computed_[column].handle, records.block, records.owner}, std::move(fresh[i]));
    }
    return {};
  }

  std::span<const PlanComputed> computed_;
  std::vector<ColumnCircuit> circuits_;
  ComparedColumns columns_;
  VaultWithColumns vault_;
  ColumnLoader loader_;
  const Workbench& bench_;
  Refresher& refresher_;
};

std::vector<Records> records_of(std::span<const OwnerSlots> owners, std::size_t slot_count,
                                RefreshedTogether together) {
  std::vector<Records> all;
  if (together == RefreshedTogether::kBlock) {
    for (const std::uint32_t block : blocks_with_consent(owners, slot_count)) all.push_back({block, kEveryOwner});
    return all;
  }
  for (std::size_t owner = 0; owner < owners.size(); ++owner) {
    for (const std::uint32_t block : blocks_with_consent(owners.subspan(owner, 1), slot_count)) {
      all.push_back({block, owner});
    }
  }
  return all;
}

}  // namespace

Result<ComparedColumns> made_columns(const Plan& plan, std::span<const OwnerSlots> owners, const Vault& vault,
                                     const fhe::ParamsPtr& params, const Workbench& bench, Refresher& refresher,
                                     const ProgressFunction& progress, RefreshedTogether together) {
  MC_CHECK(together == RefreshedTogether::kBlock || std::ranges::all_of(plan.comparisons, &PlanComparison::is_proven));
  if (plan.computed.empty()) {
    return compare_columns(plan.comparisons, owners, vault, params, bench, refresher, progress);
  }
  MC_CHECK(params.get() == &bench.params);
  MC_TRY_STATUS(check_owner_slots(owners));
  const std::vector<Records> records = records_of(owners, bench.params.slot_count(), together);
  if (records.empty()) {
    return fail(Code::kRefused, "nobody's record may be used for this purpose: there is nothing to compute on");
  }
  const std::vector<bool> is_late = after_comparisons(plan);
  std::vector<PlanComputed> before, after;
  for (std::size_t i = 0; i < is_late.size(); ++i) (is_late[i] ? after : before).push_back(plan.computed[i]);
  ComparedColumns columns;
  const auto compute = [&](std::span<const PlanComputed> computed) -> Status {
    std::vector<ColumnCircuit> circuits;
    for (const PlanComputed& column : computed) {
      MC_TRY(ColumnCircuit circuit, ColumnCircuit::plan(params, column));
      circuits.push_back(std::move(circuit));
    }
    Computing computing(computed, std::move(circuits), std::move(columns), owners, vault, bench, refresher);
    MC_TRY(columns, computing.run(records, progress));
    return {};
  };
  MC_TRY_STATUS(compute(before));
  if (!plan.comparisons.empty()) {
    const VaultWithColumns with_columns(vault, columns);
    MC_TRY(ComparedColumns compared,
           compare_columns(plan.comparisons, owners, with_columns, params, bench, refresher, progress));
    columns.merge(compared);
  }
  MC_TRY_STATUS(compute(after));
  return columns;
}

}  // namespace mc::query
