// SPDX-License-Identifier: Apache-2.0
// Request targets and error replies are written by strangers.
#include <cstdlib>

#include "base/codec.hpp"
#include "node/http_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView bytes(data, size);
  mc::node::HttpRequest request;
  if (mc::node::parse_target(mc::text_of(bytes), request)) {
    for (const std::string& segment : request.segments) {
      // What was accepted is text, names something, and can be sent again.
      if (segment.empty() || segment == ".." || !mc::is_utf8(mc::view_of(segment))) std::abort();
      const auto again = mc::node::percent_decode(mc::node::percent_encode(segment), false);
      if (!again || *again != segment) std::abort();
    }
  }
  const mc::Error error = mc::node::error_of_reply(400, bytes, "http://peer");
  for (const char c : error.message) {
    if (static_cast<unsigned char>(c) < 0x20) std::abort();
  }
  return 0;
}
