// SPDX-License-Identifier: Apache-2.0
// Which handler answers which method and path. Filled before the server starts, read-only and thread-safe afterwards.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/http_message.hpp"

namespace mc::node {

/// One method and pattern, its body limit and its handler.
struct Route {
  std::string method;
  std::vector<std::string> pattern;
  std::size_t body_bytes_max = 0;
  HttpHandler handler;
  bool is_long = false;
};

class Router {
 public:
  /// `pattern` is "/v1/blobs/{hash}": fixed segments and "{names}" that match one non-empty segment each. Fixed
  /// segments win over names. Stops on a pattern that is malformed or taken (our own bug).
  Router& add(std::string_view method, std::string_view pattern, HttpHandler handler, std::size_t body_bytes_max);
  /// For bodies up to kDefaultBodyBytesMax.
  Router& add(std::string_view method, std::string_view pattern, HttpHandler handler);

  /// For handlers that execute a question or wait for another process: they have workers of their own, so that however
  /// many ask for that, everything else is answered.
  Router& add_long(std::string_view method, std::string_view pattern, HttpHandler handler, std::size_t body_bytes_max);

  Router& get(std::string_view pattern, HttpHandler handler) { return add("GET", pattern, std::move(handler), 0); }

  struct Match {
    const Route* route = nullptr;
    /// When no route: the methods this path knows, for 405; empty means 404.
    std::string allowed_methods;
  };
  /// Finds the route of a request whose method and segments are set, and fills its parameters.
  [[nodiscard]] Match match(HttpRequest& request) const;

  /// Runs the matched handler; never throws.
  [[nodiscard]] static HttpResponse answer(const Route& route, const HttpRequest& request);

  /// The path as registered ("/v1/blobs/{hash}"), for logs: bounded and free of what a peer wrote.
  [[nodiscard]] static std::string pattern_text(const Route& route);

 private:
  std::vector<Route> routes_;
};

}  // namespace mc::node
