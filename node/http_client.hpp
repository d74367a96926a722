// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 client for one server, over a kept-alive connection. Thread-safe, but one request at a time: threads that
// want to talk at once each make their own. Plain HTTP: TLS between nodes comes with the identity of nodes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "client/transport.hpp"
#include "node/limits.hpp"

namespace mc::node {

/// A reply of any status, taken whole.
struct HttpReply {
  int status = 0;
  std::string content_type;
  Bytes body;
};

class HttpClient final : public client::Transport {
 public:
  /// `url` is "http://host:port"; `peer` names the other side in errors ("custodian 2"). A malformed url is reported by
  /// the first request, as kInvalidArgument.
  explicit HttpClient(std::string url, std::string peer = "the server", HttpClientLimits limits = {});
  ~HttpClient() override;
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// The body of a 2xx reply. `path` starts with "/" and is percent-encoded already.
  ///   errors  the peer's own code and sentence (status 400 or above); kUnavailable "custodian 2 at http://… does not
  ///           answer: connection refused"; kLimit when the reply is larger than `size_max` (the rest is not read)
  Result<Bytes> get(const std::string& path, std::size_t size_max) override;
  Result<Bytes> post(const std::string& path, ByteView body, std::string_view content_type,
                     std::size_t size_max) override;
  Result<Bytes> put(const std::string& path, ByteView body, std::string_view content_type,
                    std::size_t size_max) override;

  /// Any method, any status: for whoever needs the status itself. GET is repeated once if a kept-alive connection turns
  /// out to be closed; nothing else is ever repeated.
  Result<HttpReply> request(std::string_view method, const std::string& path, ByteView body,
                            std::string_view content_type, std::size_t size_max);

  [[nodiscard]] std::string url() const override;
  /// Bodies that moved since construction.
  [[nodiscard]] std::uint64_t bytes_sent() const;
  [[nodiscard]] std::uint64_t bytes_received() const;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace mc::node
