// SPDX-License-Identifier: Apache-2.0
// A model formula in R's notation, taken apart and brought into the order of R's terms(): by degree, each term once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/parse/identifier.hpp"

namespace mc::query {

inline constexpr std::size_t kFormulaTermsMax = 256;
inline constexpr std::uint32_t kFormulaPowerMax = 4;
inline constexpr std::size_t kFormulaNestingMax = 32;  // parentheses within parentheses
inline constexpr std::size_t kFormulaDegreeMax = 8;    // variables in one interaction

/// What a term is a product of: a column as it is, factor(column), either of them with another reference, or
/// I(column^power).
struct FormulaVariable {
  Identifier column;
  bool as_factor = false;
  std::uint32_t power = 1;
  std::optional<std::string> reference{};  // of relevel(): the category that the others are compared with
  /// Equal variables of a formula are one variable, wherever they stand.
  friend bool operator==(const FormulaVariable& a, const FormulaVariable& b) {
    return a.column.name == b.column.name && a.as_factor == b.as_factor && a.power == b.power &&
           a.reference == b.reference;
  }
};

/// a:b:c, each variable once.
struct FormulaTerm {
  std::vector<FormulaVariable> variables;
  friend bool operator==(const FormulaTerm&, const FormulaTerm&) = default;
};

struct Formula {
  Identifier response;                 // the left side; of Surv(time, event) the time
  std::optional<Identifier> event;     // of Surv(time, event)
  std::optional<Identifier> category;  // of response == category, or Surv(time, event == category): its text
  bool intercept = true;
  std::vector<FormulaTerm> terms;   // main effects first, then by degree, in the order written
  std::vector<Identifier> offsets;  // they add up
};

/// response ~ term + …
///   response  outcome | Surv(time, outcome)
///   outcome   name | name == number | name == "text", as R writes whether a person is of one category
///   term      name | factor(name), also as.factor | relevel(name, ref = "B"), also of factor(name) | I(name^2)
///             | offset(name) | 1 | 0 | - 1
///             | a:b, also a %in% b | a*b, which is a + b + a:b | a/b, which is a + a:b | (a + b + c)^2, which are they
///             and their interactions of two | - a, which takes a away again
///   name      letters, digits, _ and ., not beginning with a digit; `backquoted` for anything else
///   order     as R: terms by degree, each once. The variables of an interaction stand in the order in which they
///             first appear in that list, so that formula_text reads back to the same formula
///   errors    kParse and kUnsupported with the line:column within the query, where the formula's first character
///             stands `at`; a quote inside the formula counts as the two that SQL writes for it
///   source    Chambers and Hastie 1992, Statistical Models in S, section 2.4
Result<Formula> parse_formula(std::string_view text, Position at);

/// One spelling per formula: `y ~ a + b + a:b - 1`.
std::string formula_text(const Formula& formula);

/// The variable as R names it in a coefficient: age, `Blood pressure`, factor(nyha), I(age^2).
std::string variable_text(const FormulaVariable& variable);

}  // namespace mc::query
