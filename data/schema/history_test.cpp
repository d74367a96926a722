// SPDX-License-Identifier: Apache-2.0
#include "data/schema/history.hpp"

#include <gtest/gtest.h>

namespace mc::data {
namespace {

std::string spelled(std::string_view text) {
  const auto history = history_from_text(text);
  return history ? history_text(*history) : history.error().message;
}

TEST(History, HasOneSpellingThatReadsBackToItself) {
  const std::pair<const char*, const char*> cases[] = {
      {"latest(hba1c)", "latest(hba1c)"},
      {" Latest ( hba1c , 365.0 ) ", "latest(hba1c, 365)"},
      {"N_EVENTS(admission,0,365)", "n_events(admission, 0, 365)"},
      {"had(mi,-365,-0)", "had(mi, -365, 0)"},
      {"first(_x9)", "first(_x9)"},
      {"highest(a)", "highest(a)"},
      {"lowest(a)", "lowest(a)"},
      {"first_time(a, 1e2)", "first_time(a, 100)"},
      {"time_to(a)", "time_to(a)"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(spelled(text), expected) << text;
    EXPECT_TRUE(is_history_text(expected)) << expected;
    EXPECT_EQ(is_history_text(text), std::string_view(text) == expected) << text;
  }
}

TEST(History, WhatIsNoneIsRefusedWithHowToWriteIt) {
  for (const char* text : {"", "latest", "latest()", "latest(", "latest(a", "latest(a,)", "latest(a, b)", "last(a)",
                           "latest(a, 1, 2, 3)", "latest(9a)", "latest(a b)", "latest(a) x", "latest((a))"}) {
    EXPECT_NE(spelled(text).find("write latest(SERIES)"), std::string::npos) << text;
    EXPECT_FALSE(is_history_text(text)) << text;
  }
  EXPECT_EQ(spelled("had(mi, 365, 0)"), "the window of had(mi, 365, 0) ends at 0, not after 365, where it begins");
  EXPECT_FALSE(is_series_name(std::string(65, 'a')));
  EXPECT_TRUE(is_series_name(std::string(64, 'a')));
}

TEST(History, AWindowBeginsAfterItsFirstTimeAndHoldsItsLast) {
  const History year = history_from_text("had(mi, 0, 365)").value_or_stop();
  EXPECT_FALSE(year.holds(0));
  EXPECT_TRUE(year.holds(0.5));
  EXPECT_TRUE(year.holds(365));
  EXPECT_FALSE(year.holds(366));
  const History before = history_from_text("had(mi, 0)").value_or_stop();
  EXPECT_TRUE(before.holds(-4000));
  EXPECT_TRUE(before.holds(0));
  EXPECT_FALSE(before.holds(1));
  EXPECT_TRUE(history_from_text("had(mi)").value_or_stop().holds(1e9));
}

}  // namespace
}  // namespace mc::data
