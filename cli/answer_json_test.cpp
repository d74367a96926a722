// SPDX-License-Identifier: Apache-2.0
#include "cli/answer_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mc::cli {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

client::Answer sample() {
  client::Answer answer;
  answer.plan.sql = "SELECT count(*), avg(age) FROM commons";
  answer.table.columns = {"count(*)", "avg(age)"};
  answer.table.rows = {{std::int64_t{17'549}, 52.25}};
  answer.table.n = 17'549;
  answer.table.digits = {15, 11};
  answer.table.digits_min = 11;
  answer.verdict.assurance = protocol::Assurance::kVerified;
  answer.verdict.answered = {CustodianId(0), CustodianId(1), CustodianId(2)};
  answer.study = sha256(view_of("study"));
  answer.release_number = 4;
  answer.timing_ms = {{"plan", 1.2345}, {"execute", 900}, {"total", 1500.06}};
  answer.bytes = {{"query_sent", 100}, {"shares_received", 98'765'432'100}};
  return answer;
}

client::CommonsDocument document_of(bool exact) {
  client::CommonsDocument document;
  document.exact = exact;
  document.custodians.resize(3);
  return document;
}

ordered_json json_of(const client::Answer& answer, bool exact = true, bool auto_approved = false) {
  return ordered_json::parse(answer_json(answer, document_of(exact), auto_approved));
}

TEST(AnswerJson, HasTheMembersThatOtherProgramsAreBuiltOn) {
  const ordered_json json = json_of(sample());
  EXPECT_EQ(json["columns"], ordered_json({"count(*)", "avg(age)"}));
  EXPECT_EQ(json["rows"], ordered_json::parse("[[17549, 52.25]]"));
  EXPECT_EQ(json["n"], 17'549);
  EXPECT_EQ(json["digits"], 11);
  EXPECT_EQ(json["plan_hash"], query::plan_hash(sample().plan).hex());
  EXPECT_TRUE(json["timing_ms"].is_object());
  EXPECT_TRUE(json["bytes"].is_object());
  EXPECT_FALSE(json.contains("groups"));
}

TEST(AnswerJson, SaysHowOftenAResultWasRefreshed) {
  EXPECT_FALSE(json_of(sample()).contains("refreshes"));
  EXPECT_THAT(answer_text(sample(), document_of(true), false), Not(HasSubstr("refreshed")));
  client::Answer answer = sample();
  answer.refreshes = 11;
  EXPECT_EQ(json_of(answer)["refreshes"], 11);
  EXPECT_THAT(answer_text(answer, document_of(true), false), HasSubstr("refreshed 11 times by the custodians\n"));
}

TEST(AnswerJson, IsOneLine) {
  const std::string text = answer_json(sample(), document_of(true), true);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST(AnswerJson, IntegersStayIntegersAndNumbersNumbers) {
  client::Answer answer = sample();
  answer.table.rows = {{std::int64_t{-3}, 0.1}, {std::int64_t{9'007'199'254'740'993}, 1e300}};
  const ordered_json rows = json_of(answer)["rows"];
  EXPECT_TRUE(rows[0][0].is_number_integer());
  EXPECT_TRUE(rows[0][1].is_number_float());
  EXPECT_EQ(rows[1][0].get<std::int64_t>(), 9'007'199'254'740'993);
  EXPECT_EQ(rows[0][1].get<double>(), 0.1) << "a double comes back to the last bit";
  EXPECT_EQ(rows[1][1].get<double>(), 1e300);
}

TEST(AnswerJson, WhatSqlCallsNullIsNull) {
  client::Answer answer = sample();
  answer.table.rows = {{std::int64_t{0}, std::monostate{}}};
  EXPECT_TRUE(json_of(answer)["rows"][0][1].is_null());
  answer.table.rows.clear();
  EXPECT_EQ(json_of(answer)["rows"], ordered_json::array());
}

TEST(AnswerJson, GroupsAreOneObjectARowWithTheirColumnsNames) {
  client::Answer answer = sample();
  answer.table.rows = {{std::int64_t{1}, 1.5}, {std::int64_t{2}, 2.5}};
  answer.table.group_columns = {"sex", "diabetes"};
  answer.table.groups = {{std::string("F"), std::int64_t{1}}, {std::string("M"), std::monostate{}}};
  EXPECT_EQ(json_of(answer)["groups"],
            ordered_json::parse(R"([{"sex": "F", "diabetes": 1}, {"sex": "M", "diabetes": null}])"));
}

TEST(AnswerJson, TimesAreTenthsOfAMillisecondAndBytesExact) {
  const ordered_json json = json_of(sample());
  EXPECT_EQ(json["timing_ms"]["plan"], 1.2);
  EXPECT_EQ(json["timing_ms"]["total"], 1500.1);
  EXPECT_EQ(json["bytes"]["shares_received"], 98'765'432'100);
}

TEST(AnswerJson, TellsWhichSecurityArgumentCoversIt) {
  const ordered_json json = json_of(sample());
  EXPECT_EQ(json["argument"], "S");
  EXPECT_EQ(json["privacy"], "exact");
  EXPECT_EQ(json["assurance"], "verified");
  EXPECT_EQ(json["release"], 4);
  EXPECT_EQ(json["study"], sample().study.hex());
}

TEST(AnswerJson, SaysPlainlyWhatAReaderMustKnow) {
  client::Answer answer = sample();
  EXPECT_TRUE(json_of(answer, false)["notices"].empty());
  EXPECT_THAT(json_of(answer, true)["notices"].dump(), HasSubstr("founded as exact"));
  EXPECT_THAT(json_of(answer, false, true)["notices"].dump(), HasSubstr("approved automatically"));
  answer.verdict.assurance = protocol::Assurance::kUnverified;
  answer.verdict.answered.pop_back();
  answer.notes = {"custodian 2 does not answer"};
  const std::string notices = json_of(answer, false)["notices"].dump();
  EXPECT_THAT(notices, HasSubstr("unverified: 2 custodians answered, 3 are needed"));
  EXPECT_THAT(notices, HasSubstr("custodian 2 does not answer"));
}

TEST(AnswerJson, BytesThatAreNotTextAreReplacedAndStopNothing) {
  client::Answer answer = sample();
  answer.notes = {"a peer said \xff"};
  EXPECT_THAT(json_of(answer)["notices"].dump(), HasSubstr("a peer said "));
}

TEST(AnswerText, HoldsTableDigitsStepsAndNotices) {
  const std::string text = answer_text(sample(), document_of(true), true);
  for (const char* part : {"17549", "52.25", "digits certain: 11", "argument S", "verified by 3 of 3 custodians",
                           "release 4", "plan 1 ms, execute 900 ms, total 1500 ms", "query_sent 100",
                           "note: this commons is founded as exact", "note: approved automatically"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(answer_text(sample(), document_of(false), false), Not(HasSubstr("note:")));
}

}  // namespace
}  // namespace mc::cli
