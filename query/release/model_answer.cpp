// SPDX-License-Identifier: Apache-2.0
#include "query/release/model_answer.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "query/release/answer_text.hpp"
#include "query/release/digits.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Finished& number) {
  return number && std::isfinite(number->value) ? Json(number->value) : Json(nullptr);
}

Json count_json(const Measured& count) {
  return count.is_exact() ? Json(static_cast<std::int64_t>(count.value)) : Json(count.value);
}

int digits_of_fit(const LinearFit& fit) {
  int digits = kDigitsMax;
  for (const Coefficient& one : fit.coefficients) {
    if (!one.estimate) continue;
    if (one.noise_sd > 0) {
      digits = std::min(digits, digits_down_to(one.noise_sd, one.estimate->value));
      continue;
    }
    const double unit = std::max(std::abs(one.estimate->value), one.std_error ? one.std_error->value : 0.0);
    digits = std::min(digits, certain_digits(one.estimate->error, unit));
    if (one.std_error) digits = std::min(digits, certain_digits(one.std_error->error, one.std_error->value));
  }
  return digits;
}

/// Persons of weight 0 may be among those who count, which R's lm leaves out.
bool may_count_weightless(const PlanModel& model, const LinearFit& fit) {
  return model.weights && !fit.weightless && model.weights->centre <= model.weights->half_width;
}

std::string json_text(const PlanModel& model, const LinearFit& fit, int digits) {
  Json json;
  json["model"] = "linear_regression";
  json["formula"] = model.formula;
  json["n"] = count_json(fit.n);
  json["n_missing"] = count_json(fit.left_out);
  if (fit.weightless) json["n_weightless"] = count_json(*fit.weightless);
  if (may_count_weightless(model, fit)) json["n_weightless"] = nullptr;
  json["coefficients"] = Json::array();
  Json aliased = Json::array();
  for (const Coefficient& one : fit.coefficients) {
    json["coefficients"].push_back({{"term", one.term},
                                    {"estimate", json_of(one.estimate)},
                                    {"std_error", json_of(one.std_error)},
                                    {"t", json_of(one.t)},
                                    {"p", json_of(one.p_value)},
                                    {"ci_low", json_of(one.low)},
                                    {"ci_high", json_of(one.high)}});
    if (one.noise_sd > 0) json["coefficients"].back()["noise_sd"] = json_of(Measured{one.noise_sd, 0});
    if (one.aliased) aliased.push_back(one.term);
  }
  json["aliased"] = std::move(aliased);
  for (const EmptyReference& one : fit.references) json["references"][one.factor] = one.instead;
  json["rank"] = fit.rank;
  json["df_residual"] = fit.df;
  json["sigma"] = json_of(fit.sigma);
  json["r_squared"] = json_of(fit.r_squared);
  json["adj_r_squared"] = json_of(fit.adjusted_r_squared);
  if (fit.has_noise && fit.r_squared) {
    json["sigma_noise_sd"] = fit.sigma_noise_sd;
    json["r_squared_noise_sd"] = fit.r_squared_noise_sd;
  }
  json["f"] = fit.f ? Json{{"value", json_of(fit.f)}, {"df1", fit.f_df}, {"df2", fit.df}, {"p", json_of(fit.f_p_value)}}
                    : Json(nullptr);
  if (model.ridge > 0) json["ridge"] = model.ridge;
  json["digits"] = digits;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A number of which only what is larger than `unit`'s last certain digit is certain: 0 when nothing is.
std::string shown_against(const Finished& number, double unit, int digits) {
  if (!number || !std::isfinite(number->value) || number->value == 0) return shown(number, digits);
  const double behind =
      std::floor(std::log10(std::max(unit, std::abs(number->value)))) - std::floor(std::log10(std::abs(number->value)));
  const int left = std::clamp(digits, 1, kShownDigitsMax) - static_cast<int>(std::min(behind, 100.0));
  return left < 1 ? "0" : shown(number, left);
}

/// Numbers down to the first digit that noise reaches.
std::vector<std::string> noisy_row(const Coefficient& one) {
  const auto number = [&](const Finished& value) {
    return shown(value, value ? std::min(digits_down_to(one.noise_sd, value->value), kShownDigitsMax) : 1);
  };
  return {one.term,        number(one.estimate), shown(one.std_error, 2), shown(one.t, 3), shown_p(one.p_value),
          number(one.low), number(one.high),     shown(one.noise_sd, 2)};
}

std::string coefficients_text(const LinearFit& fit, int digits) {
  const bool has_errors = std::any_of(fit.coefficients.begin(), fit.coefficients.end(),
                                      [](const Coefficient& one) { return one.std_error.has_value(); });
  std::vector<std::vector<std::string>> rows{{"", "Estimate"}};
  if (has_errors) rows.front() = {"", "Estimate", "Std. Error", "t value", "Pr(>|t|)", "2.5 %", "97.5 %"};
  if (fit.has_noise) rows.front().emplace_back("noise");
  for (const Coefficient& one : fit.coefficients) {
    if (one.noise_sd > 0 && one.estimate) {
      rows.push_back(noisy_row(one));
      continue;
    }
    const double unit = one.std_error ? one.std_error->value : 0;
    rows.push_back({one.term, shown_against(one.estimate, unit, digits)});
    if (!has_errors) continue;
    for (const std::string& cell :
         {shown(one.std_error, digits), shown_against(one.t, 1, std::min(digits, 4)), shown_p(one.p_value),
          shown_against(one.low, unit, digits), shown_against(one.high, unit, digits)}) {
      rows.back().push_back(cell);
    }
    if (fit.has_noise) rows.back().emplace_back();
  }
  return table_text(rows);
}

/// "0.37 (noise 0.02)", down to the first digit that the noise reaches.
std::string beside_noise(const Finished& number, double noise_sd) {
  if (!number || noise_sd == 0) return shown(number, kShownDigitsMax);
  return shown(number, std::min(digits_down_to(noise_sd, number->value), kShownDigitsMax)) + " (noise " +
         shown(noise_sd, 2) + ")";
}

std::string summary_text(const LinearFit& fit, bool has_ridge, int digits) {
  if (fit.has_noise) digits = std::max(digits, 3);
  std::string text;
  if (fit.sigma) {
    text += "Residual standard error: " +
            (fit.has_noise ? beside_noise(fit.sigma, fit.sigma_noise_sd) : shown(fit.sigma, digits)) + " on " +
            shown(fit.df, kShownDigitsMax) + " degrees of freedom\n";
  } else if (fit.has_noise && !has_ridge) {
    text += "Residual standard error and R-squared: not known beneath the noise\n";
  }
  if (fit.left_out.value > 0.5) {
    text += "  (" + shown(fit.left_out.value, kShownDigitsMax) + " observations deleted due to missingness)\n";
  }
  if (fit.r_squared && fit.has_noise) {
    text += "Multiple R-squared: " + beside_noise(fit.r_squared, fit.r_squared_noise_sd) +
            ", Adjusted R-squared: " + beside_noise(fit.adjusted_r_squared, fit.r_squared_noise_sd) + "\n";
  } else if (fit.r_squared) {
    text += "Multiple R-squared: " + shown(fit.r_squared, digits) +
            ", Adjusted R-squared: " + shown(fit.adjusted_r_squared, digits) + "\n";
  }
  if (fit.f) {
    text += "F-statistic: " + shown(fit.f, std::min(digits, 4)) + " on " + shown(fit.f_df, kShownDigitsMax) + " and " +
            shown(fit.df, kShownDigitsMax) + " DF, p-value: " + shown_p(fit.f_p_value) + "\n";
  }
  return text;
}

}  // namespace

ModelAnswer model_answer(const PlanModel& model, const LinearFit& fit) {
  const int digits = digits_of_fit(fit);
  std::string text = "linear_regression: " + model.formula + "\n";
  if (model.ridge > 0) text += "ridge: " + shown(model.ridge, kShownDigitsMax) + "\n";
  const auto aliased = std::count_if(fit.coefficients.begin(), fit.coefficients.end(),
                                     [](const Coefficient& one) { return one.aliased; });
  text += "Coefficients:";
  if (aliased > 0 && fit.has_noise) {
    text += " (" + std::to_string(aliased) +
            " cannot be told beneath the noise from the columns before it: the others are those of a model without it)";
  } else if (aliased > 0) {
    text += " (" + std::to_string(aliased) + " not defined because of singularities)";
  }
  text += "\n" + coefficients_text(fit, digits) + references_text(fit.references) +
          summary_text(fit, model.ridge > 0, digits);
  if (fit.weightless && fit.weightless->value > 0.5) {
    text += "  (" + shown(fit.weightless->value, kShownDigitsMax) + " observations of weight 0 not counted)\n";
  } else if (may_count_weightless(model, fit)) {
    text +=
        "  (persons of weight 0 count among the degrees of freedom, which R leaves out: ask for the others by WHERE, "
        "weight > 0)\n";
  }
  return {json_text(model, fit, digits), std::move(text), digits};
}

}  // namespace mc::query
