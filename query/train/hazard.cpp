// SPDX-License-Identifier: Apache-2.0
#include "query/train/hazard.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "fhe/threshold/mask.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/training_blocks.hpp"
#include "query/train/values.hpp"

namespace mc::query {
namespace {

/// log2 of what a refresh multiplies by, to put values into slots.
constexpr std::int32_t kPlacesLog2 = 46;
/// Outputs of one refresh.
constexpr std::size_t kConstantsTogether = 64;
/// log2 of what masks leave room for in jumps.
constexpr std::uint32_t kJumpLog2 = 17;
/// Breslow's numbers of events are counted in 2^-kCount of all persons, so that little noise is multiplied afterwards.
constexpr int kCountLog2 = 8;
/// Added to the sums: at times at which nobody is left the inverse stays below its inverse. It is above their noise,
/// which grows as persons get fewer; then it is still far below what one of them is worth.
constexpr double kNobody = 0x1p-27;
double nobody(int persons_log2) {
  return std::ldexp(kNobody, std::max(0, -8 - persons_log2));
}
/// What the sums may be divided or multiplied by between two iterations, and between the first ones: at the last times
/// one person is left, whose hazard may be far from what it was taken to be, and at the first ones the few with most of
/// it make the sum.
constexpr std::array kFirstChanges{64.0, 64.0, 16.0};
constexpr double kChange = 8;

}  // namespace

Hazard::Hazard(const LogisticPlan& plan, const Precision& precision, const RunFlooding& flooding,
               const ColumnLoader& loader, const Workbench& bench, Refresher& refresher, int persons_log2)
    : plan_(plan),
      precision_(precision),
      flooding_(flooding),
      loader_(loader),
      bench_(bench),
      refresher_(refresher),
      persons_log2_(persons_log2),
      places_(bench.params, plan.times()),
      persons_(std::ldexp(static_cast<double>(bench.params.slot_count()), persons_log2)),
      top_(precision.top()),
      shelf_(bench.params, bench.kept_bytes, bench.scratch),
      iterations_(bench, precision, refresher),
      imaginary_(imaginary_unit(bench.params)) {}

Status Hazard::load(std::uint32_t block) {
  BlockShelf::Row row(plan_.at_risk.size());
  MC_TRY_STATUS(parallel_for(row.size(), bench_.threads, [&](std::uint32_t, std::size_t k) -> Status {
    MC_TRY(row[k], loader_.load(plan_.at_risk[k], block, precision_.scale()));
    return {};
  }));
  return shelf_.append(std::move(row));
}

Result<Hazard::InSlots> Hazard::in_slots(std::vector<fhe::Ciphertext> sums, bool paired, fhe::Level level) {
  MC_CHECK(sums.size() == times());
  if (!maps_) {
    // However few persons there are, their sums come out at one scale: the noise of the division stays small.
    MC_TRY(maps_, PlaceMaps::create(places_, bench_.encoder, kPlacesLog2 - persons_log2_));
  }
  RefreshStep step;
  step.map.extraction = paired ? fhe::RefreshMap::Extraction::kPairs : fhe::RefreshMap::Extraction::kConstants;
  step.map.input_level = sums.front().level();
  step.map.output_level = level;
  const fhe::Scale scale = sums.front().scale;
  fhe::RefreshMap::Monomials at_risk, dying;
  for (std::uint32_t t = 0; t < sums.size(); ++t) {
    step.value_log2.push_back(fhe::value_log2(bench_.params, sums[t].scale, SlotIterations::kRoomOfSums));
    MC_TRY(const std::uint8_t mask, fhe::mask_log2(step.value_log2.back()));
    step.map.mask_log2.push_back(mask);
    maps_->put(at_risk, paired ? 2 * t : t, t);
    if (!paired) continue;
    // Who dies at a time, is there with an event then or later and not at the time after.
    maps_->put(dying, 2 * t + 1, t, t > 0 ? std::optional<std::size_t>(t - 1) : std::nullopt);
  }
  step.inputs = std::move(sums);
  const fhe::Scale target = scale * fhe::Scale::power_of_two(kPlacesLog2);
  step.map.outputs.push_back({std::move(at_risk), target});
  if (paired) step.map.outputs.push_back({std::move(dying), target});
  MC_TRY(std::vector<fhe::Ciphertext> outputs, refresher_.refresh(std::move(step)));
  for (fhe::Ciphertext& output : outputs) MC_TRY_STATUS(bench_.evaluator.rescale_inplace(output, 1));
  InSlots result{std::move(outputs[0]), {}};
  if (paired) result.dying = std::move(outputs[1]);
  return result;
}

Status Hazard::take_events(std::vector<fhe::Ciphertext> sums) {
  MC_TRY(const InSlots counts, in_slots(std::move(sums), false, top_));
  if (!plan_.efron) {
    MC_TRY(events_, iterations_.refreshed(counts.at_risk, SlotIterations::kRoomOfSums));
    bench_.evaluator.multiply_integer_inplace(events_, 1 << kCountLog2);
    // All slots of a time together stand for its events.
    unit_ = std::ldexp(static_cast<double>(places_.each()), kCountLog2) / persons_;
    return {};
  }
  MC_TRY(ties_, tied_events(counts.at_risk, places_, persons_, iterations_));
  events_ = ties_->weights;
  MC_TRY(fhe::Ciphertext shares, iterations_.product(events_, ties_->shares));
  MC_TRY(paired_, iterations_.scaled(events_, 1, shares.scale));
  multiply_by_i(shares, imaginary_, bench_.params.ring());
  MC_TRY(paired_, iterations_.sum(paired_, shares));
  return {};
}

Result<fhe::Ciphertext> Hazard::met(const InSlots& sums) const {
  if (!ties_) return sums.at_risk;
  MC_TRY(fhe::Ciphertext missed, iterations_.product(ties_->shares, sums.dying));
  MC_TRY(fhe::Ciphertext result, iterations_.scaled(sums.at_risk, -1, missed.scale));
  MC_TRY(result, iterations_.sum(result, missed));
  bench_.evaluator.multiply_integer_inplace(result, -1);
  return result;
}

Result<std::vector<fhe::Ciphertext>> Hazard::as_constants(const fhe::Ciphertext& jumps) {
  // All slots of a time together are its jump. In jumps, so that what the map rounds is small beside the smallest.
  const double unit = static_cast<double>(places_.each()) / (persons_ * unit_);
  MC_TRY(const fhe::Ciphertext narrow,
         iterations_.scaled(restricted(jumps, precision_.loaded().value), unit, precision_.scale()));
  const std::vector<std::uint32_t> positions = maps_->positions();
  std::vector<fhe::Ciphertext> constants;
  const PackedMatrices shape(bench_, precision_, flooding_, 1);
  PlaceMaps::Taken before;
  for (std::size_t first = 0; first < times(); first += kConstantsTogether) {
    MatrixRefresh refresh(shape);
    // One ciphertext, however often it is opened: under one mask.
    const MatrixRefresh::Matrix values = refresh.open_at(narrow, positions, kJumpLog2);
    for (std::size_t t = first; t < std::min(first + kConstantsTogether, times()); ++t) {
      PlaceMaps::Taken one = maps_->take(t);
      if (!plan_.efron) {
        refresh.add_combination(values, one.real, {});
        continue;
      }
      std::vector<double> change = one.imaginary;
      for (std::size_t k = 0; k < before.imaginary.size(); ++k) change[k] -= before.imaginary[k];
      refresh.add_combination(values, one.real, change);
      before = std::move(one);
    }
    MC_TRY(std::vector<fhe::Ciphertext> outputs, refresh.run(refresher_));
    std::ranges::move(outputs, std::back_inserter(constants));
  }
  return constants;
}

Result<std::vector<fhe::Ciphertext>> Hazard::jumps(std::vector<fhe::Ciphertext> sums) {
  // A product before the next refresh.
  const fhe::Level enough(precision_.level(1).value + 1);
  MC_TRY(const InSlots taken, in_slots(std::move(sums), plan_.efron, enough));
  MC_TRY(fhe::Ciphertext s, met(taken));
  // Slots without a time count as somebody of average risk.
  constexpr double kAverage = 1.0 / (1 << kExponentUnitLog2);
  const double least = nobody(persons_log2_);
  MC_TRY_STATUS(iterations_.add(s, places_.filled([&](std::size_t, std::size_t) { return least; }, kAverage)));
  MC_TRY(s, iterations_.refreshed(std::move(s), SlotIterations::kRoomOfSums));
  if (!inverse_) {
    // Of as many persons as make up the unit the sum is that of an average slot, and the least besides.
    constexpr double kStart = kFullest / kAverage;
    MC_TRY(inverse_, iterations_.constant(kStart, s));
    MC_TRY_STATUS(iterations_.divide(s, *inverse_, inverse_scalings(least * kStart), 1));
  } else {
    const double change = divisions_ < kFirstChanges.size() ? kFirstChanges[divisions_] : kChange;
    ++divisions_;
    MC_TRY_STATUS(iterations_.divide(s, *inverse_, inverse_scalings(1 / (change * change)), 1 / change));
  }
  MC_TRY(const fhe::Ciphertext jumps, iterations_.product(plan_.efron ? paired_ : events_, *inverse_));
  return as_constants(jumps);
}

Status Hazard::take_column(std::vector<fhe::Ciphertext> sums) {
  MC_TRY(const InSlots taken, in_slots(std::move(sums), plan_.efron, top_));
  MC_TRY(const fhe::Ciphertext column, met(taken));
  MC_TRY(fhe::Ciphertext mean, iterations_.product(column, *inverse_));
  means_.push_back(std::move(mean));
  MC_TRY(const fhe::Ciphertext jumps, iterations_.product(events_, *inverse_));
  MC_TRY(fhe::Ciphertext weighted, iterations_.product(column, jumps));
  weighted_.push_back(std::move(weighted));
  return {};
}

Result<std::vector<fhe::Ciphertext>> Hazard::between_times(const fhe::Scale& scale) const {
  std::vector<fhe::Ciphertext> out;
  for (std::size_t i = 0; i < means_.size(); ++i) {
    for (std::size_t j = i; j < means_.size(); ++j) {
      MC_TRY(const fhe::Ciphertext both, iterations_.product(weighted_[i], means_[j]));
      MC_TRY(fhe::Ciphertext entry, iterations_.scaled(both, 1 / unit_, scale));
      out.push_back(std::move(entry));
    }
  }
  return out;
}

}  // namespace mc::query
