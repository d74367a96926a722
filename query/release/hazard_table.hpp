// SPDX-License-Identifier: Apache-2.0
// Coefficients of a Cox model with what follows from them, as summary(coxph) prints them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace mc::query {

/// One coefficient. Not a number where it could not be estimated.
struct HazardRow {
  std::string term;
  double coefficient = 0, std_error = 0, z = 0, p = 0, ratio = 0, low = 0, high = 0;
  double noise_sd = 0;  // where counts have noise on purpose, what it does to the coefficient: part of std_error
};

/// With Wald's test and interval of the ratio; `confidence` between 0 and 1.
HazardRow hazard_of(std::string term, double coefficient, double std_error, double confidence);

/// A list of objects: term, estimate, std_error, z, p, hazard_ratio, ci_low, ci_high, and noise_sd where there is noise
/// on purpose; null for what is not a number.
nlohmann::ordered_json hazards_json(const std::vector<HazardRow>& hazards);
/// A table of lines. With noise, coefficients down to the first digit that it reaches.
std::string hazards_text(const std::vector<HazardRow>& hazards, double confidence);
/// A forest plot of the ratios.
std::string hazards_svg(const std::vector<HazardRow>& hazards, const std::string& title);

}  // namespace mc::query
