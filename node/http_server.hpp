// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 server for a handful of peers and hundreds of clients. One thread owns every socket, a fixed number of
// workers run the handlers; a handler that computes for seconds therefore stalls neither timeouts nor other replies,
// and routes that take long have workers of their own (Router::add_long). Everything a peer can make it hold is bounded
// (HttpServerLimits), and a body is refused by its route's limit before it is read. Thread-safe. TLS and authentication
// of peers are not here yet: bind to loopback only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "node/http_router.hpp"
#include "node/limits.hpp"

namespace mc::node {

/// One answered request, for the log: method, the route's pattern ("-" when none matched), sizes and time; never
/// content.
struct HttpAccess {
  std::string method;
  std::string route;
  int status = 0;
  std::size_t request_bytes = 0;
  std::size_t reply_bytes = 0;
  double milliseconds = 0;
};

struct HttpServerConfig {
  std::string address = "127.0.0.1";
  /// 0: any free port, told by port().
  std::uint16_t port = 0;
  std::size_t worker_threads = 4;
  /// Of routes that take long, beside the others.
  std::size_t long_worker_threads = 4;
  HttpServerLimits limits;
  /// Called on the socket thread after each request: must be quick. May be empty.
  std::function<void(const HttpAccess&)> on_access;
};

/// Bodies that moved since the start.
struct HttpTraffic {
  std::uint64_t requests = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

class HttpServer {
 public:
  /// Listens and answers until stop.
  ///   errors  kConflict "port 8080 on 127.0.0.1 is in use"; kInvalidArgument for an address; kIo otherwise
  static Result<std::unique_ptr<HttpServer>> start(Router router, HttpServerConfig config);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Stops.
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:40123"
  [[nodiscard]] std::string url() const;
  [[nodiscard]] HttpTraffic traffic() const;

  /// Accepts nothing more, lets running handlers and replies finish (at most drain_timeout; a running handler itself
  /// cannot be cut short and is waited for), closes every socket, joins the threads. Idempotent; not from a handler.
  void stop();

 private:
  class Engine;
  explicit HttpServer(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace mc::node
