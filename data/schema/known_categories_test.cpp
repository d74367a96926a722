// SPDX-License-Identifier: Apache-2.0
#include "data/schema/known_categories.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/schema/infer.hpp"

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMany = "arm,note\nA,x\nB,y\nA,x\nB,y\nA,z\nA,z\n";

struct Proposals {
  std::vector<Schema> schemas;
  std::vector<UnnamedTexts> texts;

  explicit Proposals(std::initializer_list<std::string_view> files) {
    for (const std::string_view file : files) {
      const std::string name = "file " + std::to_string(schemas.size() + 1);
      const Table table = read_csv(file, name).value_or_stop();
      schemas.push_back(infer(table, name).value_or_stop());
      texts.push_back(unnamed_texts(table, schemas.back()));
    }
  }
  std::vector<std::string> name_known() { return name_known_categories(schemas, texts); }
  [[nodiscard]] std::vector<std::string> merged(std::string_view column) const {
    return merge(schemas).value_or_stop().find(column)->categories;
  }
};

TEST(KnownCategories, OfASingleRowAreThoseOfTheOtherFiles) {
  Proposals proposals({"arm,note\nB,\n", kMany});
  EXPECT_THAT(proposals.merged("arm"), IsEmpty());
  EXPECT_THAT(proposals.name_known(), IsEmpty());
  EXPECT_THAT(proposals.schemas[0].find("arm")->categories, ElementsAre("B"));
  EXPECT_THAT(proposals.merged("arm"), ElementsAre("A", "B"));
}

TEST(KnownCategories, AValueThatTheOthersDoNotNameIsNotNamed) {
  Proposals proposals({"arm,note\nMiller,x\n", kMany});
  const std::vector<std::string> notes = proposals.name_known();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("file 1: column \"arm\" has categories in other files"));
  EXPECT_THAT(notes[0], ::testing::Not(HasSubstr("Miller")));
  EXPECT_THAT(proposals.merged("arm"), IsEmpty());
  EXPECT_THAT(proposals.merged("note"), ElementsAre("x", "y", "z"));
}

TEST(KnownCategories, TwoSmallFilesNameNothing) {
  Proposals proposals({"arm,note\nA,x\n", "arm,note\nA,x\n"});
  EXPECT_THAT(proposals.name_known(), IsEmpty());
  EXPECT_THAT(proposals.merged("arm"), IsEmpty());
}

TEST(KnownCategories, IdentifiersStayUnsealed) {
  Proposals proposals({"patient,arm\np1,A\n", "patient,arm\np1,A\np1,A\np1,B\np1,B\n"});
  EXPECT_EQ(proposals.name_known().size(), 1u);
  EXPECT_THAT(proposals.schemas[0].find("patient")->categories, IsEmpty());
}

}  // namespace
}  // namespace mc::data
