// SPDX-License-Identifier: Apache-2.0
// The grammar as PEGTL rules (parsing expressions: alternatives in order, no ambiguity). Included by parser.cpp only.
// A rule that must follow carries its own sentence below; SQL that is meant but not offered is recognised so that the
// answer can say so.
#pragma once

#include <tao/pegtl.hpp>

#include "query/parse/history_grammar.hpp"

namespace mc::query::grammar {

namespace peg = tao::pegtl;

struct comment : peg::seq<peg::string<'-', '-'>, peg::until<peg::eolf>> {};
struct gap : peg::star<peg::sor<peg::space, comment>> {};

// Words. A keyword ends where a name would end.
struct letter : peg::sor<peg::alpha, history_grammar::beyond_ascii> {};
struct word_other : peg::sor<letter, peg::digit, peg::one<'_'>> {};
template <class Text>
struct keyword : peg::seq<Text, peg::not_at<word_other>> {};

#define MC_QUERY_KEYWORD(name, text) \
  struct name : keyword<TAO_PEGTL_ISTRING(text)> {}
MC_QUERY_KEYWORD(key_select, "select");
MC_QUERY_KEYWORD(key_from, "from");
MC_QUERY_KEYWORD(key_where, "where");
MC_QUERY_KEYWORD(key_group, "group");
MC_QUERY_KEYWORD(key_by, "by");
MC_QUERY_KEYWORD(key_as, "as");
MC_QUERY_KEYWORD(key_and, "and");
MC_QUERY_KEYWORD(key_or, "or");
MC_QUERY_KEYWORD(key_not, "not");
MC_QUERY_KEYWORD(key_in, "in");
MC_QUERY_KEYWORD(key_between, "between");
MC_QUERY_KEYWORD(key_is, "is");
MC_QUERY_KEYWORD(key_null, "null");
MC_QUERY_KEYWORD(key_like, "like");
MC_QUERY_KEYWORD(key_distinct, "distinct");
MC_QUERY_KEYWORD(key_having, "having");
MC_QUERY_KEYWORD(key_order, "order");
MC_QUERY_KEYWORD(key_limit, "limit");
MC_QUERY_KEYWORD(key_join, "join");
MC_QUERY_KEYWORD(key_union, "union");
MC_QUERY_KEYWORD(key_for, "for");
MC_QUERY_KEYWORD(key_person, "person");
MC_QUERY_KEYWORD(key_signed, "signed");
MC_QUERY_KEYWORD(key_true, "true");
MC_QUERY_KEYWORD(key_false, "false");
#undef MC_QUERY_KEYWORD

// Words that end a list of names, so that "SELECT a FROM" is not read as a column called FROM.
struct reserved : peg::sor<key_select, key_from, key_where, key_group, key_by, key_as, key_and, key_or, key_not, key_in,
                           key_between, key_is, key_null, key_like, key_distinct, key_having, key_order, key_limit,
                           key_join, key_union> {};

struct plain_name : peg::seq<peg::not_at<reserved>, peg::sor<letter, peg::one<'_'>>, peg::star<word_other>> {};
struct quoted_end : peg::one<'"'> {};
struct quoted_name
    : peg::if_must<peg::one<'"'>, peg::star<peg::sor<peg::string<'"', '"'>, peg::not_one<'"'>>>, quoted_end> {};
struct dotted_name : peg::failure {};
struct no_dot : peg::not_at<peg::at<peg::one<'.'>, letter>, peg::raise<dotted_name>> {};
struct name : peg::sor<peg::seq<plain_name, no_dot>, quoted_name> {};
using history_grammar::history;
struct column : peg::sor<history, name> {};

struct string_end : peg::one<'\''> {};
struct string_literal
    : peg::if_must<peg::one<'\''>, peg::star<peg::sor<peg::string<'\'', '\''>, peg::not_one<'\''>>>, string_end> {};
struct digits : peg::plus<peg::digit> {};
struct sign : peg::opt<peg::one<'+', '-'>> {};
struct mantissa
    : peg::sor<peg::seq<digits, peg::opt<peg::one<'.'>, peg::star<peg::digit>>>, peg::seq<peg::one<'.'>, digits>> {};
struct exponent : peg::opt<peg::one<'e', 'E'>, sign, digits> {};
struct number : peg::seq<sign, mantissa, exponent, peg::not_at<word_other>> {};
struct literal : peg::sor<string_literal, number> {};

struct comma : peg::seq<gap, peg::one<','>, gap> {};
struct open : peg::seq<gap, peg::one<'('>> {};
struct close : peg::seq<gap, peg::one<')'>> {};

// Meant, but not offered: each raises its sentence where it stands.
struct nested_aggregate : peg::failure {};
struct function_in_aggregate : peg::failure {};
struct function_in_where : peg::failure {};
struct factor_in_query : peg::failure {};
struct distinct_not_offered : peg::failure {};
struct having_not_offered : peg::failure {};
struct order_not_offered : peg::failure {};
struct limit_not_offered : peg::failure {};
struct join_not_offered : peg::failure {};
struct union_not_offered : peg::failure {};
struct like_not_offered : peg::failure {};
struct arithmetic_not_offered : peg::failure {};
struct columns_compared : peg::failure {};
struct null_compared : peg::failure {};
struct aggregate_in_where : peg::failure {};
struct star_selected : peg::failure {};
struct subquery_not_offered : peg::failure {};
struct score_selected : peg::failure {};

template <class Keyword, class Refusal>
struct refuse : peg::seq<peg::at<Keyword>, peg::raise<Refusal>> {};
struct call_start : peg::seq<plain_name, open> {};
// Functions of one value, which R and SQL have.
struct value_function
    : peg::sor<
          keyword<TAO_PEGTL_ISTRING("log")>, keyword<TAO_PEGTL_ISTRING("log2")>, keyword<TAO_PEGTL_ISTRING("log10")>,
          keyword<TAO_PEGTL_ISTRING("log1p")>, keyword<TAO_PEGTL_ISTRING("ln")>, keyword<TAO_PEGTL_ISTRING("exp")>,
          keyword<TAO_PEGTL_ISTRING("sqrt")>, keyword<TAO_PEGTL_ISTRING("power")>, keyword<TAO_PEGTL_ISTRING("pow")>,
          keyword<TAO_PEGTL_ISTRING("abs")>, keyword<TAO_PEGTL_ISTRING("round")>, keyword<TAO_PEGTL_ISTRING("floor")>,
          keyword<TAO_PEGTL_ISTRING("ceil")>, keyword<TAO_PEGTL_ISTRING("ceiling")>> {};
struct value_call : peg::seq<value_function, open> {};
struct factor_call : peg::seq<peg::sor<keyword<TAO_PEGTL_ISTRING("factor")>, TAO_PEGTL_ISTRING("as.factor")>, open> {};
// A risk predictor, where a column could stand.
struct score_word : peg::sor<keyword<TAO_PEGTL_ISTRING("risk_score")>, keyword<TAO_PEGTL_ISTRING("predicted_risk")>> {};
struct score_model : string_literal {};
struct score_equation : string_literal {};
struct score_end : close {};
struct score_call
    : peg::seq<score_word, open, peg::must<gap, score_model, peg::opt<comma, peg::must<score_equation>>, score_end>> {};
struct arithmetic : peg::seq<gap, refuse<peg::one<'+', '-', '*', '/'>, arithmetic_not_offered>> {};

// A number or a list that the researcher seals: its name is public, its value is not.
struct parameter_name : peg::seq<peg::sor<peg::alpha, peg::one<'_'>>, peg::star<word_other>> {};
struct parameter : peg::seq<peg::one<'$'>, peg::must<parameter_name>> {};
struct times : peg::seq<gap, peg::one<'*'>, gap> {};
struct weighted_column : name {};
struct weighted_term : peg::sor<peg::seq<parameter, peg::must<times, weighted_column>>,
                                peg::seq<weighted_column, times, peg::at<peg::one<'$'>>, peg::must<parameter>>> {};
struct weighted_next : weighted_term {};
struct weighted_sum : peg::seq<weighted_term, peg::star<peg::seq<gap, peg::one<'+'>>, peg::must<gap, weighted_next>>> {
};

// SELECT list.
struct all_rows : peg::one<'*'> {};
struct distinct_word : key_distinct {};
struct option_arrow : peg::seq<gap, peg::string<'=', '>'>> {};
struct option_value : peg::sor<literal, column> {};
struct named_option : peg::seq<plain_name, option_arrow, peg::must<gap, option_value>> {};
struct argument : peg::sor<all_rows, weighted_sum, literal, named_option, refuse<key_distinct, distinct_not_offered>,
                           score_call, history, refuse<value_call, function_in_aggregate>,
                           refuse<factor_call, factor_in_query>, refuse<call_start, nested_aggregate>, name> {};
struct function : plain_name {};
struct arguments_end : close {};
struct argument_list : peg::list_must<argument, comma> {};
struct aggregate
    : peg::seq<function, open,
               peg::must<gap, peg::opt<distinct_word, gap>, argument_list, peg::opt<arithmetic>, arguments_end>> {};
struct column_item : column {};
struct history_item : peg::seq<peg::at<history_grammar::ahead>, column_item> {};
struct alias : name {};
struct alias_clause : peg::seq<gap, key_as, peg::must<gap, alias>> {};
struct item : peg::seq<peg::sor<refuse<all_rows, star_selected>, refuse<score_call, score_selected>, history_item,
                                aggregate, column_item>,
                       peg::opt<arithmetic>, peg::opt<alias_clause>> {};
struct item_list : peg::list_must<item, comma> {};

// Conditions.
struct equal : peg::one<'='> {};
struct not_equal : peg::sor<peg::string<'<', '>'>, peg::string<'!', '='>> {};
struct less_or_equal : peg::string<'<', '='> {};
struct greater_or_equal : peg::string<'>', '='> {};
struct less : peg::one<'<'> {};
struct greater : peg::one<'>'> {};
struct comparison : peg::sor<not_equal, less_or_equal, greater_or_equal, equal, less, greater> {};

struct negation : key_not {};
struct truth_word : peg::sor<key_true, key_false> {};  // 1 and 0 of a 0/1 column
struct compared_literal
    : peg::sor<literal, truth_word, parameter, refuse<key_null, null_compared>, refuse<name, columns_compared>> {};
struct compared_column : peg::sor<score_call, column> {};
struct literal_first : peg::seq<literal, peg::must<gap, comparison, gap, compared_column>> {};
struct compare_tail : peg::seq<comparison, peg::must<gap, compared_literal>> {};
struct in_open : peg::one<'('> {};
struct in_item : peg::sor<refuse<key_select, subquery_not_offered>, literal> {};
struct in_items : peg::list_must<in_item, comma> {};
struct in_end : close {};
struct in_list : peg::sor<parameter, peg::if_must<in_open, gap, in_items, in_end>> {};
struct in_tail : peg::seq<peg::opt<negation, gap>, key_in, peg::must<gap, in_list>> {};
struct between_and : key_and {};
struct between_literal : peg::sor<literal, parameter> {};
struct between_tail : peg::seq<peg::opt<negation, gap>, key_between,
                               peg::must<gap, between_literal, gap, between_and, gap, between_literal>> {};
struct is_word : peg::sor<key_null, truth_word> {};
struct is_tail : peg::seq<key_is, peg::must<gap, peg::opt<negation, gap>, is_word>> {};
struct like_tail : refuse<peg::seq<peg::opt<key_not, gap>, key_like>, like_not_offered> {};
struct column_condition
    : peg::seq<peg::sor<score_call, history, peg::seq<peg::not_at<call_start>, name>>, peg::opt<arithmetic>,
               peg::opt<peg::seq<gap, peg::sor<compare_tail, in_tail, between_tail, is_tail, like_tail>>>> {};

struct predicate;
struct nested_predicate : peg::seq<gap, predicate> {};
struct nested_end : close {};
struct nested : peg::if_must<peg::one<'('>, nested_predicate, nested_end> {};
struct primary : peg::sor<nested, literal_first, refuse<factor_call, factor_in_query>, column_condition,
                          refuse<value_call, function_in_where>, refuse<call_start, aggregate_in_where>> {};
struct unary : peg::seq<peg::star<negation, gap>, primary> {};
struct conjunction : peg::seq<unary, peg::star<peg::seq<gap, key_and>, peg::must<gap, unary>>> {};
struct predicate : peg::seq<conjunction, peg::star<peg::seq<gap, key_or>, peg::must<gap, conjunction>>> {};

// The whole query.
struct table : name {};
struct where_predicate : predicate {};
struct where_clause : peg::seq<gap, key_where, peg::must<gap, where_predicate>> {};
struct group_column : column {};
struct group_columns : peg::list_must<group_column, comma> {};
struct group_by : key_by {};
struct group_clause : peg::seq<gap, key_group, peg::must<gap, group_by, gap, group_columns>> {};
struct person_word : key_person {};
struct person_text : string_literal {};
struct signed_word : key_signed {};
struct signature_text : string_literal {};
struct person_clause
    : peg::seq<gap, key_for, peg::must<gap, person_word, gap, person_text, gap, signed_word, gap, signature_text>> {};
struct tail : peg::seq<gap, peg::sor<refuse<key_having, having_not_offered>, refuse<key_order, order_not_offered>,
                                     refuse<key_limit, limit_not_offered>, refuse<key_union, union_not_offered>>> {};
struct join_tail : peg::seq<gap, refuse<peg::sor<key_join, peg::one<','>>, join_not_offered>> {};
struct start : key_select {};
struct from_word : key_from {};
struct query_end : peg::seq<gap, peg::opt<peg::one<';'>>, gap, peg::eof> {};
struct select_list : item_list {};
struct query : peg::must<gap, start, gap, peg::opt<refuse<key_distinct, distinct_not_offered>>, select_list, gap,
                         from_word, gap, table, peg::opt<join_tail>, peg::opt<where_clause>, peg::opt<group_clause>,
                         peg::opt<person_clause>, peg::opt<tail>, query_end> {};

// What is said where a rule must follow and does not. A sentence that begins with "not offered" is kUnsupported.
template <class Rule>
inline constexpr const char* sentence = nullptr;
#define MC_QUERY_SAYS(rule, text) \
  template <>                     \
  inline constexpr const char* sentence<rule> = text
MC_QUERY_SAYS(start, "a query begins with SELECT");
MC_QUERY_SAYS(select_list, "a column or an aggregate such as avg(x) is expected after SELECT");
MC_QUERY_SAYS(item, "a column or an aggregate such as avg(x) is expected after the comma");
MC_QUERY_SAYS(from_word, "FROM is expected here");
MC_QUERY_SAYS(table, "the name of a data set is expected after FROM");
MC_QUERY_SAYS(where_predicate, "a condition is expected after WHERE");
MC_QUERY_SAYS(person_word, "PERSON is expected after FOR");
MC_QUERY_SAYS(person_text, "the person, as her consent leaf names her, is expected in 'single quotes' after PERSON");
MC_QUERY_SAYS(signed_word, "SIGNED and the person's signature are expected here");
MC_QUERY_SAYS(signature_text, "the person's signature is expected in 'single quotes' after SIGNED");
MC_QUERY_SAYS(group_by, "BY is expected after GROUP");
MC_QUERY_SAYS(group_columns, "a column name is expected after GROUP BY");
MC_QUERY_SAYS(group_column, "a column name is expected after the comma");
MC_QUERY_SAYS(query_end, "WHERE, GROUP BY or the end of the query is expected here");
MC_QUERY_SAYS(dotted_name, "a name with a dot in it stands in double quotes, as in \"resid.ds\"");
MC_QUERY_SAYS(quoted_end, "this double-quoted name does not end");
MC_QUERY_SAYS(string_end, "this quoted text does not end");
MC_QUERY_SAYS(score_model, "the name of a model in 'single quotes' is expected in the parentheses");
MC_QUERY_SAYS(score_equation, "an equation in 'single quotes' is expected after the comma");
MC_QUERY_SAYS(score_end, "a closing parenthesis is expected here");
MC_QUERY_SAYS(argument_list, "a column name or * is expected in the parentheses");
MC_QUERY_SAYS(argument, "a column name, a number or a 'text' is expected after the comma");
MC_QUERY_SAYS(option_value, "a number, a 'text' or a column name is expected after =>");
MC_QUERY_SAYS(arguments_end, "a closing parenthesis is expected here");
MC_QUERY_SAYS(history_grammar::series, history_grammar::kSeriesSentence);
MC_QUERY_SAYS(history_grammar::end, history_grammar::kEndSentence);
MC_QUERY_SAYS(alias, "a name is expected after AS");
MC_QUERY_SAYS(comparison, "a comparison (=, <>, <, <=, >, >=) is expected after the literal");
MC_QUERY_SAYS(compared_column, "a column name is expected after the comparison");
MC_QUERY_SAYS(compared_literal, "a number or a 'text' is expected after the comparison");
MC_QUERY_SAYS(in_list, "an opening parenthesis is expected after IN");
MC_QUERY_SAYS(parameter_name, "the name of a sealed parameter is expected after $");
MC_QUERY_SAYS(parameter, "the name of a sealed parameter is expected here");
MC_QUERY_SAYS(times, "* and a column are expected after a sealed weight");
MC_QUERY_SAYS(weighted_column, "a column is expected after the * of a sealed weight");
MC_QUERY_SAYS(weighted_next, "a sealed weight and a column, as in $w * x, are expected after the +");
MC_QUERY_SAYS(in_items, "a number or a 'text' is expected in the list");
MC_QUERY_SAYS(in_item, "a number or a 'text' is expected after the comma");
MC_QUERY_SAYS(in_end, "a comma or a closing parenthesis is expected in the list");
MC_QUERY_SAYS(between_literal, "BETWEEN needs a number on each side of AND");
MC_QUERY_SAYS(between_and, "AND is expected after BETWEEN and its first number");
MC_QUERY_SAYS(is_word, "NULL, TRUE or FALSE is expected after IS, or NOT and one of them");
MC_QUERY_SAYS(nested_predicate, "a condition is expected in the parentheses");
MC_QUERY_SAYS(nested_end, "a closing parenthesis, AND or OR is expected here");
MC_QUERY_SAYS(unary, "a condition is expected after AND");
MC_QUERY_SAYS(conjunction, "a condition is expected after OR");
MC_QUERY_SAYS(nested_aggregate, "an aggregate cannot stand inside an aggregate");
MC_QUERY_SAYS(function_in_aggregate,
              "not offered: functions of a value, which cannot be computed from sealed ones; owners add a column of "
              "them, log_x, say, to their files before they seal, and queries name it");
MC_QUERY_SAYS(
    function_in_where,
    "not offered: functions of a value, which cannot be computed from sealed ones; compare the column itself, "
    "x > 7.39 for log(x) > 2, or owners add a column of them before they seal");
MC_QUERY_SAYS(factor_in_query,
              "not offered: factor() outside of formulas; write the column itself, as in grade = 2, "
              "chisq_test(grade, sex) and GROUP BY grade");
MC_QUERY_SAYS(distinct_not_offered, "not offered: DISTINCT here; count(DISTINCT category) counts categories");
MC_QUERY_SAYS(having_not_offered, "not offered: HAVING");
MC_QUERY_SAYS(order_not_offered, "not offered: ORDER BY; groups come in the order of the schema's categories");
MC_QUERY_SAYS(limit_not_offered, "not offered: LIMIT");
MC_QUERY_SAYS(join_not_offered, "not offered: more than one data set in FROM");
MC_QUERY_SAYS(union_not_offered, "not offered: UNION");
MC_QUERY_SAYS(like_not_offered, "not offered: LIKE; use = or IN with the categories of the schema");
MC_QUERY_SAYS(arithmetic_not_offered, "not offered: arithmetic between columns");
MC_QUERY_SAYS(columns_compared, "not offered: comparing two columns (text is written in 'single quotes')");
MC_QUERY_SAYS(null_compared, "nothing equals NULL; write IS NULL or IS NOT NULL");
MC_QUERY_SAYS(aggregate_in_where, "an aggregate cannot stand in WHERE");
MC_QUERY_SAYS(star_selected, "not offered: SELECT *; single records are never released, ask for aggregates");
MC_QUERY_SAYS(subquery_not_offered, "not offered: a query inside a query");
MC_QUERY_SAYS(score_selected,
              "not offered: a score by itself; single records are never released, ask for an aggregate of it");
#undef MC_QUERY_SAYS

}  // namespace mc::query::grammar
