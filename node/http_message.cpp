// SPDX-License-Identifier: Apache-2.0
#include "node/http_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/codec.hpp"
#include "node/limits.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

constexpr std::size_t kSegmentsMax = 64;
constexpr std::size_t kQueryParametersMax = 64;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// What a peer wrote, made fit for a terminal: printable, bounded, and cut between characters.
std::string printable(std::string_view text) {
  std::string clean(text.substr(0, kPeerMessageCharactersMax));
  while (!clean.empty() && clean.size() < text.size() &&
         (static_cast<unsigned char>(text[clean.size()]) & 0xC0) == 0x80) {
    clean.pop_back();
  }
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const auto byte = static_cast<unsigned char>(clean[i]);
    if (byte < 0x20 || byte == 0x7F) clean[i] = ' ';
    // U+0080 to U+009F are controls too; a terminal obeys some of them.
    if (byte == 0xC2 && i + 1 < clean.size() && static_cast<unsigned char>(clean[i + 1]) < 0xA0)
      clean[i] = clean[i + 1] = ' ';
  }
  return clean;
}

Code code_of_status(int status) {
  switch (status) {
    case 400:
      return Code::kInvalidArgument;
    case 401:
    case 403:
      return Code::kRefused;
    case 404:
      return Code::kNotFound;
    case 405:
    case 501:
      return Code::kUnsupported;
    case 409:
      return Code::kConflict;
    case 413:
    case 431:
      return Code::kLimit;
    case 422:
      return Code::kCorrupt;
    case 408:
    case 503:
      return Code::kUnavailable;
    default:
      return Code::kIo;
  }
}

Status parse_query(std::string_view text, HttpRequest& request) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    MC_TRY(std::string name, percent_decode(pair.substr(0, equals), true));
    MC_TRY(std::string value, percent_decode(pair.substr(std::min(pair.size(), equals + 1)), true));
    request.query[std::move(name)] = std::move(value);
    if (request.query.size() > kQueryParametersMax) {
      return fail(Code::kLimit, fmt::format("the request has more than {} query parameters", kQueryParametersMax));
    }
  }
  return {};
}

}  // namespace

const std::string& HttpRequest::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  MC_CHECK(found != parameters.end());
  return found->second;
}

Result<std::string> HttpRequest::query_value(const std::string& name) const {
  const auto found = query.find(name);
  if (found == query.end())
    return fail(Code::kInvalidArgument, fmt::format("the query parameter \"{}\" is missing", name));
  return found->second;
}

HttpResponse HttpResponse::json(std::string_view text, int status) {
  const ByteView bytes = view_of(text);
  HttpResponse response;
  response.status = status;
  response.body.assign(bytes.begin(), bytes.end());
  return response;
}

HttpResponse HttpResponse::binary(Bytes bytes) {
  HttpResponse response;
  response.content_type = "application/octet-stream";
  response.body = std::move(bytes);
  return response;
}

HttpResponse HttpResponse::empty() {
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse HttpResponse::error(const Error& error) {
  return HttpResponse::error(error, http_status_of(error.code));
}

HttpResponse HttpResponse::error(const Error& error, int status) {
  const nlohmann::json text{
      {"error", {{"code", code_name(error.code)}, {"reason", protocol::reason_of(error)}, {"message", error.message}}}};
  // A message may quote what a peer sent; replacing what is not UTF-8 keeps the reply valid JSON.
  return json(text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), status);
}

int http_status_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kParse:
      return 400;
    case Code::kRefused:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
      return 409;
    case Code::kLimit:
      return 413;
    case Code::kCorrupt:
      return 422;
    case Code::kIo:
      return 500;
    case Code::kUnsupported:
      return 501;
    case Code::kUnavailable:
      return 503;
  }
  MC_CHECK(false && "every Code has a status");
}

Error error_of_reply(int status, ByteView body, std::string_view url) {
  const auto text = nlohmann::json::parse(body.begin(), body.end(), nullptr, false);
  if (text.is_object() && text.contains("error") && text["error"].is_object()) {
    const auto& error = text["error"];
    const auto code = error.find("code");
    const auto message = error.find("message");
    if (code != error.end() && code->is_string() && message != error.end() && message->is_string()) {
      return Error{code_from_name(code->get_ref<const std::string&>()),
                   printable(message->get_ref<const std::string&>())};
    }
  }
  return Error{code_of_status(status), fmt::format("{} answers with status {}", url, status)};
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Code::kParse, "the request path has a bad % escape");
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (!is_utf8(view_of(decoded))) return fail(Code::kParse, "the request path is not UTF-8");
  if (decoded.find('\0') != std::string::npos) return fail(Code::kParse, "the request path has a NUL character");
  return decoded;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

Status parse_target(std::string_view target, HttpRequest& request) {
  if (!target.starts_with('/')) return fail(Code::kParse, "the request path does not start with /");
  const std::size_t question = std::min(target.find('?'), target.size());
  MC_TRY_STATUS(parse_query(target.substr(std::min(target.size(), question + 1)), request));
  std::string_view path = target.substr(1, question - 1);
  while (!path.empty()) {
    const std::string_view raw = path.substr(0, path.find('/'));
    const bool has_more = raw.size() < path.size();
    path.remove_prefix(std::min(path.size(), raw.size() + 1));
    MC_TRY(std::string segment, percent_decode(raw, false));
    // An encoded slash stays inside its segment; a handler that makes a file name of it must refuse it, "." and ".."
    // fall here.
    if (segment.empty() || segment == "." || segment == "..") {
      return fail(Code::kParse, "the request path has an empty, \".\" or \"..\" segment");
    }
    request.segments.push_back(std::move(segment));
    if (has_more && path.empty()) return fail(Code::kParse, "the request path ends with /");
    if (request.segments.size() > kSegmentsMax) {
      return fail(Code::kLimit, fmt::format("the request path has more than {} segments", kSegmentsMax));
    }
  }
  return {};
}

}  // namespace mc::node
