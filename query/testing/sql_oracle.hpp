// SPDX-License-Identifier: Apache-2.0
// For tests: SQL over rows in the clear, written from the SQL standard's words and sharing nothing with the planner but
// the parser. Three-valued logic row by row, aggregates by two passes.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "query/parse/parser.hpp"
#include "query/release/distribution.hpp"
#include "query/release/finish.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query::testing {

/// TRUE, FALSE, or nothing: UNKNOWN.
using Truth3 = std::optional<bool>;

class SqlOracle {
 public:
  explicit SqlOracle(data::Schema schema) : schema_(std::move(schema)) {}

  ResultTable answer(const std::string& sql, const std::vector<Patient>& patients) const {
    const Query query = parse(sql).value_or_stop();
    std::map<std::vector<Cell>, std::vector<const Patient*>> groups;
    if (query.group_by.empty()) groups[{}];
    ResultTable table;
    for (const Patient& patient : patients) {
      if (query.where && evaluate(*query.where, patient) != Truth3(true)) continue;
      std::vector<Cell> key;
      for (const Identifier& name : query.group_by) key.push_back(cell(name, patient));
      groups[key].push_back(&patient);
      ++table.n;
    }
    for (const auto& [key, members] : groups) {
      std::vector<Value> row;
      for (const SelectItem& item : query.items) {
        for (Value& value : evaluate_item(item, members, query, key)) row.push_back(std::move(value));
      }
      table.rows.push_back(std::move(row));
      table.groups.emplace_back();
      for (const Cell& one : key) table.groups.back().push_back(as_value(one));
    }
    return table;
  }

 private:
  const Cell& cell(const Identifier& name, const Patient& patient) const {
    return patient[static_cast<std::size_t>(schema_.find(name.name) - schema_.columns.data())];
  }

  static Value as_value(const Cell& cell) {
    if (const auto* number = std::get_if<double>(&cell)) return static_cast<std::int64_t>(*number);
    if (const auto* words = std::get_if<std::string>(&cell)) return *words;
    return std::monostate{};
  }

  static Truth3 negated(Truth3 truth) { return truth ? Truth3(!*truth) : truth; }

  static Truth3 compared(const Cell& cell, Comparison comparison, const Literal& literal) {
    if (std::holds_alternative<std::monostate>(cell)) return std::nullopt;
    const int order = literal.is_number()
                          ? (std::get<double>(cell) > literal.number()) - (std::get<double>(cell) < literal.number())
                          : std::get<std::string>(cell).compare(literal.text());
    switch (comparison) {
      case Comparison::kEqual:
        return order == 0;
      case Comparison::kNotEqual:
        return order != 0;
      case Comparison::kLess:
        return order < 0;
      case Comparison::kLessOrEqual:
        return order <= 0;
      case Comparison::kGreater:
        return order > 0;
      case Comparison::kGreaterOrEqual:
        return order >= 0;
    }
    return std::nullopt;
  }

  Truth3 evaluate(const Predicate& predicate, const Patient& patient) const {
    switch (predicate.kind) {
      case PredicateKind::kNot:
        return negated(evaluate(predicate.children[0], patient));
      case PredicateKind::kAnd:
      case PredicateKind::kOr: {
        const bool decides = predicate.kind == PredicateKind::kOr;
        Truth3 result = !decides;
        for (const Predicate& child : predicate.children) {
          const Truth3 truth = evaluate(child, patient);
          if (truth == Truth3(decides)) return decides;
          if (!truth) result = std::nullopt;
        }
        return result;
      }
      case PredicateKind::kIsNull:
        return std::holds_alternative<std::monostate>(cell(predicate.column, patient));
      case PredicateKind::kColumn: {
        const Cell& value = cell(predicate.column, patient);
        if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
        return std::get<double>(value) != 0;
      }
      case PredicateKind::kCompare:
        return compared(cell(predicate.column, patient), predicate.comparison, predicate.literals[0]);
      case PredicateKind::kBetween: {
        const Cell& value = cell(predicate.column, patient);
        const Truth3 from = compared(value, Comparison::kGreaterOrEqual, predicate.literals[0]);
        const Truth3 to = compared(value, Comparison::kLessOrEqual, predicate.literals[1]);
        return from && to ? Truth3(*from && *to) : std::nullopt;
      }
      case PredicateKind::kInSealed:
      case PredicateKind::kCompareSealed:
      case PredicateKind::kBetweenSealed:
        break;  // nobody but its researcher knows what it holds
      case PredicateKind::kIn: {
        const Cell& value = cell(predicate.column, patient);
        if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
        for (const Literal& literal : predicate.literals) {
          if (compared(value, Comparison::kEqual, literal) == Truth3(true)) return true;
        }
        return false;
      }
    }
    return std::nullopt;
  }

  static double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }

  static double cross(const std::vector<double>& x, const std::vector<double>& y) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean(x)) * (y[i] - mean(y));
    return sum;
  }

  /// All columns that the item fills.
  std::vector<Value> evaluate_item(const SelectItem& item, const std::vector<const Patient*>& members,
                                   const Query& query, const std::vector<Cell>& key) const {
    switch (item.statistic) {
      case Statistic::kCountDistinct: {
        std::set<Cell> seen;
        for (const Patient* patient : members) seen.insert(cell(item.arguments[0], *patient));
        seen.erase(Cell{});
        return {static_cast<std::int64_t>(seen.size())};
      }
      case Statistic::kHistogram: {
        std::vector<Value> counts;
        for (const std::vector<double>& bin : bins(item, members))
          counts.emplace_back(static_cast<std::int64_t>(bin.size()));
        return counts;
      }
      case Statistic::kQuantile:
      case Statistic::kMedian:
        return quantile(item, members);
      case Statistic::kChiSquareTest:
        return chi_square(item, members);
      case Statistic::kOddsRatio:
        return odds(item, members);
      case Statistic::kRiskDifference:
      case Statistic::kRiskRatio:
        return risk(item, members);
      case Statistic::kTTest:
        return t_test(item, members);
      default:
        return {evaluate(item, members, query, key)};
    }
  }

  /// The column's categories in the schema's order.
  std::vector<Cell> levels(const Identifier& name) const {
    const data::Column& column = *schema_.find(name.name);
    std::vector<Cell> result;
    for (const std::string& category : column.categories) {
      column.is_numeric() ? result.emplace_back(std::stod(category)) : result.emplace_back(category);
    }
    return result;
  }

  std::vector<std::vector<double>> table_of(const SelectItem& item, const std::vector<const Patient*>& members) const {
    std::vector<std::vector<double>> table;
    for (const Cell& a : levels(item.arguments[0])) {
      table.emplace_back();
      for (const Cell& b : levels(item.arguments[1])) {
        table.back().push_back(static_cast<double>(std::count_if(members.begin(), members.end(), [&](const Patient* p) {
          return cell(item.arguments[0], *p) == a && cell(item.arguments[1], *p) == b;
        })));
      }
    }
    return table;
  }

  std::vector<Value> risk(const SelectItem& item, const std::vector<const Patient*>& members) const {
    const auto table = table_of(item, members);
    const double n[] = {table[0][0] + table[1][0], table[0][1] + table[1][1]};
    const double events[] = {table[1][0], table[1][1]};
    std::vector<Value> answer(5);
    for (std::size_t arm : {0, 1}) {
      if (n[arm] > 0) answer[3 + arm] = events[arm] / n[arm];
    }
    if (n[0] == 0 || n[1] == 0) return answer;
    const double risks[] = {events[0] / n[0], events[1] / n[1]};
    const double z = 1.959963984540054;
    if (item.statistic == Statistic::kRiskDifference) {
      const double reach = z * std::sqrt(risks[0] * (1 - risks[0]) / n[0] + risks[1] * (1 - risks[1]) / n[1]);
      answer[0] = risks[1] - risks[0];
      answer[1] = risks[1] - risks[0] - reach;
      answer[2] = risks[1] - risks[0] + reach;
      return answer;
    }
    if (events[0] == 0) return answer;
    answer[0] = risks[1] / risks[0];
    if (events[1] == 0) return answer;
    const double reach = z * std::sqrt(1 / events[0] - 1 / n[0] + 1 / events[1] - 1 / n[1]);
    answer[1] = risks[1] / risks[0] * std::exp(-reach);
    answer[2] = risks[1] / risks[0] * std::exp(reach);
    return answer;
  }

  std::vector<Value> chi_square(const SelectItem& item, const std::vector<const Patient*>& members) const {
    const auto table = table_of(item, members);
    std::vector<double> rows(table.size(), 0), columns(table[0].size(), 0);
    double total = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t j = 0; j < columns.size(); ++j) {
        rows[i] += table[i][j];
        columns[j] += table[i][j];
        total += table[i][j];
      }
    }
    std::vector<Value> answer(3);
    double least = 0.5, statistic = 0;
    const auto used = [](const std::vector<double>& sums) {
      return static_cast<double>(std::count_if(sums.begin(), sums.end(), [](double sum) { return sum > 0; }));
    };
    const double df = (used(rows) - 1) * (used(columns) - 1);
    for (const bool last : {false, true}) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < columns.size(); ++j) {
          const double expected = rows[i] * columns[j] / total;
          if (last) answer.push_back(total > 0 ? Value(expected) : Value());
          if (!(expected > 0)) continue;
          const double distance = std::abs(table[i][j] - expected);
          if (!last) least = std::min(least, distance);
          if (!last) continue;
          const bool corrected = used(rows) == 2 && used(columns) == 2 && !item.option;
          statistic += std::pow(distance - (corrected ? least : 0), 2) / expected;
        }
      }
    }
    if (used(rows) < 2 || used(columns) < 2) return answer;
    answer[0] = statistic;
    answer[1] = df;
    answer[2] = chi_square_tail(statistic, df);
    return answer;
  }

  std::vector<Value> odds(const SelectItem& item, const std::vector<const Patient*>& members) const {
    const auto n = table_of(item, members);
    std::vector<Value> answer(3);
    if (n[0][1] * n[1][0] == 0) return answer;
    const double ratio = n[0][0] * n[1][1] / (n[0][1] * n[1][0]);
    answer[0] = ratio;
    if (ratio == 0) return answer;
    const double reach = 1.959963984540054 * std::sqrt(1 / n[0][0] + 1 / n[0][1] + 1 / n[1][0] + 1 / n[1][1]);
    answer[1] = ratio / std::exp(reach);
    answer[2] = ratio * std::exp(reach);
    return answer;
  }

  std::vector<Value> t_test(const SelectItem& item, const std::vector<const Patient*>& members) const {
    std::vector<Value> answer(7);
    std::vector<std::vector<double>> groups;
    for (const Cell& level : levels(item.arguments[1])) {
      groups.emplace_back();
      for (const Patient* patient : members) {
        const auto* value = std::get_if<double>(&cell(item.arguments[0], *patient));
        if (value != nullptr && cell(item.arguments[1], *patient) == level) groups.back().push_back(*value);
      }
      if (!groups.back().empty()) answer[4 + groups.size()] = mean(groups.back());
    }
    const double n1 = static_cast<double>(groups[0].size()), n2 = static_cast<double>(groups[1].size());
    const double s1 = cross(groups[0], groups[0]), s2 = cross(groups[1], groups[1]);
    const bool pooled = item.option.has_value();
    if (pooled ? n1 < 1 || n2 < 1 || n1 + n2 < 3 : n1 < 2 || n2 < 2) return answer;
    if (s1 + s2 < 1e-9) return answer;
    const double e1 = pooled ? 0 : s1 / (n1 - 1) / n1, e2 = pooled ? 0 : s2 / (n2 - 1) / n2;
    const double df = pooled ? n1 + n2 - 2 : (e1 + e2) * (e1 + e2) / (e1 * e1 / (n1 - 1) + e2 * e2 / (n2 - 1));
    const double error = std::sqrt(pooled ? (s1 + s2) / df * (1 / n1 + 1 / n2) : e1 + e2);
    const double difference = mean(groups[0]) - mean(groups[1]);
    answer[0] = difference / error;
    answer[1] = df;
    answer[2] = student_two_tails(difference / error, df);
    answer[3] = difference - student_quantile(0.975, df) * error;
    answer[4] = difference + student_quantile(0.975, df) * error;
    return answer;
  }

  /// The column's range cut at its edges, or at those of the item: a histogram at them only. Of categories each, and
  /// something above the last.
  std::vector<double> breaks(const SelectItem& item) const {
    const data::Column& column = *schema_.find(item.arguments[0].name);
    if (!column.categories.empty()) {
      std::vector<double> categories;
      for (const std::string& category : column.categories) categories.push_back(std::stod(category));
      categories.push_back(categories.back() + 1);
      return categories;
    }
    std::set<double> result(item.edges.begin(), item.edges.end());
    if (item.edges.empty() || item.statistic != Statistic::kHistogram) {
      result.insert(column.edges.begin(), column.edges.end());
    }
    result.insert(column.minimum);
    result.insert(column.maximum);
    return {result.begin(), result.end()};
  }

  /// The values of each bin.
  std::vector<std::vector<double>> bins(const SelectItem& item, const std::vector<const Patient*>& members) const {
    const std::vector<double> at = breaks(item);
    std::vector<std::vector<double>> result(at.size() - 1);
    for (const Patient* patient : members) {
      const auto* value = std::get_if<double>(&cell(item.arguments[0], *patient));
      if (value == nullptr) continue;
      std::size_t bin = 0;
      while (bin + 2 < at.size() && *value >= at[bin + 1]) ++bin;
      result[bin].push_back(*value);
    }
    return result;
  }

  /// A category, or of integers from one edge up to the next.
  bool holds_one_number(const SelectItem& item, double from, double to) const {
    const data::Column& column = *schema_.find(item.arguments[0].name);
    return !column.categories.empty() ||
           (column.type == data::ColumnType::kInteger && to - from == 1 && to < column.maximum);
  }

  /// Type 7 of the persons moved to the middles of equal parts of their bins.
  std::vector<Value> quantile(const SelectItem& item, const std::vector<const Patient*>& members) const {
    const std::vector<double> at = breaks(item);
    const auto in_bins = bins(item, members);
    std::vector<std::pair<long double, std::size_t>> moved;
    for (std::size_t bin = 0; bin < in_bins.size(); ++bin) {
      const auto m = static_cast<long double>(in_bins[bin].size());
      for (std::size_t i = 0; i < in_bins[bin].size(); ++i) {
        if (holds_one_number(item, at[bin], at[bin + 1])) {
          moved.emplace_back(at[bin], bin);
          continue;
        }
        moved.emplace_back(at[bin] + (at[bin + 1] - at[bin]) * (2 * static_cast<long double>(i) + 1) / (2 * m), bin);
      }
    }
    if (moved.empty()) return {Value{}, Value{}};
    const double p = item.option ? item.option->number() : 0.5;
    const double h = static_cast<double>(moved.size() - 1) * p;
    const auto below = static_cast<std::size_t>(h);
    const std::size_t above = h > static_cast<double>(below) ? below + 1 : below;
    const long double fraction = h - static_cast<double>(below);
    const long double value = (1 - fraction) * moved[below].first + fraction * moved[above].first;
    const std::size_t last = moved[above].second;
    const auto is_one = [&](std::size_t bin) { return holds_one_number(item, at[bin], at[bin + 1]); };
    const std::size_t first = moved[below].second;
    if (is_one(first) && is_one(last)) return {static_cast<double>(value), 0.0};
    return {static_cast<double>(value), (is_one(last) ? at[last] : at[last + 1]) - at[first]};
  }

  Value evaluate(const SelectItem& item, const std::vector<const Patient*>& members, const Query& query,
                 const std::vector<Cell>& key) const {
    if (item.statistic == Statistic::kKey) {
      for (std::size_t i = 0; i < query.group_by.size(); ++i) {
        if (query.group_by[i].name == item.arguments[0].name) return as_value(key[i]);
      }
    }
    if (item.statistic == Statistic::kCountRows) return static_cast<std::int64_t>(members.size());
    std::vector<double> x, y;
    std::int64_t count = 0;
    for (const Patient* patient : members) {
      bool complete = true;
      for (const Identifier& name : item.arguments) {
        complete = complete && !std::holds_alternative<std::monostate>(cell(name, *patient));
      }
      if (!complete) continue;
      ++count;
      if (item.statistic == Statistic::kCount) continue;
      x.push_back(std::get<double>(cell(item.arguments[0], *patient)));
      y.push_back(std::get<double>(cell(item.arguments.back(), *patient)));
    }
    const double n = static_cast<double>(count);
    switch (item.statistic) {
      case Statistic::kCount:
        return count;
      case Statistic::kSum:
        return count == 0 ? Value{} : Value{mean(x) * n};
      case Statistic::kAverage:
        return count == 0 ? Value{} : Value{mean(x)};
      case Statistic::kVariance:
        return count < 2 ? Value{} : Value{cross(x, x) / (n - 1)};
      case Statistic::kDeviation:
        return count < 2 ? Value{} : Value{std::sqrt(cross(x, x) / (n - 1))};
      case Statistic::kCovariance:
        return count < 2 ? Value{} : Value{cross(x, y) / (n - 1)};
      case Statistic::kCorrelation: {
        const double product = cross(x, x) * cross(y, y);
        return count < 2 || product <= 1e-18 ? Value{} : Value{cross(x, y) / std::sqrt(product)};
      }
      case Statistic::kRegrCount:
        return count;
      default:
        return count == 0 ? Value{} : line(item.statistic, y, x, n);  // SQL writes y first
    }
  }

  /// The population's statistics and SQL's regr_ family, from at least one pair. One column stands for both.
  static Value line(Statistic statistic, const std::vector<double>& x, const std::vector<double>& y, double n) {
    const double sxx = cross(x, x), syy = cross(y, y), sxy = cross(x, y);
    switch (statistic) {
      case Statistic::kVariancePop:
        return sxx / n;
      case Statistic::kDeviationPop:
        return std::sqrt(sxx / n);
      case Statistic::kCovariancePop:
        return sxy / n;
      case Statistic::kRegrAvgX:
        return mean(x);
      case Statistic::kRegrAvgY:
        return mean(y);
      case Statistic::kRegrSxx:
        return sxx;
      case Statistic::kRegrSyy:
        return syy;
      case Statistic::kRegrSxy:
        return sxy;
      default:
        break;
    }
    if (sxx <= 1e-9) return {};
    if (statistic == Statistic::kRegrSlope) return sxy / sxx;
    if (statistic == Statistic::kRegrIntercept) return mean(y) - sxy / sxx * mean(x);
    return syy <= 1e-9 ? 1.0 : sxy * sxy / (sxx * syy);
  }

  data::Schema schema_;
};

/// Random queries over clinic_schema(); some are refused for their depth. Without `tables`, of SQL's own aggregates.
class QueryWriter {
 public:
  explicit QueryWriter(std::uint64_t seed, bool tables = true) : random_(seed), tables_(tables) {}

  std::string query(int condition_depth = 2) {
    std::string keys, items;
    if (below(3) == 0) keys = pick({"sex", "smoker", "nyha", "diabetes", "sex, diabetes"});
    if (tables_ && keys == "nyha" && below(2) == 0) keys = "smoker, sex";
    const std::size_t count = 1 + below(3);
    for (std::size_t i = 0; i < count; ++i) items += (i == 0 ? "" : ", ") + item();
    std::string sql = "SELECT " + (keys.empty() ? "" : keys + ", ") + items + " FROM clinic";
    if (below(5) != 0) sql += " WHERE " + condition(condition_depth);
    return keys.empty() ? sql : sql + " GROUP BY " + keys;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::string pick(const std::vector<std::string>& choices) { return choices[below(choices.size())]; }
  std::string number() { return pick({"age", "bmi", "nyha", "diabetes", "death", "\"Blood pressure\""}); }

  std::string item() {
    switch (below(tables_ ? 12 : 6)) {
      case 6:
        return pick({"histogram", "median"}) + "(" + pick({"age", "bmi", "nyha"}) + ")";
      case 7:
        return pick({"quantile(age, 0.25)", "quantile(bmi, 0.9)", "quantile(age, 1)", "quantile(nyha, 0.8)",
                     "count(DISTINCT smoker)", "count(DISTINCT diabetes)", "count(DISTINCT nyha)"});
      case 8:
        return pick({"ttest(age, sex)", "ttest(bmi, death, 'pooled')", "ttest(nyha, diabetes)", "ttest(death, sex)"});
      case 9:
        return pick({"chisq_test(sex, smoker)", "chisq_test(sex, death)", "chisq_test(nyha, diabetes, 'uncorrected')",
                     "odds_ratio(diabetes, death)", "odds_ratio(sex, death)", "chisq_test(sex, death, 'uncorrected')",
                     "risk_difference(death, sex)", "risk_ratio(diabetes, sex)", "risk_ratio(death, diabetes)"});
      case 10:
        return pick({"var_pop", "stddev_pop"}) + "(" + number() + ")";
      case 11:
        return pick({"covar_pop", "regr_slope", "regr_intercept", "regr_r2", "regr_count", "regr_avgx", "regr_avgy",
                     "regr_sxx", "regr_syy", "regr_sxy"}) +
               "(" + number() + ", " + number() + ")";
      case 0:
        return "count(*)";
      case 1:
        return "count(" + pick({"age", "bmi", "smoker", "diabetes", "sex"}) + ")";
      case 2:
        return pick({"sum", "avg"}) + "(" + number() + ")";
      case 3:
        return pick({"var_samp", "stddev_samp"}) + "(" + number() + ")";
      default:
        return pick({"covar_samp", "corr"}) + "(" + number() + ", " + number() + ")";
    }
  }

  std::string condition(int depth) {
    if (depth > 0 && below(2) == 0) {
      const std::string word = pick({" AND ", " OR "});
      return (below(4) == 0 ? "NOT (" : "(") + condition(depth - 1) + word + condition(depth - 1) + ")";
    }
    const std::string comparison = pick({"=", "<>", "<", "<=", ">", ">="});
    switch (below(10)) {
      case 0:
        return "age " + comparison + " " + pick({"60", "-5", "500"});
      case 1:
        return "age " + pick({"<", ">=", "<=", ">"}) + " " + pick({"40", "60", "61", "80"});
      case 2:
        return "bmi " + pick({"<", ">=", "<=", ">", "="}) + " " + pick({"18.5", "25", "30"});
      case 3:
        return "bmi " + pick({"", "NOT "}) + "BETWEEN " + pick({"18.5", "25"}) + " AND " + pick({"25", "30"});
      case 4:
        return "sex " + pick({"=", "<>"}) + " " + pick({"'F'", "'M'"});
      case 5:
        return "smoker " + pick({"", "NOT "}) + "IN (" + pick({"'never', 'former'", "'current'", "'never'"}) + ")";
      case 6:
        return "nyha " + comparison + " " + pick({"1", "2", "3"});
      case 7:
        return pick({"", "NOT "}) + pick({"diabetes", "death"});
      case 8:
        return pick({"bmi", "smoker", "nyha", "diabetes", "age"}) + " IS " + pick({"", "NOT "}) + "NULL";
      default:
        return "death = " + pick({"0", "1"});
    }
  }

  std::mt19937_64 random_;
  bool tables_;
};

/// Empty when the tables agree; counts exactly, numbers within `tolerance` of the larger of 1 and their size.
inline std::string table_difference(const ResultTable& ours, const ResultTable& theirs, double tolerance) {
  if (ours.n != theirs.n) return "n " + std::to_string(ours.n) + " instead of " + std::to_string(theirs.n);
  // In a table of several GROUP BY columns we print cells with nobody in them; SQL does not.
  std::size_t extra = 0;
  for (const std::vector<Value>& group : ours.groups) {
    const bool known = std::find(theirs.groups.begin(), theirs.groups.end(), group) != theirs.groups.end();
    if (!known && ours.group_columns.size() > 1) ++extra;
  }
  if (ours.rows.size() != theirs.rows.size() + extra) {
    return std::to_string(ours.rows.size()) + " rows instead of " + std::to_string(theirs.rows.size() + extra);
  }
  for (std::size_t r = 0; r < theirs.rows.size(); ++r) {
    std::size_t match = 0;
    while (match < ours.groups.size() && ours.groups[match] != theirs.groups[r]) ++match;
    if (match == ours.groups.size()) return "group " + std::to_string(r) + " is missing";
    for (std::size_t c = 0; c < theirs.rows[r].size(); ++c) {
      const Value& a = ours.rows[match][c];
      const Value& b = theirs.rows[r][c];
      const std::string place = "row " + std::to_string(r) + " column " + std::to_string(c);
      const auto number = [](const Value& v) -> std::optional<double> {
        if (const auto* real = std::get_if<double>(&v)) return *real;
        if (const auto* integer = std::get_if<std::int64_t>(&v)) return static_cast<double>(*integer);
        return std::nullopt;
      };
      if (number(a).has_value() != number(b).has_value()) return place + ": NULL against a number";
      if (!number(a)) {
        if (a != b) return place + ": another key";
        continue;
      }
      const double error = std::abs(*number(a) - *number(b));
      if (!(error <= tolerance * std::max(1.0, std::abs(*number(b))))) {
        return place + ": " + std::to_string(*number(a)) + " instead of " + std::to_string(*number(b));
      }
    }
  }
  return {};
}

}  // namespace mc::query::testing
