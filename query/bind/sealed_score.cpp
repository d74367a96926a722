// SPDX-License-Identifier: Apache-2.0
#include "query/bind/sealed_score.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "query/bind/parameters.hpp"
#include "query/bind/score_terms.hpp"

namespace mc::query {
namespace {

class Standardised {
 public:
  Standardised(std::vector<TermFactors> terms, const data::Schema& schema, const std::vector<Domain>& domains)
      : terms_(std::move(terms)), schema_(schema), domains_(domains) {
    for (const TermFactors& factors : terms_) {
      for (const DesignFactor& factor : factors) {
        used_.insert(factor.column);
        if (factor.cells && factor.cells->has_null()) substituted_.insert(factor.column);
      }
    }
  }

  /// A term with the coefficient 1, multiplied out.
  [[nodiscard]] Polynomial term(std::size_t index) const {
    Polynomial product{{Monomial{}, 1}};
    for (const DesignFactor& factor : terms_[index]) product = product_of(product, polynomial_of(factor));
    std::erase_if(product, [&](const auto& part) { return part.second == 0 || is_impossible(part.first); });
    return product;
  }

  [[nodiscard]] std::vector<std::uint32_t> complete() const {
    std::vector<std::uint32_t> columns;
    for (const std::uint32_t column : used_) {
      if (domains_[column].nullable && !substituted_.contains(column)) columns.push_back(column);
    }
    return columns;
  }

 private:
  /// centre + half width * x'. A sealed x' is 0 where x is missing, and so is an indicator.
  [[nodiscard]] Polynomial polynomial_of(const DesignFactor& factor) const {
    if (const auto indicator = indicator_of(factor, domains_)) return {{*indicator, 1}};
    const data::Column& column = schema_.columns[factor.column];
    Monomial one;
    one.powers[factor.column] = 1;
    const Polynomial value{{Monomial{}, column.centre()}, {one, column.half_width()}};
    Polynomial result = value;
    for (std::uint32_t i = 1; i < factor.power; ++i) result = product_of(result, value);
    return result;
  }

  /// x' where x is missing.
  [[nodiscard]] bool is_impossible(const Monomial& monomial) const {
    return std::ranges::any_of(monomial.powers, [&](const auto& power) {
      const auto cells = monomial.cells.find(power.first);
      return cells != monomial.cells.end() && (cells->second & domains_[power.first].values()).empty();
    });
  }

  std::vector<TermFactors> terms_;
  const data::Schema& schema_;
  const std::vector<Domain>& domains_;
  std::set<std::uint32_t> used_;
  std::set<std::uint32_t> substituted_;  // columns that may be missing: missing(x) is in the equation
};

/// Of every monomial what the equation multiplies it by; the first one is 1.
Polynomial multiplied_out(const ScoreEquation& equation, const Standardised& standardised) {
  Polynomial sum{{Monomial{}, equation.intercept}};
  for (std::size_t i = 0; i < equation.terms.size(); ++i) {
    for (auto& [monomial, coefficient] : standardised.term(i)) {
      add_term(sum, std::move(monomial), coefficient * equation.terms[i].coefficient);
    }
  }
  return sum;
}

Result<Standardised> standardised(const ScoreEquation& equation, const Position& at, const data::Schema& schema,
                                  const std::vector<Domain>& domains) {
  if (equation.terms.empty()) {
    return fail(Code::kInvalidArgument, at.text() + ": a sealed equation without terms gives everybody one score");
  }
  MC_TRY(std::vector<TermFactors> terms, look_up_terms(equation, at, schema, domains));
  return Standardised(std::move(terms), schema, domains);
}

}  // namespace

Result<SealedScore> bind_sealed_score(const ScoreEquation& shape, const std::string& model, const Position& at,
                                      const data::Schema& schema, const std::vector<Domain>& domains) {
  MC_CHECK(shape.sealed_scale.has_value());
  MC_TRY(const Standardised terms, standardised(shape, at, schema, domains));
  SealedScore score;
  score.model = model;
  score.name = "risk_score('" + model + "')";
  score.equation = equation_text(shape);
  score.scale = *shape.sealed_scale;
  for (auto& [monomial, coefficient] : multiplied_out(shape, terms)) score.monomials.push_back(std::move(monomial));
  score.complete = terms.complete();
  // Half a weight's step each.
  score.rounding = std::ldexp(score.scale * static_cast<double>(score.monomials.size()), 1 - int{kWeightBits});
  return score;
}

Result<ScoreEquation> shape_of(const ScoreEquation& equation, const data::Schema& schema) {
  MC_CHECK(!equation.sealed_scale);
  const std::vector<Domain> domains = domains_of(schema);
  MC_TRY(const Standardised terms, standardised(equation, {}, schema, domains));
  double largest = 0;
  for (const auto& [monomial, coefficient] : multiplied_out(equation, terms)) {
    largest = std::max(largest, std::fabs(coefficient));
  }
  if (largest == 0) return fail(Code::kInvalidArgument, "the equation gives everybody the score 0");
  double scale = 1;
  while (scale < largest) scale *= 2;
  while (scale / 2 >= largest) scale /= 2;
  ScoreEquation shape;
  shape.sealed_scale = scale;
  for (const EquationTerm& one : equation.terms) shape.terms.push_back({0, one.term});
  return shape;
}

Result<std::vector<double>> sealed_weights(const SealedScore& score, const ScoreEquation& equation,
                                           const data::Schema& schema) {
  ScoreEquation shape;
  shape.sealed_scale = score.scale;
  for (const EquationTerm& one : equation.terms) shape.terms.push_back({0, one.term});
  if (equation_text(shape) != score.equation) {
    return fail(Code::kInvalidArgument, "the coefficients of " + score.model + " are not of the terms of its shape, " +
                                            score.equation + ", in that order");
  }
  const std::vector<Domain> domains = domains_of(schema);
  MC_TRY(const Standardised terms, standardised(equation, {}, schema, domains));
  std::vector<double> weights;
  for (const auto& [monomial, coefficient] : multiplied_out(equation, terms)) {
    weights.push_back(coefficient / score.scale);
    if (std::fabs(weights.back()) <= 1) continue;
    return fail(Code::kInvalidArgument, "a coefficient of " + score.model + " moves the score by more than the scale " +
                                            "of its shape, " + score.equation + "; add the model anew");
  }
  MC_CHECK(weights.size() == score.monomials.size());
  return weights;
}

}  // namespace mc::query
