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

Json count_json(const CalibrationSums& sums, const Measured& count) {
  if (sums.has_noise) return std::llround(rounded_to(std::max(count.value, 0.0), sums.round_to));
  return count.is_exact() ? Json(static_cast<std::int64_t>(count.value)) : Json(count.value);
}

/// What is said of a bin, or of everybody.
struct Row {
  Measured n, events;
  Finished observed, low, high, mean_score, risk;
  double observed_noise = 0, score_noise = 0;  // deviations
  bool left_out = false;
};

/// What noise does to the rate and to the mean score, of a bin that is certainly larger than it.
void add_noise(const CalibrationBin& bin, double middle_of_scores, Row& row) {
  const double n = bin.n.value, p = row.observed->value;
  row.observed_noise = std::hypot(bin.noise.events, p * bin.noise.n) / n;
  row.score_noise = std::hypot(bin.noise.scores, (row.mean_score->value - middle_of_scores) * bin.noise.n) / n;
  const double reach = normal_quantile(0.975) * row.observed_noise;
  row.low = exactly(std::clamp(p - std::hypot(p - row.low->value, reach), 0.0, 1.0));
  row.high = exactly(std::clamp(p + std::hypot(row.high->value - p, reach), 0.0, 1.0));
  row.observed->value = std::clamp(p, 0.0, 1.0);
}

Row row_of(const CalibrationBin& bin, bool as_risks, double middle_of_scores) {
  Row row{bin.n, bin.events, {}, {}, {}, {}, {}};
  row.left_out = bin.left_out;
  if (bin.n.value < 0.5 || bin.n.may_be_zero()) return row;
  row.observed = bin.events / bin.n;
  const double n = bin.n.value;
  const double p = row.observed->value;
  const double z = normal_quantile(0.975);
  const double shrunk = 1 + z * z / n;
  const double middle = (p + z * z / (2 * n)) / shrunk;
  const double reach = z * std::sqrt(std::max(0.0, p * (1 - p)) / n + z * z / (4 * n * n)) / shrunk;
  row.low = exactly(std::max(0.0, middle - reach));
  row.high = exactly(std::min(1.0, middle + reach));
  row.mean_score = bin.score_sum / bin.n;
  if (bin.noise.n > 0) add_noise(bin, middle_of_scores, row);
  // The logistic function has slope 1/4 at most.
  if (as_risks) row.risk = Measured{risk_of(row.mean_score->value), row.mean_score->error / 4 + kDoubleError};
  return row;
}

Json row_json(const CalibrationSums& sums, const Row& row, bool as_risks) {
  Json json{{"n", count_json(sums, row.n)},      {"events", count_json(sums, row.events)},
            {"observed", json_of(row.observed)}, {"ci_low", json_of(row.low)},
            {"ci_high", json_of(row.high)},      {"mean_score", json_of(row.mean_score)}};
  if (row.left_out) json["n"] = json["events"] = nullptr;
  if (as_risks) json["risk_at_mean_score"] = json_of(row.risk);
  if (row.observed_noise > 0) {
    json["noise_sd"] = row.observed_noise;
    json["mean_score_noise_sd"] = row.score_noise;
  }
  return json;
}

int digits_of(const std::vector<Row>& rows) {
  int digits = kDigitsMax;
  for (const Row& row : rows) {
    if (row.observed_noise > 0) {
      digits = std::min({digits, digits_down_to(row.observed_noise, row.observed->value),
                         digits_down_to(row.score_noise, row.mean_score->value)});
    }
    if (!row.n.is_exact() || !row.events.is_exact()) return 0;
    if (row.mean_score) digits = std::min(digits, certain_digits(row.mean_score->error, row.mean_score->value));
  }
  return digits;
}

std::string rows_text(const PlanItem& item, const CalibrationSums& sums, const std::vector<Row>& rows, bool as_risks,
                      int digits) {
  std::vector<std::vector<std::string>> table{
      {as_risks ? "predicted risk" : "score", "n", "events", "observed", "2.5 %", "97.5 %", "mean score"}};
  if (as_risks) table.front().emplace_back("risk at it");
  const bool noisy = std::ranges::any_of(rows, [](const Row& row) { return row.observed_noise > 0; });
  if (noisy) table.front().emplace_back("noise of observed");
  const auto persons = [&](const Measured& count) {
    return shown(sums.has_noise ? rounded_to(std::max(count.value, 0.0), sums.round_to) : count.value, kShownDigitsMax);
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const auto certain = [&](double noise, const Finished& number, int most) {
      return row.observed_noise > 0 ? digits_down_to(noise, number->value) : most;
    };
    table.push_back({i + 1 < item.breaks.size() ? bin_name(item.breaks, i) : "all",
                     row.left_out ? "too few" : persons(row.n), row.left_out ? "" : persons(row.events),
                     shown(row.observed, certain(row.observed_noise, row.observed, 4)), shown(row.low, 4),
                     shown(row.high, 4),
                     shown(row.mean_score, certain(row.score_noise, row.mean_score, std::min(digits, 5)))});
    if (as_risks) {
      table.back().push_back(shown(row.risk, certain(row.score_noise / 4, row.risk, std::min(digits, 4))));
    }
    if (noisy) table.back().push_back(row.observed_noise > 0 ? shown(row.observed_noise, 2) : "");
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
    if (!sums.has_noise && bin.n.is_exact() && bin.events.is_exact() && bin.events.value > bin.n.value) {
      return fail(Code::kCorrupt, item.names.front() + ": " + shown(bin.events.value, kShownDigitsMax) + " of " +
                                      shown(bin.n.value, kShownDigitsMax) + " persons of a bin have the outcome");
    }
    rows.push_back(row_of(bin, as_risks, item.x.centre));
    all = {all.n + bin.n,
           all.events + bin.events,
           all.score_sum + bin.score_sum,
           {std::hypot(all.noise.n, bin.noise.n), std::hypot(all.noise.events, bin.noise.events),
            std::hypot(all.noise.scores, bin.noise.scores)}};
  }
  rows.push_back(row_of(all, as_risks, item.x.centre));
  const int digits = digits_of(rows);

  Json json;
  json["model"] = "calibration";
  json["scale"] = as_risks ? "risk" : "score";
  Measured missing = sums.everybody - all.n;
  // With noise: nobody, where that is as likely as somebody.
  if (sums.has_noise && missing.value < kReadDeviations * std::hypot(all.noise.n, sums.everybody_noise)) missing = {};
  json["n_missing"] = count_json(sums, missing);
  json.update(row_json(sums, rows.back(), as_risks));
  json["bins"] = Json::array();
  std::vector<CalibrationPoint> points;
  for (std::size_t i = 0; i < sums.bins.size(); ++i) {
    Json bin{{"from", item.breaks[i]}, {"to", item.breaks[i + 1]}};
    bin.update(row_json(sums, rows[i], as_risks));
    json["bins"].push_back(std::move(bin));
    const Finished& predicted = as_risks ? rows[i].risk : rows[i].mean_score;
    if (!predicted || !rows[i].observed) continue;
    points.push_back({predicted->value, rows[i].observed->value, rows[i].low->value, rows[i].high->value});
  }
  json["digits"] = digits;
  std::string text = item.names.front() + "\n" + rows_text(item, sums, rows, as_risks, digits);
  if (missing.value > 0.5) {
    text += "  (" + shown(missing.value, kShownDigitsMax) + " persons have no score or no outcome)\n";
  }
  return ModelAnswer{json.dump(-1, ' ', false, Json::error_handler_t::replace), std::move(text), digits,
                     calibration_svg(points, item.names.front(), as_risks)};
}

}  // namespace mc::query
