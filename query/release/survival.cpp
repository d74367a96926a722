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

struct Interval {
  double lower = kNotANumber;
  double upper = kNotANumber;
};

/// `log_error`: standard error of the logarithm of the survival.
Interval interval_of(double survival, double log_error, ConfidenceType type, double z) {
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

RiskTable risk_table(std::span<const double> times, std::span<const double> followed,
                     std::span<const double> events_left) {
  MC_CHECK(followed.size() == events_left.size());
  MC_CHECK(followed.size() == times.size() || followed.size() == times.size() + 1);
  RiskTable table;
  if (times.empty()) return table;
  const auto later = [&](std::span<const double> counts, std::size_t k) {
    return k + 1 < counts.size() ? counts[k + 1] : 0.0;
  };
  table.n = followed.front();
  for (std::size_t k = 0; k < times.size(); ++k) {
    const bool is_last = k + 1 == times.size();
    const double events = events_left[k] - later(events_left, k);
    const double leave = followed[k] - (is_last ? 0.0 : later(followed, k));
    if (leave == 0) continue;
    table.time.push_back(times[k]);
    table.n_risk.push_back(followed[k]);
    table.n_event.push_back(events);
    table.n_censor.push_back(leave - events);
    table.events += events;
  }
  return table;
}

SurvivalCurve kaplan_meier(const RiskTable& table, ConfidenceType type, double confidence) {
  MC_CHECK(confidence > 0 && confidence < 1);
  const double z = normal_quantile(0.5 + confidence / 2);
  SurvivalCurve curve;
  double survival = 1;
  double log_variance = 0;  // Greenwood's sum d / (n (n - d))
  for (std::size_t i = 0; i < table.time.size(); ++i) {
    const double n = table.n_risk[i];
    const double d = table.n_event[i];
    survival *= (n - d) / n;
    if (d > 0) log_variance += d / (n * (n - d));
    const double log_error = std::sqrt(log_variance);
    const Interval interval = interval_of(survival, log_error, type, z);
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

double at_risk(const RiskTable& table, double time) {
  const auto next = std::lower_bound(table.time.begin(), table.time.end(), time);
  return next == table.time.end() ? 0 : table.n_risk[static_cast<std::size_t>(next - table.time.begin())];
}

}  // namespace mc::query
