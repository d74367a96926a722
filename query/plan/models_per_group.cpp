// SPDX-License-Identifier: Apache-2.0
#include "query/plan/models_per_group.hpp"

#include <algorithm>

#include "query/plan/item_names.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kQuestionsShown = 3;

/// column = its category, or column IS NULL for the cell after the last one.
Predicate is_in(const Identifier& column, const BoundQuery& bound, std::uint32_t index, std::size_t cell) {
  Predicate result;
  result.kind = PredicateKind::kCompare;
  result.column = column;
  const Domain& domain = bound.domains[index];
  if (cell == domain.value_cells) {
    result.kind = PredicateKind::kIsNull;
    return result;
  }
  Literal literal;
  if (domain.numbers.empty()) {
    literal.value = bound.schema.columns[index].categories[cell];
  } else {
    literal.value = domain.numbers[cell];
  }
  result.literals.push_back(std::move(literal));
  return result;
}

Predicate both(Predicate left, Predicate right) {
  if (left.kind == PredicateKind::kAnd) {
    left.children.push_back(std::move(right));
    return left;
  }
  Predicate result;
  result.kind = PredicateKind::kAnd;
  result.children = {std::move(left), std::move(right)};
  return result;
}

}  // namespace

Result<std::optional<ModelsPerGroup>> models_per_group(const Query& query, const BoundQuery& bound) {
  if (bound.group_columns.empty() || query.person || bound.criterion || !bound.parameters.empty()) return std::nullopt;
  ModelsPerGroup out;
  std::optional<std::size_t> model;
  for (std::size_t i = 0; i < bound.items.size(); ++i) {
    const BoundItem& item = bound.items[i];
    const bool is_key = item.statistic == Statistic::kKey;
    out.items.push_back(is_key ? std::optional<std::size_t>(item.key) : std::nullopt);
    out.names.push_back(item.name);
    if (is_key) continue;
    if (model || !item.model || !item.model->trained) return std::nullopt;
    model = i;
    out.at = item.at;
  }
  if (!model) return std::nullopt;

  const CellMap possible = necessary_cells(bound.where);
  struct Group {
    ModelsPerGroup::Question question;
    std::optional<Predicate> where;
  };
  std::vector<Group> groups{{{}, query.where}};
  for (std::size_t k = 0; k < bound.group_columns.size(); ++k) {
    const std::uint32_t column = bound.group_columns[k];
    out.group_columns.push_back(bound.schema.columns[column].name);
    const Domain& domain = bound.domains[column];
    const auto left = possible.find(column);
    std::vector<Group> finer;
    for (const Group& group : groups) {
      for (std::size_t cell = 0; cell < domain.value_cells + (domain.nullable ? 1 : 0); ++cell) {
        if (left != possible.end() && !left->second.has(cell)) continue;
        Group one = group;
        one.question.keys.push_back(key_of(bound, column, cell));
        Predicate here = is_in(query.group_by[k], bound, column, cell);
        one.where = one.where ? both(std::move(*one.where), std::move(here)) : std::move(here);
        finer.push_back(std::move(one));
      }
    }
    groups = std::move(finer);
    if (groups.size() > kModelGroupsMax) {
      return fail(Code::kLimit, "GROUP BY makes " + std::to_string(groups.size()) + " groups or more, each a model " +
                                    "that is trained: at most " + std::to_string(kModelGroupsMax) + " of them");
    }
  }
  for (Group& group : groups) {
    Query alone = query;
    alone.items = {query.items[*model]};
    alone.where = std::move(group.where);
    alone.group_by.clear();
    group.question.sql = canonical_sql(alone);
    out.questions.push_back(std::move(group.question));
  }
  return out;
}

bool ModelsPerGroup::Question::is_of_missing() const {
  return std::ranges::any_of(keys, [](const GroupKey& key) { return std::holds_alternative<std::monostate>(key); });
}

Error refusal_of(const ModelsPerGroup& models) {
  std::string text = models.at.text() +
                     ": a model of each group is trained by itself, two of a study's releases each: " +
                     "`medcommons ask` asks one after the other, and what a study allows are the questions ";
  for (std::size_t i = 0; i < models.questions.size() && i < kQuestionsShown; ++i) {
    text += (i == 0 ? "" : "; ") + models.questions[i].sql;
  }
  if (models.questions.size() > kQuestionsShown) {
    text += "; and " + std::to_string(models.questions.size() - kQuestionsShown) + " more";
  }
  return {Code::kUnsupported, std::move(text)};
}

}  // namespace mc::query
