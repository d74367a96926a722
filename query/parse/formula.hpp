// SPDX-License-Identifier: Apache-2.0
// A model formula in R's notation, taken apart and brought into the order of R's terms(): by degree, each term once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/parse/comparison.hpp"
#include "query/parse/identifier.hpp"

namespace mc::query {

inline constexpr std::size_t kFormulaTermsMax = 256;
inline constexpr std::uint32_t kFormulaPowerMax = 4;
inline constexpr std::size_t kFormulaNestingMax = 32;  // parentheses within parentheses
inline constexpr std::size_t kFormulaDegreeMax = 8;    // variables in one interaction
inline constexpr std::size_t kFormulaComparedMax = 8;  // comparisons joined by & in one I()

/// A factor of I(): a column to a power.
struct FormulaPower {
  Identifier column;
  std::uint32_t power = 1;
  friend bool operator==(const FormulaPower& a, const FormulaPower& b) {
    return a.column.name == b.column.name && a.power == b.power;
  }
};

/// A condition of I(): how its column is compared with a number, or with a category as text.
struct FormulaComparison {
  Comparison comparison = Comparison::kEqual;
  Literal value;
  friend bool operator==(const FormulaComparison& a, const FormulaComparison& b) {
    return a.comparison == b.comparison && a.value.value == b.value.value;
  }
};

/// What a term is a product of: a column as it is, factor(column), either of them with another reference,
/// I(column^power * …), I(column > value & …), which is TRUE or FALSE, or poly(column, degree, raw = TRUE), which is a
/// coefficient for each power.
struct FormulaVariable {
  Identifier column;
  bool as_factor = false;
  std::uint32_t power = 1;
  std::optional<std::string> reference{};     // of relevel(): the category that the others are compared with
  std::vector<FormulaPower> times{};          // of I(): what the column's power is multiplied with
  std::uint32_t degree = 0;                   // of poly(); 0 of anything else
  std::vector<FormulaComparison> compared{};  // of I(): what must all hold of the column
  [[nodiscard]] bool is_column() const {
    return !as_factor && power == 1 && !reference && times.empty() && degree == 0 && compared.empty();
  }
  /// Equal variables of a formula are one variable, wherever they stand.
  friend bool operator==(const FormulaVariable& a, const FormulaVariable& b) {
    return a.column.name == b.column.name && a.as_factor == b.as_factor && a.power == b.power &&
           a.reference == b.reference && a.times == b.times && a.degree == b.degree && a.compared == b.compared;
  }
};

/// a:b:c, each variable once.
struct FormulaTerm {
  std::vector<FormulaVariable> variables;
  friend bool operator==(const FormulaTerm&, const FormulaTerm&) = default;
};

/// A formula with R's dot, which only the dictionary can read.
struct DottedFormula {
  std::string text;
  Position at;
  friend bool operator==(const DottedFormula& a, const DottedFormula& b) { return a.text == b.text; }
};

struct Formula {
  Identifier response;                 // the left side; of Surv(time, event) the time
  std::optional<Identifier> event;     // of Surv(time, event)
  std::optional<Identifier> category;  // of response == category, or Surv(time, event == category): its text
  bool intercept = true;
  std::vector<FormulaTerm> terms;         // main effects first, then by degree, in the order written
  std::vector<Identifier> offsets;        // they add up
  std::optional<DottedFormula> dotted{};  // it has a dot, and no terms yet
};

/// response ~ term + …
///   response  outcome | Surv(time, outcome)
///   outcome   name | name == number | name == "text", as R writes whether a person is of one category
///   term      name | factor(name), also as.factor | relevel(name, ref = "B"), also of factor(name) | I(name^2 * name)
///             | I(name > number & name <= number), also >=, <, == and !=, which take "text" too | poly(name, 2, raw =
///             TRUE) | offset(name) | 1 | 0 | - 1 | . which is all `others`, each as it is | a:b, also a %in% b | a*b,
///             which is a + b + a:b | a/b, which is a + a:b | (a + b + c)^2, which are they and their interactions of
///             two | - a, which takes a away again
///   name      letters, digits, _ and ., not beginning with a digit; `backquoted` for anything else
///   order     as R: terms by degree, each once. The variables of an interaction stand in the order in which they
///             first appear in the text, also where they are taken away again
///   others    the columns that a dot stands for; without them a formula with a dot has no terms but its text
///   errors    kParse and kUnsupported with the line:column within the query, where the formula's first character
///             stands `at`; a quote inside the formula counts as the two that SQL writes for it
///   source    Chambers and Hastie 1992, Statistical Models in S, section 2.4
Result<Formula> parse_formula(std::string_view text, Position at, const std::vector<std::string>* others = nullptr);

/// One spelling per formula, which reads back to it: `y ~ a + b + a:b - 1`. Where that would order the variables of an
/// interaction differently, the interaction of all of them stands before the other terms, and if it is none of the
/// formula's it is taken away again: `y ~ a:b + b`. A formula with a dot is as it was written.
std::string formula_text(const Formula& formula);

/// For people: the terms in their order, which may read back to interactions with their variables the other way round.
std::string formula_title(const Formula& formula);

/// The variable as R names it in a coefficient: age, `Blood pressure`, factor(nyha), I(age^2), I(age > 50 & age <= 70).
std::string variable_text(const FormulaVariable& variable);

}  // namespace mc::query
