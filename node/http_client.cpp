// SPDX-License-Identifier: Apache-2.0
// The only translation unit that knows the HTTP client library.
#include "node/http_client.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>

#include "node/http_message.hpp"

namespace mc::node {
namespace {

/// An error reply may be longer than the body the caller expects, but not without bound.
constexpr std::size_t kErrorBodyBytesMax = 64 * 1024;

struct Endpoint {
  std::string host;
  int port = 0;
};

std::optional<Endpoint> parse_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const std::size_t colon = url.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view host = url.substr(0, colon);
  const std::string_view port = url.substr(colon + 1);
  const auto is_host_character = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
  };
  Endpoint endpoint{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc() || end != port.data() + port.size() || endpoint.port < 1 || endpoint.port > 65535 ||
      !std::all_of(host.begin(), host.end(), is_host_character)) {
    return std::nullopt;
  }
  return endpoint;
}

/// What the library knows about a failed exchange, as the end of a sentence.
std::string_view reason_text(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "nothing listens there, or the host is unknown";
    case httplib::Error::ConnectionTimeout:
      return "no connection in time";
    case httplib::Error::Read:
      return "it closed the connection, or was silent for too long";
    case httplib::Error::Write:
      return "it closed the connection while the request was being sent";
    default:
      return "the exchange failed";
  }
}

bool is_sendable_path(std::string_view path) {
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

class HttpClient::Connection {
 public:
  Connection(std::string url, std::string peer, HttpClientLimits limits)
      : url_(std::move(url)), peer_(std::move(peer)), limits_(limits), endpoint_(parse_url(url_)) {
    if (!endpoint_) return;
    client_.emplace(endpoint_->host, endpoint_->port);
    client_->set_keep_alive(true);
    client_->set_tcp_nodelay(true);
    client_->set_url_encode(false);
    client_->set_decompress(false);
    client_->set_connection_timeout(limits_.connect_timeout);
    client_->set_socket_options([limits = limits_](socket_t socket) {
      const auto set = [&](int level, int name, int value) {
        ::setsockopt(socket, level, name, &value, sizeof value);  // a line without probes still works
      };
      set(SOL_SOCKET, SO_KEEPALIVE, 1);
      set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(limits.probe_after.count()));
      set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(limits.probe_pause.count()));
      set(IPPROTO_TCP, TCP_KEEPCNT, limits.probes);
    });
    client_->set_write_timeout(limits_.write_timeout);
  }

  Result<HttpReply> exchange(std::string_view method, const std::string& path, ByteView body,
                             std::string_view content_type, std::size_t size_max) {
    const std::lock_guard lock(mutex_);
    if (!client_) {
      return fail(Code::kInvalidArgument, fmt::format("\"{}\" is not an address of the form http://host:port", url_));
    }
    if (!is_sendable_path(path))
      return fail(Code::kInvalidArgument, fmt::format("the path of a request to {} is malformed", url_));
    const bool reused = client_->is_socket_open() != 0;
    Attempt attempt = send_once(method, path, body, content_type, size_max);
    // A server may close an idle connection just as we use it again. Only a question may be asked twice unasked.
    if (reused && method == "GET" && attempt.error == httplib::Error::Read && !attempt.too_large) {
      attempt = send_once(method, path, body, content_type, size_max);
    }
    if (attempt.too_large) {
      return fail(Code::kLimit, fmt::format("the reply of {} at {}{} is larger than the {} bytes expected at most",
                                            peer_, url_, path, attempt.size_max));
    }
    if (attempt.error != httplib::Error::Success) {
      return fail(Code::kUnavailable,
                  fmt::format("{} at {} does not answer: {}", peer_, url_, reason_text(attempt.error)));
    }
    bytes_sent_ += body.size();
    bytes_received_ += attempt.reply.body.size();
    return std::move(attempt.reply);
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  struct Attempt {
    HttpReply reply;
    httplib::Error error = httplib::Error::Success;
    std::size_t size_max = 0;
    bool too_large = false;
  };

  Attempt send_once(std::string_view method, const std::string& path, ByteView body, std::string_view content_type,
                    std::size_t size_max) {
    client_->set_read_timeout(method == "POST" ? limits_.work_timeout : limits_.read_timeout);
    Attempt attempt;
    attempt.size_max = size_max;
    httplib::Request request;
    request.method = method;
    request.path = path;
    if (!content_type.empty()) request.set_header("Content-Type", std::string(content_type));
    if (!body.empty()) {
      // Sent from where it lies: a sealed block need not exist twice.
      request.content_length_ = body.size();
      request.content_provider_ = [body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(reinterpret_cast<const char*>(body.data()) + offset, length);
      };
    }
    request.response_handler = [&attempt](const httplib::Response& response) {
      if (response.status >= 400) attempt.size_max = std::max(attempt.size_max, kErrorBodyBytesMax);
      const auto announced = response.get_header_value<std::uint64_t>("Content-Length");
      attempt.too_large = announced > attempt.size_max;
      if (!attempt.too_large) attempt.reply.body.reserve(announced);
      return !attempt.too_large;
    };
    request.content_receiver = [&attempt](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      Bytes& received = attempt.reply.body;
      attempt.too_large = size > attempt.size_max - received.size();
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);  // of one type they are copied as one
      if (!attempt.too_large) received.insert(received.end(), bytes, bytes + size);
      return !attempt.too_large;
    };
    httplib::Response response;
    if (!client_->send(request, response, attempt.error) && attempt.error == httplib::Error::Success) {
      attempt.error = httplib::Error::Unknown;
    }
    attempt.reply.status = response.status;
    attempt.reply.content_type = response.get_header_value("Content-Type");
    // What is left of a refused reply would be read as the next one.
    if (attempt.error != httplib::Error::Success) client_->stop();
    return attempt;
  }

  std::string url_;
  std::string peer_;
  HttpClientLimits limits_;
  std::optional<Endpoint> endpoint_;
  std::mutex mutex_;
  std::optional<httplib::ClientImpl> client_;
  std::atomic<std::uint64_t> bytes_sent_ = 0;
  std::atomic<std::uint64_t> bytes_received_ = 0;
};

HttpClient::HttpClient(std::string url, std::string peer, HttpClientLimits limits)
    : connection_(std::make_unique<Connection>(std::move(url), std::move(peer), limits)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpReply> HttpClient::request(std::string_view method, const std::string& path, ByteView body,
                                      std::string_view content_type, std::size_t size_max) {
  return connection_->exchange(method, path, body, content_type, size_max);
}

namespace {

Result<Bytes> body_of(Result<HttpReply> reply, const std::string& url) {
  if (!reply) return fail(std::move(reply).error());
  if (reply->status < 200 || reply->status > 299) return fail(error_of_reply(reply->status, reply->body, url));
  return std::move(reply->body);
}

}  // namespace

Result<Bytes> HttpClient::get(const std::string& path, std::size_t size_max) {
  return body_of(request("GET", path, {}, {}, size_max), url());
}

Result<Bytes> HttpClient::post(const std::string& path, ByteView body, std::string_view content_type,
                               std::size_t size_max) {
  return body_of(request("POST", path, body, content_type, size_max), url());
}

Result<Bytes> HttpClient::put(const std::string& path, ByteView body, std::string_view content_type,
                              std::size_t size_max) {
  return body_of(request("PUT", path, body, content_type, size_max), url());
}

std::string HttpClient::url() const {
  return connection_->url();
}
std::uint64_t HttpClient::bytes_sent() const {
  return connection_->bytes_sent();
}
std::uint64_t HttpClient::bytes_received() const {
  return connection_->bytes_received();
}

}  // namespace mc::node
