// SPDX-License-Identifier: Apache-2.0
#include "query/release/hazard_table.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "query/release/answer_text.hpp"
#include "query/release/digits.hpp"
#include "query/release/distribution.hpp"
#include "query/release/forest_svg.hpp"

namespace mc::query {

HazardRow hazard_of(std::string term, double coefficient, double std_error, double confidence) {
  const double reach = normal_quantile(0.5 + confidence / 2);
  const double z = coefficient / std_error;
  const double p = std::isfinite(z) ? chi_square_tail(z * z, 1) : z;
  return {std::move(term),
          coefficient,
          std_error,
          z,
          p,
          std::exp(coefficient),
          std::exp(coefficient - reach * std_error),
          std::exp(coefficient + reach * std_error),
          0};
}

nlohmann::ordered_json hazards_json(const std::vector<HazardRow>& hazards) {
  using Json = nlohmann::ordered_json;
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json list = Json::array();
  for (const HazardRow& one : hazards) {
    list.push_back({{"term", one.term},
                    {"estimate", number(one.coefficient)},
                    {"std_error", number(one.std_error)},
                    {"z", number(one.z)},
                    {"p", number(one.p)},
                    {"hazard_ratio", number(one.ratio)},
                    {"ci_low", number(one.low)},
                    {"ci_high", number(one.high)}});
    if (one.noise_sd != 0) list.back()["noise_sd"] = number(one.noise_sd);
  }
  return list;
}

std::string hazards_text(const std::vector<HazardRow>& hazards, double confidence) {
  const std::string level = shown(confidence, 4);
  std::vector<std::vector<std::string>> rows{
      {"", "coef", "exp(coef)", "se(coef)", "z", "Pr(>|z|)", "lower " + level, "upper " + level}};
  const bool noisy = std::ranges::any_of(hazards, [](const HazardRow& one) { return one.noise_sd != 0; });
  if (noisy) rows.front().emplace_back("noise");
  for (const HazardRow& one : hazards) {
    const int certain = noisy ? digits_down_to(one.noise_sd, one.coefficient) : 5;
    rows.push_back({one.term, shown(one.coefficient, certain), shown(one.ratio, noisy ? 3 : 5),
                    shown(one.std_error, noisy ? 2 : 5), shown(one.z, noisy ? 3 : 4), shown_p(Measured{one.p, 0}),
                    shown(one.low, noisy ? 3 : 4), shown(one.high, noisy ? 3 : 4)});
    if (noisy) rows.back().push_back(shown(one.noise_sd, 2));
  }
  return table_text(rows);
}

std::string hazards_svg(const std::vector<HazardRow>& hazards, const std::string& title) {
  std::vector<ForestRow> rows;
  for (const HazardRow& one : hazards) rows.push_back({one.term, one.ratio, one.low, one.high});
  return forest_svg(rows, title, "hazard ratio");
}

}  // namespace mc::query
