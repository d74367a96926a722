// SPDX-License-Identifier: Apache-2.0
#include "query/plan/planner.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "query/bind/bound_query.hpp"
#include "query/bind/named_cells.hpp"
#include "query/bind/strata.hpp"
#include "query/plan/comparison.hpp"
#include "query/plan/computed.hpp"
#include "query/plan/counted_models.hpp"
#include "query/plan/deep_products.hpp"
#include "query/plan/factors.hpp"
#include "query/plan/graph.hpp"
#include "query/plan/indicator.hpp"
#include "query/plan/item_names.hpp"
#include "query/plan/sealed_terms.hpp"
#include "query/plan/sums_needed.hpp"
#include "query/plan/training.hpp"

namespace mc::query {
namespace {

/// A deepest product, for the refusal.
struct Deepest {
  std::uint32_t depth = 0;
  std::size_t factor_count = 0;
  std::string name;
  std::string advice;
};

class Planner {
 public:
  Planner(const BoundQuery& query, const LimbBudget& budget) : schema_(query.schema), query_(query), budget_(budget) {}

  Status run(Plan& plan) {
    for (const BoundItem& item : query_.items) {
      if (item.model && item.model->trained) return plan_trained(item, plan);
    }
    for (const BoundItem& item : query_.items) {
      MC_TRY_STATUS(check_strata(item));
      MC_TRY_STATUS(check_model(item));
      plan.items.push_back(plan_item_of(item));
    }
    for (const std::uint32_t column : query_.group_columns) plan.group_columns.push_back(schema_.columns[column].name);
    MC_TRY(const std::size_t combinations, group_combinations());
    for (std::size_t i = 0; i < combinations; ++i) {
      MC_TRY_STATUS(add_group(i, plan));
    }
    if (plan.groups.empty()) {
      return fail(Code::kInvalidArgument,
                  "this WHERE is never true: its conditions contradict each other, or the ranges, "
                  "categories and complete columns that the dictionary declares");
    }
    if (deepest_.depth > budget_.depth_max()) return too_deep();
    plan.depth = deepest_.depth;
    plan.moments = moments_;
    plan.nodes = graph_.extract(plan.moments);
    plan.parameters = sealed_.parameters(features_of(plan));
    MC_TRY_STATUS(add_made_columns(plan));
    if (plan.computed.size() > kComputedMax) return too_many();
    return {};
  }

 private:
  /// A model that is trained with refreshes is a plan by itself.
  Status plan_trained(const BoundItem& item, Plan& plan) const {
    if (query_.items.size() != 1 || !query_.group_columns.empty()) {
      return fail(Code::kUnsupported, item.at.text() + ": " + item.name +
                                          " is asked for alone, or beside the columns of GROUP BY, of which each group "
                                          "is a question of its own: other items go into another question");
    }
    MC_TRY(PlannedTraining planned, plan_training(item, query_, schema_));
    PlanItem trained;
    trained.statistic = item.statistic;
    trained.names = {item.name};
    if (item.model->weights) planned.model.weights = affine_of(*item.model->weights);
    if (item.statistic == Statistic::kCox) trained.parameter = item.model->survival.conf_int;
    trained.model = std::move(planned.model);
    plan.items.push_back(std::move(trained));
    plan.training = std::move(planned.plan);
    return add_made_columns(plan);
  }

  /// What the plan reads and nobody seals: scores, comparisons, which may read them, and products of either.
  Status add_made_columns(Plan& plan) const {
    plan.computed = deep_.columns(features_of(plan));
    MC_TRY(plan.comparisons, comparisons_of(compared_handles(plan), query_, budget_.proven_starts));
    std::vector<PlanComputed> scores = computed_of(sealed_features_of(plan), query_);
    plan.computed.insert(plan.computed.begin(), std::make_move_iterator(scores.begin()),
                         std::make_move_iterator(scores.end()));
    plan.scores = mc::query::scores_of(query_);
    return {};
  }

  Affine affine_of(std::uint32_t column) const {
    const data::Column& c = schema_.columns[column];
    return {c.centre(), c.half_width(), c.type == data::ColumnType::kInteger};
  }

  /// Before anything is made of them: two columns of 256 categories cross to 65,536.
  Status check_strata(const BoundItem& item) const {
    const std::size_t strata = query_.domains[item.x].value_cells * query_.domains[item.y].value_cells;
    if (item.statistic != Statistic::kChiSquareTest || strata <= kAnswersMax) return {};
    return fail(Code::kLimit, item.at.text() + ": " + item.name + " crosses to " + std::to_string(strata) +
                                  " cells, at most " + std::to_string(kAnswersMax) + " sums are released by one query");
  }

  /// Before any sum of it is made.
  Status check_model(const BoundItem& item) {
    if (!item.model) return {};
    if (is_survival(item.statistic)) return check_survival(item, schema_, query_.domains);
    if (item.model->counted) return check_outcomes(item, schema_, query_.domains);
    const std::string where = item.at.text() + ": ";
    bases_.push_back(basis_of(*item.model, schema_, query_.domains));
    const std::size_t basis = bases_.back().monomials.size();
    const std::size_t sums = basis * (basis + 1) / 2 * (item.model->weights ? 2 : 1);
    if (sums <= kAnswersMax) return {};
    return fail(Code::kLimit, where + "the model's " + std::to_string(item.model->design.size()) + " columns need " +
                                  std::to_string(sums) + " sums, at most " + std::to_string(kAnswersMax) +
                                  " are released by one query; leave out terms");
  }

  PlanModel plan_model_of(const BoundModel& model) const {
    const ModelBasis& basis = bases_.back();
    PlanModel result{model.formula, {}, model.intercept, model.ridge, std::nullopt, 1, basis.columns, basis.response};
    result.basis = static_cast<std::uint32_t>(basis.monomials.size());
    for (const DesignColumn& column : model.design) result.terms.push_back(column.name);
    if (model.weights) result.weights = affine_of(*model.weights);
    return result;
  }

  PlanItem plan_item_of(const BoundItem& item) const {
    PlanItem result;
    result.statistic = item.statistic;
    result.key = item.key;
    result.parameter = item.parameter;
    if (reads_values(item.statistic)) {
      result.x = affine_of(item.x);
      const bool y_is_group = item.statistic == Statistic::kTTest;
      if (argument_count(item.statistic) == 2 && !y_is_group) result.y = affine_of(item.y);
      // Scores are computed: on their grid but for noise.
      const bool is_score = item.x + query_.scores.size() >= schema_.columns.size();
      if (!item.sealed && !is_score) result.step = schema_.columns[item.x].step;
    }
    if (item.sealed) result.x = {0, item.sealed->reach, false};
    if (takes_edges(item.statistic)) set_breaks(item, result);
    result.strata = static_cast<std::uint32_t>(strata_of(item).size());
    if (item.statistic == Statistic::kChiSquareTest) {
      result.rows = static_cast<std::uint32_t>(query_.domains[item.x].value_cells);
    }
    if (is_survival(item.statistic)) {
      result.survival = plan_survival_of(*item.model, schema_, query_.domains);
      result.sums = static_cast<std::uint32_t>(sum_count(result));
    } else if (item.model && item.model->counted) {
      result.outcomes = plan_outcomes_of(*item.model, schema_, query_.domains);
      result.sums = static_cast<std::uint32_t>(sum_count(result));
    } else if (item.model) {
      result.model = plan_model_of(*item.model);
      if (weightless_cells(*item.model, schema_, query_.domains)) result.parameter = 1;
      result.sums = static_cast<std::uint32_t>(sum_count(result));
    }
    result.names = names_of(item, result, query_);
    MC_CHECK(result.names.size() == column_count(result));
    return result;
  }

  /// As the item says them: a question of risks is answered in bins of risks.
  void set_breaks(const BoundItem& item, PlanItem& result) const {
    result.breaks = bins_at(query_.domains[item.x], schema_, item.edges).breaks;
    if (has_bins(item.statistic) && !are_numbers(result.breaks)) result.step = schema_.columns[item.x].resolution();
    if (item.edges_as_risks.empty()) return;
    std::copy(item.edges_as_risks.begin(), item.edges_as_risks.end(), result.breaks.begin() + 1);
    result.breaks.front() = 0;
    result.breaks.back() = 1;
    result.step = 0;
    if (item.statistic == Statistic::kCalibration) result.parameter = 1;
  }

  /// The parts of a group's persons that the item's sums are taken over, each as what must hold besides.
  std::vector<std::vector<Condition>> strata_of(const BoundItem& item) const {
    const Domain& domain = query_.domains[item.x];
    std::vector<std::vector<Condition>> strata;
    if (has_bins(item.statistic)) {
      for (CellSet& cells : bins_at(domain, schema_, item.edges).cells) {
        strata.push_back({Condition::of_cells(domain, std::move(cells))});
      }
    } else if (is_of_predictor(item.statistic)) {
      const Domain& outcome = query_.domains[item.y];
      const bool of_all = item.statistic == Statistic::kCalibration;
      const Condition first =
          of_all ? Condition::of_cells(outcome, outcome.values()) : category(item.y, item.y_groups[0]);
      for (CellSet& cells : bins_at(domain, schema_, item.edges).cells) {
        const Condition bin = Condition::of_cells(domain, std::move(cells));
        strata.push_back({bin, first});
        strata.push_back({bin, category(item.y, item.y_groups[1])});
      }
    } else if (item.statistic == Statistic::kCountDistinct) {
      for (std::size_t i = 0; i < domain.value_cells; ++i) strata.push_back({category(item.x, i)});
    } else if (item.statistic == Statistic::kTTest) {
      for (const std::size_t cell : item.y_groups) strata.push_back({category(item.y, cell)});
    } else if (is_two_by_two(item.statistic)) {
      for (const std::size_t a : item.x_groups) {
        for (const std::size_t b : item.y_groups) strata.push_back({category(item.x, a), category(item.y, b)});
      }
    } else if (crosses_categories(item.statistic)) {
      for (std::size_t a = 0; a < domain.value_cells; ++a) {
        for (std::size_t b = 0; b < query_.domains[item.y].value_cells; ++b) {
          strata.push_back({category(item.x, a), category(item.y, b)});
        }
      }
    } else {
      strata.emplace_back();
    }
    return strata;
  }

  Condition category(std::uint32_t column, std::size_t cell) const {
    CellSet one(query_.domains[column].value_cells);
    one.insert(cell);
    return Condition::of_cells(query_.domains[column], std::move(one));
  }

  /// Cells of one grouping column: its categories in the schema's order, then NULL.
  std::size_t group_cells(std::uint32_t column) const {
    const Domain& domain = query_.domains[column];
    return domain.value_cells + (domain.nullable ? 1 : 0);
  }

  Result<std::size_t> group_combinations() const {
    std::size_t combinations = 1;
    for (const std::uint32_t column : query_.group_columns) {
      combinations *= group_cells(column);
      if (combinations > kAnswersMax) {
        return fail(Code::kLimit, "GROUP BY makes " + std::to_string(combinations) + " groups or more, at most " +
                                      std::to_string(kAnswersMax) + " sums are released by one query");
      }
    }
    return combinations;
  }

  Status add_group(std::size_t index, Plan& plan) {
    PlanGroup group;
    std::vector<Condition> conditions{query_.where};
    // The last column turns fastest, so that groups come in the order of an ascending ORDER BY.
    std::vector<std::size_t> cells;
    for (std::size_t i = query_.group_columns.size(); i-- > 0;) {
      const std::size_t count = group_cells(query_.group_columns[i]);
      cells.insert(cells.begin(), index % count);
      index /= count;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::uint32_t column = query_.group_columns[i];
      group.keys.push_back(key_of(query_, column, cells[i]));
      conditions.push_back(category(column, cells[i]));
    }
    factors_.share(necessary_cells(Condition::all(conditions, query_.domains)));
    group.n = moment(conditions, {}, {}, "count(*)");
    if (group.n == kZeroMoment) return {};  // WHERE excludes the group
    add_guards(conditions, group);
    std::size_t models = 0;
    for (const BoundItem& item : query_.items) {
      if (is_survival(item.statistic)) {
        MC_TRY_STATUS(add_survival(item, conditions, group));
        continue;
      }
      if (item.model && item.model->counted) {
        MC_TRY_STATUS(add_outcomes(item, conditions, group));
        continue;
      }
      if (item.model) {
        add_model(item, bases_[models++], conditions, group);
        if (moments_.size() > kAnswersMax || graph_.size() > kNodesMax) return too_many();
        continue;
      }
      std::size_t number = 0;
      for (std::vector<Condition> stratum : strata_of(item)) {
        stratum.insert(stratum.begin(), conditions.begin(), conditions.end());
        group.cells.push_back(cell_of(item, number++, stratum));
        ++cells_;
        if (moments_.size() > kAnswersMax || graph_.size() > kNodesMax || cells_ > kCellsMax) return too_many();
      }
    }
    chosen_.reset();
    plan.groups.push_back(std::move(group));
    return moments_.size() > kAnswersMax ? too_many() : Status();
  }

  /// Where a sealed list chooses the persons: those of every category that it can name, which the rules go by. Who is
  /// counted in what follows is hidden.
  void add_guards(const std::vector<Condition>& conditions, PlanGroup& group) {
    if (!query_.criterion) return;
    for (Condition& choice : sealed_.choices()) {
      std::vector<Condition> where = conditions;
      where.push_back(std::move(choice));
      group.guards.push_back(moment(std::move(where), {}, {}, "count(*)"));
    }
    chosen_ = sealed_.chosen();
  }

  /// Of a model: whoever is in each category, or crossing of categories, that a coefficient names, and per column in
  /// none that is named, which is the reference.
  void add_guards(const BoundModel& model, const std::vector<Condition>& conditions, PlanGroup& group) {
    if (query_.criterion) return;  // what is judged then does not depend on the model
    const auto add = [&](const CellMap& cells) {
      std::vector<Condition> where = conditions;
      for (const auto& [column, of_column] : cells) {
        where.push_back(Condition::of_cells(query_.domains[column], of_column));
      }
      const MomentId id = moment(std::move(where), model.complete, {}, "count(*)");
      if (id != kZeroMoment && std::ranges::find(group.guards, id) == group.guards.end()) group.guards.push_back(id);
    };
    for (const NamedCells& named : named_cells(model, schema_, query_.domains)) add(named.cells);
  }

  struct ModelSum {
    std::vector<Condition> where;
    std::vector<std::uint32_t> values;
  };
  /// Products of every two monomials, and then with the weights.
  std::vector<ModelSum> sums_of(const BoundModel& model, const ModelBasis& basis,
                                const std::vector<Condition>& conditions) const {
    std::vector<ModelSum> sums;
    for (const bool weighted : {false, true}) {
      if (weighted && !model.weights) break;
      for (std::size_t i = 0; i < basis.monomials.size(); ++i) {
        for (std::size_t j = i; j < basis.monomials.size(); ++j) {
          ModelSum& sum = sums.emplace_back(ModelSum{conditions, {}});
          if (weighted) sum.values.push_back(*model.weights);
          for (const Monomial* monomial : {&basis.monomials[i], &basis.monomials[j]}) {
            for (const auto& [column, power] : monomial->powers) sum.values.insert(sum.values.end(), power, column);
            for (const auto& [column, cells] : monomial->cells) {
              sum.where.push_back(Condition::of_cells(query_.domains[column], cells));
            }
          }
          std::sort(sum.values.begin(), sum.values.end());  // equal products are one sum
        }
      }
    }
    return sums;
  }

  /// Complete cases, and the sums of products of the model's monomials.
  void add_model(const BoundItem& item, const ModelBasis& basis, const std::vector<Condition>& conditions,
                 PlanGroup& group) {
    const BoundModel& model = *item.model;
    const std::uint32_t depth_before = deepest_.depth;
    const std::vector<ModelSum> sums = sums_of(model, basis, conditions);
    const CellMap where_columns = factors_.shared();
    const auto is_deep = [&](const ModelSum& sum) {
      const auto factors = factors_.of(sum.where, model.complete, sum.values);
      return factors && deep_.too_deep(*factors);
    };
    if (may_refresh() && std::ranges::any_of(sums, is_deep)) {
      // Who is complete is then computed once, instead of anew beside every pair of values.
      CellMap shared = where_columns;
      for (const std::uint32_t column : model.complete) shared.try_emplace(column);
      factors_.share(std::move(shared), true);
    }
    CellMoments cell;
    cell.n = moment(conditions, model.complete, {}, item.name);
    group.cells.push_back(cell);
    ++cells_;
    add_guards(model, conditions, group);
    for (const ModelSum& sum : sums) {
      group.sums.push_back(moment(sum.where, model.complete, sum.values, item.name));
      ++cells_;
    }
    if (const auto weightless = weightless_cells(model, schema_, query_.domains)) {
      add_weightless(model, *weightless, conditions, group);
    }
    factors_.share(where_columns);
    if (deepest_.depth > depth_before && model.missing == MissingValues::kCompleteCases && model.complete.size() > 1) {
      deepest_.advice = "; with missing => 'indicator' predictors need not be complete";
    }
  }

  /// Who weighs nothing, and whoever else there is: sums with and without weights tell one group from the other.
  void add_weightless(const BoundModel& model, const CellSet& weightless, const std::vector<Condition>& conditions,
                      PlanGroup& group) {
    const Domain& domain = query_.domains[*model.weights];
    const auto persons = [&](CellSet cells) {
      std::vector<Condition> where = conditions;
      where.push_back(Condition::of_cells(domain, std::move(cells)));
      return moment(std::move(where), model.complete, {}, "count(*)");
    };
    group.sums.push_back(persons(weightless));
    ++cells_;
    if (query_.criterion) return;
    for (const MomentId id : {group.sums.back(), persons(domain.values() - weightless)}) {
      if (id != kZeroMoment && std::ranges::find(group.guards, id) == group.guards.end()) group.guards.push_back(id);
    }
  }

  /// What a stratum and the event need is multiplied once per block. Returns what was shared before.
  CellMap share_strata(const BoundModel& model, std::uint32_t event) {
    CellMap before = factors_.shared();
    CellMap shared = before;
    for (const std::uint32_t column : model.strata) shared.try_emplace(column);
    shared.try_emplace(event);
    factors_.share(std::move(shared));
    return before;
  }

  std::vector<std::vector<Condition>> conditions_of_strata(const BoundModel& model,
                                                           const std::vector<Condition>& conditions) const {
    std::vector<std::vector<Condition>> of_strata;
    for (const BoundStratum& stratum : mc::query::strata_of(model, schema_, query_.domains)) {
      std::vector<Condition>& where = of_strata.emplace_back(conditions);
      for (const auto& [column, cells] : stratum.cells) {
        where.push_back(Condition::of_cells(query_.domains[column], cells));
      }
    }
    return of_strata;
  }

  /// With the outcome, and with a value that is not the outcome.
  [[nodiscard]] std::array<Condition, 2> either_of(const Domain& event, const CellSet& outcome) const {
    return {Condition::of_cells(event, outcome), Condition::of_cells(event, event.values() - outcome)};
  }

  /// Per stratum who has the outcome, and who has not.
  Status add_outcomes(const BoundItem& item, const std::vector<Condition>& conditions, PlanGroup& group) {
    const BoundModel& model = *item.model;
    const CellMap where_columns = share_strata(model, model.response);
    group.cells.emplace_back();
    ++cells_;
    for (const std::vector<Condition>& of_stratum : conditions_of_strata(model, conditions)) {
      for (const Condition& how : either_of(query_.domains[model.response], model.outcome)) {
        std::vector<Condition> where = of_stratum;
        where.push_back(how);
        group.sums.push_back(moment(std::move(where), model.complete, {}, item.name));
      }
      if (moments_.size() > kAnswersMax || graph_.size() > kNodesMax) return too_many();
    }
    factors_.share(where_columns);
    return {};
  }

  /// Per stratum its persons; then per time and stratum, whose follow-up ends there with an event, and without.
  Status add_survival(const BoundItem& item, const std::vector<Condition>& conditions, PlanGroup& group) {
    const BoundModel& model = *item.model;
    const Domain& time = query_.domains[model.response];
    const std::array<Condition, 2> ends = either_of(query_.domains[*model.event], model.outcome);
    const std::vector<double>& times = schema_.columns[model.response].times;
    const CellMap where_columns = share_strata(model, *model.event);  // each time then costs one product more
    group.cells.emplace_back();
    ++cells_;
    const std::vector<std::vector<Condition>> of_strata = conditions_of_strata(model, conditions);
    for (const std::vector<Condition>& where : of_strata) {
      group.sums.push_back(moment(where, model.complete, {}, item.name));
    }
    std::size_t first = 0;  // cell of the time's domain
    for (const double end : times) {
      const std::size_t beyond = first_cell_above(time, end);
      CellSet now(time.value_cells);
      for (std::size_t cell = first; cell < beyond; ++cell) now.insert(cell);
      first = beyond;
      for (const std::vector<Condition>& of_stratum : of_strata) {
        for (const Condition& how : ends) {
          std::vector<Condition> where = of_stratum;
          where.push_back(Condition::of_cells(time, now));
          where.push_back(how);
          group.sums.push_back(moment(std::move(where), model.complete, {}, item.name));
        }
      }
      if (moments_.size() > kAnswersMax || graph_.size() > kNodesMax) return too_many();
    }
    factors_.share(where_columns);
    return {};
  }

  std::size_t first_cell_above(const Domain& domain, double declared) const {
    const auto first = cell_at(domain, schema_, {declared, true});
    MC_CHECK(first.has_value());
    return *first;
  }

  Status too_many() const {
    return fail(Code::kLimit, "the query releases more than " + std::to_string(kAnswersMax) +
                                  " sums or needs more than " + std::to_string(kNodesMax) + " steps or " +
                                  std::to_string(kComputedMax) +
                                  " products that are refreshed first; ask for fewer columns, conditions or groups");
  }

  /// The sums of one stratum. The order decides which is S0 and which S1.
  CellMoments cell_of(const BoundItem& item, std::size_t stratum, const std::vector<Condition>& conditions) {
    const auto sum = [&](std::vector<std::uint32_t> valid, std::vector<std::uint32_t> values) {
      return moment(conditions, valid, values, item.name);
    };
    const std::uint32_t x = item.x;
    const std::uint32_t y = item.y;
    using Columns = std::vector<std::uint32_t>;
    CellMoments cell;
    if (item.statistic == Statistic::kKey) return cell;
    if (item.sealed) {
      cell.n = sum(item.sealed->complete, {});
      const auto root = sealed_.weighted(*item.sealed, conditions, chosen_);
      if (root) cell.x1 = moment_of(*root, item.name);
      return cell;
    }
    if (!reads_values(item.statistic)) {  // a bin or a category has its condition already
      cell.n = sum(item.statistic == Statistic::kCount ? Columns{x} : Columns{}, {});
      return cell;
    }
    if (item.statistic == Statistic::kCalibration) {
      cell.n = sum({}, {});
      if (stratum % 2 == 0) cell.x1 = sum({}, {x});  // of all persons of a bin
      return cell;
    }
    const bool of_pairs = argument_count(item.statistic) == 2 && !crosses_categories(item.statistic);
    const Columns others = of_pairs ? Columns{y} : Columns{};
    const SumsNeeded needed = sums_needed(item.statistic);
    if (needed.x2) cell.x2 = sum(others, {x, x});
    if (needed.y2) cell.y2 = sum({x}, {y, y});
    cell.n = sum(of_pairs ? Columns{x, y} : Columns{x}, {});
    if (needed.x1) cell.x1 = sum(others, {x});
    if (needed.y1) cell.y1 = sum({x}, {y});
    if (needed.xy) cell.xy = sum({}, {x, y});
    return cell;
  }

  /// Sum over persons for whom `conditions` hold and the `valid` columns are present, of the product of `values`.
  MomentId moment(std::vector<Condition> conditions, const std::vector<std::uint32_t>& valid,
                  const std::vector<std::uint32_t>& values, const std::string& name) {
    auto factors = factors_.of(std::move(conditions), valid, values);
    if (!factors) return kZeroMoment;
    if (chosen_) factors->push_back(*chosen_);
    if (may_refresh()) factors = deep_.fitted(std::move(*factors));
    return moment_of(graph_.balanced_product(std::move(*factors)), name);
  }

  /// Whether products may be refreshed on the way: sealed parameters have a run of their own.
  [[nodiscard]] bool may_refresh() const { return budget_.compares && query_.parameters.empty(); }

  MomentId moment_of(NodeId root, const std::string& name) {
    const auto next = MomentId(static_cast<std::uint32_t>(moments_.size()));
    const auto [found, is_new] = known_moments_.try_emplace(root, next);
    if (!is_new) return found->second;
    moments_.push_back(root);
    const std::uint32_t depth = graph_.node(root).depth;
    if (depth > deepest_.depth) deepest_ = {depth, graph_.factor_count(root), name, ""};
    return next;
  }

  Status too_deep() const {
    const std::uint32_t allowed = budget_.depth_max();
    return fail(Code::kRefused,
                deepest_.name + " under this WHERE needs " + std::to_string(deepest_.depth) +
                    " products in sequence (" + std::to_string(deepest_.factor_count) + " factors), " +
                    budget_.profile + " allows " + std::to_string(allowed) + " (" + std::to_string(1u << allowed) +
                    " factors); fewer conditions, or columns without missing values, would fit" + deepest_.advice);
  }

  const data::Schema& schema_;
  const BoundQuery& query_;
  const LimbBudget& budget_;
  Graph graph_;
  std::vector<NodeId> moments_;
  std::map<NodeId, MomentId> known_moments_;
  std::vector<ModelBasis> bases_;  // per model of the SELECT list
  Factors factors_{query_, graph_};
  DeepProducts deep_{graph_, budget_.depth_max()};
  SealedTerms sealed_{schema_, query_, graph_, factors_};
  std::optional<NodeId> chosen_;  // whom a sealed list chooses, while sums are made that it restricts
  Deepest deepest_;
  std::size_t cells_ = 0;
};

}  // namespace

Status plan_query(const BoundQuery& query, const LimbBudget& budget, Plan& plan) {
  return Planner(query, budget).run(plan);
}

}  // namespace mc::query
