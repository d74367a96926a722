// SPDX-License-Identifier: Apache-2.0
// The grammar of model formulas as PEGTL rules. Included by formula.cpp only. What R has and we do not is recognised,
// so that the answer can say so.
#pragma once

#include <tao/pegtl.hpp>

#include "query/parse/history_grammar.hpp"

namespace mc::query::formula_grammar {

namespace peg = tao::pegtl;

struct gap : peg::star<peg::space> {};
struct letter : peg::sor<peg::alpha, history_grammar::beyond_ascii> {};
struct name_other : peg::sor<letter, peg::digit, peg::one<'_', '.'>> {};
struct plain_name
    : peg::seq<peg::sor<letter, peg::seq<peg::one<'.'>, peg::not_at<peg::digit>>>, peg::star<name_other>> {};
struct backquoted_end : peg::one<'`'> {};
struct backquoted_name : peg::if_must<peg::one<'`'>, peg::plus<peg::not_one<'`'>>, backquoted_end> {};
using history_grammar::history;
struct at_history : peg::at<history_grammar::ahead> {};
struct open : peg::seq<gap, peg::one<'('>> {};
struct close : peg::seq<gap, peg::one<')'>> {};
struct comma : peg::one<','> {};

// Meant, but not offered.
struct power_not_offered : peg::failure {};
struct groups_not_offered : peg::failure {};
struct quoted_name : peg::failure {};
struct response_function : peg::failure {};
struct number_not_offered : peg::failure {};
struct function_not_offered : peg::failure {};
struct strata_not_offered : peg::failure {};
struct interval_not_offered : peg::failure {};
struct comparison_not_offered : peg::failure {};
struct product_comparison_not_offered : peg::failure {};
struct either_not_offered : peg::failure {};

template <class Pattern, class Refusal>
struct refuse : peg::seq<peg::at<Pattern>, peg::raise<Refusal>> {};
struct name : peg::sor<history, plain_name, backquoted_name, refuse<peg::one<'"'>, quoted_name>> {};

template <class Text>
struct call : peg::seq<Text, open> {};
#define MC_FORMULA_CALL(rule, text) \
  struct rule : call<TAO_PEGTL_STRING(text)> {}
MC_FORMULA_CALL(plain_factor_call, "factor");
MC_FORMULA_CALL(as_factor_call, "as.factor");
MC_FORMULA_CALL(relevel_call, "relevel");
MC_FORMULA_CALL(poly_call, "poly");
MC_FORMULA_CALL(as_is_call, "I");
MC_FORMULA_CALL(offset_call, "offset");
MC_FORMULA_CALL(surv_call, "Surv");
MC_FORMULA_CALL(strata_call, "strata");
#undef MC_FORMULA_CALL
struct factor_call : peg::sor<plain_factor_call, as_factor_call> {};

struct category_number
    : peg::seq<peg::opt<peg::one<'-'>>, peg::plus<peg::digit>, peg::opt<peg::one<'.'>, peg::plus<peg::digit>>> {};
struct category_text : peg::plus<peg::not_one<'"', '\''>> {};
struct quote_end : peg::one<'"', '\''> {};
struct quoted_category : peg::if_must<peg::one<'"', '\''>, category_text, quote_end> {};
struct call_end : close {};
struct called_name : name {};
struct power_sign : peg::one<'^'> {};
struct power : peg::plus<peg::digit> {};
struct factor_variable : peg::if_must<factor_call, gap, called_name, call_end> {};
struct as_is_part : peg::seq<called_name, peg::opt<peg::if_must<peg::seq<gap, power_sign>, gap, power>>> {};
struct as_is_more : peg::if_must<peg::seq<gap, peg::one<'*'>>, gap, as_is_part> {};
struct as_is_end : close {};
struct comparison_sign : peg::sor<peg::string<'<', '='>, peg::string<'>', '='>, peg::string<'=', '='>,
                                  peg::string<'!', '='>, peg::one<'<', '>'>> {};
struct product_compared : peg::opt<gap, refuse<comparison_sign, product_comparison_not_offered>> {};
struct as_is_product : peg::seq<as_is_part, product_compared, peg::star<as_is_more, product_compared>> {};
struct compared_number
    : peg::seq<category_number, peg::opt<peg::one<'e', 'E'>, peg::opt<peg::one<'+', '-'>>, peg::plus<peg::digit>>> {};
struct compared_value : peg::sor<compared_number, quoted_category> {};
struct compared_name : name {};
struct compared_sign : comparison_sign {};
struct comparison : peg::seq<compared_name, gap, compared_sign, gap, peg::must<compared_value>> {};
struct and_more : peg::if_must<peg::seq<gap, peg::one<'&'>, peg::opt<peg::one<'&'>>>, gap, comparison> {};
struct either : peg::seq<gap, refuse<peg::one<'|'>, either_not_offered>> {};
struct comparisons : peg::seq<comparison, peg::star<peg::sor<and_more, either>>> {};
struct as_is_content : peg::sor<comparisons, as_is_product> {};
struct as_is_variable : peg::if_must<as_is_call, gap, as_is_content, as_is_end> {};
struct degree : peg::plus<peg::digit> {};
struct raw_word : TAO_PEGTL_STRING("raw") {};
struct raw_sign : peg::one<'='> {};
struct is_raw : peg::seq<peg::sor<TAO_PEGTL_STRING("TRUE"), peg::one<'T'>>, peg::not_at<name_other>> {};
struct before_degree : peg::seq<gap, comma> {};
struct before_raw : peg::seq<gap, comma> {};
struct degree_word : peg::opt<TAO_PEGTL_STRING("degree"), gap, peg::one<'='>, gap> {};
struct polynomial_variable : peg::if_must<poly_call, gap, called_name, before_degree, gap, degree_word, degree,
                                          before_raw, gap, raw_word, gap, raw_sign, gap, is_raw, call_end> {};
struct reference_text : peg::plus<peg::not_one<'"', '\''>> {};
struct reference_begin : peg::one<'"', '\''> {};
struct reference_end : peg::one<'"', '\''> {};
struct reference_word : peg::seq<peg::string<'r', 'e', 'f'>, gap, peg::one<'='>> {};
struct before_reference : peg::seq<gap, comma> {};
struct releveled : peg::sor<factor_variable, called_name> {};
struct relevel_variable : peg::if_must<relevel_call, gap, releveled, before_reference, gap, reference_word, gap,
                                       reference_begin, reference_text, reference_end, call_end> {};
struct column_variable : name {};
struct dot : peg::seq<peg::one<'.'>, peg::not_at<name_other>> {};
struct history_variable : peg::seq<at_history, column_variable> {};
struct variable
    : peg::sor<factor_variable, as_is_variable, relevel_variable, refuse<strata_call, strata_not_offered>,
               polynomial_variable, history_variable, refuse<peg::seq<plain_name, open>, function_not_offered>, dot,
               refuse<peg::digit, number_not_offered>,
               peg::seq<column_variable, peg::not_at<peg::seq<gap, refuse<peg::one<'^'>, power_not_offered>>>>> {};

struct compared : peg::seq<gap, refuse<comparison_sign, comparison_not_offered>> {};

// Terms and what R makes of several: a:b, a*b, a/b, (a + b)^2, - a. As strong as R's operators, left to right.
struct crossing;
struct minus : peg::one<'-'> {};
struct group_term : peg::seq<crossing> {};
struct removed_terms : peg::seq<crossing> {};
struct group_more : peg::sor<peg::seq<gap, peg::sor<peg::if_must<peg::one<'+'>, gap, group_term>,
                                                    peg::if_must<minus, gap, removed_terms>>>,
                             compared> {};
struct group_end : close {};
struct group : peg::if_must<peg::one<'('>, gap, group_term, peg::star<group_more>, group_end> {};
struct exponent : peg::plus<peg::digit> {};
struct powered_group : peg::seq<group, peg::opt<peg::if_must<peg::seq<gap, peg::one<'^'>>, gap, exponent>>> {};
struct primary : peg::sor<powered_group, variable> {};
struct within : peg::sor<peg::one<':'>, peg::string<'%', 'i', 'n', '%'>> {};
struct interaction : peg::list_must<primary, peg::seq<gap, within, gap>> {};
struct crossed_by : peg::if_must<peg::seq<gap, peg::one<'*'>>, gap, interaction> {};
struct nested_in : peg::if_must<peg::seq<gap, peg::one<'/'>>, gap, interaction> {};
struct crossing : peg::seq<interaction, peg::star<peg::sor<crossed_by, nested_in>>> {};

struct offset_term : peg::if_must<offset_call, gap, called_name, call_end> {};
struct lone_digit : peg::not_at<peg::seq<gap, peg::one<':', '*', '^', '/'>>> {};
struct one : peg::seq<peg::one<'1'>, peg::not_at<name_other>, lone_digit> {};
struct zero : peg::seq<peg::one<'0'>, peg::not_at<name_other>, lone_digit> {};
struct removed_one : one {};
struct removed_zero : zero {};
struct removed : peg::sor<removed_one, removed_zero, peg::must<removed_terms>> {};
struct removal : peg::seq<minus, gap, removed> {};
struct term : peg::sor<one, zero, offset_term, crossing> {};
struct more : peg::sor<peg::seq<gap, peg::sor<peg::if_must<peg::one<'+'>, gap, term>, removal>>, compared> {};
struct first_term : peg::sor<removal, term> {};

struct category : peg::sor<category_number, quoted_category> {};
struct second_equals : peg::one<'='> {};
struct is_category : peg::opt<peg::if_must<peg::seq<gap, peg::one<'='>>, second_equals, gap, category>> {};
struct time_name : name {};
struct event_name : name {};
struct survival : peg::if_must<surv_call, gap, time_name, gap, comma, gap, event_name, is_category,
                               peg::opt<peg::seq<gap, refuse<comma, interval_not_offered>>>, call_end> {};
struct response_name : peg::seq<peg::sor<at_history, peg::not_at<peg::seq<plain_name, open>>>, name> {};
struct response
    : peg::sor<survival, peg::seq<response_name, is_category>, refuse<peg::seq<plain_name, open>, response_function>> {
};
struct tilde : peg::one<'~'> {};
struct random_effect : peg::seq<gap, refuse<peg::one<'|'>, groups_not_offered>> {};
struct formula_end : peg::seq<peg::opt<random_effect>, gap, peg::eof> {};
struct formula : peg::must<gap, response, gap, tilde, gap, first_term, peg::star<more>, formula_end> {};

inline constexpr const char* kAsIs =
    "I() takes powers and products of columns, as in I(age^2) and I(age * bmi), and comparisons of a column, as in "
    "I(age > 50)";
inline constexpr const char* kPolynomial =
    "poly() takes a column, its highest power and raw = TRUE, as in poly(age, 2, raw = TRUE); orthogonal polynomials "
    "fit the same model in other terms, and are not offered";
template <class Rule>
inline constexpr const char* sentence = nullptr;
#define MC_FORMULA_SAYS(rule, text) \
  template <>                       \
  inline constexpr const char* sentence<rule> = text
MC_FORMULA_SAYS(response, "a formula begins with a column, or with Surv(time, event)");
MC_FORMULA_SAYS(tilde, "~ is expected after the response, which is a column or column == category");
MC_FORMULA_SAYS(first_term, "a term is expected after ~, or 1 for none");
MC_FORMULA_SAYS(term, "a term is expected after +");
MC_FORMULA_SAYS(primary, "a column is expected after :");
MC_FORMULA_SAYS(interaction, "a column is expected after * and /");
MC_FORMULA_SAYS(group_term, "a term is expected in the parentheses");
MC_FORMULA_SAYS(removed_terms, "a term is expected after -");
MC_FORMULA_SAYS(group_end, "+, :, * or a closing parenthesis is expected here");
MC_FORMULA_SAYS(exponent, "a whole number is expected after ^, as in (a + b)^2");
MC_FORMULA_SAYS(formula_end, "+, :, * or the end of the formula is expected here");
MC_FORMULA_SAYS(releveled, "relevel() takes a column and its reference, as in relevel(arm, ref = \"B\")");
MC_FORMULA_SAYS(before_reference, "relevel() takes a column and its reference, as in relevel(arm, ref = \"B\")");
MC_FORMULA_SAYS(reference_word, "relevel() takes a column and its reference, as in relevel(arm, ref = \"B\")");
MC_FORMULA_SAYS(reference_begin, "relevel() takes its reference in quotes, as in relevel(arm, ref = \"B\")");
MC_FORMULA_SAYS(reference_text, "relevel() takes its reference in quotes, as in relevel(arm, ref = \"B\")");
MC_FORMULA_SAYS(reference_end, "this reference does not end");
MC_FORMULA_SAYS(quoted_name, "names stand in formulas as they are, with dots too, or in `backquotes`");
MC_FORMULA_SAYS(called_name, "a column is expected in the parentheses");
MC_FORMULA_SAYS(call_end, "a closing parenthesis is expected here");
MC_FORMULA_SAYS(as_is_part, kAsIs);
MC_FORMULA_SAYS(as_is_content, kAsIs);
MC_FORMULA_SAYS(compared_value, "a column is compared with a number, or with a category in quotes");
MC_FORMULA_SAYS(comparison, "a comparison is expected after &, as in I(age > 50 & age <= 70)");
MC_FORMULA_SAYS(as_is_end, kAsIs);
MC_FORMULA_SAYS(power, kAsIs);
MC_FORMULA_SAYS(degree, kPolynomial);
MC_FORMULA_SAYS(before_degree, kPolynomial);
MC_FORMULA_SAYS(before_raw, kPolynomial);
MC_FORMULA_SAYS(raw_word, kPolynomial);
MC_FORMULA_SAYS(raw_sign, kPolynomial);
MC_FORMULA_SAYS(is_raw, kPolynomial);
MC_FORMULA_SAYS(time_name, "Surv(time, event) names two columns");
MC_FORMULA_SAYS(event_name, "Surv(time, event) names two columns");
MC_FORMULA_SAYS(comma, "Surv(time, event) names two columns");
MC_FORMULA_SAYS(second_equals, "a column is compared with one of its categories by ==");
MC_FORMULA_SAYS(category, "a category is expected after ==, as a number or in quotes");
MC_FORMULA_SAYS(category_text, "a category is expected after ==, as a number or in quotes");
MC_FORMULA_SAYS(quote_end, "this category does not end");
MC_FORMULA_SAYS(history_grammar::series, history_grammar::kSeriesSentence);
MC_FORMULA_SAYS(history_grammar::end, history_grammar::kEndSentence);
MC_FORMULA_SAYS(backquoted_end, "this backquoted name does not end");
MC_FORMULA_SAYS(power_not_offered, "not offered: powers of terms; a column's square is I(age^2)");
MC_FORMULA_SAYS(groups_not_offered, "not offered: groups with effects of their own, |");
MC_FORMULA_SAYS(response_function,
                "not offered: functions of the response, which cannot be computed from sealed values; owners add a "
                "column, log_y, say, to their files before they seal, and formulas name it");
MC_FORMULA_SAYS(number_not_offered, "a number is no column; only 1, 0 and - 1 stand in a formula, for the intercept");
MC_FORMULA_SAYS(
    function_not_offered,
    "not offered: this function; there are factor(), relevel(), I(x^2), I(a * b), poly(x, 2, raw = TRUE) and "
    "offset(). Logarithms and roots cannot be computed from sealed values: owners add a column of them, "
    "log_x, say, to their files before they seal, and formulas name it");
MC_FORMULA_SAYS(comparison_not_offered,
                "not offered: comparisons among the terms but within I(), as in I(age > 50), or I(sex == \"F\")");
MC_FORMULA_SAYS(product_comparison_not_offered,
                "not offered: comparisons of powers and products; a column is compared as it is, as in I(age > 50)");
MC_FORMULA_SAYS(either_not_offered,
                "not offered: | in I(); the opposite of I(age < 50 | age > 70) is I(age >= 50 & age <= 70)");
MC_FORMULA_SAYS(strata_not_offered, "not offered: strata(); GROUP BY fits one model per group");
MC_FORMULA_SAYS(interval_not_offered, "not offered: Surv() with a start; it takes (time, event)");
#undef MC_FORMULA_SAYS

}  // namespace mc::query::formula_grammar
