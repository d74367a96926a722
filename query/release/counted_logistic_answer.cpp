// SPDX-License-Identifier: Apache-2.0
#include "query/release/counted_logistic_answer.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "query/release/answer_text.hpp"
#include "query/release/counted_logistic.hpp"
#include "query/release/digits.hpp"
#include "query/release/distribution.hpp"
#include "query/release/odds_table.hpp"
#include "query/release/wald.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::vector<OutcomePattern> patterns_of(const PlanOutcomes& outcomes, const CountedSums& sums) {
  std::vector<OutcomePattern> patterns;
  const auto noise = [&](std::size_t i) { return sums.noise_sd.empty() ? 0 : sums.noise_sd[i]; };
  for (std::size_t s = 0; s < outcomes.strata.size(); ++s) {
    const std::size_t with = PlanOutcomes::with_index(s), without = with + 1;
    patterns.push_back({outcomes.covariates[s], outcomes.offsets.empty() ? 0 : outcomes.offsets[s],
                        sums.sums[with].value, sums.sums[without].value, noise(with), noise(without)});
  }
  return patterns;
}

std::vector<OddsCoefficient> coefficients_of(const PlanOutcomes& outcomes, const CountedLogistic& fit) {
  std::vector<OddsCoefficient> coefficients;
  const double reach = normal_quantile(0.975);
  for (std::size_t i = 0; i < outcomes.terms.size(); ++i) {
    OddsCoefficient& one = coefficients.emplace_back(OddsCoefficient{outcomes.terms[i]});
    one.estimate = fit.coefficients[i];
    one.aliased = !std::isfinite(one.estimate);
    one.std_error = fit.std_errors[i];
    one.z = one.estimate / one.std_error;
    one.p_value = one.aliased ? one.z : chi_square_tail(one.z * one.z, 1);
    one.low = one.estimate - reach * one.std_error;
    one.high = one.estimate + reach * one.std_error;
    one.noise_sd = fit.noise_sd[i];
  }
  return coefficients;
}

struct Wald {
  double chi_square = 0, df = 0, p = 0;
};

/// Of all slopes; nothing where there are none, or with a penalty, which is a bias.
std::optional<Wald> wald_of(const PlanOutcomes& outcomes, const CountedLogistic& fit) {
  std::vector<std::size_t> known;
  for (std::size_t i = outcomes.intercept ? 1 : 0; i < fit.coefficients.size(); ++i) {
    if (std::isfinite(fit.coefficients[i])) known.push_back(i);
  }
  if (known.empty() || outcomes.ridge > 0 || !fit.converged) return std::nullopt;
  std::vector<double> estimates;
  Matrix covariance(known.size(), known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    estimates.push_back(fit.coefficients[known[i]]);
    for (std::size_t j = 0; j < known.size(); ++j) covariance(i, j) = fit.covariance(known[i], known[j]);
  }
  const auto form = inverse_form(std::move(covariance), std::move(estimates));
  if (!form || !std::isfinite(*form)) return std::nullopt;
  const auto df = static_cast<double>(known.size());
  return Wald{*form, df, chi_square_tail(*form, df)};
}

std::string convergence_text(const CountedLogistic& fit, bool has_noise) {
  if (fit.converged) return "converged after " + std::to_string(fit.iterations) + " iterations";
  return std::string(
             "NOT converged: a coefficient runs to infinity, for of those whom it tells apart all have the "
             "outcome, or nobody has") +
         (has_noise ? ", or the noise lets it look so; ask with a larger --rho, leave out or join categories"
                    : "; leave out or join categories") +
         ", or penalise with ridge => 1";
}

Status check_known(const PlanOutcomes& outcomes, const CountedSums& sums) {
  for (std::size_t i = 0; i < sums.sums.size(); ++i) {
    const Measured& sum = sums.sums[i];
    if (!sum.is_exact() || (sum.value >= 0 && sum.value <= kPersonsMax)) continue;
    return fail(Code::kCorrupt,
                "of " + outcomes.strata[i / 2] + " " + shown(sum.value, kShownDigitsMax) + " persons are counted");
  }
  return {};
}

}  // namespace

Result<ModelAnswer> counted_logistic_answer(const PlanOutcomes& outcomes, const CountedSums& sums) {
  MC_CHECK(sums.sums.size() == outcomes.sum_count());
  const bool has_noise = !sums.noise_sd.empty();
  if (!has_noise) MC_TRY_STATUS(check_known(outcomes, sums));
  const CountedLogistic fit = fit_counted_logistic(patterns_of(outcomes, sums), outcomes.intercept, outcomes.ridge);
  const std::vector<OddsCoefficient> coefficients = coefficients_of(outcomes, fit);
  MC_TRY(const double missing, missing_of(sums, fit.n));
  const double counted = persons_counted(sums, fit.n, missing);
  const auto persons = [&](double count) {
    return std::llround(has_noise ? rounded_to(std::max(count, 0.0), sums.round_to) : count);
  };
  const std::optional<Wald> wald = wald_of(outcomes, fit);

  ModelAnswer answer;
  answer.digits = digits_of(sums);
  if (has_noise) {
    answer.digits = kDigitsMax;
    for (const OddsCoefficient& one : coefficients) {
      answer.digits = std::min(answer.digits, digits_down_to(one.noise_sd, one.estimate));
    }
  }
  Json aliased = Json::array();
  for (const OddsCoefficient& one : coefficients) {
    if (one.aliased) aliased.push_back(one.term);
  }
  const std::size_t lost = aliased.size();
  Json json{
      {"model", "logistic_regression"},
      {"formula", outcomes.formula},
      {"n", persons(counted)},
      {"n_missing", std::llround(missing)},
      {"events", persons(fit.events)},
      {"iterations", fit.iterations},
      {"converged", fit.converged},
      {"coefficients", odds_json(coefficients)},
      {"aliased", std::move(aliased)},
      {"deviance", nullptr},
      {"null_deviance", nullptr},
      {"wald", wald ? Json{{"chisq", number(wald->chi_square)}, {"df", std::llround(wald->df)}, {"p", number(wald->p)}}
                    : Json(nullptr)}};
  if (outcomes.ridge > 0) json["ridge"] = outcomes.ridge;
  json["df"] = std::llround(fit.df);
  json["digits"] = answer.digits;
  answer.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);

  answer.text = "logistic_regression: " + outcomes.formula + "\nCoefficients:";
  if (lost > 0) answer.text += " (" + std::to_string(lost) + " not defined because of singularities)";
  answer.text += "\n" + odds_text(coefficients, outcomes.intercept, answer.digits) +
                 "n = " + std::to_string(persons(counted)) + ", events = " + std::to_string(persons(fit.events)) +
                 "\n" + missing_text(missing);
  if (wald) {
    answer.text += "Wald test: chi-squared " + shown(wald->chi_square, 4) + " on " + shown(wald->df, 4) +
                   " df, p-value " + shown_p(Measured{wald->p, 0}) + "\n";
  }
  if (outcomes.ridge > 0) {
    answer.text += "Penalty " + shown(outcomes.ridge, 6) + " / 2 on the squares of the slopes\n";
  }
  answer.text += "counted in " + std::to_string(outcomes.strata.size()) + " combinations of categories; " +
                 convergence_text(fit, has_noise) + "\n";
  return answer;
}

}  // namespace mc::query
