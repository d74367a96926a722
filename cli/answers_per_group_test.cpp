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

}  // namespace
}  // namespace mc::cli
