// SPDX-License-Identifier: Apache-2.0
#include "data/schema/missing_codes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::data {
namespace {

using ::testing::HasSubstr;

TEST(MissingCodes, AreOfOneColumnOrOfAll) {
  EXPECT_EQ(missing_code_from_text("-9").value_or_stop().column, std::nullopt);
  const MissingCode code = missing_code_from_text("a:b: -9 ").value_or_stop();
  EXPECT_EQ(code.column, "a:b");
  EXPECT_EQ(code.code, "-9");
  for (const char* text : {"", " ", "age:", ":-9"}) {
    const auto refused = missing_code_from_text(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().message, HasSubstr("--missing age:-9"));
  }
}

}  // namespace
}  // namespace mc::data
