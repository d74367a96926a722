// SPDX-License-Identifier: Apache-2.0
#include "query/parse/sealed_condition.hpp"

#include <gtest/gtest.h>

#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

std::string spelled(const std::string& where) {
  const auto query = parse("select count(*) from clinic where " + where);
  return query ? canonical_sql(*query).substr(std::string("SELECT count(*) FROM clinic WHERE ").size())
               : query.error().message;
}

TEST(SealedCondition, HasOneSpellingThatReadsBackToItself) {
  const std::pair<const char*, const char*> cases[] = {
      {"age>=$t", "age >= $t"},
      {"age < $t and death", "age < $t AND death"},
      {"age between $a\n and $b", "age BETWEEN $a AND $b"},
      {"age not between $a and $b", "age NOT BETWEEN $a AND $b"},
      {"sex in $c", "sex IN $c"},
      {"not age > $t", "NOT age > $t"},
  };
  for (const auto& [text, wanted] : cases) {
    EXPECT_EQ(spelled(text), wanted);
    EXPECT_EQ(spelled(wanted), wanted);
  }
}

TEST(SealedCondition, WhatIsNotOfferedIsSaidAtItsPlace) {
  EXPECT_EQ(spelled("age = $t"),
            "1:42: not offered: = and <> of a sealed threshold; <, <=, >, >= and BETWEEN are, and IN of categories");
  EXPECT_EQ(spelled("age <> $t").substr(0, 5), "1:43:");
  EXPECT_EQ(spelled("age BETWEEN 3 AND $t").substr(0, 29), "1:54: not offered: BETWEEN of");
  EXPECT_EQ(spelled("age BETWEEN $t AND 3").substr(0, 29), "1:48: not offered: BETWEEN of");
  EXPECT_NE(spelled("age > $").find("the name of a sealed parameter is expected after $"), std::string::npos);
}

}  // namespace
}  // namespace mc::query
