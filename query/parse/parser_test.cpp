// SPDX-License-Identifier: Apache-2.0
#include "query/parse/parser.hpp"

#include <gtest/gtest.h>

#include "query/testing/parsed.hpp"

namespace mc::query {
namespace {

using testing::canonical_or_refusal;

TEST(Parser, EveryErrorSaysWhereAndWhat) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "parse 1:1: a query begins with SELECT, found the end"},
      {"DELETE FROM t", "parse 1:1: a query begins with SELECT, found DELETE"},
      {"SELECT FROM t", "parse 1:8: a column or an aggregate such as avg(x) is expected after SELECT, found FROM"},
      {"SELECT a, FROM t",
       "parse 1:11: a column or an aggregate such as avg(x) is expected after the comma, found FROM"},
      {"SELECT avg(a) WHERE b", "parse 1:15: FROM is expected here, found WHERE"},
      {"SELECT avg(a) FROM", "parse 1:19: the name of a data set is expected after FROM, found the end"},
      {"SELECT avg(a) FROM t\nWHERE", "parse 2:6: a condition is expected after WHERE, found the end"},
      {"SELECT avg(a) FROM t WHERE (b", "parse 1:30: a closing parenthesis, AND or OR is expected here, found the end"},
      {"SELECT avg(a) FROM t WHERE b AND", "parse 1:33: a condition is expected after AND, found the end"},
      {"SELECT avg(a) FROM t WHERE b = ",
       "parse 1:32: a number or a 'text' is expected after the comparison, found the end"},
      {"SELECT avg(a) FROM t WHERE b IN ()", "parse 1:34: a number or a 'text' is expected in the list, found )"},
      {"SELECT avg(a) FROM t WHERE b IN (1,",
       "parse 1:36: a number or a 'text' is expected after the comma, found the end"},
      {"SELECT avg(a) FROM t WHERE b BETWEEN 1 OR 2",
       "parse 1:40: AND is expected after BETWEEN and its first number, found OR"},
      {"SELECT avg(a) FROM t WHERE b IS 5",
       "parse 1:33: NULL, TRUE or FALSE is expected after IS, or NOT and one of them, found 5"},
      {"SELECT avg(a) FROM t WHERE b = 'x", "parse 1:34: this quoted text does not end, found the end"},
      {"SELECT avg(\"a) FROM t", "parse 1:22: this double-quoted name does not end, found the end"},
      {"SELECT avg(a) FROM t GROUP a", "parse 1:28: BY is expected after GROUP, found a"},
      {"SELECT avg(a) FROM t GARBAGE",
       "parse 1:22: WHERE, GROUP BY or the end of the query is expected here, found GARBAGE"},
      {"SELECT avg() FROM t", "parse 1:12: a column name or * is expected in the parentheses, found )"},
      {"SELECT avg(a b) FROM t", "parse 1:14: a closing parenthesis is expected here, found b"},
      {"SELECT avg(*) FROM t", "parse 1:8: only count takes a single *; avg takes columns"},
      {"SELECT corr(a) FROM t", "parse 1:8: corr takes two columns, 1 is given"},
      {"SELECT avg(a, b) FROM t", "parse 1:8: avg takes one column, 2 are given"},
      {"SELECT mean(a) FROM t", "parse 1:8: unknown aggregate mean; write avg"},
      {"SELECT stdev(a) FROM t", "parse 1:8: unknown aggregate stdev; write stddev_samp"},
      {"SELECT coutn(a) FROM t",
       "parse 1:8: unknown aggregate coutn (did you mean count?); the aggregates are count, sum, avg, var_samp, "
       "stddev_samp, covar_samp, corr, histogram, quantile, median, chisq_test, "
       "odds_ratio, ttest, var_pop, stddev_pop, covar_pop, regr_slope, regr_intercept, regr_r2, regr_count and 13 "
       "more"},
      {"SELECT quantile(a) FROM t", "parse 1:8: quantile takes a number from 0 to 1 after its column, none is given"},
      {"SELECT quantile(a, 50) FROM t", "parse 1:20: quantile takes a number from 0 to 1 after its column"},
      {"SELECT quantile(a, 'half') FROM t", "parse 1:20: quantile takes a number from 0 to 1 after its column"},
      {"SELECT quantile(0.5, a) FROM t", "parse 1:22: columns stand before a function's option"},
      {"SELECT quantile(a, 0.5, 9, 9) FROM t", "parse 1:28: the edges of quantile ascend, and 9 follows 9"},
      {"SELECT median(a, 'x') FROM t", "parse 1:18: median cuts bins at numbers"},
      {"SELECT histogram(a, 1, b) FROM t", "parse 1:24: columns stand before a function's option"},
      {"SELECT avg(a, 1) FROM t", "parse 1:15: avg takes columns and nothing else"},
      {"SELECT ttest(a, b, 'pool') FROM t", "parse 1:20: ttest takes 'pooled' or 'welch' after its columns"},
      {"SELECT chisq_test(a, b, 1) FROM t", "parse 1:25: chisq_test takes 'uncorrected' or 'yates' after its columns"},
      {"SELECT odds_ratio(a) FROM t", "parse 1:8: odds_ratio takes two columns, 1 is given"},
      {"SELECT t_test(a, b) FROM t", "parse 1:8: unknown aggregate t_test; write ttest"},
      {"SELECT count(DISTINCT *) FROM t", "parse 1:8: only count takes a single *; count takes columns"},
      {"SELECT count(DISTINCT a, b) FROM t", "parse 1:8: count takes one column, 2 are given"},
      {"SELECT avg(resid.ds) FROM t",
       "parse 1:17: a name with a dot in it stands in double quotes, as in \"resid.ds\", found .ds"},
      {"SELECT count(*) FROM t WHERE T.categ = 'x'",
       "parse 1:31: a name with a dot in it stands in double quotes, as in \"resid.ds\", found .categ"},
      {"SELECT avg(a) FROM t WHERE b = NULL",
       "parse 1:32: nothing equals NULL; write IS NULL or IS NOT NULL, found NULL"},
      {"SELECT avg(sum(a)) FROM t", "parse 1:12: an aggregate cannot stand inside an aggregate, found sum"},
      {"SELECT avg(log(a)) FROM t",
       "unsupported 1:12: not offered: functions of a value, which cannot be computed from sealed ones; owners add a "
       "column of them, log_x, say, to their files before they seal, and queries name it"},
      {"SELECT chisq_test(as.factor(a), b) FROM t",
       "unsupported 1:19: not offered: factor() outside of formulas; write the column itself, as in grade = 2, "
       "chisq_test(grade, sex) and GROUP BY grade"},
      {"SELECT avg(a) FROM t WHERE factor(b) = 2",
       "unsupported 1:28: not offered: factor() outside of formulas; write the column itself, as in grade = 2, "
       "chisq_test(grade, sex) and GROUP BY grade"},
      {"SELECT avg(a) FROM t WHERE sqrt(b) > 2",
       "unsupported 1:28: not offered: functions of a value, which cannot be computed from sealed ones; compare the "
       "column itself, x > 7.39 for log(x) > 2, or owners add a column of them before they seal"},
      {"SELECT avg(a) FROM t WHERE sum(b) > 5", "parse 1:28: an aggregate cannot stand in WHERE, found sum"},
      {"SELECT avg(a) FROM t WHERE b = 1e999", "parse 1:32: the number 1e999 does not fit a double"},
  };
  for (const auto& [sql, expected] : cases) EXPECT_EQ(canonical_or_refusal(sql), expected) << sql;
}

TEST(Parser, WhatIsNotOfferedIsSaid) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT * FROM t",
       "unsupported 1:8: not offered: SELECT *; single records are never released, ask for aggregates"},
      {"SELECT min(a) FROM t",
       "unsupported 1:8: not offered: min; a minimum is one person's value; ask for quantile(x, 0.05), or count(*) "
       "WHERE x < …"},
      {"SELECT sum(DISTINCT a) FROM t", "unsupported 1:12: not offered: DISTINCT in sum"},
      {"SELECT DISTINCT a FROM t",
       "unsupported 1:8: not offered: DISTINCT here; count(DISTINCT category) counts categories"},
      {"SELECT sum(a*b) FROM t", "unsupported 1:13: not offered: arithmetic between columns"},
      {"SELECT sum(a) FROM t HAVING count(*) > 5", "unsupported 1:22: not offered: HAVING"},
      {"SELECT sum(a) FROM t ORDER BY a",
       "unsupported 1:22: not offered: ORDER BY; groups come in the order of the schema's categories"},
      {"SELECT sum(a) FROM t JOIN u", "unsupported 1:22: not offered: more than one data set in FROM"},
      {"SELECT sum(a) FROM t, u", "unsupported 1:21: not offered: more than one data set in FROM"},
      {"SELECT sum(a) FROM t WHERE b LIKE 'x%'",
       "unsupported 1:30: not offered: LIKE; use = or IN with the categories of the schema"},
      {"SELECT sum(a) FROM t WHERE b = c",
       "unsupported 1:32: not offered: comparing two columns (text is written in 'single quotes')"},
      {"SELECT sum(a) FROM t WHERE b IN (SELECT c FROM u)", "unsupported 1:34: not offered: a query inside a query"},
  };
  for (const auto& [sql, expected] : cases) EXPECT_EQ(canonical_or_refusal(sql), expected) << sql;
}

TEST(Parser, NamesAreWrittenInAnyAlphabet) {
  EXPECT_EQ(canonical_or_refusal("SELECT avg(größe), count(Ärztin) FROM t WHERE Geschlecht = 'männlich' GROUP BY вес"),
            "SELECT avg(größe), count(Ärztin) FROM t WHERE Geschlecht = 'männlich' GROUP BY вес");
  EXPECT_EQ(canonical_or_refusal("SELECT avg(\"größe\") FROM t"), "SELECT avg(größe) FROM t");
}

TEST(Parser, LimitsAreNamed) {
  EXPECT_EQ(canonical_or_refusal(std::string(kSqlBytesMax + 1, ' ')),
            "limit the query has 16385 bytes, 16384 are allowed");
  const std::string deep = "SELECT count(*) FROM t WHERE " + std::string(65, '(') + "a" + std::string(65, ')');
  EXPECT_EQ(canonical_or_refusal(deep), "limit 1:94: more than 64 parentheses within each other");
  EXPECT_TRUE(parse("SELECT count(*) FROM t WHERE " + std::string(64, '(') + "a" + std::string(64, ')')));
  std::string list = "SELECT count(*) FROM t WHERE a IN (0";
  for (int i = 1; i <= 256; ++i) list += "," + std::to_string(i);
  EXPECT_EQ(canonical_or_refusal(list + ")"), "limit 1:30: this list has 257 items, 256 are allowed");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) AS " + std::string(1025, 'n') + " FROM t"),
            "limit 1:20: a name of 1025 bytes, 1024 are allowed");
  EXPECT_EQ(canonical_or_refusal("SELECT count(\xff) FROM t"), "parse the query is not UTF-8");
}

TEST(Parser, ManyNegationsAndConditionsDoNotRecurse) {
  std::string sql = "SELECT count(*) FROM t WHERE ";
  for (int i = 0; i < 2000; ++i) sql += "NOT ";
  EXPECT_EQ(canonical_or_refusal(sql + "a"), "SELECT count(*) FROM t WHERE a");
}

}  // namespace
}  // namespace mc::query
