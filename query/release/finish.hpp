// SPDX-License-Identifier: Apache-2.0
// Opened sums to the table the requester asked for: standardisation undone, division and square root on released sums,
// and for every number how many decimal digits are certain.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "query/plan/plan.hpp"
#include "query/release/digits.hpp"
#include "query/release/model_answer.hpp"

namespace mc::query {

/// NULL, a count or integer key, a real number, a text key, a fitted model.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, ModelCell>;

struct ResultTable {
  std::vector<std::string> columns;
  // The SELECT list. Groups with nobody in them are absent, unless several GROUP BY columns make a table (plan.hpp).
  std::vector<std::vector<Value>> rows;
  std::vector<std::string> group_columns;
  std::vector<std::vector<Value>> groups;  // the key of each row, one value per GROUP BY column
  std::int64_t n = 0;                      // consenting persons who match WHERE
  std::vector<int> digits;                 // per column: certain decimal digits in every row, at most kDigitsMax
  int digits_min = 0;                      // over all columns
};

/// Noise that is in opened means on purpose, and how counts of persons are shown then.
struct AddedNoise {
  std::span<const double> mean_sigma = {};  // per mean its standard deviation; empty: none was added
  std::uint32_t round_to = 1;               // models show counts as multiples of it
  /// How often it is drawn anew for what intervals and p-values make of it; 0: these take the sums as they are, and so
  /// do models.
  int draws = kNoiseDraws;
};

/// `means[j]`: opened coefficient 0 of answer j over its scale; `sum_errors[j]`: bound on the error of that answer's
/// sum (sum_error_bound).
///   counts  and sums (also of squares and products) of integer columns are rounded to the nearest integer where the
///           error bound is below 1/4; a sum farther from every integer than its bound is kCorrupt
///   added   models and tests take sums with noise as they are; their standard errors and intervals contain it
///   digits  significant ones, relative to the number itself; 0 when its error bound is as large as it is
///   NULL    as SQL: sum and avg of nothing, var_samp, stddev_samp and covar_samp of fewer than two, corr without
///           variance
///   errors  kInvalidArgument when the numbers of means, errors and moments differ or a value is not finite
Result<ResultTable> finish(const Plan& plan, std::span<const double> means, std::span<const double> sum_errors,
                           std::size_t slot_count, const AddedNoise& added = {});

/// Columns aligned, numbers with their certain digits; then each fitted model by itself; ends with "n = …".
std::string render_table(const ResultTable& table);

}  // namespace mc::query
