// SPDX-License-Identifier: Apache-2.0
#include "query/parse/ast.hpp"

#include "base/check.hpp"
#include "data/record/number.hpp"
#include "query/parse/spelling.hpp"

namespace mc::query {
namespace {

constexpr int kOrBinds = 1, kAndBinds = 2, kNotBinds = 3;

std::string predicate_sql(const Predicate& predicate, int context);

std::string joined(const Predicate& predicate, std::string_view word, int binds, int context) {
  std::string text;
  for (const Predicate& child : predicate.children) {
    if (!text.empty()) text += word;
    text += predicate_sql(child, binds);
  }
  return binds < context ? "(" + text + ")" : text;
}

/// A condition on one column, or its opposite.
std::string condition_sql(const Predicate& predicate, bool negated) {
  const std::string column = column_sql(predicate.column);
  const std::string prefix = negated ? "NOT " : "";
  switch (predicate.kind) {
    case PredicateKind::kIn: {
      std::string list;
      for (const Literal& literal : predicate.literals) list += (list.empty() ? "" : ", ") + literal_sql(literal);
      return column + " " + prefix + "IN (" + list + ")";
    }
    case PredicateKind::kInSealed:
      return column + " " + prefix + "IN $" + predicate.parameter.name;
    case PredicateKind::kCompareSealed:
      return prefix + column + " " + std::string(comparison_sign(predicate.comparison)) + " $" +
             predicate.parameter.name;
    case PredicateKind::kBetweenSealed:
      return column + " " + prefix + "BETWEEN $" + predicate.parameter.name + " AND $" + predicate.upper.name;
    case PredicateKind::kBetween:
      return column + " " + prefix + "BETWEEN " + literal_sql(predicate.literals[0]) + " AND " +
             literal_sql(predicate.literals[1]);
    case PredicateKind::kIsNull:
      return column + " IS " + prefix + "NULL";
    case PredicateKind::kCompare:
      return prefix + column + " " + std::string(comparison_sign(predicate.comparison)) + " " +
             literal_sql(predicate.literals[0]);
    default:
      return prefix + column;
  }
}

std::string predicate_sql(const Predicate& predicate, int context) {
  switch (predicate.kind) {
    case PredicateKind::kAnd:
      return joined(predicate, " AND ", kAndBinds, context);
    case PredicateKind::kOr:
      return joined(predicate, " OR ", kOrBinds, context);
    case PredicateKind::kNot: {
      const Predicate& child = predicate.children.front();
      const bool compound = child.kind == PredicateKind::kAnd || child.kind == PredicateKind::kOr;
      return compound ? "NOT " + predicate_sql(child, kNotBinds) : condition_sql(child, true);
    }
    default:
      return condition_sql(predicate, false);
  }
}

/// An item's name calls a score by its name, canonical SQL says what it is.
enum class Scores { kByName, kWrittenOut };

std::string item_sql(const SelectItem& item, Scores scores) {
  if (item.statistic == Statistic::kKey) return name_sql(item.arguments.front().name);
  std::string arguments;
  for (const Identifier& argument : item.arguments) {
    const bool by_name = argument.score && scores == Scores::kByName;
    arguments += (arguments.empty() ? "" : ", ") + (by_name ? argument.name : column_sql(argument));
  }
  for (const WeightedColumn& term : item.weights) {
    arguments += (arguments.empty() ? "$" : " + $") + term.parameter.name + " * " + name_sql(term.column.name);
  }
  if (item.statistic == Statistic::kCountRows) arguments = "*";
  if (item.statistic == Statistic::kCountDistinct) arguments = "DISTINCT " + arguments;
  if (item.option) arguments += ", " + literal_sql(*item.option);
  for (const double edge : item.edges) arguments += ", " + data::number_text(edge);
  if (item.model) arguments = model_call_sql(*item.model);
  return std::string(aggregate_name(item.statistic)) + "(" + arguments + ")";
}

}  // namespace

std::string_view comparison_sign(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "<>";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterOrEqual:
      return ">=";
  }
  MC_CHECK(false && "every comparison has a sign");
}

std::string canonical_sql(const Query& query) {
  std::string text = "SELECT ";
  for (std::size_t i = 0; i < query.items.size(); ++i) {
    if (i > 0) text += ", ";
    text += item_sql(query.items[i], Scores::kWrittenOut);
    if (query.items[i].alias) text += " AS " + label_sql(*query.items[i].alias);
  }
  text += " FROM " + label_sql(query.table.name);
  if (query.where) text += " WHERE " + predicate_sql(*query.where, 0);
  for (std::size_t i = 0; i < query.group_by.size(); ++i) {
    text += (i == 0 ? " GROUP BY " : ", ") + name_sql(query.group_by[i].name);
  }
  if (query.person) text += for_person_sql(*query.person);
  return text;
}

std::string output_name(const SelectItem& item) {
  if (item.alias) return *item.alias;
  return item.statistic == Statistic::kKey ? item.arguments.front().name : item_sql(item, Scores::kByName);
}

}  // namespace mc::query
