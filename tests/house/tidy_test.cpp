// SPDX-License-Identifier: Apache-2.0
#include "tests/house/tidy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace mc::house {
namespace {

using ::testing::SizeIs;

TidyRules rules_of_the_house() {
  std::ifstream in(std::string(MC_SOURCE_DIR) + "/tests/house/tidy.txt");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<Finding> findings;
  TidyRules rules = read_tidy_rules(text, findings);
  EXPECT_TRUE(findings.empty()) << report(findings);
  rules.checkout = MC_SOURCE_DIR;
  return rules;
}

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = source_files(MC_SOURCE_DIR);
  return files;
}

void expect_none(const std::vector<Finding>& findings) {
  EXPECT_TRUE(findings.empty()) << report(findings);
}

TEST(Tidy, TheTreeIsSeen) {
  EXPECT_GT(tree().size(), 30u);
}
TEST(Tidy, EveryProgramTextCarriesItsLicenceLine) {
  expect_none(check_licence_line(tree()));
}
TEST(Tidy, NamesSayWhatIsInside) {
  expect_none(check_names(tree()));
}
TEST(Tidy, NoFileOutgrowsItsReader) {
  expect_none(check_length(rules_of_the_house(), tree()));
}
TEST(Tidy, NothingIsMarkedUnfinished) {
  expect_none(check_unfinished_marks(tree()));
}
TEST(Tidy, NoExceptionIsThrown) {
  expect_none(check_exceptions(rules_of_the_house(), tree()));
}
TEST(Tidy, NoAddressOfAMachineOrMirrorIsNamed) {
  expect_none(check_addresses(rules_of_the_house(), tree()));
}
TEST(Tidy, EverySourceHasATestBesideItOrAReason) {
  expect_none(check_tested(rules_of_the_house(), tree()));
}

TEST(TidyRule, AMissingLicenceLineIsFoundAlsoAfterAnInterpreterLine) {
  EXPECT_THAT(check_licence_line({{"base/a.cpp", "int a;\n"}}), SizeIs(1));
  EXPECT_THAT(check_licence_line({{"script/a", "#!/bin/sh\necho\n"}}), SizeIs(1));
  expect_none(
      check_licence_line({{"script/a", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}, {"a.md", "text"}}));
}

TEST(TidyRule, EmptyNamesAreFoundAsWholeWordsOnly) {
  EXPECT_THAT(check_names({{"base/string_util.cpp", ""}, {"common/a.cpp", ""}}), SizeIs(2));
  expect_none(check_names({{"governance/commons_chain.cpp", ""}, {"query/utility.cpp", ""}}));
}

TEST(TidyRule, AThrowInACommentOrAStringIsNone) {
  expect_none(check_exceptions(
      {}, {{"base/a.cpp", "// throw\nconst char* a = \"throw\"; int n = 1'000; /* throw */ R\"x(throw)x\";"}}));
  EXPECT_THAT(check_exceptions({}, {{"base/a.cpp", "char c = '\"'; throw 1; // \""}}), SizeIs(1));
}

TEST(TidyRule, UnfinishedMarksAreFoundAsWords) {
  EXPECT_THAT(check_unfinished_marks({{"a.md", std::string("TO") + "DO: later"}}), SizeIs(1));
  expect_none(check_unfinished_marks({{"a.md", "a todo list"}}));
}

TEST(TidyRule, AnUnknownHostIsFoundAndLoopbackPartsAreNot) {
  TidyRules rules;
  rules.hosts = {"eprint.iacr.org", "127.0.0.1"};
  EXPECT_THAT(check_addresses(rules, {{"a.md",
                                       "see https://mir"
                                       "ror.net/npm"}}),
              SizeIs(1));
  expect_none(
      check_addresses(rules, {{"a.md", "https://eprint.iacr.org/2020/304 http://127.0.0.1:8080 \"http://\" + host"}}));
}

TEST(TidyRule, AFolderOfThisMachineIsFound) {
  TidyRules rules;
  rules.checkout = "/builds/somebody/commons";
  EXPECT_THAT(check_addresses(rules, {{"a.md", "in /builds/somebody/shared/data"}}), SizeIs(1));
  rules.checkout = "/tmp/commons";
  expect_none(check_addresses(rules, {{"a.md", "in /tmp/other"}}));
}

TEST(TidyRule, ADownloadAddressInALockFileIsFound) {
  EXPECT_THAT(check_addresses({}, {{"contracts/package-lock.json",
                                    "\"resolved\": \"https://"
                                    "a.b/c.tgz\""}}),
              SizeIs(1));
}

TEST(TidyRule, AnExcuseThatOutlivedItsReasonIsFound) {
  TidyRules rules;
  rules.untested["base/a.cpp"] = "why";
  EXPECT_THAT(check_tested(rules, {{"base/a.cpp", ""}, {"base/a_test.cpp", ""}}), SizeIs(1));
  EXPECT_THAT(check_tested(rules, {}), SizeIs(1));
  EXPECT_THAT(check_tested({}, {{"base/a.cpp", ""}}), SizeIs(1));
}

TEST(TidyRule, OneTestMayCoverThePartsOfAModuleNamedAfterIt) {
  expect_none(check_tested({}, {{"base/ntt_scalar_loop.cpp", ""}, {"base/ntt_test.cpp", ""}}));
  EXPECT_THAT(check_tested({}, {{"base/ntt_scalar.cpp", ""}, {"audit/ntt_test.cpp", ""}}), SizeIs(1));
}

}  // namespace
}  // namespace mc::house
