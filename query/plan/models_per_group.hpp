// SPDX-License-Identifier: Apache-2.0
// A trained model for every group. A training is a run of its own, which members approve and a study pays for, so that
// GROUP BY of one is as many questions as there are groups.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/bind/bound_query.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

inline constexpr std::size_t kModelGroupsMax = 64;

struct ModelsPerGroup {
  struct Question {
    std::vector<GroupKey> keys;  // one per GROUP BY column
    std::string sql;             // canonical: the model alone, the group in WHERE
    /// A grouping column is NULL: the group has a row only when somebody is in it, as in tables that are counted.
    [[nodiscard]] bool is_of_missing() const;
  };
  /// Per item of the SELECT list which GROUP BY column it is; nothing: the model.
  std::vector<std::optional<std::size_t>> items;
  std::vector<std::string> names;  // of the items in the answer
  std::vector<std::string> group_columns;
  Position at;                      // of the model
  std::vector<Question> questions;  // in the order of an ascending ORDER BY
};

/// Of a query with GROUP BY whose only item besides grouping columns is a model that is trained. Groups are the
/// combinations of declared categories that WHERE leaves, and as in SQL NULL is one where the dictionary does not say
/// that the column is required.
///   errors  kLimit above kModelGroupsMax
Result<std::optional<ModelsPerGroup>> models_per_group(const Query& query, const BoundQuery& bound);

/// Why it is no plan, and what to ask instead: "1:13: a model of each group is trained by itself …"
Error refusal_of(const ModelsPerGroup& models);

}  // namespace mc::query
