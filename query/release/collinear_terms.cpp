// SPDX-License-Identifier: Apache-2.0
#include "query/release/collinear_terms.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "query/release/answer_text.hpp"

namespace mc::query {

std::vector<CollinearTerm> collinear_terms(std::span<const std::string> terms, const Matrix& covariance) {
  const std::size_t d = terms.size();
  MC_CHECK(covariance.rows() == d && covariance.columns() == d);
  std::vector<double> errors(d);
  for (std::size_t i = 0; i < d; ++i) {
    errors[i] = std::sqrt(covariance(i, i));
    if (!(errors[i] > 0) || !std::isfinite(errors[i])) return {};
  }
  Matrix scaled(d, d);  // so that units of columns do not matter
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) scaled(i, j) = covariance(i, j) / (errors[i] * errors[j]);
  }
  // The information of scaled columns: of an estimate alone it is the inflation, as its variance here is 1.
  const Matrix information = inverse_of_positive(scaled);
  std::vector<CollinearTerm> told;
  for (std::size_t i = 0; i < d; ++i) {
    CollinearTerm one{terms[i], {}, 0, information(i, i)};
    if (!(one.inflation >= kInflationTold)) continue;
    std::size_t nearest = d;
    for (std::size_t j = 0; j < d; ++j) {
      const double correlation = information(i, j) / std::sqrt(information(i, i) * information(j, j));
      if (i == j || !(std::fabs(correlation) > std::fabs(one.correlation))) continue;
      one.correlation = correlation;
      nearest = j;
    }
    if (nearest == d) continue;
    one.with = terms[nearest];
    const auto same = [&](const CollinearTerm& known) { return known.term == one.with && known.with == one.term; };
    const auto pair = std::ranges::find_if(told, same);
    if (pair != told.end()) told.erase(pair);
    told.push_back(std::move(one));
  }
  return told;
}

void add_collinear(nlohmann::ordered_json& json, std::span<const CollinearTerm> terms) {
  for (const CollinearTerm& one : terms) {
    json["collinear"].push_back({{"term", one.term},
                                 {"with", one.with},
                                 {"correlation", one.correlation},
                                 {"variance_inflation", one.inflation}});
  }
}

std::string collinear_text(std::span<const CollinearTerm> terms) {
  std::string text;
  for (const CollinearTerm& one : terms) {
    char correlation[32];
    std::snprintf(correlation, sizeof correlation, "%.6f", one.correlation);
    text += one.term + " is nearly collinear (with " + one.with + ": correlation " + correlation +
            "; together with all others its variance is " + shown(one.inflation, 2) +
            " times what it would be alone): leave one of them out, or combine them\n";
  }
  return text;
}

}  // namespace mc::query
