// SPDX-License-Identifier: Apache-2.0
#include "node/rpc_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/http_server.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;

/// A peer that answers every request with the same bytes and remembers the last one.
class Peer {
 public:
  explicit Peer(Bytes reply) {
    Router router;
    router.add("POST", "/", [this, reply](const HttpRequest& request) -> Result<HttpResponse> {
      asked_ = std::string(text_of(request.body));
      return HttpResponse::binary(reply);
    });
    server_ = HttpServer::start(std::move(router), {}).value_or_stop();
  }
  [[nodiscard]] std::string url() const { return server_->url(); }
  [[nodiscard]] const std::string& asked() const { return asked_; }

 private:
  std::string asked_;
  std::unique_ptr<HttpServer> server_;
};

TEST(HttpRpc, CarriesTextThereAndBackUnchanged) {
  const std::string reply = R"({"result": "Grüße"})";
  const Peer peer(Bytes(reply.begin(), reply.end()));
  HttpRpc rpc(peer.url());
  EXPECT_EQ(rpc.post(R"({"method": "eth_chainId"})").value(), reply);
  EXPECT_EQ(peer.asked(), R"({"method": "eth_chainId"})");
}

TEST(HttpRpc, ANodeMayHaveAPathOfItsOwn) {
  std::string asked;
  Router router;
  router.add("POST", "/ext/bc/C/rpc", [&](const HttpRequest&) -> Result<HttpResponse> {
    asked = "the path";
    return HttpResponse::json("{}");
  });
  router.add("POST", "/", [&](const HttpRequest&) -> Result<HttpResponse> {
    asked = "the root";
    return HttpResponse::json("{}");
  });
  const auto server = HttpServer::start(std::move(router), {}).value_or_stop();
  for (const auto& [path, expected] : {std::pair("/ext/bc/C/rpc", "the path"), {"/", "the root"}, {"", "the root"}}) {
    ASSERT_TRUE(HttpRpc(server->url() + path).post("{}")) << path;
    EXPECT_EQ(asked, expected) << path;
  }
  for (const char* malformed : {"", "/", "node.example/path", "ftp://127.0.0.1:1/x"}) {
    EXPECT_EQ(HttpRpc(malformed).post("{}").error().code, Code::kInvalidArgument) << malformed;
  }
}

TEST(HttpRpc, AReplyThatIsNotUtf8IsCorruptAndTheChainIsNamed) {
  const Peer peer(Bytes{'{', 0xff, '}'});
  HttpRpc rpc(peer.url());
  const auto refused = rpc.post("{}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("the chain at " + peer.url()));
}

TEST(HttpRpc, NobodyAtTheAddressIsUnavailable) {
  HttpRpc rpc("http://127.0.0.1:1");
  const auto refused = rpc.post("{}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("the chain"));
}

}  // namespace
}  // namespace mc::node
