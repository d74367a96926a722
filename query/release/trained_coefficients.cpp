// SPDX-License-Identifier: Apache-2.0
#include "query/release/trained_coefficients.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "query/release/digits.hpp"
#include "query/release/noise.hpp"

namespace mc::query {
namespace {

/// A column whose part outside of the columns before it is below this part of itself cannot be told from nothing.
constexpr double kAliased = 1e-6;
/// Elimination adds up the flooding of several numbers; this part of the floor is that of one.
constexpr double kFlooredNumbers = 8;
/// A coefficient of a column without any variance left, in logits: e^4 to 1. One that nobody has stays near 0.
constexpr double kFarOut = 4;
/// Towards infinity each of Newton's steps leads a logit farther: the information falls to 1/e, the score as well. One
/// that has not arrived for other reasons is nowhere as far out, or its steps grow less.
///   source  Albert and Anderson, Biometrika 71, 1984, on where there is no maximum
constexpr double kRunningStep = 0.5;
/// The last step of a model that has a maximum is a small part of a standard error. On the way to infinity it is so
/// where categories separate, for standard errors grow faster than steps, and not where the values of a measurement do.
constexpr double kFarStep = 1;
/// As run_flooding.hpp bounds them: beyond, no argument holds and no approximation either.
constexpr double kCoefficientsMost = 1024;

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
  Matrix covariance;            // zero where lost
  std::vector<bool> lost;       // in order: nothing is left of it beside the columns before
  std::vector<bool> separated;  // of those that are lost: not because it is a combination of the others
};

/// The inverse over the columns that are no combination of earlier ones, as R's glm keeps them. The iteration shares
/// the effect of such a combination among all that take part; `beta` gives it to the earlier ones: if column j is sum
/// a_i x_i, then beta_i += a_i beta_j and beta_j = 0 is the same model.
/// `floor`: what the flooding alone may leave of a column that is nothing.
/// `order`: in which columns are earlier or later. `factors`: of columns in units of their own.
Inverted invert(const Matrix& information, std::span<const std::size_t> order, std::vector<double>& beta,
                std::span<const double> factors, double floor) {
  const std::size_t d = information.rows();
  Inverted out{Matrix(d, d), std::vector<bool>(d, false), std::vector<bool>(d, false)};
  // Gauss and Jordan in order; what is left of a row says how its column depends on those before.
  Matrix work = information, inverse = Matrix::identity(d);
  for (std::size_t at = 0; at < d; ++at) {
    const std::size_t j = order[at];
    if (!(work(j, j) > kAliased * information(j, j) + floor)) {
      out.lost[j] = true;
      const bool is_left = work(j, j) > kAliased * information(j, j) + floor / kFlooredNumbers;
      const bool is_far_out = information(j, j) <= floor && std::fabs(beta[j] * factors[j]) > kFarOut;
      out.separated[j] = is_left || is_far_out;
      for (const std::size_t i : order.first(at)) {
        if (!out.lost[i]) beta[i] += work(i, j) * beta[j];
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
      if (!out.lost[i] && !out.lost[j]) out.covariance(i, j) = inverse(i, j);
    }
  }
  return out;
}

/// Beyond its interval the approximation of the sigmoid, or of exp, grows without bound, and takes all with it.
bool has_diverged(const std::vector<double>& beta, const Matrix& information, double floor) {
  double total = 0;
  for (std::size_t j = 0; j < beta.size(); ++j) {
    total += std::fabs(beta[j]);
    if (!(information(j, j) >= -floor)) return true;
  }
  return !(total < kCoefficientsMost);
}

/// Newton's step from `beta` for the columns that are there: out.trained, out.last_step, out.gain, and the step.
///   source  McCullagh and Nelder, "Generalized Linear Models", section 2.5
std::vector<double> take_last_step(const TrainedModel& trained, std::vector<double> beta, std::span<const double> score,
                                   const std::vector<bool>& lost, TrainedCoefficients& out) {
  const std::size_t d = beta.size();
  const auto penalised = [&](std::size_t k) {
    return score[k] - (trained.ridge.empty() ? 0 : trained.ridge[k] * trained.weight_unit * beta[k]);
  };
  std::vector<double> step(d, 0.0);
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t k = 0; k < d; ++k) step[j] += lost[k] ? 0 : out.covariance(j, k) * penalised(k);
    if (lost[j]) continue;
    const double moved = std::fabs(step[j]) / std::sqrt(std::max(out.covariance(j, j), 1e-300));
    out.last_step = std::max(out.last_step, std::isfinite(moved) ? moved : HUGE_VAL);
  }
  for (std::size_t j = 0; j < d; ++j) {
    out.gain += step[j] * score[j];
    for (std::size_t k = 0; k < d; ++k) out.gain -= step[j] * out.information(j, k) * step[k] / 2;
    beta[j] += step[j];
  }
  out.trained = std::move(beta);
  return step;
}

/// Of columns that were multiplied by factors, what the columns themselves have.
void to_columns(TrainedCoefficients& out, std::vector<double>& step, std::span<const double> factors) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    out.trained[i] *= factors[i];
    step[i] *= factors[i];
    for (std::size_t j = 0; j < factors.size(); ++j) {
      out.covariance(i, j) *= factors[i] * factors[j];
      out.information(i, j) /= factors[i] * factors[j];
    }
  }
}

/// Of the slopes that have numbers.
std::vector<CollinearTerm> collinear_among(const TrainedCoefficients& out, const Matrix& covariance, bool intercept) {
  std::vector<std::size_t> known;
  std::vector<std::string> terms;
  for (std::size_t j = intercept ? 1 : 0; j < out.coefficients.size(); ++j) {
    if (!out.coefficients[j].has_numbers()) continue;
    known.push_back(j);
    terms.push_back(out.coefficients[j].term);
  }
  Matrix slopes(known.size(), known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (std::size_t j = 0; j < known.size(); ++j) slopes(i, j) = covariance(known[i], known[j]);
  }
  return collinear_terms(terms, slopes);
}

}  // namespace

TrainedCoefficients read_coefficients(const TrainedModel& trained, std::span<const double> means,
                                      std::span<const double> units, std::span<const double> floodings) {
  const PlanModel& model = trained.model;
  const std::size_t d = model.columns.size();
  const auto value = [&](std::size_t i) { return means[i] * units[i]; };
  TrainedCoefficients out;
  const Matrix back = back_transform(model);
  Matrix information(d, d);
  std::vector<double> score(d);
  for (std::size_t k = 0; k < d; ++k) score[k] = value(d + k) * trained.weight_unit;
  std::size_t at = 2 * d;
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i; j < d; ++j, ++at) information(i, j) = information(j, i) = value(at) * trained.weight_unit;
  }
  // With a penalty the covariance is the inverse of the penalised information, as rms::lrm has it.
  out.information = information;
  for (std::size_t k = 0; k < trained.ridge.size(); ++k) information(k, k) += trained.ridge[k] * trained.weight_unit;
  std::vector<double> beta(d);
  for (std::size_t k = 0; k < d; ++k) beta[k] = value(k);
  const double tail = kFloodingTail * std::sqrt(static_cast<double>(trained.reading.pieces));
  const double of_sum = tail * trained.weight_unit * static_cast<double>(trained.reading.slot_count);
  const double floor = kFlooredNumbers * of_sum * std::exp2(floodings[2 * d]);
  out.diverged = has_diverged(beta, information, floor);
  if (trained.drops_levels && !model.weights && trained.ridge.empty()) {
    // Columns of levels are among those that are trained, in the same places.
    const auto square = [&](std::size_t term) { return information(term, term); };
    out.references = empty_references(model, square, information(0, 0), floor);
  }
  const std::vector<double> factors = trained.factors.empty() ? std::vector<double>(d, 1.0) : trained.factors;
  const Inverted inverted = invert(information, order_of_terms(model, out.references), beta, factors, floor);
  out.covariance = inverted.covariance;
  const std::vector<bool>& lost = inverted.lost;
  std::vector<double> step = take_last_step(trained, std::move(beta), score, lost, out);
  to_columns(out, step, factors);
  const Matrix by_score = back * out.covariance;
  const Matrix in_records_units = by_score * back.transposed();
  const double flooding = tail * std::exp2(floodings[0]);
  const double of_score = of_sum * std::exp2(floodings[d]);
  const double of_information = of_sum * std::exp2(floodings[2 * d]);
  out.digits = kDigitsMax;
  for (std::size_t j = 0; j < d; ++j) {
    TrainedCoefficient one;
    one.term = model.terms[j];
    std::vector<double> by_entry(d);
    double squares = 0;  // of what flooding does, independently
    for (std::size_t k = 0; k < d; ++k) {
      by_entry[k] = by_score(j, k) / factors[k];
      one.estimate += back(j, k) * out.trained[k];
      const double of_one = back(j, k) * flooding * factors[k], of_its_score = by_entry[k] * of_score;
      one.error += std::fabs(of_one) + std::fabs(of_its_score);
      squares += of_one * of_one + of_its_score * of_its_score;
    }
    one.aliased = lost[j] && !inverted.separated[j];
    one.separated = lost[j] && inverted.separated[j];
    one.running =
        !lost[j] && std::fabs(out.trained[j]) > kFarOut && step[j] * std::copysign(1.0, out.trained[j]) > kRunningStep;
    one.std_error = std::sqrt(std::max(0.0, in_records_units(j, j)));
    const double error_of_se = noise_in_variance(by_entry, of_information) / (2 * one.std_error * one.std_error);
    one.z = one.estimate / one.std_error;
    one.p_value = std::erfc(std::fabs(one.z) / std::sqrt(2.0));
    one.low = one.estimate - trained.normal_quantile * one.std_error;
    one.high = one.estimate + trained.normal_quantile * one.std_error;
    if (one.has_numbers()) {
      out.digits = std::min({out.digits, certain_digits(one.error, std::max(std::fabs(one.estimate), one.std_error)),
                             certain_digits(error_of_se, 1)});
      out.flooded.take(one.term, std::sqrt(squares) / kFloodingTail / one.std_error, error_of_se / kFloodingTail);
    }
    out.coefficients.push_back(std::move(one));
  }
  if (out.diverged) {
    for (TrainedCoefficient& one : out.coefficients) one.aliased = one.separated = one.running = false;
    out.last_step = HUGE_VAL;
    out.withhold_numbers();
  } else if (trained.ridge.empty()) {
    out.collinear = collinear_among(out, in_records_units, model.intercept);
  }
  return out;
}

void TrainedCoefficients::withhold_numbers() {
  const double nothing = std::nan("");
  for (TrainedCoefficient& one : coefficients) {
    one.estimate = one.std_error = one.z = one.p_value = one.low = one.high = nothing;
  }
  digits = 0;
  flooded = {};
  collinear.clear();
}

bool TrainedCoefficients::converged(double events) const {
  const double least = std::min(kConvergedStep, kConvergedStepOfEvent * std::sqrt(std::max(events, 1.0)));
  return !diverged && last_step < least &&
         std::ranges::none_of(coefficients, [](const TrainedCoefficient& one) { return one.separated || one.running; });
}

std::vector<std::string> TrainedCoefficients::aliased_terms() const {
  std::vector<std::string> terms;
  for (const TrainedCoefficient& one : coefficients) {
    if (one.aliased) terms.push_back(one.term);
  }
  return terms;
}

std::vector<std::string> TrainedCoefficients::separated_terms() const {
  std::vector<std::string> terms;
  for (const TrainedCoefficient& one : coefficients) {
    if (one.separated || one.running) terms.push_back(one.term);
  }
  // Where columns separate the outcome the intercept runs along; alone it says that nobody has it, or everybody.
  if (terms.size() > 1) std::erase(terms, "(Intercept)");
  return terms;
}

bool TrainedCoefficients::has_run_far() const {
  return last_step > kFarStep && !separated_terms().empty();
}

}  // namespace mc::query
