// SPDX-License-Identifier: Apache-2.0
#include "query/bind/model.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.hpp"
#include "query/bind/column_name.hpp"
#include "query/bind/compared_cells.hpp"
#include "query/bind/strata.hpp"

namespace mc::query {
namespace {

/// As a shell takes it for one word.
std::string in_shell(const std::string& word) {
  return word.find('(') == std::string::npos ? word : "'" + word + "'";
}

/// A variable of the formula with the column that it names.
struct Variable {
  FormulaVariable written;
  std::uint32_t column = 0;
  bool is_factor = false;
  std::vector<std::uint32_t> times{};  // columns of written.times
  CellSet met{};                       // of I(age > 50): where it is TRUE

  [[nodiscard]] std::vector<std::uint32_t> columns() const {
    std::vector<std::uint32_t> all{column};
    all.insert(all.end(), times.begin(), times.end());
    return all;
  }
};

class ModelBinder {
 public:
  ModelBinder(Statistic statistic, const ModelCall& call, const data::Schema& schema,
              const std::vector<Domain>& domains, const CellMap& possible)
      : statistic_(statistic), call_(call), schema_(schema), domains_(domains), possible_(possible) {}

  Result<BoundModel> run() {
    model_.formula = formula_title(call_.formula);
    model_.intercept = call_.formula.intercept;
    model_.ridge = call_.ridge;
    model_.maxit = call_.maxit.value_or(statistic_ == Statistic::kCox ? kCoxIterationsUsual : kIterationsUsual);
    model_.missing = call_.missing;
    model_.survival = call_.survival;
    MC_TRY_STATUS(bind_response());
    MC_TRY_STATUS(bind_offsets_and_weights());
    MC_TRY_STATUS(bind_variables());
    model_.trained = statistic_ == Statistic::kLogisticRegression;
    if (is_survival(statistic_)) MC_TRY_STATUS(check_no_offset());
    if (statistic_ == Statistic::kCox && first_measurement() != nullptr) {
      model_.trained = true;
      model_.intercept = true;  // coxph codes factors so, and has none of its own
    } else if (is_survival(statistic_)) {
      MC_TRY_STATUS(bind_strata());
      model_.intercept = true;  // coxph codes factors so, and has none of its own
    } else if (model_.intercept) {
      model_.design.push_back({"(Intercept)", {}});
    }
    if (statistic_ != Statistic::kKaplanMeier) {
      for (std::size_t i = 0; i < terms_.size(); ++i) MC_TRY_STATUS(add_term(i));
    }
    if (is_survival(statistic_)) model_.intercept = false;
    if (model_.missing == MissingValues::kIndicator) add_missing_indicators();
    find_complete_columns();
    find_compared_columns();
    return std::move(model_);
  }

 private:
  static constexpr std::size_t kDesignColumnsMax = 1024;
  static constexpr std::size_t kNamesShown = 8;  // of categories, in an error

  std::string function() const { return std::string(aggregate_name(statistic_)); }

  Status needs_number(const Identifier& name, std::uint32_t column, const std::string& what) const {
    if (schema_.columns[column].is_numeric()) return {};
    return fail_at(Code::kInvalidArgument, name.at,
                   what + " must be a number, and " + name.name + " is text with categories");
  }

  /// The cells that count as 1: of the one category written after ==, or of the second of two, if need be of the two
  /// that WHERE leaves.
  Result<CellSet> outcome_of(const Identifier& name, std::uint32_t column, const std::string& what) const {
    const Domain& domain = domains_[column];
    const bool has_categories = domain.kind != Domain::Kind::kOrdered;
    if (call_.formula.category && has_categories) return category_of(name, column, *call_.formula.category);
    const std::vector<Level> levels =
        has_categories && domain.value_cells != 2 ? possible_levels(column) : levels_of(domain, schema_);
    if (!has_categories || levels.size() != 2) {
      return fail_at(Code::kInvalidArgument, name.at,
                     what + " must be a 0/1 column, have two categories, or be compared with one of them as in " +
                         name.name + " == 1, and " + name.name + " is " +
                         (has_categories ? "one of " + names_of(levels) : "a measurement"));
    }
    return levels[1].cells;
  }

  Result<CellSet> category_of(const Identifier& name, std::uint32_t column, const Identifier& category) const {
    const std::vector<Level> levels = levels_of(domains_[column], schema_);
    const auto found = std::ranges::find(levels, category.name, &Level::name);
    if (found != levels.end()) return found->cells;
    return fail_at(Code::kNotFound, category.at,
                   name.name + " is never " + category.name + ", but " + names_of(levels));
  }

  static std::string names_of(const std::vector<Level>& levels) {
    std::string names;
    for (std::size_t i = 0; i < std::min(levels.size(), kNamesShown); ++i)
      names += (i == 0 ? "" : ", ") + levels[i].name;
    return levels.size() > kNamesShown ? names + ", …" : names;
  }

  Status refuse_category() const {
    const auto& category = call_.formula.category;
    if (!category) return {};
    return fail_at(Code::kInvalidArgument, category->at,
                   function() + " is of a number; whether a person is of a category is for logistic_regression");
  }

  Status bind_response() {
    const Identifier& name = call_.formula.response;
    MC_TRY(model_.response, sealed_column(name, schema_));
    if (statistic_ == Statistic::kLogisticRegression) {
      MC_TRY(model_.outcome, outcome_of(name, model_.response, "the response of " + function()));
      return {};
    }
    if (!call_.formula.event) {
      MC_TRY_STATUS(refuse_category());
      return needs_number(name, model_.response, "the response of " + function());
    }
    MC_TRY_STATUS(needs_follow_up(name, model_.response));
    MC_TRY_STATUS(needs_times(name, model_.response));
    MC_TRY(model_.event, sealed_column(*call_.formula.event, schema_));
    MC_TRY_STATUS(needs_own_event(model_.response, *call_.formula.event));
    MC_TRY(model_.outcome, outcome_of(*call_.formula.event, *model_.event, "the event of " + function()));
    return {};
  }

  /// first_time() is NULL for whoever had no event, and survival without them would be that of those who had one.
  Status needs_follow_up(const Identifier& name, std::uint32_t time) const {
    const auto& history = schema_.columns[time].history;
    if (!history || history->take != data::Take::kFirstTime) return {};
    return fail_at(Code::kInvalidArgument, name.at,
                   name.name + " is NULL for those without an event, whom survival counts too; write Surv(time_to(" +
                       history->series + "), had(" + history->series + "))");
  }

  /// Follow-up until one event ends with that event, not with another.
  Status needs_own_event(std::uint32_t time, const Identifier& event) const {
    const auto& history = schema_.columns[time].history;
    if (!history || history->take != data::Take::kTimeTo) return {};
    const std::string own = "had(" + history->series + ")";
    if (event.name == own) return {};
    return fail_at(Code::kInvalidArgument, event.at,
                   "the event of time_to(" + history->series + ") is " + own + ", not " + event.name);
  }

  Status needs_times(const Identifier& name, std::uint32_t column) const {
    MC_TRY_STATUS(needs_number(name, column, "the time of " + function()));
    if (!schema_.columns[column].times.empty()) return {};
    return fail_at(Code::kInvalidArgument, name.at,
                   function() + " needs declared times, and the dictionary declares none for " + name.name +
                       "; `medcommons schema infer --times " + in_shell(name.name + ":30") +
                       "` declares one every 30 units");
  }

  Status bind_strata() {
    for (const FormulaTerm& term : call_.formula.terms) {
      for (const FormulaVariable& written : term.variables) {
        const bool is_simple =
            term.variables.size() == 1 && (written.is_column() || (written.as_factor && !written.reference));
        if (statistic_ == Statistic::kKaplanMeier && !is_simple) {
          return fail_at(
              Code::kInvalidArgument, written.column.at,
              "kaplan_meier takes columns joined by +, and every combination of their categories is a curve");
        }
      }
    }
    for (const Variable& variable : variables_) {
      MC_TRY_STATUS(check_stratum(variable));
      for (const std::uint32_t column : variable.columns()) {
        const bool known = std::find(model_.strata.begin(), model_.strata.end(), column) != model_.strata.end();
        if (!known) model_.strata.push_back(column);
      }
    }
    return {};
  }

  /// Of the variables one that has a hazard for each of its values; nullptr when there is none.
  [[nodiscard]] const Variable* first_measurement() const {
    const auto found = std::find_if(variables_.begin(), variables_.end(), [&](const Variable& variable) {
      return !variable.is_factor && std::ranges::any_of(variable.columns(), [&](std::uint32_t column) {
        return domains_[column].kind == Domain::Kind::kOrdered;
      });
    });
    return found == variables_.end() ? nullptr : &*found;
  }

  Status check_no_offset() const {
    if (!call_.formula.offsets.empty()) {
      return fail_at(Code::kUnsupported, call_.formula.offsets.front().at, "not offered: offset() in " + function());
    }
    return {};
  }

  Status check_stratum(const Variable& variable) const {
    const Identifier& name = variable.written.column;
    if (domains_[variable.column].kind != Domain::Kind::kOrdered || !variable.written.compared.empty()) return {};
    const bool has_bins = levels_of(domains_[variable.column], schema_).size() > 1;
    if (variable.is_factor && has_bins) return {};
    return fail_at(Code::kInvalidArgument, name.at,
                   function() + " needs columns with categories, and " + name.name + " is a measurement" +
                       (has_bins ? "; factor(" + name.name + ") cuts it at its declared edges"
                                 : " without declared edges to cut it at"));
  }

  Status bind_offsets_and_weights() {
    for (const Identifier& name : call_.formula.offsets) {
      MC_TRY(const std::uint32_t column, sealed_column(name, schema_));
      MC_TRY_STATUS(needs_number(name, column, "an offset"));
      model_.offsets.push_back(column);
    }
    if (!call_.weights) return {};
    MC_TRY(model_.weights, sealed_column(*call_.weights, schema_));
    MC_TRY_STATUS(needs_number(*call_.weights, *model_.weights, "a weight"));
    if (schema_.columns[*model_.weights].minimum >= 0) return {};
    return fail_at(Code::kInvalidArgument, call_.weights->at,
                   "weights must not be negative, and the schema lets " + call_.weights->name + " begin at " +
                       data::number_text(schema_.columns[*model_.weights].minimum));
  }

  Status bind_variables() {
    for (const FormulaTerm& term : call_.formula.terms) {
      terms_.emplace_back();
      for (const FormulaVariable& written : term.variables) {
        MC_TRY(const std::uint32_t column, sealed_column(written.column, schema_));
        MC_TRY_STATUS(check_variable(written, column));
        const bool is_factor = written.as_factor || !schema_.columns[column].is_numeric() || !written.compared.empty();
        const auto same = [&](const Variable& other) { return other.written == written; };
        auto known = std::find_if(variables_.begin(), variables_.end(), same);
        if (known == variables_.end()) {
          Variable variable{written, column, is_factor};
          if (!written.compared.empty()) {
            MC_TRY(variable.met, met_cells(written, column));
          }
          for (const FormulaPower& part : written.times) {
            MC_TRY(const std::uint32_t other, sealed_column(part.column, schema_));
            MC_TRY_STATUS(check_variable({part.column, false, part.power}, other));
            MC_TRY_STATUS(needs_number(part.column, other, "what I() multiplies"));
            variable.times.push_back(other);
          }
          known = variables_.insert(known, std::move(variable));
        }
        terms_.back().push_back(static_cast<std::size_t>(known - variables_.begin()));
      }
    }
    return {};
  }

  Status check_variable(const FormulaVariable& written, std::uint32_t column) const {
    const Identifier& name = written.column;
    if (column == model_.response || model_.event == column) {
      return fail_at(Code::kInvalidArgument, name.at, name.name + " stands on both sides of ~");
    }
    if (!written.compared.empty()) return {};  // met_cells
    const bool is_cut = written.as_factor && domains_[column].kind == Domain::Kind::kOrdered;
    if (is_cut && !is_survival(statistic_) && levels_of(domains_[column], schema_).size() < 2) {
      return fail_at(
          Code::kInvalidArgument, name.at,
          "factor() needs a column with categories, and " + name.name +
              " is a measurement without declared edges to cut it at; the dictionary can declare some, or list its "
              "values as categories when they are few (256 at most), before owners seal");
    }
    const bool is_factor = written.as_factor || !schema_.columns[column].is_numeric();
    if (is_factor && statistic_ != Statistic::kKaplanMeier && possible_levels(column).size() < 2) {
      return fail_at(Code::kInvalidArgument, name.at,
                     "a factor needs two categories, and " + name.name + " has " +
                         std::to_string(possible_levels(column).size()) + " under this WHERE");
    }
    if (written.degree > 0) return needs_number(name, column, "what poly() takes powers of");
    if (written.power > 1 || !written.times.empty()) {
      return needs_number(name, column, written.power > 1 ? "what I() takes a power of" : "what I() multiplies");
    }
    return check_reference(written, column);
  }

  /// Where I(age > 50 & age <= 70) is TRUE: for some of whom WHERE leaves, and not for all of them.
  Result<CellSet> met_cells(const FormulaVariable& written, std::uint32_t column) const {
    const Domain& domain = domains_[column];
    CellSet met = domain.values();
    for (const auto& [comparison, value] : written.compared) {
      const bool of_order = comparison != Comparison::kEqual && comparison != Comparison::kNotEqual;
      if (!schema_.columns[column].is_numeric() && (of_order || value.is_number())) {
        return fail_at(Code::kInvalidArgument, value.at,
                       written.column.name + " is text without an order: it is compared with a category in quotes, " +
                           "by == or !=");
      }
      MC_TRY(const CellSet one, compared_cells(comparison, value, domain, schema_));
      met = met & one;
    }
    const auto found = possible_.find(column);
    const CellSet left = found == possible_.end() ? domain.values() : domain.values() & found->second;
    if (!met.disjoint_from(left) && !left.subset_of(met)) return met;
    return fail_at(Code::kInvalidArgument, written.column.at,
                   variable_text(written) + " is " + (met.disjoint_from(left) ? "FALSE" : "TRUE") +
                       " of everybody whom the dictionary" + (found == possible_.end() ? "" : " and this WHERE") +
                       (found == possible_.end() ? " allows" : " allow"));
  }

  Status check_reference(const FormulaVariable& written, std::uint32_t column) const {
    if (!written.reference) return {};
    const Identifier& name = written.column;
    if (!written.as_factor && schema_.columns[column].is_numeric()) {
      return fail_at(Code::kInvalidArgument, name.at,
                     "relevel() needs a factor, and " + name.name + " is a number; relevel(factor(" + name.name +
                         "), ref = \"" + *written.reference + "\") would be one");
    }
    const std::vector<Level> levels = possible_levels(column);
    if (std::ranges::find(levels, *written.reference, &Level::name) != levels.end()) return {};
    return fail_at(Code::kNotFound, name.at,
                   name.name + " is never " + *written.reference + ", but " + names_of(levels));
  }

  /// R's TermCode: a factor is coded by contrasts where the term without it lies within an earlier term or is empty. In
  /// a model without intercept the very first factor has all its levels.
  bool has_every_level(std::size_t term, std::size_t variable) const {
    if (!model_.intercept && first_factor() == std::pair(term, variable)) return true;
    std::vector<std::size_t> rest = terms_[term];
    std::erase(rest, variable);
    if (rest.empty()) return false;
    const auto holds_rest = [&](const std::vector<std::size_t>& earlier) {
      return std::all_of(rest.begin(), rest.end(), [&](std::size_t one) {
        return std::find(earlier.begin(), earlier.end(), one) != earlier.end();
      });
    };
    return std::none_of(terms_.begin(), terms_.begin() + static_cast<std::ptrdiff_t>(term), holds_rest);
  }

  std::pair<std::size_t, std::size_t> first_factor() const {
    for (std::size_t term = 0; term < terms_.size(); ++term) {
      for (const std::size_t variable : terms_[term]) {
        if (variables_[variable].is_factor) return {term, variable};
      }
    }
    return {terms_.size(), 0};
  }

  /// What one variable of a term contributes: one column, or one per level.
  std::vector<DesignColumn> coded(std::size_t term, std::size_t index) const {
    const Variable& variable = variables_[index];
    const std::string name = variable_text(variable.written);
    if (variable.written.degree > 0) {
      std::vector<DesignColumn> powers;
      for (std::uint32_t power = 1; power <= variable.written.degree; ++power) {
        powers.push_back({name + std::to_string(power), {{variable.column, power, std::nullopt}}});
      }
      return powers;
    }
    if (!variable.is_factor) {
      DesignColumn one{name, {{variable.column, variable.written.power, std::nullopt}}};
      for (std::size_t i = 0; i < variable.times.size(); ++i) {
        one.factors.push_back({variable.times[i], variable.written.times[i].power, std::nullopt});
      }
      return {one};
    }
    std::vector<DesignColumn> levels;
    std::vector<Level> known = levels_of_factor(variable);
    if (variable.written.reference) {  // before the others, which keep their order
      const auto first = std::ranges::find(known, *variable.written.reference, &Level::name);
      std::rotate(known.begin(), first, first + 1);
    }
    for (std::size_t i = has_every_level(term, index) ? 0 : 1; i < known.size(); ++i) {
      levels.push_back({name + known[i].name, {{variable.column, 1, std::move(known[i].cells)}}});
    }
    return levels;
  }

  /// R's levels of a logical are FALSE and TRUE.
  [[nodiscard]] std::vector<Level> levels_of_factor(const Variable& variable) const {
    if (variable.written.compared.empty()) return possible_levels(variable.column);
    return {{"FALSE", domains_[variable.column].values() - variable.met}, {"TRUE", variable.met}};
  }

  [[nodiscard]] bool may_be_missing(std::uint32_t column) const {
    const auto found = possible_.find(column);
    return domains_[column].nullable && (found == possible_.end() || found->second.has_null());
  }

  /// The levels that WHERE leaves: R drops the others before it codes a factor.
  [[nodiscard]] std::vector<Level> possible_levels(std::uint32_t column) const {
    const auto found = possible_.find(column);
    std::vector<Level> levels = levels_of(domains_[column], schema_);
    if (found != possible_.end()) {
      std::erase_if(levels, [&](const Level& level) { return level.cells.disjoint_from(found->second); });
    }
    return levels;
  }

  Status add_term(std::size_t term) {
    std::vector<DesignColumn> columns{{}};
    for (const std::size_t variable : terms_[term]) {
      const std::vector<DesignColumn> levels = coded(term, variable);
      std::vector<DesignColumn> crossed;
      for (const DesignColumn& level : levels) {
        for (const DesignColumn& before : columns) {
          DesignColumn one = before;
          one.name += (one.name.empty() ? "" : ":") + level.name;
          one.factors.insert(one.factors.end(), level.factors.begin(), level.factors.end());
          crossed.push_back(std::move(one));
        }
        if (crossed.size() + model_.design.size() > kDesignColumnsMax) {
          return fail(Code::kLimit, call_.formula.response.at.text() + ": the model has more than " +
                                        std::to_string(kDesignColumnsMax) + " columns");
        }
      }
      columns = std::move(crossed);
    }
    model_.design.insert(model_.design.end(), columns.begin(), columns.end());
    return {};
  }

  void add_missing_indicators() {
    std::set<std::uint32_t> done;
    for (const Variable& variable : variables_) {
      for (const std::uint32_t column : variable.columns()) {
        if (!may_be_missing(column) || !done.insert(column).second) continue;
        CellSet null(domains_[column].value_cells);
        null.insert_null();
        model_.design.push_back({"missing(" + schema_.columns[column].name + ")", {{column, 1, std::move(null)}}});
      }
    }
  }

  void find_complete_columns() {
    std::set<std::uint32_t> columns{model_.response};
    if (model_.event) columns.insert(*model_.event);
    if (model_.weights) columns.insert(*model_.weights);
    columns.insert(model_.offsets.begin(), model_.offsets.end());
    if (model_.missing == MissingValues::kCompleteCases) {
      for (const Variable& variable : variables_) {
        for (const std::uint32_t column : variable.columns()) columns.insert(column);
      }
    }
    for (const std::uint32_t column : columns) {
      if (may_be_missing(column)) model_.complete.push_back(column);
    }
  }

  void find_compared_columns() {
    std::set<std::uint32_t> compared, otherwise{model_.offsets.begin(), model_.offsets.end()};
    for (const Variable& variable : variables_) {
      for (const std::uint32_t column : variable.columns()) {
        (variable.written.compared.empty() ? otherwise : compared).insert(column);
      }
    }
    std::ranges::set_difference(compared, otherwise, std::back_inserter(model_.compared));
  }

  Statistic statistic_;
  const ModelCall& call_;
  const data::Schema& schema_;
  const std::vector<Domain>& domains_;
  const CellMap& possible_;
  BoundModel model_;
  std::vector<Variable> variables_;              // each once
  std::vector<std::vector<std::size_t>> terms_;  // indices into variables_
};

/// What R's dot stands for: the columns of the table that can be asked for, but for those before ~. Histories are many
/// functions of a few series, and are named by whoever means them.
std::vector<std::string> others_of(const Formula& formula, const data::Schema& schema) {
  std::vector<std::string> names;
  for (const data::Column& column : schema.columns) {
    const bool is_before =
        column.name == formula.response.name || (formula.event && column.name == formula.event->name);
    if (column.is_sealed() && !column.history && !is_before) names.push_back(column.name);
  }
  return names;
}

class BasisBuilder {
 public:
  BasisBuilder(const data::Schema& schema, const std::vector<Domain>& domains) : schema_(schema), domains_(domains) {
    basis_.monomials.emplace_back();
  }

  ModelBasis run(const BoundModel& model) {
    for (const DesignColumn& column : model.design) {
      Polynomial polynomial{{Monomial{}, 1}};
      for (const DesignFactor& factor : column.factors) polynomial = product_of(polynomial, polynomial_of(factor));
      basis_.columns.push_back(expansion_of(polynomial, 1, {}));
    }
    DesignFactor response{model.response, 1, std::nullopt};
    if (model.trained && !model.event) response.cells = model.outcome;
    basis_.response = expansion_of(polynomial_of(response), 1, {});
    for (const std::uint32_t offset : model.offsets) {
      basis_.response = expansion_of(polynomial_of({offset, 1, std::nullopt}), -1, std::move(basis_.response));
    }
    return std::move(basis_);
  }

 private:
  /// centre + half width * x', to a power; a 0/1 value is an indicator and its own power.
  Polynomial polynomial_of(const DesignFactor& factor) const {
    const Domain& domain = domains_[factor.column];
    const data::Column& column = schema_.columns[factor.column];
    Monomial one;
    if (factor.cells) {
      one.cells.emplace(factor.column, *factor.cells);
      return {{one, 1}};
    }
    MC_CHECK(column.is_numeric());
    if (domain.kind == Domain::Kind::kBinary) {
      CellSet cells(domain.value_cells);
      cells.insert(1);
      one.cells.emplace(factor.column, std::move(cells));
      return {{one, 1}};
    }
    one.powers[factor.column] = 1;
    const Polynomial value{{Monomial{}, column.centre()}, {one, column.half_width()}};
    Polynomial result = value;
    for (std::uint32_t i = 1; i < factor.power; ++i) result = product_of(result, value);
    return result;
  }

  /// sum + factor * polynomial; monomials that the basis lacks are added to it.
  Expansion expansion_of(const Polynomial& polynomial, double factor, Expansion sum) {
    for (const auto& [monomial, coefficient] : polynomial) {
      if (coefficient == 0) continue;
      auto known = std::find(basis_.monomials.begin(), basis_.monomials.end(), monomial);
      if (known == basis_.monomials.end()) known = basis_.monomials.insert(known, monomial);
      const auto index = static_cast<std::uint32_t>(known - basis_.monomials.begin());
      const auto same = [&](const BasisTerm& term) { return term.index == index; };
      const auto found = std::find_if(sum.begin(), sum.end(), same);
      if (found != sum.end()) {
        found->coefficient += factor * coefficient;
      } else {
        sum.push_back({index, factor * coefficient});
      }
    }
    std::erase_if(sum, [](const BasisTerm& term) { return term.coefficient == 0; });
    std::sort(sum.begin(), sum.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    return sum;
  }

  const data::Schema& schema_;
  const std::vector<Domain>& domains_;
  ModelBasis basis_;
};

}  // namespace

Result<Formula> whole_formula(const Formula& formula, const data::Schema& schema) {
  if (!formula.dotted) return formula;
  const std::vector<std::string> others = others_of(formula, schema);
  return parse_formula(formula.dotted->text, formula.dotted->at, &others);
}

Result<BoundModel> bind_model(Statistic statistic, const ModelCall& call, const data::Schema& schema,
                              const std::vector<Domain>& domains, const CellMap& possible) {
  ModelCall whole = call;
  MC_TRY(whole.formula, whole_formula(call.formula, schema));
  return ModelBinder(statistic, whole, schema, domains, possible).run();
}

ModelBasis basis_of(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains) {
  return BasisBuilder(schema, domains).run(model);
}

}  // namespace mc::query
