// SPDX-License-Identifier: Apache-2.0
// The answers to a trained model of every group (query/plan/models_per_group.hpp) as one.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "query/plan/models_per_group.hpp"

namespace mc::cli {

/// "sex = f", "sex = f, arm = A", "arm IS NULL".
std::string group_text(const query::ModelsPerGroup& models, const query::ModelsPerGroup::Question& question);

/// Whether the group has no row: one of missing values that nobody is in, as tables that are counted leave it out.
bool is_left_out(const query::ModelsPerGroup::Question& question, std::int64_t persons);

/// {"columns":[…],"rows":[[…]],"groups":[…],"n":…,"digits":…,"questions":[…]}: a row per group as any GROUP BY has
/// them, and of every question what answer_json says of it, group by group, those without a row among them.
///   range  one of `answers` per question, each an answer_json of one row and column
std::string answers_per_group_json(const query::ModelsPerGroup& models, std::span<const std::string> answers);

}  // namespace mc::cli
