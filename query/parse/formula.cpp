// SPDX-License-Identifier: Apache-2.0
#include "query/parse/formula.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <tao/pegtl/contrib/parse_tree.hpp>

#include "base/check.hpp"
#include "data/record/number.hpp"
#include "query/parse/formula_grammar.hpp"

namespace mc::query {
namespace {

namespace g = formula_grammar;
namespace peg = tao::pegtl;

using SyntaxNode = peg::parse_tree::node;

template <class Rule>
using Selector = peg::parse_tree::selector<
    Rule, peg::parse_tree::store_content::on<
              g::plain_name, g::backquoted_name, g::factor_variable, g::as_is_variable, g::as_is_part, g::comparison,
              g::compared_sign, g::compared_number, g::column_variable, g::power, g::polynomial_variable, g::degree,
              g::dot, g::relevel_variable, g::reference_text, g::interaction, g::crossing, g::crossed_by, g::nested_in,
              g::powered_group, g::group, g::exponent, g::removed_terms, g::offset_term, g::one, g::zero,
              g::removed_one, g::removed_zero, g::time_name, g::event_name, g::response_name, g::category_number,
              g::category_text, g::history, history_grammar::function, history_grammar::series, history_grammar::time>>;

struct Sentences {
  template <class Rule>
  static constexpr auto message = g::sentence<Rule>;
  template <class Rule>
  static constexpr bool raise_on_failure = false;
};
template <class Rule>
using Control = peg::must_if<Sentences, peg::normal, false>::control<Rule>;

/// Where the `offset`th byte of the formula stands in the query.
Position position_at(std::string_view text, std::size_t offset, Position at) {
  for (const char c : text.substr(0, offset)) {
    ++at.column;
    if (c == '\'') ++at.column;  // SQL doubles it
    if (c == '\n') at = {at.line + 1, 1};
  }
  return at;
}

/// Read back without backquotes; a bare dot would be R's "all other columns".
bool is_plain(std::string_view name) {
  peg::memory_input input(name.data(), name.size(), "");
  return peg::parse<peg::seq<peg::not_at<g::dot>, g::plain_name, peg::eof>>(input);
}

std::string name_text(const std::string& name) {
  return is_plain(name) || data::is_history_text(name) ? name : "`" + name + "`";
}

/// Read back as it is written: a number without quotes.
std::string category_text(const std::string& category) {
  peg::memory_input input(category.data(), category.size(), "");
  const bool is_number = peg::parse<peg::seq<g::category_number, peg::eof>>(input) &&
                         category == data::number_text(std::strtod(category.c_str(), nullptr));
  return is_number ? category : '"' + category + '"';
}

constexpr std::pair<Comparison, std::string_view> kSigns[] = {
    {Comparison::kLess, "<"},    {Comparison::kLessOrEqual, "<="}, {Comparison::kGreaterOrEqual, ">="},
    {Comparison::kGreater, ">"}, {Comparison::kEqual, "=="},       {Comparison::kNotEqual, "!="}};

Comparison meaning_of(std::string_view sign) {
  const auto found = std::ranges::find(kSigns, sign, &std::pair<Comparison, std::string_view>::second);
  MC_CHECK(found != std::end(kSigns));  // g::comparison_sign
  return found->first;
}

/// age > 50 & age <= 70, as R prints it.
std::string comparisons_text(const FormulaVariable& variable) {
  std::string text;
  for (const auto& [comparison, value] : variable.compared) {
    const auto found = std::ranges::find(kSigns, comparison, &std::pair<Comparison, std::string_view>::first);
    text += (text.empty() ? "" : " & ") + name_text(variable.column.name) + " " + std::string(found->second) + " " +
            (value.is_number() ? data::number_text(value.number()) : '"' + value.text() + '"');
  }
  return text;
}

/// The variables of all terms in an order that every term keeps, when it is not the one in which they first appear in
/// the terms; otherwise none.
FormulaTerm leading_term(const std::vector<FormulaTerm>& terms) {
  std::vector<FormulaVariable> left;  // as they first appear
  for (const FormulaTerm& term : terms) {
    for (const FormulaVariable& variable : term.variables) {
      if (std::find(left.begin(), left.end(), variable) == left.end()) left.push_back(variable);
    }
  }
  const std::vector<FormulaVariable> appearing = left;
  const auto is_next = [&](const FormulaVariable& candidate) {
    return std::all_of(terms.begin(), terms.end(), [&](const FormulaTerm& term) {
      const auto first = std::find_if(term.variables.begin(), term.variables.end(), [&](const FormulaVariable& one) {
        return std::find(left.begin(), left.end(), one) != left.end();
      });
      const auto own = std::find(term.variables.begin(), term.variables.end(), candidate);
      return own == term.variables.end() || own == first;
    });
  };
  FormulaTerm ordered;
  while (!left.empty()) {
    const auto next = std::find_if(left.begin(), left.end(), is_next);
    MC_CHECK(next != left.end());  // terms keep the order of one text
    ordered.variables.push_back(*next);
    left.erase(next);
  }
  return ordered.variables == appearing ? FormulaTerm{} : ordered;
}

class Builder {
 public:
  Builder(std::string_view text, Position at, const std::vector<std::string>* others)
      : text_(text), at_(at), others_(others) {}

  Result<Formula> run(const SyntaxNode& root) {
    MC_TRY_STATUS(check_histories(root));
    for (const auto& child : root.children) MC_TRY_STATUS(take(*child));
    if (has_unread_dot_) {
      formula_.terms.clear();
      formula_.dotted = DottedFormula{std::string(text_), at_};
      return std::move(formula_);
    }
    put_in_order();
    if (formula_.terms.empty() && !formula_.intercept) {
      return fail_at(Code::kParse, at_, "a formula without intercept needs a term");
    }
    return std::move(formula_);
  }

 private:
  Position position_of(const SyntaxNode& node) const { return position_at(text_, node.begin().byte, at_); }

  Status check_histories(const SyntaxNode& node) const {
    if (node.is_type<g::history>()) {
      const auto history = history_grammar::name_of(node);
      if (!history) return fail_at(history.error().code, position_of(node), history.error().message);
    }
    for (const auto& child : node.children) MC_TRY_STATUS(check_histories(*child));
    return {};
  }

  Identifier identifier_in(const SyntaxNode& node) const {
    const SyntaxNode& name = *node.children.front();
    if (name.is_type<g::history>()) return {history_grammar::name_of(name).value_or_stop(), position_of(name)};
    std::string text = name.string();
    if (name.is_type<g::backquoted_name>()) text = text.substr(1, text.size() - 2);
    return {std::move(text), position_of(name)};
  }

  Status take(const SyntaxNode& node) {
    if (node.is_type<g::response_name>() || node.is_type<g::time_name>()) {
      formula_.response = identifier_in(node);
    } else if (node.is_type<g::event_name>()) {
      formula_.event = identifier_in(node);
    } else if (node.is_type<g::category_number>()) {
      formula_.category = Identifier{data::number_text(std::strtod(node.string().c_str(), nullptr)), position_of(node)};
    } else if (node.is_type<g::category_text>()) {
      formula_.category = Identifier{node.string(), position_of(node)};
    } else if (node.is_type<g::one>() || node.is_type<g::removed_zero>()) {
      formula_.intercept = true;
    } else if (node.is_type<g::zero>() || node.is_type<g::removed_one>()) {
      formula_.intercept = false;
    } else if (node.is_type<g::offset_term>()) {
      formula_.offsets.push_back(identifier_in(node));
    } else if (node.is_type<g::removed_terms>()) {
      MC_TRY(const Terms terms, crossing_of(*node.children.front()));
      std::erase_if(formula_.terms, [&](const FormulaTerm& term) { return holds(terms, term); });
    } else {
      MC_TRY(const Terms terms, crossing_of(node));
      MC_TRY_STATUS(add(terms, node, formula_.terms));
    }
    return {};
  }

  Result<FormulaVariable> variable_of(const SyntaxNode& node) const {
    if (node.is_type<g::relevel_variable>()) {
      const SyntaxNode& releveled = *node.children.front();
      const bool is_factor = releveled.is_type<g::factor_variable>();
      return FormulaVariable{identifier_in(is_factor ? releveled : node), is_factor, 1, node.children.back()->string()};
    }
    if (node.is_type<g::as_is_variable>()) return as_is(node);
    FormulaVariable variable{identifier_in(node), node.is_type<g::factor_variable>(), 1};
    if (node.is_type<g::polynomial_variable>()) {
      MC_TRY(variable.degree, power_of(*node.children.back(), 1));
    }
    return variable;
  }

  /// I(age > 50 & age <= 70).
  Result<FormulaVariable> compared(const SyntaxNode& node) const {
    if (node.children.size() > kFormulaComparedMax) {
      return fail_at(Code::kLimit, position_of(node),
                     std::to_string(node.children.size()) + " comparisons in one I(), " +
                         std::to_string(kFormulaComparedMax) + " are allowed");
    }
    FormulaVariable variable{identifier_in(*node.children.front())};
    for (const auto& child : node.children) {
      const Identifier column = identifier_in(*child);
      if (column.name != variable.column.name) {
        return fail_at(Code::kUnsupported, column.at,
                       "I() compares one column, here " + variable.column.name +
                           "; of two there is the product, as in I(age > 50):I(bmi > 30)");
      }
      const SyntaxNode& value = *child->children.back();
      Literal literal{value.string(), position_of(value)};
      if (value.is_type<g::compared_number>()) {
        const auto number = data::parse_number(value.string_view());
        if (!number) return fail_at(Code::kParse, literal.at, "the number " + value.string() + " cannot be read");
        literal.value = *number;
      }
      variable.compared.push_back({meaning_of(child->children[1]->string_view()), std::move(literal)});
    }
    return variable;
  }

  /// I(a^2 * b); a column that comes twice is one power.
  Result<FormulaVariable> as_is(const SyntaxNode& node) const {
    if (node.children.front()->is_type<g::comparison>()) return compared(node);
    std::vector<FormulaPower> parts;
    for (const auto& child : node.children) {
      FormulaPower part{identifier_in(*child), 1};
      if (child->children.size() > 1) {
        MC_TRY(part.power, power_of(*child->children.back(), 2));
      }
      const auto same = [&](const FormulaPower& other) { return other.column.name == part.column.name; };
      const auto known = std::find_if(parts.begin(), parts.end(), same);
      if (known == parts.end()) {
        parts.push_back(std::move(part));
      } else if ((known->power += part.power) > kFormulaPowerMax) {
        return refuse_power(node, std::to_string(known->power), 2);
      }
    }
    if (parts.size() > kFormulaDegreeMax || (parts.size() == 1 && parts.front().power == 1)) {
      return fail_at(Code::kUnsupported, position_of(node), g::kAsIs);
    }
    FormulaVariable variable{parts.front().column, false, parts.front().power};
    variable.times.assign(parts.begin() + 1, parts.end());
    return variable;
  }

  Result<std::uint32_t> power_of(const SyntaxNode& node, std::uint32_t least) const {
    std::uint32_t power = 0;
    const std::string_view digits = node.string_view();
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), power);
    if (read.ec == std::errc{} && power >= least && power <= kFormulaPowerMax) return power;
    return refuse_power(node, node.string(), least);
  }

  tl::unexpected<Error> refuse_power(const SyntaxNode& node, const std::string& power, std::uint32_t least) const {
    return fail_at(Code::kUnsupported, position_of(node),
                   "powers from " + std::to_string(least) + " to " + std::to_string(kFormulaPowerMax) +
                       " are offered, not " + power);
  }

  using Terms = std::vector<FormulaTerm>;  // each once

  static bool holds(const Terms& terms, const FormulaTerm& term) {
    return std::find(terms.begin(), terms.end(), term) != terms.end();
  }

  Status add(const Terms& more, const SyntaxNode& node, Terms& terms) const {
    for (const FormulaTerm& term : more) {
      if (!holds(terms, term)) terms.push_back(term);
      if (terms.size() > kFormulaTermsMax) {
        return fail_at(Code::kLimit, position_of(node),
                       "the formula has more than " + std::to_string(kFormulaTermsMax) + " terms");
      }
    }
    return {};
  }

  /// a:b, in which a:a is a.
  Result<FormulaTerm> joined(FormulaTerm term, const FormulaTerm& other, const SyntaxNode& node) const {
    for (const FormulaVariable& variable : other.variables) {
      if (std::find(term.variables.begin(), term.variables.end(), variable) == term.variables.end()) {
        term.variables.push_back(variable);
      }
    }
    if (term.variables.size() > kFormulaDegreeMax) {
      return fail_at(Code::kLimit, position_of(node),
                     "an interaction of " + std::to_string(term.variables.size()) + " variables, " +
                         std::to_string(kFormulaDegreeMax) + " are allowed");
    }
    sort_variables(term);
    return term;
  }

  Result<Terms> joined(const Terms& terms, const Terms& others, const SyntaxNode& node) const {
    Terms all;
    for (const FormulaTerm& term : terms) {
      for (const FormulaTerm& other : others) {
        MC_TRY(FormulaTerm one, joined(term, other, node));
        MC_TRY_STATUS(add({std::move(one)}, node, all));
      }
    }
    return all;
  }

  /// a*b: every term by itself and with the others.
  Result<Terms> crossed(Terms terms, const Terms& others, const SyntaxNode& node) const {
    MC_TRY(const Terms both, joined(terms, others, node));
    MC_TRY_STATUS(add(others, node, terms));
    MC_TRY_STATUS(add(both, node, terms));
    return terms;
  }

  /// (a + b)/c: the terms, and the others within all of their variables.
  Result<Terms> nested(Terms terms, const Terms& others, const SyntaxNode& node) const {
    FormulaTerm all;
    for (const FormulaTerm& term : terms) {
      MC_TRY(all, joined(std::move(all), term, node));
    }
    MC_TRY(const Terms within, joined(Terms{all}, others, node));
    MC_TRY_STATUS(add(within, node, terms));
    return terms;
  }

  Result<Terms> crossing_of(const SyntaxNode& node) {
    MC_TRY(Terms terms, interaction_of(*node.children.front()));
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const SyntaxNode& child = *node.children[i];
      MC_TRY(const Terms others, interaction_of(*child.children.front()));
      if (child.is_type<g::nested_in>()) {
        MC_TRY(terms, nested(std::move(terms), others, node));
      } else {
        MC_TRY(terms, crossed(std::move(terms), others, node));
      }
    }
    return terms;
  }

  Result<Terms> interaction_of(const SyntaxNode& node) {
    Terms terms;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      MC_TRY(Terms part, primary_of(*node.children[i]));
      if (i == 0) {
        terms = std::move(part);
      } else {
        MC_TRY(terms, joined(terms, part, node));
      }
    }
    return terms;
  }

  Result<Terms> primary_of(const SyntaxNode& node) {
    if (node.is_type<g::dot>()) return others_of(node);
    if (!node.is_type<g::powered_group>()) {
      MC_TRY(FormulaVariable variable, variable_of(node));
      if (place_of(variable) == variables_.size()) variables_.push_back(variable);
      return Terms{{{std::move(variable)}}};
    }
    MC_TRY(const Terms group, group_of(*node.children.front()));
    if (node.children.size() == 1) return group;
    const SyntaxNode& exponent = *node.children.back();
    std::size_t power = 0;
    const std::string_view digits = exponent.string_view();
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), power);
    if (read.ec != std::errc{} || power < 1 || power > kFormulaDegreeMax) {
      return fail_at(
          Code::kUnsupported, position_of(exponent),
          "powers of terms from 1 to " + std::to_string(kFormulaDegreeMax) + " are offered, not " + exponent.string());
    }
    Terms terms = group;
    for (std::size_t i = 1; i < power; ++i) {
      MC_TRY(terms, crossed(std::move(terms), group, node));
    }
    return terms;
  }

  Result<Terms> others_of(const SyntaxNode& node) {
    if (others_ == nullptr) {
      has_unread_dot_ = true;
      return Terms{};
    }
    Terms terms;
    for (const std::string& name : *others_) {
      FormulaVariable variable{Identifier{name, position_of(node)}};
      if (place_of(variable) == variables_.size()) variables_.push_back(variable);
      MC_TRY_STATUS(add({{{std::move(variable)}}}, node, terms));
    }
    return terms;
  }

  Result<Terms> group_of(const SyntaxNode& node) {
    Terms terms;
    for (const auto& child : node.children) {
      const bool is_removed = child->is_type<g::removed_terms>();
      MC_TRY(const Terms some, crossing_of(is_removed ? *child->children.front() : *child));
      if (is_removed) {
        std::erase_if(terms, [&](const FormulaTerm& term) { return holds(some, term); });
      } else {
        MC_TRY_STATUS(add(some, node, terms));
      }
    }
    return terms;
  }

  std::size_t place_of(const FormulaVariable& variable) const {
    return static_cast<std::size_t>(std::find(variables_.begin(), variables_.end(), variable) - variables_.begin());
  }

  void sort_variables(FormulaTerm& term) const {
    std::sort(term.variables.begin(), term.variables.end(),
              [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  }
  void sort_variables() {
    for (FormulaTerm& term : formula_.terms) sort_variables(term);
  }

  void put_in_order() {
    std::stable_sort(formula_.terms.begin(), formula_.terms.end(),
                     [](const auto& a, const auto& b) { return a.variables.size() < b.variables.size(); });
    sort_variables();
    const FormulaTerm lead = leading_term(formula_.terms);
    const bool has_room = formula_.terms.size() < kFormulaTermsMax && lead.variables.size() <= kFormulaDegreeMax;
    if (lead.variables.empty() || has_room) return;
    // No text would read back to that order: by first appearance in the terms.
    variables_.clear();
    for (const FormulaTerm& term : formula_.terms) {
      for (const FormulaVariable& variable : term.variables) {
        if (place_of(variable) == variables_.size()) variables_.push_back(variable);
      }
    }
    sort_variables();
  }

  std::string_view text_;
  Position at_;
  const std::vector<std::string>* others_;
  bool has_unread_dot_ = false;
  Formula formula_;
  std::vector<FormulaVariable> variables_;  // in the order of first appearance
};

std::string found_at(std::string_view text, std::size_t offset) {
  while (offset < text.size() && (text[offset] == ' ' || text[offset] == '\n' || text[offset] == '\t')) ++offset;
  if (offset >= text.size()) return "the end";
  std::size_t end = offset + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;  // a whole character
  return std::string(text.substr(offset, end - offset));
}

/// Recursion stays small whatever somebody writes.
Status check_nesting(std::string_view text, const Position& at) {
  std::size_t depth = 0;
  char within = 0;  // a quoted text or a backquoted name, in which parentheses are nothing but characters
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char quote = text[i] == '\'' ? '"' : text[i];  // the grammar lets either end the other
    if (quote == '"' || quote == '`') within = within == 0 ? quote : within == quote ? 0 : within;
    if (within != 0) continue;
    if (text[i] == '(' && ++depth > kFormulaNestingMax) {
      return fail_at(Code::kLimit, position_at(text, i, at),
                     "more than " + std::to_string(kFormulaNestingMax) + " parentheses within each other");
    }
    if (text[i] == ')' && depth > 0) --depth;
  }
  return {};
}

std::string term_text(const FormulaTerm& term) {
  std::string product;
  for (const FormulaVariable& variable : term.variables) {
    product += (product.empty() ? "" : ":") + variable_text(variable);
  }
  return product;
}

}  // namespace

Result<Formula> parse_formula(std::string_view text, Position at, const std::vector<std::string>* others) {
  MC_TRY_STATUS(check_nesting(text, at));
  peg::memory_input input(text.data(), text.size(), "formula");
  try {
    const auto root = peg::parse_tree::parse<g::formula, Selector, peg::nothing, Control>(input);
    MC_CHECK(root != nullptr);  // g::formula begins with must: it matches or raises
    return Builder(text, at, others).run(*root);
  } catch (const peg::parse_error& error) {
    const std::size_t offset = error.positions().front().byte;
    const Position where = position_at(text, offset, at);
    const std::string_view message = error.message();
    if (message.starts_with("not offered")) return fail_at(Code::kUnsupported, where, message);
    return fail_at(Code::kParse, where, std::string(message) + ", found " + found_at(text, offset));
  }
}

std::string variable_text(const FormulaVariable& variable) {
  const std::string name = name_text(variable.column.name);
  const std::string whole = variable.as_factor ? "factor(" + name + ")" : name;
  if (variable.reference) return "relevel(" + whole + ", ref = \"" + *variable.reference + "\")";
  if (variable.as_factor) return whole;
  if (!variable.compared.empty()) return "I(" + comparisons_text(variable) + ")";
  if (variable.degree > 0) return "poly(" + name + ", " + std::to_string(variable.degree) + ", raw = TRUE)";
  const auto power_text = [](const std::string& column, std::uint32_t power) {
    return power == 1 ? column : column + "^" + std::to_string(power);
  };
  std::string product = power_text(name, variable.power);
  if (variable.power == 1 && variable.times.empty()) return product;
  for (const FormulaPower& part : variable.times) {
    product += " * " + power_text(name_text(part.column.name), part.power);
  }
  return "I(" + product + ")";
}

namespace {

std::string text_of(const Formula& formula, const FormulaTerm& lead) {
  const std::string category = formula.category ? " == " + category_text(formula.category->name) : "";
  std::string text = formula.event ? "Surv(" + name_text(formula.response.name) + ", " +
                                         name_text(formula.event->name) + category + ") ~ "
                                   : name_text(formula.response.name) + category + " ~ ";
  bool is_first = true;
  const auto add = [&](const std::string& term) {
    text += (is_first ? "" : " + ") + term;
    is_first = false;
  };
  const bool leads = !lead.variables.empty();
  if (leads) add(term_text(lead));
  for (const FormulaTerm& term : formula.terms) {
    if (!leads || term != lead) add(term_text(term));
  }
  for (const Identifier& offset : formula.offsets) add("offset(" + name_text(offset.name) + ")");
  if (is_first) return text + "1";
  const bool is_own = std::find(formula.terms.begin(), formula.terms.end(), lead) != formula.terms.end();
  if (leads && !is_own) text += " - " + term_text(lead);
  return formula.intercept ? text : text + " - 1";
}

}  // namespace

std::string formula_text(const Formula& formula) {
  return formula.dotted ? formula.dotted->text : text_of(formula, leading_term(formula.terms));
}

std::string formula_title(const Formula& formula) {
  return text_of(formula, {});
}

}  // namespace mc::query
