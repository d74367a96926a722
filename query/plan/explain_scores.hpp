// SPDX-License-Identifier: Apache-2.0
// What EXPLAIN says of risk predictors: which coefficients are computed with, and what tells how good they are.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

/// "S3"; of a sum that is 0 whatever the records say "0".
std::string sum_name(MomentId id);

/// The scores of the question, their grids, and the columns that are computed for them; empty without scores.
std::string explain_scores(const Plan& plan);

/// One formula per column of auc or calibration.
std::vector<std::string> predictor_formulas(const PlanItem& item, std::span<const CellMoments> cells);

}  // namespace mc::query
