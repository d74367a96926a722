// SPDX-License-Identifier: Apache-2.0
#include "node/rpc_http.hpp"

#include <utility>

#include "base/codec.hpp"

namespace mc::node {

namespace {

/// JSON-RPC posts its questions.
HttpClientLimits of_questions(HttpClientLimits limits) {
  limits.work_timeout = limits.read_timeout;
  return limits;
}

}  // namespace

HttpRpc::HttpRpc(std::string url, HttpClientLimits limits)
    : client_(std::move(url), "the chain", of_questions(limits)) {}

Result<std::string> HttpRpc::post(std::string_view json) {
  MC_TRY(const Bytes reply, client_.post("/", view_of(json), "application/json", kRpcReplyBytesMax));
  if (!is_utf8(reply))
    return fail(Code::kCorrupt, "the chain at " + client_.url() + " answers with something that is not UTF-8 text");
  return std::string(text_of(reply));
}

}  // namespace mc::node
