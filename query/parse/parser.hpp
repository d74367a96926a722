// SPDX-License-Identifier: Apache-2.0
// SQL text to syntax tree. The grammar stands in docs of the function below; everything outside it is an error that
// says where and, where we know, what to write instead.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

inline constexpr std::size_t kSqlBytesMax = 16 * 1024;
inline constexpr std::size_t kNestingMax = 64;  // parentheses within parentheses
inline constexpr std::size_t kSelectItemsMax = 512;
inline constexpr std::size_t kGroupColumnsMax = 8;
inline constexpr std::size_t kInListMax = 256;
inline constexpr std::size_t kNameBytesMax = 1024;  // of a column, data set or alias as written

/// SELECT item, … FROM table [WHERE predicate] [GROUP BY column, …] [;]
///   item       count(*) | count(x) | sum(x) | avg(x) | var_samp(x) | stddev_samp(x) | covar_samp(x,y) | corr(x,y) |
///              count(DISTINCT x) | histogram(x) | quantile(x, p) | median(x) |
///              chisq_test(a, b) | chisq_test(a, b, 'uncorrected') | odds_ratio(a, b) |
///              ttest(x, group) | ttest(x, group, 'pooled') | var_pop(x) | stddev_pop(x) | covar_pop(x, y) |
///              regr_slope(y, x), and so _intercept, _r2, _count, _avgx, _avgy, _sxx, _syy, _sxy |
///              a model: linear_regression('y ~ x', weights => w, ridge => 0.1, missing => 'indicator'), and so
///              logistic_regression, kaplan_meier, cox; the formula by query/parse/formula.hpp |
///              sum($w * x + $v * y), avg(…): weights that the researcher seals |
///              a GROUP BY column; each with an optional AS name
///   predicate  x IN $c, a list that the researcher seals;
///              = <> != < <= > >= (column and literal in either order), IN, BETWEEN, IS NULL, IS TRUE, IS FALSE,
///              each with NOT; a bare column; NOT, AND, OR, parentheses
///   names      letters, digits and _, matched exactly; "double quoted" for anything else; keywords in any case; where
///              a column stands also a history: latest(hba1c), had(mi, 365), n_events(admission, 0, 365)
///   errors     kParse with line:column; kUnsupported for SQL that is meant but not offered; kLimit
Result<Query> parse(std::string_view sql);

/// True when the name needs no double quotes: letters, digits and _, not a keyword.
bool is_plain_name(std::string_view name);

}  // namespace mc::query
