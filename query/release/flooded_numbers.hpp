// SPDX-License-Identifier: Apache-2.0
// What the flooding of released numbers does to the estimates and standard errors of a trained model. The information
// matrix is flooded entry by entry, and two columns that hardly differ have an inverse that multiplies it. Immutable
// functions; thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace mc::query {

/// The largest deviations over the terms of a model: of an estimate, in its standard errors, and of a standard error,
/// as a part of itself. Without terms there are no numbers.
struct FloodedNumbers {
  double estimate = 0, std_error = 0;
  std::string estimate_term, std_error_term;

  /// Keeps what is larger, and what is not a number.
  void take(const std::string& term, double of_estimate, double of_std_error);
};

/// The deviation of the variance v' I^-1 v where every entry of the symmetric I has independent noise of deviation
/// `flooding`, to first order; `by_entry` is I^-1 v. The derivative by entry (k, l) is -b_k b_l, beside the diagonal
/// twice that.
double noise_in_variance(std::span<const double> by_entry, double flooding);

/// As `flooding_sd`: {"estimate": …, "std_error": …}; nothing where there are no numbers.
void add_flooded(nlohmann::ordered_json& json, const FloodedNumbers& flooded);

/// A line where that is not below a thousandth 19 times of 20, as is expected of a model that has converged; else "".
std::string flooded_text(const FloodedNumbers& flooded);

}  // namespace mc::query
