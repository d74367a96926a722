// SPDX-License-Identifier: Apache-2.0
#include "query/release/flooded_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "query/release/answer_text.hpp"
#include "query/release/digits.hpp"

namespace mc::query {
namespace {

/// Nobody has to be told of less.
constexpr double kUnnoticed = 1e-3;

}  // namespace

void FloodedNumbers::take(const std::string& term, double of_estimate, double of_std_error) {
  if (estimate_term.empty() || !(of_estimate <= estimate)) {
    estimate = of_estimate;
    estimate_term = term;
  }
  if (std_error_term.empty() || !(of_std_error <= std_error)) {
    std_error = of_std_error;
    std_error_term = term;
  }
}

double noise_in_variance(std::span<const double> by_entry, double flooding) {
  double squares = 0, fourths = 0;
  for (const double one : by_entry) {
    squares += one * one;
    fourths += one * one * one * one;
  }
  return flooding * std::sqrt(std::max(0.0, 2 * squares * squares - fourths));
}

void add_flooded(nlohmann::ordered_json& json, const FloodedNumbers& flooded) {
  if (flooded.std_error_term.empty()) return;
  const auto number = [](double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
  };
  json["flooding_sd"] = {{"estimate", number(flooded.estimate)}, {"std_error", number(flooded.std_error)}};
}

std::string flooded_text(const FloodedNumbers& flooded) {
  const double of_estimate = kReadDeviations * flooded.estimate, of_error = kReadDeviations * flooded.std_error;
  std::string text;
  if (!(of_estimate <= kUnnoticed)) {
    text = "estimates within " + shown(of_estimate, 1) + " standard errors (" + flooded.estimate_term + ")";
  }
  if (!(of_error <= kUnnoticed)) {
    if (!text.empty()) text += ", ";
    text += "standard errors within " + shown(100 * of_error, 1) + " % of themselves (" + flooded.std_error_term + ")";
  }
  if (text.empty()) return {};
  return "The noise that protects the key leaves of these data, 19 times of 20, " + text +
         ". That comes of terms that hardly differ, of few events, and of declared ranges much wider than the values: "
         "leave out or combine terms, or declare narrower ranges\n";
}

}  // namespace mc::query
