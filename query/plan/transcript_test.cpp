// SPDX-License-Identifier: Apache-2.0
// Every file in query/transcripts: a query behind "> ", then what explain or the error says. Hashes are not compared,
// since they change with every word of the schema's JSON.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "base/file.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

std::string without_hashes(const std::string& text) {
  return std::regex_replace(text, std::regex("(plan|schema) [0-9a-f]+"), "$1 <hash>");
}

std::string reply(const std::string& sql) {
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  const auto plan = compile(sql, testing::clinic_schema(), "clinic", budget);
  if (!plan) return "error " + std::string(code_name(plan.error().code)) + ": " + plan.error().message + "\n";
  return without_hashes(explain(*plan, budget));
}

TEST(Transcript, EveryQueryIsAnsweredAsWritten) {
  std::size_t queries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MC_SOURCE_DIR "/query/transcripts")) {
    const std::string text = read_text_file(entry.path(), 1 << 20).value_or_stop();
    std::string actual;
    std::size_t at = 0;
    std::string sql;
    const auto flush = [&] {
      if (!sql.empty()) actual += "> " + sql + "\n" + reply(sql) + "\n";
      sql.clear();
    };
    while (at < text.size()) {
      const std::size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      at = end == std::string::npos ? text.size() : end + 1;
      if (line.starts_with("> ")) {
        flush();
        sql = line.substr(2);
        ++queries;
      }
    }
    flush();
    EXPECT_EQ(actual, text) << entry.path();
  }
  EXPECT_GE(queries, 10u);
}

}  // namespace
}  // namespace mc::query
