// SPDX-License-Identifier: Apache-2.0
#include "node/http_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "node/http_raw_socket_test.hpp"
#include "node/http_server.hpp"
#include "node/process.hpp"

namespace mc::node {
namespace {

using namespace std::chrono_literals;

/// A server that says exactly what it is told to every connection, then hangs up.
class RawServer {
 public:
  explicit RawServer(std::string reply, bool hang_up = true)
      : reply_(std::move(reply)), hang_up_(hang_up), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    MC_CHECK(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0 && ::listen(listener_, 8) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve() {
    while (!stopping_) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) continue;
      ++connections_;
      char buffer[4096];
      [[maybe_unused]] ssize_t got = ::recv(peer, buffer, sizeof buffer, 0);
      [[maybe_unused]] const ssize_t sent = ::send(peer, reply_.data(), reply_.size(), MSG_NOSIGNAL);
      while (!hang_up_ && !stopping_ && ::recv(peer, buffer, sizeof buffer, MSG_DONTWAIT) != 0)
        std::this_thread::sleep_for(5ms);
      ::close(peer);
    }
  }
  std::string reply_;
  bool hang_up_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

TEST(HttpClient, NobodyListeningIsUnavailableAndNamesThePeer) {
  const std::uint16_t port = free_port().value_or_stop();
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  const auto reply = HttpClient(url, "custodian 2").get("/", 10);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_EQ(reply.error().message,
            "custodian 2 at " + url + " does not answer: nothing listens there, or the host is unknown");
}

TEST(HttpClient, AnAddressThatIsNoneIsRefused) {
  for (const std::string url : {"", "127.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1", "http://:80",
                                "http://h:0", "http://h:65536", "http://h:8x", "http://a b:80", "http://h:80/path"}) {
    const auto reply = HttpClient(url).get("/", 10);
    ASSERT_FALSE(reply) << url;
    EXPECT_EQ(reply.error().code, Code::kInvalidArgument) << url;
  }
}

TEST(HttpClient, APathCannotSmuggleASecondRequest) {
  HttpClient client("http://127.0.0.1:1");
  for (const std::string path : {"", "x", "/a b", "/a\r\nX: y", "/\x01", "/\xc3\xa9"}) {
    EXPECT_EQ(client.get(path, 10).error().code, Code::kInvalidArgument);
  }
}

TEST(HttpClient, APeersOwnErrorArrivesWithItsCodeAndSentence) {
  Router router;
  router.get("/study",
             [](const HttpRequest&) -> Result<HttpResponse> { return fail(Code::kRefused, "study 3 is not active"); });
  const auto server = HttpServer::start(std::move(router), {}).value_or_stop();
  const auto reply = HttpClient(server->url()).get("/study", 0);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kRefused);
  EXPECT_EQ(reply.error().message, "study 3 is not active");
}

TEST(HttpClient, AReplyAboveTheLimitIsNotTaken) {
  Router router;
  router.get("/big", [](const HttpRequest&) { return HttpResponse::binary(Bytes(1001)); });
  const auto server = HttpServer::start(std::move(router), {}).value_or_stop();
  HttpClient client(server->url(), "the store");
  const auto reply = client.get("/big", 1000);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kLimit);
  EXPECT_EQ(reply.error().message,
            "the reply of the store at " + server->url() + "/big is larger than the 1000 bytes expected at most");
  const auto exact = client.get("/big", 1001);
  ASSERT_TRUE(exact) << "a refused reply must not spoil the next: " << exact.error().message;
  EXPECT_EQ(exact->size(), 1001U);
}

TEST(HttpClient, AnEndlessReplyWithoutALengthIsCutAtTheLimit) {
  const RawServer server("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(HttpClient(server.url()).get("/", 1000).error().code, Code::kLimit);
}

TEST(HttpClient, AnAbsurdLengthIsRefusedBeforeAnythingIsReserved) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx");
  EXPECT_EQ(HttpClient(server.url()).get("/", 1000).error().code, Code::kLimit);
}

TEST(HttpClient, AReplyThatBreaksOffIsAnError) {
  for (const std::string reply :
       {"", "HTT", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    const RawServer server(reply);
    const auto answer = HttpClient(server.url()).get("/", 1000);
    ASSERT_FALSE(answer) << reply;
    EXPECT_EQ(answer.error().code, Code::kUnavailable) << reply;
  }
}

TEST(HttpClient, ASilentPeerIsGivenUp) {
  const RawServer server("", false);
  HttpClientLimits limits;
  limits.read_timeout = 200ms;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(HttpClient(server.url(), "x", limits).get("/", 10).error().code, Code::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST(HttpClient, WorkMayTakeLongerThanAnAnswer) {
  Router router;
  const auto late = [](const HttpRequest&) {
    std::this_thread::sleep_for(600ms);
    return HttpResponse::json("1");
  };
  router.get("/", late);
  router.add("POST", "/", late);
  const auto server = HttpServer::start(std::move(router), {}).value_or_stop();
  HttpClientLimits limits;
  limits.read_timeout = 200ms;
  EXPECT_TRUE(HttpClient(server->url(), "x", limits).post("/", {}, {}, 10));
  EXPECT_EQ(HttpClient(server->url(), "x", limits).get("/", 10).error().code, Code::kUnavailable);
  limits.work_timeout = 200ms;
  EXPECT_EQ(HttpClient(server->url(), "x", limits).post("/", {}, {}, 10).error().code, Code::kUnavailable);
}

TEST(HttpClient, AQuestionIsAskedAgainWhenItsKeptConnectionWasClosedAndACommandIsNot) {
  HttpServerConfig config;
  std::atomic<int> posts = 0;
  const auto make = [&](std::uint16_t port) {
    Router router;
    router.get("/", [](const HttpRequest&) { return HttpResponse::json("1"); });
    router.add("POST", "/", [&](const HttpRequest&) {
      ++posts;
      return HttpResponse::json("2");
    });
    config.port = port;
    return HttpServer::start(std::move(router), config).value_or_stop();
  };
  auto server = make(0);
  const std::uint16_t port = server->port();
  HttpClient client(server->url());
  ASSERT_TRUE(client.get("/", 10));
  server.reset();
  EXPECT_EQ(client.get("/", 10).error().code, Code::kUnavailable);
  server = make(port);
  EXPECT_TRUE(client.get("/", 10)) << "a restarted server is found again";
  ASSERT_TRUE(client.post("/", {}, {}, 10));
  EXPECT_EQ(posts, 1);
}

TEST(HttpClient, CountsTheBytesThatMove) {
  Router router;
  router.add("POST", "/echo", [](const HttpRequest& request) { return HttpResponse::binary(request.body); });
  const auto server = HttpServer::start(std::move(router), {}).value_or_stop();
  HttpClient client(server->url());
  ASSERT_TRUE(client.post("/echo", Bytes(123), {}, 1000));
  ASSERT_TRUE(client.post("/echo", Bytes(77), {}, 1000));
  EXPECT_EQ(client.bytes_sent(), 200U);
  EXPECT_EQ(client.bytes_received(), 200U);
  EXPECT_EQ(server->traffic().bytes_received, 200U);
}

TEST(HttpClient, ThreadsMayShareOne) {
  Router router;
  router.add("POST", "/echo", [](const HttpRequest& request) { return HttpResponse::binary(request.body); });
  const auto server = HttpServer::start(std::move(router), {}).value_or_stop();
  HttpClient client(server->url());
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        const std::string text = std::to_string(t * 100 + i);
        const auto reply = client.post("/echo", view_of(text), {}, 100);
        right += reply && text_of(*reply) == text ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 240);
}

}  // namespace
}  // namespace mc::node
