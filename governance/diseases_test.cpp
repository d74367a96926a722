// SPDX-License-Identifier: Apache-2.0
#include "governance/diseases.hpp"

#include <gtest/gtest.h>

namespace mc::governance {
namespace {

bool is(std::uint32_t narrow, std::uint32_t wide) {
  return disease_is(narrow, wide).value_or_stop();
}

TEST(Diseases, HeartFailureIsAHeartDisorderAndACardiovascularOneAndNotTheOtherWayRound) {
  EXPECT_TRUE(is(5252, 5267));
  EXPECT_TRUE(is(5252, 4995));
  EXPECT_FALSE(is(5267, 5252));
  EXPECT_FALSE(is(5252, 5015));
}

TEST(Diseases, AllPathsUpAreWalked) {
  EXPECT_TRUE(is(5068, 5267));  // a myocardial infarction is of the heart
  EXPECT_TRUE(is(5068, 5385));  // and of the vessels
}

TEST(Diseases, TheTableIsOrderedClosedAndWithoutCircle) {
  std::uint32_t before = 0;
  for (const Disease& known : diseases()) {
    EXPECT_LT(before, known.number);
    before = known.number;
    EXPECT_TRUE(is(known.number, known.number));
    EXPECT_TRUE(is(known.number, 1)) << known.name;
    for (const std::uint32_t above : known.kinds_of) {
      if (above == 0) continue;
      ASSERT_TRUE(disease(above)) << known.name;
      EXPECT_FALSE(is(above, known.number)) << known.name;
    }
  }
}

TEST(Diseases, AreReadByNumberAndName) {
  for (const char* text : {"MONDO:0005252", "5252", "0005252", "heart failure"}) {
    EXPECT_EQ(disease_from_text(text).value_or_stop().number, 5252u) << text;
  }
  EXPECT_EQ(disease_text(5252), "MONDO:0005252");
  for (const char* text : {"", "MONDO:", "heart", "MONDO:5252x", "-1", "99999999999"}) {
    EXPECT_FALSE(disease_from_text(text)) << text;
  }
}

TEST(Diseases, UnknownNumbersAreRefusedNotGuessed) {
  EXPECT_EQ(disease_is(5252, 424242).error().code, Code::kUnsupported);
  EXPECT_EQ(disease_is(424242, 5252).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mc::governance
