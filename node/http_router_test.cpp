// SPDX-License-Identifier: Apache-2.0
#include "node/http_router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace mc::node {
namespace {

HttpHandler says(std::string text) {
  return [text = std::move(text)](const HttpRequest&) { return HttpResponse::json(text); };
}

HttpRequest request_for(std::string method, std::string_view target) {
  HttpRequest request;
  request.method = std::move(method);
  MC_CHECK(parse_target(target, request).has_value());
  return request;
}

std::string answer_text(const Router& router, std::string method, std::string_view target) {
  HttpRequest request = request_for(std::move(method), target);
  const auto match = router.match(request);
  if (match.route == nullptr) return "no route; allowed: " + match.allowed_methods;
  return std::string(text_of(Router::answer(*match.route, request).body));
}

TEST(Router, FillsTheNamesOfItsPattern) {
  Router router;
  router.get("/v1/blobs/{hash}/parts/{part}", [](const HttpRequest& request) {
    return HttpResponse::json(request.parameter("hash") + ":" + request.parameter("part"));
  });
  EXPECT_EQ(answer_text(router, "GET", "/v1/blobs/00ff/parts/7"), "00ff:7");
}

TEST(Router, AFixedSegmentWinsOverAName) {
  Router router;
  router.get("/v1/{name}", says("name")).get("/v1/status", says("status")).get("/", says("root"));
  EXPECT_EQ(answer_text(router, "GET", "/v1/status"), "status");
  EXPECT_EQ(answer_text(router, "GET", "/v1/other"), "name");
  EXPECT_EQ(answer_text(router, "GET", "/"), "root");
}

TEST(Router, UnknownPathsAndMethodsAreToldApart) {
  Router router;
  router.get("/a", says("x")).add("PUT", "/a", says("y"));
  EXPECT_EQ(answer_text(router, "POST", "/a"), "no route; allowed: GET, PUT");
  EXPECT_EQ(answer_text(router, "GET", "/b"), "no route; allowed: ");
  EXPECT_EQ(answer_text(router, "GET", "/a/b"), "no route; allowed: ");
}

TEST(Router, AHandlersErrorBecomesItsStatusAndJson) {
  const Route route{"GET", {"a"}, 0, [](const HttpRequest&) -> Result<HttpResponse> {
                      return fail(Code::kNotFound, "no blob 00ff");
                    }};
  const HttpResponse response = Router::answer(route, HttpRequest{});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(text_of(response.body), R"({"error":{"code":"not_found","message":"no blob 00ff","reason":"not_found"}})");
}

TEST(Router, AnExceptionBecomes500WithoutItsText) {
  const Route route{
      "GET", {"a"}, 0, [](const HttpRequest&) -> Result<HttpResponse> { throw std::runtime_error("secret detail"); }};
  const HttpResponse response = Router::answer(route, HttpRequest{});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(text_of(response.body).find("secret"), std::string_view::npos);
}

TEST(RouterDeathTest, TheSameRouteTwiceIsOurOwnBug) {
  EXPECT_DEATH(Router().get("/a/{x}", says("1")).get("/a/{y}", says("2")), "check failed");
  EXPECT_DEATH(Router().get("a", says("1")), "check failed");
  EXPECT_DEATH(Router().get("/a//b", says("1")), "check failed");
}

}  // namespace
}  // namespace mc::node
