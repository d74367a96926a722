// SPDX-License-Identifier: Apache-2.0
#include "query/release/trained_cox.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "query/parse/nearest.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/distribution.hpp"

namespace mc::query {

TrainedCox read_cox(const LogisticPlan& plan, const PlanModel& model, double confidence, std::span<const double> means,
                    const TrainingReading& reading) {
  MC_CHECK(plan.is_cox() && means.size() == training_answer_count(plan));
  const std::vector<double> units = training_units(plan, reading.slot_count);
  const std::size_t sums = means.size() - training_sum_count(plan);
  const std::span<const double> of_columns = means.subspan(sums - plan.released_size(), plan.released_size());
  TrainedCoefficients trained = read_coefficients({.model = model,
                                                   .ridge = {},
                                                   .weight_unit = 1,
                                                   .normal_quantile = normal_quantile(0.5 + confidence / 2),
                                                   .reading = reading,
                                                   .factors = {of_columns.begin(), of_columns.end()}},
                                                  means, units, reading.flooding_log2);
  TrainedCox fit;
  fit.n = means[sums] * units[sums];
  fit.n_asked = means[sums + 1] * units[sums + 1];
  fit.events = means[sums + 2] * units[sums + 2];
  fit.efron = plan.efron;
  if (plan.efron) {
    fit.ties_max = tied_events_max(plan.times(), reading.slot_count);
    fit.ties_beyond = fit.events - means[sums + 3] * units[sums + 3];
  }
  fit.iterations = plan.iterations;
  fit.last_step = trained.last_step;
  fit.converged = fit.has_events() && trained.converged(fit.events);
  fit.aliased = trained.aliased_terms();
  fit.separated = trained.separated_terms();
  fit.has_run_far = trained.has_run_far();
  if (fit.has_run_far || !fit.has_events()) trained.withhold_numbers();
  fit.collinear = trained.collinear;
  fit.confidence = confidence;
  fit.digits = trained.digits;
  fit.flooded = trained.flooded;
  const std::size_t d = trained.coefficients.size();
  for (std::size_t j = 0; j < d; ++j) {
    const TrainedCoefficient& one = trained.coefficients[j];
    const double nothing = std::nan("");
    const bool known = one.has_numbers();
    fit.hazards.push_back(
        hazard_of(one.term, known ? one.estimate : nothing, known ? one.std_error : nothing, confidence));
    fit.df += known ? 1 : 0;
    // In the units that were trained, where nothing has to be transformed.
    for (std::size_t k = 0; k < d; ++k) {
      fit.wald += trained.trained[j] * trained.information(j, k) * trained.trained[k];
    }
  }
  if (trained.diverged || fit.has_run_far) fit.wald = std::nan("");
  return fit;
}

namespace {

/// Why, and what to do; of a model that has not converged.
std::string why_not(const TrainedCox& fit) {
  if (!fit.has_events()) return "nobody who counts has the event, and there is nothing that predictors could tell";
  if (fit.has_run_far) {
    return "the predictors tell in which order events come, or nearly (" + listed(fit.separated) +
           "), and there are no coefficients that do it best; leave them out";
  }
  if (!fit.separated.empty()) {
    return "coefficients run to infinity (" + listed(fit.separated) +
           "), for of those whom they tell apart nobody has the event, or of the others nobody; leave out or join "
           "categories";
  }
  if (!std::isfinite(fit.last_step)) {
    return "the coefficients left what can be computed with and took all numbers with them. Perhaps a group has no "
           "events, or x'b lies beyond 16 for somebody";
  }
  return "after " + std::to_string(fit.iterations) + " iterations the last step moved a coefficient by " +
         shown(fit.last_step, 2) +
         " standard errors. Take more iterations with maxit => 20; perhaps a group has no events, or x'b lies beyond "
         "16 for somebody";
}

std::string convergence_text(const TrainedCox& fit) {
  if (!fit.converged) return "NOT converged: " + why_not(fit) + "\n";
  return std::to_string(fit.iterations) + " iterations; converged: the last step moved no coefficient by more than " +
         shown(fit.last_step, 2) + " standard errors\n";
}

}  // namespace

ModelAnswer trained_cox_answer(const PlanModel& model, const TrainedCox& fit) {
  using Json = nlohmann::ordered_json;
  const double p = std::isnan(fit.wald) ? fit.wald : chi_square_tail(std::max(0.0, fit.wald), std::max(fit.df, 1.0));
  Json json{{"model", "cox"},
            {"formula", model.formula},
            {"ties", fit.efron ? "efron" : "breslow"},
            {"n", std::llround(fit.n)},
            {"n_missing", std::llround(fit.n_asked - fit.n)},
            {"events", std::llround(fit.events)},
            {"iterations", fit.iterations},
            {"converged", fit.converged},
            {"last_step", std::isfinite(fit.last_step) ? Json(fit.last_step) : Json(nullptr)},
            {"coefficients", hazards_json(fit.hazards)},
            {"aliased", fit.aliased},
            {"wald", {{"chisq", fit.wald}, {"df", std::llround(fit.df)}, {"p", p}}},
            {"digits", fit.digits}};
  if (!fit.converged) json["not_converged"] = why_not(fit);
  if (!fit.separated.empty()) json["separated"] = fit.separated;
  add_collinear(json, fit.collinear);
  add_flooded(json, fit.flooded);
  if (fit.efron) {
    json["ties_max"] = fit.ties_max;
    json["ties_beyond"] = std::llround(fit.ties_beyond);
  }
  ModelAnswer answer;
  answer.digits = fit.digits;
  answer.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  answer.text = "cox: " + model.formula + "\nn = " + std::to_string(std::llround(fit.n)) +
                ", events = " + std::to_string(std::llround(fit.events)) + ", ties by " +
                (fit.efron ? "efron" : "breslow") + "\n";
  if (fit.n_asked - fit.n > 0.5) {
    answer.text +=
        "(" + std::to_string(std::llround(fit.n_asked - fit.n)) + " observations deleted due to missingness)\n";
  }
  if (fit.ties_beyond > 0.5) {
    answer.text += "(" + std::to_string(std::llround(fit.ties_beyond)) + " events beyond " +
                   std::to_string(fit.ties_max) + " at one time: the events of such a time are taken in " +
                   std::to_string(fit.ties_max) + " groups)\n";
  }
  answer.text += hazards_text(fit.hazards, fit.confidence) + collinear_text(fit.collinear) + flooded_text(fit.flooded);
  answer.text += convergence_text(fit);
  answer.text += "Wald test: chi-squared " + shown(fit.wald, 4) + " on " + shown(fit.df, 4) + " df, p-value " +
                 shown_p(Measured{p, 0}) + "\n";
  answer.picture = hazards_svg(fit.hazards, model.formula);
  return answer;
}

}  // namespace mc::query
