// SPDX-License-Identifier: Apache-2.0
#include "query/release/empty_reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<EmptyReference> found_in(const PlanModel& model, const std::vector<double>& squares, double whole) {
  return empty_references(
      model, [&](std::size_t j) { return squares[j]; }, whole, 0.5);
}

PlanModel model_with_terms(std::string formula, std::vector<std::string> terms) {
  PlanModel model;
  model.formula = std::move(formula);
  model.terms = std::move(terms);
  model.intercept = true;
  return model;
}

TEST(EmptyReference, TheNextLevelThatSomebodyHasTakesItsPlace) {
  const PlanModel model =
      model_with_terms("y ~ x * arm", {"(Intercept)", "x", "armB", "armC", "armD", "x:armB", "x:armC", "x:armD"});
  const auto references = found_in(model, {100, 40, 0, 30, 70, 0, 12, 9}, 100);
  ASSERT_EQ(references.size(), 1u);
  EXPECT_EQ(references[0].factor, "arm");
  EXPECT_EQ(references[0].instead, "C");
  EXPECT_THAT(order_of_terms(model, references), ElementsAre(0, 1, 2, 4, 5, 7, 3, 6));
  EXPECT_EQ(references_text(references), "Nobody who counts has the reference of arm: C takes its place, as in R\n");
}

TEST(EmptyReference, OnePersonWithTheReferenceIsEnough) {
  EXPECT_THAT(found_in(model_with_terms("y ~ arm", {"(Intercept)", "armB", "armC"}), {100, 30, 69}, 100), IsEmpty());
}

TEST(EmptyReference, EveryFactorHasItsOwn) {
  const PlanModel model =
      model_with_terms("y ~ factor(stage) + arm", {"(Intercept)", "factor(stage)2", "factor(stage)3", "armB"});
  const auto references = found_in(model, {100, 30, 70, 20}, 100);
  ASSERT_EQ(references.size(), 1u);
  EXPECT_EQ(references[0].factor, "factor(stage)");
  EXPECT_EQ(references[0].instead, "2");
}

// Two columns of numbers 0 and 1 that add up to one are no factor: glm leaves out the second.
TEST(EmptyReference, ColumnsThatHappenToAddUpAreNoFactor) {
  EXPECT_THAT(found_in(model_with_terms("y ~ male + female", {"(Intercept)", "male", "female"}), {100, 40, 60}, 100),
              IsEmpty());
  EXPECT_THAT(found_in(model_with_terms("y ~ sex1 + sex2", {"(Intercept)", "sex1", "sex2"}), {100, 40, 60}, 100),
              IsEmpty());
}

TEST(EmptyReference, WithoutAnInterceptAFactorHasAllItsLevels) {
  PlanModel model = model_with_terms("y ~ arm - 1", {"armA", "armB"});
  model.intercept = false;
  EXPECT_THAT(found_in(model, {40, 60}, 100), IsEmpty());
}

}  // namespace
}  // namespace mc::query
