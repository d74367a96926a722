// SPDX-License-Identifier: Apache-2.0
// The pass of Cox's model. With L_i = sum of the jumps d_t / S0(t) at which person i is at risk, its gradient is
// sum x_i (y_i - exp(z_i) L_i), and sum exp(z_i) L_i x_i x_i' is its information if covariates' means over those at
// risk did not change with time; the intercept takes up a constant mean. So an iteration is one of a Poisson regression
// with w = exp(z) L, converges to the maximum of the partial likelihood, and only the information that is released
// subtracts sum over times of d xbar xbar'.
// With Efron's ties a jump is A_t, and who dies at t is worth B_t less: w = exp(z) (L - y B), where B is that of the
// last time at which she is at risk. Exposures are exp(z) (1 + i y) and jumps A_t + i (B_t - B_t-1), so cumulative
// hazards are L + i B, and the real part of exposure times hazard is w. Imaginary parts of what follows are never
// opened: sums over persons are coefficient 0.
//   source  Cox 1972; Breslow 1974; Efron 1977; Whitehead, "Fitting Cox's regression model to survival data using
//           GLIM", 1980
#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/column_units.hpp"
#include "query/train/hazard.hpp"
#include "query/train/packed_matrices.hpp"
#include "query/train/training_blocks.hpp"
#include "query/train/training_sums.hpp"
#include "query/train/values.hpp"

namespace mc::query {
namespace {

/// Chebyshev coefficients of exp(8 x) / 4 on [-1, 1]: 2 I_n(8) / 4, the first one half of it. With x = z / 16 its
/// square is exp(z) / 16: twice the interval for one product, for which there is a level; and what is small is known to
/// more of its digits than noise would leave of it in one polynomial.
///   error   2e-8 of the 745 at the end
constexpr std::array<double, 24> kRoot{
    106.8910289304512,     199.93656839128005,     163.7979157630824,      118.03761050973885,
    75.26970788077824,     42.76790262896062,      21.809829594577458,     10.053158237094436,
    4.216802679662194,     1.6195528777700496,     0.5728087046795821,     0.18753111607109435,
    0.05709813548407264,   0.016236709618876424,   0.0043288292227242585,  0.0010858073393415187,
    0.0002570517001935636, 5.7600538567264215e-05, 1.2249411282690719e-05, 2.4781877951559774e-06,
    4.780192556998269e-07, 8.809151665684322e-08,  1.553879325139989e-08,  2.6281537741438352e-09};
static_assert(kCoxPredictorMax == 16 && Hazard::kExponentUnitLog2 == 4);
/// log2 of what z / 16 and exp(z / 2) / 4 may reach, and the cumulative hazard in sixteenths.
constexpr std::uint32_t kPredictorLog2 = 8, kRootLog2 = 10, kCumulativeLog2 = 17;

}  // namespace

/// Who has an event, and before the last time: whoever is followed beyond that is censored at it.
TrainingColumn TrainingBlocks::event_factors() const {
  if (!plan_.beyond) return {plan_.response};
  return {plan_.response, others_of(plan_.at_risk.back())};
}

/// All but the columns, from c and y at the top.
Result<BlockShelf::Row> TrainingBlocks::derive_exposed(const fhe::Ciphertext& c, const fhe::Ciphertext& y) const {
  const SlotIterations slots(bench_, precision_, refresher_);
  BlockShelf::Row row(Block::kColumns);
  MC_TRY(fhe::Ciphertext event, product(c, y));
  MC_TRY(row[Block::kCase], slots.scaled(c, 1, event.scale));
  const fhe::Scale case_scale = event.scale;
  MC_TRY(row[Block::kCentred],
         slots.scaled(restricted(event, precision_.loaded().value), 1, hazard_weight_scale(case_scale)));
  if (plan_.efron) {
    multiply_by_i(event, imaginary_, bench_.params.ring());
    MC_TRY_STATUS(bench_.evaluator.add_inplace(row[Block::kCase], event));
  }
  const double unit = std::ldexp(1.0, -Hazard::kExponentUnitLog2);
  MC_TRY(row[Block::kQuarter], slots.scaled(row[Block::kCase], unit, exposed_scale(case_scale)));
  MC_TRY(row[Block::kOffset], units_->mask(c));
  return row;
}

/// Onto the shelf, once the units are known.
Status TrainingBlocks::convert_columns(const BlockShelf& as_loaded) {
  MC_TRY_STATUS(units_->find());
  for (std::size_t i = 0; i < as_loaded.size(); ++i) {
    MC_TRY(const auto loaded, as_loaded.row(i));
    BlockShelf::Row row = *loaded;
    MC_TRY_STATUS(units_->convert(row[Block::kOffset], std::span(row).subspan(Block::kColumns)));
    row[Block::kOffset] = restricted(row[Block::kOffset], 1);
    MC_TRY_STATUS(shelf_.append(std::move(row)));
  }
  return {};
}

std::span<const fhe::Ciphertext> TrainingBlocks::column_factors() const {
  return units_->factors();
}

const fhe::Ciphertext& TrainingBlocks::placed_events() const {
  return hazard_->placed();
}

fhe::Scale TrainingBlocks::exposed_scale(const fhe::Scale& case_scale) const {
  const fhe::Scale squared = precision_.scale() * precision_.scale() / primes(precision_.top());
  return case_scale * squared / primes(precision_.level(4));
}

/// Of the weights, and of what is subtracted from them: exp(z) [6] times the cumulative hazard.
fhe::Scale TrainingBlocks::hazard_weight_scale(const fhe::Scale& case_scale) const {
  const fhe::Scale cumulative =
      precision_.scale() * PackedMatrices::constant_scale(precision_) / primes(precision_.loaded());
  return exposed_scale(case_scale) * cumulative / primes(precision_.level(3));
}

Status TrainingBlocks::count_events() {
  std::vector<fhe::Ciphertext> sums(hazard_->times());
  for (std::size_t first = 0; first < shelf_.size(); first += kTrainingGroup) {
    const std::size_t count = std::min(kTrainingGroup, shelf_.size() - first);
    MC_TRY(const std::vector<Block> group, blocks(first, count));
    for (std::size_t b = 0; b < count; ++b) {
      MC_TRY(const auto risk, hazard_->at_risk(first + b));
      const auto count_at = [&](std::uint32_t, std::size_t k) -> Status {
        const std::uint32_t level = group[b].centred().level().value;
        fhe::Ciphertext here = restricted((*risk)[k], level);
        if (k + 1 < risk->size()) {
          MC_TRY_STATUS(bench_.evaluator.subtract_inplace(here, restricted((*risk)[k + 1], level)));
        }
        return bench_.evaluator.multiply_add(sums[k], group[b].centred(), here);
      };
      MC_TRY_STATUS(parallel_for(sums.size(), bench_.threads, count_at));
    }
  }
  MC_TRY_STATUS(finish_sums(sums, bench_, precision_));
  return hazard_->take_events(std::move(sums));
}

/// c exp(z) / 16 of every block [6], onto a shelf; without coefficients z = 0.
Result<std::vector<fhe::Ciphertext>> TrainingBlocks::exposed(std::span<const Block> group,
                                                             std::span<const fhe::Ciphertext> coefficients) {
  std::vector<fhe::Ciphertext> out(group.size());
  if (coefficients.empty()) {
    for (std::size_t b = 0; b < group.size(); ++b) out[b] = group[b].quarter();
    return out;
  }
  MC_TRY_STATUS(parallel_for(group.size(), bench_.threads, [&](std::uint32_t, std::size_t b) -> Status {
    MC_TRY(out[b], linear_predictor(group[b], coefficients));
    return {};
  }));
  MC_TRY(out, refreshed_whole(bench_, precision_, refresher_, std::move(out), kPredictorLog2));
  const fhe::ChebyshevSeries series{-1, 1, {kRoot.begin(), kRoot.end()}};
  MC_TRY(const fhe::Program program, fhe::plan_polynomial(bench_.evaluator.keys()->params(), series, top_, out[0].scale,
                                                          {precision_.primes, precision_.scale()}));
  const auto root = [&](std::uint32_t, std::size_t b) -> Status {
    MC_TRY(fhe::Ciphertext curve, program.run(bench_.evaluator, {&out[b], 1}));
    MC_TRY_STATUS(bench_.evaluator.drop_to_level(curve, precision_.base));
    out[b] = std::move(curve);
    return {};
  };
  MC_TRY_STATUS(parallel_for(group.size(), bench_.threads, root));
  MC_TRY(out, refreshed_whole(bench_, precision_, refresher_, std::move(out), kRootLog2));
  MC_TRY_STATUS(parallel_for(group.size(), bench_.threads, [&](std::uint32_t, std::size_t b) -> Status {
    MC_TRY(const fhe::Ciphertext curve, product(out[b], out[b]));
    MC_TRY(out[b], product(group[b].c(), curve));
    return {};
  }));
  return out;
}

/// sums[k] += value * at risk at time k, both [4].
Status TrainingBlocks::add_at_risk(const fhe::Ciphertext& value, std::size_t block,
                                   std::vector<fhe::Ciphertext>& sums) const {
  MC_TRY(const auto risk, hazard_->at_risk(block));
  return parallel_for(sums.size(), bench_.threads, [&](std::uint32_t, std::size_t k) {
    return bench_.evaluator.multiply_add(sums[k], value, (*risk)[k], value.level());
  });
}

Result<PassSums> TrainingBlocks::hazard_pass(std::span<const fhe::Ciphertext> coefficients, bool last) {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  BlockShelf exposures(bench_.params, bench_.kept_bytes, bench_.scratch);
  std::vector<fhe::Ciphertext> at_risk(hazard_->times());
  for (std::size_t first = 0; first < shelf_.size(); first += kTrainingGroup) {
    const std::size_t count = std::min(kTrainingGroup, shelf_.size() - first);
    MC_TRY(const std::vector<Block> group, blocks(first, count));
    MC_TRY(std::vector<fhe::Ciphertext> mine, exposed(group, coefficients));
    for (std::size_t b = 0; b < count; ++b) {
      MC_TRY_STATUS(add_at_risk(restricted(mine[b], precision_.level(1).value), first + b, at_risk));
      MC_TRY_STATUS(exposures.append({std::move(mine[b])}));
    }
  }
  MC_TRY_STATUS(finish_sums(at_risk, bench_, precision_));
  MC_TRY(const std::vector<fhe::Ciphertext> jumps, hazard_->jumps(std::move(at_risk)));

  TrainingSums sums(layout_);
  for (std::size_t first = 0; first < shelf_.size(); first += kTrainingGroup) {
    const std::size_t count = std::min(kTrainingGroup, shelf_.size() - first);
    MC_TRY(const std::vector<Block> group, blocks(first, count));
    std::vector<fhe::Ciphertext> cumulative(count);
    const auto accumulate = [&](std::uint32_t, std::size_t b) -> Status {
      MC_TRY(const auto risk, hazard_->at_risk(first + b));
      for (std::size_t k = 0; k < jumps.size(); ++k) {
        MC_TRY_STATUS(evaluator.multiply_add(cumulative[b], (*risk)[k], jumps[k]));
      }
      MC_TRY(cumulative[b], evaluator.relinearise_rescale(cumulative[b], precision_.primes));
      return {};
    };
    MC_TRY_STATUS(parallel_for(count, bench_.threads, accumulate));
    MC_TRY(cumulative, refreshed_whole(bench_, precision_, refresher_, std::move(cumulative), kCumulativeLog2));
    for (std::size_t b = 0; b < count; ++b) {
      MC_TRY(const auto exposure, exposures.row(first + b));
      MC_TRY(const fhe::Ciphertext w, product(exposure->front(), cumulative[b]));
      fhe::Ciphertext r = group[b].centred();
      MC_TRY_STATUS(evaluator.subtract_inplace(r, restricted(w, r.level().value)));
      MC_TRY_STATUS(add_block(group[b], w, r, sums));
    }
  }
  MC_TRY(PassSums out, sums.finished(bench_, precision_));
  if (!last) return out;
  for (std::size_t j = 0; j < plan_.columns.size(); ++j) {
    std::vector<fhe::Ciphertext> of_column(hazard_->times());
    for (std::size_t i = 0; i < shelf_.size(); ++i) {
      MC_TRY(const auto exposure, exposures.row(i));
      MC_TRY(const std::vector<Block> block, blocks(i, 1));
      MC_TRY(const fhe::Ciphertext weighted, product(exposure->front(), block[0].x(j)));
      MC_TRY_STATUS(add_at_risk(weighted, i, of_column));
    }
    MC_TRY_STATUS(finish_sums(of_column, bench_, precision_));
    MC_TRY_STATUS(hazard_->take_column(std::move(of_column)));
  }
  MC_TRY(out.between, hazard_->between_times(out.hessian.front().scale));
  return out;
}

}  // namespace mc::query
