// SPDX-License-Identifier: Apache-2.0
#include "query/release/odds_table.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "query/release/answer_text.hpp"
#include "query/release/digits.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

bool has_interval(const OddsCoefficient& one) {
  return one.has_numbers() && std::isfinite(one.low) && std::isfinite(one.high);
}

/// "        |----o----|   " between the ends of all intervals, on a logarithmic axis; ':' is an odds ratio of 1.
std::string forest_line(const OddsCoefficient& one, double low, double high) {
  constexpr int kWidth = 33;
  const auto place = [&](double x) {
    return static_cast<std::size_t>(std::lround(std::clamp((x - low) / (high - low), 0.0, 1.0) * (kWidth - 1)));
  };
  std::string line(kWidth, ' ');
  if (low < 0 && high > 0) line[place(0)] = ':';
  for (std::size_t i = place(one.low); i <= place(one.high); ++i) line[i] = '-';
  line[place(one.low)] = '|';
  line[place(one.high)] = '|';
  line[place(one.estimate)] = 'o';
  return line;
}

bool has_noise(const OddsCoefficient& one) {
  return one.noise_sd > 0;
}

}  // namespace

Json odds_json(std::span<const OddsCoefficient> coefficients) {
  Json list = Json::array();
  for (const OddsCoefficient& one : coefficients) {
    const auto value = [&](double v) { return one.has_numbers() && std::isfinite(v) ? Json(v) : Json(nullptr); };
    list.push_back({{"term", one.term},
                    {"estimate", value(one.estimate)},
                    {"std_error", value(one.std_error)},
                    {"z", value(one.z)},
                    {"p", value(one.p_value)},
                    {"odds_ratio", value(std::exp(one.estimate))},
                    {"ci_low", value(std::exp(one.low))},
                    {"ci_high", value(std::exp(one.high))}});
    if (has_noise(one)) list.back()["noise_sd"] = value(one.noise_sd);
  }
  return list;
}

std::string odds_text(std::span<const OddsCoefficient> coefficients, bool intercept, int digits) {
  const bool noisy = std::ranges::any_of(coefficients, has_noise);
  std::vector<std::vector<std::string>> rows{
      {"", "Estimate", "Std. Error", "z value", "Pr(>|z|)", "OR", "2.5 %", "97.5 %"}};
  if (noisy) rows.front().emplace_back("noise");
  rows.front().emplace_back("");
  double low = 0, high = 0;
  for (std::size_t i = intercept ? 1 : 0; i < coefficients.size(); ++i) {
    if (!has_interval(coefficients[i])) continue;
    low = std::min(low, coefficients[i].low);
    high = std::max(high, coefficients[i].high);
  }
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    const OddsCoefficient& one = coefficients[i];
    if (!has_interval(one)) {
      rows.push_back({one.term, "NA", "NA", "NA", "NA", "NA", "NA", "NA"});
      if (noisy) rows.back().emplace_back("NA");
      rows.back().emplace_back("");
      continue;
    }
    const bool drawn = high > low && !(intercept && i == 0);
    const int certain = noisy ? digits_down_to(one.noise_sd, one.estimate) : digits;
    rows.push_back({one.term, shown(one.estimate, certain), shown(one.std_error, noisy ? 2 : digits),
                    shown(one.z, noisy ? 3 : 4), shown_p(Measured{one.p_value, 0}), shown(std::exp(one.estimate), 4),
                    shown(std::exp(one.low), 4), shown(std::exp(one.high), 4)});
    if (noisy) rows.back().push_back(shown(one.noise_sd, 2));
    rows.back().push_back(drawn ? "  " + forest_line(one, low, high) : "");
  }
  return table_text(rows);
}

}  // namespace mc::query
