// SPDX-License-Identifier: Apache-2.0
#include "query/bind/named_cells.hpp"

#include <gtest/gtest.h>

#include "query/testing/bound.hpp"

namespace mc::query {
namespace {

/// "arm=B | arm=A"
std::string named(const std::string& call) {
  const data::Schema schema = testing::trial_schema();
  const BoundQuery bound = testing::bound_trial("SELECT " + call + " FROM trial").value_or_stop();
  std::string text;
  for (const NamedCells& one : named_cells(*bound.items[0].model, schema, bound.domains)) {
    text += (text.empty() ? "" : " | ") + one.name;
  }
  return text;
}

TEST(NamedCells, AreThoseOfEveryColumnAndThenTheReferences) {
  EXPECT_EQ(named("linear_regression('weight ~ age + arm')"), "arm=B | arm=A");
  EXPECT_EQ(named("linear_regression('weight ~ dead + factor(grade)')"),
            "dead=1 | grade=2 | grade=3 | dead=0 | grade=1");
  EXPECT_EQ(named("linear_regression('weight ~ arm * factor(grade)')"),
            "arm=B | grade=2 | grade=3 | arm=B, grade=2 | arm=B, grade=3 | arm=A | grade=1 | arm=B, grade=1 | "
            "arm=A, grade=2 | arm=A, grade=3 | arm=A, grade=1");
  EXPECT_EQ(named("linear_regression('weight ~ age')"), "");
}

TEST(NamedCells, WhoLacksAValueIsNamedWhereSheStays) {
  EXPECT_EQ(named("linear_regression('weight ~ factor(grade)', missing => 'indicator')"),
            "grade=2 | grade=3 | grade=missing | grade=1");
}

TEST(NamedCells, AMeasurementIsCutAtItsDeclaredEdges) {
  EXPECT_EQ(named("linear_regression('weight ~ factor(age)')"), "age=[50,70) | age=[70,90] | age=[20,50)");
}

TEST(NamedCells, ComparisonsAlsoNameWhoLiesBetweenThem) {
  EXPECT_EQ(named("linear_regression('weight ~ I(age >= 50)')"), "age=[50,90] | age=[20,50)");
  EXPECT_EQ(named("linear_regression('weight ~ I(age >= 50) + I(age > 70)')"),
            "age=[50,90] | age=(70,90] | age=[50,70] | age=[20,50)");
  EXPECT_EQ(named("linear_regression('weight ~ I(grade != 2)')"), "grade=1 or 3 | grade=2");
  EXPECT_EQ(named("linear_regression('weight ~ I(days > 17)')"), "days=[18,60] | days=[0,18)");
  // Whoever is in both is in the narrower one, and nobody is in two that exclude each other.
  EXPECT_EQ(named("linear_regression('weight ~ I(age >= 50) * I(age > 70)')"),
            "age=[50,90] | age=(70,90] | age=[50,70] | age=[20,50)");
  EXPECT_EQ(named("linear_regression('weight ~ I(age < 50) * I(age > 70)')"),
            "age=[20,50) | age=(70,90] | age=[50,70]");
  EXPECT_EQ(named("linear_regression('weight ~ arm:I(age < 70):I(age >= 50)')").find("age=[20,70)"), std::string::npos)
      << "no coefficient names those below 70 whatever else holds of their age";
}

}  // namespace
}  // namespace mc::query
