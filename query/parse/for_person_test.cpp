// SPDX-License-Identifier: Apache-2.0
#include "query/parse/for_person.hpp"

#include <gtest/gtest.h>

#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

const std::string kPerson(64, 'a');
const std::string kSigned(130, '1');
const std::string kClause = " FOR PERSON '" + kPerson + "' SIGNED '" + kSigned + "'";

TEST(ForPerson, TheClauseHasOneSpelling) {
  const Query query =
      parse("select avg(age) from clinic for person '" + kPerson + "'\n signed '" + kSigned + "';").value_or_stop();
  ASSERT_TRUE(query.person);
  EXPECT_EQ(query.person->person.hex(), kPerson);
  EXPECT_EQ(canonical_sql(query), "SELECT avg(age) FROM clinic" + kClause);
  EXPECT_EQ(for_person_in(canonical_sql(query)), query.person);
  EXPECT_EQ(for_person_in("SELECT count(*) FROM clinic"), std::nullopt);
  EXPECT_EQ(for_person_in("SELECT count(*) FROM clinic WHERE a = ' FOR PERSON '"), std::nullopt);
}

TEST(ForPerson, ForAndPersonAreNamesElsewhere) {
  EXPECT_TRUE(parse("SELECT avg(person) FROM clinic WHERE for > 3"));
}

TEST(ForPerson, OneSentenceForEveryFault) {
  const auto says = [](const std::string& sql) {
    const auto query = parse(sql);
    if (!query) return query.error().message;
    const Status status = check_for_person(*query);
    return status ? std::string() : status.error().message;
  };
  const std::string ask = " FROM clinic" + kClause;
  EXPECT_EQ(says("SELECT avg(age), sum(bmi), count(bmi), count(*), avg($a * age)" + ask), "");
  EXPECT_NE(says("SELECT age" + ask).find("1:8: not offered: a bare column FOR PERSON"), std::string::npos);
  EXPECT_NE(says("SELECT median(age)" + ask).find("1:8: not offered: median FOR PERSON"), std::string::npos);
  EXPECT_NE(says("SELECT avg(age) FROM clinic WHERE sex = 'F'" + kClause).find("not offered: WHERE"),
            std::string::npos);
  EXPECT_NE(says("SELECT avg(age) FROM clinic GROUP BY sex" + kClause).find("not offered: GROUP BY"),
            std::string::npos);
  EXPECT_NE(says("SELECT avg(age) FROM clinic FOR PERSON 'x' SIGNED '" + kSigned + "'").find("64 hexadecimal"),
            std::string::npos);
  EXPECT_NE(says("SELECT avg(age) FROM clinic FOR PERSON '" + kPerson + "' SIGNED '12'").find("130 hexadecimal"),
            std::string::npos);
  EXPECT_NE(says("SELECT avg(age) FROM clinic FOR PERSON '" + kPerson + "'").find("SIGNED"), std::string::npos);
}

}  // namespace
}  // namespace mc::query
