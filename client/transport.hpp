// SPDX-License-Identifier: Apache-2.0
// How the client room reaches a server. It knows no network library: node/ hands it an implementation, the browser
// will hand it another. One object speaks to one server; not thread-safe, one per thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace mc::client {

/// The media type of what is not JSON.
inline constexpr std::string_view kBinary = "application/octet-stream";

class Transport {
 public:
  virtual ~Transport() = default;
  /// The body of a 2xx reply. Errors carry the peer's own code and sentence; kUnavailable when nobody answers,
  /// kLimit when the reply is larger than `size_max`.
  virtual Result<Bytes> get(const std::string& path, std::size_t size_max) = 0;
  virtual Result<Bytes> post(const std::string& path, ByteView body, std::string_view content_type,
                             std::size_t size_max) = 0;
  virtual Result<Bytes> put(const std::string& path, ByteView body, std::string_view content_type,
                            std::size_t size_max) = 0;
  /// The server's address, for messages.
  [[nodiscard]] virtual std::string url() const = 0;
};

/// Makes a connection to `url`; `peer` names the other side in messages ("custodian 2").
using TransportFactory = std::function<std::unique_ptr<Transport>(const std::string& url, const std::string& peer)>;

}  // namespace mc::client
