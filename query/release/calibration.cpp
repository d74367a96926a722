// SPDX-License-Identifier: Apache-2.0
#include "query/release/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "query/bind/cells.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/calibration_svg.hpp"
#include "query/release/digits.hpp"
#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

double risk_of(double score) {
  return 1 / (1 + std::exp(-score));
}

Json json_of(const Finished& number) {
  return number && std::isfinite(number->value) ? Json(number->value) : Json(nullptr);
}

Json count_json(const Measured& count) {
  return count.is_exact() ? Json(static_cast<std::int64_t>(count.value)) : Json(count.value);
}

/// What is said of a bin, or of everybody.
struct Row {
  Measured n, events;
  Finished observed, low, high, mean_score, risk;
};

Row row_of(const CalibrationBin& bin, bool as_risks) {
  Row row{bin.n, bin.events, {}, {}, {}, {}, {}};
  if (bin.n.value < 0.5 || bin.n.may_be_zero()) return row;
  row.observed = bin.events / bin.n;
  const double n = bin.n.value;
  const double p = row.observed->value;
  const double z = normal_quantile(0.975);
  const double shrunk = 1 + z * z / n;
  const double middle = (p + z * z / (2 * n)) / shrunk;
  const double reach = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / shrunk;
  row.low = exactly(std::max(0.0, middle - reach));
  row.high = exactly(std::min(1.0, middle + reach));
  row.mean_score = bin.score_sum / bin.n;
  // The logistic function has slope 1/4 at most.
  if (as_risks) row.risk = Measured{risk_of(row.mean_score->value), row.mean_score->error / 4 + kDoubleError};
  return row;
}

Json row_json(const Row& row, bool as_risks) {
  Json json{{"n", count_json(row.n)},     {"events", count_json(row.events)}, {"observed", json_of(row.observed)},
            {"ci_low", json_of(row.low)}, {"ci_high", json_of(row.high)},     {"mean_score", json_of(row.mean_score)}};
  if (as_risks) json["risk_at_mean_score"] = json_of(row.risk);
  return json;
}

int digits_of(const std::vector<Row>& rows) {
  int digits = kDigitsMax;
  for (const Row& row : rows) {
    if (!row.n.is_exact() || !row.events.is_exact()) return 0;
    if (row.mean_score) digits = std::min(digits, certain_digits(row.mean_score->error, row.mean_score->value));
  }
  return digits;
}

std::string rows_text(const PlanItem& item, const std::vector<Row>& rows, bool as_risks, int digits) {
  std::vector<std::vector<std::string>> table{
      {as_risks ? "predicted risk" : "score", "n", "events", "observed", "2.5 %", "97.5 %", "mean score"}};
  if (as_risks) table.front().emplace_back("risk at it");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    table.push_back({i + 1 < item.breaks.size() ? bin_name(item.breaks, i) : "all", shown(row.n.value, kShownDigitsMax),
                     shown(row.events.value, kShownDigitsMax), shown(row.observed, 4), shown(row.low, 4),
                     shown(row.high, 4), shown(row.mean_score, std::min(digits, 5))});
    if (as_risks) table.back().push_back(shown(row.risk, std::min(digits, 4)));
  }
  return table_text(table);
}

}  // namespace

Result<ModelAnswer> calibration_answer(const PlanItem& item, const CalibrationSums& sums) {
  MC_CHECK(sums.bins.size() + 1 == item.breaks.size());
  const bool as_risks = item.parameter == 1;
  std::vector<Row> rows;
  CalibrationBin all;
  for (const CalibrationBin& bin : sums.bins) {
    if (bin.n.is_exact() && bin.events.is_exact() && bin.events.value > bin.n.value) {
      return fail(Code::kCorrupt, item.names.front() + ": " + shown(bin.events.value, kShownDigitsMax) + " of " +
                                      shown(bin.n.value, kShownDigitsMax) + " persons of a bin have the outcome");
    }
    rows.push_back(row_of(bin, as_risks));
    all = {all.n + bin.n, all.events + bin.events, all.score_sum + bin.score_sum};
  }
  rows.push_back(row_of(all, as_risks));
  const int digits = digits_of(rows);

  Json json;
  json["model"] = "calibration";
  json["scale"] = as_risks ? "risk" : "score";
  json["n_missing"] = count_json(sums.everybody - all.n);
  json.update(row_json(rows.back(), as_risks));
  json["bins"] = Json::array();
  std::vector<CalibrationPoint> points;
  for (std::size_t i = 0; i < sums.bins.size(); ++i) {
    Json bin{{"from", item.breaks[i]}, {"to", item.breaks[i + 1]}};
    bin.update(row_json(rows[i], as_risks));
    json["bins"].push_back(std::move(bin));
    const Finished& predicted = as_risks ? rows[i].risk : rows[i].mean_score;
    if (!predicted || !rows[i].observed) continue;
    points.push_back({predicted->value, rows[i].observed->value, rows[i].low->value, rows[i].high->value});
  }
  json["digits"] = digits;
  std::string text = item.names.front() + "\n" + rows_text(item, rows, as_risks, digits);
  const Measured missing = sums.everybody - all.n;
  if (missing.value > 0.5) {
    text += "  (" + shown(missing.value, kShownDigitsMax) + " persons have no score or no outcome)\n";
  }
  return ModelAnswer{json.dump(-1, ' ', false, Json::error_handler_t::replace), std::move(text), digits,
                     calibration_svg(points, item.names.front(), as_risks)};
}

}  // namespace mc::query
