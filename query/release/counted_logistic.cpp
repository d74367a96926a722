// SPDX-License-Identifier: Apache-2.0
#include "query/release/counted_logistic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/release/information.hpp"

namespace mc::query {
namespace {

using Vector = std::vector<double>;

constexpr std::uint32_t kStepsMax = 50;
constexpr int kHalvingsMax = 12;
constexpr double kSteady = 1e-9;  // of a step, in standard errors
constexpr double kFarOut = 16;    // log odds at which a probability is 0 or 1 for any number of persons
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

/// The penalised log likelihood with its first derivatives and minus its second ones.
struct Likelihood {
  double value = 0;
  Vector score;
  Matrix information;  // with the penalty
};

class Model {
 public:
  Model(std::span<const OutcomePattern> patterns, bool intercept, double ridge)
      : patterns_(patterns), first_slope_(intercept ? 1 : 0), ridge_(ridge) {
    MC_CHECK(!patterns.empty());
    size_ = patterns.front().covariates.size();
    for (const OutcomePattern& pattern : patterns) MC_CHECK(pattern.covariates.size() == size_);
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// `as_they_are`: counts below 0 too.
  [[nodiscard]] Likelihood at(const Vector& beta, bool as_they_are) const {
    Likelihood result{0, Vector(size_), Matrix(size_, size_)};
    for (const OutcomePattern& pattern : patterns_) {
      const double with = as_they_are ? pattern.with : std::max(0.0, pattern.with);
      const double without = as_they_are ? pattern.without : std::max(0.0, pattern.without);
      const double z = log_odds(pattern, beta);
      const double p = 1 / (1 + std::exp(-z));
      result.value += with * z - (with + without) * softplus(z);
      add(pattern.covariates, with - (with + without) * p, (with + without) * p * (1 - p), result);
    }
    for (std::size_t j = first_slope_; j < size_; ++j) {
      result.value -= ridge_ / 2 * beta[j] * beta[j];
      result.score[j] -= ridge_ * beta[j];
      result.information(j, j) += ridge_;
    }
    return result;
  }

  /// Of the score, by the noise.
  [[nodiscard]] Matrix noise_at(const Vector& beta) const {
    Likelihood sum{0, Vector(size_), Matrix(size_, size_)};
    for (const OutcomePattern& pattern : patterns_) {
      const double p = 1 / (1 + std::exp(-log_odds(pattern, beta)));
      const double sd = std::hypot((1 - p) * pattern.with_noise_sd, p * pattern.without_noise_sd);
      add(pattern.covariates, 0, sd * sd, sum);
    }
    return sum.information;
  }

  /// The largest log odds, without sign and offset.
  [[nodiscard]] double farthest(const Vector& beta) const {
    double most = 0;
    for (const OutcomePattern& pattern : patterns_) {
      most = std::max(most, std::abs(log_odds(pattern, beta) - pattern.offset));
    }
    return most;
  }

 private:
  static double log_odds(const OutcomePattern& pattern, const Vector& beta) {
    double z = pattern.offset;
    for (std::size_t j = 0; j < beta.size(); ++j) z += pattern.covariates[j] * beta[j];
    return z;
  }

  static void add(const Vector& x, double residual, double weight, Likelihood& sum) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] == 0) continue;
      sum.score[i] += x[i] * residual;
      for (std::size_t j = 0; j < x.size(); ++j) sum.information(i, j) += weight * x[i] * x[j];
    }
  }

  std::span<const OutcomePattern> patterns_;
  std::size_t first_slope_;
  double ridge_;
  std::size_t size_ = 0;
};

Vector moved(const Vector& beta, const Vector& step, double part) {
  Vector next = beta;
  for (std::size_t i = 0; i < next.size(); ++i) next[i] += part * step[i];
  return next;
}

/// The square of a step, in standard errors.
double length_of(const Vector& step, const Vector& score) {
  double sum = 0;
  for (std::size_t i = 0; i < step.size(); ++i) sum += step[i] * score[i];
  return sum;
}

/// Newton's method, with steps that are halved until `is_better`. False where it does not come to rest, or where
/// columns that were `used` lose their information.
template <class IsBetter>
bool iterate(const Model& model, bool as_they_are, const std::vector<bool>& used, Vector& beta,
             std::uint32_t& iterations, const IsBetter& is_better) {
  Likelihood now = model.at(beta, as_they_are);
  for (; iterations < kStepsMax; ++iterations) {
    const InverseInformation inverse = inverse_of(now.information);
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (used[i] && !inverse.used[i]) return false;
    }
    Vector step = inverse.times(now.score);
    for (std::size_t i = 0; i < used.size(); ++i) step[i] = used[i] ? step[i] : 0;
    const double length = length_of(step, now.score);
    double part = 1;
    Vector next = moved(beta, step, part);
    Likelihood then = model.at(next, as_they_are);
    for (int halving = 0; halving < kHalvingsMax && !is_better(now, then); ++halving) {
      part /= 2;
      next = moved(beta, step, part);
      then = model.at(next, as_they_are);
    }
    beta = std::move(next);
    now = std::move(then);
    if (!(length > kSteady * kSteady)) return std::isfinite(length);
  }
  return false;
}

}  // namespace

namespace {

/// REQUIRES that an intercept takes up what is common to all offsets.
CountedLogistic fit_centred(std::span<const OutcomePattern> patterns, bool intercept, double ridge) {
  const Model model(patterns, intercept, ridge);
  const std::size_t size = model.size();
  CountedLogistic fit;
  fit.coefficients.assign(size, kNotANumber);
  fit.std_errors.assign(size, kNotANumber);
  fit.noise_sd.assign(size, kNotANumber);
  fit.covariance = Matrix(size, size);
  bool has_negative = false;
  for (const OutcomePattern& pattern : patterns) {
    fit.n += pattern.with + pattern.without;
    fit.events += pattern.with;
    has_negative = has_negative || pattern.with < 0 || pattern.without < 0;
  }
  Vector beta(size);
  const std::vector<bool> used = inverse_of(model.at(beta, false).information).used;
  const auto is_higher = [](const Likelihood& now, const Likelihood& then) {
    return then.value >= now.value - kSteady * std::abs(now.value);
  };
  fit.converged = iterate(model, false, used, beta, fit.iterations, is_higher);
  if (has_negative && fit.converged) {
    // Where the information is positive the score has one root, and a step towards it makes the score smaller.
    const auto is_nearer = [](const Likelihood& now, const Likelihood& then) {
      const auto left = [](const Likelihood& one) {
        return length_of(inverse_of(one.information).times(one.score), one.score);
      };
      return left(then) <= left(now) + kSteady;
    };
    fit.converged = iterate(model, true, used, beta, fit.iterations, is_nearer);
  }
  fit.converged = fit.converged && model.farthest(beta) < kFarOut;
  const InverseInformation inverse = inverse_of(model.at(beta, fit.converged).information);
  const Matrix noise = inverse.matrix * model.noise_at(beta) * inverse.matrix;
  for (std::size_t i = 0; i < size; ++i) {
    if (!used[i] || !inverse.used[i]) continue;
    fit.df += 1;
    fit.coefficients[i] = beta[i];
    fit.noise_sd[i] = std::sqrt(noise(i, i));
    fit.std_errors[i] = std::sqrt(inverse.matrix(i, i) + noise(i, i));
    for (std::size_t j = 0; j < size; ++j) fit.covariance(i, j) = inverse.matrix(i, j) + noise(i, j);
  }
  return fit;
}

}  // namespace

CountedLogistic fit_counted_logistic(std::span<const OutcomePattern> patterns, bool intercept, double ridge) {
  MC_CHECK(!patterns.empty());
  if (!intercept) return fit_centred(patterns, false, ridge);
  // Offsets far from 0 for everybody leave no information at 0, and the intercept that answers them is not far out.
  const auto [low, high] = std::ranges::minmax(patterns, {}, &OutcomePattern::offset);
  const double middle = (low.offset + high.offset) / 2;
  std::vector<OutcomePattern> centred(patterns.begin(), patterns.end());
  for (OutcomePattern& pattern : centred) pattern.offset -= middle;
  CountedLogistic fit = fit_centred(centred, true, ridge);
  if (!fit.coefficients.empty()) fit.coefficients.front() -= middle;
  return fit;
}

}  // namespace mc::query
