// SPDX-License-Identifier: Apache-2.0
#include "query/release/survival_answer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "data/record/number.hpp"
#include "query/parse/nearest.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/cox.hpp"
#include "query/release/digits.hpp"
#include "query/release/distribution.hpp"
#include "query/release/forest_svg.hpp"
#include "query/release/hazard_table.hpp"
#include "query/release/log_rank.hpp"
#include "query/release/survival_picture.hpp"
#include "query/release/wald.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(double number) {
  return std::isfinite(number) ? Json(number) : Json(nullptr);
}

Json json_of(const std::vector<double>& numbers) {
  Json list = Json::array();
  for (const double number : numbers) list.push_back(json_of(number));
  return list;
}

Json counts_json(const std::vector<double>& counts) {
  Json list = Json::array();
  for (const double count : counts) list.push_back(std::llround(count));
  return list;
}

std::string_view name_of(ConfidenceType type) {
  return type == ConfidenceType::kLog ? "log" : type == ConfidenceType::kPlain ? "plain" : "log-log";
}

std::string_view name_of(Ties ties) {
  return ties == Ties::kEfron ? "efron" : "breslow";
}

/// Events at one time are counted one by one where they are ties.
constexpr double kEventsMax = 1 << 24;

StratumCounts counts_of(const PlanSurvival& survival, std::size_t stratum, std::span<const double> sums) {
  StratumCounts counts{sums[stratum], {}, {}};
  for (std::size_t k = 0; k < survival.times.size(); ++k) {
    const std::size_t index = survival.events_index(k, stratum);
    counts.events.push_back(sums[index]);
    counts.censored.push_back(sums[index + 1]);
  }
  return counts;
}

/// Counts that are known contradict each other when somebody counted wrongly.
Status check_known(const PlanSurvival& survival, std::size_t stratum, const StratumCounts& counts) {
  double left = counts.persons, events = 0;
  bool possible = left >= 0 && left <= kPersonsMax;
  for (std::size_t k = 0; k < counts.events.size(); ++k) {
    possible = possible && counts.events[k] >= 0 && counts.censored[k] >= 0;
    left -= counts.events[k] + counts.censored[k];
    events += counts.events[k];
  }
  possible = possible && events <= kEventsMax && (survival.beyond ? left >= 0 : left == 0);
  if (possible) return {};
  return fail(Code::kCorrupt, "the counts of " + survival.strata[stratum] + " contradict each other: of " +
                                  data::number_text(counts.persons) + " persons " + data::number_text(left) +
                                  " are left behind the last time, after " + data::number_text(events) + " events");
}

/// Counts that may be off by noise are made to agree, and no digit of what follows is called certain.
Result<std::vector<StratumCounts>> counts_of(const PlanSurvival& survival, const CountedSums& sums) {
  const bool known = digits_of(sums) > 0;
  std::vector<double> rounded;
  for (const Measured& sum : sums.sums) {
    const double most = known ? std::numeric_limits<double>::infinity() : kEventsMax;
    rounded.push_back(std::clamp(sums.noise_sd.empty() ? std::round(sum.value) : sum.value, -most, most));
  }
  std::vector<StratumCounts> strata;
  for (std::size_t s = 0; s < survival.strata.size(); ++s) {
    StratumCounts counts = counts_of(survival, s, rounded);
    if (known) MC_TRY_STATUS(check_known(survival, s, counts));
    strata.push_back(known ? std::move(counts) : consistent(counts));
  }
  return strata;
}

/// What was drawn instead of what was opened.
std::vector<StratumCounts> redrawn(const PlanSurvival& survival, const CountedSums& sums, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> drawn;
  for (std::size_t i = 0; i < sums.sums.size(); ++i) {
    drawn.push_back(sums.sums[i].value + sums.noise_sd[i] * normal(random));
  }
  std::vector<StratumCounts> strata;
  for (std::size_t s = 0; s < survival.strata.size(); ++s) {
    strata.push_back(consistent(counts_of(survival, s, drawn)));
  }
  return strata;
}

bool is_empty(const StratumCounts& counts) {
  return counts.persons < 0.5;
}

std::vector<SurvivalStratum> curves_of(const PlanSurvival& survival, const std::vector<StratumCounts>& strata_counts) {
  std::vector<SurvivalStratum> strata;
  for (std::size_t s = 0; s < survival.strata.size(); ++s) {
    if (is_empty(strata_counts[s])) continue;
    SurvivalStratum stratum{survival.strata[s], risk_table(survival.times, strata_counts[s]), {}, {}};
    stratum.curve = kaplan_meier(stratum.table, survival.options.conf_type, survival.options.conf_int);
    strata.push_back(std::move(stratum));
  }
  return strata;
}

/// What noise does to every curve, and intervals that contain it. `strata` are those of `strata_counts` that are not
/// empty. Returns their tables of every draw.
std::vector<std::vector<RiskTable>> add_noise(const PlanSurvival& survival, const CountedSums& sums,
                                              const std::vector<StratumCounts>& strata_counts,
                                              std::vector<SurvivalStratum>& strata) {
  std::mt19937_64 random(1);  // the same answer has the same deviations
  for (SurvivalStratum& stratum : strata) stratum.noise_sd.assign(stratum.table.time.size(), 0);
  std::vector<std::vector<RiskTable>> tables(kNoiseDraws);
  for (std::vector<RiskTable>& of_draw : tables) {
    const std::vector<StratumCounts> drawn = redrawn(survival, sums, random);
    auto stratum = strata.begin();
    for (std::size_t s = 0; s < drawn.size(); ++s) {
      if (is_empty(strata_counts[s])) continue;
      const RiskTable& table = of_draw.emplace_back(risk_table(survival.times, drawn[s]));
      const SurvivalCurve curve = kaplan_meier(table, survival.options.conf_type, survival.options.conf_int);
      for (std::size_t i = 0; i < stratum->noise_sd.size(); ++i) {
        const double off = survival_at(table, curve, stratum->table.time[i]) - stratum->curve.survival[i];
        stratum->noise_sd[i] += off * off / kNoiseDraws;
      }
      ++stratum;
    }
  }
  for (SurvivalStratum& stratum : strata) {
    for (double& sd : stratum.noise_sd) sd = std::sqrt(sd);
    stratum.curve =
        kaplan_meier(stratum.table, survival.options.conf_type, survival.options.conf_int, stratum.noise_sd);
  }
  return tables;
}

double persons_of(const std::vector<SurvivalStratum>& strata) {
  double n = 0;
  for (const SurvivalStratum& stratum : strata) n += stratum.table.n;
  return n;
}

/// Counts as they are shown; of such that are known nothing changes.
void round_counts(const CountedSums& sums, std::vector<SurvivalStratum>& strata) {
  if (sums.noise_sd.empty()) return;
  for (SurvivalStratum& stratum : strata) {
    RiskTable& table = stratum.table;
    for (double* count : {&table.n, &table.events}) *count = rounded_to(*count, sums.round_to);
    for (std::vector<double>* counts : {&table.n_risk, &table.n_event, &table.n_censor}) {
      for (double& count : *counts) count = rounded_to(count, sums.round_to);
    }
  }
}

/// With noise: of a survival, down to the first digit that it reaches anywhere.
int digits_of(const CountedSums& sums, const std::vector<SurvivalStratum>& strata) {
  if (sums.noise_sd.empty()) return digits_of(sums);
  int digits = kDigitsMax;
  for (const SurvivalStratum& stratum : strata) {
    for (const double sd : stratum.noise_sd) digits = std::min(digits, digits_down_to(sd, 0.5));
  }
  return digits;
}

Json stratum_json(const SurvivalStratum& stratum) {
  const RiskTable& table = stratum.table;
  const SurvivalCurve& curve = stratum.curve;
  Json json{{"name", stratum.name},
            {"n", std::llround(table.n)},
            {"events", std::llround(table.events)},
            {"median", json_of(curve.median)},
            {"median_low", json_of(curve.median_lower)},
            {"median_high", json_of(curve.median_upper)},
            {"time", json_of(table.time)},
            {"n_risk", counts_json(table.n_risk)},
            {"n_event", counts_json(table.n_event)},
            {"n_censor", counts_json(table.n_censor)},
            {"survival", json_of(curve.survival)},
            {"std_error", json_of(curve.std_error)},
            {"lower", json_of(curve.lower)},
            {"upper", json_of(curve.upper)}};
  if (!stratum.noise_sd.empty()) json["noise_sd"] = json_of(stratum.noise_sd);
  return json;
}

std::string log_rank_text(const LogRankTest& test) {
  return "log-rank test: chi-squared " + shown(test.chi_square, 4) + " on " + shown(test.df, 4) + " df, p-value " +
         shown_p(Measured{test.p_value, 0});
}

std::string medians_text(const std::vector<SurvivalStratum>& strata, double confidence) {
  const std::string level = shown(confidence, 4);
  std::vector<std::vector<std::string>> rows{{"", "n", "events", "median", level + "LCL", level + "UCL"}};
  const bool noisy = std::ranges::any_of(strata, [](const auto& stratum) { return !stratum.noise_sd.empty(); });
  if (noisy) rows.front().emplace_back("noise of survival, at most");
  for (const SurvivalStratum& stratum : strata) {
    rows.push_back({stratum.name, shown(stratum.table.n, kShownDigitsMax), shown(stratum.table.events, kShownDigitsMax),
                    shown(stratum.curve.median, kShownDigitsMax), shown(stratum.curve.median_lower, kShownDigitsMax),
                    shown(stratum.curve.median_upper, kShownDigitsMax)});
    if (!noisy) continue;
    rows.back().push_back(stratum.noise_sd.empty() ? "" : shown(std::ranges::max(stratum.noise_sd), 2));
  }
  return table_text(rows);
}

CoxFit fit_of(const PlanSurvival& survival, const std::vector<StratumCounts>& strata_counts) {
  std::vector<CoxPattern> patterns;
  for (std::size_t s = 0; s < survival.strata.size(); ++s) {
    const StratumCounts& counts = strata_counts[s];
    CoxPattern pattern{survival.covariates[s], {}, {}};
    double n_risk = counts.persons;
    for (std::size_t k = 0; k < survival.times.size(); ++k) {
      pattern.n_risk.push_back(n_risk);
      pattern.n_event.push_back(counts.events[k]);
      n_risk -= counts.events[k] + counts.censored[k];
    }
    patterns.push_back(std::move(pattern));
  }
  return cox_fit(patterns, survival.options.ties);
}

/// What noise does to a fit: of every coefficient the deviation that it gives it, not a number where half of the draws
/// or more cannot estimate it, and how far each draw moved them all.
struct HazardNoise {
  std::vector<double> sd;
  std::vector<std::vector<double>> off;  // of draws that converged; not a number as the fit's coefficients
};

HazardNoise noise_of_hazards(const PlanSurvival& survival, const CountedSums& sums, const CoxFit& fit) {
  HazardNoise noise{std::vector<double>(survival.terms.size(), 0), {}};
  if (sums.noise_sd.empty()) return noise;
  std::mt19937_64 random(1);
  std::vector<double> counted(survival.terms.size(), 0);
  for (int draw = 0; draw < kNoiseDraws; ++draw) {
    const CoxFit again = fit_of(survival, redrawn(survival, sums, random));
    if (!again.converged) continue;
    std::vector<double>& off = noise.off.emplace_back();
    for (std::size_t i = 0; i < counted.size(); ++i) {
      off.push_back(again.coefficients[i] - fit.coefficients[i]);
      if (!std::isfinite(off[i])) continue;
      noise.sd[i] += off[i] * off[i];
      counted[i] += 1;
    }
  }
  for (std::size_t i = 0; i < counted.size(); ++i) {
    noise.sd[i] = 2 * counted[i] > kNoiseDraws ? std::sqrt(noise.sd[i] / counted[i]) : std::nan("");
  }
  return noise;
}

std::vector<HazardRow> hazards_of(const PlanSurvival& survival, const CoxFit& fit, std::span<const double> noise) {
  std::vector<HazardRow> hazards;
  for (std::size_t i = 0; i < survival.terms.size(); ++i) {
    hazards.push_back(hazard_of(survival.terms[i], fit.coefficients[i], std::hypot(fit.std_errors[i], noise[i]),
                                survival.options.conf_int));
    hazards.back().noise_sd = noise[i];
  }
  return hazards;
}

struct Test {
  double chi_square, df, p;
};

Test test_of(double chi_square, double df) {
  const bool is_known = df > 0 && !std::isnan(chi_square);
  return {chi_square, df, is_known ? chi_square_tail(std::max(0.0, chi_square), df) : std::nan("")};
}

Json json_of(const Test& test) {
  return {{"chisq", json_of(test.chi_square)}, {"df", std::llround(test.df)}, {"p", json_of(test.p)}};
}

/// Of no effect at all, with the noise in the covariance of the coefficients.
Test wald_test(const CoxFit& fit, const HazardNoise& noise) {
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < fit.coefficients.size(); ++i) {
    if (std::isfinite(fit.coefficients[i])) known.push_back(i);
  }
  std::vector<double> estimates;
  Matrix sampling(known.size(), known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    estimates.push_back(fit.coefficients[known[i]]);
    for (std::size_t j = 0; j < known.size(); ++j) sampling(i, j) = fit.covariance(known[i], known[j]);
  }
  std::vector<std::vector<double>> off;
  for (const std::vector<double>& draw : noise.off) {
    std::vector<double> one;
    for (const std::size_t i : known) one.push_back(draw[i]);
    if (std::ranges::all_of(one, [](double moved) { return std::isfinite(moved); })) off.push_back(std::move(one));
  }
  const auto form = fit.converged ? wald_with_noise(estimates, sampling, off, kNoiseDraws) : std::nullopt;
  return test_of(form.value_or(std::nan("")), fit.df);
}

/// The time at which whoever is followed on is censored; null where nobody can be.
Json told_until(const PlanSurvival& survival) {
  return survival.beyond && !survival.times.empty() ? Json(survival.times.back()) : Json(nullptr);
}

std::string until_text(const PlanSurvival& survival) {
  const Json until = told_until(survival);
  return until.is_null() ? "" : " up to time " + data::number_text(until.get<double>());
}

std::string text_of(const std::string& name, const Test& test) {
  return name + ": chi-squared " + shown(test.chi_square, 4) + " on " + shown(test.df, 4) + " df, p-value " +
         shown_p(Measured{test.p, 0}) + "\n";
}

/// What rounding leaves of a coefficient, relative.
constexpr double kRounding = 1e-12;

/// Terms whose coefficients run to infinity, as R warns of them.
std::vector<std::string> running_terms(const CoxFit& fit, std::span<const HazardRow> hazards) {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < fit.running.size(); ++i) {
    if (fit.running[i] && std::isfinite(hazards[i].coefficient)) terms.push_back(hazards[i].term);
  }
  return terms;
}

/// Why a fit has not converged, and what to do.
std::string why_not(const CoxFit& fit, std::span<const HazardRow> hazards) {
  if (fit.events < 0.5) return "nobody has the event";
  const std::vector<std::string> terms = running_terms(fit, hazards);
  if (terms.empty()) return "the likelihood has not settled after " + std::to_string(fit.iterations) + " iterations";
  return "coefficients run to infinity (" + listed(terms) +
         "), for of those whom they tell apart nobody has the event, or of the others nobody; leave out or join "
         "categories";
}

}  // namespace

Result<ModelAnswer> kaplan_meier_answer(const PlanSurvival& survival, const CountedSums& sums) {
  MC_TRY(const std::vector<StratumCounts> counts, counts_of(survival, sums));
  std::vector<SurvivalStratum> strata = curves_of(survival, counts);
  std::vector<std::vector<RiskTable>> redrawn;
  if (!sums.noise_sd.empty()) redrawn = add_noise(survival, sums, counts, strata);
  const double n = persons_of(strata);
  MC_TRY(const double missing, missing_of(sums, n));
  std::vector<RiskTable> tables;
  for (const SurvivalStratum& stratum : strata) tables.push_back(stratum.table);
  const LogRankTest test = log_rank_test(tables, redrawn);
  const bool compares = std::isfinite(test.chi_square);
  round_counts(sums, strata);
  const double shown_n = sums.noise_sd.empty() ? n : rounded_to(n, sums.round_to);

  ModelAnswer answer;
  answer.digits = digits_of(sums, strata);
  Json json{{"model", "kaplan_meier"},
            {"formula", survival.formula},
            {"conf_type", name_of(survival.options.conf_type)},
            {"conf_int", survival.options.conf_int},
            {"n", std::llround(shown_n)},
            {"n_missing", std::llround(missing)},
            {"strata", Json::array()}};
  for (const SurvivalStratum& stratum : strata) json["strata"].push_back(stratum_json(stratum));
  json["logrank"] = compares ? Json{{"chisq", test.chi_square},
                                    {"df", std::llround(test.df)},
                                    {"p", test.p_value},
                                    {"observed", counts_json(test.observed)},
                                    {"expected", json_of(test.expected)}}
                             : Json(nullptr);
  json["digits"] = answer.digits;
  answer.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  answer.text = "kaplan_meier: " + survival.formula + "\n" + medians_text(strata, survival.options.conf_int) +
                missing_text(missing) + survival_text_plot(strata) + (compares ? log_rank_text(test) + "\n" : "");
  answer.picture = survival_svg(strata, survival.formula, compares ? log_rank_text(test) : "");
  return answer;
}

Result<ModelAnswer> cox_answer(const PlanSurvival& survival, const CountedSums& sums) {
  MC_TRY(const std::vector<StratumCounts> counts, counts_of(survival, sums));
  const CoxFit fit = fit_of(survival, counts);
  const bool has_noise = !sums.noise_sd.empty();
  const HazardNoise noise = noise_of_hazards(survival, sums, fit);
  const std::vector<HazardRow> hazards = hazards_of(survival, fit, noise.sd);
  MC_TRY(const double missing, missing_of(sums, fit.n));
  const double counted = persons_counted(sums, fit.n, missing);
  const Test wald = wald_test(fit, noise);
  const Test likelihood_ratio = test_of(2 * (fit.log_likelihood - fit.log_likelihood_null), fit.df);
  const Test score = test_of(fit.score_test, fit.df);

  ModelAnswer answer;
  // Sums of likelihoods are rounded a thousand times and more.
  answer.digits = std::min(digits_of(sums), certain_digits(fit.step_left + kRounding, 1));
  if (has_noise) {
    answer.digits = kDigitsMax;
    for (std::size_t i = 0; i < noise.sd.size(); ++i) {
      answer.digits = std::min(answer.digits, digits_down_to(noise.sd[i], fit.coefficients[i]));
    }
  }
  const auto persons = [&](double count) { return has_noise ? rounded_to(count, sums.round_to) : count; };
  Json json{{"model", "cox"},
            {"formula", survival.formula},
            {"ties", name_of(survival.options.ties)},
            {"n", std::llround(persons(counted))},
            {"n_missing", std::llround(missing)},
            {"events", std::llround(persons(fit.events))},
            {"told_until", told_until(survival)},
            {"iterations", fit.iterations},
            {"converged", fit.converged},
            {"coefficients", hazards_json(hazards)}};
  Json aliased = Json::array();
  for (const HazardRow& one : hazards) {
    if (!std::isfinite(one.coefficient) && fit.events > 0.5) aliased.push_back(one.term);
  }
  json["aliased"] = std::move(aliased);
  if (!fit.converged) json["not_converged"] = why_not(fit, hazards);
  if (const auto terms = running_terms(fit, hazards); !terms.empty()) json["separated"] = terms;
  if (has_noise) {
    // Likelihoods of noised counts are no likelihoods of the records: their differences would take noise for effects.
    json["wald"] = json_of(wald);
  } else {
    json["log_likelihood_null"] = json_of(fit.log_likelihood_null);
    json["log_likelihood"] = json_of(fit.log_likelihood);
    json["likelihood_ratio"] = json_of(likelihood_ratio);
    json["score"] = json_of(score);
  }
  json["digits"] = answer.digits;
  answer.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  answer.text = "cox: " + survival.formula + "\nn = " + shown(persons(counted), kShownDigitsMax) +
                ", events = " + shown(persons(fit.events), kShownDigitsMax) + until_text(survival) + ", ties by " +
                std::string(name_of(survival.options.ties)) + "\n" + missing_text(missing) +
                hazards_text(hazards, survival.options.conf_int);
  if (!fit.converged) answer.text += "NOT converged: " + why_not(fit, hazards) + "\n";
  answer.text += has_noise
                     ? text_of("Wald test", wald)
                     : text_of("likelihood ratio test", likelihood_ratio) + text_of("score (log-rank) test", score);
  answer.picture = hazards_svg(hazards, survival.formula);
  return answer;
}

}  // namespace mc::query
