// SPDX-License-Identifier: Apache-2.0
#include "query/train/hazard.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "fhe/threshold/mask.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/training_blocks.hpp"
#include "query/train/values.hpp"

namespace mc::query {
namespace {

/// log2 of what slot polynomials are encoded at, to become an integer map.
constexpr std::int32_t kPlaceLog2 = 46;
/// Outputs of one refresh.
constexpr std::size_t kConstantsTogether = 64;
/// log2 of what masks leave room for: sums, their inverses, jumps.
constexpr std::uint32_t kRoomOfSums = 8, kInverseLog2 = 26, kJumpLog2 = 14;
/// Added to the sums: at times at which nobody is left the inverse stays below its inverse. It is above their noise,
/// which grows as persons get fewer; then it is still far below what one of them is worth.
constexpr double kNobody = 0x1p-24;
double nobody(int persons_log2) {
  return std::ldexp(kNobody, std::max(0, -8 - persons_log2));
}
/// What the sums may be divided or multiplied by between two iterations.
constexpr double kChange = 4;
constexpr double kDivided = 1 - 1e-9;

/// Scalings that bring all of [smallest, 1] to 1 (Pan and Schreiber 1991): the first ones take l to about 4 l, the last
/// ones square what is left.
std::vector<double> scalings(double smallest) {
  std::vector<double> steps;
  while (smallest < kDivided) {
    steps.push_back(smallest < 0.9 ? 2 / (1 + smallest) : 1.0);
    smallest = steps.back() * smallest * (2 - steps.back() * smallest);
  }
  return steps;
}

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
      times_(plan.at_risk.size() - (plan.beyond ? 1 : 0)),
      top_(precision.top()),
      shelf_(bench.params, bench.kept_bytes, bench.scratch) {}

Status Hazard::load(std::uint32_t block) {
  BlockShelf::Row row(plan_.at_risk.size());
  MC_TRY_STATUS(parallel_for(row.size(), bench_.threads, [&](std::uint32_t, std::size_t k) -> Status {
    MC_TRY(row[k], loader_.load(plan_.at_risk[k], block, precision_.scale()));
    return {};
  }));
  return shelf_.append(std::move(row));
}

Result<fhe::Ciphertext> Hazard::in_slots(std::vector<fhe::Ciphertext> sums) {
  MC_CHECK(sums.size() == times_);
  if (places_.empty()) {
    for (std::size_t k = 0; k < times_; ++k) {
      std::vector<double> slots(bench_.params.slot_count(), 0.0);
      slots[k] = 1;
      // However few persons there are, their sums come out at one scale: the noise of the division stays small.
      MC_TRY(fhe::Plaintext place,
             bench_.encoder.encode(slots, top_, fhe::Scale::power_of_two(kPlaceLog2 - persons_log2_)));
      places_.push_back(std::move(place.poly));
    }
  }
  RefreshStep step;
  step.map.extraction = fhe::RefreshMap::Extraction::kConstants;
  step.map.input_level = sums.front().level();
  step.map.output_level = top_;
  const fhe::Scale scale = sums.front().scale;
  fhe::RefreshMap::Products image;
  for (std::size_t k = 0; k < times_; ++k) {
    step.value_log2.push_back(fhe::value_log2(bench_.params, sums[k].scale, kRoomOfSums));
    MC_TRY(const std::uint8_t mask, fhe::mask_log2(step.value_log2.back()));
    step.map.mask_log2.push_back(mask);
    image.push_back({static_cast<std::uint32_t>(k), places_[k]});
  }
  step.inputs = std::move(sums);
  step.map.outputs.push_back({std::move(image), scale * fhe::Scale::power_of_two(kPlaceLog2)});
  MC_TRY(std::vector<fhe::Ciphertext> outputs, refresher_.refresh(std::move(step)));
  MC_TRY_STATUS(bench_.evaluator.rescale_inplace(outputs[0], 1));
  return std::move(outputs[0]);
}

Result<fhe::Ciphertext> Hazard::refreshed(fhe::Ciphertext value, std::uint32_t message_log2) {
  std::vector<fhe::Ciphertext> values;
  values.push_back(std::move(value));
  MC_TRY(values, refreshed_whole(bench_, precision_, refresher_, std::move(values), message_log2));
  return std::move(values.front());
}

Status Hazard::take_events(std::vector<fhe::Ciphertext> sums) {
  MC_TRY(fhe::Ciphertext events, in_slots(std::move(sums)));
  MC_TRY(events_, refreshed(std::move(events), kRoomOfSums));
  return {};
}

/// times * value, at precision_.scale() exactly: otherwise a scale's distance from precision_.scale() would double with
/// every step.
Result<fhe::Ciphertext> Hazard::scaled(const fhe::Ciphertext& value, double times) const {
  const std::uint32_t level = value.level().value;
  MC_TRY(const fhe::Plaintext factor,
         bench_.encoder.encode_constant(times, value.level(),
                                        precision_.scale() * fhe::Scale::of_top_primes(level, 1) / value.scale));
  MC_TRY(fhe::Ciphertext product, bench_.evaluator.multiply_plain(value, factor));
  MC_TRY_STATUS(bench_.evaluator.rescale_inplace(product, 1));
  return product;
}

Status Hazard::divide(const fhe::Ciphertext& sums, std::span<const double> scalings, double first) {
  for (const double scaling : scalings) {
    const double c = scaling * first;
    first = 1;
    MC_TRY(fhe::Ciphertext factor, rescaled_product(bench_.evaluator, sums, *inverse_, precision_));
    MC_TRY(factor, scaled(factor, -c));
    MC_TRY(const fhe::Plaintext two, bench_.encoder.encode_constant(2, factor.level(), factor.scale));
    MC_TRY_STATUS(bench_.evaluator.add_plain_inplace(factor, two));
    MC_TRY(fhe::Ciphertext next, rescaled_product(bench_.evaluator, *inverse_, factor, precision_));
    MC_TRY(next, scaled(next, c));
    MC_TRY(*inverse_, refreshed(std::move(next), kInverseLog2));
  }
  return {};
}

Result<std::vector<fhe::Ciphertext>> Hazard::as_constants(const fhe::Ciphertext& jumps) {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  const fhe::Level level = precision_.loaded();
  const fhe::Ciphertext narrow = restricted(jumps, level.value);
  const auto slot_count = bench_.params.slot_count();
  std::vector<fhe::Ciphertext> constants;
  const PackedMatrices shape(bench_, precision_, flooding_, 1);
  for (std::size_t first = 0; first < times_; first += kConstantsTogether) {
    const std::size_t count = std::min(kConstantsTogether, times_ - first);
    std::vector<fhe::Ciphertext> alone(count);
    MC_TRY_STATUS(parallel_for(count, bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
      // Coefficient 0 is the mean over the slots.
      std::vector<double> slots(slot_count, 0.0);
      slots[first + i] = static_cast<double>(slot_count);
      MC_TRY(const fhe::Plaintext place, bench_.encoder.encode(slots, level, precision_.scale()));
      MC_TRY(alone[i], evaluator.multiply_plain(narrow, place));
      return evaluator.rescale_inplace(alone[i], 1);
    }));
    MatrixRefresh refresh(shape);
    const auto scales = refresh.open_sums(std::move(alone), kJumpLog2);
    const MatrixRefresh::Matrix column{[](std::uint32_t row, std::uint32_t) { return row; }, scales.front()};
    for (std::uint32_t i = 0; i < count; ++i) refresh.add_constant(column, i);
    MC_TRY(std::vector<fhe::Ciphertext> outputs, refresh.run(refresher_));
    std::ranges::move(outputs, std::back_inserter(constants));
  }
  return constants;
}

Result<std::vector<fhe::Ciphertext>> Hazard::jumps(std::vector<fhe::Ciphertext> sums) {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  MC_TRY(fhe::Ciphertext s, in_slots(std::move(sums)));
  // Slots without a time count as somebody of average risk.
  constexpr double kAverage = 1.0 / (1 << kExponentUnitLog2);
  std::vector<double> floor(bench_.params.slot_count(), kAverage);
  std::fill_n(floor.begin(), times_, nobody(persons_log2_));
  MC_TRY(const fhe::Plaintext added, bench_.encoder.encode(floor, s.level(), s.scale));
  MC_TRY_STATUS(evaluator.add_plain_inplace(s, added));
  MC_TRY(s, refreshed(std::move(s), kRoomOfSums));
  if (!inverse_) {
    // A constant, encrypted by nobody.
    fhe::Ciphertext u = s;
    evaluator.multiply_integer_inplace(u, 0);
    u.scale = precision_.scale();
    MC_TRY(const fhe::Plaintext start, bench_.encoder.encode_constant(1 / kAverage, u.level(), precision_.scale()));
    MC_TRY_STATUS(evaluator.add_plain_inplace(u, start));
    inverse_ = std::move(u);
    MC_TRY_STATUS(divide(s, scalings(nobody(persons_log2_) / kAverage), 1));
  } else {
    MC_TRY_STATUS(divide(s, scalings(1 / (kChange * kChange)), 1 / kChange));
  }
  MC_TRY(const fhe::Ciphertext jumps, rescaled_product(bench_.evaluator, events_, *inverse_, precision_));
  return as_constants(jumps);
}

Status Hazard::take_column(std::vector<fhe::Ciphertext> sums) {
  MC_TRY(const fhe::Ciphertext column, in_slots(std::move(sums)));
  MC_TRY(fhe::Ciphertext mean, rescaled_product(bench_.evaluator, column, *inverse_, precision_));
  columns_.push_back(std::move(mean));
  return {};
}

Result<std::vector<fhe::Ciphertext>> Hazard::between_times(const fhe::Scale& scale) const {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  // Events are parts of all persons, of which there are slot count * 2^persons_log2; counted in 2^-kUnit of that, so
  // that little noise is multiplied afterwards.
  constexpr int kUnit = 8;
  const double persons = std::ldexp(static_cast<double>(bench_.params.slot_count()), persons_log2_);
  fhe::Ciphertext events = restricted(events_, columns_.front().level().value);
  evaluator.multiply_integer_inplace(events, 1 << kUnit);
  std::vector<fhe::Ciphertext> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    MC_TRY(const fhe::Ciphertext weighted, rescaled_product(bench_.evaluator, events, columns_[i], precision_));
    for (std::size_t j = i; j < columns_.size(); ++j) {
      MC_TRY(const fhe::Ciphertext both, rescaled_product(bench_.evaluator, weighted, columns_[j], precision_));
      const fhe::Scale prime = fhe::Scale::of_top_primes(both.level().value, 1);
      MC_TRY(const fhe::Plaintext unit,
             bench_.encoder.encode_constant(std::ldexp(persons, -kUnit), both.level(), scale * prime / both.scale));
      MC_TRY(fhe::Ciphertext entry, evaluator.multiply_plain(both, unit));
      MC_TRY_STATUS(evaluator.rescale_inplace(entry, 1));
      out.push_back(std::move(entry));
    }
  }
  return out;
}

}  // namespace mc::query
