// SPDX-License-Identifier: Apache-2.0
#include "data/record/missing.hpp"

#include <gtest/gtest.h>

namespace mc::data {
namespace {

TEST(MissingValues, ACodeThatIsANumberIsThatNumberHoweverItIsWritten) {
  const std::vector<std::string> codes = {"", "NA", "-9"};
  const MissingValues missing(codes);
  for (const char* cell : {"", "NA", "-9", "-9.0", "-9.00", "-9e0"}) EXPECT_TRUE(missing.holds(cell)) << cell;
  for (const char* cell : {"9", "-99", "-9.5", "na", "-9 years", "0"}) EXPECT_FALSE(missing.holds(cell)) << cell;
}

TEST(MissingValues, TextsAreComparedLetterByLetter) {
  const std::vector<std::string> codes = {"unknown"};
  const MissingValues missing(codes);
  EXPECT_TRUE(missing.holds("unknown"));
  EXPECT_FALSE(missing.holds("Unknown"));
  EXPECT_FALSE(missing.holds(""));
}

}  // namespace
}  // namespace mc::data
