// SPDX-License-Identifier: Apache-2.0
#include "query/plan/computed.hpp"

#include <algorithm>

#include "query/plan/indicator.hpp"

namespace mc::query {
namespace {

class ScoreColumnsPlanner {
 public:
  ScoreColumnsPlanner(const BoundScore& score, const BoundQuery& query)
      : score_(score), query_(query), column_(query.schema.columns[score.column]) {}

  /// The value, when it is wanted, and the indicator.
  std::vector<PlanComputed> run(bool with_value) {
    const FeatureColumn valid = plan_valid();
    if (with_value) plan_value(valid);
    return std::move(columns_);
  }

  FeatureColumn sum() {
    PlanComputed value;
    add_terms(value);
    return value.products.empty() && columns_.empty() ? std::move(value.sum) : FeatureColumn{};
  }

 private:
  std::string handle_of_part(const std::string& part) const {
    const std::string value = data::handle(query_.schema, {data::FeatureKind::kValue, score_.column, 0});
    return value.substr(0, value.rfind('/') + 1) + part;
  }

  FeatureColumn cells_of(std::uint32_t column, const CellSet& cells) const {
    return column_of(query_.domains[column], query_.schema, cells);
  }

  /// Computes a product and says how to read it.
  FeatureColumn multiplied(const std::string& handle, FeatureColumn left, FeatureColumn right) {
    columns_.push_back({handle, {{std::move(left), std::move(right)}}, {}});
    return {{1, handle}};
  }

  /// Two by two, until one is left, or two where their product is taken by whoever asked.
  std::vector<FeatureColumn> multiplied_down(std::vector<FeatureColumn> factors, std::size_t left,
                                             const std::string& part, std::size_t& number) {
    while (factors.size() > left) {
      std::vector<FeatureColumn> next;
      for (std::size_t i = 0; i + 1 < factors.size(); i += 2) {
        next.push_back(multiplied(handle_of_part(part + std::to_string(number++)), std::move(factors[i]),
                                  std::move(factors[i + 1])));
      }
      if (factors.size() % 2 == 1) next.push_back(std::move(factors.back()));
      factors = std::move(next);
    }
    return factors;
  }

  /// Who has a score. Empty: everybody.
  FeatureColumn plan_valid() {
    if (score_.complete.empty()) return {};
    std::vector<FeatureColumn> factors;
    for (const std::uint32_t column : score_.complete) {
      factors.push_back(cells_of(column, query_.domains[column].values()));
    }
    std::size_t number = 0;
    factors = multiplied_down(std::move(factors), 2, "complete/", number);
    const std::string handle = data::handle(query_.schema, {data::FeatureKind::kValid, score_.column, 0});
    if (factors.size() == 2) return multiplied(handle, std::move(factors[0]), std::move(factors[1]));
    columns_.push_back({handle, {}, std::move(factors[0])});
    return {{1, handle}};
  }

  /// u over its reach.
  FeatureColumn number_of(std::uint32_t index) const {
    const data::Column& column = query_.schema.columns[index];
    const ScoreOrigin origin = score_origin(column);
    FeatureColumn result{
        {column.half_width() / origin.reach, data::handle(query_.schema, {data::FeatureKind::kValue, index, 0})}};
    const double shift = (column.centre() - origin.middle) / origin.reach;
    if (shift == 0) return result;
    for (WeightedFeature feature : cells_of(index, query_.domains[index].values())) {
      feature.factor *= shift;
      result.push_back(std::move(feature));
    }
    return result;
  }

  /// (score - constant) over its reach.
  void plan_value(const FeatureColumn& valid) {
    PlanComputed value;
    value.handle = data::handle(query_.schema, {data::FeatureKind::kValue, score_.column, 0});
    const std::string named = value.handle;
    if (!valid.empty()) value.handle = handle_of_part("all");
    add_terms(value);
    const std::string before = value.handle;
    columns_.push_back(std::move(value));
    if (!valid.empty()) multiplied(named, {{1, before}}, valid);
  }

  void add_terms(PlanComputed& value) {
    std::size_t number = 0;
    for (const ScoreTerm& term : score_.terms) {
      double factor = term.coefficient / column_.half_width();
      std::vector<FeatureColumn> factors;
      for (const auto& [index, power] : term.monomial.powers) {
        for (std::uint32_t i = 0; i < power; ++i) {
          factors.push_back(number_of(index));
          factor *= score_origin(query_.schema.columns[index]).reach;
        }
      }
      for (const auto& [index, cells] : term.monomial.cells) factors.push_back(cells_of(index, cells));
      factors = multiplied_down(std::move(factors), 2, "product/", number);
      for (WeightedFeature& feature : factors[0]) feature.factor *= factor;
      if (factors.size() == 2) {
        value.products.push_back({std::move(factors[0]), std::move(factors[1])});
      } else {
        add(factors[0], value.sum);
      }
    }
  }

  static void add(const FeatureColumn& column, FeatureColumn& sum) {
    for (const WeightedFeature& feature : column) {
      const auto same = [&](const WeightedFeature& known) { return known.handle == feature.handle; };
      const auto found = std::ranges::find_if(sum, same);
      if (found != sum.end()) {
        found->factor += feature.factor;
      } else {
        sum.push_back(feature);
      }
    }
  }

  const BoundScore& score_;
  const BoundQuery& query_;
  const data::Column& column_;
  std::vector<PlanComputed> columns_;
};

}  // namespace

std::vector<PlanComputed> computed_of(std::span<const std::string> handles, const BoundQuery& query) {
  std::vector<PlanComputed> columns;
  for (const BoundScore& score : query.scores) {
    const auto wants = [&](data::FeatureKind kind) {
      return std::ranges::find(handles, data::handle(query.schema, {kind, score.column, 0})) != handles.end();
    };
    const bool value = wants(data::FeatureKind::kValue);
    if (!value && !wants(data::FeatureKind::kValid)) continue;
    std::vector<PlanComputed> more = ScoreColumnsPlanner(score, query).run(value);
    columns.insert(columns.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return columns;
}

FeatureColumn sum_of_score(const BoundScore& score, const BoundQuery& query) {
  return ScoreColumnsPlanner(score, query).sum();
}

std::vector<PlanScore> scores_of(const BoundQuery& query) {
  std::vector<PlanScore> scores;
  for (const BoundScore& score : query.scores) {
    scores.push_back({score.name, score.equation, score.step, score.rounding});
  }
  for (const SealedScore& score : query.sealed_scores)
    scores.push_back({score.name, score.equation, 0, score.rounding});
  return scores;
}

}  // namespace mc::query
