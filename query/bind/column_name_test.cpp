// SPDX-License-Identifier: Apache-2.0
#include "query/bind/column_name.hpp"

#include <gtest/gtest.h>

#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

TEST(ColumnName, IsFoundExactlyOrAnsweredWithTheNearest) {
  const data::Schema schema = testing::clinic_schema();
  EXPECT_EQ(sealed_column({"bmi", {}}, schema).value_or_stop(), 1u);
  EXPECT_EQ(sealed_column({"BMI", {2, 3}}, schema).error().message, "2:3: unknown column BMI (did you mean bmi?)");
  EXPECT_EQ(sealed_column({"note", {}}, schema).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::query
