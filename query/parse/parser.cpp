// SPDX-License-Identifier: Apache-2.0
#include "query/parse/parser.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <tao/pegtl/contrib/parse_tree.hpp>

#include "base/bytes.hpp"
#include "base/codec.hpp"
#include "data/record/number.hpp"
#include "query/parse/grammar.hpp"
#include "query/parse/meant.hpp"
#include "query/parse/nearest.hpp"
#include "query/parse/other_names.hpp"
#include "query/parse/score_calls.hpp"
#include "query/parse/score_equation.hpp"
#include "query/parse/sealed_condition.hpp"
#include "query/parse/spelling.hpp"

namespace mc::query {
namespace {

namespace g = grammar;
namespace peg = tao::pegtl;

using SyntaxNode = peg::parse_tree::node;

template <class Rule>
using Selector = peg::parse_tree::selector<
    Rule, peg::parse_tree::store_content::on<
              g::plain_name, g::quoted_name, g::string_literal, g::number, g::truth_word, g::all_rows, g::distinct_word,
              g::function, g::aggregate, g::column_item, g::alias, g::item, g::comparison, g::compare_tail,
              g::literal_first, g::in_tail, g::between_tail, g::is_tail, g::negation, g::column_condition, g::unary,
              g::conjunction, g::predicate, g::where_predicate, g::table, g::group_column, g::named_option,
              g::parameter_name, g::weighted_column, g::weighted_sum, g::score_call, g::score_word, g::score_model,
              g::score_equation, g::person_clause, g::person_text, g::signature_text, g::history,
              history_grammar::function, history_grammar::series, history_grammar::time>>;

struct Sentences {
  template <class Rule>
  static constexpr auto message = g::sentence<Rule>;
  // A rule that fails where another alternative may follow is no error; only `must` raises.
  template <class Rule>
  static constexpr bool raise_on_failure = false;
};
template <class Rule>
using Control = peg::must_if<Sentences, peg::normal, false>::control<Rule>;

Position position_of(const SyntaxNode& node) {
  const auto at = node.begin();
  return {static_cast<std::uint32_t>(at.line), static_cast<std::uint32_t>(at.column)};
}

/// Drops the quotes and undoubles those inside.
std::string unquoted(std::string_view text) {
  const char quote = text.front();
  std::string result;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    result += text[i];
    if (text[i] == quote) ++i;
  }
  return result;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

/// risk_score('name'), risk_score('equation'), risk_score('name', 'equation').
Identifier score_of(const SyntaxNode& node) {
  ScoreCall call;
  const std::string word = lower_case(node.children[0]->string_view());
  call.as_risk = word == "predicted_risk";
  std::string first = unquoted(node.children[1]->string_view());
  if (node.children.size() > 2) {
    call.model = std::move(first);
    call.equation = unquoted(node.children[2]->string_view());
  } else {
    (is_model_name(first) ? call.model : call.equation) = std::move(first);
  }
  const std::string& shown = call.model.empty() ? call.equation : call.model;
  return {word + "(" + in_quotes(shown, '\'') + ")", position_of(node), std::move(call)};
}

Identifier name_of(const SyntaxNode& name) {
  if (name.is_type<g::score_call>()) return score_of(name);
  if (name.is_type<g::history>()) return {history_grammar::name_of(name).value_or_stop(), position_of(name), {}};
  return {name.is_type<g::quoted_name>() ? unquoted(name.string_view()) : name.string(), position_of(name), {}};
}

/// `node` holds one name or history as its first child.
Identifier identifier_in(const SyntaxNode& node) {
  return name_of(*node.children.front());
}

Result<Literal> literal_of(const SyntaxNode& node) {
  const Position at = position_of(node);
  if (node.is_type<g::string_literal>()) return Literal{unquoted(node.string_view()), at};
  std::string_view text = node.string_view();
  if (node.is_type<g::truth_word>()) return Literal{lower_case(text) == "true" ? 1.0 : 0.0, at};
  if (text.front() == '+') text.remove_prefix(1);  // from_chars knows no plus sign
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(value)) {
    return fail_at(Code::kParse, at, "the number " + node.string() + " does not fit a double");
  }
  return Literal{value == 0 ? 0.0 : value, at};  // -0 and 0 are one number and have one spelling
}

bool is_literal(const SyntaxNode& node) {
  return node.is_type<g::string_literal>() || node.is_type<g::number>() || node.is_type<g::truth_word>();
}

Comparison comparison_of(std::string_view sign) {
  if (sign == "=") return Comparison::kEqual;
  if (sign == "<") return Comparison::kLess;
  if (sign == "<=") return Comparison::kLessOrEqual;
  if (sign == ">") return Comparison::kGreater;
  if (sign == ">=") return Comparison::kGreaterOrEqual;
  return Comparison::kNotEqual;
}

/// a < b is b > a.
Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessOrEqual:
      return Comparison::kGreaterOrEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterOrEqual:
      return Comparison::kLessOrEqual;
    default:
      return comparison;
  }
}

/// NOT NOT p is p, in three-valued logic too.
Predicate negated(Predicate predicate) {
  if (predicate.kind == PredicateKind::kNot) {
    Predicate child = std::move(predicate.children.front());
    return child;
  }
  Predicate result;
  result.kind = PredicateKind::kNot;
  result.at = predicate.at;
  result.children.push_back(std::move(predicate));
  return result;
}

Result<Predicate> literal_first_of(const SyntaxNode& node) {
  Predicate result;
  result.kind = PredicateKind::kCompare;
  result.at = position_of(node);
  MC_TRY(Literal literal, literal_of(*node.children[0]));
  result.comparison = mirrored(comparison_of(node.children[1]->string_view()));
  result.column = name_of(*node.children[2]);
  result.literals.push_back(std::move(literal));
  return result;
}

/// x IS TRUE, of x = 1: never unknown, so that its opposite holds of whoever has no x, as SQL's does.
Predicate certainly(Predicate comparison) {
  Predicate is_null;
  is_null.kind = PredicateKind::kIsNull;
  is_null.at = comparison.at;
  is_null.column = comparison.column;
  Predicate result;
  result.kind = PredicateKind::kAnd;
  result.at = comparison.at;
  result.children.push_back(std::move(comparison));
  result.children.push_back(negated(std::move(is_null)));
  return result;
}

Result<Predicate> column_condition_of(const SyntaxNode& node) {
  Predicate result;
  result.at = position_of(node);
  result.column = identifier_in(node);
  if (node.children.size() == 1) return result;
  const SyntaxNode& tail = *node.children[1];
  bool opposite = false;
  std::vector<Identifier> sealed;
  for (const auto& child : tail.children) {
    if (child->is_type<g::parameter_name>()) sealed.push_back({child->string(), position_of(*child)});
    if (child->is_type<g::negation>()) opposite = true;
    if (child->is_type<g::comparison>()) result.comparison = comparison_of(child->string_view());
    if (!is_literal(*child)) continue;
    MC_TRY(Literal literal, literal_of(*child));
    result.literals.push_back(std::move(literal));
  }
  if (tail.is_type<g::compare_tail>()) result.kind = PredicateKind::kCompare;
  if (tail.is_type<g::in_tail>()) result.kind = PredicateKind::kIn;
  if (tail.is_type<g::between_tail>()) result.kind = PredicateKind::kBetween;
  if (tail.is_type<g::is_tail>()) {
    const bool is_truth = !result.literals.empty();
    result.kind = is_truth ? PredicateKind::kCompare : PredicateKind::kIsNull;
    if (is_truth) result = certainly(std::move(result));
  }
  if (!sealed.empty()) MC_TRY_STATUS(seal_condition(std::move(sealed), result));
  if (result.literals.size() > kInListMax) {
    return fail_at(Code::kLimit, result.at,
                   "this list has " + std::to_string(result.literals.size()) + " items, " + std::to_string(kInListMax) +
                       " are allowed");
  }
  return opposite ? negated(std::move(result)) : result;
}

Result<Predicate> predicate_of(const SyntaxNode& node);

Result<Predicate> unary_of(const SyntaxNode& node) {
  const SyntaxNode& inner = *node.children.back();
  const bool opposite = (node.children.size() - 1) % 2 == 1;  // everything before is NOT
  MC_TRY(Predicate result, inner.is_type<g::literal_first>()      ? literal_first_of(inner)
                           : inner.is_type<g::column_condition>() ? column_condition_of(inner)
                                                                  : predicate_of(inner));
  return opposite ? negated(std::move(result)) : result;
}

/// A predicate (joined by OR), a conjunction (by AND) or a single condition.
Result<Predicate> predicate_of(const SyntaxNode& node) {
  if (node.is_type<g::unary>()) return unary_of(node);
  Predicate result;
  result.kind = node.is_type<g::conjunction>() ? PredicateKind::kAnd : PredicateKind::kOr;
  result.at = position_of(node);
  for (const auto& child : node.children) {
    MC_TRY(Predicate part, predicate_of(*child));
    if (part.kind != result.kind) {
      result.children.push_back(std::move(part));
      continue;
    }
    for (Predicate& grandchild : part.children) result.children.push_back(std::move(grandchild));
  }
  if (result.children.size() > 1) return result;
  Predicate only = std::move(result.children.front());
  return only;
}

Result<Statistic> statistic_of(const SyntaxNode& function) {
  const std::string name = lower_case(function.string_view());
  std::vector<std::string> known;
  for (const FunctionShape& shape : functions()) {
    if (name == shape.name) return shape.statistic;
    known.emplace_back(shape.name);
  }
  const Position at = position_of(function);
  if (const std::string_view instead = instead_of(name); !instead.empty()) {
    return fail_at(Code::kUnsupported, at, "not offered: " + name + "; " + std::string(instead));
  }
  if (const std::string_view ours = our_name_of(name); !ours.empty()) {
    return fail_at(Code::kParse, at, "unknown aggregate " + name + "; write " + std::string(ours));
  }
  return fail_at(
      Code::kParse, at,
      "unknown aggregate " + function.string() + did_you_mean(name, known) + "; the aggregates are " + listed(known));
}

std::string quantity(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " is given" : " are given");
}

/// What stands behind the columns: p of a quantile, a word that changes a test. The usual word changes nothing and is
/// dropped, so that equal questions have one canonical text.
Status take_option(const FunctionShape& shape, const Literal& literal, SelectItem& item) {
  const std::string name(shape.name);
  switch (shape.option) {
    case OptionKind::kNone:
      return fail_at(Code::kParse, literal.at, name + " takes columns and nothing else");
    case OptionKind::kProbability:
      if (!literal.is_number() || literal.number() < 0 || literal.number() > 1) {
        return fail_at(Code::kParse, literal.at, name + " takes a number from 0 to 1 after its column");
      }
      item.option = literal;
      return {};
    case OptionKind::kWord:
    case OptionKind::kFormula:
      break;
  }
  if (literal.is_number() || (literal.text() != shape.usual && literal.text() != shape.other)) {
    return fail_at(
        Code::kParse, literal.at,
        name + " takes '" + std::string(shape.other) + "' or '" + std::string(shape.usual) + "' after its columns");
  }
  if (literal.text() == shape.other) item.option = literal;
  return {};
}

/// One more number where a function of bins cuts.
Status take_edge(const Literal& literal, SelectItem& item) {
  const std::string name(aggregate_name(item.statistic));
  if (!literal.is_number()) return fail_at(Code::kParse, literal.at, name + " cuts bins at numbers");
  if (!item.edges.empty() && literal.number() <= item.edges.back()) {
    return fail_at(Code::kParse, literal.at,
                   "the edges of " + name + " ascend, and " + data::number_text(literal.number()) + " follows " +
                       data::number_text(item.edges.back()));
  }
  if (item.edges.size() == kItemEdgesMax) {
    return fail_at(Code::kParse, literal.at, name + " takes at most " + std::to_string(kItemEdgesMax) + " edges");
  }
  item.edges.push_back(literal.number());
  return {};
}

Status take_argument(const SyntaxNode& argument, bool& option_taken, SelectItem& item) {
  if (is_literal(argument)) {
    const FunctionShape& shape = shape_of(item.statistic);
    MC_TRY(const Literal literal, literal_of(argument));
    const bool is_edge = takes_edges(item.statistic) && (option_taken || shape.option == OptionKind::kNone);
    if (is_edge) {
      option_taken = true;
      return take_edge(literal, item);
    }
    if (option_taken) return fail_at(Code::kParse, literal.at, "nothing is expected after this function's option");
    option_taken = true;
    return take_option(shape, literal, item);
  }
  if (option_taken) {
    return fail_at(Code::kParse, position_of(argument), "columns stand before a function's option");
  }
  item.arguments.push_back(name_of(argument));
  return {};
}

/// $w * x + …: names of parameters and of columns, in pairs, in either order.
Status take_weights(const SyntaxNode& sum, SelectItem& item) {
  const std::string name(aggregate_name(item.statistic));
  if (item.statistic != Statistic::kSum && item.statistic != Statistic::kAverage) {
    return fail_at(Code::kUnsupported, position_of(sum),
                   "not offered: sealed weights in " + name + "; sum and avg have them");
  }
  if (!item.weights.empty()) return fail_at(Code::kParse, position_of(sum), name + " takes one weighted sum");
  for (std::size_t i = 0; i + 1 < sum.children.size(); i += 2) {
    const bool weight_first = sum.children[i]->is_type<g::parameter_name>();
    const SyntaxNode& weight = *sum.children[weight_first ? i : i + 1];
    const SyntaxNode& column = *sum.children[weight_first ? i + 1 : i];
    item.weights.push_back({{weight.string(), position_of(weight)}, identifier_in(column)});
  }
  return {};
}

/// function('formula', name => value, …)
Status take_model(const SyntaxNode& node, SelectItem& item) {
  const std::string name(aggregate_name(item.statistic));
  const SyntaxNode& formula = *node.children[1];
  if (!formula.is_type<g::string_literal>()) {
    return fail_at(Code::kParse, position_of(formula),
                   name + " takes a formula in 'single quotes', as in " + name +
                       (item.statistic < Statistic::kKaplanMeier ? "('y ~ x')" : "('Surv(time, event) ~ x')"));
  }
  std::vector<ModelOption> options;
  for (std::size_t i = 2; i < node.children.size(); ++i) {
    const SyntaxNode& option = *node.children[i];
    if (!option.is_type<g::named_option>()) {
      return fail_at(Code::kParse, position_of(option), "what follows the formula has a name, as in ridge => 0.1");
    }
    const SyntaxNode& value = *option.children[1];
    if (is_literal(value)) {
      MC_TRY(Literal literal, literal_of(value));
      options.push_back({name_of(*option.children[0]), std::move(literal)});
    } else {
      options.push_back({name_of(*option.children[0]), name_of(value)});
    }
  }
  MC_TRY(const Literal text, literal_of(formula));
  MC_TRY(item.model, model_call_of(item.statistic, text, options));
  return {};
}

Result<SelectItem> aggregate_of(const SyntaxNode& node) {
  SelectItem item;
  item.at = position_of(node);
  MC_TRY(item.statistic, statistic_of(*node.children.front()));
  const std::string name(aggregate_name(item.statistic));
  if (is_model(item.statistic)) {
    MC_TRY_STATUS(take_model(node, item));
    return item;
  }
  bool star = false;
  bool option_taken = false;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const SyntaxNode& argument = *node.children[i];
    if (argument.is_type<g::all_rows>()) {
      star = true;
    } else if (argument.is_type<g::distinct_word>()) {
      if (item.statistic != Statistic::kCount) {
        return fail_at(Code::kUnsupported, position_of(argument), "not offered: DISTINCT in " + name);
      }
      item.statistic = Statistic::kCountDistinct;
    } else if (argument.is_type<g::weighted_sum>()) {
      MC_TRY_STATUS(take_weights(argument, item));
    } else if (argument.is_type<g::named_option>()) {
      return fail_at(Code::kParse, position_of(argument), name + " takes no option by name");
    } else {
      MC_TRY_STATUS(take_argument(argument, option_taken, item));
    }
  }
  if (star) {
    if (item.statistic != Statistic::kCount || !item.arguments.empty()) {
      return fail_at(Code::kParse, item.at, "only count takes a single *; " + name + " takes columns");
    }
    item.statistic = Statistic::kCountRows;
    return item;
  }
  const FunctionShape& shape = shape_of(item.statistic);
  if (!item.weights.empty() && item.arguments.empty() && !item.option) return item;
  if (item.arguments.size() != shape.columns || !item.weights.empty()) {
    return fail_at(Code::kParse, item.at,
                   name + " takes " + (shape.columns == 1 ? "one column" : "two columns") + ", " +
                       quantity(item.arguments.size()));
  }
  if (shape.option == OptionKind::kProbability && !item.option) {
    return fail_at(Code::kParse, item.at, name + " takes a number from 0 to 1 after its column, none is given");
  }
  return item;
}

Result<SelectItem> item_of(const SyntaxNode& node) {
  const SyntaxNode& what = *node.children.front();
  SelectItem item;
  if (what.is_type<g::aggregate>()) {
    MC_TRY(item, aggregate_of(what));
  } else {
    item.arguments.push_back(identifier_in(what));
    item.at = item.arguments.front().at;
  }
  if (node.children.size() > 1) item.alias = identifier_in(*node.children[1]).name;
  return item;
}

Result<ForPerson> person_of(const SyntaxNode& clause) {
  const auto person =
      for_person_of(unquoted(clause.children[0]->string_view()), unquoted(clause.children[1]->string_view()));
  if (!person) return fail_at(person.error().code, position_of(clause), person.error().message);
  return *person;
}

Result<Query> query_of(const SyntaxNode& root) {
  Query query;
  for (const auto& child : root.children) {
    if (child->is_type<g::item>()) {
      MC_TRY(SelectItem item, item_of(*child));
      query.items.push_back(std::move(item));
    } else if (child->is_type<g::table>()) {
      query.table = identifier_in(*child);
    } else if (child->is_type<g::where_predicate>()) {
      MC_TRY(query.where, predicate_of(*child));
    } else if (child->is_type<g::group_column>()) {
      query.group_by.push_back(identifier_in(*child));
    } else if (child->is_type<g::person_clause>()) {
      MC_TRY(query.person, person_of(*child));
    }
  }
  if (query.items.size() > kSelectItemsMax) {
    return fail(Code::kLimit, "the SELECT list has " + std::to_string(query.items.size()) + " items, " +
                                  std::to_string(kSelectItemsMax) + " are allowed");
  }
  if (query.group_by.size() > kGroupColumnsMax) {
    return fail(Code::kLimit, "GROUP BY has " + std::to_string(query.group_by.size()) + " columns, " +
                                  std::to_string(kGroupColumnsMax) + " are allowed");
  }
  return query;
}

Status check_names(const SyntaxNode& node) {
  const bool is_name = node.is_type<g::plain_name>() || node.is_type<g::quoted_name>();
  if (is_name && node.string_view().size() > kNameBytesMax) {
    return fail_at(Code::kLimit, position_of(node),
                   "a name of " + std::to_string(node.string_view().size()) + " bytes, " +
                       std::to_string(kNameBytesMax) + " are allowed");
  }
  if (node.is_type<g::history>()) {
    const auto history = history_grammar::name_of(node);
    if (!history) return fail_at(history.error().code, position_of(node), history.error().message);
  }
  for (const auto& child : node.children) MC_TRY_STATUS(check_names(*child));
  return {};
}

/// The parser recurses once per open parenthesis, so their depth is bounded before it starts. Quotes and comments are
/// not looked into: a parenthesis inside one only makes this bound stricter by what it closes again.
Status check_nesting(std::string_view sql) {
  std::size_t depth = 0;
  Position at;
  for (const char c : sql) {
    if (c == '(' && ++depth > kNestingMax) {
      return fail_at(Code::kLimit, at, "more than " + std::to_string(kNestingMax) + " parentheses within each other");
    }
    if (c == ')' && depth > 0) --depth;
    ++at.column;
    if (c == '\n') at = {at.line + 1, 1};
  }
  return {};
}

/// What stands at `offset`, for "found …".
std::string found_at(std::string_view sql, std::size_t offset) {
  constexpr std::size_t kShownMax = 24;
  while (offset < sql.size() && (sql[offset] == ' ' || sql[offset] == '\n' || sql[offset] == '\t')) ++offset;
  if (offset >= sql.size()) return "the end";
  std::size_t end = offset + 1;
  while (end < sql.size() && end - offset < kShownMax && sql[end] != ' ' && sql[end] != '\n' && sql[end] != ',' &&
         sql[end] != '(' && sql[end] != ')') {
    ++end;
  }
  while (end < sql.size() && (static_cast<unsigned char>(sql[end]) & 0xC0) == 0x80) ++end;  // a whole character
  return std::string(sql.substr(offset, end - offset));
}

}  // namespace

bool is_plain_name(std::string_view name) {
  peg::memory_input input(name.data(), name.size(), "");
  return peg::parse<peg::seq<g::plain_name, peg::eof>>(input);
}

Result<Query> parse(std::string_view sql) {
  if (sql.size() > kSqlBytesMax) {
    return fail(Code::kLimit, "the query has " + std::to_string(sql.size()) + " bytes, " +
                                  std::to_string(kSqlBytesMax) + " are allowed");
  }
  if (!is_utf8(view_of(sql))) return fail(Code::kParse, "the query is not UTF-8");
  MC_TRY_STATUS(check_nesting(sql));
  peg::memory_input input(sql.data(), sql.size(), "query");
  try {
    const auto root = peg::parse_tree::parse<g::query, Selector, peg::nothing, Control>(input);
    MC_CHECK(root != nullptr);  // g::query begins with must: it matches or raises
    MC_TRY_STATUS(check_names(*root));
    MC_TRY(Query query, query_of(*root));
    MC_TRY_STATUS(settle_scores(query));
    return query;
  } catch (const peg::parse_error& error) {
    const auto& where = error.positions().front();
    const Position at{static_cast<std::uint32_t>(where.line), static_cast<std::uint32_t>(where.column)};
    const std::string_view message = error.message();
    const bool is_unsupported = message.starts_with("not offered");
    std::string text(message);
    if (!is_unsupported) text += ", found " + found_at(sql, where.byte);
    const bool is_aggregate = message.starts_with("an aggregate cannot stand");
    const std::string_view meant = is_aggregate ? history_meant_at(sql, where.byte) : meant_at(sql, where.byte);
    if (!meant.empty()) text += "; " + std::string(meant);
    return fail_at(is_unsupported ? Code::kUnsupported : Code::kParse, at, std::move(text));
  }
}

}  // namespace mc::query
