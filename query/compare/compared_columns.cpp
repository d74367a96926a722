// SPDX-License-Identifier: Apache-2.0
#include "query/compare/compared_columns.hpp"

#include <algorithm>

#include "fhe/threshold/mask.hpp"
#include "query/compare/sign_circuit.hpp"
#include "query/execute/parallel.hpp"

namespace mc::query {
namespace {

/// Polynomials of one refresh: what a custodian holds and sends at a time.
constexpr std::size_t kRefreshedTogether = 16;
constexpr std::uint32_t kSignLog2 = 1;  // |y| <= 1 and its noise

/// One comparison over one block, on its way.
struct Track {
  std::size_t comparison;
  std::uint32_t block;
  fhe::Ciphertext y;  // as it was refreshed last
};

class Comparing {
 public:
  Comparing(std::span<const PlanComparison> comparisons, std::vector<SignCircuit> circuits, const ColumnLoader& loader,
            const Workbench& bench, Refresher& refresher, const ProgressFunction& progress)
      : comparisons_(comparisons),
        circuits_(std::move(circuits)),
        loader_(loader),
        bench_(bench),
        refresher_(refresher),
        progress_(progress) {}

  Result<ComparedColumns> run(std::span<const std::uint32_t> blocks) {
    std::vector<Track> tracks;
    std::size_t steps = 0;
    for (std::size_t c = 0; c < comparisons_.size(); ++c) {
      for (const std::uint32_t block : blocks) tracks.push_back({c, block, {}});
      steps = std::max(steps, refresh_count(comparisons_[c]));
    }
    for (std::size_t step = 0; step < steps; ++step) {
      std::vector<Track*> moving;
      for (Track& track : tracks) {
        if (step < refresh_count(comparisons_[track.comparison])) moving.push_back(&track);
      }
      for (std::size_t first = 0; first < moving.size(); first += kRefreshedTogether) {
        MC_TRY_STATUS(
            advance(std::span(moving).subspan(first, std::min(kRefreshedTogether, moving.size() - first)), step));
      }
      if (progress_) progress_(step + 1, steps);
    }
    ComparedColumns columns;
    for (Track& track : tracks) {
      columns.emplace(ColumnPlace{comparisons_[track.comparison].handle, track.block}, std::move(track.y));
    }
    return columns;
  }

 private:
  /// One step of each, and its refresh.
  Status advance(std::span<Track* const> tracks, std::size_t step) {
    RefreshStep refresh;
    refresh.inputs.resize(tracks.size());
    MC_TRY_STATUS(parallel_for(tracks.size(), bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
      MC_TRY(refresh.inputs[i], computed(*tracks[i], step));
      return {};
    }));
    refresh.map.extraction = fhe::RefreshMap::Extraction::kPolynomials;
    refresh.map.input_level = refresh.inputs.front().level();
    refresh.map.output_level = bench_.params.top_level();
    for (std::uint32_t i = 0; i < refresh.inputs.size(); ++i) {
      refresh.value_log2.push_back(fhe::value_log2(bench_.params, refreshed_scale(), kSignLog2));
      MC_TRY(const std::uint8_t mask, fhe::mask_log2(refresh.value_log2.back()));
      refresh.map.mask_log2.push_back(mask);
      const PlanComparison& comparison = comparisons_[tracks[i]->comparison];
      const bool is_finish = step > comparison.stages.size();
      refresh.map.outputs.push_back(comparison.is_proven() && !is_finish ? fhe::real_part(i, refreshed_scale())
                                                                         : fhe::whole(i, refreshed_scale()));
    }
    MC_TRY(std::vector<fhe::Ciphertext> fresh, refresher_.refresh(std::move(refresh)));
    MC_CHECK(fresh.size() == tracks.size());
    for (std::size_t i = 0; i < tracks.size(); ++i) tracks[i]->y = std::move(fresh[i]);
    return {};
  }

  Result<fhe::Ciphertext> computed(const Track& track, std::size_t step) const {
    const PlanComparison& comparison = comparisons_[track.comparison];
    const SignCircuit& circuit = circuits_[track.comparison];
    if (step > 0 && step <= comparison.stages.size()) return circuit.stage(bench_.evaluator, step - 1, track.y);
    if (step == 0 && comparison.is_proven()) {
      MC_TRY(const fhe::Ciphertext value, loader_.load(comparison.compared(), track.block, refreshed_scale()));
      return circuit.start(bench_.evaluator, nullptr, value);
    }
    if (step == 0) {
      MC_TRY(const fhe::Ciphertext window,
             loader_.load(comparison.window, track.block, circuit.window_scale(), 1 / comparison.reach));
      MC_TRY(const fhe::Ciphertext value, loader_.load({{1, comparison.value}}, track.block, refreshed_scale()));
      return circuit.start(bench_.evaluator, &window, value);
    }
    const double weight = comparison.is_proven() ? 1 : 0.5;
    MC_TRY(const fhe::Ciphertext window, loader_.load(comparison.window, track.block, circuit.window_scale(), weight));
    if (comparison.above.empty()) return circuit.finish(bench_.evaluator, window, track.y, nullptr);
    MC_TRY(const fhe::Ciphertext above, loader_.load(comparison.above, track.block, refreshed_scale()));
    return circuit.finish(bench_.evaluator, window, track.y, &above);
  }

  std::span<const PlanComparison> comparisons_;
  std::vector<SignCircuit> circuits_;
  const ColumnLoader& loader_;
  const Workbench& bench_;
  Refresher& refresher_;
  const ProgressFunction& progress_;
};

}  // namespace

Result<ComparedColumns> compare_columns(std::span<const PlanComparison> comparisons, std::span<const OwnerSlots> owners,
                                        const Vault& vault, const fhe::ParamsPtr& params, const Workbench& bench,
                                        Refresher& refresher, const ProgressFunction& progress) {
  MC_CHECK(params.get() == &bench.params);
  MC_TRY_STATUS(check_owner_slots(owners));
  const std::vector<std::uint32_t> blocks = blocks_with_consent(owners, bench.params.slot_count());
  if (blocks.empty()) {
    return fail(Code::kRefused, "nobody's record may be used for this purpose: there is nothing to compute on");
  }
  std::vector<SignCircuit> circuits;
  for (const PlanComparison& comparison : comparisons) {
    MC_TRY(SignCircuit circuit, SignCircuit::plan(params, comparison));
    circuits.push_back(std::move(circuit));
  }
  const ColumnLoader loader(owners, vault, bench, kLoadToTwoPrimes);
  return Comparing(comparisons, std::move(circuits), loader, bench, refresher, progress).run(blocks);
}

}  // namespace mc::query
