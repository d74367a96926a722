// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "query/bind/bound_query.hpp"
#include "query/bind/column_name.hpp"
#include "query/bind/compared_cells.hpp"
#include "query/bind/score_columns.hpp"
#include "query/parse/nearest.hpp"

namespace mc::query {
namespace {

/// Where a condition on one column is TRUE and where it is FALSE; elsewhere it is UNKNOWN.
struct Truth {
  CellSet yes, no;
};

class Binder {
 public:
  Binder(const data::Schema& schema, std::string_view dataset) : schema_(schema), dataset_(dataset) {
    bound_.domains = domains_of(schema);
  }

  Result<BoundQuery> run(const ScoredQuery& scored) {
    const Query& query = scored.query;
    if (query.table.name != dataset_) {
      return fail_at(Code::kNotFound, query.table.at,
                     "unknown data set " + query.table.name + "; this commons holds " + std::string(dataset_));
    }
    for (const SelectItem& item : query.items) {
      divide_domain(item);
      if (item.model) divide_domains(*item.model);
    }
    if (query.where) divide_domains(*query.where);
    MC_TRY_STATUS(check_comparisons());
    for (const Identifier& name : query.group_by) MC_TRY_STATUS(add_group_column(name));
    for (const SelectItem& item : query.items) MC_TRY_STATUS(add_item(item));
    MC_TRY_STATUS(add_parameters(scored));
    const std::optional<Predicate> visible = query.where ? visible_condition(*query.where) : std::nullopt;
    if (visible) {
      MC_TRY(bound_.where, condition_of(*visible, false));
      std::map<std::uint32_t, Possible> together;
      if (bound_.where.kind == Condition::Kind::kFalse) MC_TRY_STATUS(check_possible(*visible, together));
    }
    const CellMap possible = necessary_cells(bound_.where);
    for (std::size_t i = 0; i < query.items.size(); ++i) {
      const SelectItem& item = query.items[i];
      MC_TRY_STATUS(find_groups(item, possible, bound_.items[i]));
      if (!item.model) continue;
      MC_TRY(bound_.items[i].model, bind_model(item.statistic, *item.model, schema_, bound_.domains, possible));
    }
    return std::move(bound_);
  }

 private:
  Status add_parameters(const ScoredQuery& scored) {
    MC_TRY(BoundParameters found, bind_parameters(scored));
    bound_.parameters = std::move(found.all);
    bound_.criterion = found.criterion;
    for (std::size_t i = 0; i < found.sums.size(); ++i) bound_.items[i].sealed = std::move(found.sums[i]);
    return {};
  }

  /// Divides the column at the edges that the item gives.
  void divide_domain(const SelectItem& item) {
    if (item.edges.empty()) return;
    const auto column = sealed_column(item.arguments.back(), schema_);
    if (!column) return;
    for (const double edge : item.edges) divide_at(bound_.domains[*column], schema_, {edge, false});
  }

  /// Divides columns at the thresholds of WHERE, before any set of cells is made. What is wrong with a condition is
  /// said when it is bound.
  void divide_domains(const Predicate& predicate) {
    for (const Predicate& child : predicate.children) divide_domains(child);
    if (predicate.literals.empty()) return;
    const auto column = sealed_column(predicate.column, schema_);
    if (!column) return;
    Domain& domain = bound_.domains[*column];
    if (predicate.kind == PredicateKind::kBetween) {
      divide_for(Comparison::kGreaterOrEqual, predicate.literals[0], domain, schema_);
      divide_for(Comparison::kLessOrEqual, predicate.literals[1], domain, schema_);
      return;
    }
    const bool is_in = predicate.kind == PredicateKind::kIn;
    for (const Literal& literal : predicate.literals) {
      divide_for(is_in ? Comparison::kEqual : predicate.comparison, literal, domain, schema_);
    }
  }

  /// Likewise at those of a formula's I(age > 50).
  void divide_domains(const ModelCall& call) {
    const auto formula = whole_formula(call.formula, schema_);
    if (!formula) return;
    for (const FormulaTerm& term : formula->terms) {
      for (const FormulaVariable& variable : term.variables) {
        const auto column = sealed_column(variable.column, schema_);
        if (!column) continue;
        for (const auto& [comparison, value] : variable.compared) {
          divide_for(comparison, value, bound_.domains[*column], schema_);
        }
      }
    }
  }

  Status check_comparisons() const {
    std::size_t count = 0;
    for (const Domain& domain : bound_.domains) count += domain.middles.size();
    if (count <= kComparisonsMax) return {};
    return fail(Code::kLimit, "the query compares with " + std::to_string(count) +
                                  " thresholds that are no declared edges, at most " + std::to_string(kComparisonsMax) +
                                  " are possible in one query; = with such a number counts twice");
  }

  Status add_group_column(const Identifier& name) {
    MC_TRY(const std::uint32_t column, sealed_column(name, schema_));
    if (bound_.domains[column].kind == Domain::Kind::kOrdered) {
      return fail_at(Code::kInvalidArgument, name.at,
                     "GROUP BY needs a column with categories, and " + name.name + " is a measurement" +
                         in_ranges(schema_.columns[column]));
    }
    if (std::find(bound_.group_columns.begin(), bound_.group_columns.end(), column) != bound_.group_columns.end()) {
      return fail_at(Code::kInvalidArgument, name.at, name.name + " stands twice in GROUP BY");
    }
    bound_.group_columns.push_back(column);
    return {};
  }

  /// What a measurement is asked for instead.
  static std::string in_ranges(const data::Column& column) {
    if (column.edges.empty()) return "";
    return "; one question per range of it can be asked, as in WHERE " + column.name + " < " +
           data::number_text(column.edges.front());
  }

  Status add_item(const SelectItem& item) {
    BoundItem result;
    result.statistic = item.statistic;
    result.name = output_name(item);
    result.at = item.at;
    for (std::size_t i = 0; i < item.arguments.size(); ++i) {
      MC_TRY(const std::uint32_t column, sealed_column(item.arguments[i], schema_));
      MC_TRY_STATUS(check_argument(item, item.arguments[i], column));
      const bool y_is_first = is_regression(item.statistic) || is_of_predictor(item.statistic);
      const bool is_x = (i == 0) != y_is_first;
      (is_x ? result.x : result.y) = column;
    }
    if (crosses_categories(item.statistic) && result.x == result.y) {
      return fail_at(Code::kInvalidArgument, item.arguments[1].at,
                     std::string(aggregate_name(item.statistic)) + " needs two different columns, and " +
                         item.arguments[1].name + " stands twice");
    }
    if (takes_edges(item.statistic)) {
      MC_TRY(result.edges, edges_of(item, result.x));
    }
    if (item.statistic == Statistic::kMedian) result.parameter = 0.5;
    if (item.option) result.parameter = item.option->is_number() ? item.option->number() : 1;
    if (item.statistic == Statistic::kKey) {
      MC_TRY(result.key, key_index(item, result.x));
    }
    bound_.items.push_back(std::move(result));
    return {};
  }

  /// Of the columns that a function takes two groups of.
  Status find_groups(const SelectItem& item, const CellMap& possible, BoundItem& result) const {
    const bool of_four = is_two_by_two(item.statistic);
    if (!of_four && item.statistic != Statistic::kTTest && !is_of_predictor(item.statistic)) return {};
    const bool y_is_first = is_of_predictor(item.statistic);
    MC_TRY(result.y_groups, groups_of(item, item.arguments[y_is_first ? 0 : 1], result.y, possible));
    if (of_four) {
      MC_TRY(result.x_groups, groups_of(item, item.arguments[0], result.x, possible));
    }
    return {};
  }

  Result<std::vector<std::size_t>> groups_of(const SelectItem& item, const Identifier& name, std::uint32_t column,
                                             const CellMap& possible) const {
    const Domain& domain = bound_.domains[column];
    if (domain.value_cells == 2) return std::vector<std::size_t>{0, 1};
    std::vector<std::size_t> groups;
    const auto found = possible.find(column);
    for (std::size_t cell = 0; cell < domain.value_cells; ++cell) {
      if (found == possible.end() || found->second.has(cell)) groups.push_back(cell);
    }
    if (groups.size() == 2) return groups;
    const std::string function(aggregate_name(item.statistic));
    return fail_at(Code::kInvalidArgument, name.at,
                   function + " needs a column with two categories, and " + name.name + " has " +
                       std::to_string(groups.size()) + (found == possible.end() ? "" : " under this WHERE") +
                       "; WHERE " + name.name + " IN (…, …) can leave two");
  }

  /// The edges of an item without the range's own ends, where bins begin and end anyway: R's breaks name them.
  static std::vector<double> inner_edges(const SelectItem& item, const data::Column& column) {
    std::vector<double> edges = item.edges;
    if (edges.size() > 1 && edges.front() == column.minimum) edges.erase(edges.begin());
    if (edges.size() > 1 && edges.back() == column.maximum) edges.pop_back();
    return edges;
  }

  /// Where bins are cut: a histogram at the edges that it is given, or else at the declared ones; a quantile at both.
  Result<std::vector<double>> edges_of(const SelectItem& item, std::uint32_t column_index) const {
    const data::Column& column = schema_.columns[column_index];
    const Domain& domain = bound_.domains[column_index];
    std::vector<double> edges = inner_edges(item, column);
    std::size_t previous = 0;
    for (const double edge : edges) {
      const std::string text = data::number_text(edge);
      if (edge <= column.minimum || edge >= column.maximum) {
        return fail_at(Code::kInvalidArgument, item.at,
                       "the edge " + text + " is not inside the range of " + column.name + ", " +
                           data::number_text(column.minimum) + " to " + data::number_text(column.maximum));
      }
      const auto cell = cell_at(domain, schema_, {edge, false});
      if (!cell) return fail_at(cell.error().code, item.at, cell.error().message);
      if (*cell == previous || *cell == domain.value_cells) {
        return fail_at(Code::kInvalidArgument, item.at,
                       "no value of " + column.name + " lies between the edge " + text + " and the one beside it");
      }
      previous = *cell;
    }
    if (item.edges.empty()) return column.edges;
    if (item.statistic == Statistic::kQuantile || item.statistic == Statistic::kMedian) {
      // Of two edges between the same two values one is enough.
      for (const double edge : column.edges) {
        const auto cell = cell_at(domain, schema_, {edge, false});
        MC_CHECK(cell.has_value());  // the edge is declared
        const auto is_same = [&](double other) {
          return cell_at(domain, schema_, {other, false}).value_or_stop() == *cell;
        };
        if (!std::any_of(edges.begin(), edges.end(), is_same)) edges.push_back(edge);
      }
      std::sort(edges.begin(), edges.end());
    }
    return edges;
  }

  Result<std::uint32_t> key_index(const SelectItem& item, std::uint32_t column) const {
    const auto found = std::find(bound_.group_columns.begin(), bound_.group_columns.end(), column);
    if (found == bound_.group_columns.end()) {
      return fail_at(Code::kInvalidArgument, item.at,
                     item.arguments.front().name + " must stand in an aggregate such as avg(" +
                         item.arguments.front().name + ") or in GROUP BY");
    }
    return static_cast<std::uint32_t>(found - bound_.group_columns.begin());
  }

  Status check_argument(const SelectItem& item, const Identifier& name, std::uint32_t column) const {
    const std::string function(aggregate_name(item.statistic));
    const bool is_measurement = bound_.domains[column].kind == Domain::Kind::kOrdered;
    const bool is_outcome = is_of_predictor(item.statistic) && &name == &item.arguments[0];
    if (takes_edges(item.statistic) && !is_outcome) {
      if (item.statistic == Statistic::kCalibration && !name.score) {
        return fail_at(Code::kInvalidArgument, name.at,
                       function + " needs a score, as in calibration(death, predicted_risk('model')), and " +
                           name.name + " is a column");
      }
      if (!is_measurement && bound_.domains[column].numbers.empty()) {
        return fail_at(Code::kInvalidArgument, name.at,
                       function + " needs numbers, and the categories of " + name.name +
                           " are texts; count(*) with GROUP BY " + name.name + " counts them");
      }
      if (!is_measurement && !item.edges.empty()) {
        return fail_at(Code::kInvalidArgument, name.at,
                       function + " takes no edges of " + name.name + ", whose categories are counted one by one");
      }
      if (!is_measurement) return {};
      if (name.score && item.edges.empty()) {
        return fail_at(Code::kInvalidArgument, name.at,
                       function + " of a score needs to be told where to cut, as in " + function + "(" +
                           (is_of_predictor(item.statistic) ? "death, " : "") + name.name +
                           ", -2, -1, 0); of predicted_risk it is cut at 5 %, 10 %, 20 %, … 90 %");
      }
      if (item.edges.empty() && bins_of(bound_.domains[column], schema_).cells.size() < 2) {
        return fail_at(Code::kInvalidArgument, name.at,
                       function + " needs declared edges, and the schema declares none for " + name.name);
      }
      return {};
    }
    const bool is_group = item.statistic == Statistic::kTTest && &name == &item.arguments[1];
    if (is_group && is_measurement) return fail_at(Code::kInvalidArgument, name.at, no_groups(item, name));
    if (is_group || is_outcome || item.statistic == Statistic::kChiSquareTest || is_two_by_two(item.statistic)) {
      return needs_categories(function, name, is_measurement);
    }
    if (item.statistic == Statistic::kCountDistinct) return needs_categories("count(DISTINCT)", name, is_measurement);
    if (reads_values(item.statistic) && !schema_.columns[column].is_numeric()) {
      return fail_at(Code::kInvalidArgument, name.at,
                     function + " needs numbers, and " + name.name + " is text; count(" + name.name +
                         ") and GROUP BY work with it");
    }
    return {};
  }

  /// R's t.test of two measurements compares as many persons twice.
  static std::string no_groups(const SelectItem& item, const Identifier& name) {
    const std::string pair = "(" + item.arguments[0].name + ", " + name.name + ")";
    return "ttest compares the groups of a column with categories, and " + name.name +
           " is a measurement; a paired test of two measurements follows from one question, t = (regr_avgy - "
           "regr_avgx) "
           "/ sqrt((regr_syy + regr_sxx - 2 * regr_sxy) / (n * (n - 1))) with n = regr_count, all of them of " +
           pair;
  }

  static Status needs_categories(const std::string& function, const Identifier& name, bool is_measurement) {
    if (!is_measurement) return {};
    return fail_at(Code::kInvalidArgument, name.at,
                   function + " needs a column with categories, and " + name.name + " is a measurement");
  }

  /// Of conditions joined by AND on one column: what they leave of it, and each with what it leaves.
  struct Possible {
    CellSet left;
    std::vector<std::pair<Position, CellSet>> conditions;
  };

  /// Of conditions joined by AND, that each by itself can be true, "1:36: no height is there: …", and those on one
  /// column together.
  Status check_possible(const Predicate& predicate, std::map<std::uint32_t, Possible>& before) const {
    if (predicate.kind == PredicateKind::kAnd) {
      for (const Predicate& child : predicate.children) MC_TRY_STATUS(check_possible(child, before));
      return {};
    }
    if (predicate.kind == PredicateKind::kOr || predicate.kind == PredicateKind::kNot) return {};
    MC_TRY(const std::uint32_t index, sealed_column(predicate.column, schema_));
    MC_TRY(const Truth truth, truth_of(predicate, bound_.domains[index]));
    if (!truth.yes.empty()) return check_together(predicate.column, truth.yes, before[index]);
    const std::string& name = predicate.column.name;
    if (predicate.kind == PredicateKind::kIsNull) {
      return fail_at(Code::kInvalidArgument, predicate.column.at,
                     "this WHERE is never true: the dictionary says that " + name + " is required, so nobody lacks it");
    }
    return fail_at(Code::kInvalidArgument, predicate.column.at,
                   "this WHERE is never true: " + no_value_there(predicate, schema_.columns[index]));
  }

  static Status check_together(const Identifier& column, const CellSet& met, Possible& before) {
    const bool is_first = before.conditions.empty();
    before.left = is_first ? met : before.left & met;
    if (before.left.empty()) {
      std::string others = "those on it before";
      for (const auto& [at, cells] : before.conditions) {
        if (cells.disjoint_from(met)) others = "the one at " + at.text();
      }
      return fail_at(Code::kInvalidArgument, column.at,
                     "this WHERE is never true: no " + column.name + " meets this condition and " + others);
    }
    before.conditions.emplace_back(column.at, met);
    return {};
  }

  /// Why no value of a column meets a condition, from what the dictionary declares of it.
  static std::string no_value_there(const Predicate& predicate, const data::Column& column) {
    const auto* from =
        predicate.kind == PredicateKind::kBetween ? std::get_if<double>(&predicate.literals[0].value) : nullptr;
    const auto* to = from != nullptr ? std::get_if<double>(&predicate.literals[1].value) : nullptr;
    if (to != nullptr && *to < *from) {
      return "BETWEEN takes the smaller number first, BETWEEN " + data::number_text(*to) + " AND " +
             data::number_text(*from);
    }
    if (!column.categories.empty()) return column.name + " is one of " + listed(column.categories);
    std::string text = "the dictionary declares " + column.name + " from " + data::number_text(column.minimum) +
                       " to " + data::number_text(column.maximum);
    const double resolution = column.resolution();
    return resolution > 0 ? text + " in steps of " + data::number_text(resolution) : text;
  }

  /// The condition, or its opposite: NOT travels inwards.
  Result<Condition> condition_of(const Predicate& predicate, bool opposite) const {
    if (predicate.kind == PredicateKind::kNot) return condition_of(predicate.children.front(), !opposite);
    if (predicate.kind == PredicateKind::kAnd || predicate.kind == PredicateKind::kOr) {
      std::vector<Condition> parts;
      for (const Predicate& child : predicate.children) {
        MC_TRY(Condition part, condition_of(child, opposite));
        parts.push_back(std::move(part));
      }
      const bool is_all = (predicate.kind == PredicateKind::kAnd) != opposite;
      return is_all ? Condition::all(std::move(parts), bound_.domains)
                    : Condition::any(std::move(parts), bound_.domains);
    }
    MC_TRY(const std::uint32_t column, sealed_column(predicate.column, schema_));
    const Domain& domain = bound_.domains[column];
    MC_TRY(Truth truth, truth_of(predicate, domain));
    return Condition::of_cells(domain, opposite ? std::move(truth.no) : std::move(truth.yes));
  }

  Result<Truth> truth_of(const Predicate& predicate, const Domain& domain) const {
    if (predicate.kind == PredicateKind::kIsNull) {
      CellSet null(domain.value_cells);
      if (domain.nullable) null.insert_null();
      return Truth{std::move(null), domain.values()};
    }
    MC_TRY(CellSet yes, true_cells(predicate, domain));
    CellSet no = domain.values() - yes;
    return Truth{std::move(yes), std::move(no)};
  }

  Result<CellSet> true_cells(const Predicate& predicate, const Domain& domain) const {
    const std::vector<Literal>& literals = predicate.literals;
    switch (predicate.kind) {
      case PredicateKind::kIn: {
        CellSet result(domain.value_cells);
        for (const Literal& literal : literals) {
          MC_TRY(const CellSet one, compared_cells(Comparison::kEqual, literal, domain, schema_));
          result = result | one;
        }
        return result;
      }
      case PredicateKind::kBetween:
        return cells_between(literals[0], literals[1], domain, schema_);
      case PredicateKind::kCompare:
        return compared_cells(predicate.comparison, literals[0], domain, schema_);
      default:
        return column_cells(predicate, domain);
    }
  }

  Result<CellSet> column_cells(const Predicate& predicate, const Domain& domain) const {
    if (domain.kind != Domain::Kind::kBinary) {
      return fail_at(Code::kInvalidArgument, predicate.at,
                     predicate.column.name + " is not a 0/1 column: compare it with a value");
    }
    CellSet one(domain.value_cells);
    one.insert(1);
    return one;
  }

  const data::Schema& schema_;
  std::string_view dataset_;
  BoundQuery bound_;
};

}  // namespace

Result<BoundQuery> bind(const Query& query, const data::Schema& schema, std::string_view dataset, bool proven) {
  MC_TRY(ScoredQuery scored, with_score_columns(query, schema, proven));
  MC_TRY(BoundQuery bound, Binder(scored.schema, dataset).run(scored));
  for (std::size_t i = 0; i < bound.items.size(); ++i) {
    bound.items[i].edges_as_risks = std::move(scored.edges_as_risks[i]);
  }
  bound.schema = std::move(scored.schema);
  bound.scores = std::move(scored.scores);
  bound.sealed_scores = std::move(scored.sealed);
  return bound;
}

}  // namespace mc::query
