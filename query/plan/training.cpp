// SPDX-License-Identifier: Apache-2.0
#include "query/plan/training.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "query/plan/indicator.hpp"

namespace mc::query {
namespace {

static_assert(kIterationsMost == kIterationsMax);

class TrainingPlanner {
 public:
  TrainingPlanner(const BoundItem& item, const BoundQuery& query, const data::Schema& schema)
      : item_(item), model_(*item.model), query_(query), schema_(schema) {}

  Result<PlannedTraining> run() {
    if (is_cox()) {
      out_.plan.response = of_cells(*model_.event, model_.outcome);
      out_.plan.efron = model_.survival.ties == Ties::kEfron;
      set_at_risk();
    } else {
      out_.plan.response = of_cells(model_.response, model_.outcome);
    }
    MC_TRY_STATUS(set_cases());
    MC_TRY_STATUS(set_columns());
    if (model_.weights) out_.plan.weights = value_over(*model_.weights, schema_.columns[*model_.weights].maximum);
    MC_TRY_STATUS(set_offset());
    out_.plan.iterations = model_.maxit;
    if (model_.ridge > 0) set_ridge();
    out_.model.formula = model_.formula;
    out_.model.intercept = model_.intercept && !is_cox();
    for (const DesignColumn& column : model_.design) out_.model.terms.push_back(column.name);
    if (const Status checked = check_logistic_plan(out_.plan); !checked) return fail(checked.error().within(where()));
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool is_cox() const { return item_.statistic == Statistic::kCox; }
  [[nodiscard]] std::string where() const { return item_.at.text() + ": "; }

  FeatureColumn of_cells(std::uint32_t column, const CellSet& cells) const {
    return column_of(query_.domains[column], schema_, cells);
  }
  /// The value itself over `unit`: centre and half width come back, the centre only where there is a value.
  FeatureColumn value_over(std::uint32_t column, double unit) const {
    const data::Column& c = schema_.columns[column];
    FeatureColumn result = of_cells(column, query_.domains[column].values());
    for (WeightedFeature& feature : result) feature.factor *= c.centre() / unit;
    std::erase_if(result, [](const WeightedFeature& feature) { return feature.factor == 0; });
    const std::string handle = data::handle(schema_, {data::FeatureKind::kValue, column, 0});
    const auto same = [&](const WeightedFeature& feature) { return feature.handle == handle; };
    const auto found = std::ranges::find_if(result, same);
    if (found != result.end()) {
      found->factor += c.half_width() / unit;
    } else {
      result.push_back({c.half_width() / unit, handle});
    }
    return result;
  }
  [[nodiscard]] double largest(std::uint32_t column) const {
    const data::Column& c = schema_.columns[column];
    return std::max({std::fabs(c.minimum), std::fabs(c.maximum), 1e-300});
  }
  [[nodiscard]] bool is_indicator(std::uint32_t column) const {
    return query_.domains[column].kind == Domain::Kind::kBinary;
  }
  FeatureColumn ones_of(std::uint32_t column) const {
    CellSet one(query_.domains[column].value_cells);
    one.insert(1);
    return of_cells(column, one);
  }

  /// Per declared time, who is followed beyond the one before.
  void set_at_risk() {
    const Domain& time = query_.domains[model_.response];
    const data::Column& column = schema_.columns[model_.response];
    out_.plan.beyond = column.times.back() < column.maximum;
    for (std::size_t k = 0; k < column.times.size() + (out_.plan.beyond ? 1 : 0); ++k) {
      CellSet later = time.values();
      if (k > 0) {
        const auto first = cell_at(time, schema_, {column.times[k - 1], true});
        MC_CHECK(first.has_value());  // the time is declared
        later = CellSet(time.value_cells);
        for (std::size_t cell = *first; cell < time.value_cells; ++cell) later.insert(cell);
      }
      FeatureColumn at_risk = of_cells(model_.response, later);
      if (at_risk.empty()) at_risk = {{1, "present"}};  // everybody, where the time is never missing
      out_.plan.at_risk.push_back(std::move(at_risk));
    }
  }

  /// WHERE must be one set of cells per column; it may be met by nobody, which only the data can say.
  Status set_cases() {
    const auto conjunction = conjunction_of({query_.where}, query_.domains);
    if (!conjunction) {
      return fail(Code::kInvalidArgument,
                  "this WHERE is never true: its conditions contradict each other, or the ranges, "
                  "categories and complete columns that the dictionary declares");
    }
    for (const Condition& alternative : conjunction->alternatives) MC_TRY_STATUS(add_unless(alternative));
    for (const auto& [column, cells] : conjunction->cells) out_.plan.where.push_back(of_cells(column, cells));
    for (const std::uint32_t column : model_.complete) {
      out_.plan.complete.push_back(of_cells(column, query_.domains[column].values()));
    }
    return {};
  }

  /// (a AND b) OR c is (a OR c) AND (b OR c), and each of those is not (neither a nor c).
  Status add_unless(const Condition& alternative) {
    std::vector<CellMap> clauses(1);  // each: its columns in one of their sets
    for (const Condition& part : alternative.parts) {
      const std::span<const Condition> literals =
          part.kind == Condition::Kind::kAll ? std::span<const Condition>(part.parts) : std::span(&part, 1);
      std::vector<CellMap> next;
      for (const CellMap& clause : clauses) {
        for (const Condition& literal : literals) {
          if (literal.kind != Condition::Kind::kCells) return too_many_alternatives();
          CellMap longer = clause;
          const auto [entry, fresh] = longer.try_emplace(literal.column, literal.cells);
          if (!fresh) entry->second = entry->second | literal.cells;
          if (longer.size() > kTrainingFactorsMax) return too_many_alternatives();
          next.push_back(std::move(longer));
        }
      }
      if (next.size() > kUnlessMax) return too_many_alternatives();
      clauses = std::move(next);
    }
    for (const CellMap& clause : clauses) {
      TrainingColumn neither;
      for (const auto& [column, cells] : clause) neither.push_back(others_of(of_cells(column, cells)));
      out_.plan.unless.push_back(std::move(neither));
    }
    return {};
  }
  Status too_many_alternatives() const {
    return fail(Code::kUnsupported, where() + "this WHERE has too many alternatives: of a model up to " +
                                        std::to_string(kUnlessMax) +
                                        " conditions joined by AND may each be an OR over " +
                                        std::to_string(kTrainingFactorsMax) + " columns");
  }

  Status set_columns() {
    const ModelBasis basis = basis_of(model_, schema_, query_.domains);
    std::vector<std::uint32_t> used;  // monomials of the columns; the response's own is not among them
    for (const Expansion& column : basis.columns) {
      for (const BasisTerm& term : column) {
        if (std::ranges::find(used, term.index) == used.end()) used.push_back(term.index);
      }
    }
    std::ranges::sort(used);
    if (is_cox()) {
      // A constant changes no hazard ratio: the hazard takes it up.
      std::erase(used, 0U);
      out_.plan.intercept = true;
      return used.size() == model_.design.size() ? set_monomials(basis, used) : set_raw_columns();
    }
    out_.plan.intercept = model_.intercept;
    const bool spans_alike = used.size() == model_.design.size() && model_.intercept && !used.empty() && used[0] == 0;
    // A penalty is on the coefficients of the columns themselves.
    if (model_.ridge > 0) return set_raw_columns();
    return spans_alike ? set_monomials(basis, used) : set_raw_columns();
  }

  Status set_monomials(const ModelBasis& basis, const std::vector<std::uint32_t>& used) {
    for (const std::uint32_t index : used) {
      if (index == 0) continue;
      TrainingColumn column;
      for (const auto& [which, power] : basis.monomials[index].powers) {
        const FeatureColumn value{{1, data::handle(schema_, {data::FeatureKind::kValue, which, 0})}};
        column.insert(column.end(), power, value);
      }
      for (const auto& [which, cells] : basis.monomials[index].cells) column.push_back(of_cells(which, cells));
      MC_TRY_STATUS(check_factors(column));
      out_.plan.columns.push_back(std::move(column));
    }
    for (const Expansion& column : basis.columns) {
      Expansion expansion;
      for (const BasisTerm& term : column) {
        if (is_cox() && term.index == 0) continue;
        const auto place = static_cast<std::uint32_t>(std::ranges::find(used, term.index) - used.begin());
        expansion.push_back({place, term.coefficient});
      }
      out_.model.columns.push_back(std::move(expansion));
    }
    out_.model.basis = static_cast<std::uint32_t>(used.size());
    return {};
  }

  Status set_raw_columns() {
    for (std::uint32_t j = 0; j < model_.design.size(); ++j) {
      double unit = 1;
      TrainingColumn column;
      for (const DesignFactor& factor : model_.design[j].factors) {
        if (factor.cells) {
          column.push_back(of_cells(factor.column, *factor.cells));
        } else if (is_indicator(factor.column)) {
          column.push_back(ones_of(factor.column));
        } else {
          for (std::uint32_t i = 0; i < factor.power; ++i) {
            column.push_back(value_over(factor.column, largest(factor.column)));
            unit *= largest(factor.column);
          }
        }
      }
      out_.model.columns.push_back({{j, unit}});
      if (column.empty()) continue;  // the intercept
      MC_TRY_STATUS(check_factors(column));
      out_.plan.columns.push_back(std::move(column));
    }
    out_.model.basis = static_cast<std::uint32_t>(model_.design.size());
    return {};
  }

  /// REQUIRES set_raw_columns. A slope is the trained coefficient over its column's unit, and weights are trained over
  /// the largest.
  void set_ridge() {
    const double weight_unit = model_.weights ? schema_.columns[*model_.weights].maximum : 1;
    for (std::size_t j = 0; j < out_.model.columns.size(); ++j) {
      const double unit = out_.model.columns[j].front().coefficient;
      const bool is_intercept = model_.intercept && j == 0;
      out_.plan.ridge.push_back(is_intercept ? 0 : model_.ridge / (unit * unit * weight_unit));
    }
    out_.model.ridge = model_.ridge;
  }

  Status check_factors(const TrainingColumn& column) const {
    if (column.size() <= kTrainingFactorsMax) return {};
    return fail(Code::kUnsupported, where() + "a column of the model is a product of " + std::to_string(column.size()) +
                                        " values, at most " + std::to_string(kTrainingFactorsMax) + " are possible");
  }

  Status set_offset() {
    if (model_.offsets.empty()) return {};
    double unit = 0;
    for (const std::uint32_t column : model_.offsets) unit += largest(column);
    if (unit > kOffsetMax) {
      return fail(Code::kUnsupported, where() + "the offset may reach " + data::number_text(unit) +
                                          " by the ranges that the dictionary declares, and log odds are computed of "
                                          "offsets up to " +
                                          data::number_text(kOffsetMax) +
                                          ": declare the range that the values have, or seal them less their middle");
    }
    for (const std::uint32_t column : model_.offsets) {
      for (const WeightedFeature& feature : value_over(column, unit)) {
        const auto same = [&](const WeightedFeature& known) { return known.handle == feature.handle; };
        const auto found = std::ranges::find_if(out_.plan.offset, same);
        if (found != out_.plan.offset.end()) {
          found->factor += feature.factor;
        } else {
          out_.plan.offset.push_back(feature);
        }
      }
    }
    out_.plan.offset_unit = unit;
    return {};
  }

  const BoundItem& item_;
  const BoundModel& model_;
  const BoundQuery& query_;
  const data::Schema& schema_;
  PlannedTraining out_;
};

}  // namespace

Result<PlannedTraining> plan_training(const BoundItem& item, const BoundQuery& query, const data::Schema& schema) {
  return TrainingPlanner(item, query, schema).run();
}

}  // namespace mc::query
