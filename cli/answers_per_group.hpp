// SPDX-License-Identifier: Apache-2.0
// The answers to a trained model of every group (query/plan/models_per_group.hpp) as one.
#pragma once

#include <span>
#include <string>

#include "query/plan/models_per_group.hpp"

namespace mc::cli {

/// "sex = f", "sex = f, arm = A".
std::string group_text(const query::ModelsPerGroup& models, const query::ModelsPerGroup::Question& question);

/// {"columns":[…],"rows":[[…]],"groups":[…],"n":…,"digits":…,"questions":[…]}: a row per group as any GROUP BY has
/// them, and of every question what answer_json says of it, group by group.
///   range  one of `answers` per question, each an answer_json of one row and column
std::string answers_per_group_json(const query::ModelsPerGroup& models, std::span<const std::string> answers);

}  // namespace mc::cli
