// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "query/release/finish.hpp"

namespace mc::query {
namespace {

TEST(RenderTable, AlignsColumnsAndShowsCertainDigits) {
  ResultTable table;
  table.columns = {"smoker", "count(*)", "avg(bmi)"};
  table.rows = {{std::string("nie"), std::int64_t{12}, 27.123456789},
                {std::string("früher"), std::int64_t{7}, Value{}}};
  table.digits = {15, 15, 6};
  table.n = 19;
  EXPECT_EQ(render_table(table),
            "smoker  count(*)  avg(bmi)\n"
            "------  --------  --------\n"
            "nie           12   27.1235\n"
            "früher         7      NULL\n"
            "n = 19\n");
}

TEST(RenderTable, AnEmptyTableStillSaysHowManyPersons) {
  ResultTable table;
  table.columns = {"count(*)"};
  table.digits = {15};
  EXPECT_EQ(render_table(table), "count(*)\n--------\nn = 0\n");
}

}  // namespace
}  // namespace mc::query
