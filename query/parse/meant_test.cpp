// SPDX-License-Identifier: Apache-2.0
#include "query/parse/meant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/testing/parsed.hpp"

namespace mc::query {
namespace {

using testing::canonical_or_refusal;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// What clinicians type: each was answered with what the grammar would have gone on with, and no more.
TEST(Meant, WhatRAndOtherSqlWriteIsSaidInOurs) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT count(*) FROM t WHERE sex == 'f'", "found =; equality is one =, as in sex = 'F'"},
      {"SELECT count(*) FROM t WHERE age => 50", "at least is written >="},
      {"SELECT count(*) FROM t WHERE age =< 50", "at most is written <="},
      {"SELECT count(*) FROM t WHERE age ≥ 50", "found ≥; at least is written >="},
      {"SELECT count(*) FROM t WHERE 50 < age < 60", "found <; two bounds are written x > 50 AND x < 60, or x BETWEEN"},
      {"SELECT count(*) FROM t WHERE age > 50,5", "found ,5; decimals have a point, as in 50.5"},
      {"SELECT avg(`alk.phos`) FROM t", "stands in \"double quotes\""},
      {"SELECT ttest(bili ~ arm) FROM t", "found ~; a formula stands in 'single quotes'"},
      {"SELECT avg(CASE WHEN age > 50 THEN 1 END) FROM t",
       "found WHEN; not offered: CASE; a condition stands in WHERE"},
      {"SELECT avg(x) FILTER (WHERE sex = 'f') FROM t", "found FILTER; not offered: FILTER"},
      {"EXPLAIN SELECT count(*) FROM t", "found EXPLAIN; `medcommons explain` takes the question"},
      {"SELECT count(*) FROM t WHERE last(bili) > 3", "cannot stand in WHERE, found last; a person's latest value is"},
      {"SELECT avg(max(bili)) FROM t", "inside an aggregate, found max; a person's largest value is highest(series)"},
  };
  for (const auto& [sql, expected] : cases) EXPECT_THAT(canonical_or_refusal(sql), HasSubstr(expected)) << sql;
}

TEST(Meant, OfWhatIsNotOfferedToo) {
  EXPECT_THAT(canonical_or_refusal("SELECT count(*) FROM t WHERE sex = ‘f’"), EndsWith("straight 'single quotes'"));
  EXPECT_THAT(canonical_or_refusal("SELECT count(*) FROM t WHERE chol = NA"), EndsWith("is found by IS NULL"));
}

TEST(Meant, WordsEndWhereNamesDo) {
  EXPECT_EQ(meant_at("x nadir", 2), "");
  EXPECT_NE(meant_at("x NA", 1), "");
  EXPECT_EQ(meant_at("x", 1), "");
  EXPECT_EQ(meant_at("IN (1,2)", 4), "") << "a list";
  EXPECT_EQ(meant_at("avg(x) count(*)", 6), "") << "a comma is missing";
}

}  // namespace
}  // namespace mc::query
