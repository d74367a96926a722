// SPDX-License-Identifier: Apache-2.0
#include "query/bind/score_terms.hpp"

#include "query/bind/strata.hpp"
#include "query/parse/formula.hpp"
#include "query/parse/nearest.hpp"

namespace mc::query {
namespace {

/// Reads a term as a product of what the dictionary knows, in every way in which it can be read.
class TermReader {
 public:
  TermReader(const data::Schema& schema, const std::vector<Domain>& domains) : schema_(schema), domains_(domains) {}

  /// At most two readings: one is wanted.
  std::vector<TermFactors> readings(std::string_view term) const {
    std::vector<TermFactors> found;
    TermFactors before;
    read(term, before, found);
    return found;
  }

  /// What stands alone as a term, for "did you mean".
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (std::uint32_t c = 0; c < schema_.columns.size(); ++c) {
      for (const auto& [name, factor] : variables(c)) {
        if (factor.power == 1 && !name.starts_with("factor(")) names.push_back(name);
      }
    }
    return names;
  }

 private:
  static constexpr std::size_t kEnough = 2;

  void read(std::string_view rest, TermFactors& before, std::vector<TermFactors>& found) const {
    if (before.size() == kScoreFactorsMax) return;
    for (std::uint32_t c = 0; c < schema_.columns.size() && found.size() < kEnough; ++c) {
      if (rest.find(schema_.columns[c].name) == std::string_view::npos) continue;
      for (const auto& [name, factor] : rest.starts_with("relevel(") ? releveled(c) : variables(c)) {
        if (!rest.starts_with(name)) continue;
        before.push_back(factor);
        if (rest.size() == name.size()) {
          if (found.size() < kEnough) found.push_back(before);
        } else if (rest[name.size()] == ':') {
          read(rest.substr(name.size() + 1), before, found);
        }
        before.pop_back();
      }
    }
  }

  /// How a term may call a column, and what it then means.
  std::vector<std::pair<std::string, DesignFactor>> variables(std::uint32_t c) const {
    std::vector<std::pair<std::string, DesignFactor>> result;
    const data::Column& column = schema_.columns[c];
    if (!column.is_sealed()) return result;
    const Domain& domain = domains_[c];
    FormulaVariable variable{{column.name, {}, {}}, false, 1};
    if (column.is_numeric()) {
      for (variable.power = 1; variable.power <= kFormulaPowerMax; ++variable.power) {
        result.emplace_back(variable_text(variable), DesignFactor{c, variable.power, std::nullopt});
      }
      variable.power = 1;
    }
    if (domain.kind != Domain::Kind::kOrdered) {
      for (const bool as_factor : {true, false}) {
        if (!as_factor && column.is_numeric()) continue;
        variable.as_factor = as_factor;
        for (const Level& level : levels_of(domain, schema_)) {
          result.emplace_back(variable_text(variable) + level.name, DesignFactor{c, 1, level.cells});
        }
      }
    }
    if (domain.nullable) {
      CellSet null(domain.value_cells);
      null.insert_null();
      result.emplace_back("missing(" + column.name + ")", DesignFactor{c, 1, std::move(null)});
    }
    return result;
  }

  /// relevel(arm, ref = "B")A is armA: what it is compared with is in the other coefficients.
  std::vector<std::pair<std::string, DesignFactor>> releveled(std::uint32_t c) const {
    std::vector<std::pair<std::string, DesignFactor>> result;
    const data::Column& column = schema_.columns[c];
    if (!column.is_sealed() || domains_[c].kind == Domain::Kind::kOrdered) return result;
    const std::vector<Level> levels = levels_of(domains_[c], schema_);
    for (const bool as_factor : {true, false}) {
      if (!as_factor && column.is_numeric()) continue;
      for (const Level& reference : levels) {
        const std::string variable = variable_text({{column.name, {}, {}}, as_factor, 1, reference.name});
        for (const Level& level : levels) result.emplace_back(variable + level.name, DesignFactor{c, 1, level.cells});
      }
    }
    return result;
  }

  const data::Schema& schema_;
  const std::vector<Domain>& domains_;
};

}  // namespace

Result<std::vector<TermFactors>> look_up_terms(const ScoreEquation& equation, const Position& at,
                                               const data::Schema& schema, const std::vector<Domain>& domains) {
  const auto error = [&](Code code, const std::string& message) { return fail(code, at.text() + ": " + message); };
  const TermReader reader(schema, domains);
  std::vector<TermFactors> terms;
  for (const EquationTerm& one : equation.terms) {
    std::vector<TermFactors> readings = reader.readings(one.term);
    if (readings.empty()) {
      const std::vector<std::string> known = reader.names();
      const std::string guess = did_you_mean(one.term, known);
      return error(Code::kNotFound,
                   "unknown term " + one.term + " in the equation" +
                       (guess.empty() ? "; terms are " + listed(known) + ", and a:b of these" : guess));
    }
    if (readings.size() > 1) {
      return error(Code::kInvalidArgument, "the term " + one.term + " can be read in more than one way");
    }
    terms.push_back(std::move(readings.front()));
  }
  return terms;
}

std::optional<Monomial> indicator_of(const DesignFactor& factor, const std::vector<Domain>& domains) {
  const Domain& domain = domains[factor.column];
  if (!factor.cells && domain.kind != Domain::Kind::kBinary) return std::nullopt;
  CellSet cells(domain.value_cells);
  cells.insert(1);
  Monomial one;
  one.cells.emplace(factor.column, factor.cells ? *factor.cells : cells);
  return one;
}

}  // namespace mc::query
