// SPDX-License-Identifier: Apache-2.0
#include "cli/answers_per_group.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/check.hpp"

namespace mc::cli {
namespace {

using Json = nlohmann::ordered_json;

Json key_json(const query::GroupKey& key) {
  if (const auto* text = std::get_if<std::string>(&key)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&key)) return *number;
  return nullptr;
}

}  // namespace

std::string group_text(const query::ModelsPerGroup& models, const query::ModelsPerGroup::Question& question) {
  std::string text;
  for (std::size_t i = 0; i < question.keys.size(); ++i) {
    const Json key = key_json(question.keys[i]);
    text += (i == 0 ? "" : ", ") + models.group_columns[i];
    text += key.is_null() ? " IS NULL" : " = " + (key.is_string() ? key.get<std::string>() : key.dump());
  }
  return text;
}

bool is_left_out(const query::ModelsPerGroup::Question& question, std::int64_t persons) {
  return question.is_of_missing() && persons == 0;
}

std::string answers_per_group_json(const query::ModelsPerGroup& models, std::span<const std::string> answers) {
  MC_CHECK(answers.size() == models.questions.size());
  Json json = {{"columns", models.names},   {"rows", Json::array()}, {"groups", Json::array()}, {"n", 0}, {"digits", 0},
               {"questions", Json::array()}};
  std::int64_t persons = 0;
  int digits = std::numeric_limits<int>::max();
  for (std::size_t q = 0; q < answers.size(); ++q) {
    Json answer = Json::parse(answers[q]);
    answer["sql"] = models.questions[q].sql;
    json["questions"].push_back(answer);
    const std::int64_t asked = answer.at("n").get<std::int64_t>();
    if (is_left_out(models.questions[q], asked)) continue;
    Json row = Json::array(), group = Json::object();
    for (const std::optional<std::size_t>& item : models.items) {
      row.push_back(item ? key_json(models.questions[q].keys[*item]) : answer.at("rows").at(0).at(0));
    }
    for (std::size_t i = 0; i < models.group_columns.size(); ++i) {
      group[models.group_columns[i]] = key_json(models.questions[q].keys[i]);
    }
    persons += asked;
    digits = std::min(digits, answer.at("digits").get<int>());
    json["rows"].push_back(std::move(row));
    json["groups"].push_back(std::move(group));
  }
  json["n"] = persons;
  json["digits"] = json.at("rows").empty() ? 0 : digits;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mc::cli
