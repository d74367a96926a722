// SPDX-License-Identifier: Apache-2.0
#include "query/release/cox.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "query/release/information.hpp"

namespace mc::query {
namespace {

constexpr std::uint32_t kStepsMax = 20;
constexpr double kEpsilon = 1e-9;  // of the log likelihood, relative
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

using Vector = std::vector<double>;
using Rows = std::vector<Vector>;

/// The log partial likelihood with its first derivatives and minus its second ones.
struct Likelihood {
  double value = 0;
  Vector score;
  Matrix information;
};

/// Sums over patterns of w, w x and w x x'.
struct Weighted {
  explicit Weighted(std::size_t size) : first(size), second(size, Vector(size)) {}
  void add(double weight, const Vector& x) {
    zeroth += weight;
    for (std::size_t i = 0; i < x.size(); ++i) {
      first[i] += weight * x[i];
      for (std::size_t j = 0; j <= i; ++j) second[i][j] += weight * x[i] * x[j];
    }
  }
  double zeroth = 0;
  Vector first;
  Rows second;
};

class Model {
 public:
  Model(std::span<const CoxPattern> patterns, Ties ties) : patterns_(patterns), ties_(ties) {
    MC_CHECK(!patterns.empty());
    size_ = patterns.front().covariates.size();
    times_ = patterns.front().n_risk.size();
    centre_.resize(size_);
    for (const CoxPattern& pattern : patterns) {
      MC_CHECK(pattern.covariates.size() == size_ && pattern.n_risk.size() == times_ &&
               pattern.n_event.size() == times_);
      const double n = times_ == 0 ? 0 : pattern.n_risk.front();
      n_ += n;
      for (std::size_t i = 0; i < size_; ++i) centre_[i] += n * pattern.covariates[i];
      for (const double d : pattern.n_event) events_ += d;
    }
    for (double& centre : centre_) centre = n_ > 0 ? centre / n_ : 0;
    for (const CoxPattern& pattern : patterns) {
      rows_.push_back(pattern.covariates);
      for (std::size_t i = 0; i < size_; ++i) rows_.back()[i] -= centre_[i];
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] double n() const { return n_; }
  [[nodiscard]] double events() const { return events_; }

  [[nodiscard]] Likelihood at(const Vector& beta) const {
    Likelihood result{0, Vector(size_), Matrix(size_, size_)};
    Vector linear, risk;
    for (const Vector& row : rows_) {
      double eta = 0;
      for (std::size_t i = 0; i < size_; ++i) eta += beta[i] * row[i];
      linear.push_back(eta);
      risk.push_back(std::exp(eta));
    }
    for (std::size_t k = 0; k < times_; ++k) add_time(k, linear, risk, result);
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < i; ++j) result.information(j, i) = result.information(i, j);
    }
    return result;
  }

 private:
  void add_time(std::size_t k, const Vector& linear, const Vector& risk, Likelihood& sum) const {
    double events = 0;
    for (const CoxPattern& pattern : patterns_) events += pattern.n_event[k];
    if (events < 0.5) return;
    Weighted at_risk(size_);
    Weighted dying(size_);
    for (std::size_t p = 0; p < patterns_.size(); ++p) {
      const double d = patterns_[p].n_event[k];
      if (patterns_[p].n_risk[k] != 0) at_risk.add(patterns_[p].n_risk[k] * risk[p], rows_[p]);
      if (d == 0) continue;
      dying.add(d * risk[p], rows_[p]);
      sum.value += d * linear[p];
      for (std::size_t i = 0; i < size_; ++i) sum.score[i] += d * rows_[p][i];
    }
    // Of d events at once, Efron lets the l-th meet those at risk without the share l/d of the dying; Breslow all.
    const double count = std::round(events);
    if (ties_ == Ties::kBreslow) return add_term(at_risk, dying, 0, count, sum);
    for (double l = 0; l < count; ++l) add_term(at_risk, dying, l / count, 1, sum);
  }

  /// `weight` times the logarithm of the risk set without a share of the dying, and its derivatives.
  void add_term(const Weighted& at_risk, const Weighted& dying, double share, double weight, Likelihood& sum) const {
    const double zeroth = at_risk.zeroth - share * dying.zeroth;
    sum.value -= weight * std::log(zeroth);
    for (std::size_t i = 0; i < size_; ++i) {
      const double mean = (at_risk.first[i] - share * dying.first[i]) / zeroth;
      sum.score[i] -= weight * mean;
      for (std::size_t j = 0; j <= i; ++j) {
        const double other = (at_risk.first[j] - share * dying.first[j]) / zeroth;
        const double second = (at_risk.second[i][j] - share * dying.second[i][j]) / zeroth;
        sum.information(i, j) += weight * (second - mean * other);
      }
    }
  }

  std::span<const CoxPattern> patterns_;
  Ties ties_;
  std::size_t size_ = 0;
  std::size_t times_ = 0;
  double n_ = 0;
  double events_ = 0;
  Vector centre_;
  std::vector<Vector> rows_;
};

/// R's test: a coefficient that the next step would still move is on its way to infinity.
std::vector<bool> running(const Vector& step, const Vector& beta) {
  std::vector<bool> result(step.size());
  for (std::size_t i = 0; i < step.size(); ++i) {
    result[i] = std::abs(step[i]) > kEpsilon && std::abs(step[i]) > std::sqrt(kEpsilon) * std::abs(beta[i]);
  }
  return result;
}

}  // namespace

CoxFit cox_fit(std::span<const CoxPattern> patterns, Ties ties) {
  const Model model(patterns, ties);
  CoxFit fit;
  fit.n = model.n();
  fit.events = model.events();
  Vector beta(model.size());
  fit.coefficients.assign(model.size(), kNotANumber);
  fit.std_errors.assign(model.size(), kNotANumber);
  if (fit.events < 0.5) return fit;
  Likelihood now = model.at(beta);
  InverseInformation inverse = inverse_of(now.information);
  Vector step = inverse.times(now.score);
  fit.log_likelihood_null = now.value;
  for (std::size_t i = 0; i < model.size(); ++i) fit.score_test += step[i] * now.score[i];
  const std::vector<bool> used = inverse.used;
  bool is_steady = false;
  while (!is_steady && fit.iterations < kStepsMax) {
    ++fit.iterations;
    Vector next = beta;
    for (std::size_t i = 0; i < next.size(); ++i) next[i] += used[i] ? step[i] : 0;
    Likelihood then = model.at(next);
    is_steady = std::abs(1 - now.value / then.value) <= kEpsilon;
    if (!is_steady && !(then.value > now.value)) {  // too far, or not a number at all
      for (double& one : step) one /= 2;
      continue;
    }
    beta = std::move(next);
    now = std::move(then);
    inverse = inverse_of(now.information);
    step = inverse.times(now.score);
  }
  fit.log_likelihood = now.value;
  fit.running = running(step, beta);
  fit.converged = is_steady && std::ranges::find(fit.running, true) == fit.running.end();
  fit.covariance = Matrix(model.size(), model.size());
  for (std::size_t i = 0; i < model.size(); ++i) {
    if (!used[i]) continue;
    fit.df += 1;
    fit.coefficients[i] = beta[i];
    fit.std_errors[i] = std::sqrt(inverse.matrix(i, i));
    fit.step_left = std::max(fit.step_left, std::abs(step[i]) / std::max(std::abs(beta[i]), fit.std_errors[i]));
    for (std::size_t j = 0; j < model.size(); ++j) fit.covariance(i, j) = inverse.matrix(i, j);
  }
  return fit;
}

}  // namespace mc::query
