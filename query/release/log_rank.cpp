// SPDX-License-Identifier: Apache-2.0
#include "query/release/log_rank.hpp"

#include <cmath>
#include <limits>
#include <map>

#include "query/release/distribution.hpp"
#include "query/release/matrix.hpp"
#include "query/release/wald.hpp"

namespace mc::query {
namespace {

/// Of one event time: per stratum at risk and events.
struct AtTime {
  std::vector<double> n_risk, n_event;
};

/// Strata list only times at which something happened to them; at any other time their persons at risk are those of
/// the next time they list.
std::vector<AtTime> event_times(std::span<const RiskTable> strata) {
  std::map<double, AtTime> times;
  for (std::size_t s = 0; s < strata.size(); ++s) {
    for (std::size_t i = 0; i < strata[s].time.size(); ++i) {
      if (strata[s].n_event[i] == 0) continue;
      AtTime& at = times.try_emplace(strata[s].time[i]).first->second;
      at.n_event.resize(strata.size());
      at.n_event[s] = strata[s].n_event[i];
    }
  }
  std::vector<std::size_t> next(strata.size(), 0);
  std::vector<AtTime> result;
  for (auto& [time, at] : times) {
    for (std::size_t s = 0; s < strata.size(); ++s) {
      while (next[s] < strata[s].time.size() && strata[s].time[next[s]] < time) ++next[s];
      at.n_risk.push_back(next[s] < strata[s].time.size() ? strata[s].n_risk[next[s]] : 0);
    }
    result.push_back(std::move(at));
  }
  return result;
}

/// Per stratum its events, how many are expected of it, and their hypergeometric covariance.
struct Events {
  std::vector<double> observed, expected;
  Matrix covariance;
  [[nodiscard]] double difference(std::size_t s) const { return observed[s] - expected[s]; }
};

Events events_of(std::span<const RiskTable> strata) {
  const std::size_t count = strata.size();
  Events events{std::vector<double>(count), std::vector<double>(count), Matrix(count, count)};
  for (const AtTime& at : event_times(strata)) {
    double n = 0;
    double d = 0;
    for (std::size_t s = 0; s < count; ++s) {
      n += at.n_risk[s];
      d += at.n_event[s];
    }
    const double spread = n > 1 ? d * (n - d) / (n - 1) : 0;
    for (std::size_t s = 0; s < count; ++s) {
      const double share = at.n_risk[s] / n;
      events.observed[s] += at.n_event[s];
      events.expected[s] += d * share;
      for (std::size_t t = 0; t < count; ++t) {
        events.covariance(s, t) += spread * share * ((s == t ? 1 : 0) - at.n_risk[t] / n);
      }
    }
  }
  return events;
}

}  // namespace

LogRankTest log_rank_test(std::span<const RiskTable> strata, std::span<const std::vector<RiskTable>> redrawn) {
  const std::size_t count = strata.size();
  constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
  Events events = events_of(strata);
  LogRankTest test{kNotANumber, kNotANumber, kNotANumber, events.observed, events.expected};
  Matrix& covariance = events.covariance;
  for (const std::vector<RiskTable>& again : redrawn) {
    const Events drawn = events_of(again);
    const auto off = [&](std::size_t s) { return drawn.difference(s) - events.difference(s); };
    for (std::size_t s = 0; s < count; ++s) {
      for (std::size_t t = 0; t < count; ++t) covariance(s, t) += off(s) * off(t) / static_cast<double>(redrawn.size());
    }
  }
  std::vector<std::size_t> used;
  for (std::size_t s = 0; s < count; ++s) {
    if (test.expected[s] > 0) used.push_back(s);
  }
  if (used.size() < 2) return test;
  // The differences sum to zero: one stratum says nothing that the others do not.
  used.erase(used.begin());
  Matrix inner(used.size(), used.size());
  std::vector<double> difference;
  for (std::size_t i = 0; i < used.size(); ++i) {
    difference.push_back(events.difference(used[i]));
    for (std::size_t j = 0; j < used.size(); ++j) inner(i, j) = covariance(used[i], used[j]);
  }
  const auto form = inverse_form(std::move(inner), std::move(difference));
  if (!form) return test;
  test.chi_square = *form;
  test.df = static_cast<double>(used.size());
  test.p_value = chi_square_tail(test.chi_square, test.df);
  return test;
}

}  // namespace mc::query
