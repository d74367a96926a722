// SPDX-License-Identifier: Apache-2.0
#include "client/commons_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "client/testing/served_commons.hpp"
#include "query/plan/compile.hpp"

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
    document.disclosure = exact ? "" : "ohdsi";
    document.epoch = Epoch(7);
    document.rotations = {1, 2, 4096};
    document.conjugation = exact;
    document.owners_trusted = exact;
    const std::string text = to_json(document);
    const auto read = commons_document_from_json(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, document);
    EXPECT_EQ(to_json(*read), text);
  }
}

TEST(CommonsDocument, OwnersAreTrustedUnlessItSaysOtherwise) {
  CommonsDocument document = testing::small_document();
  EXPECT_FALSE(document_json().contains("owners"));
  document.owners_trusted = false;
  ordered_json json = ordered_json::parse(to_json(document));
  EXPECT_EQ(json["owners"], "untrusted");
  json["owners"] = "nobody";
  EXPECT_THAT(refusal(json.dump()).message, HasSubstr("owners must be 'untrusted' or absent"));
}

TEST(CommonsDocument, WhatIsAnsweredDependsOnHowItWasFounded) {
  CommonsDocument document = testing::small_document();
  const auto answers = [&](const std::string& sql) {
    const auto plan =
        query::compile(sql, document.schema, document.dataset, query::limb_budget(document.profile).value_or_stop());
    const Status offered = check_offered(document, plan.value());
    return offered ? "offered" : offered.error().message;
  };
  const std::string three = "SELECT var_pop(age) FROM commons WHERE sex = 'F'";
  EXPECT_EQ(answers(three), "offered");
  EXPECT_FALSE(document.opens_columns());
  document.owners_trusted = false;
  EXPECT_EQ(answers(three), "offered");
  EXPECT_TRUE(document.opens_columns());
  EXPECT_THAT(answers("SELECT count(*) FROM commons WHERE age > 30"), HasSubstr("leave the masks"));
  document.exact = false;
  EXPECT_EQ(answers(three), "offered");
  EXPECT_FALSE(document.opens_columns());
}

/// The commons after `now`, with a committee of its own.
CommonsDocument successor_of(const CommonsDocument& now) {
  CommonsDocument next = now;
  next.epoch = Epoch(now.epoch.value + 2);
  EarlierCommittee before{now.epoch, now.threshold, {}, {0, 2}};
  for (const CustodianEntry& entry : now.custodians) before.identities.push_back(entry.identity);
  next.earlier.push_back(std::move(before));
  next.threshold = 3;
  next.custodians.assign(5, {"http://127.0.0.1:9", Bytes{7, 7}});
  return next;
}

TEST(CommonsDocument, AGuardedCommonsTrainsNoModels) {
  CommonsDocument document = testing::small_document();
  document.exact = true;
  EXPECT_TRUE(limb_budget_of(document).value_or_stop().trains);
  document.exact = false;
  EXPECT_FALSE(limb_budget_of(document).value_or_stop().trains);
}

TEST(CommonsDocument, EarlierCommitteesAreReadAsTheyWereWritten) {
  const CommonsDocument first = testing::small_document();
  const CommonsDocument third = successor_of(successor_of(first));
  const auto read = commons_document_from_json(to_json(third));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, third);
  CommonsDocument oldest = first;
  for (CustodianEntry& entry : oldest.custodians) entry.url.clear();
  EXPECT_EQ(at_earlier(third, 0), oldest);
  EXPECT_EQ(at_earlier(third, 1).earlier.size(), 1u);
  EXPECT_EQ(to_json(first).find("earlier"), std::string::npos) << "a commons that never changed says nothing of it";
}

TEST(CommonsDocument, EarlierCommitteesThatCannotHaveBeenAreRefused) {
  const ordered_json whole = ordered_json::parse(to_json(successor_of(testing::small_document())));
  for (const auto& [path, value] :
       std::vector<std::pair<std::string, ordered_json>>{{"/earlier", 3},
                                                         {"/earlier/0", 3},
                                                         {"/earlier/0/epoch", 0},
                                                         {"/earlier/0/epoch", 100},
                                                         {"/earlier/0/threshold", -1},
                                                         {"/earlier/0/identities", "none"},
                                                         {"/earlier/0/identities/0", "no hexadecimal"},
                                                         {"/earlier/0/identities/0", 5},
                                                         {"/earlier/0/participants", 1},
                                                         {"/earlier/0/participants/1", 3},
                                                         {"/earlier/0/participants/1", "first"}}) {
    ordered_json json = whole;
    json[ordered_json::json_pointer(path)] = value;
    EXPECT_EQ(refusal(json.dump()).code, Code::kParse) << path;
  }
}

TEST(CommonsDocument, OnlyTheCommitteeMayChange) {
  const CommonsDocument now = testing::small_document();
  const CommonsDocument next = successor_of(now);
  EXPECT_TRUE(check_successor(now, next));
  CommonsDocument moved = next;
  moved.store_url = "http://127.0.0.1:1";
  EXPECT_TRUE(check_successor(now, moved)) << "processes may have moved";
  EXPECT_EQ(check_successor(now, now).error().code, Code::kRefused);
  EXPECT_EQ(check_successor(next, next).error().code, Code::kRefused);
  for (const auto& change : std::vector<std::function<void(CommonsDocument&)>>{
           [](CommonsDocument& d) { d.dataset = "another"; }, [](CommonsDocument& d) { d.exact = !d.exact; },
           [](CommonsDocument& d) { d.purpose += 1; }, [](CommonsDocument& d) { d.confirmations += 1; },
           [](CommonsDocument& d) { d.deployment.ledger.bytes[0] ^= 1; },
           [](CommonsDocument& d) { d.rotations.push_back(77); },
           [](CommonsDocument& d) { d.conjugation = !d.conjugation; },
           [](CommonsDocument& d) { d.earlier.back().threshold += 1; },
           [](CommonsDocument& d) { d.earlier.back().identities[0][0] ^= 1; },
           [](CommonsDocument& d) { d.earlier.back().epoch = Epoch(d.earlier.back().epoch.value + 1); }}) {
    CommonsDocument changed = next;
    change(changed);
    const Status refused = check_successor(now, changed);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kRefused);
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
