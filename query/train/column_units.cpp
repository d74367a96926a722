// SPDX-License-Identifier: Apache-2.0
#include "query/train/column_units.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "fhe/threshold/mask.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/training_sums.hpp"

namespace mc::query {
namespace {

/// log2 of what a refresh multiplies by, to put values into slots.
constexpr std::int32_t kPlaceLog2 = 46;
/// Spread that a column gets, as one that fills its range has.
constexpr double kSpread = 0.5;
/// What is added to variances: of a column without any a root exists, far above the noise of a small one.
constexpr double kVariance = 0x1p-12;
/// log2 of what masks leave room for in factors and shifts, and in x'.
constexpr std::uint32_t kFactorLog2 = 8, kColumnLog2 = 8;
/// Of a factor that is an integer at the scale of a column.
constexpr std::int32_t kUnitLog2 = 46;

}  // namespace

ColumnUnits::ColumnUnits(const Precision& precision, const RunFlooding& flooding, const Workbench& bench,
                         Refresher& refresher, int persons_log2)
    : precision_(precision),
      flooding_(flooding),
      bench_(bench),
      refresher_(refresher),
      persons_log2_(persons_log2),
      iterations_(bench, precision, refresher),
      imaginary_(imaginary_unit(bench.params)) {}

Status ColumnUnits::add(const fhe::Ciphertext& counted, std::span<const fhe::Ciphertext> columns) {
  moments_.resize(columns.size());
  const fhe::Ciphertext here = restricted(counted, precision_.base.value);
  if (count_.parts.empty()) {
    count_ = here;
  } else {
    MC_TRY_STATUS(bench_.evaluator.add_inplace(count_, here));
  }
  return parallel_for(columns.size(), bench_.threads, [&](std::uint32_t, std::size_t j) -> Status {
    MC_TRY(const fhe::Ciphertext theirs, iterations_.product(counted, columns[j]));
    fhe::Ciphertext paired = restricted(columns[j], theirs.level().value);
    MC_TRY(fhe::Plaintext unit, bench_.encoder.encode_constant(1, paired.level(), paired.scale));
    bench_.params.ring().multiply(unit.poly, fhe::restrict_to(imaginary_, paired.level().value));
    MC_TRY_STATUS(bench_.evaluator.add_plain_inplace(paired, unit));
    return bench_.evaluator.multiply_add(moments_[j], theirs, paired);
  });
}

std::vector<double> ColumnUnits::slots_of(std::size_t column, double value) const {
  return places().filled([&](std::size_t j, std::size_t) { return j == column ? value : 0.0; }, 0);
}

std::vector<double> ColumnUnits::elsewhere(double value) const {
  return places().filled([](std::size_t, std::size_t) { return 0.0; }, value);
}

/// Every value times 2^-persons_log2, a level below the top.
Result<ColumnUnits::InSlots> ColumnUnits::in_slots() {
  MC_TRY_STATUS(finish_sums(moments_, bench_, precision_));
  const auto columns = static_cast<std::uint32_t>(moments_.size());
  RefreshStep step;
  step.map.extraction = fhe::RefreshMap::Extraction::kPairs;
  step.map.input_level = precision_.base;
  step.map.output_level = precision_.top();
  MC_TRY(const PlaceMaps maps, PlaceMaps::create(places(), bench_.encoder, kPlaceLog2 - persons_log2_));
  fhe::RefreshMap::Monomials sums, squares, counts;
  for (std::uint32_t j = 0; j < columns; ++j) {
    maps.put(squares, 2 * j, j);
    maps.put(sums, 2 * j + 1, j);
    maps.put(counts, 2 * columns, j);
  }
  const fhe::Scale unit = fhe::Scale::power_of_two(kPlaceLog2);
  step.map.outputs.push_back({std::move(sums), moments_[0].scale * unit});
  step.map.outputs.push_back({std::move(squares), moments_[0].scale * unit});
  step.map.outputs.push_back({std::move(counts), count_.scale * unit});
  step.inputs = std::move(moments_);
  step.inputs.push_back(std::move(count_));
  for (const fhe::Ciphertext& input : step.inputs) {
    step.value_log2.push_back(fhe::value_log2(bench_.params, input.scale, SlotIterations::kRoomOfSums));
    MC_TRY(const std::uint8_t mask, fhe::mask_log2(step.value_log2.back()));
    step.map.mask_log2.push_back(mask);
  }
  moments_.resize(columns);  // how many there are is still asked for
  MC_TRY(std::vector<fhe::Ciphertext> outputs, refresher_.refresh(std::move(step)));
  for (fhe::Ciphertext& output : outputs) MC_TRY_STATUS(bench_.evaluator.rescale_inplace(output, 1));
  return InSlots{std::move(outputs[0]), std::move(outputs[1]), std::move(outputs[2])};
}

/// 1 / sqrt of what is in [2^-12, 1 + 2^-12], at the top.
Result<fhe::Ciphertext> ColumnUnits::inverse_roots(fhe::Ciphertext variances) const {
  MC_TRY(const fhe::Ciphertext v, iterations_.refreshed(std::move(variances), SlotIterations::kRoomOfSums));
  MC_TRY(fhe::Ciphertext root, iterations_.constant(1, v));
  // sqrt(v) root goes to 1 as a sign does.
  for (const double c : sign_scalings(std::sqrt(kVariance) * kFullest, 1 / kFullest)) {
    MC_TRY(fhe::Ciphertext factor, iterations_.product(root, root));
    MC_TRY(factor, iterations_.product(factor, v));
    MC_TRY(factor, iterations_.scaled(factor, -c * c * c / 2));
    MC_TRY_STATUS(iterations_.add(factor, 3 * c / 2));
    MC_TRY(root, iterations_.product(root, factor));
    MC_TRY(root, iterations_.refreshed(std::move(root), kFactorLog2));
  }
  return root;
}

Status ColumnUnits::find() {
  MC_CHECK(!moments_.empty());
  MC_TRY(InSlots all, in_slots());
  // Slots of no column hold one whose values are 0 and whose variance is 1.
  MC_TRY_STATUS(iterations_.add(all.count, elsewhere(kFullest)));
  MC_TRY_STATUS(iterations_.add(all.squares, elsewhere(kFullest)));
  const double persons = std::ldexp(static_cast<double>(bench_.params.slot_count()), persons_log2_);
  MC_TRY(const fhe::Ciphertext count, iterations_.refreshed(std::move(all.count), SlotIterations::kRoomOfSums));
  MC_TRY(fhe::Ciphertext inverse, iterations_.constant(kFullest, count));
  MC_TRY_STATUS(iterations_.divide(count, inverse, inverse_scalings(kFullest / persons), 1));
  MC_TRY(const fhe::Ciphertext mean, iterations_.product(all.sums, inverse));
  MC_TRY(const fhe::Ciphertext of_squares, iterations_.product(all.squares, inverse));
  MC_TRY(const fhe::Ciphertext square, iterations_.product(mean, mean));
  MC_TRY(fhe::Ciphertext variance, iterations_.scaled(of_squares, 1, square.scale));
  MC_TRY_STATUS(bench_.evaluator.subtract_inplace(variance, restricted(square, variance.level().value)));
  MC_TRY_STATUS(iterations_.add(variance, kVariance));
  MC_TRY(const fhe::Ciphertext root, inverse_roots(std::move(variance)));
  MC_TRY(fhe::Ciphertext shifts, iterations_.product(mean, root));
  MC_TRY(const fhe::Ciphertext factors, iterations_.scaled(root, 1, shifts.scale));
  multiply_by_i(shifts, imaginary_, bench_.params.ring());
  MC_TRY(const fhe::Ciphertext both, iterations_.sum(factors, shifts));
  return as_constants(both);
}

Status ColumnUnits::as_constants(const fhe::Ciphertext& factors_and_shifts) {
  const fhe::Level level = precision_.loaded();
  const fhe::Ciphertext narrow = restricted(factors_and_shifts, level.value);
  // Coefficient 0 is the mean over the slots.
  const double share = static_cast<double>(bench_.params.slot_count()) / static_cast<double>(places().each());
  std::vector<fhe::Ciphertext> alone(moments_.size());
  MC_TRY_STATUS(parallel_for(alone.size(), bench_.threads, [&](std::uint32_t, std::size_t j) -> Status {
    MC_TRY(const fhe::Plaintext place, bench_.encoder.encode(slots_of(j, share), level, precision_.scale()));
    MC_TRY(alone[j], bench_.evaluator.multiply_plain(narrow, place));
    return bench_.evaluator.rescale_inplace(alone[j], 1);
  }));
  const PackedMatrices shape(bench_, precision_, flooding_, 1);
  MatrixRefresh refresh(shape);
  const auto scales = refresh.open_pairs(std::move(alone), kFactorLog2);
  refresh.flood(kFactorFloodingLog2);
  for (const std::uint32_t part : {0u, 1u}) {
    const MatrixRefresh::Matrix values{[part](std::uint32_t row, std::uint32_t) { return 2 * row + part; },
                                       scales.front()};
    for (std::uint32_t j = 0; j < moments_.size(); ++j) refresh.add_constant(values, j, kSpread);
  }
  MC_TRY(factors_, refresh.run(refresher_));
  const auto middle = factors_.begin() + static_cast<std::ptrdiff_t>(moments_.size());
  shifts_.assign(std::make_move_iterator(middle), std::make_move_iterator(factors_.end()));
  factors_.erase(middle, factors_.end());
  return {};
}

/// What brings x' back to the scale of x.
fhe::Scale ColumnUnits::mask_scale() const {
  const fhe::Scale divided = precision_.primes_at(precision_.loaded()) * precision_.primes_at(precision_.level(1));
  return divided / PackedMatrices::constant_scale(precision_);
}

Result<fhe::Ciphertext> ColumnUnits::mask(const fhe::Ciphertext& counted) const {
  MC_TRY(const fhe::Ciphertext scaled, iterations_.scaled(counted, 1, mask_scale()));
  return restricted(scaled, precision_.level(1).value);
}

Status ColumnUnits::convert(const fhe::Ciphertext& mask, std::span<fhe::Ciphertext> columns) const {
  MC_CHECK(columns.size() == factors_.size());
  const fhe::Evaluator& evaluator = bench_.evaluator;
  std::vector<fhe::Ciphertext> values(columns.size());
  const auto move = [&](std::uint32_t, std::size_t j) -> Status {
    fhe::Ciphertext shift = shifts_[j];
    evaluator.multiply_integer_inplace(shift, -(std::int64_t{1} << kUnitLog2));
    shift.scale = shift.scale * fhe::Scale::power_of_two(kUnitLog2);
    fhe::Ciphertext moved;
    MC_TRY_STATUS(evaluator.multiply_add(moved, columns[j], factors_[j]));
    MC_TRY_STATUS(evaluator.add_inplace(moved, shift));
    MC_TRY(moved, evaluator.relinearise_rescale(moved, precision_.primes));
    MC_TRY(values[j], iterations_.product(moved, mask));
    return {};
  };
  MC_TRY_STATUS(parallel_for(columns.size(), bench_.threads, move));
  MC_TRY(values, refreshed_whole(bench_, precision_, refresher_, std::move(values), kColumnLog2));
  for (std::size_t j = 0; j < columns.size(); ++j) columns[j] = restricted(values[j], precision_.loaded().value);
  return {};
}

}  // namespace mc::query
