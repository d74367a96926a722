// SPDX-License-Identifier: Apache-2.0
#include "client/study_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "protocol/member_box.hpp"

namespace mc::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

StudyRequest request() {
  StudyRequest out;
  out.title = "Risk factors";
  out.standard = "Helsinki";
  out.code = "medcommons 0.1.0";
  out.plans = {sha256(view_of("plan"))};
  out.sensitive = {{"funding", "who pays"}};
  return out;
}

TEST(StudyDocument, MembersReadAllOfItAndOthersThePublicPart) {
  const SecretKey256 member = fresh_key();
  const std::vector<Hash256> keys = {protocol::member_box_key(fresh_key()), protocol::member_box_key(member)};
  const std::string text = study_document_json(request(), "commons", {}, keys).value_or_stop();
  EXPECT_THAT(text, Not(HasSubstr("who pays")));
  const StudyDocument read = study_document_from_json(text).value_or_stop();
  EXPECT_EQ(read.title, "Risk factors");
  EXPECT_EQ(read.standard, "Helsinki");
  EXPECT_EQ(read.code, "medcommons 0.1.0");
  EXPECT_TRUE(read.questions.empty());
  EXPECT_THAT(open_sensitive(read, member).value_or_stop(), ElementsAre(std::pair("funding", "who pays")));
  EXPECT_EQ(open_sensitive(read, fresh_key()).error().code, Code::kNotFound);
}

TEST(StudyDocument, WithoutASensitivePartNobodyNeedsAKey) {
  StudyRequest plain = request();
  plain.sensitive.clear();
  const StudyDocument read =
      study_document_from_json(study_document_json(plain, "commons", {}, {}).value_or_stop()).value_or_stop();
  EXPECT_EQ(open_sensitive(read, fresh_key()).error().code, Code::kNotFound);
  EXPECT_FALSE(study_document_json(request(), "commons", {}, {})) << "a sensitive part that nobody could read";
}

TEST(StudyDocument, WhatIsNotADescriptionIsNamed) {
  for (const char* text : {"", "[]", "{}", R"({"format":"medcommons/study/1"})",
                           R"({"format":"medcommons/study/2","title":"","standard":"","code":"","questions":{}})",
                           R"({"format":"medcommons/study/2","title":"","standard":"","code":"","questions":[7]})",
                           R"({"format":"medcommons/study/2","title":7,"standard":"","code":"","questions":[]})"}) {
    EXPECT_FALSE(study_document_from_json(text)) << text;
  }
  EXPECT_FALSE(study_document_from_json(std::string(10'000, '[')));
}

}  // namespace
}  // namespace mc::client
