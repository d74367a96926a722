// SPDX-License-Identifier: Apache-2.0
#include "query/parse/ast.hpp"

#include <gtest/gtest.h>

#include "query/parse/parser.hpp"
#include "query/testing/parsed.hpp"

namespace mc::query {
namespace {

using testing::canonical_or_refusal;

TEST(CanonicalSql, CanonicalTextHasOneSpelling) {
  EXPECT_EQ(
      canonical_or_refusal("select  Count( * ),AVG(age)as mean_age\nfrom heart -- all of them\n where ((sex='F'));"),
      "SELECT count(*), avg(age) AS mean_age FROM heart WHERE sex = 'F'");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE 60.50 <= age AND age != +7e1"),
            "SELECT count(*) FROM t WHERE age >= 60.5 AND age <> 70");
  EXPECT_EQ(canonical_or_refusal("SELECT corr(\"Sepal.Length\",\"a \"\"b\"\"\") FROM \"my data\" WHERE x = 'it''s'"),
            "SELECT corr(\"Sepal.Length\", \"a \"\"b\"\"\") FROM \"my data\" WHERE x = 'it''s'");
  EXPECT_EQ(canonical_or_refusal("SELECT Count(distinct  sex),QUANTILE(age,.250), median( age ),histogram(age,40, "
                                 "50.50),quantile(age,0.9,4) FROM t"),
            "SELECT count(DISTINCT sex), quantile(age, 0.25), median(age), histogram(age, 40, 50.5), "
            "quantile(age, 0.9, 4) FROM t");
  EXPECT_EQ(canonical_or_refusal("SELECT ttest(x,g,'welch'), ttest(x,g,'pooled'), chisq_test(a,b,'yates') FROM t"),
            "SELECT ttest(x, g), ttest(x, g, 'pooled'), chisq_test(a, b) FROM t");  // what is usual is not written
  EXPECT_EQ(canonical_or_refusal("SELECT sex, count(x) FROM t GROUP BY sex , smoker"),
            "SELECT sex, count(x) FROM t GROUP BY sex, smoker");
}

TEST(CanonicalSql, NotAndBeforeOr) {
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE NOT a AND b OR c"),
            "SELECT count(*) FROM t WHERE NOT a AND b OR c");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE NOT (a AND (b OR c))"),
            "SELECT count(*) FROM t WHERE NOT (a AND (b OR c))");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE (a AND b) AND (c OR (d OR e))"),
            "SELECT count(*) FROM t WHERE a AND b AND (c OR d OR e)");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE NOT NOT NOT a"), "SELECT count(*) FROM t WHERE NOT a");
}

TEST(CanonicalSql, NegatedFormsAreOneForm) {
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE NOT a IN (1,2)"),
            "SELECT count(*) FROM t WHERE a NOT IN (1, 2)");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE NOT a NOT BETWEEN -1 AND .5"),
            "SELECT count(*) FROM t WHERE a BETWEEN -1 AND 0.5");
  // SQL's truth values were taken for names of columns.
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE a = TRUE OR b <> false"),
            "SELECT count(*) FROM t WHERE a = 1 OR b <> 0");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE a IS NOT NULL AND NOT b IS NULL AND c is null"),
            "SELECT count(*) FROM t WHERE a IS NOT NULL AND b IS NOT NULL AND c IS NULL");
}

// In SQL they are never unknown: NOT TRUE is whoever has 0 or nothing.
TEST(CanonicalSql, IsTrueAndIsFalseKnowOfMissingValues) {
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE a IS TRUE AND b is false"),
            "SELECT count(*) FROM t WHERE a = 1 AND a IS NOT NULL AND b = 0 AND b IS NOT NULL");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE a IS NOT TRUE"),
            "SELECT count(*) FROM t WHERE NOT (a = 1 AND a IS NOT NULL)");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE NOT a IS NOT FALSE OR NOT b IS TRUE"),
            "SELECT count(*) FROM t WHERE a = 0 AND a IS NOT NULL OR NOT (b = 1 AND b IS NOT NULL)");
  EXPECT_EQ(canonical_or_refusal("SELECT count(*) FROM t WHERE had(mi) IS TRUE"),
            "SELECT count(*) FROM t WHERE had(mi) = 1 AND had(mi) IS NOT NULL");
}

TEST(CanonicalSql, KeywordsMayBeQuotedNamesAndNamesMayBeginLikeKeywords) {
  EXPECT_EQ(canonical_or_refusal(
                "SELECT count(\"group\"), sum(order_id), avg(incidence) FROM selected WHERE nothing = 0 AND count = 1"),
            "SELECT count(\"group\"), sum(order_id), avg(incidence) FROM selected WHERE nothing = 0 AND count = 1");
}

TEST(CanonicalSql, CanonicalTextParsesToItself) {
  for (const char* sql : {"SELECT avg(a), b AS \"from\" FROM t WHERE a = -0 OR NOT (b AND c = 1e300) GROUP BY b",
                          "SELECT count(*) FROM t WHERE NOT (a OR b) AND c BETWEEN 1 AND 2 OR d <> 'x'"}) {
    const std::string once = canonical_or_refusal(sql);
    EXPECT_EQ(canonical_or_refusal(once), once);
  }
}

TEST(OutputName, IsTheAliasOrTheCanonicalSpelling) {
  const Query query = parse("SELECT AVG( age ), sex AS gender, smoker FROM t GROUP BY sex, smoker").value_or_stop();
  EXPECT_EQ(output_name(query.items[0]), "avg(age)");
  EXPECT_EQ(output_name(query.items[1]), "gender");
  EXPECT_EQ(output_name(query.items[2]), "smoker");
}

}  // namespace
}  // namespace mc::query
