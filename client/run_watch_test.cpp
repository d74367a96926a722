// SPDX-License-Identifier: Apache-2.0
#include "client/run_watch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace mc::client {
namespace {

using namespace std::chrono_literals;

/// A compute node that is one refresh further whenever it is asked; every third reply is none.
class Counting final : public Transport {
 public:
  explicit Counting(std::atomic<int>& asked) : asked_(asked) {}
  Result<Bytes> get(const std::string& path, std::size_t) override {
    EXPECT_EQ(path, run_progress_path(sha256(view_of("run"))));
    const int n = ++asked_;
    if (n % 3 == 1) return fail(Code::kNotFound, "no such run");
    const std::string text = n % 3 == 2 ? "{\"refreshes\":" + std::to_string(n) + "}" : "{\"refreshes\":\"many\"}";
    return Bytes(text.begin(), text.end());
  }
  Result<Bytes> post(const std::string&, ByteView, std::string_view, std::size_t) override {
    return fail(Code::kUnavailable, "not asked");
  }
  Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override {
    return fail(Code::kUnavailable, "not asked");
  }
  [[nodiscard]] std::string url() const override { return "http://compute"; }

 private:
  std::atomic<int>& asked_;
};

TEST(RunWatch, TellsEachTenthOnceAndWhatItCannotReadNever) {
  std::atomic<int> asked = 0;
  std::vector<std::string> lines;
  {
    const RunWatch watch(
        std::make_unique<Counting>(asked), sha256(view_of("run")), 100,
        [&](const std::string& line) { lines.push_back(line); }, 1ms);
    while (asked < 60) std::this_thread::sleep_for(1ms);
  }
  ASSERT_GE(lines.size(), 5u);
  EXPECT_LE(lines.size(), 9u);
  EXPECT_TRUE(lines[0].starts_with("refreshed 11 of about 100 times, after ")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("refreshed 20 of")) << lines[1];
}

TEST(RunWatch, AsksNobodyWhenNobodyListens) {
  std::atomic<int> asked = 0;
  {
    const RunWatch watch(std::make_unique<Counting>(asked), sha256(view_of("run")), 100, {}, 1ms);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(asked, 0);
}

TEST(RunWatch, EndsAtOnceHoweverLongItsPause) {
  std::atomic<int> asked = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    const RunWatch watch(
        std::make_unique<Counting>(asked), sha256(view_of("run")), 100, [](const auto&) {}, 1h);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

}  // namespace
}  // namespace mc::client
