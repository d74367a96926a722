// SPDX-License-Identifier: Apache-2.0
#include "node/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/limits.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string logged(LogLevel level, std::string_view sentence) {
  ::testing::internal::CaptureStderr();
  log_event(level, sentence);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, ALineIsTimeLevelNameAndSentence) {
  set_log_name("custodian-1");
  EXPECT_THAT(logged(LogLevel::kWarning, "release refused"),
              MatchesRegex("....-..-..T..:..:..\\....Z warning custodian-1: release refused\n"));
  EXPECT_THAT(logged(LogLevel::kInfo, "x"), HasSubstr(" info "));
  EXPECT_THAT(logged(LogLevel::kError, "x"), HasSubstr(" error "));
}

// A peer's sentence must not be able to write lines of its own.
TEST(Log, ASentenceCannotBeginASecondLine) {
  const std::string line = logged(LogLevel::kInfo, "a\nb\r\x1b[2Jc\x7f");
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_THAT(line, HasSubstr("a\\x0ab\\x0d\\x1b[2Jc\\x7f"));
}

TEST(Log, ALongSentenceIsCut) {
  const std::string line = logged(LogLevel::kInfo, std::string(100'000, 'x'));
  EXPECT_LE(line.size(), kLogLineBytesMax);
  EXPECT_EQ(line.back(), '\n');
}

}  // namespace
}  // namespace mc::node
