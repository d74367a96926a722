// SPDX-License-Identifier: Apache-2.0
#include "query/train/training_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/column_units.hpp"
#include "query/train/hazard.hpp"
#include "query/train/packed_matrices.hpp"
#include "query/train/training_sums.hpp"
#include "query/train/values.hpp"

namespace mc::query {
namespace {

/// log2 of what z / bound, y, v and q may reach: an honest one is below 2^3.
constexpr std::uint32_t kCurveLog2 = 8;
/// Of a factor that is an integer at the scale of a column.
constexpr std::int32_t kUnitLog2 = 46;
constexpr int kCoxBoundLog2 = 4;
constexpr std::array kPredicted{Opened::kPredictor};
constexpr std::array kFolded{Opened::kFolded, Opened::kSquare}, kEvaluated{Opened::kCurve, Opened::kEntropy};
static_assert(kLinearPredictorMax == fhe::LogisticCurve::kReach && kLinearPredictorUnit == fhe::LogisticCurve::kBound &&
              kCoxPredictorMax == 1 << kCoxBoundLog2);

fhe::Ciphertext declared(fhe::Ciphertext ct, int log2_more) {
  ct.scale = ct.scale * fhe::Scale::power_of_two(log2_more);
  return ct;
}

Status add_into(const fhe::Evaluator& evaluator, fhe::Ciphertext& sum, fhe::Ciphertext value) {
  if (!sum.parts.empty()) return evaluator.add_inplace(sum, value);
  sum = std::move(value);
  return {};
}

}  // namespace

std::uint32_t triangle_index(std::uint32_t i, std::uint32_t j, std::uint32_t size) {
  const std::uint32_t low = std::min(i, j), high = std::max(i, j);
  return low * size - low * (low + 1) / 2 + high;
}

SumLayout::Place SumLayout::hessian(std::uint32_t i, std::uint32_t j) const {
  const std::uint32_t low = std::min(i, j), high = std::max(i, j), group = gradient(high).sum;
  return {width_ * (group * (group + 1) / 2) - lone_ * group + low, gradient(high).part};
}

SumLayout sum_layout(const LogisticPlan& plan) {
  return {plan.size(), !plan.efron, plan.intercept};
}

namespace {

Status finish(std::span<fhe::Ciphertext* const> sums, const Workbench& bench, const Precision& precision) {
  return parallel_for(sums.size(), bench.threads, [&](std::uint32_t, std::size_t i) -> Status {
    if (sums[i]->parts.size() == 2) return bench.evaluator.rescale_inplace(*sums[i], precision.primes);
    MC_TRY(*sums[i], bench.evaluator.relinearise_rescale(*sums[i], precision.primes));
    return {};
  });
}

}  // namespace

Status finish_sums(std::vector<fhe::Ciphertext>& sums, const Workbench& bench, const Precision& precision) {
  std::vector<fhe::Ciphertext*> all;
  for (fhe::Ciphertext& sum : sums) all.push_back(&sum);
  return finish(all, bench, precision);
}

Result<PassSums> TrainingSums::finished(const Workbench& bench, const Precision& precision) {
  std::vector<fhe::Ciphertext*> all;
  for (fhe::Ciphertext& sum : hessian) all.push_back(&sum);
  for (fhe::Ciphertext& sum : gradient) all.push_back(&sum);
  for (fhe::Ciphertext& sum : offset) all.push_back(&sum);
  if (!entropy.parts.empty()) all.push_back(&entropy);
  if (!residual.parts.empty()) all.push_back(&residual);
  MC_TRY_STATUS(finish(all, bench, precision));
  PassSums out;
  out.hessian = std::move(hessian);
  out.gradient = std::move(gradient);
  out.offset = std::move(offset);
  out.entropy = std::move(entropy);
  out.residual = std::move(residual);
  return out;
}

TrainingBlocks::TrainingBlocks(const LogisticPlan& plan, const Precision& precision, const RunFlooding& flooding,
                               std::vector<std::uint32_t> blocks, const ColumnLoader& loader, const Workbench& bench,
                               Refresher& refresher, int persons_log2)
    : plan_(plan),
      precision_(precision),
      flooding_(flooding),
      numbers_(std::move(blocks)),
      loader_(loader),
      bench_(bench),
      refresher_(refresher),
      top_(precision.top()),
      curve_(fhe::logistic_curve()),
      layout_(sum_layout(plan)),
      imaginary_(imaginary_unit(bench.params)),
      shelf_(bench.params, bench.kept_bytes, bench.scratch) {
  if (!plan.is_cox()) return;
  hazard_ = std::make_unique<Hazard>(plan, precision, flooding, loader, bench, refresher, persons_log2);
  units_ = std::make_unique<ColumnUnits>(precision, flooding, bench, refresher, persons_log2);
}

TrainingBlocks::~TrainingBlocks() = default;

fhe::Scale TrainingBlocks::coefficient_scale() const {
  return PackedMatrices::constant_scale(precision_);
}

Status TrainingBlocks::prepare() {
  BlockShelf as_loaded(bench_.params, bench_.kept_bytes, bench_.scratch);
  BlockShelf& shelf = units_ ? as_loaded : shelf_;
  for (std::size_t first = 0; first < numbers_.size(); first += kTrainingGroup) {
    MC_TRY_STATUS(prepare_group(first, std::min(kTrainingGroup, numbers_.size() - first), shelf));
  }
  if (!hazard_) return {};
  MC_TRY_STATUS(convert_columns(as_loaded));
  return count_events();
}

/// Up to four factors, two products in sequence: at the base, at precision.scale() whatever their number. Scales of the
/// factors are chosen so that the primes divided out leave it.
Result<fhe::Ciphertext> TrainingBlocks::product_of_factors(std::span<const FeatureColumn> factors,
                                                           std::uint32_t block) const {
  MC_CHECK(!factors.empty() && factors.size() <= 4);
  const fhe::Scale first = primes(precision_.loaded()), second = primes(precision_.level(1));
  const auto scale_of = [&](std::size_t i) {
    switch (i) {
      case 0:
        return precision_.scale();
      case 1:
        return first;
      case 2:
        return factors.size() == 3 ? second : first;
      default:
        return second;
    }
  };
  std::vector<fhe::Ciphertext> loaded;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    MC_TRY(fhe::Ciphertext column, loader_.load(factors[i], block, scale_of(i)));
    loaded.push_back(std::move(column));
  }
  fhe::Ciphertext result = std::move(loaded[0]);
  if (factors.size() >= 2) {
    MC_TRY(result, product(result, loaded[1]));
  }
  if (factors.size() == 3) {
    MC_TRY(result, product(result, loaded[2]));
  }
  if (factors.size() == 4) {
    MC_TRY(const fhe::Ciphertext other, product(loaded[2], loaded[3]));
    MC_TRY(result, product(result, other));
  }
  MC_TRY_STATUS(bench_.evaluator.drop_to_level(result, precision_.base));
  return result;
}

/// 1 - value: who is not among those.
Status TrainingBlocks::make_others(fhe::Ciphertext& value) const {
  bench_.evaluator.multiply_integer_inplace(value, -1);
  MC_TRY(const fhe::Plaintext one, bench_.encoder.encode_constant(1, value.level(), value.scale));
  return bench_.evaluator.add_plain_inplace(value, one);
}

/// All at the top level; a balanced tree of products.
Result<fhe::Ciphertext> TrainingBlocks::product_of_groups(std::vector<fhe::Ciphertext> groups) const {
  while (groups.size() > 1) {
    std::vector<fhe::Ciphertext> next;
    for (std::size_t i = 0; i + 1 < groups.size(); i += 2) {
      MC_TRY(fhe::Ciphertext both, product(groups[i], groups[i + 1]));
      next.push_back(std::move(both));
    }
    if (groups.size() % 2 == 1) next.push_back(std::move(groups.back()));
    groups = std::move(next);
  }
  return std::move(groups.front());
}

Status TrainingBlocks::prepare_group(std::size_t first, std::size_t count, BlockShelf& shelf) {
  const FeatureColumn everybody{{1, "present"}};
  std::vector<FeatureColumn> where = plan_.where;
  if (where.empty()) where.push_back(everybody);
  // Products of up to four factors each: of WHERE, of completeness, of design columns with more than one factor.
  std::vector<std::vector<FeatureColumn>> products;
  const auto take = [&](const std::vector<FeatureColumn>& factors) {
    for (std::size_t i = 0; i < factors.size(); i += 4) {
      products.emplace_back(factors.begin() + static_cast<std::ptrdiff_t>(i),
                            factors.begin() + static_cast<std::ptrdiff_t>(std::min(i + 4, factors.size())));
    }
  };
  take(where);
  const std::size_t first_unless = products.size();
  for (const TrainingColumn& column : plan_.unless) products.push_back(column);
  const std::size_t of_where = products.size();
  take(plan_.complete);
  const std::size_t of_persons = products.size();
  if (!plan_.weights.empty()) take({plan_.weights});
  const std::size_t of_cases = products.size();
  if (hazard_) products.push_back(event_factors());
  for (const TrainingColumn& column : plan_.columns) {
    if (column.size() > 1) products.push_back(column);
  }
  std::vector<fhe::Ciphertext> values(count * products.size());
  MC_TRY_STATUS(parallel_for(values.size(), bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
    const std::size_t product = i % products.size();
    MC_TRY(values[i], product_of_factors(products[product], numbers_[first + i / products.size()]));
    return product >= first_unless && product < of_where ? make_others(values[i]) : Status{};
  }));
  MC_TRY(std::vector<fhe::Ciphertext> fresh, refreshed_whole(bench_, precision_, refresher_, std::move(values), 1));

  std::vector<fhe::Ciphertext> cases, unweighted;
  for (std::size_t b = 0; b < count; ++b) {
    fhe::Ciphertext* const mine = &fresh[b * products.size()];
    MC_TRY(const fhe::Ciphertext asked, product_of_groups({mine, mine + of_where}));
    MC_TRY_STATUS(add_into(bench_.evaluator, asked_, restricted(asked, precision_.answer.value)));
    MC_TRY(const fhe::Ciphertext persons, product_of_groups({mine, mine + of_persons}));
    MC_TRY_STATUS(add_into(bench_.evaluator, cases_, restricted(persons, precision_.answer.value)));
    MC_TRY(fhe::Ciphertext c, product_of_groups({mine, mine + of_cases}));
    cases.push_back(std::move(c));
    if (!plan_.weights.empty()) unweighted.push_back(persons);
  }
  for (std::vector<fhe::Ciphertext>* const all : {&cases, &unweighted}) {
    if (all->empty() || all->front().level() == top_) continue;
    for (fhe::Ciphertext& c : *all) MC_TRY_STATUS(bench_.evaluator.drop_to_level(c, precision_.base));
    MC_TRY(*all, refreshed_whole(bench_, precision_, refresher_, std::move(*all), 1));
  }
  for (std::size_t b = 0; b < count; ++b) {
    const std::uint32_t number = numbers_[first + b];
    std::size_t product = of_cases + (hazard_ ? 1 : 0);
    std::vector<std::size_t> from_product(plan_.columns.size(), 0);
    for (std::size_t j = 0; j < plan_.columns.size(); ++j) {
      if (plan_.columns[j].size() > 1) from_product[j] = product++;
    }
    MC_TRY(BlockShelf::Row row,
           hazard_ ? derive_exposed(cases[b], fresh[b * products.size() + of_cases]) : derive(number, cases[b]));
    row[Block::kPerson] = restricted((unweighted.empty() ? cases : unweighted)[b], precision_.level(1).value);
    MC_TRY_STATUS(add_into(bench_.evaluator, weight_, restricted(row[Block::kCase], precision_.answer.value)));
    MC_TRY_STATUS(add_into(bench_.evaluator, centred_, restricted(row[Block::kCentred], precision_.answer.value)));
    row.resize(Block::kColumns + plan_.columns.size());
    MC_TRY_STATUS(parallel_for(plan_.columns.size(), bench_.threads, [&](std::uint32_t, std::size_t j) -> Status {
      fhe::Ciphertext& x = row[Block::kColumns + j];
      if (from_product[j] != 0) {
        x = restricted(fresh[b * products.size() + from_product[j]], precision_.loaded().value);
      } else {
        MC_TRY(x, loader_.load(plan_.columns[j].front(), number, precision_.scale()));
      }
      return {};
    }));
    if (units_) MC_TRY_STATUS(units_->add(cases[b], std::span(row).subspan(Block::kColumns)));
    MC_TRY_STATUS(shelf.append(std::move(row)));
    if (hazard_) MC_TRY_STATUS(hazard_->load(number));
  }
  return {};
}

/// With S the scale of c: S_h = 2^46 for h = y q below (in `train` 2^90, and two primes for one); c h [6] has
/// S 2^46 / p7, c h^2 [5] that times 2^46 / p6.
/// c / 4 is brought to the latter, c (y - 1/2) to the former, so that they can be subtracted.
Result<BlockShelf::Row> TrainingBlocks::derive(std::uint32_t number, const fhe::Ciphertext& c) const {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  const fhe::Level loaded = precision_.loaded(), fourth = precision_.level(4), third = precision_.level(3);
  const fhe::Scale case_scale = c.scale;
  BlockShelf::Row row(Block::kColumns);
  row[Block::kCase] = restricted(c, fourth.value);
  const fhe::Scale of_ch = case_scale * precision_.scale() / primes(fourth);
  const fhe::Scale of_chh = of_ch * precision_.scale() / primes(third);

  fhe::Ciphertext& of_quarter = row[Block::kQuarter];
  of_quarter = restricted(c, third.value);
  MC_TRY(const fhe::Plaintext quarter,
         bench_.encoder.encode_constant(0.25, third, of_chh * primes(third) / case_scale));
  MC_TRY(of_quarter, evaluator.multiply_plain(of_quarter, quarter));
  MC_TRY_STATUS(evaluator.rescale_inplace(of_quarter, precision_.primes));

  const fhe::Scale response_scale = of_ch * primes(loaded) / case_scale;
  MC_TRY(fhe::Ciphertext y, loader_.load(plan_.response, number, response_scale));
  MC_TRY(const fhe::Plaintext half, bench_.encoder.encode_constant(-0.5, loaded, response_scale));
  MC_TRY_STATUS(evaluator.add_plain_inplace(y, half));
  MC_TRY(row[Block::kCentred], product(y, c));
  if (plan_.offset.empty()) {
    row[Block::kOffset] = restricted(c, 1);
  } else {
    MC_TRY(row[Block::kOffset], loader_.load(plan_.offset, number, coefficient_scale()));
  }
  return row;
}

Result<std::vector<TrainingBlocks::Block>> TrainingBlocks::blocks(std::size_t first, std::size_t count) const {
  std::vector<std::shared_ptr<const BlockShelf::Row>> rows(count);
  MC_TRY_STATUS(parallel_for(count, bench_.threads, [&](std::uint32_t, std::size_t b) -> Status {
    MC_TRY(rows[b], shelf_.row(first + b));
    return {};
  }));
  shelf_.expect(first + count, kTrainingGroup);
  return std::vector<Block>(rows.begin(), rows.end());
}

/// z / bound at the base, from coefficients at coefficient_scale. Of who does not count it is 0: a record beyond the
/// WHERE clause, or one without values, may be where no curve is good, and larger than what c and masks take away.
Result<fhe::Ciphertext> TrainingBlocks::linear_predictor(const Block& block,
                                                         std::span<const fhe::Ciphertext> coefficients) const {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  fhe::Ciphertext sum;
  const std::size_t shift = plan_.intercept ? 1 : 0;
  for (std::size_t j = 0; j < block.columns(); ++j) {
    MC_TRY_STATUS(evaluator.multiply_add(sum, block.x(j), coefficients[j + shift]));
  }
  const auto add_plain_term = [&](fhe::Ciphertext term, double unit) -> Status {
    // At the scale of a product: times 2^46, an integer, and what of the scale is left.
    evaluator.multiply_integer_inplace(term, static_cast<std::int64_t>(unit * 0x1p46));
    term.scale = term.scale * fhe::Scale::power_of_two(kUnitLog2);
    if (precision_.scale_log2 > kUnitLog2) raise_scale(evaluator, term, precision_.scale_log2 - kUnitLog2);
    return add_into(evaluator, sum, std::move(term));
  };
  if (plan_.intercept) MC_TRY_STATUS(add_plain_term(coefficients[0], 1));
  if (!plan_.offset.empty()) MC_TRY_STATUS(add_plain_term(block.offset(), plan_.offset_unit));
  if (sum.parts.size() == 3) {
    MC_TRY(sum, evaluator.relinearise_rescale(sum, precision_.primes));
  } else {
    MC_TRY_STATUS(evaluator.rescale_inplace(sum, precision_.primes));
  }
  const fhe::Ciphertext z = declared(std::move(sum), plan_.is_cox() ? kCoxBoundLog2 : fhe::LogisticCurve::kBoundLog2);
  MC_TRY(fhe::Ciphertext counted, product(z, block.person()));
  MC_TRY_STATUS(evaluator.drop_to_level(counted, precision_.base));
  return counted;
}

/// The fold of fhe::LogisticCurve, at the base, from a fresh u: all five steps. The scale of a product of nine u is far
/// from simple, and no polynomial of degree 31 can follow; a factor of one brings y to the scale of a column.
Result<TrainingBlocks::Folded> TrainingBlocks::folded(const fhe::Ciphertext& u) const {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  // factor x^2 + constant
  const auto from_square = [&](const fhe::Ciphertext& x, std::int64_t factor,
                               double constant) -> Result<fhe::Ciphertext> {
    MC_TRY(fhe::Ciphertext value, product(x, x));
    evaluator.multiply_integer_inplace(value, factor);
    MC_TRY(const fhe::Plaintext added, bench_.encoder.encode_constant(constant, value.level(), value.scale));
    MC_TRY_STATUS(evaluator.add_plain_inplace(value, added));
    return value;
  };
  MC_TRY(const fhe::Ciphertext of_u, from_square(u, 2, -1.5));
  MC_TRY(const fhe::Ciphertext t, product(u, of_u));
  MC_TRY(const fhe::Ciphertext of_t, from_square(t, 4, -3));
  const fhe::Scale wanted = precision_.scale() * primes(t.level()) * primes(of_t.level()) / (t.scale * of_t.scale);
  MC_TRY(const fhe::Plaintext one, bench_.encoder.encode_constant(1, t.level(), wanted));
  MC_TRY(fhe::Ciphertext scaled, evaluator.multiply_plain(t, one));
  MC_TRY_STATUS(evaluator.rescale_inplace(scaled, precision_.primes));
  MC_TRY(fhe::Ciphertext y, product(scaled, of_t));
  MC_TRY(fhe::Ciphertext v, from_square(y, 2, -1));
  MC_TRY_STATUS(evaluator.drop_to_level(y, v.level()));
  return Folded{std::move(y), std::move(v)};
}

Result<std::vector<fhe::Ciphertext>> TrainingBlocks::refreshed(std::vector<fhe::Ciphertext> values,
                                                               std::span<const Opened> what) {
  std::vector<std::uint8_t> deviations;
  for (std::size_t i = 0; i < values.size() && !flooding_.is_none(); ++i) {
    MC_TRY(const std::uint8_t deviation,
           flooding_.deviation_log2(what[i % what.size()], values[i].scale, bench_.params));
    deviations.push_back(deviation);
  }
  return refreshed_whole(bench_, precision_, refresher_, std::move(values), kCurveLog2, deviations);
}

Result<std::vector<TrainingBlocks::Curve>> TrainingBlocks::curves(std::span<const Block> blocks,
                                                                  std::span<const fhe::Ciphertext> coefficients,
                                                                  bool last) {
  const std::size_t count = blocks.size();
  std::vector<fhe::Ciphertext> predicted(count), values(2 * count);
  MC_TRY_STATUS(parallel_for(count, bench_.threads, [&](std::uint32_t, std::size_t b) -> Status {
    MC_TRY(predicted[b], linear_predictor(blocks[b], coefficients));
    return {};
  }));
  MC_TRY(predicted, refreshed(std::move(predicted), kPredicted));
  MC_TRY_STATUS(parallel_for(count, bench_.threads, [&](std::uint32_t, std::size_t b) -> Status {
    MC_TRY(Folded pair, folded(predicted[b]));
    values[2 * b] = std::move(pair.y);
    values[2 * b + 1] = std::move(pair.v);
    return {};
  }));
  MC_TRY(std::vector<fhe::Ciphertext> fresh, refreshed(std::move(values), kFolded));
  // S_q is what makes y q have the scale 2^46 at level 7.
  const fhe::Scale q_scale = precision_.scale() * primes(top_) / fresh[0].scale;
  const fhe::ParamsPtr& params = bench_.evaluator.keys()->params();
  MC_TRY(const fhe::Program q_program,
         fhe::plan_polynomial(params, curve_.q, top_, fresh[1].scale, {precision_.primes, q_scale}));
  MC_TRY(const fhe::Program e_program,
         fhe::plan_polynomial(params, curve_.e, top_, fresh[1].scale, {precision_.primes, precision_.scale()}));
  const std::size_t each = last ? 2 : 1;
  std::vector<fhe::Ciphertext> evaluated(each * count);
  MC_TRY_STATUS(parallel_for(evaluated.size(), bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
    const fhe::Program& program = i % each == 0 ? q_program : e_program;
    MC_TRY(evaluated[i], program.run(bench_.evaluator, {&fresh[2 * (i / each) + 1], 1}));
    return bench_.evaluator.drop_to_level(evaluated[i], precision_.base);
  }));
  MC_TRY(std::vector<fhe::Ciphertext> results, refreshed(std::move(evaluated), std::span(kEvaluated).first(each)));
  std::vector<Curve> out(count);
  for (std::size_t b = 0; b < count; ++b) {
    out[b].u = std::move(predicted[b]);
    out[b].y = std::move(fresh[2 * b]);
    out[b].q = std::move(results[each * b]);
    if (last) out[b].e = std::move(results[each * b + 1]);
  }
  return out;
}

/// What stands for a product with a column of ones: times an integer, at the same scale.
fhe::Ciphertext TrainingBlocks::times_one(fhe::Ciphertext value) const {
  raise_scale(bench_.evaluator, value, precision_.scale_log2);
  return value;
}

/// Group n of the design's columns, at least one of them sealed: a column, plus i times the next one of a pair.
Result<fhe::Ciphertext> TrainingBlocks::group_of_columns(const Block& block, std::uint32_t n,
                                                         std::uint32_t level) const {
  const std::uint32_t shift = plan_.intercept ? 1 : 0;
  const std::uint32_t first = layout_.first_of(n);
  fhe::Ciphertext group;
  if (layout_.met_by(n) > first + 1) {
    group = restricted(block.x(first + 1 - shift), level);
    multiply_by_i(group, imaginary_, bench_.params.ring());
  }
  if (first < shift) {
    MC_TRY(const fhe::Plaintext one, bench_.encoder.encode_constant(1, group.level(), group.scale));
    MC_TRY_STATUS(bench_.evaluator.add_plain_inplace(group, one));
    return group;
  }
  MC_TRY_STATUS(add_into(bench_.evaluator, group, restricted(block.x(first - shift), level)));
  return group;
}

/// H += x' w x, g += x' r; of an offset also x' offset.   w [5], r and offset [4]
Status TrainingBlocks::add_block(const Block& block, const fhe::Ciphertext& w, const fhe::Ciphertext& r,
                                 TrainingSums& sums, const fhe::Ciphertext* offset) const {
  const fhe::Evaluator& evaluator = bench_.evaluator;
  const std::uint32_t level = w.level().value - precision_.primes, groups = layout_.groups();
  const std::uint32_t shift = plan_.intercept ? 1 : 0;
  // The last groups, which meet most columns, first.
  return parallel_for(groups, bench_.threads, [&](std::uint32_t, std::size_t task) -> Status {
    const auto n = static_cast<std::uint32_t>(groups - 1 - task);
    fhe::Ciphertext weighted;
    if (layout_.met_by(n) == shift) {  // nothing but ones
      MC_TRY_STATUS(add_into(evaluator, sums.gradient[n], times_one(r)));
      if (offset != nullptr) MC_TRY_STATUS(add_into(evaluator, sums.offset[n], times_one(*offset)));
      weighted = times_one(w);
      MC_TRY_STATUS(evaluator.rescale_inplace(weighted, precision_.primes));
    } else {
      MC_TRY(const fhe::Ciphertext group, group_of_columns(block, n, w.level().value));
      MC_TRY_STATUS(evaluator.multiply_add(sums.gradient[n], group, r, fhe::Level(level)));
      if (offset != nullptr) MC_TRY_STATUS(evaluator.multiply_add(sums.offset[n], group, *offset, fhe::Level(level)));
      MC_TRY(weighted, product(w, group));
    }
    const auto met = std::span(sums.hessian).subspan(layout_.met_from(n), layout_.met_by(n));
    for (std::uint32_t m = 0; m < met.size(); ++m) {
      if (m < shift) {
        MC_TRY_STATUS(add_into(evaluator, met[m], times_one(weighted)));
      } else {
        MC_TRY_STATUS(evaluator.multiply_add(met[m], weighted, block.x(m - shift), fhe::Level(level)));
      }
    }
    return {};
  });
}

Result<PassSums> TrainingBlocks::first_pass() {
  if (hazard_) return hazard_pass({}, false);
  TrainingSums sums(layout_);
  if (!plan_.offset.empty()) sums.offset.resize(layout_.groups());
  for (std::size_t first = 0; first < shelf_.size(); first += kTrainingGroup) {
    MC_TRY(const std::vector<Block> group, blocks(first, std::min(kTrainingGroup, shelf_.size() - first)));
    for (const Block& block : group) {
      fhe::Ciphertext offset;
      if (!plan_.offset.empty()) {
        MC_TRY(offset, product(block.quarter(), block.offset()));
      }
      MC_TRY_STATUS(add_block(block, block.quarter(), block.centred(), sums, sums.offset.empty() ? nullptr : &offset));
    }
  }
  return sums.finished(bench_, precision_);
}

Result<PassSums> TrainingBlocks::pass(std::span<const fhe::Ciphertext> coefficients, bool last) {
  MC_CHECK(coefficients.size() == plan_.size());
  if (hazard_) return hazard_pass(coefficients, last);
  const fhe::Evaluator& evaluator = bench_.evaluator;
  TrainingSums sums(layout_);
  for (std::size_t first = 0; first < shelf_.size(); first += kTrainingGroup) {
    MC_TRY(const std::vector<Block> group, blocks(first, std::min(kTrainingGroup, shelf_.size() - first)));
    MC_TRY(const std::vector<Curve> evaluated, curves(group, coefficients, last));
    for (std::size_t b = 0; b < group.size(); ++b) {
      const Block& block = group[b];
      const Curve& curve = evaluated[b];
      MC_TRY(const fhe::Ciphertext h, product(curve.y, curve.q));  // [7]
      MC_TRY(const fhe::Ciphertext ch, product(block.c(), h));     // [6]
      MC_TRY(const fhe::Ciphertext chh, product(ch, h));           // [5]
      fhe::Ciphertext w = block.quarter();
      MC_TRY_STATUS(evaluator.subtract_inplace(w, chh));
      fhe::Ciphertext r = block.centred();
      MC_TRY_STATUS(evaluator.subtract_inplace(r, restricted(ch, r.level().value)));
      MC_TRY_STATUS(add_block(block, w, r, sums));
      if (!last) continue;
      const std::uint32_t level = block.centred().level().value;
      MC_TRY_STATUS(evaluator.multiply_add(sums.entropy, block.c(), curve.e, fhe::Level(level)));
      MC_TRY_STATUS(evaluator.multiply_add(sums.residual, r, curve.u, fhe::Level(level)));
    }
  }
  return sums.finished(bench_, precision_);
}

}  // namespace mc::query
