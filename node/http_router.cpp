// SPDX-License-Identifier: Apache-2.0
#include "node/http_router.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "node/limits.hpp"
#include "node/logging.hpp"

namespace mc::node {
namespace {

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> split_pattern(std::string_view pattern) {
  MC_CHECK(pattern.starts_with('/'));
  std::vector<std::string> segments;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    MC_CHECK(!segment.empty());
    segments.emplace_back(segment);
    pattern.remove_prefix(std::min(pattern.size(), segment.size() + 1));
  }
  return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_name(pattern[i]) && pattern[i] != segments[i]) return false;
  }
  return true;
}

/// True when `a` says a fixed segment where `b`, at the first difference, says a name.
bool is_more_fixed(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (is_name(a[i]) != is_name(b[i])) return !is_name(a[i]);
  }
  return false;
}

/// Equal but for the names: two such routes could not be told apart.
bool is_same_shape(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (is_name(a[i]) != is_name(b[i]) || (!is_name(a[i]) && a[i] != b[i])) return false;
  }
  return true;
}

}  // namespace

Router& Router::add(std::string_view method, std::string_view pattern, HttpHandler handler,
                    std::size_t body_bytes_max) {
  Route route{std::string(method), split_pattern(pattern), body_bytes_max, std::move(handler), false};
  for (const Route& known : routes_)
    MC_CHECK(known.method != route.method || !is_same_shape(known.pattern, route.pattern));
  routes_.push_back(std::move(route));
  return *this;
}

Router& Router::add_long(std::string_view method, std::string_view pattern, HttpHandler handler,
                         std::size_t body_bytes_max) {
  add(method, pattern, std::move(handler), body_bytes_max);
  routes_.back().is_long = true;
  return *this;
}

Router& Router::add(std::string_view method, std::string_view pattern, HttpHandler handler) {
  return add(method, pattern, std::move(handler), kDefaultBodyBytesMax);
}

Router::Match Router::match(HttpRequest& request) const {
  Match found;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, request.segments)) continue;
    if (route.method != request.method) {
      if (found.allowed_methods.find(route.method) == std::string::npos) {
        found.allowed_methods += (found.allowed_methods.empty() ? "" : ", ") + route.method;
      }
    } else if (found.route == nullptr || is_more_fixed(route.pattern, found.route->pattern)) {
      found.route = &route;
    }
  }
  if (found.route != nullptr) {
    for (std::size_t i = 0; i < request.segments.size(); ++i) {
      const std::string& segment = found.route->pattern[i];
      if (is_name(segment)) request.parameters[segment.substr(1, segment.size() - 2)] = request.segments[i];
    }
  }
  return found;
}

HttpResponse Router::answer(const Route& route, const HttpRequest& request) {
  // The one place where a library's exception may still arrive: it must not take the other requests with it.
  try {
    auto response = route.handler(request);
    return response ? std::move(*response) : HttpResponse::error(response.error());
  } catch (const std::exception&) {
    log_error("a handler of " + route.method + " " + pattern_text(route) + " threw an exception");
  } catch (...) {
    log_error("a handler of " + route.method + " " + pattern_text(route) + " threw something that is no exception");
  }
  return HttpResponse::error(Error{Code::kIo, "the node failed on this request; its log says where"});
}

std::string Router::pattern_text(const Route& route) {
  std::string text;
  for (const std::string& segment : route.pattern) text += "/" + segment;
  return text.empty() ? "/" : text;
}

}  // namespace mc::node
