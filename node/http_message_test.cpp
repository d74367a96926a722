// SPDX-License-Identifier: Apache-2.0
#include "node/http_message.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "node/limits.hpp"

namespace mc::node {
namespace {

std::string error_text(const Result<std::string>& result) {
  return result ? "no error" : result.error().message;
}

TEST(HttpTarget, IsTakenApartIntoDecodedSegmentsAndQuery) {
  HttpRequest request;
  ASSERT_TRUE(parse_target("/v1/blobs/caf%C3%A9%2Fx?name=a+b%26c&empty=&flag&&name=last", request));
  EXPECT_EQ(request.segments, (std::vector<std::string>{"v1", "blobs", "caf\u00e9/x"}));
  EXPECT_EQ(request.query.at("name"), "last");
  EXPECT_EQ(request.query.at("empty"), "");
  EXPECT_EQ(request.query.at("flag"), "");
}

TEST(HttpTarget, RootHasNoSegments) {
  HttpRequest request;
  ASSERT_TRUE(parse_target("/", request));
  EXPECT_TRUE(request.segments.empty());
  ASSERT_TRUE(parse_target("/?a=1", request));
  EXPECT_TRUE(request.segments.empty());
  EXPECT_EQ(request.query.at("a"), "1");
}

TEST(HttpTarget, WaysOutOfAFolderAndAmbiguousPathsAreRefused) {
  for (const std::string target : {"/a/../b", "/a/%2e%2e/b", "/./a", "/a//b", "/a/", "//", "a/b", "*", "", "/a%00b",
                                   "/%zz", "/%4", "/%", "/%ff", "http://other/a", "/a?x=%zz"}) {
    HttpRequest request;
    const auto status = parse_target(target, request);
    ASSERT_FALSE(status) << target;
    EXPECT_EQ(status.error().code, Code::kParse) << target;
  }
}

TEST(HttpTarget, HasBoundedParts) {
  std::string path;
  for (int i = 0; i < 65; ++i) path += "/a";
  HttpRequest request;
  EXPECT_EQ(parse_target(path, request).error().code, Code::kLimit);
  std::string query = "/?";
  for (int i = 0; i < 65; ++i) query += "k" + std::to_string(i) + "=1&";
  HttpRequest other;
  EXPECT_EQ(parse_target(query, other).error().code, Code::kLimit);
}

TEST(HttpTarget, PercentEncodingComesBack) {
  KeyStream stream = public_stream("node.http_message_test", Hash256{});
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (std::uint64_t length = stream.next_below(20); length != 0; --length)
      text.push_back(static_cast<char>(1 + stream.next_below(127)));
    EXPECT_EQ(percent_decode(percent_encode(text), false).value_or("(error)"), text);
  }
}

TEST(HttpRequest, AMissingQueryParameterIsNamed) {
  const HttpRequest request;
  EXPECT_EQ(error_text(request.query_value("epoch")), "the query parameter \"epoch\" is missing");
}

TEST(HttpError, EveryCodeSurvivesTheWire) {
  for (const Code code : {Code::kInvalidArgument, Code::kParse, Code::kNotFound, Code::kConflict, Code::kRefused,
                          Code::kLimit, Code::kCorrupt, Code::kUnavailable, Code::kIo, Code::kUnsupported}) {
    const HttpResponse response = HttpResponse::error(Error{code, "study 3 is not \"active\""});
    EXPECT_GE(response.status, 400);
    const Error back = error_of_reply(response.status, response.body, "http://peer");
    EXPECT_EQ(back.code, code);
    EXPECT_EQ(back.message, "study 3 is not \"active\"");
  }
}

TEST(HttpError, TheReasonOfARefusalStandsApart) {
  const auto reason = [](const Error& error) {
    return nlohmann::json::parse(HttpResponse::error(error).body)["error"]["reason"].get<std::string>();
  };
  EXPECT_EQ(reason({Code::kRefused, "window_closed: the key is erased"}), "window_closed");
  EXPECT_EQ(reason({Code::kRefused, "study 3 is not \"active\""}), "refused");
}

TEST(HttpError, AMessageThatIsNotUtf8StillMakesValidJson) {
  const HttpResponse response = HttpResponse::error(Error{Code::kParse, "column \xff\xfe"});
  EXPECT_TRUE(nlohmann::json::accept(text_of(response.body)));
}

TEST(HttpError, APeersSentenceCannotCommandATerminal) {
  const std::string body = R"({"error":{"code":"refused","message":"no\u001b[2J\u0007 and \u009b31m\u0000 so"}})";
  const Error error = error_of_reply(403, view_of(body), "http://peer");
  EXPECT_EQ(error.message, "no [2J  and   31m  so");
}

TEST(HttpError, APeersSentenceIsCutBetweenCharacters) {
  std::string sentence(kPeerMessageCharactersMax - 1, 'x');
  sentence += "\u00e9\u00e9";
  const std::string body = nlohmann::json{{"error", {{"code", "io"}, {"message", sentence}}}}.dump();
  EXPECT_EQ(error_of_reply(500, view_of(body), "u").message, std::string(kPeerMessageCharactersMax - 1, 'x'));
}

TEST(HttpError, AReplyThatIsNotOursIsJudgedByItsStatus) {
  for (const std::string body :
       {"", "<html>", "[]", "{\"error\":\"text\"}", "{\"error\":{\"code\":7,\"message\":\"x\"}}", "{\"error\":{}}"}) {
    const Error error = error_of_reply(404, view_of(body), "http://peer:1/x");
    EXPECT_EQ(error.code, Code::kNotFound);
    EXPECT_EQ(error.message, "http://peer:1/x answers with status 404");
  }
}

}  // namespace
}  // namespace mc::node
