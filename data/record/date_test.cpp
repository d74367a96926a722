// SPDX-License-Identifier: Apache-2.0
#include "data/record/date.hpp"

#include <gtest/gtest.h>

namespace mc::data {
namespace {

TEST(Date, DaysAreCountedFromTheYear1970) {
  EXPECT_EQ(days_of_date("1970-01-01"), 0);
  EXPECT_EQ(days_of_date("1969-12-31"), -1);
  EXPECT_EQ(days_of_date("2000-03-01"), 11017);
  EXPECT_EQ(days_of_date("2024-02-29"), 19782);
  EXPECT_EQ(days_of_date("1900-03-01").value_or(0) - days_of_date("1900-02-28").value_or(0), 1);  // no leap year
  EXPECT_EQ(days_of_date("2000-03-01").value_or(0) - days_of_date("2000-02-28").value_or(0), 2);  // a leap year
}

TEST(Date, ATimeOfDayIsReadOver) {
  EXPECT_EQ(days_of_date("2015-02-07T13:28:17.5-05:00"), days_of_date("2015-02-07"));
  EXPECT_EQ(days_of_date("2015-02-07T23:59:59Z"), days_of_date("2015-02-07"));
  EXPECT_EQ(days_of_date("2015-02-07 00:00:00"), days_of_date("2015-02-07"));
}

TEST(Date, WhatIsNoDayIsNothing) {
  for (const char* text : {"", "2015", "2015-02", "2015-02-30", "2023-02-29", "2015-13-01", "2015-00-10", "2015-01-00",
                           "07/02/2015", "2015-2-7", "20150207", "2015-02-07x", "2015-02-07T", "2015-02-07T noon",
                           " 2015-02-07", "-015-02-07", "2015-02-0 "}) {
    EXPECT_FALSE(days_of_date(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace mc::data
