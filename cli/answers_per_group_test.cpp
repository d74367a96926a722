// SPDX-License-Identifier: Apache-2.0
#include "cli/answers_per_group.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace mc::cli {
namespace {

TEST(AnswersPerGroup, AreARowPerGroupAndEveryAnswerBeside) {
  query::ModelsPerGroup models;
  models.items = {std::nullopt, 1, 0};
  models.names = {"m", "grade", "arm"};
  models.group_columns = {"arm", "grade"};
  models.questions = {{{std::string("A"), std::int64_t{1}}, "SELECT 1"},
                      {{std::string("B"), std::int64_t{2}}, "SELECT 2"}};
  EXPECT_EQ(group_text(models, models.questions[1]), "arm = B, grade = 2");
  const std::array<std::string, 2> answers{R"({"columns":["m"],"rows":[[{"n":3}]],"n":3,"digits":4,"study":"x"})",
                                           R"({"columns":["m"],"rows":[[{"n":5}]],"n":5,"digits":2,"study":"y"})"};
  const auto json = nlohmann::json::parse(answers_per_group_json(models, answers));
  EXPECT_EQ(json.at("columns"), nlohmann::json({"m", "grade", "arm"}));
  EXPECT_EQ(json.at("rows"), nlohmann::json::parse(R"([[{"n":3},1,"A"],[{"n":5},2,"B"]])"));
  EXPECT_EQ(json.at("groups"), nlohmann::json::parse(R"([{"arm":"A","grade":1},{"arm":"B","grade":2}])"));
  EXPECT_EQ(json.at("n"), 8);
  EXPECT_EQ(json.at("digits"), 2);
  EXPECT_EQ(json.at("questions").at(1).at("study"), "y");
  EXPECT_EQ(json.at("questions").at(1).at("sql"), "SELECT 2");
}

TEST(AnswersPerGroup, OfMissingValuesHaveARowOnlyWhenSomebodyIsInIt) {
  query::ModelsPerGroup models;
  models.items = {0, std::nullopt};
  models.names = {"arm", "m"};
  models.group_columns = {"arm"};
  models.questions = {{{std::string("A")}, "SELECT 1"}, {{std::monostate{}}, "SELECT 2"}};
  EXPECT_EQ(group_text(models, models.questions[1]), "arm IS NULL");
  const std::string some = R"({"columns":["m"],"rows":[[{"n":3}]],"n":3,"digits":4})";
  const std::string nobody = R"({"columns":["m"],"rows":[[{"n":0}]],"n":0,"digits":0})";
  const std::array<std::string, 2> nobody_lacks_it{some, nobody}, somebody_does{some, some};
  const auto without = nlohmann::json::parse(answers_per_group_json(models, nobody_lacks_it));
  EXPECT_EQ(without.at("rows"), nlohmann::json::parse(R"([["A",{"n":3}]])"));
  EXPECT_EQ(without.at("groups").size(), 1U);
  EXPECT_EQ(without.at("questions").size(), 2U) << "it was asked and paid for";
  EXPECT_EQ(without.at("digits"), 4);
  const auto with = nlohmann::json::parse(answers_per_group_json(models, somebody_does));
  EXPECT_EQ(with.at("rows"), nlohmann::json::parse(R"([["A",{"n":3}],[null,{"n":3}]])"));
  EXPECT_EQ(with.at("n"), 6);
}

}  // namespace
}  // namespace mc::cli
