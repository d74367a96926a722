// SPDX-License-Identifier: Apache-2.0
#include "client/study_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kStudy = R"(
title = "Risk factors for heart failure"
disease = "MONDO:0005252"
undertakings = ["IRB", "PUB"]
standard = "Declaration of Helsinki; approved by the board"
code = "medcommons 0.1.0"
releases = 5
days = 90
rho = 0.25
minimum_cohort = 10
suppress_below = 5
questions = ["SELECT count(*) FROM commons"]
plans = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]

[[template]]
sql = "SELECT avg({x}) FROM commons WHERE age >= {edge}"
x = ["bmi", "sbp"]
edge = [50, 60]

[sensitive]
funding = "who pays"
hypothesis = "what we expect"
)";

TEST(StudyFile, SaysEverythingThatTheChambersVoteOn) {
  const StudyRequest read = study_request_from_toml(kStudy).value_or_stop();
  EXPECT_EQ(read.title, "Risk factors for heart failure");
  EXPECT_EQ(governance::data_use_text(read.use), "DS MONDO:0005252 if PUB, IRB");
  EXPECT_EQ(read.code, "medcommons 0.1.0");
  EXPECT_THAT(read.standard, HasSubstr("Helsinki"));
  EXPECT_EQ(read.releases_max, 5u);
  EXPECT_EQ(read.lifetime_s, 90u * 24 * 3600);
  EXPECT_EQ(read.rho_micro, 250'000u);
  EXPECT_EQ(read.minimum_cohort, 10u);
  EXPECT_EQ(read.suppress_below, 5u);
  EXPECT_EQ(read.plans.size(), 1u);
  EXPECT_EQ(read.until_s, 0u);
  EXPECT_EQ(study_request_from_toml("questions = ['x']\nuntil = '2030-01-01T12:00:00Z'").value_or_stop().until_s,
            1'893'499'200u);
  const StudyRequest places =
      study_request_from_toml("questions = ['x']\nundertakings = ['GS=FR', 'NPU', 'GS=DE']").value_or_stop();
  EXPECT_EQ(governance::data_use_text(places.use), "GRU if NPU, GS=DE, GS=FR");
  EXPECT_THAT(read.sensitive, ElementsAre(std::pair("funding", "who pays"), std::pair("hypothesis", "what we expect")));
}

TEST(StudyFile, ATemplateIsWrittenOutForEveryCombinationOfItsValues) {
  EXPECT_THAT(
      study_request_from_toml(kStudy).value_or_stop().sql,
      ElementsAre("SELECT count(*) FROM commons", "SELECT avg(bmi) FROM commons WHERE age >= 50",
                  "SELECT avg(sbp) FROM commons WHERE age >= 50", "SELECT avg(bmi) FROM commons WHERE age >= 60",
                  "SELECT avg(sbp) FROM commons WHERE age >= 60"));
}

TEST(StudyFile, WhatIsWrongIsNamed) {
  const auto refused = [](std::string_view text) { return study_request_from_toml(text).error().message; };
  EXPECT_THAT(refused("title = "), HasSubstr("line 1"));
  EXPECT_THAT(refused("question = ['x']"), HasSubstr("question: there is no such key"));
  EXPECT_THAT(refused("title = 'x'"), HasSubstr("a study asks something"));
  EXPECT_THAT(refused("title = 7"), HasSubstr("title: it must be a text"));
  EXPECT_THAT(refused("questions = 'x'"), HasSubstr("questions: it must be a list"));
  EXPECT_THAT(refused("questions = ['x']\nrho = -1"), HasSubstr("rho"));
  EXPECT_THAT(refused("questions = ['x']\nrho = nan"), HasSubstr("rho"));
  EXPECT_THAT(refused("questions = ['x']\nreleases = -1"), HasSubstr("releases"));
  EXPECT_THAT(refused("questions = ['x']\npurpose = '1234'"), HasSubstr("1234"));
  EXPECT_THAT(refused("questions = ['x']\npurpose = 'GRU'\ndisease = 'heart failure'"), HasSubstr("purpose DS"));
  EXPECT_THAT(refused("questions = ['x']\nundertakings = ['TS']"), HasSubstr("undertake"));
  EXPECT_THAT(refused("questions = ['x']\nundertakings = ['GS=DE', 'GS=DE']"), HasSubstr("GS is given twice"));
  EXPECT_THAT(refused("questions = ['x']\nuntil = 'soon'"), HasSubstr("until: a time is"));
  EXPECT_THAT(refused("questions = ['x']\nuntil = '2030-01-01'\ndays = 3"), HasSubstr("either days or until"));
  EXPECT_THAT(refused("plans = ['xyz']"), HasSubstr("x"));
  EXPECT_THAT(refused("[[template]]\nsql = 'a {b}'"), HasSubstr("has no list of values"));
  EXPECT_THAT(refused("[[template]]\nsql = 'a'\nb = [1]"), HasSubstr("the template's sql has no {b}"));
  EXPECT_THAT(refused("[[template]]\nsql = '{a}'\na = ['{a}']"), HasSubstr("no braces"));
  EXPECT_THAT(refused("[template]\nsql = 'a'"), HasSubstr("[[template]]"));
  std::string many = "[[template]]\nsql = '{a}{b}'\na = [";
  for (int i = 0; i < 20; ++i) many += std::to_string(i) + ",";
  many += "]\nb = [";
  for (int i = 0; i < 20; ++i) many += std::to_string(i) + ",";
  EXPECT_THAT(refused(many + "]"), HasSubstr("more than 256"));
  std::string places;
  for (int i = 0; i < 1000; ++i) places += "{a}";
  EXPECT_THAT(refused("[[template]]\nsql = '" + places + "'\na = ['" + std::string(1000, 'x') + "']"),
              HasSubstr("longer than 64 KiB"));
  EXPECT_THAT(refused("\u00e9 = 1"), HasSubstr("line 1"));
  EXPECT_THAT(refused("\ufefd"), HasSubstr("line 1"));
  EXPECT_THAT(refused("[+"), HasSubstr("study file"));
  EXPECT_THAT(refused("[\x01;"), HasSubstr("study file"));
  EXPECT_EQ(study_request_from_toml("questions = [\"\"\"a \\\n  \u00e9\"\"\"]").value_or_stop().sql.at(0), "a \u00e9");
  EXPECT_EQ(study_request_from_toml(std::string(kStudyFileBytesMax + 1, '#')).error().code, Code::kLimit);
}

TEST(Epsilon, IsTheOneThatRhoImplies) {
  EXPECT_NEAR(epsilon_of(250'000, 1e-6), 3.54229, 1e-4);
  EXPECT_LT(epsilon_of(250'000, 1e-6), 0.25 + 2 * 1.858461) << "the older conversion is looser";
  EXPECT_EQ(epsilon_of(0, 1e-6), 0);
}

}  // namespace
}  // namespace mc::client
