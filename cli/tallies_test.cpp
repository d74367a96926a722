// SPDX-License-Identifier: Apache-2.0
#include "cli/tallies.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mc::cli {
namespace {

TEST(TalliesOf, EveryChamberAreALineAndAnObject) {
  Tallies tallies{};
  tallies[0] = {3, 1, 9};
  tallies[2] = {0, 2, 2};
  EXPECT_EQ(tallies_text(tallies),
            "  patients     3 yes, 1 no, 9 members\n"
            "  providers    0 yes, 0 no, 0 members\n"
            "  researchers  0 yes, 2 no, 2 members\n");
  EXPECT_EQ(tallies_json(tallies).dump(),
            R"({"patients":{"yes":3,"no":1,"members":9},"providers":{"yes":0,"no":0,"members":0},)"
            R"("researchers":{"yes":0,"no":2,"members":2}})");
}

}  // namespace
}  // namespace mc::cli
