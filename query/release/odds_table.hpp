// SPDX-License-Identifier: Apache-2.0
// Coefficients of a logistic regression with what follows from them, as summary(glm) prints them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "query/release/trained_coefficients.hpp"

namespace mc::query {

using OddsCoefficient = TrainedCoefficient;  // intervals of 95 %

/// A list of objects: term, estimate, std_error, z, p, odds_ratio, ci_low, ci_high (of the ratio), and noise_sd of the
/// estimate where there is noise on purpose; null for what is not a number.
nlohmann::ordered_json odds_json(std::span<const OddsCoefficient> coefficients);

/// A table of lines, with the ratios drawn on one axis. With noise, numbers down to the first digit that it reaches.
std::string odds_text(std::span<const OddsCoefficient> coefficients, bool intercept, int digits);

}  // namespace mc::query
