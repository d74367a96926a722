// SPDX-License-Identifier: Apache-2.0
#include "query/release/finish.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "query/release/auc.hpp"
#include "query/release/bins.hpp"
#include "query/release/calibration.hpp"
#include "query/release/counted_logistic_answer.hpp"
#include "query/release/cross_table.hpp"
#include "query/release/linear_model.hpp"
#include "query/release/measured.hpp"
#include "query/release/noisy_tests.hpp"
#include "query/release/regression.hpp"
#include "query/release/risk.hpp"
#include "query/release/stepped_sums.hpp"
#include "query/release/student.hpp"
#include "query/release/survival_answer.hpp"

namespace mc::query {
namespace {

/// Tables of independent categories that a chi-square test with noise compares with: p-values down to 0.0005.
constexpr int kNullTables = 2000;

Finished correlation(const Measured& xx, const Measured& yy, const Measured& xy) {
  // A variance that cannot be told from zero is zero.
  if (xx.value <= xx.error || yy.value <= yy.error) return std::nullopt;
  const double product = std::sqrt(xx.value) * std::sqrt(yy.value);
  const double value = std::clamp(xy.value / product, -1.0, 1.0);
  const double relative = 0.5 * (xx.error / (xx.value - xx.error) + yy.error / (yy.value - yy.error));
  return Measured{value, (xy.error / product + std::abs(value) * relative) * (1 + relative)};
}

/// Significant digits: of the number itself, so that a small difference of large sums does not claim the sums' digits.
int digits_of(const Finished& finished) {
  return finished ? certain_digits(finished->error, finished->value) : kDigitsMax;
}

Value value_of(const Finished& finished, bool counts) {
  if (!finished) return std::monostate{};
  if (counts && finished->is_exact()) return static_cast<std::int64_t>(finished->value);
  return finished->value;
}

Value value_of(const GroupKey& key) {
  return std::visit([](const auto& held) -> Value { return held; }, key);
}

class Finisher {
 public:
  Finisher(const Plan& plan, std::span<const double> means, std::span<const double> errors, std::size_t slot_count,
           const AddedNoise& added)
      : plan_(plan), means_(means), errors_(errors), added_(added), slot_count_(static_cast<double>(slot_count)) {}

  Result<ResultTable> run() {
    for (const PlanItem& item : plan_.items) {
      table_.columns.insert(table_.columns.end(), item.names.begin(), item.names.end());
    }
    table_.digits.assign(table_.columns.size(), kDigitsMax);
    table_.group_columns = plan_.group_columns;
    double persons = 0;
    for (const PlanGroup& group : plan_.groups) {
      MC_TRY(const Measured n, persons_of(group));
      persons += n.value;
      if (!plan_.group_columns.empty() && n.value < 0.5 && !is_always_shown(plan_, group)) continue;
      MC_TRY_STATUS(add_row(group));
    }
    table_.n = std::llround(persons);
    table_.digits_min = table_.digits.empty() ? 0 : *std::min_element(table_.digits.begin(), table_.digits.end());
    return std::move(table_);
  }

 private:
  /// The opened sum. Persons' standardised values were rounded to doubles when they were sealed: `rounded_persons`.
  Measured opened(MomentId id, double rounded_persons) const {
    if (id == kZeroMoment) return {};
    const double value = means_[id.value] * slot_count_;
    return {value, errors_[id.value] + kDoubleError * (std::abs(value) + rounded_persons)};
  }

  Result<Measured> count(MomentId id) const {
    if (!counts_are_whole_) return Measured{std::max(0.0, opened(id, 0).value), 0};
    return as_integer(opened(id, 0), "sum S" + std::to_string(id.value));
  }

  /// Everybody of a group, or everybody whom it is told of.
  Result<Measured> persons_of(const PlanGroup& group) const {
    if (group.standing.empty()) return count(group.n);
    Measured persons;
    for (const MomentId id : group.standing) {
      MC_TRY(const Measured n, count(id));
      persons = persons + n;
    }
    return persons;
  }

  [[nodiscard]] bool has_noise() const { return !added_.mean_sigma.empty(); }
  [[nodiscard]] bool draws_noise() const { return has_noise() && added_.draws > 0; }

  /// Of the noise in a mean; a sum that is zero by construction has none.
  double sigma_of(MomentId id) const { return id == kZeroMoment ? 0 : added_.mean_sigma[id.value]; }

  Status add_row(const PlanGroup& group) {
    std::vector<Value> row;
    std::size_t first = 0;
    std::size_t first_sum = 0;
    for (const PlanItem& item : plan_.items) {
      if (item.statistic == Statistic::kKey) {
        row.push_back(value_of(group.keys[item.key]));
      } else if (item.is_counted()) {
        MC_TRY(ModelAnswer answer, finish_counted(item, group, std::span(group.sums).subspan(first_sum, item.sums)));
        table_.digits[row.size()] = std::min(table_.digits[row.size()], answer.digits);
        row.emplace_back(std::make_shared<const ModelAnswer>(std::move(answer)));
      } else if (item.statistic == Statistic::kCalibration) {
        MC_TRY(ModelAnswer answer, finish_calibration(item, group, first));
        table_.digits[row.size()] = std::min(table_.digits[row.size()], answer.digits);
        row.emplace_back(std::make_shared<const ModelAnswer>(std::move(answer)));
      } else if (item.model) {
        MC_TRY(ModelAnswer answer,
               finish_model(item, group.n, group.cells[first].n, std::span(group.sums).subspan(first_sum, item.sums)));
        table_.digits[row.size()] = std::min(table_.digits[row.size()], answer.digits);
        row.emplace_back(std::make_shared<const ModelAnswer>(std::move(answer)));
      } else {
        const std::span<const CellMoments> cells = std::span(group.cells).subspan(first, item.strata);
        MC_TRY(const std::vector<Finished> numbers,
               has_noise() && is_test(item.statistic) ? finish_noisy_test(item, cells) : finish_item(item, cells));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          int& digits = table_.digits[row.size()];
          digits = std::min(digits, digits_of(numbers[i]));
          row.push_back(is_left_out(group, item, first, i) ? Value() : value_of(numbers[i], is_integral(item)));
        }
      }
      first += item.strata;
      first_sum += item.sums;
    }
    table_.rows.push_back(std::move(row));
    std::vector<Value> keys;
    for (const GroupKey& key : group.keys) keys.push_back(value_of(key));
    table_.groups.push_back(std::move(keys));
    return {};
  }

  /// Whether the number tells a cell that the part leaves out; of a test the expected counts are told behind it.
  static bool is_left_out(const PlanGroup& group, const PlanItem& item, std::size_t first_cell, std::size_t number) {
    const std::size_t before = item.names.size() - std::min<std::size_t>(item.strata, item.names.size());
    if (item.statistic != Statistic::kHistogram && item.statistic != Statistic::kChiSquareTest) return false;
    return number >= before && std::ranges::binary_search(group.cells_left_out, first_cell + number - before);
  }

  static bool is_integral(const PlanItem& item) {
    return counts_persons(item.statistic) || item.statistic == Statistic::kCountDistinct ||
           item.statistic == Statistic::kHistogram || (item.statistic == Statistic::kSum && item.x.integral);
  }

  Result<std::vector<Measured>> counts_of(std::span<const CellMoments> cells) const {
    std::vector<Measured> counts;
    for (const CellMoments& cell : cells) {
      MC_TRY(const Measured n, count(cell.n));
      counts.push_back(n);
    }
    return counts;
  }

  /// The sums after this draw of the noise, or as they are.
  std::vector<double> drawn_means(std::mt19937_64& random) const {
    std::normal_distribution<double> normal;
    std::vector<double> means(means_.begin(), means_.end());
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += added_.mean_sigma[i] * normal(random);
    return means;
  }

  /// Of sums with noise nothing is known to be an integer; the test is that of the numbers as they are, and then of
  /// what the noise does to it.
  Result<std::vector<Finished>> finish_noisy_test(const PlanItem& item, std::span<const CellMoments> cells) const {
    PlanItem of_reals = item;
    of_reals.x.integral = of_reals.y.integral = false;
    if (of_reals.breaks.empty()) of_reals.step = 0;
    const std::vector<double> no_errors(errors_.size(), 0);
    const auto test_of = [&](std::span<const double> means) {
      Finisher finisher(plan_, means, no_errors, static_cast<std::size_t>(slot_count_), {});
      finisher.counts_are_whole_ = false;
      return finisher.finish_item(of_reals, cells);
    };
    std::mt19937_64 random(1);  // the same answer has the same intervals
    MC_TRY(std::vector<Finished> test, test_of(means_));
    if (!draws_noise()) return test;
    if (item.statistic == Statistic::kChiSquareTest) {
      std::vector<Measured> observed;
      std::vector<double> noise_sd;
      for (const CellMoments& cell : cells) {
        observed.push_back({std::max(0.0, opened(cell.n, 0).value), 0});
        noise_sd.push_back(sigma_of(cell.n) * slot_count_);
      }
      if (test[2]) {
        const double p = chi_square_p_value(observed, noise_sd, item.rows, item.parameter == 0, kNullTables, random);
        test[2] = exactly(p);
      }
      return test;
    }
    std::vector<std::vector<Finished>> redrawn;
    for (int draw = 0; draw < added_.draws; ++draw) {
      MC_TRY(redrawn.emplace_back(), test_of(drawn_means(random)));
    }
    if (item.statistic == Statistic::kTTest) {
      widen_t_test(test, redrawn);
    } else {
      const bool is_ratio = item.statistic == Statistic::kOddsRatio || item.statistic == Statistic::kRiskRatio;
      widen_interval(test, redrawn, is_ratio ? IntervalScale::kRatio : IntervalScale::kDifference);
    }
    if (item.statistic == Statistic::kAuc) {
      for (Finished& number : test) {
        if (number) number->value = std::clamp(number->value, 0.0, 1.0);
      }
    }
    return test;
  }

  /// As many numbers as the item has columns.
  Result<std::vector<Finished>> finish_item(const PlanItem& item, std::span<const CellMoments> cells) const {
    switch (item.statistic) {
      case Statistic::kHistogram: {
        MC_TRY(const std::vector<Measured> counts, counts_of(cells));
        return std::vector<Finished>(counts.begin(), counts.end());
      }
      case Statistic::kCountDistinct: {
        MC_TRY(const std::vector<Measured> counts, counts_of(cells));
        return std::vector<Finished>{how_many_occur(counts)};
      }
      case Statistic::kQuantile:
      case Statistic::kMedian: {
        MC_TRY(const std::vector<Measured> counts, counts_of(cells));
        const BinnedQuantile quantile = binned_quantile(item.breaks, counts, item.parameter, item.step);
        return std::vector<Finished>{quantile.value, quantile.width};
      }
      case Statistic::kChiSquareTest: {
        MC_TRY(const std::vector<Measured> counts, counts_of(cells));
        ChiSquareTest test = chi_square_test(counts, item.rows, item.parameter == 0);
        test.expected.insert(test.expected.begin(), {test.statistic, test.df, test.p_value});
        return std::move(test.expected);
      }
      case Statistic::kOddsRatio: {
        MC_TRY(const std::vector<Measured> counts, counts_of(cells));
        const OddsRatio odds = odds_ratio(counts[0], counts[1], counts[2], counts[3]);
        return std::vector<Finished>{odds.estimate, odds.low, odds.high};
      }
      case Statistic::kRiskDifference:
      case Statistic::kRiskRatio: {
        MC_TRY(const std::vector<Measured> counts, counts_of(cells));  // outcome by outcome, arm by arm
        const ArmCounts first{counts[0] + counts[2], counts[2]};
        const ArmCounts second{counts[1] + counts[3], counts[3]};
        const RiskComparison risk =
            item.statistic == Statistic::kRiskRatio ? risk_ratio(first, second) : risk_difference(first, second);
        return std::vector<Finished>{risk.estimate, risk.low, risk.high, risk.risk_first, risk.risk_second};
      }
      case Statistic::kAuc: {
        std::vector<Measured> outcomes[2];  // without and with, bin by bin
        for (std::size_t i = 0; i < cells.size(); ++i) {
          // Noise below 0 that was cut off would make persons of nobody, bin by bin.
          Measured persons{opened(cells[i].n, 0).value, 0};
          if (counts_are_whole_) {
            MC_TRY(persons, count(cells[i].n));
          }
          outcomes[i % 2].push_back(persons);
        }
        const Auc auc = auc_of(outcomes[0], outcomes[1]);
        return std::vector<Finished>{auc.area, auc.low, auc.high};
      }
      case Statistic::kTTest: {
        MC_TRY(const Sample first, sample_of(item, cells[0]));
        MC_TRY(const Sample second, sample_of(item, cells[1]));
        const TTest test = t_test(first, second, item.parameter == 1);
        return std::vector<Finished>{test.t,    test.df,         test.p_value,    test.low,
                                     test.high, test.mean_first, test.mean_second};
      }
      default: {
        MC_TRY(const Finished finished, finish_cell(item, cells.front()));
        return std::vector<Finished>{finished};
      }
    }
  }

  /// Categories with at least one person; those whose count is not known well enough may be either.
  static Measured how_many_occur(const std::vector<Measured>& counts) {
    Measured result;
    for (const Measured& n : counts) {
      if (n.value >= 0.5) result.value += 1;
      if (!n.is_exact()) result.error += 1;
    }
    return result;
  }

  /// The sums of one number of the answer, integers among them rounded.
  struct Sums {
    Measured n, x1, y1, x2, y2, xy;
  };
  Result<Sums> sums_of(const PlanItem& item, const CellMoments& cell) const {
    Sums sums;
    MC_TRY(sums.n, count(cell.n));
    const double n = sums.n.value;
    // Sums that this statistic does not use are zero and say nothing about an integer.
    const auto first = [&](MomentId id, const Values& x) -> Result<Measured> {
      if (id == kZeroMoment) return Measured{};
      return sharpened(x, sums.n, opened(id, n), item.names.front());
    };
    const auto second = [&](MomentId id, const Values& x, const Values& y, const Measured& x1,
                            const Measured& y1) -> Result<Measured> {
      if (id == kZeroMoment) return Measured{};
      return sharpened(x, y, sums.n, x1, y1, opened(id, n), item.names.front());
    };
    const Values x = x_of(item), y = y_of(item);
    MC_TRY(sums.x1, first(cell.x1, x));
    MC_TRY(sums.y1, first(cell.y1, y));
    MC_TRY(sums.x2, second(cell.x2, x, x, sums.x1, sums.x1));
    MC_TRY(sums.y2, second(cell.y2, y, y, sums.y1, sums.y1));
    MC_TRY(sums.xy, second(cell.xy, x, y, sums.x1, sums.y1));
    return sums;
  }

  static bool is_of_pairs(Statistic statistic) {
    return is_regression(statistic) || statistic == Statistic::kVariancePop || statistic == Statistic::kDeviationPop ||
           statistic == Statistic::kCovariancePop;
  }

  Result<PairSums> pair_sums_of(const PlanItem& item, const CellMoments& cell) const {
    MC_TRY(const Sums sums, sums_of(item, cell));
    const double n = sums.n.value;
    PairSums pairs;
    if (n < 0.5) return pairs;
    pairs.n = n;
    const auto mean = [&](MomentId id, const Values& values, Measured& result) -> Status {
      if (id == kZeroMoment) return {};
      MC_TRY(const Measured total, sum_of_values(values, sums.n, opened(id, n), item.names.front()));
      result = total / Measured{n, 0};
      return {};
    };
    MC_TRY_STATUS(mean(cell.x1, x_of(item), pairs.mean_x));
    MC_TRY_STATUS(mean(cell.y1, y_of(item), pairs.mean_y));
    const double hx = item.x.half_width;
    const double hy = item.y.half_width;
    pairs.sxx = scaled(spread(sums.x2, sums.x1, sums.x1, n), hx * hx);
    pairs.syy = scaled(spread(sums.y2, sums.y1, sums.y1, n), hy * hy);
    pairs.sxy = scaled(spread(sums.xy, sums.x1, sums.y1, n), hx * hy);
    return pairs;
  }

  Result<Sample> sample_of(const PlanItem& item, const CellMoments& cell) const {
    Sample sample;
    if (cell.n == kZeroMoment) return sample;
    MC_TRY(const Sums sums, sums_of(item, cell));
    sample.n = sums.n;
    const double n = sums.n.value;
    if (n < 0.5) return sample;
    MC_TRY(const Measured total, sum_of_values(x_of(item), sums.n, opened(cell.x1, n), item.names.front()));
    sample.mean = total / Measured{n, 0};
    if (n < 1.5) return sample;
    const double half_width = item.x.half_width;
    sample.variance = scaled(spread(sums.x2, sums.x1, sums.x1, n), half_width * half_width / (n - 1));
    if (sample.variance.value <= sample.variance.error) sample.variance.value = 0;  // cannot be told from zero
    return sample;
  }

  /// Of a sum of squares, a variance: what cannot be told from nothing is 0. Noise may draw it below; then it is not
  /// known, and 0 would say that everybody has the same value.
  [[nodiscard]] Finished settled(Measured squares) const {
    if (has_noise()) return squares.value > 0 ? Finished{squares} : std::nullopt;
    if (squares.value <= squares.error) squares.value = 0;
    return squares;
  }

  Finished number_of_pairs(Statistic statistic, PairSums pairs) const {
    if (!has_noise() || pairs.n < 0.5) return regression_number(statistic, pairs);
    if (is_spread(statistic)) {
      Measured& squares = statistic == Statistic::kRegrSyy ? pairs.syy : pairs.sxx;
      if (!settled(squares)) return std::nullopt;
      squares.error = 0;
    }
    // 1 where the response does not vary, says SQL.
    if (statistic == Statistic::kRegrR2 && pairs.syy.value <= pairs.syy.error) return std::nullopt;
    return regression_number(statistic, pairs);
  }

  Result<Finished> finish_cell(const PlanItem& item, const CellMoments& cell) const {
    if (counts_persons(item.statistic)) {
      MC_TRY(const Measured n, count(cell.n));
      return Finished{n};
    }
    if (cell.n == kZeroMoment) return Finished{};
    if (item.statistic == Statistic::kSum || item.statistic == Statistic::kAverage) return finish_sum(item, cell);
    if (is_of_pairs(item.statistic)) {
      MC_TRY(const PairSums pairs, pair_sums_of(item, cell));
      return number_of_pairs(item.statistic, pairs);
    }
    MC_TRY(const Sums sums, sums_of(item, cell));
    const double n = sums.n.value;
    if (n < 1.5) return Finished{};
    const double hx = item.x.half_width;
    const double hy = item.y.half_width;
    if (item.statistic == Statistic::kCovariance) {
      return Finished{scaled(spread(sums.xy, sums.x1, sums.y1, n), hx * hy / (n - 1))};
    }
    const Measured xx = spread(sums.x2, sums.x1, sums.x1, n);
    if (item.statistic == Statistic::kCorrelation) {
      return correlation(xx, spread(sums.y2, sums.y1, sums.y1, n), spread(sums.xy, sums.x1, sums.y1, n));
    }
    const Finished variance = settled(scaled(xx, hx * hx / (n - 1)));
    if (!variance || item.statistic == Statistic::kVariance) return variance;
    return Finished{root(*variance)};
  }

  Result<ModelAnswer> finish_model(const PlanItem& item, MomentId everybody, MomentId complete,
                                   std::span<const MomentId> ids) const {
    const PlanModel& model = *item.model;
    if (draws_noise()) return finish_noisy_model(item, everybody, complete, ids);
    ModelSums sums;
    MC_TRY(sums.n, count(complete));
    MC_TRY(const Measured all, count(everybody));
    sums.left_out = all - sums.n;
    const double persons = sums.n.value;
    const std::size_t pairs = model.pair_count();
    if (item.parameter == 1) {
      MC_TRY(sums.weightless, count(ids.back()));
      sums.n = sums.n - *sums.weightless;
    }
    for (std::size_t i = 0; i < pairs; ++i) {
      Measured sum = opened(ids[i], persons);
      if (model.weights) {
        sum = scaled(sum, model.weights->centre) + scaled(opened(ids[pairs + i], persons), model.weights->half_width);
      }
      sums.pairs.push_back(sum);
    }
    return model_answer(model, fit_linear(model, sums));
  }

  /// With noise in the sums: nothing is known to be an integer.
  ModelAnswer finish_noisy_model(const PlanItem& item, MomentId everybody, MomentId complete,
                                 std::span<const MomentId> ids) const {
    const PlanModel& model = *item.model;
    const std::size_t pairs = model.pair_count();
    const auto sums_of = [&](std::span<const double> means) {
      const auto sum = [&](MomentId id) { return Measured{id == kZeroMoment ? 0 : means[id.value] * slot_count_, 0}; };
      ModelSums sums{sum(complete), sum(everybody) - sum(complete), {}, {}};
      if (item.parameter == 1) {
        sums.weightless = sum(ids.back());
        sums.n = sums.n - *sums.weightless;
      }
      for (std::size_t i = 0; i < pairs; ++i) {
        double value = sum(ids[i]).value;
        if (model.weights) {
          value = model.weights->centre * value + model.weights->half_width * sum(ids[pairs + i]).value;
        }
        sums.pairs.push_back({value, 0});
      }
      return sums;
    };
    std::mt19937_64 random(1);  // the same answer has the same deviations
    std::vector<ModelSums> redrawn;
    for (int draw = 0; draw < added_.draws; ++draw) redrawn.push_back(sums_of(drawn_means(random)));
    ModelSums sums = sums_of(means_);
    const double noise_of_rest =
        everybody == complete ? 0 : slot_count_ * std::hypot(added_.mean_sigma[everybody.value], sigma_of(complete));
    if (sums.left_out.value < kReadDeviations * noise_of_rest) sums.left_out = {};
    for (Measured* count : {&sums.n, &sums.left_out, sums.weightless ? &*sums.weightless : nullptr}) {
      if (count == nullptr) continue;
      *count = {rounded_to(std::max(count->value, 0.0), added_.round_to), 0};
    }
    return model_answer(model, fit_linear(model, sums, redrawn));
  }

  Result<ModelAnswer> finish_counted(const PlanItem& item, const PlanGroup& group,
                                     std::span<const MomentId> ids) const {
    CountedSums sums;
    MC_TRY(sums.everybody, persons_of(group));
    for (const MomentId id : ids) {
      MC_TRY(const Measured sum, count(id));
      sums.sums.push_back(sum);
      if (!draws_noise()) continue;
      sums.noise_sd.push_back(sigma_of(id) * slot_count_);
    }
    sums.round_to = added_.round_to;
    if (item.outcomes) return counted_logistic_answer(*item.outcomes, sums);
    return item.statistic == Statistic::kCox ? cox_answer(*item.survival, sums)
                                             : kaplan_meier_answer(*item.survival, sums);
  }

  Result<ModelAnswer> finish_calibration(const PlanItem& item, const PlanGroup& group, std::size_t first_cell) const {
    const auto cells = std::span(group.cells).subspan(first_cell, item.strata);
    CalibrationSums sums;
    sums.round_to = added_.round_to;
    sums.has_noise = has_noise();
    MC_TRY(sums.everybody, persons_of(group));
    if (draws_noise()) sums.everybody_noise = sigma_of(group.n) * slot_count_;
    for (std::size_t i = 0; i + 1 < cells.size(); i += 2) {
      CalibrationBin bin;
      bin.left_out = std::ranges::binary_search(group.cells_left_out, first_cell + i);
      if (has_noise()) {
        const double half_width = item.x.half_width;
        bin.n = {opened(cells[i].n, 0).value, 0};
        bin.events = {opened(cells[i + 1].n, 0).value, 0};
        bin.score_sum = {item.x.centre * bin.n.value + half_width * opened(cells[i].x1, 0).value, 0};
        if (draws_noise()) {
          bin.noise = {sigma_of(cells[i].n) * slot_count_, sigma_of(cells[i + 1].n) * slot_count_,
                       half_width * sigma_of(cells[i].x1) * slot_count_};
        }
        sums.bins.push_back(bin);
        continue;
      }
      MC_TRY(bin.n, count(cells[i].n));
      MC_TRY(bin.events, count(cells[i + 1].n));
      MC_TRY(bin.score_sum, sum_of_values(x_of(item), bin.n, opened(cells[i].x1, bin.n.value), item.names.front()));
      sums.bins.push_back(bin);
    }
    return calibration_answer(item, sums);
  }

  Result<Finished> finish_sum(const PlanItem& item, const CellMoments& cell) const {
    MC_TRY(const Measured n, count(cell.n));
    if (n.value < 0.5) return Finished{};
    MC_TRY(const Measured total, sum_of_values(x_of(item), n, opened(cell.x1, n.value), item.names.front()));
    if (item.statistic == Statistic::kSum) return Finished{total};
    const double value = total.value / n.value;
    const double error = total.error / n.value + std::abs(value) * (n.error / n.value + kDoubleError);
    return Finished{Measured{value, error}};
  }

  const Plan& plan_;
  std::span<const double> means_;
  std::span<const double> errors_;
  AddedNoise added_;
  bool counts_are_whole_ = true;
  double slot_count_;
  ResultTable table_;
};

}  // namespace

Result<ResultTable> finish(const Plan& plan, std::span<const double> means, std::span<const double> sum_errors,
                           std::size_t slot_count, const AddedNoise& added) {
  if (means.size() != plan.moments.size() || sum_errors.size() != plan.moments.size()) {
    return fail(Code::kInvalidArgument, "the plan releases " + std::to_string(plan.moments.size()) + " sums, " +
                                            std::to_string(means.size()) + " were opened with " +
                                            std::to_string(sum_errors.size()) + " error bounds");
  }
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (!std::isfinite(means[i]) || !std::isfinite(sum_errors[i]) || sum_errors[i] < 0) {
      return fail(Code::kInvalidArgument, "sum S" + std::to_string(i) + " or its error bound is not a number");
    }
  }
  if (!added.mean_sigma.empty() && added.mean_sigma.size() != means.size()) {
    return fail(Code::kInvalidArgument, std::to_string(added.mean_sigma.size()) + " deviations of noise for " +
                                            std::to_string(means.size()) + " sums");
  }
  return Finisher(plan, means, sum_errors, slot_count, added).run();
}

}  // namespace mc::query
