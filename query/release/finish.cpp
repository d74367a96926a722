// SPDX-License-Identifier: Apache-2.0
#include "query/release/finish.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace mc::query {
namespace {

/// A number and how far it may be from the true one.
struct Measured {
  double value = 0;
  double error = 0;
  [[nodiscard]] bool is_exact() const { return error == 0; }
};

/// One number of the answer, and the size against which its digits are counted when it is close to zero.
struct Finished {
  std::optional<Measured> number;  // nothing: NULL
  double unit = 1;
};

// Doubles carry 53 bits; a handful of operations each lose less than one.
constexpr double kDoubleError = 0x1p-49;
constexpr double kCertainlyRounds = 0.25;

/// A sum of integers whose error is known to be small is that integer.
Result<Measured> as_integer(Measured measured, const std::string& name) {
  if (measured.error >= kCertainlyRounds || std::abs(measured.value) > 0x1p53) return measured;
  const double rounded = std::round(measured.value);
  if (std::abs(rounded - measured.value) > measured.error) {
    return fail(Code::kCorrupt, name + " should be an integer and is farther from one than its error bound allows");
  }
  return Measured{rounded, 0};
}

/// centre * n + half_width * x1.
Measured unstandardised(const Affine& affine, const Measured& n, const Measured& x1) {
  const double value = affine.centre * n.value + affine.half_width * x1.value;
  const double rounding = kDoubleError * (std::abs(affine.centre * n.value) + std::abs(affine.half_width * x1.value));
  const double error = std::abs(affine.centre) * n.error + affine.half_width * x1.error;
  return {value, error == 0 && rounding < kCertainlyRounds && affine.integral ? 0 : error + rounding};
}

/// sum xy - sum x * sum y / n.
Measured spread(const Measured& xy, const Measured& x, const Measured& y, double n) {
  const double value = xy.value - x.value * y.value / n;
  const double error = xy.error + (std::abs(x.value) * y.error + std::abs(y.value) * x.error + x.error * y.error) / n;
  return {value, error + kDoubleError * (std::abs(xy.value) + std::abs(x.value * y.value) / n)};
}

Measured scaled(const Measured& a, double factor) { return {a.value * factor, a.error * std::abs(factor)}; }

/// Square root of something that cannot be negative.
Measured root(const Measured& a) {
  const double high = std::sqrt(std::max(0.0, a.value + a.error));
  const double low = std::sqrt(std::max(0.0, a.value - a.error));
  return {std::sqrt(std::max(0.0, a.value)), high - low};
}

std::optional<Measured> correlation(const Measured& xx, const Measured& yy, const Measured& xy) {
  // A variance that cannot be told from zero is zero.
  if (xx.value <= xx.error || yy.value <= yy.error) return std::nullopt;
  const double product = std::sqrt(xx.value) * std::sqrt(yy.value);
  const double value = std::clamp(xy.value / product, -1.0, 1.0);
  const double relative = 0.5 * (xx.error / (xx.value - xx.error) + yy.error / (yy.value - yy.error));
  return Measured{value, (xy.error / product + std::abs(value) * relative) * (1 + relative)};
}

int digits_of(const Finished& finished) {
  if (!finished.number || finished.number->is_exact()) return kDigitsMax;
  const double size = std::max(std::abs(finished.number->value), finished.unit);
  const double digits = std::floor(-std::log10(finished.number->error / size));
  return std::isfinite(digits) ? std::clamp(static_cast<int>(digits), 0, kDigitsMax) : 0;
}

Value value_of(const Finished& finished, bool counts) {
  if (!finished.number) return std::monostate{};
  if (counts && finished.number->is_exact()) return static_cast<std::int64_t>(finished.number->value);
  return finished.number->value;
}

Value value_of(const GroupKey& key) {
  return std::visit([](const auto& held) -> Value { return held; }, key);
}

class Finisher {
 public:
  Finisher(const Plan& plan, std::span<const double> means, std::span<const double> errors, std::size_t slot_count)
      : plan_(plan), means_(means), errors_(errors), slot_count_(static_cast<double>(slot_count)) {}

  Result<ResultTable> run() {
    for (const OutputColumn& column : plan_.columns) table_.columns.push_back(column.name);
    table_.digits.assign(plan_.columns.size(), kDigitsMax);
    table_.group_columns = plan_.group_columns;
    double persons = 0;
    for (const PlanGroup& group : plan_.groups) {
      MC_TRY(const Measured n, sum(group.n, true));
      persons += n.value;
      if (!plan_.group_columns.empty() && n.value < 0.5) continue;
      MC_TRY_STATUS(add_row(group));
    }
    table_.n = std::llround(persons);
    table_.digits_min = table_.digits.empty() ? 0 : *std::min_element(table_.digits.begin(), table_.digits.end());
    return std::move(table_);
  }

 private:
  Result<Measured> sum(MomentId id, bool integral) const {
    if (id == kZeroMoment) return Measured{};
    const double value = means_[id.value] * slot_count_;
    const Measured measured{value, errors_[id.value] + kDoubleError * std::abs(value)};
    return integral ? as_integer(measured, "sum S" + std::to_string(id.value)) : measured;
  }

  Status add_row(const PlanGroup& group) {
    std::vector<Value> row;
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
      const OutputColumn& column = plan_.columns[i];
      if (column.statistic == Statistic::kKey) {
        row.push_back(value_of(group.keys[column.key]));
        continue;
      }
      MC_TRY(const Finished finished, finish_cell(column, group.cells[i]));
      const bool counts = column.statistic == Statistic::kCountRows || column.statistic == Statistic::kCount ||
                          (column.statistic == Statistic::kSum && column.x.integral);
      row.push_back(value_of(finished, counts));
      table_.digits[i] = std::min(table_.digits[i], digits_of(finished));
    }
    table_.rows.push_back(std::move(row));
    std::vector<Value> keys;
    for (const GroupKey& key : group.keys) keys.push_back(value_of(key));
    table_.groups.push_back(std::move(keys));
    return {};
  }

  static bool is_indicator(const Affine& affine) {
    return affine.integral && affine.centre == 0 && affine.half_width == 1;
  }

  Result<Finished> finish_cell(const OutputColumn& column, const CellMoments& cell) const {
    const bool x_counts = is_indicator(column.x);
    const bool y_counts = is_indicator(column.y);
    MC_TRY(const Measured n, sum(cell.n, true));
    MC_TRY(const Measured x1, sum(cell.x1, x_counts));
    MC_TRY(const Measured y1, sum(cell.y1, y_counts));
    MC_TRY(const Measured x2, sum(cell.x2, x_counts));
    MC_TRY(const Measured y2, sum(cell.y2, y_counts));
    MC_TRY(const Measured xy, sum(cell.xy, x_counts && y_counts));
    const double hx = column.x.half_width;
    const double hy = column.y.half_width;
    const bool has_one = n.value >= 0.5;
    const bool has_two = n.value >= 1.5;
    switch (column.statistic) {
      case Statistic::kKey:
        break;
      case Statistic::kCountRows:
      case Statistic::kCount:
        return Finished{n, 1};
      case Statistic::kSum:
      case Statistic::kAverage: {
        if (!has_one) return Finished{};
        Measured total = unstandardised(column.x, n, x1);
        if (column.x.integral) {
          MC_TRY(total, as_integer(total, column.name));
        }
        if (column.statistic == Statistic::kSum) return Finished{total, hx};
        const double relative = n.error / n.value;
        const double value = total.value / n.value;
        return Finished{Measured{value, total.error / n.value + std::abs(value) * (relative + kDoubleError)}, hx};
      }
      case Statistic::kVariance:
      case Statistic::kDeviation: {
        if (!has_two) return Finished{};
        Measured variance = scaled(spread(x2, x1, x1, n.value), hx * hx / (n.value - 1));
        if (variance.value <= variance.error) variance.value = 0;  // cannot be told from zero
        if (column.statistic == Statistic::kVariance) return Finished{variance, hx * hx};
        return Finished{root(variance), hx};
      }
      case Statistic::kCovariance:
        if (!has_two) return Finished{};
        return Finished{scaled(spread(xy, x1, y1, n.value), hx * hy / (n.value - 1)), hx * hy};
      case Statistic::kCorrelation:
        if (!has_two) return Finished{};
        return Finished{correlation(spread(x2, x1, x1, n.value), spread(y2, y1, y1, n.value), spread(xy, x1, y1, n.value)), 1};
    }
    MC_CHECK(false && "every statistic is finished");
  }

  const Plan& plan_;
  std::span<const double> means_;
  std::span<const double> errors_;
  double slot_count_;
  ResultTable table_;
};

}  // namespace

Result<ResultTable> finish(const Plan& plan, std::span<const double> means, std::span<const double> sum_errors,
                           std::size_t slot_count) {
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
  return Finisher(plan, means, sum_errors, slot_count).run();
}

}  // namespace mc::query
