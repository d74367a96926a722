// SPDX-License-Identifier: Apache-2.0
#include "client/commons_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/testing/served_commons.hpp"

namespace mc::client {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

ordered_json document_json() {
  return ordered_json::parse(to_json(testing::small_document()));
}

Error refusal(const std::string& text) {
  const auto document = commons_document_from_json(text);
  EXPECT_FALSE(document) << text.substr(0, 200);
  return document ? Error{} : document.error();
}

TEST(CommonsDocument, WhatIsWrittenIsReadAndWrittenTheSame) {
  CommonsDocument document = testing::small_document();
  for (const bool exact : {true, false}) {
    document.exact = exact;
    document.epoch = Epoch(7);
    document.rotations = {1, 2, 4096};
    document.conjugation = exact;
    const std::string text = to_json(document);
    const auto read = commons_document_from_json(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, document);
    EXPECT_EQ(to_json(*read), text);
  }
}

TEST(CommonsDocument, EveryMemberThatIsAbsentIsNamedByItsPath) {
  const ordered_json whole = document_json();
  for (const auto& [name, value] : whole.items()) {
    ordered_json json = whole;
    json.erase(name);
    const Error error = refusal(json.dump());
    EXPECT_EQ(error.code, Code::kParse);
    EXPECT_THAT(error.message, HasSubstr(name + " must be")) << name;
  }
  for (const auto& [name, value] : whole["chain"].items()) {
    ordered_json json = whole;
    json["chain"].erase(name);
    EXPECT_THAT(refusal(json.dump()).message, HasSubstr("chain." + name + " must be"));
  }
  for (const char* name : {"url", "identity"}) {
    ordered_json json = whole;
    json["custodians"][1].erase(name);
    EXPECT_THAT(refusal(json.dump()).message, HasSubstr("custodians[1]." + std::string(name) + " must be"));
  }
}

TEST(CommonsDocument, EveryMemberOfAWrongTypeIsRefused) {
  const ordered_json whole = document_json();
  for (const ordered_json& wrong :
       {ordered_json(nullptr), ordered_json(-1), ordered_json(1.5), ordered_json::array({1})}) {
    for (const auto& [name, value] : whole.items()) {
      ordered_json json = whole;
      if (name == "rotations" && wrong.is_array()) continue;  // [1] is one rotation
      json[name] = wrong;
      (void)refusal(json.dump());
    }
    for (const auto& [name, value] : whole["chain"].items()) {
      ordered_json json = whole;
      json["chain"][name] = wrong;
      EXPECT_THAT(refusal(json.dump()).message, HasSubstr("chain." + name));
    }
  }
}

TEST(CommonsDocument, NumbersHaveTheirLimits) {
  for (const auto& [name, above] :
       {std::pair{"purpose", std::uint64_t{10'000'000}}, std::pair{"epoch", std::uint64_t{1} << 32},
        std::pair{"threshold", std::uint64_t{65}}}) {
    ordered_json json = document_json();
    json[name] = above;
    EXPECT_THAT(refusal(json.dump()).message, HasSubstr(std::string(name) + " must be a whole number up to"));
  }
}

TEST(CommonsDocument, AnotherFormatIsUnsupportedAndNamed) {
  ordered_json json = document_json();
  json["format"] = "medcommons/commons/2";
  const Error error = refusal(json.dump());
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("medcommons/commons/2"));
}

TEST(CommonsDocument, AProfileThisProgramDoesNotHaveIsUnsupported) {
  ordered_json json = document_json();
  json["profile"] = "colossal";
  const Error error = refusal(json.dump());
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("colossal"));
}

TEST(CommonsDocument, PrivacyIsExactOrGuardedAndNothingElse) {
  ordered_json json = document_json();
  json["privacy"] = "Exact";
  EXPECT_THAT(refusal(json.dump()).message, HasSubstr("privacy must be 'exact' or 'guarded'"));
}

TEST(CommonsDocument, ACommitteeOverTheLimitIsRefused) {
  ordered_json json = document_json();
  for (int i = 0; i < 70; ++i) json["custodians"].push_back(json["custodians"][0]);
  EXPECT_THAT(refusal(json.dump()).message, HasSubstr("at most 64"));
}

TEST(CommonsDocument, WhatIsNoJsonObjectIsRefused) {
  const std::string whole = to_json(testing::small_document());
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("nonsense"), std::string("{\"format\": \"\xff\"}"),
        whole.substr(0, whole.size() / 2), whole + "{}"}) {
    EXPECT_EQ(refusal(text).code, Code::kParse);
  }
}

// Writing the schema out again once walked as deep as the document went.
TEST(CommonsDocument, NestingThatWouldExhaustTheStackIsRefused) {
  const std::string whole = document_json().dump();
  constexpr std::size_t kDepth = 2'000'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  const std::size_t schema = whole.find("\"schema\":") + 9;
  const Error error = refusal(whole.substr(0, schema) + deep + "}");
  EXPECT_EQ(error.code, Code::kParse);
  EXPECT_THAT(error.message, HasSubstr("at most 16 levels"));
}

}  // namespace
}  // namespace mc::client
