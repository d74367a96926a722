// SPDX-License-Identifier: Apache-2.0
#include "cli/cohort_argument.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::cli {
namespace {

using ::testing::HasSubstr;

TEST(CohortArgument, IsANameAndAFile) {
  for (const auto& [text, name, file] :
       {std::tuple{"a=b.csv", "a", "b.csv"}, std::tuple{"Klinik_7-x=/data/Grüße.csv", "Klinik_7-x", "/data/Grüße.csv"},
        std::tuple{"a=b=c.csv", "a", "b=c.csv"}, std::tuple{"7=x", "7", "x"}}) {
    const auto cohort = cohort_from_argument(text);
    ASSERT_TRUE(cohort) << text;
    EXPECT_EQ(cohort->first, name);
    EXPECT_EQ(cohort->second, file);
  }
}

TEST(CohortArgument, WithoutNameOrFileItIsShownHowItIsWritten) {
  for (const char* text : {"", "=", "a", "a=", "=b.csv"}) {
    const auto refused = cohort_from_argument(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr("must be NAME=FILE.csv"));
  }
}

TEST(CohortArgument, ANameThatIsNoFolderOrNoWordIsRefused) {
  for (const std::string name : {"a b", "../a", "a/b", ".", "..", "ä", "a.b", "-a", "_a", "--owner"}) {
    EXPECT_THAT(cohort_from_argument(name + "=x.csv").error().message, HasSubstr("--cohort name '" + name + "'"));
  }
  EXPECT_TRUE(cohort_from_argument(std::string(64, 'a') + "=x.csv"));
  EXPECT_FALSE(cohort_from_argument(std::string(65, 'a') + "=x.csv"));
}

// A hospital called "researcher" would vote and propose in her name.
TEST(CohortArgument, AnotherMembersNameIsRefused) {
  for (const std::string name : {"researcher", "reviewer", "patient-a"}) {
    EXPECT_THAT(cohort_from_argument(name + "=x.csv").error().message, HasSubstr("another member"));
  }
}

// Bytes that JSON cannot hold once ended the process after the folder was made.
TEST(CohortArgument, BytesThatAreNotUtf8AreRefused) {
  EXPECT_EQ(cohort_from_argument("a=\xff.csv").error().code, Code::kInvalidArgument);
  EXPECT_EQ(cohort_from_argument("\xff=a.csv").error().code, Code::kInvalidArgument);
}

TEST(CohortArguments, KeepTheirOrderAndRefuseANameGivenTwice) {
  const auto cohorts = cohorts_from_arguments({"b=1.csv", "a=2.csv"});
  ASSERT_TRUE(cohorts);
  EXPECT_EQ((*cohorts)[0].first, "b");
  EXPECT_EQ((*cohorts)[1].first, "a");
  EXPECT_THAT(cohorts_from_arguments({"a=1.csv", "b=1.csv", "a=2.csv"}).error().message,
              HasSubstr("'a' is given twice"));
}

TEST(EventsArgument, IsAnOwnerANameAndAFile) {
  for (const auto& [text, owner, name, file] : {std::tuple{"a:labs=b.csv", "a", "labs", "b.csv"},
                                                std::tuple{"a:b:labs_2=/d/Grüße.csv", "a:b", "labs_2", "/d/Grüße.csv"},
                                                std::tuple{"n.csv:x=c:d=e.csv", "n.csv", "x", "c:d=e.csv"}}) {
    const auto events = events_from_argument(text);
    ASSERT_TRUE(events) << text;
    EXPECT_EQ(events->owner, owner);
    EXPECT_EQ(events->name, name);
    EXPECT_EQ(events->file, file);
  }
  for (const char* text : {"", "a", "a=b.csv", ":labs=b.csv", "a:labs=", "a:labs"}) {
    EXPECT_THAT(events_from_argument(text).error().message, HasSubstr("must be OWNER:NAME=FILE.csv")) << text;
  }
  for (const char* text : {"a:=b.csv", "a:la bs=b.csv", "a:9=b.csv"}) {
    EXPECT_THAT(events_from_argument(text).error().message, HasSubstr("must be letters, digits and _")) << text;
  }
  EXPECT_EQ(events_from_argument("a:b=\xff.csv").error().code, Code::kInvalidArgument);
}

TEST(DatasetName, IsWhatFromCanHold) {
  for (const std::string& name :
       {std::string("commons"), std::string("heart failure"), std::string("Grüße"), std::string(64, 'a')}) {
    EXPECT_TRUE(check_dataset_name(name)) << name;
  }
  for (const std::string& name : {std::string(), std::string(65, 'a'), std::string("\xff"), std::string("a\"b"),
                                  std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f")}) {
    EXPECT_EQ(check_dataset_name(name).error().code, Code::kInvalidArgument) << name;
  }
}

}  // namespace
}  // namespace mc::cli
