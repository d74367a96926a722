// SPDX-License-Identifier: Apache-2.0
#include "node/rpc_http.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace mc::node {

namespace {

/// Where the path of an address begins; its length when it has none.
std::size_t path_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return std::min(url.size(), url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3));
}

/// JSON-RPC posts its questions.
HttpClientLimits of_questions(HttpClientLimits limits) {
  limits.work_timeout = limits.read_timeout;
  return limits;
}

}  // namespace

HttpRpc::HttpRpc(std::string url, HttpClientLimits limits)
    : client_(url.substr(0, path_of(url)), "the chain", of_questions(limits)), path_(url.substr(path_of(url))) {
  if (path_.empty()) path_ = "/";
}

Result<std::string> HttpRpc::post(std::string_view json) {
  MC_TRY(const Bytes reply, client_.post(path_, view_of(json), "application/json", kRpcReplyBytesMax));
  if (!is_utf8(reply))
    return fail(Code::kCorrupt, "the chain at " + client_.url() + " answers with something that is not UTF-8 text");
  return std::string(text_of(reply));
}

}  // namespace mc::node
