// SPDX-License-Identifier: Apache-2.0
#include "tests/house/layers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace mc::house {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LayerRules rules_of_the_house() {
  std::ifstream in(std::string(MC_SOURCE_DIR) + "/script/layers.txt");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<Finding> findings;
  LayerRules rules = read_layer_rules(text, findings);
  EXPECT_TRUE(findings.empty()) << report(findings);
  EXPECT_GT(rules.rooms.size(), 20u);
  return rules;
}

std::vector<Finding> findings_for(const std::string& path, const std::string& text) {
  return check_layers(rules_of_the_house(), {{path, text}});
}

TEST(Layers, EveryIncludeOfTheTreePointsDownwards) {
  const std::vector<SourceFile> files = source_files(MC_SOURCE_DIR);
  ASSERT_GT(files.size(), 30u);
  const std::vector<Finding> findings = check_layers(rules_of_the_house(), files);
  EXPECT_TRUE(findings.empty()) << report(findings);
}

TEST(Layers, AnUpwardIncludeIsFoundWithItsLine) {
  const auto findings = findings_for("base/hash.cpp", "\n#include \"fhe/ring/ring.hpp\"\n");
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].line, 2u);
  EXPECT_THAT(findings[0].message, HasSubstr("base may not include fhe/ring"));
}

TEST(Layers, NeighboursOnOneStoreyDoNotIncludeEachOther) {
  EXPECT_THAT(findings_for("data/schema/a.cpp", "#include \"governance/abi.hpp\""), SizeIs(1));
  EXPECT_THAT(findings_for("governance/a.cpp", "#include \"data/schema/schema.hpp\""), SizeIs(1));
  EXPECT_THAT(findings_for("audit/a.cpp", "#include \"fhe/ring/ring.hpp\""), SizeIs(1));
}

TEST(Layers, InsideARoomTheOrderHolds) {
  EXPECT_THAT(findings_for("query/execute/a.cpp", "#include \"query/plan/plan.hpp\""), IsEmpty());
  EXPECT_THAT(findings_for("query/plan/a.cpp", "#include \"query/execute/execute.hpp\""), SizeIs(1));
  EXPECT_THAT(findings_for("fhe/ring/a.cpp", "#include \"fhe/ckks/params.hpp\""), SizeIs(1));
}

TEST(Layers, ATestMayUseAllOfItsOwnFolderAndNothingAbove) {
  EXPECT_THAT(findings_for("query/plan/a_test.cpp", "#include \"query/release/finish.hpp\""), IsEmpty());
  EXPECT_THAT(findings_for("data/record/a_fuzz.cpp", "#include \"data/packing/cohort.hpp\""), IsEmpty());
  EXPECT_THAT(findings_for("query/plan/a_test.cpp", "#include \"protocol/combine.hpp\""), SizeIs(1));
}

TEST(Layers, WhatIsMadeForTestsIsUsedByTestsOnly) {
  EXPECT_THAT(findings_for("query/plan/a_test.cpp", "#include \"query/testing/clinic.hpp\""), IsEmpty());
  EXPECT_THAT(findings_for("query/release/a.cpp", "#include \"query/testing/clinic.hpp\""), SizeIs(1));
  EXPECT_THAT(findings_for("protocol/a.cpp", "#include \"query/testing/clinic.hpp\""), SizeIs(1));
}

TEST(Layers, OnlyNodeKnowsANetworkLibrary) {
  EXPECT_THAT(findings_for("node/a.cpp", "#include <boost/beast/core.hpp>\n#include <httplib.h>"), IsEmpty());
  EXPECT_THAT(findings_for("client/a.cpp", "# include <httplib.h>"), SizeIs(1));
  EXPECT_THAT(findings_for("governance/a_test.cpp", "#include <httplib.h>"), IsEmpty());
}

TEST(Layers, APlanThatReachesCryptographyThroughAnotherHeaderIsFound) {
  const std::vector<SourceFile> files = {{"query/plan/plan.hpp", "#include \"data/packing/slots.hpp\"\n"},
                                         {"data/packing/slots.hpp", "#include \"fhe/ckks/params.hpp\"\n"}};
  const auto findings = check_layers(rules_of_the_house(), files);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].path, "query/plan/plan.hpp");
  EXPECT_THAT(findings[0].message, HasSubstr("must never reach fhe"));
}

TEST(Layers, AFileBetweenTheRoomsIsFound) {
  EXPECT_THAT(findings_for("fhe/stray.hpp", ""), SizeIs(1));
  EXPECT_THAT(findings_for("data/schema/a.cpp", "#include \"schema.hpp\""), SizeIs(1));
}

TEST(Layers, ALineOfTheRulesThatCannotBeReadIsFound) {
  std::vector<Finding> findings;
  read_layer_rules("room base\n", findings);
  EXPECT_THAT(findings, SizeIs(1));
}

}  // namespace
}  // namespace mc::house
