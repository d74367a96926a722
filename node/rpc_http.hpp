// SPDX-License-Identifier: Apache-2.0
// JSON-RPC to a chain node over HTTP: what governance/ declares and does not know how to do. Thread-safe, one call at a
// time.
#pragma once

#include <string>
#include <string_view>

#include "governance/rpc.hpp"
#include "node/http_client.hpp"

namespace mc::node {

class HttpRpc final : public governance::RpcTransport {
 public:
  /// `url` is "http://host:port" of the chain node, with a path behind it where the node has one.
  explicit HttpRpc(std::string url, HttpClientLimits limits = {});

  /// Sends one JSON-RPC text and returns the reply's text, at most kRpcReplyBytesMax.
  ///   errors  kUnavailable "the chain at http://… does not answer: …"; kCorrupt if the reply is not UTF-8
  Result<std::string> post(std::string_view json) override;

 private:
  HttpClient client_;
  std::string path_;
};

}  // namespace mc::node
