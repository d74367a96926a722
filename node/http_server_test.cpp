// SPDX-License-Identifier: Apache-2.0
#include "node/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "node/http_client.hpp"
#include "node/http_raw_socket_test.hpp"

namespace mc::node {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kMegabyte = 1024 * 1024;

/// A server with the routes that these tests need; small limits, short times.
class Server {
 public:
  explicit Server(HttpServerLimits limits = {}, std::size_t worker_threads = 4) {
    Router router;
    router.get("/ping", [](const HttpRequest&) { return HttpResponse::json("\"pong\""); });
    router.add(
        "POST", "/echo", [](const HttpRequest& request) { return HttpResponse::binary(request.body); }, 1000);
    router.add(
        "PUT", "/count",
        [](const HttpRequest& request) { return HttpResponse::json(std::to_string(request.body.size())); },
        64 * kMegabyte);
    router.get("/zeros/{size}", [](const HttpRequest& request) {
      return HttpResponse::binary(Bytes(std::stoul(request.parameter("size"))));
    });
    router.get("/slow", [this](const HttpRequest&) {
      ++slow_running_;
      const auto patience = std::chrono::steady_clock::now() + 10s;
      while (hold_slow_ && std::chrono::steady_clock::now() < patience) std::this_thread::sleep_for(5ms);
      return HttpResponse::json("\"slow\"");
    });
    const auto hold_long = [this](const HttpRequest&) -> Result<HttpResponse> {
      ++long_running_;
      const auto patience = std::chrono::steady_clock::now() + 10s;
      while (hold_slow_ && std::chrono::steady_clock::now() < patience) std::this_thread::sleep_for(5ms);
      return HttpResponse::json("\"long\"");
    };
    router.add_long("GET", "/long", hold_long, 0);
    HttpServerConfig config;
    config.limits = limits;
    config.worker_threads = worker_threads;
    config.on_access = [this](const HttpAccess& access) {
      const std::lock_guard lock(mutex_);
      log_.push_back(access);
    };
    server_ = HttpServer::start(std::move(router), std::move(config)).value_or_stop();
  }

  HttpServer& operator*() { return *server_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string url() const { return server_->url(); }
  /// Lets the requests of /slow be answered.
  void release_slow() { hold_slow_ = false; }
  [[nodiscard]] int slow_running() const { return slow_running_; }
  [[nodiscard]] int long_running() const { return long_running_; }
  [[nodiscard]] bool answers() const { return HttpClient(url()).get("/ping", 100).has_value(); }
  std::vector<HttpAccess> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  std::mutex mutex_;
  std::vector<HttpAccess> log_;
  std::atomic<int> slow_running_ = 0, long_running_ = 0;
  std::atomic<bool> hold_slow_ = true;
  std::unique_ptr<HttpServer> server_;
};

std::string error_code_of(const std::string& reply) {
  const std::size_t body = reply.find("\r\n\r\n");
  if (body == std::string::npos) return "no reply";
  const auto parsed = nlohmann::json::parse(reply.substr(body + 4), nullptr, false);
  return parsed.is_object() ? parsed["error"]["code"].get<std::string>() : "no json";
}

std::size_t memory_kilobytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stoul(line.substr(field.size() + 1));
  }
  return 0;
}

TEST(HttpServer, AnswersOnAFreePortItTells) {
  Server server;
  EXPECT_NE(server.port(), 0);
  EXPECT_EQ(server.url(), "http://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_TRUE(server.answers());
}

TEST(HttpServer, APortInUseIsNamed) {
  Server server;
  HttpServerConfig config;
  config.port = server.port();
  const auto second = HttpServer::start(Router(), config);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_EQ(second.error().message, "port " + std::to_string(server.port()) + " on 127.0.0.1 is in use");
}

TEST(HttpServer, APortIsFreeAgainRightAfterItsServerStopped) {
  std::uint16_t port = 0;
  {
    Server server;
    port = server.port();
    ASSERT_TRUE(server.answers());
  }
  HttpServerConfig config;
  config.port = port;
  EXPECT_TRUE(HttpServer::start(Router(), config));
}

TEST(HttpServer, AnAddressThatIsNoneIsRefused) {
  HttpServerConfig config;
  config.address = "localhost!";
  EXPECT_EQ(HttpServer::start(Router(), config).error().code, Code::kInvalidArgument);
}

TEST(HttpServer, KeepsAConnectionForManyRequestsAndPipelinedOnesInOrder) {
  Server server;
  RawSocket peer(server.port());
  for (int i = 0; i < 3; ++i) {
    peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(peer.receive_until("\"pong\"").starts_with("HTTP/1.1 200"));
  }
  peer.send("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nfirstGET /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string both = peer.receive_all();
  EXPECT_LT(both.find("first"), both.find("\"pong\""));
  EXPECT_NE(both.find("\"pong\""), std::string::npos);
}

TEST(HttpServer, AnOldClientIsAnsweredAndHungUp) {
  Server server;
  RawSocket peer(server.port());
  peer.send("GET /ping HTTP/1.0\r\n\r\n");
  EXPECT_NE(peer.receive_all().find("\"pong\""), std::string::npos);
  EXPECT_TRUE(peer.peer_closed());
}

TEST(HttpServer, UnknownPathsAndMethodsAreToldInJson) {
  Server server;
  const HttpClient client(server.url());
  RawSocket peer(server.port());
  peer.send("GET /nothing HTTP/1.1\r\n\r\n");
  std::string reply = peer.receive_until("}}");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 404"));
  EXPECT_EQ(error_code_of(reply), "not_found");
  peer.send("DELETE /ping HTTP/1.1\r\n\r\n");
  reply = peer.receive_until("}}");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 405"));
  EXPECT_NE(reply.find("Allow: GET\r\n"), std::string::npos);
  peer.send("GET /../etc HTTP/1.1\r\n\r\n");
  EXPECT_EQ(error_code_of(peer.receive_until("}}")), "parse");
}

TEST(HttpServer, AnAnnouncedBodyAboveItsRoutesLimitIsRefusedBeforeItIsRead) {
  Server server;
  RawSocket peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
  const std::string reply = peer.receive_until("}}");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 413"));
  EXPECT_NE(reply.find("Connection: close"), std::string::npos);
  EXPECT_NE(reply.find("the body of 1001 bytes is larger than the 1000 bytes that /echo takes"), std::string::npos);
}

TEST(HttpServer, AnAbsurdContentLengthAllocatesNothing) {
  Server server;
  const std::size_t before = memory_kilobytes("VmRSS");
  for (const std::string length :
       {"18446744073709551615", "9223372036854775807", "99999999999999999999", "-1", "0x10", "1 2"}) {
    RawSocket peer(server.port());
    peer.send("PUT /count HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n");
    const std::string reply = peer.receive_until("}}");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 4")) << length << ": " << reply;
  }
  EXPECT_LT(memory_kilobytes("VmRSS"), before + 50 * 1024U);
  EXPECT_TRUE(server.answers());
}

TEST(HttpServer, ABodyInChunksIsCountedWhileItGrows) {
  Server server;
  RawSocket peer(server.port());
  peer.send(
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_NE(peer.receive_all().find("\r\n\r\nabcde"), std::string::npos);
  RawSocket big(server.port());
  big.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) big.send("190\r\n" + std::string(0x190, 'x') + "\r\n");
  EXPECT_TRUE(big.receive_until("}}").starts_with("HTTP/1.1 413"));
  RawSocket other(server.port());
  other.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(other.receive_until("}}").starts_with("HTTP/1.1 501"));
}

TEST(HttpServer, TwoLengthsForOneBodyAreRefused) {
  Server server;
  RawSocket peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(peer.receive_until("}}").starts_with("HTTP/1.1 400"));
}

TEST(HttpServer, AnOversizedBodyInFullFlightStillGetsItsAnswer) {
  Server server;
  HttpClient client(server.url());
  const auto reply = client.post("/echo", Bytes(20 * kMegabyte), "application/octet-stream", 1000);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kLimit);
  EXPECT_TRUE(server.answers());
}

TEST(HttpServer, ATruncatedRequestReachesNoHandler) {
  Server server;
  {
    RawSocket peer(server.port());
    peer.send("POST /echo HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
    peer.finish_sending();
    EXPECT_EQ(peer.receive_all(), "");
    RawSocket header(server.port());
    header.send("POST /echo HT");
    header.finish_sending();
    EXPECT_EQ(header.receive_all(), "");
  }
  EXPECT_TRUE(server.answers());
  for (const HttpAccess& access : server.log()) EXPECT_NE(access.route, "/echo");
}

TEST(HttpServer, GarbageIsAnsweredWith400OrHungUpAndHarmsNobody) {
  Server server;
  KeyStream stream = public_stream("node.http_server_test.garbage", Hash256{});
  for (int round = 0; round < 100; ++round) {
    std::string garbage(1 + stream.next_below(300), '\0');
    stream.fill({reinterpret_cast<std::uint8_t*>(garbage.data()), garbage.size()});
    if (round % 2 == 0) garbage = "POST /echo HTTP/1.1\r\n" + garbage + "\r\n\r\n";
    RawSocket peer(server.port());
    peer.send(garbage);
    peer.finish_sending();
    const std::string reply = peer.receive_all(5s);
    EXPECT_TRUE(reply.empty() || reply.starts_with("HTTP/1.1 4")) << reply;
    EXPECT_TRUE(peer.peer_closed());
  }
  EXPECT_TRUE(server.answers());
}

TEST(HttpServer, AHeaderAboveTheLimitIsRefused) {
  Server server;
  RawSocket peer(server.port());
  peer.send("GET /ping HTTP/1.1\r\nX-Long: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(peer.receive_until("}}").starts_with("HTTP/1.1 431"));
}

TEST(HttpServer, AClientThatDripsItsHeaderIsHungUp) {
  HttpServerLimits limits;
  limits.header_timeout = 300ms;
  Server server(limits);
  RawSocket peer(server.port());
  const auto start = std::chrono::steady_clock::now();
  peer.send("GET /ping HTTP/1.1\r\n");
  while (!peer.peer_closed() && std::chrono::steady_clock::now() - start < 5s) {
    peer.send("x");
    peer.receive_all(50ms);
  }
  EXPECT_TRUE(peer.peer_closed());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
}

TEST(HttpServer, AClientThatStallsItsBodyIsHungUp) {
  HttpServerLimits limits;
  limits.transfer_timeout = 200ms;
  Server server(limits);
  RawSocket peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nContent-Length: 100\r\n\r\nx");
  peer.receive_all(3s);
  EXPECT_TRUE(peer.peer_closed());
}

TEST(HttpServer, AClientThatDoesNotReadItsReplyIsHungUp) {
  HttpServerLimits limits;
  limits.transfer_timeout = 200ms;
  limits.bytes_per_second_min = 100 * kMegabyte;
  Server server(limits);
  RawSocket peer(server.port());
  peer.send("GET /zeros/50000000 HTTP/1.1\r\n\r\n");
  while (server.log().empty()) std::this_thread::sleep_for(5ms);
  EXPECT_LT(peer.receive_all(3s).size(), 50'000'000U);
  EXPECT_TRUE(peer.peer_closed());
}

TEST(HttpServer, AnIdleConnectionIsClosedAfterItsTime) {
  HttpServerLimits limits;
  limits.idle_timeout = 200ms;
  Server server(limits);
  RawSocket peer(server.port());
  peer.send("GET /ping HTTP/1.1\r\n\r\n");
  EXPECT_NE(peer.receive_until("\"pong\"").find("200"), std::string::npos);
  peer.receive_all(3s);
  EXPECT_TRUE(peer.peer_closed());
}

TEST(HttpServer, IdleConnectionsMakeRoomForNewOnes) {
  HttpServerLimits limits;
  limits.connections_max = 8;
  Server server(limits);
  std::vector<RawSocket> idle;
  for (int i = 0; i < 40; ++i) {
    idle.emplace_back(server.port());
    EXPECT_TRUE(idle.back().is_connected());
  }
  EXPECT_TRUE(server.answers());
}

TEST(HttpServer, WithEveryConnectionBusyANewcomerIsToldSo) {
  HttpServerLimits limits;
  limits.connections_max = 2;
  Server server(limits);
  std::vector<RawSocket> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back(server.port());
    busy.back().send("GET /slow HTTP/1.1\r\n\r\n");
  }
  while (server.slow_running() < 2) std::this_thread::sleep_for(5ms);
  RawSocket newcomer(server.port());
  EXPECT_TRUE(newcomer.receive_all().starts_with("HTTP/1.1 503"));
  server.release_slow();
  for (RawSocket& peer : busy) EXPECT_NE(peer.receive_until("\"slow\"").find("200"), std::string::npos);
}

TEST(HttpServer, ABusyHandlerDelaysNobodyElse) {
  Server server({}, 2);
  RawSocket busy(server.port());
  busy.send("GET /slow HTTP/1.1\r\n\r\n");
  while (server.slow_running() < 1) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(server.answers());
  EXPECT_EQ(busy.receive_until("\"slow\"", 1ms), "");
  server.release_slow();
  EXPECT_NE(busy.receive_until("\"slow\"").find("200"), std::string::npos);
}

// A custodian with four workers told nobody its health while four of anybody's release calls were being executed.
TEST(HttpServer, HoweverManyAskForWhatTakesLongEverythingElseIsAnswered) {
  HttpServerLimits limits;
  limits.pending_long_max = 20;
  Server server(limits);
  std::vector<RawSocket> peers;
  for (int i = 0; i < 24; ++i) {
    peers.emplace_back(server.port());
    peers.back().send("GET /long HTTP/1.1\r\nConnection: close\r\n\r\n");
  }
  while (server.log().size() < 4 || server.long_running() < 4) std::this_thread::sleep_for(5ms);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(server.answers());
  server.release_slow();
  int answered = 0;
  int refused = 0;
  for (RawSocket& peer : peers) {
    const std::string reply = peer.receive_all();
    answered += reply.starts_with("HTTP/1.1 200") ? 1 : 0;
    refused += reply.starts_with("HTTP/1.1 429") && reply.find("Retry-After: 1") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(answered, 20);
  EXPECT_EQ(refused, 4);
}

TEST(HttpServer, RequestsBeyondTheWaitingRoomGet503) {
  HttpServerLimits limits;
  limits.pending_requests_max = 2;
  Server server(limits, 1);
  std::vector<RawSocket> peers;
  for (int i = 0; i < 4; ++i) {
    peers.emplace_back(server.port());
    peers.back().send("GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n");
  }
  while (server.log().size() < 2) std::this_thread::sleep_for(5ms);
  server.release_slow();
  int answered = 0;
  int refused = 0;
  for (RawSocket& peer : peers) {
    const std::string reply = peer.receive_all();
    answered += reply.starts_with("HTTP/1.1 200") ? 1 : 0;
    refused += reply.starts_with("HTTP/1.1 503") ? 1 : 0;
  }
  EXPECT_EQ(answered, 2);
  EXPECT_EQ(refused, 2);
}

TEST(HttpServer, BodiesThatDoNotFitInMemoryTogetherWaitOutside) {
  HttpServerLimits limits;
  limits.bytes_in_flight_max = 10 * kMegabyte;
  Server server(limits);
  RawSocket first(server.port());
  first.send("PUT /count HTTP/1.1\r\nContent-Length: 8000000\r\n\r\nx");
  RawSocket second(server.port());
  std::string reply;
  for (int attempt = 0; attempt < 50 && reply.empty(); ++attempt) {
    second.send("PUT /count HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n");
    reply = second.receive_until("}}", 100ms);
  }
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 503")) << reply;
  first.hang_up();
  HttpClient client(server.url());
  auto fits = client.put("/count", Bytes(8'000'000), {}, 100);
  for (int attempt = 0; attempt < 50 && !fits; ++attempt) {
    std::this_thread::sleep_for(20ms);
    fits = client.put("/count", Bytes(8'000'000), {}, 100);
  }
  EXPECT_TRUE(fits);
}

// How long it will be nobody knows: as much is set aside for it as its route takes.
TEST(HttpServer, ABodyInChunksTakesTheRoomOfTheLongestOne) {
  HttpServerLimits limits;
  limits.bytes_in_flight_max = kMegabyte;
  Server server(limits);
  RawSocket peer(server.port());
  peer.send("PUT /count HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
  const std::string reply = peer.receive_until("}}");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 503")) << reply;
}

TEST(HttpServer, AReplyThatNobodyReadsTakesRoomToo) {
  HttpServerLimits limits;
  limits.bytes_in_flight_max = 100 * kMegabyte;
  Server server(limits);
  RawSocket idle(server.port());
  idle.send("GET /zeros/60000000 HTTP/1.1\r\n\r\n");
  std::string reply;
  for (int attempt = 0; attempt < 50 && !reply.starts_with("HTTP/1.1 503"); ++attempt) {
    RawSocket peer(server.port());
    peer.send("PUT /count HTTP/1.1\r\nContent-Length: 62000000\r\n\r\n");
    reply = peer.receive_until("}}", 100ms);
  }
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 503")) << reply;
}

TEST(HttpServer, ARequestForTheHeaderAloneGetsNoBody) {
  Server server;
  RawSocket peer(server.port());
  peer.send("HEAD /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string reply = peer.receive_all();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 ") && reply.ends_with("\r\n\r\n")) << reply;
}

TEST(HttpServer, TellsAClientThatAsksFirstToGoOn) {
  Server server;
  RawSocket peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ok");
  EXPECT_NE(peer.receive_until("\r\n\r\nok").find("HTTP/1.1 200"), std::string::npos);
  RawSocket refused(server.port());
  refused.send("POST /echo HTTP/1.1\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(refused.receive_until("}}").starts_with("HTTP/1.1 413"));
}

TEST(HttpServer, TakesAndSendsFiftyMegabytesInBoundedMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory for a while, which is not the server's";
#endif
  Server server;
  HttpClient client(server.url());
  const Bytes body(50 * kMegabyte, 7);
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts from here
  const std::size_t before = memory_kilobytes("VmRSS");
  for (int i = 0; i < 3; ++i) {
    const auto counted = client.put("/count", body, "application/octet-stream", 100);
    ASSERT_TRUE(counted) << counted.error().message;
    EXPECT_EQ(text_of(*counted), std::to_string(body.size()));
  }
  const std::size_t peak_of_upload = memory_kilobytes("VmHWM");
  EXPECT_LT(peak_of_upload, before + 50 * 1024 + 16 * 1024) << "the server holds an upload more than once";
  std::ofstream("/proc/self/clear_refs") << "5";
  const auto zeros = client.get("/zeros/52428800", 50 * kMegabyte);
  ASSERT_TRUE(zeros) << zeros.error().message;
  EXPECT_EQ(zeros->size(), body.size());
  // Client and server share this process: the reply exists once on either side.
  EXPECT_LT(memory_kilobytes("VmHWM"), before + 2 * 50 * 1024 + 16 * 1024) << "the server copies a reply";
}

TEST(HttpServer, ServesManyClientsAtOnce) {
  Server server;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      HttpClient client(server.url());
      for (int i = 0; i < 50; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        const auto reply = client.post("/echo", view_of(text), "text/plain", 100);
        right += reply && text_of(*reply) == text ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 16 * 50);
  EXPECT_EQ((*server).traffic().requests, 16U * 50U);
}

TEST(HttpServer, SurvivesClientsThatComeAndGo) {
  Server server;
  for (int i = 0; i < 200; ++i) {
    RawSocket peer(server.port());
    if (i % 3 == 1) peer.send("GET /zeros/1000000 HTTP/1.1\r\n\r\n");
    if (i % 3 == 2) peer.send("GET /slow");
  }
  EXPECT_TRUE(server.answers());
}

TEST(HttpServer, StopLetsARunningRequestFinishAndRefusesNewOnes) {
  Server server;
  RawSocket busy(server.port());
  RawSocket idle(server.port());
  busy.send("GET /slow HTTP/1.1\r\n\r\n");
  while (server.slow_running() < 1) std::this_thread::sleep_for(5ms);
  std::thread release([&] {
    // Refused connections show that stop has begun.
    while (RawSocket(server.port()).is_connected()) std::this_thread::sleep_for(5ms);
    server.release_slow();
  });
  const auto start = std::chrono::steady_clock::now();
  (*server).stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
  release.join();
  const std::string reply = busy.receive_all();
  EXPECT_NE(reply.find("\"slow\""), std::string::npos);
  EXPECT_NE(reply.find("Connection: close"), std::string::npos);
  EXPECT_FALSE(RawSocket(server.port()).is_connected());
  EXPECT_FALSE(server.answers());
  (*server).stop();
}

TEST(HttpServer, StopDoesNotWaitForAClientThatStalls) {
  HttpServerLimits limits;
  limits.drain_timeout = 200ms;
  Server server(limits);
  RawSocket stalled(server.port());
  stalled.send("GET /zeros/50000000 HTTP/1.1\r\n\r\n");
  RawSocket half(server.port());
  half.send("POST /echo HTTP/1.1\r\nContent-Length: 100\r\n\r\nx");
  std::this_thread::sleep_for(200ms);
  const auto start = std::chrono::steady_clock::now();
  (*server).stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
}

TEST(HttpServer, LogsRoutesAndSizesButNothingAPeerWrote) {
  Server server;
  HttpClient client(server.url());
  ASSERT_TRUE(client.post("/echo", view_of("body"), "text/plain", 100));
  EXPECT_FALSE(client.get("/secret%0Apath?token=1", 100));
  while (server.log().size() < 2) std::this_thread::sleep_for(1ms);
  const auto log = server.log();
  EXPECT_EQ(log[0].route, "/echo");
  EXPECT_EQ(log[0].method, "POST");
  EXPECT_EQ(log[0].status, 200);
  EXPECT_EQ(log[0].request_bytes, 4U);
  EXPECT_EQ(log[0].reply_bytes, 4U);
  EXPECT_EQ(log[1].route, "-");
  EXPECT_EQ(log[1].method, "-");
  EXPECT_EQ(log[1].status, 404);
}

}  // namespace
}  // namespace mc::node
