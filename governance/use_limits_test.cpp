// SPDX-License-Identifier: Apache-2.0
#include "governance/use_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "governance/data_use.hpp"
#include "governance/duo.hpp"

namespace mc::governance {
namespace {

using ::testing::HasSubstr;

UseLimits everything() {
  UseLimits limits;
  limits.country = country_from_text("DE").value_or_stop();
  limits.study = sha256(view_of("study"));
  limits.user.bytes[0] = 1;
  limits.institution.bytes[0] = 2;
  limits.moratorium_s = 1'800'000'000;
  return limits;
}

// Each limit alone, and what else it could have been.
const std::vector<std::function<void(UseLimits&, bool)>> kEach = {
    [](UseLimits& l, bool other) { l.country = country_from_text(other ? "FR" : "DE").value_or_stop(); },
    [](UseLimits& l, bool other) { l.study = sha256(view_of(other ? "another" : "study")); },
    [](UseLimits& l, bool other) { l.user.bytes[0] = other ? 9 : 1; },
    [](UseLimits& l, bool other) { l.institution.bytes[0] = other ? 9 : 2; },
    [](UseLimits& l, bool other) { l.moratorium_s = other ? 1'799'999'999 : 1'800'000'000; },
};

TEST(UseLimits, EveryLimitIsMetByItsVeryFactAndByNoOtherAndNotByNone) {
  const UseLimits facts = everything();
  EXPECT_TRUE(limits_permit({}, facts));
  EXPECT_TRUE(limits_permit(facts, facts));
  for (std::size_t i = 0; i < kEach.size(); ++i) {
    UseLimits granted;
    kEach[i](granted, false);
    EXPECT_TRUE(limits_permit(granted, facts)) << i;
    EXPECT_FALSE(limits_permit(granted, {})) << i << ": a fact that nobody stated";
    UseLimits elsewhere = facts;
    kEach[i](elsewhere, true);
    EXPECT_FALSE(limits_permit(granted, elsewhere)) << i;
    EXPECT_FALSE(limits_permit(facts, elsewhere)) << i << ": one of five is not kept";
  }
  UseLimits later = everything();
  later.moratorium_s += 1;
  EXPECT_TRUE(limits_permit(everything(), later)) << "who publishes later than asked keeps to it";
}

TEST(UseLimits, APersonsLimitIsPartOfWhatSheGrants) {
  DataUse granted = kGeneralResearch;
  granted.limits = everything();
  DataUse asked = kHealthMedicalResearch;
  EXPECT_FALSE(data_use_permits(granted, asked).value_or_stop());
  asked.limits = everything();
  EXPECT_TRUE(data_use_permits(granted, asked).value_or_stop());
  EXPECT_EQ(unconditional(granted), DataUse(kGeneralResearch));
  granted.limits.country = 0x5555;  // "UU"
  EXPECT_EQ(check_data_use(granted).error().code, Code::kUnsupported);
}

TEST(UseLimits, AreReadAsTheyAreWritten) {
  UseLimits read;
  const std::string text = limits_text(everything());
  EXPECT_THAT(text, HasSubstr("GS=DE, PS="));
  EXPECT_THAT(text, HasSubstr("MOR=2027-01-15T08:00:00Z"));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(", ", at), text.size());
    ASSERT_TRUE(take_limit(text.substr(at, end - at), read)) << text.substr(at, end - at);
    at = end + 2;
  }
  EXPECT_EQ(read, everything());
  EXPECT_EQ(limits_text({}), "");
}

TEST(UseLimits, WhatIsNoValueIsRefusedAndNamed) {
  const auto refused = [](std::string_view text) {
    UseLimits limits;
    const Status taken = take_limit(text, limits);
    EXPECT_EQ(limits, UseLimits{}) << text;
    return taken ? std::string() : taken.error().message;
  };
  EXPECT_THAT(refused("GS=UK"), HasSubstr("ISO 3166-1"));
  EXPECT_THAT(refused("GS=D "), HasSubstr("ISO 3166-1"));
  EXPECT_THAT(refused("GS= D"), HasSubstr("ISO 3166-1"));
  EXPECT_THAT(refused("GS="), HasSubstr("ISO 3166-1"));
  EXPECT_THAT(refused("GS"), HasSubstr("ISO 3166-1"));
  EXPECT_THAT(refused("PS=12"), HasSubstr("PS"));
  EXPECT_THAT(refused("PS=" + std::string(64, '0')), HasSubstr("zero is no value"));
  EXPECT_THAT(refused("US=me"), HasSubstr("US"));
  EXPECT_THAT(refused("IS=0x" + std::string(40, '0')), HasSubstr("zero is no value"));
  EXPECT_THAT(refused("MOR=soon"), HasSubstr("a time is"));
  EXPECT_THAT(refused("TS=2027-03-01"), HasSubstr("the end of a grant"));
  EXPECT_THAT(refused("NPU=1"), HasSubstr("only GS, PS, US, IS and MOR"));
  UseLimits twice;
  ASSERT_TRUE(take_limit("GS=DE", twice));
  EXPECT_EQ(take_limit("GS=FR", twice).error().code, Code::kConflict);
}

TEST(UseLimits, EveryCountryOfTheTableIsWrittenAsItIsRead) {
  int known = 0;
  for (char first = 'A'; first <= 'Z'; ++first) {
    for (char second = 'A'; second <= 'Z'; ++second) {
      const std::string text{first, second};
      const auto country = country_from_text(text);
      if (!country) continue;
      ++known;
      EXPECT_EQ(country_text(*country), text);
    }
  }
  EXPECT_EQ(known, 249);
  EXPECT_FALSE(country_from_text("de"));
}

}  // namespace
}  // namespace mc::governance
