// SPDX-License-Identifier: Apache-2.0
// For tests: columns as dictionaries and records make them, of all the kinds on which a training once went wrong, and
// effects that suit them. Everything follows from the generator's state.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "query/testing/newton.hpp"

namespace mc::query::testing {

struct MadeColumns {
  Rows x;             // per person, in [-1, 1]
  std::string kinds;  // what each column is, to be printed
};

/// One of `choices`.
template <class Value, std::size_t count>
Value one_of(std::mt19937_64& random, const std::array<Value, count>& choices) {
  return choices[random() % count];
}

inline MadeColumns random_columns(std::mt19937_64& random, std::size_t persons, std::size_t columns) {
  constexpr std::array<const char*, 9> kKinds{"uniform",  "indicator", "signs",   "log-normal", "nearly the one before",
                                              "of steps", "at an end", "product", "normal"};
  std::uniform_real_distribution<double> uniform(-1, 1), chance(0, 1);
  std::normal_distribution<double> normal;
  MadeColumns made;
  made.x.assign(persons, std::vector<double>(columns));
  for (std::size_t j = 0; j < columns; ++j) {
    const std::string kind = one_of(random, kKinds);
    const double share = one_of(random, std::array{0.003, 0.02, 0.1, 0.5, 0.9, 0.99});
    const double width = one_of(random, std::array{0.01, 0.05, 0.2, 0.8}), middle = uniform(random) * (1 - width);
    const auto value = [&](const std::vector<double>& row) {
      if (kind == "uniform") return middle + width * uniform(random);
      if (kind == "indicator") return chance(random) < share ? 1.0 : 0.0;
      if (kind == "signs") return chance(random) < share ? 1.0 : -1.0;
      if (kind == "log-normal") return -1 + 0.05 * std::exp(normal(random));
      if (kind == "nearly the one before" && j > 0) return 0.98 * row[j - 1] + 0.02 * uniform(random);
      if (kind == "of steps") return std::round(4 * uniform(random)) / 4;
      if (kind == "at an end") return 1 - 0.02 * std::fabs(normal(random));
      if (kind == "product" && j > 1) return row[j - 1] * row[j - 2];
      return 0.33 * normal(random);
    };
    for (std::vector<double>& row : made.x) row[j] = std::clamp(value(row), -1.0, 1.0);
    made.kinds += (j > 0 ? ", " : "") + kind;
  }
  return made;
}

/// Effects of about `strength` per standard deviation all together.
inline std::vector<double> made_effects(std::mt19937_64& random, const Rows& x, double strength) {
  std::normal_distribution<double> normal;
  const std::size_t columns = x.front().size();
  std::vector<double> effects;
  for (std::size_t j = 0; j < columns; ++j) {
    double mean = 0, squares = 0;
    for (const auto& row : x) mean += row[j] / static_cast<double>(x.size());
    for (const auto& row : x) squares += (row[j] - mean) * (row[j] - mean);
    const double spread = std::sqrt(squares / static_cast<double>(x.size()) + 1e-9);
    effects.push_back(std::clamp(normal(random) * strength / spread / std::sqrt(columns), -40.0, 40.0));
  }
  return effects;
}

inline double predictor(const std::vector<double>& row, const std::vector<double>& effects) {
  double z = 0;
  for (std::size_t j = 0; j < effects.size(); ++j) z += row[j] * effects[j];
  return z;
}

inline double mean_predictor(const Rows& x, const std::vector<double>& effects) {
  double mean = 0;
  for (const auto& row : x) mean += predictor(row, effects) / static_cast<double>(x.size());
  return mean;
}

}  // namespace mc::query::testing
