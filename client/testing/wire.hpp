// SPDX-License-Identifier: Apache-2.0
// For tests: a node that answers what it is told to.
#pragma once

#include <deque>
#include <utility>

#include "client/transport.hpp"

namespace mc::client::testing {

/// Gives the replies in their order and counts the questions; the last reply once, or for ever.
class Wire final : public Transport {
 public:
  enum class Last { kOnce, kForEver };
  explicit Wire(Last last = Last::kOnce) : last_(last) {}

  Result<Bytes> get(const std::string&, std::size_t) override { return fail(Code::kUnavailable, "nobody gets"); }
  Result<Bytes> post(const std::string&, ByteView, std::string_view, std::size_t) override {
    ++questions;
    MC_CHECK(!replies.empty());
    auto reply = replies.front();
    if (last_ == Last::kOnce || replies.size() > 1) replies.pop_front();
    return reply;
  }
  Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override {
    return fail(Code::kUnavailable, "nobody puts");
  }
  [[nodiscard]] std::string url() const override { return "a wire"; }

  std::deque<Result<Bytes>> replies;
  int questions = 0;

 private:
  Last last_;
};

}  // namespace mc::client::testing
