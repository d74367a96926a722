// SPDX-License-Identifier: Apache-2.0
// What the opened sums of the upload checks (query/plan/upload_checks.hpp) say about the columns. A pure function of
// what everybody reads who opens the answer.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "query/plan/upload_checks.hpp"
#include "query/release/finish.hpp"

namespace mc::query {

/// A sum of zeros is called violated above this, besides its noise: fixed point and ciphertext noise stay far below,
/// one mark that is 2 gives 4, one that is off by 1/30 gives 0.001.
inline constexpr double kUploadTolerance = 1e-3;

struct UploadFinding {
  UploadCheck check;
  double sum = 0;
  double low = 0, high = 0;  // between these honest records sum, noise included
  /// Of kRange: no consenting row's value lies further out than so many half widths from the middle of its range,
  /// unless rows were made to cancel each other. 0 for other checks.
  double reach = 0;
  [[nodiscard]] bool violated() const { return sum > high || sum < low; }
};

/// How wide the answer's numbers may be off: of each column one standard deviation of its noise, empty where there is
/// none; and what its counts are rounded to.
struct UploadNoise {
  std::span<const double> deviations;
  double rounding = 0;
};

/// One per check, in order.
///   errors  kInvalidArgument for a table that is not the checks' answer
Result<std::vector<UploadFinding>> judge_uploads(const data::Schema& schema, const ResultTable& table,
                                                 const UploadNoise& noise = {});

}  // namespace mc::query
