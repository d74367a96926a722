// SPDX-License-Identifier: Apache-2.0
#include "query/release/survival.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

struct CurveInterval {
  double lower = kNotANumber;
  double upper = kNotANumber;
};

/// `log_error`: standard error of the logarithm of the survival.
CurveInterval interval_of(double survival, double log_error, ConfidenceType type, double z) {
  if (survival == 0) return {};
  switch (type) {
    case ConfidenceType::kPlain: {
      const double reach = z * survival * log_error;
      return {std::max(survival - reach, 0.0), std::min(survival + reach, 1.0)};
    }
    case ConfidenceType::kLog:
      return {survival * std::exp(-z * log_error), std::min(survival * std::exp(z * log_error), 1.0)};
    case ConfidenceType::kLogLog: {
      if (survival == 1) return {};
      const double log = std::log(survival);
      const double reach = z * log_error / log;  // below 0
      return {std::exp(log * std::exp(-reach)), std::exp(log * std::exp(reach))};
    }
  }
  MC_CHECK(false && "every type of interval is handled");
}

/// R's minmin: the time at which a curve falls below one half.
double time_of_half(std::span<const double> curve, std::span<const double> time) {
  const double tolerance = std::sqrt(std::numeric_limits<double>::epsilon());
  const auto below = [](double bound) { return [bound](double y) { return y < bound; }; };
  const auto first = std::find_if(curve.begin(), curve.end(), below(0.5 + tolerance));
  if (first == curve.end()) return kNotANumber;
  const double there = time[static_cast<std::size_t>(first - curve.begin())];
  if (std::abs(*first - 0.5) >= tolerance) return there;
  const auto next = std::find_if(first, curve.end(), below(*first));
  if (next == curve.end()) return there;
  return (there + time[static_cast<std::size_t>(next - curve.begin())]) / 2;
}

}  // namespace

RiskTable risk_table(std::span<const double> times, const StratumCounts& counts) {
  MC_CHECK(counts.events.size() == times.size() && counts.censored.size() == times.size());
  RiskTable table;
  table.n = counts.persons;
  double n_risk = counts.persons;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double events = counts.events[k];
    const double leave = k + 1 == times.size() ? n_risk : events + counts.censored[k];
    if (leave == 0) continue;
    table.time.push_back(times[k]);
    table.n_risk.push_back(n_risk);
    table.n_event.push_back(events);
    table.n_censor.push_back(leave - events);
    table.events += events;
    n_risk -= leave;
  }
  return table;
}

namespace {

/// The steps of the ascending sequence nearest to the sums of `steps` (pool adjacent violators).
std::vector<double> ascending_steps(std::span<const double> steps) {
  struct Pool {
    double mean;
    std::size_t size;
  };
  std::vector<Pool> pools;
  double sum = 0;
  for (const double step : steps) {
    sum += step;
    pools.push_back({sum, 1});
    while (pools.size() > 1 && pools.end()[-2].mean >= pools.back().mean) {
      const Pool last = pools.back();
      pools.pop_back();
      Pool& before = pools.back();
      const auto a = static_cast<double>(before.size), b = static_cast<double>(last.size);
      before = {(a * before.mean + b * last.mean) / (a + b), before.size + last.size};
    }
  }
  std::vector<double> result;
  double before = 0;
  for (const Pool& pool : pools) {
    const double now = std::max(pool.mean, before);
    result.push_back(now - before);
    result.insert(result.end(), pool.size - 1, 0.0);
    before = now;
  }
  return result;
}

}  // namespace

StratumCounts consistent(const StratumCounts& noisy) {
  StratumCounts counts{std::max(noisy.persons, 0.0), ascending_steps(noisy.events), ascending_steps(noisy.censored)};
  double left = counts.persons;
  for (std::size_t k = 0; k < counts.events.size(); ++k) {
    counts.events[k] = std::min(counts.events[k], left);
    left -= counts.events[k];
    counts.censored[k] = std::min(counts.censored[k], left);
    left -= counts.censored[k];
  }
  return counts;
}

SurvivalCurve kaplan_meier(const RiskTable& table, ConfidenceType type, double confidence,
                           std::span<const double> noise) {
  MC_CHECK(confidence > 0 && confidence < 1 && (noise.empty() || noise.size() == table.time.size()));
  const double z = normal_quantile(0.5 + confidence / 2);
  SurvivalCurve curve;
  double survival = 1;
  double log_variance = 0;  // Greenwood's sum d / (n (n - d))
  for (std::size_t i = 0; i < table.time.size(); ++i) {
    const double n = table.n_risk[i];
    const double d = table.n_event[i];
    survival *= (n - d) / n;
    if (d > 0) log_variance += d / (n * (n - d));
    const double by_noise = noise.empty() || survival == 0 ? 0 : noise[i] / survival;
    const double log_error = std::hypot(std::sqrt(log_variance), by_noise);
    const CurveInterval interval = interval_of(survival, log_error, type, z);
    curve.survival.push_back(survival);
    curve.std_error.push_back(survival == 0 ? kNotANumber : survival * log_error);
    curve.lower.push_back(interval.lower);
    curve.upper.push_back(interval.upper);
  }
  curve.median = time_of_half(curve.survival, table.time);
  curve.median_lower = time_of_half(curve.lower, table.time);
  curve.median_upper = time_of_half(curve.upper, table.time);
  return curve;
}

double survival_at(const RiskTable& table, const SurvivalCurve& curve, double time) {
  const auto next = std::upper_bound(table.time.begin(), table.time.end(), time);
  return next == table.time.begin() ? 1 : curve.survival[static_cast<std::size_t>(next - table.time.begin()) - 1];
}

double at_risk(const RiskTable& table, double time) {
  const auto next = std::lower_bound(table.time.begin(), table.time.end(), time);
  return next == table.time.end() ? 0 : table.n_risk[static_cast<std::size_t>(next - table.time.begin())];
}

}  // namespace mc::query
