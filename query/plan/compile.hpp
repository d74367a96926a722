// SPDX-License-Identifier: Apache-2.0
// SQL to plan. A pure function: whoever holds the schema gets the same bytes from the same canonical SQL.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "data/schema/schema.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// Parses, binds and plans; or plans the checks of uploads (upload_checks.hpp). `dataset` is the name FROM must say.
///   errors  kParse, kUnsupported, kNotFound, kInvalidArgument with line:column; kRefused when the depth does not fit
///           ("needs 3 products in sequence (6 factors), standard allows 2 (4 factors)"); kLimit above kAnswersMax
Result<Plan> compile(std::string_view sql, const data::Schema& schema, std::string_view dataset,
                     const LimbBudget& budget);

/// The same of a query that is parsed already, and in which models have been looked up (query/parse/score_calls.hpp).
Result<Plan> compile(const Query& query, const data::Schema& schema, std::string_view dataset,
                     const LimbBudget& budget);

/// R7 for plans: kRefused unless compiling the plan's own SQL against the custodian's schema gives equal bytes.
Status check_recompiles(const Plan& plan, const data::Schema& schema, const LimbBudget& budget);

}  // namespace mc::query
