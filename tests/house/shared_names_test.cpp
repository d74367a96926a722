// SPDX-License-Identifier: Apache-2.0
#include "tests/house/shared_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::house {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string in_a_test(const std::string& text) {
  return "namespace mc {\nnamespace {\n" + text + "\n}  // namespace\n}  // namespace mc\n";
}

TEST(SharedNames, NoTwoTestsOfARoomMeanTwoThingsByOneName) {
  const std::vector<Finding> findings = check_shared_names(source_files(MC_SOURCE_DIR));
  EXPECT_TRUE(findings.empty()) << report(findings);
}

TEST(SharedNamesRule, WhatALineDeclaresIsSeen) {
  EXPECT_EQ(declared_name("Plan plan_of(const std::string& sql) {"), "plan_of");
  EXPECT_EQ(declared_name("std::map<int, std::function<int(int)>> made(int a = 3,"), "made");
  EXPECT_EQ(declared_name("const std::vector<double> kNumbers{1, 2};"), "kNumbers");
  EXPECT_EQ(declared_name("constexpr double kPrimes[] = {3};"), "kPrimes");
  EXPECT_EQ(declared_name("const char* const kSchema = R\"({"), "kSchema");
  EXPECT_EQ(declared_name("using Slots = std::vector<double>;"), "Slots");
  EXPECT_EQ(declared_name("class Wire final : public Transport {"), "Wire");
  EXPECT_EQ(declared_name("enum class Lie { kNone };"), "Lie");
  for (const char* line : {"TEST(Plan, Reads) {", "using testing::Bed;", "using namespace std::chrono_literals;",
                           "std::unique_ptr<Keys> ExecuteTest::keys_;", "namespace fs = std::filesystem;", "}", "",
                           "  int local = 3;", "INSTANTIATE_TEST_SUITE_P(All, Clause, ::testing::Values(1));"}) {
    EXPECT_EQ(declared_name(line), "") << line;
  }
}

TEST(SharedNamesRule, OneNameInTwoFilesOfARoomIsFound) {
  const SourceFile one{"query/bind/a_test.cpp", in_a_test("int named(int a) {\n  return a;\n}\nint named();")};
  const SourceFile other{"query/plan/b_test.cpp", in_a_test("\nstruct Named {\n};\nint named(double);")};
  const std::vector<Finding> findings = check_shared_names({one, other});
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].line, 6u);
  EXPECT_THAT(findings[0].message, HasSubstr("named is also in query/bind/a_test.cpp"));
  EXPECT_THAT(check_shared_names({one, {"query/plan/b.cpp", other.text}}), SizeIs(0)) << "no test";
  EXPECT_THAT(check_shared_names({one, {"client/b_test.cpp", other.text}}), SizeIs(0)) << "another program";
  EXPECT_THAT(check_shared_names({one, {"query/plan/b_test.cpp", "void named() {\n}\n"}}), SizeIs(0));
}

TEST(SharedNamesRule, AMacroOfATestIsFound) {
  EXPECT_THAT(check_shared_names({{"base/a_test.cpp", "#define REQUIRE(x) x\n"}}), SizeIs(1));
}

}  // namespace
}  // namespace mc::house
