// SPDX-License-Identifier: Apache-2.0
// A request and a reply as handlers see them, and the one mapping between our errors and HTTP. Knows no network
// library. Errors travel as {"error":{"code":"not_found","message":"one clear sentence"}}.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace mc::node {

/// One request, fully read and within its route's body limit. All text is percent-decoded where HTTP encodes it.
struct HttpRequest {
  std::string method;
  /// "/v1/blobs/00ff" -> {"v1", "blobs", "00ff"}.
  std::vector<std::string> segments;
  /// What the route's "{names}" stand for.
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> query;
  /// Field names in lower case; of repeated fields the last.
  std::map<std::string, std::string> headers;
  Bytes body;

  /// The segment that a "{name}" of the matched pattern stands for; stops if the pattern has no such name (our own
  /// bug).
  [[nodiscard]] const std::string& parameter(const std::string& name) const;
  /// The query parameter; kInvalidArgument names it when it is missing.
  [[nodiscard]] Result<std::string> query_value(const std::string& name) const;
  [[nodiscard]] std::string_view body_text() const { return text_of(body); }
};

/// One reply; its body is moved, never copied. Errors: {"error": {code, reason (protocol/refusal.hpp), message}}.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  Bytes body;
  std::vector<std::pair<std::string, std::string>> headers;

  static HttpResponse json(std::string_view text, int status = 200);
  static HttpResponse binary(Bytes bytes);
  /// 204, no body.
  static HttpResponse empty();
  static HttpResponse error(const Error& error);
  /// An error with a status that Code alone does not tell, e.g. 405.
  static HttpResponse error(const Error& error, int status);
};

/// Answers one request. Runs on a worker thread, several at a time: what it shares must be thread-safe. An Error
/// becomes HttpResponse::error; an exception is our own bug and becomes 500 without details.
using HttpHandler = std::function<Result<HttpResponse>(const HttpRequest&)>;

/// invalid_argument, parse 400; refused 403; not_found 404; conflict 409; limit 413; corrupt 422; io 500; unsupported
/// 501; unavailable 503.
int http_status_of(Code code);

/// The Error in a peer's reply of status 400 or above: its own code and sentence if it speaks our JSON, else what the
/// status says. Control characters and overlong text of the peer are removed: the sentence ends up on a terminal.
Error error_of_reply(int status, ByteView body, std::string_view url);

/// Percent-decoding of one path segment or query part; kParse on a bad escape or when the result is not UTF-8 or has
/// NUL.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// The reverse, for building paths: everything but unreserved characters is escaped.
std::string percent_encode(std::string_view text);

/// A request target ("/a/b?x=1") taken apart into `segments` and `query`; kParse, kLimit (64 segments, 64 parameters).
/// "." and ".." are refused, so that no handler can be walked out of its folder.
Status parse_target(std::string_view target, HttpRequest& request);

}  // namespace mc::node
