// SPDX-License-Identifier: Apache-2.0
#include "query/bind/score.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/check.hpp"
#include "data/schema/step.hpp"
#include "query/bind/score_terms.hpp"

namespace mc::query {
namespace {

class ScoreBinder {
 public:
  ScoreBinder(const ScoreEquation& equation, const Position& at, const data::Schema& schema,
              const std::vector<Domain>& domains, bool proven)
      : equation_(equation), at_(at), schema_(schema), domains_(domains), proven_(proven) {}

  Result<BoundScore> run() {
    MC_TRY(terms_, look_up_terms(equation_, at_, schema_, domains_));
    MC_TRY_STATUS(check_terms());
    Polynomial sum;
    add_term(sum, {}, equation_.intercept);
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      Polynomial product{{Monomial{}, equation_.terms[i].coefficient}};
      for (const DesignFactor& factor : terms_[i]) product = product_of(product, polynomial_of(factor));
      for (auto& [monomial, coefficient] : product) add_term(sum, std::move(monomial), coefficient);
    }
    std::erase_if(sum, [&](const auto& term) { return is_impossible(term.first); });
    MC_TRY_STATUS(put_on_grid(sum));
    MC_TRY_STATUS(set_reach());
    for (const std::uint32_t column : used_) {
      if (domains_[column].nullable && !substituted_.contains(column)) score_.complete.push_back(column);
    }
    return std::move(score_);
  }

 private:
  tl::unexpected<Error> error(Code code, const std::string& message) const {
    return fail(code, at_.text() + ": " + message);
  }

  Status check_terms() {
    for (const TermFactors& factors : terms_) {
      for (const DesignFactor& factor : factors) {
        MC_TRY_STATUS(check_factor(factor));
        used_.insert(factor.column);
        if (factor.cells && factor.cells->has_null()) substituted_.insert(factor.column);
      }
    }
    return {};
  }

  Status check_factor(const DesignFactor& factor) const {
    const data::Column& column = schema_.columns[factor.column];
    if (factor.cells || column.resolution() > 0 || column.is_binary()) return {};
    return error(Code::kInvalidArgument,
                 "a score needs columns whose values are whole multiples of a step, and the "
                 "dictionary declares no step for " +
                     column.name);
  }

  /// A value is middle + u; where it is missing and may be, it counts as the centre of its range.
  Polynomial polynomial_of(const DesignFactor& factor) const {
    if (const auto indicator = indicator_of(factor, domains_)) return {{*indicator, 1}};
    const data::Column& column = schema_.columns[factor.column];
    Monomial one;
    const ScoreOrigin origin = score_origin(column);
    one.powers[factor.column] = 1;
    Polynomial value{{Monomial{}, origin.middle}, {one, 1}};
    if (substituted_.contains(factor.column)) {
      Monomial missing;
      CellSet null(domains_[factor.column].value_cells);
      null.insert_null();
      missing.cells.emplace(factor.column, std::move(null));
      value.emplace_back(std::move(missing), column.centre() - origin.middle);
    }
    Polynomial result = value;
    for (std::uint32_t i = 1; i < factor.power; ++i) result = product_of(result, value);
    return result;
  }

  /// u is 0 where the value is missing.
  bool is_impossible(const Monomial& monomial) const {
    return std::ranges::any_of(monomial.powers, [&](const auto& power) {
      const auto cells = monomial.cells.find(power.first);
      return cells != monomial.cells.end() && (cells->second & domains_[power.first].values()).empty();
    });
  }

  /// The product of the steps of a monomial's columns, and how many of them it reaches at most.
  std::pair<double, double> steps_of(const Monomial& monomial) const {
    double unit = 1;
    double reach = 1;
    for (const auto& [column, power] : monomial.powers) {
      const double step = schema_.columns[column].resolution();
      for (std::uint32_t i = 0; i < power; ++i) {
        unit *= step;
        reach *= score_origin(schema_.columns[column]).reach / step;
      }
    }
    return {unit, reach};
  }

  /// How far a person's score is off at most when coefficients are multiples of `step` over their units.
  double rounding_at(const Polynomial& sum, double step) const {
    double rounding = 0;
    for (const auto& [monomial, coefficient] : sum) {
      const auto [unit, reach] = steps_of(monomial);
      const double wanted = coefficient * unit;
      rounding += std::fabs(wanted - data::multiple_of_step(step, std::nearbyint(wanted / step))) * reach;
    }
    return rounding;
  }

  /// How many features a score's column takes of an indicator, times their factors: of neighbouring cells what lies
  /// above their beginning less what lies above their end.
  double features_of(std::uint32_t column, const CellSet& cells) const {
    const Domain& domain = domains_[column];
    std::size_t inside = 0, changes = 0;
    for (std::size_t i = 0; i < domain.value_cells; ++i) {
      inside += cells.has(i) ? 1 : 0;
      changes += cells.has(i) != (i > 0 && cells.has(i - 1)) ? 1 : 0;
    }
    if (cells.has_null()) return static_cast<double>(2 + domain.value_cells);
    return static_cast<double>(domain.kind == Domain::Kind::kCategories ? inside : changes);
  }

  /// How far the terms reach together when every feature that they take is 1 or -1: nobody, and what proofs leave.
  double features_reach(const Polynomial& sum) const {
    double reach = 0;
    for (const auto& [monomial, coefficient] : sum) {
      if (monomial == Monomial{}) continue;
      const auto [unit, steps] = steps_of(monomial);
      double of_term = std::fabs(coefficient) * unit * steps;
      for (const auto& [column, cells] : monomial.cells) of_term *= features_of(column, cells);
      reach += of_term;
    }
    return reach;
  }

  Status put_on_grid(const Polynomial& sum) {
    constexpr double kInverseMax = 1e9;
    // What doubles lose is no rounding.
    constexpr double kNothing = 1e-12;
    const double inverse_max = proven_ ? kProvenScoreSteps / features_reach(sum) : kInverseMax;
    double inverse = 1;  // 1, 2, 5, 10, 20, 50, …
    double decade = 1;
    while (rounding_at(sum, 1 / inverse) > kScoreRoundingMax) {
      const double next = inverse == 5 * decade || inverse == decade ? 2 * inverse : 2.5 * inverse;
      if (proven_ && next > inverse_max) {
        if (rounding_at(sum, 1 / inverse) <= kProvenScoreRoundingMax) break;
        return error(
            Code::kInvalidArgument,
            "in this commons, whose owners are not trusted with their ranges, scores are compared in at most " +
                data::number_text(kProvenScoreSteps) + " steps, and rounding the equation's coefficients to " +
                "that grid moves a score by up to " + data::number_text(rounding_at(sum, 1 / inverse)) +
                "; write coefficients with fewer decimals, or columns with fewer steps (age in years, not "
                "days)");
      }
      if (inverse >= kInverseMax) {
        return error(Code::kInvalidArgument,
                     "the equation's coefficients are too small for the range and the steps of its columns: no grid of "
                     "1e-9 holds the score to " +
                         data::number_text(kScoreRoundingMax));
      }
      if (inverse == 5 * decade) {
        decade *= 10;
        inverse = decade;
      } else {
        inverse = inverse == decade ? 2 * decade : 5 * decade;
      }
    }
    score_.step = 1 / inverse;
    score_.rounding = rounding_at(sum, score_.step);
    if (score_.rounding < kNothing) score_.rounding = 0;
    for (const auto& [monomial, coefficient] : sum) {
      const double unit = steps_of(monomial).first;
      const double multiple = data::multiple_of_step(score_.step, std::nearbyint(coefficient * unit / score_.step));
      if (monomial == Monomial{}) {
        score_.constant = multiple;
      } else if (multiple != 0) {
        score_.terms.push_back({monomial, multiple / unit});
      }
    }
    return {};
  }

  /// How far the terms together can reach. Of levels of one column only one applies.
  Status set_reach() {
    double reach = 0;
    std::map<std::uint32_t, std::vector<const ScoreTerm*>> levels;
    for (const ScoreTerm& term : score_.terms) {
      double largest = std::fabs(term.coefficient);
      for (const auto& [column, power] : term.monomial.powers) {
        for (std::uint32_t i = 0; i < power; ++i) largest *= score_origin(schema_.columns[column]).reach;
      }
      const bool is_level = term.monomial.powers.empty() && term.monomial.cells.size() == 1;
      if (is_level) {
        levels[term.monomial.cells.begin()->first].push_back(&term);
      } else {
        reach += largest;
      }
    }
    for (const auto& [column, terms] : levels) {
      double largest = 0;
      double all = 0;
      bool exclusive = true;
      for (std::size_t i = 0; i < terms.size(); ++i) {
        largest = std::max(largest, std::fabs(terms[i]->coefficient));
        all += std::fabs(terms[i]->coefficient);
        for (std::size_t j = 0; j < i; ++j) {
          exclusive =
              exclusive && terms[i]->monomial.cells.at(column).disjoint_from(terms[j]->monomial.cells.at(column));
        }
      }
      reach += exclusive ? largest : all;
    }
    if (reach == 0) {
      return error(Code::kInvalidArgument, "the equation gives everybody the same score");
    }
    const double multiples = std::ceil(reach / score_.step);
    if (multiples > kScoreReachMax || std::fabs(score_.constant / score_.step) > kScoreReachMax) {
      return error(Code::kInvalidArgument, "the score reaches " + data::number_text(reach) + " in steps of " +
                                               data::number_text(score_.step) + ": too many to be told apart");
    }
    score_.reach = data::multiple_of_step(score_.step, multiples);
    return {};
  }

  const ScoreEquation& equation_;
  Position at_;
  const data::Schema& schema_;
  const std::vector<Domain>& domains_;
  bool proven_;
  BoundScore score_;
  std::vector<TermFactors> terms_;  // per term of the equation
  std::set<std::uint32_t> used_;
  std::set<std::uint32_t> substituted_;  // columns that may be missing: missing(x) is in the equation
};

}  // namespace

ScoreOrigin score_origin(const data::Column& column) {
  const double step = column.resolution();
  const double middle = data::multiple_of_step(step, std::nearbyint(column.centre() / step));
  return {middle, column.half_width() + std::fabs(column.centre() - middle)};
}

Result<BoundScore> bind_score(const ScoreEquation& equation, const std::string& name, const Position& at,
                              const data::Schema& schema, const std::vector<Domain>& domains, bool proven) {
  MC_TRY(BoundScore score, ScoreBinder(equation, at, schema, domains, proven).run());
  score.name = name;
  score.equation = equation_text(equation);
  return score;
}

data::Column score_column(const BoundScore& score) {
  data::Column column;
  column.name = score.name;
  column.required = score.complete.empty();
  const double middle = std::nearbyint(score.constant / score.step);
  const double reach = std::nearbyint(score.reach / score.step);
  column.minimum = data::multiple_of_step(score.step, middle - reach);
  column.maximum = data::multiple_of_step(score.step, middle + reach);
  column.step = score.step;
  return column;
}

}  // namespace mc::query
