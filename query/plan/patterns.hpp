// SPDX-License-Identifier: Apache-2.0
// Persons who are alike to a model of categories: one stratum per combination of what its formula tells apart, and what
// the model's columns are there. How many are of each is all that such a model reads.
#pragma once

#include <string>
#include <vector>

#include "base/codec.hpp"

namespace mc::query {

struct PlanPatterns {
  std::vector<std::string> strata;              // their names: "sex=F"; of a model without any: "all"
  std::vector<std::string> terms;               // names of the coefficients
  std::vector<std::vector<double>> covariates;  // per stratum, one per term
  friend bool operator==(const PlanPatterns&, const PlanPatterns&) = default;
};

inline constexpr std::size_t kStrataMax = 4096;
inline constexpr std::size_t kCovariatesMax = 256;
inline constexpr std::size_t kStratumNameBytesMax = 16 * 1024;  // of a combination of columns and their levels

/// List of names of strata, list of names of terms, then per stratum and term f64.
void write_patterns(Writer& writer, const PlanPatterns& patterns);
/// Reads untrusted bytes; every number and the sizes are checked.
Result<PlanPatterns> read_patterns(Reader& reader);

}  // namespace mc::query
