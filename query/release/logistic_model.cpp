// SPDX-License-Identifier: Apache-2.0
#include "query/release/logistic_model.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "query/release/answer_text.hpp"
#include "query/release/digits.hpp"
#include "query/release/distribution.hpp"
#include "query/release/matrix.hpp"
#include "query/release/noise.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kConvergedStep = 1e-2;
/// A column whose part outside of the columns before it is below this part of itself cannot be told from nothing.
constexpr double kAliased = 1e-6;
constexpr double kNormal975 = 1.959963984540054;

/// Solves for inverse(E'), rows by basis: X = M E', b = inverse(E') b~. The expansion is square and has full rank.
Matrix back_transform(const PlanModel& model) {
  const std::size_t d = model.columns.size();
  std::vector<std::vector<double>> a(d, std::vector<double>(2 * d, 0.0));
  for (std::size_t j = 0; j < d; ++j) {
    for (const BasisTerm& term : model.columns[j]) a[term.index][j] = term.coefficient;  // E'
    a[j][d + j] = 1;
  }
  for (std::size_t i = 0; i < d; ++i) {
    std::size_t pivot = i;
    for (std::size_t k = i + 1; k < d; ++k) {
      if (std::fabs(a[k][i]) > std::fabs(a[pivot][i])) pivot = k;
    }
    std::swap(a[i], a[pivot]);
    MC_CHECK(a[i][i] != 0);
    const double scale = a[i][i];
    for (double& entry : a[i]) entry /= scale;
    for (std::size_t k = 0; k < d; ++k) {
      const double factor = a[k][i];
      if (k == i || factor == 0) continue;
      for (std::size_t j = 0; j < 2 * d; ++j) a[k][j] -= factor * a[i][j];
    }
  }
  Matrix inverse(d, d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) inverse(i, j) = a[i][d + j];
  }
  return inverse;
}

struct Inverted {
  Matrix covariance;          // zero where aliased
  std::vector<bool> aliased;  // in order: a combination of the columns before it
};

/// The inverse over the columns that are no combination of earlier ones, as R's glm keeps them. The iteration shares
/// the effect of such a combination among all that take part; `beta` gives it to the earlier ones: if column j is sum
/// a_i x_i, then beta_i += a_i beta_j and beta_j = 0 is the same model.
/// `floor`: what the flooding alone may leave of a column that is nothing.
Inverted invert(const Matrix& information, std::vector<double>& beta, double floor) {
  const std::size_t d = information.rows();
  Inverted out{Matrix(d, d), std::vector<bool>(d, false)};
  // Gauss and Jordan in order; what is left of a row says how its column depends on those before.
  Matrix work = information, inverse = Matrix::identity(d);
  for (std::size_t j = 0; j < d; ++j) {
    if (!(work(j, j) > kAliased * information(j, j) + floor)) {
      out.aliased[j] = true;
      for (std::size_t i = 0; i < j; ++i) {
        if (!out.aliased[i]) beta[i] += work(i, j) * beta[j];
      }
      beta[j] = 0;
      continue;
    }
    const double pivot = work(j, j);
    for (std::size_t k = 0; k < d; ++k) {
      work(j, k) /= pivot;
      inverse(j, k) /= pivot;
    }
    for (std::size_t i = 0; i < d; ++i) {
      const double factor = work(i, j);
      if (i == j || factor == 0) continue;
      for (std::size_t k = 0; k < d; ++k) {
        work(i, k) -= factor * work(j, k);
        inverse(i, k) -= factor * inverse(j, k);
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      if (!out.aliased[i] && !out.aliased[j]) out.covariance(i, j) = inverse(i, j);
    }
  }
  return out;
}

double entropy_term(double part, double whole) {
  return part > 0 ? part * std::log(part / whole) : 0;
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string json_text(const PlanModel& model, const LogisticFit& fit) {
  Json json;
  json["model"] = "logistic_regression";
  json["formula"] = model.formula;
  json["n"] = static_cast<std::int64_t>(std::llround(fit.n));
  json["n_missing"] = static_cast<std::int64_t>(std::llround(fit.n_asked - fit.n));
  json["events"] = static_cast<std::int64_t>(std::llround(fit.events));
  json["iterations"] = fit.iterations;
  json["converged"] = fit.converged;
  json["last_step"] = number(fit.last_step);
  json["coefficients"] = Json::array();
  Json aliased = Json::array();
  for (const OddsCoefficient& one : fit.coefficients) {
    const double nothing = std::nan("");
    const auto value = [&](double v) { return number(one.aliased ? nothing : v); };
    json["coefficients"].push_back({{"term", one.term},
                                    {"estimate", value(one.estimate)},
                                    {"std_error", value(one.std_error)},
                                    {"z", value(one.z)},
                                    {"p", value(one.p_value)},
                                    {"odds_ratio", value(std::exp(one.estimate))},
                                    {"ci_low", value(std::exp(one.low))},
                                    {"ci_high", value(std::exp(one.high))}});
    if (one.aliased) aliased.push_back(one.term);
  }
  json["aliased"] = std::move(aliased);
  json["deviance"] = number(fit.deviance);
  json["null_deviance"] = number(fit.null_deviance);
  if (fit.ridge > 0) json["ridge"] = fit.ridge;
  json["df"] = number(fit.df);
  json["aic"] = number(fit.deviance + 2 * fit.df);
  json["digits"] = fit.digits;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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

std::string coefficients_text(const LogisticFit& fit, bool intercept) {
  std::vector<std::vector<std::string>> rows{
      {"", "Estimate", "Std. Error", "z value", "Pr(>|z|)", "OR", "2.5 %", "97.5 %", ""}};
  double low = 0, high = 0;
  for (std::size_t i = intercept ? 1 : 0; i < fit.coefficients.size(); ++i) {
    if (fit.coefficients[i].aliased) continue;
    low = std::min(low, fit.coefficients[i].low);
    high = std::max(high, fit.coefficients[i].high);
  }
  for (std::size_t i = 0; i < fit.coefficients.size(); ++i) {
    const OddsCoefficient& one = fit.coefficients[i];
    if (one.aliased) {
      rows.push_back({one.term, "NA", "NA", "NA", "NA", "NA", "NA", "NA", ""});
      continue;
    }
    const bool drawn = high > low && !(intercept && i == 0);
    rows.push_back({one.term, shown(one.estimate, fit.digits), shown(one.std_error, fit.digits), shown(one.z, 4),
                    shown_p(Measured{one.p_value, 0}), shown(std::exp(one.estimate), 4), shown(std::exp(one.low), 4),
                    shown(std::exp(one.high), 4), drawn ? "  " + forest_line(one, low, high) : ""});
  }
  return table_text(rows);
}

std::string text_of(const PlanModel& model, const LogisticFit& fit) {
  const auto aliased = std::count_if(fit.coefficients.begin(), fit.coefficients.end(),
                                     [](const OddsCoefficient& one) { return one.aliased; });
  std::string text = "logistic_regression: " + model.formula + "\nCoefficients:";
  if (aliased > 0) text += " (" + std::to_string(aliased) + " not defined because of singularities)";
  text += "\n";
  text += coefficients_text(fit, model.intercept);
  text += "n = " + shown(fit.n, 9) + ", events = " + shown(fit.events, 9);
  if (fit.n_asked - fit.n > 0.5)
    text += " (" + shown(fit.n_asked - fit.n, 9) + " observations deleted due to missingness)";
  text += "\nNull deviance: " + shown(fit.null_deviance, 6) + ", Residual deviance: " + shown(fit.deviance, 6) +
          ", AIC: " + shown(fit.deviance + 2 * fit.df, 6) + "\n";
  if (fit.ridge > 0) {
    text += "Penalty " + shown(fit.ridge, 6) + " / 2 on the squares of the slopes; effective degrees of freedom " +
            shown(fit.df, 4) + "\n";
  }
  text += std::to_string(fit.iterations) + " Newton iterations; ";
  if (fit.converged) {
    text +=
        "converged: the last step moved no coefficient by more than " + shown(fit.last_step, 2) + " standard errors\n";
  } else {
    text += "NOT converged: the last step moved a coefficient by " + shown(fit.last_step, 2) +
            " standard errors. Perhaps the predictors separate the outcome, or a group has no events; leave out the "
            "predictor with the largest standard error\n";
  }
  return text;
}

}  // namespace

LogisticFit read_logistic(const LogisticPlan& plan, const PlanModel& model, std::span<const double> means,
                          const TrainingReading& reading) {
  const std::size_t d = plan.size();
  MC_CHECK(means.size() == training_answer_count(plan) && model.columns.size() == d);
  const std::vector<double> units = training_units(plan, reading.slot_count);
  const double weight_unit = model.weights ? model.weights->centre + model.weights->half_width : 1;
  const auto value = [&](std::size_t i) { return means[i] * units[i]; };
  const auto sum = [&](TrainingSum which) {
    return value(means.size() - kTrainingSums + static_cast<std::size_t>(which));
  };
  const Matrix back = back_transform(model);
  Matrix information(d, d);
  std::size_t at = 2 * d;
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i; j < d; ++j, ++at) information(i, j) = information(j, i) = value(at) * weight_unit;
  }
  // With a penalty the covariance is the inverse of the penalised information, as rms::lrm has it.
  const Matrix unpenalised = information;
  for (std::size_t k = 0; k < plan.ridge.size(); ++k) information(k, k) += plan.ridge[k] * weight_unit;
  std::vector<double> beta(d);
  for (std::size_t k = 0; k < d; ++k) beta[k] = value(k);
  const double floor = std::ldexp(8 * kFloodingTail * std::sqrt(static_cast<double>(reading.pieces)) * weight_unit *
                                      static_cast<double>(reading.slot_count),
                                  kInformationFloodingLog2);
  const Inverted inverted = invert(information, beta, floor);
  const Matrix& covariance = inverted.covariance;
  const std::vector<bool>& lost = inverted.aliased;
  const Matrix in_records_units = back * covariance * back.transposed();
  const double flooding =
      std::ldexp(kFloodingTail * std::sqrt(static_cast<double>(reading.pieces)), kCoefficientFloodingLog2);

  LogisticFit fit;
  fit.ridge = model.ridge;
  const Matrix effect = covariance * unpenalised;
  for (std::size_t k = 0; k < d; ++k) fit.df += lost[k] ? 0 : effect(k, k);
  fit.n = sum(TrainingSum::kCases);
  fit.n_asked = sum(TrainingSum::kAsked);
  const double weight = sum(TrainingSum::kWeight) * weight_unit;
  const double weighted_events = sum(TrainingSum::kCentred) * weight_unit + weight / 2;
  fit.events = weighted_events;
  fit.iterations = plan.iterations;
  fit.deviance = 2 * weight_unit * (sum(TrainingSum::kEven) - sum(TrainingSum::kFitted));
  fit.null_deviance =
      model.intercept ? -2 * (entropy_term(weighted_events, weight) + entropy_term(weight - weighted_events, weight))
                      : 2 * weight * std::log(2.0);
  fit.digits = kDigitsMax;
  for (std::size_t j = 0; j < d; ++j) {
    OddsCoefficient one;
    one.term = model.terms[j];
    for (std::size_t k = 0; k < d; ++k) {
      if (back(j, k) == 0) continue;
      one.estimate += back(j, k) * beta[k];
      one.error += std::fabs(back(j, k)) * flooding;
    }
    one.aliased = lost[j];
    one.std_error = std::sqrt(std::max(0.0, in_records_units(j, j)));
    one.z = one.estimate / one.std_error;
    one.p_value = std::erfc(std::fabs(one.z) / std::sqrt(2.0));
    one.low = one.estimate - kNormal975 * one.std_error;
    one.high = one.estimate + kNormal975 * one.std_error;
    if (!one.aliased) {
      fit.digits = std::min(fit.digits, certain_digits(one.error, std::max(std::fabs(one.estimate), one.std_error)));
    }
    fit.coefficients.push_back(std::move(one));
  }
  for (std::size_t k = 0; k < d; ++k) {
    if (lost[k]) continue;
    const double step = std::fabs(value(d + k)) / std::sqrt(std::max(covariance(k, k), 1e-300));
    fit.last_step = std::max(fit.last_step, std::isfinite(step) ? step : HUGE_VAL);
  }
  // The flooding of the step itself is a small part of a standard error.
  fit.converged = fit.last_step < kConvergedStep;
  return fit;
}

Result<ResultTable> finish_training(const Plan& plan, std::span<const double> means, const TrainingReading& reading) {
  MC_CHECK(plan.training && plan.items.size() == 1 && plan.items[0].model);
  if (means.size() != plan.answer_count() ||
      !std::all_of(means.begin(), means.end(), [](double mean) { return std::isfinite(mean); })) {
    return fail(Code::kInvalidArgument, "the plan releases " + std::to_string(plan.answer_count()) + " numbers, " +
                                            std::to_string(means.size()) + " were opened, or one is not a number");
  }
  const PlanModel& model = *plan.items[0].model;
  const LogisticFit fit = read_logistic(*plan.training, model, means, reading);
  ResultTable table;
  table.columns = plan.items[0].names;
  ModelAnswer answer{json_text(model, fit), text_of(model, fit), fit.digits};
  table.rows.push_back({Value(std::make_shared<const ModelAnswer>(std::move(answer)))});
  table.digits = {fit.digits};
  table.digits_min = fit.digits;
  table.n = static_cast<std::int64_t>(std::llround(fit.n_asked));
  return table;
}

}  // namespace mc::query
