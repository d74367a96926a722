// SPDX-License-Identifier: Apache-2.0
#include "client/shallow_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mc::client {
namespace {

TEST(ShallowJson, ReadsWhatIsNoDeeperThanItsFormat) {
  EXPECT_EQ(shallow_json(R"({"a": [1, {"b": 2}]})", 8)["a"][1]["b"], 2);
  EXPECT_TRUE(shallow_json("{\"a\": ", 8).is_discarded());
  EXPECT_TRUE(shallow_json("", 8).is_discarded());
}

TEST(ShallowJson, GivesUpOnADeeperOneHoweverDeep) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(shallow_json(nested(4), 4).is_array());
  EXPECT_TRUE(shallow_json(nested(6), 4).is_discarded());
  EXPECT_TRUE(shallow_json(nested(1'000'000), 4).is_discarded());
}

}  // namespace
}  // namespace mc::client
