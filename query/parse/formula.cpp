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
              g::plain_name, g::backquoted_name, g::factor_variable, g::power_variable, g::column_variable, g::power,
              g::interaction, g::crossing, g::offset_term, g::one, g::zero, g::removed_one, g::removed_zero,
              g::time_name, g::event_name, g::response_name, g::category_number, g::category_text, g::history,
              history_grammar::function, history_grammar::series, history_grammar::time>>;

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

auto fail_at(Code code, const Position& at, std::string_view message) {
  return fail(code, at.text() + ": " + std::string(message));
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

class Builder {
 public:
  Builder(std::string_view text, Position at) : text_(text), at_(at) {}

  Result<Formula> run(const SyntaxNode& root) {
    MC_TRY_STATUS(check_histories(root));
    for (const auto& child : root.children) MC_TRY_STATUS(take(*child));
    MC_TRY_STATUS(put_in_order());
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
    } else {
      return take_crossing(node);
    }
    return {};
  }

  Result<FormulaVariable> variable_of(const SyntaxNode& node) const {
    FormulaVariable variable{identifier_in(node), node.is_type<g::factor_variable>(), 1};
    if (!node.is_type<g::power_variable>()) return variable;
    const SyntaxNode& power = *node.children.back();
    const std::string_view digits = power.string_view();
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), variable.power);
    if (read.ec != std::errc{} || variable.power < 2 || variable.power > kFormulaPowerMax) {
      return fail_at(Code::kUnsupported, position_of(power),
                     "powers from 2 to " + std::to_string(kFormulaPowerMax) + " are offered, not " + power.string());
    }
    return variable;
  }

  Result<FormulaTerm> interaction_of(const SyntaxNode& node) {
    FormulaTerm term;
    for (const auto& child : node.children) {
      MC_TRY(FormulaVariable variable, variable_of(*child));
      const auto known = std::find(variables_.begin(), variables_.end(), variable);
      if (known == variables_.end()) variables_.push_back(variable);
      // a:a is a.
      if (std::find(term.variables.begin(), term.variables.end(), variable) == term.variables.end()) {
        term.variables.push_back(std::move(variable));
      }
    }
    MC_TRY_STATUS(check_degree(term, node));
    return term;
  }

  Status check_degree(const FormulaTerm& term, const SyntaxNode& node) const {
    if (term.variables.size() <= kFormulaDegreeMax) return {};
    return fail_at(Code::kLimit, position_of(node),
                   "an interaction of " + std::to_string(term.variables.size()) + " variables, " +
                       std::to_string(kFormulaDegreeMax) + " are allowed");
  }

  /// a*b*c: every part by itself and with the others.
  Status take_crossing(const SyntaxNode& node) {
    std::vector<FormulaTerm> crossed;
    for (const auto& child : node.children) {
      MC_TRY(const FormulaTerm part, interaction_of(*child));
      const std::size_t before = crossed.size();
      crossed.push_back(part);
      for (std::size_t i = 0; i < before; ++i) {
        FormulaTerm joined = crossed[i];
        for (const FormulaVariable& variable : part.variables) {
          if (std::find(joined.variables.begin(), joined.variables.end(), variable) == joined.variables.end()) {
            joined.variables.push_back(variable);
          }
        }
        MC_TRY_STATUS(check_degree(joined, node));
        crossed.push_back(std::move(joined));
      }
      if (formula_.terms.size() + crossed.size() > kFormulaTermsMax) {
        return fail_at(Code::kLimit, position_of(node),
                       "the formula has more than " + std::to_string(kFormulaTermsMax) + " terms");
      }
    }
    formula_.terms.insert(formula_.terms.end(), crossed.begin(), crossed.end());
    return {};
  }

  std::size_t place_of(const FormulaVariable& variable) const {
    return static_cast<std::size_t>(std::find(variables_.begin(), variables_.end(), variable) - variables_.begin());
  }

  void sort_variables() {
    for (FormulaTerm& term : formula_.terms) {
      std::sort(term.variables.begin(), term.variables.end(),
                [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
    }
  }

  Status put_in_order() {
    std::stable_sort(formula_.terms.begin(), formula_.terms.end(),
                     [](const auto& a, const auto& b) { return a.variables.size() < b.variables.size(); });
    // By first appearance in the list so ordered, so that the text reads back to the same order.
    sort_variables();
    variables_.clear();
    for (const FormulaTerm& term : formula_.terms) {
      for (const FormulaVariable& variable : term.variables) {
        if (place_of(variable) == variables_.size()) variables_.push_back(variable);
      }
    }
    sort_variables();
    std::vector<FormulaTerm> once;
    for (FormulaTerm& term : formula_.terms) {
      if (std::find(once.begin(), once.end(), term) == once.end()) once.push_back(std::move(term));
    }
    formula_.terms = std::move(once);
    return {};
  }

  std::string_view text_;
  Position at_;
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

}  // namespace

Result<Formula> parse_formula(std::string_view text, Position at) {
  peg::memory_input input(text.data(), text.size(), "formula");
  try {
    const auto root = peg::parse_tree::parse<g::formula, Selector, peg::nothing, Control>(input);
    MC_CHECK(root != nullptr);  // g::formula begins with must: it matches or raises
    return Builder(text, at).run(*root);
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
  if (variable.as_factor) return "factor(" + name + ")";
  return variable.power == 1 ? name : "I(" + name + "^" + std::to_string(variable.power) + ")";
}

std::string formula_text(const Formula& formula) {
  const std::string category = formula.category ? " == " + category_text(formula.category->name) : "";
  std::string text = formula.event ? "Surv(" + name_text(formula.response.name) + ", " +
                                         name_text(formula.event->name) + category + ") ~ "
                                   : name_text(formula.response.name) + category + " ~ ";
  bool is_first = true;
  const auto add = [&](const std::string& term) {
    text += (is_first ? "" : " + ") + term;
    is_first = false;
  };
  for (const FormulaTerm& term : formula.terms) {
    std::string product;
    for (const FormulaVariable& variable : term.variables) {
      product += (product.empty() ? "" : ":") + variable_text(variable);
    }
    add(product);
  }
  for (const Identifier& offset : formula.offsets) add("offset(" + name_text(offset.name) + ")");
  if (is_first) return text + "1";
  return formula.intercept ? text : text + " - 1";
}

}  // namespace mc::query
