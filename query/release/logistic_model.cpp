// SPDX-License-Identifier: Apache-2.0
#include "query/release/logistic_model.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "query/parse/nearest.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/trained_cox.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNormal975 = 1.959963984540054;
/// Of the deviance of no predictors, what is left when they tell everybody's outcome.
constexpr double kNothingLeft = 0.01;
/// Between none and one.
constexpr double kOnePerson = 0.5;
/// Sums are off by less than this of every person.
constexpr double kOfPerson = 1e-3;

double entropy_term(double part, double whole) {
  return part > 0 ? part * std::log(part / whole) : 0;
}

/// Without an offset: R's, of the intercept alone or of even odds.
double null_deviance(bool intercept, double events, double weight) {
  if (!intercept) return 2 * weight * std::log(2.0);
  return -2 * (entropy_term(events, weight) + entropy_term(weight - events, weight));
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

/// Why, and what to do; of a model that has not converged.
std::string why_not(const LogisticFit& fit) {
  const std::string advice = "; leave out or join categories, or penalise with ridge => 1";
  switch (fit.no_model) {
    case NoModel::kEmpty:
      return fit.n_asked < kOnePerson
                 ? "nobody is asked about"
                 : "nobody has values of all its variables; ask with fewer, or with missing => 'indicator'";
    case NoModel::kDiverged:
      return "somebody's log odds ran beyond the 42 that are computed with, and took all numbers with them. The "
             "predictors separate the outcome, or nearly" +
             advice + ", or 10";
    case NoModel::kSeparated:
      return "separation: the predictors tell everybody's outcome, or nearly (" + listed(fit.separated) +
             "), and there are no coefficients that do it best" + advice +
             ", or much more where columns hold large numbers";
    case NoModel::kAll:
      return "everybody who counts has the outcome, and there is nothing that predictors could tell";
    case NoModel::kNobody:
      return "nobody who counts has the outcome, and there is nothing that predictors could tell";
    case NoModel::kNone:
      break;
  }
  if (!fit.separated.empty()) {
    return "separation: coefficients run to infinity (" + listed(fit.separated) +
           "), for of those whom they tell apart all have the outcome, or nobody has" + advice;
  }
  return "the last step moved a coefficient by " + shown(fit.last_step, 2) +
         " standard errors. Perhaps the predictors separate the outcome, or a group has no events; leave out the "
         "predictor with the largest standard error, or take more iterations with maxit => 16";
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
  if (!fit.converged) json["not_converged"] = why_not(fit);
  json["last_step"] = number(fit.last_step);
  json["coefficients"] = odds_json(fit.coefficients);
  json["aliased"] = fit.aliased;
  for (const EmptyReference& one : fit.references) json["references"][one.factor] = one.instead;
  if (!fit.separated.empty()) json["separated"] = fit.separated;
  add_collinear(json, fit.collinear);
  json["deviance"] = number(fit.deviance);
  json["null_deviance"] = number(fit.null_deviance);
  if (fit.ridge > 0) json["ridge"] = fit.ridge;
  json["df"] = number(fit.df);
  json["aic"] = number(fit.deviance + 2 * fit.df);
  add_flooded(json, fit.flooded);
  json["digits"] = fit.digits;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string convergence_text(const LogisticFit& fit) {
  if (!fit.converged) return "NOT converged: " + why_not(fit);
  return "converged: the last step moved no coefficient by more than " + shown(fit.last_step, 2) + " standard errors";
}

std::string text_of(const PlanModel& model, const LogisticFit& fit) {
  std::string text = "logistic_regression: " + model.formula + "\nCoefficients:";
  if (!fit.aliased.empty()) {
    text += " (" + std::to_string(fit.aliased.size()) + " not defined because of singularities)";
  }
  text += "\n";
  text += odds_text(fit.coefficients, model.intercept, fit.digits) + references_text(fit.references) +
          collinear_text(fit.collinear) + flooded_text(fit.flooded);
  // Weights may be no integers, and their sum neither.
  const std::string events = model.weights ? shown(fit.events, 9) : std::to_string(std::llround(fit.events));
  text += "n = " + std::to_string(std::llround(fit.n)) + ", events = " + events;
  if (fit.n_asked - fit.n > 0.5)
    text += " (" + std::to_string(std::llround(fit.n_asked - fit.n)) + " observations deleted due to missingness)";
  const bool has_null = std::isfinite(fit.null_deviance);
  text += has_null ? "\nNull deviance: " + shown(fit.null_deviance, 6) + ", " : "\n";
  if (std::isfinite(fit.deviance)) {
    text += "Residual deviance: " + shown(fit.deviance, 6) + ", AIC: " + shown(fit.deviance + 2 * fit.df, 6);
  }
  text += "\n";
  if (fit.ridge > 0) {
    text += "Penalty " + shown(fit.ridge, 6) + " / 2 on the squares of the slopes; effective degrees of freedom " +
            shown(fit.df, 4) + "\n";
  }
  return text + std::to_string(fit.iterations) + " Newton iterations; " + convergence_text(fit) + "\n";
}

/// What the sums say of the coefficients that came with them: an outcome of one kind only, a likelihood above 1, or
/// coefficients that had not come near an end and tell the outcome of everybody.
///   source  Albert and Anderson, Biometrika 71, 1984: complete separation, for which there is no maximum
NoModel no_model(const LogisticFit& fit, const TrainedCoefficients& trained, double weight, const PlanModel& model,
                 double weight_unit) {
  if (fit.n < kOnePerson) return NoModel::kEmpty;
  if (fit.ridge == 0) {
    const double nobody = (model.weights ? kOfPerson : kOnePerson) * weight_unit;
    if (weight - fit.events < nobody) return NoModel::kAll;
    if (fit.events < nobody) return NoModel::kNobody;
  }
  if (trained.diverged) return NoModel::kDiverged;
  const bool is_told = !fit.separated.empty() && fit.deviance < kNothingLeft * fit.null_deviance;
  if (is_told || trained.has_run_far()) return NoModel::kSeparated;
  return fit.deviance < -weight_unit - kOfPerson * weight ? NoModel::kDiverged : NoModel::kNone;
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
  TrainedCoefficients trained = read_coefficients({model, plan.ridge, weight_unit, kNormal975, reading, true}, means,
                                                  units, reading.flooding_log2);
  const Matrix& covariance = trained.covariance;

  LogisticFit fit;
  fit.ridge = model.ridge;
  const Matrix effect = covariance * trained.information;
  for (std::size_t k = 0; k < d; ++k) fit.df += trained.coefficients[k].has_numbers() ? effect(k, k) : 0;
  fit.n = sum(TrainingSum::kCases);
  fit.n_asked = sum(TrainingSum::kAsked);
  const double weight = sum(TrainingSum::kWeight) * weight_unit;
  const double weighted_events = sum(TrainingSum::kCentred) * weight_unit + weight / 2;
  fit.events = weighted_events;
  fit.iterations = plan.iterations;
  // sum c (y - p) z is the coefficients times their score, whose flooding is less, unless there is an offset in z.
  double residual = plan.offset.empty() ? 0 : sum(TrainingSum::kResidual);
  for (std::size_t k = 0; k < d && plan.offset.empty(); ++k) residual += value(k) * value(d + k);
  fit.deviance = 2 * (weight_unit * (sum(TrainingSum::kEntropy) - residual) - trained.gain);
  fit.null_deviance = null_deviance(model.intercept, weighted_events, weight);
  // With an offset it is that of a second fit, on the offset alone.
  if (!plan.offset.empty()) fit.null_deviance = model.intercept && d == 1 ? fit.deviance : std::nan("");
  fit.aliased = trained.aliased_terms();
  fit.references = trained.references;
  fit.separated = trained.separated_terms();
  fit.last_step = trained.last_step;
  fit.no_model = no_model(fit, trained, weight, model, weight_unit);
  if (fit.no_model != NoModel::kNone) {
    trained.withhold_numbers();
    fit.deviance = std::nan("");
  }
  fit.digits = trained.digits;
  fit.flooded = trained.flooded;
  fit.coefficients = trained.coefficients;
  fit.collinear = trained.collinear;
  // The flooding of the step itself is a small part of a standard error.
  fit.converged =
      fit.no_model == NoModel::kNone && trained.converged(std::min(weighted_events, weight - weighted_events));
  return fit;
}

Result<ResultTable> finish_training(const Plan& plan, std::span<const double> means, const TrainingReading& given) {
  MC_CHECK(plan.training && plan.items.size() == 1 && plan.items[0].model);
  if (means.size() != plan.answer_count() ||
      !std::all_of(means.begin(), means.end(), [](double mean) { return std::isfinite(mean); })) {
    return fail(Code::kInvalidArgument, "the plan releases " + std::to_string(plan.answer_count()) + " numbers, " +
                                            std::to_string(means.size()) + " were opened, or one is not a number");
  }
  TrainingReading reading = given;
  if (reading.flooding_log2.empty()) {
    const std::vector<int> of_one_block = training_flooding_log2(*plan.training, training_flooding(plan.profile));
    reading.flooding_log2.assign(of_one_block.begin(), of_one_block.end());
  }
  const PlanModel& model = *plan.items[0].model;
  ResultTable table;
  table.columns = plan.items[0].names;
  ModelAnswer answer;
  double asked = 0;
  if (plan.training->is_cox()) {
    const TrainedCox fit = read_cox(*plan.training, model, plan.items[0].parameter, means, reading);
    answer = trained_cox_answer(model, fit);
    asked = fit.n_asked;
  } else {
    const LogisticFit fit = read_logistic(*plan.training, model, means, reading);
    answer = {json_text(model, fit), text_of(model, fit), fit.digits};
    asked = fit.n_asked;
  }
  table.digits = {answer.digits};
  table.digits_min = answer.digits;
  table.rows.push_back({Value(std::make_shared<const ModelAnswer>(std::move(answer)))});
  table.n = static_cast<std::int64_t>(std::llround(asked));
  return table;
}

}  // namespace mc::query
