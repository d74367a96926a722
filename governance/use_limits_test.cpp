// SPDX-License-Identifier: Apache-2.0
#include "governance/use_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "governance/data_use.hpp"
#include "governance/duo.hpp"

namespace mc::governance {
namespace {

using ::testing::HasSubstr;

std::uint16_t country(std::string_view text) {
  return country_from_text(text).value_or_stop();
}

Address account(std::uint8_t first) {
  Address address;
  address.bytes[0] = first;
  return address;
}

UseLimits everything() {
  return {{country("DE")}, {sha256(view_of("study"))}, {account(1)}, {account(2)}, 1'800'000'000};
}

// Each limit alone, and what else it could have been.
const std::vector<std::function<void(UseLimits&, bool)>> kEach = {
    [](UseLimits& l, bool other) { l.countries = {country(other ? "FR" : "DE")}; },
    [](UseLimits& l, bool other) { l.studies = {sha256(view_of(other ? "another" : "study"))}; },
    [](UseLimits& l, bool other) { l.users = {account(other ? 9 : 1)}; },
    [](UseLimits& l, bool other) { l.institutions = {account(other ? 9 : 2)}; },
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

// A grant for two countries is one for each of them and for both; a study in two needs both.
TEST(UseLimits, AStudyKeepsWithinWhenEveryPlaceOfItsIsAmongThoseGranted) {
  const UseLimits both{{country("DE"), country("FR")}, {}, {}, {account(2), account(3)}, 0};
  const auto at = [](std::vector<std::uint16_t> countries, std::vector<Address> institutions) {
    return UseLimits{std::move(countries), {}, {}, std::move(institutions), 0};
  };
  EXPECT_TRUE(limits_permit(both, at({country("DE")}, {account(2)})));
  EXPECT_TRUE(limits_permit(both, at({country("FR")}, {account(3)})));
  EXPECT_TRUE(limits_permit(both, both));
  EXPECT_FALSE(limits_permit(both, at({country("AT"), country("DE")}, {account(2)}))) << "one place is elsewhere";
  EXPECT_FALSE(limits_permit(both, at({country("DE")}, {account(2), account(9)})));
  EXPECT_FALSE(limits_permit(both, at({}, {account(2)}))) << "nothing was stated";
  EXPECT_FALSE(limits_permit(at({country("DE")}, {}), both)) << "a study in two countries, a grant for one";
  UseLimits readers{{}, {sha256(view_of("a")), sha256(view_of("b"))}, {account(1), account(4)}, {}, 0};
  std::ranges::sort(readers.studies);
  for (const std::string_view study : {"a", "b", "c"}) {
    const UseLimits facts{{}, {sha256(view_of(study))}, {account(4)}, {}, 0};
    EXPECT_EQ(limits_permit(readers, facts), study != "c") << study;
  }
}

TEST(UseLimits, APersonsLimitIsPartOfWhatSheGrants) {
  DataUse granted = kGeneralResearch;
  granted.limits = everything();
  DataUse asked = kHealthMedicalResearch;
  EXPECT_FALSE(data_use_permits(granted, asked).value_or_stop());
  asked.limits = everything();
  EXPECT_TRUE(data_use_permits(granted, asked).value_or_stop());
  EXPECT_EQ(unconditional(granted), DataUse(kGeneralResearch));
  granted.limits.countries = {0x5555};  // "UU"
  EXPECT_EQ(check_data_use(granted).error().code, Code::kUnsupported);
}

TEST(UseLimits, ListsHaveOneForm) {
  const auto code = [](const UseLimits& limits) {
    const Status checked = check_limits(limits);
    return checked ? std::optional<Code>() : checked.error().code;
  };
  EXPECT_EQ(code(everything()), std::nullopt);
  EXPECT_EQ(code({{country("FR"), country("DE")}, {}, {}, {}, 0}), Code::kInvalidArgument);
  EXPECT_EQ(code({{country("DE"), country("DE")}, {}, {}, {}, 0}), Code::kInvalidArgument);
  EXPECT_EQ(code({{}, {Hash256{}}, {}, {}, 0}), Code::kInvalidArgument);
  EXPECT_EQ(code({{}, {}, {account(2), account(1)}, {}, 0}), Code::kInvalidArgument);
  EXPECT_EQ(code({{}, {}, {}, {Address{}}, 0}), Code::kInvalidArgument);
  UseLimits many;
  for (std::size_t i = 1; i <= kLimitValuesMax; ++i) many.institutions.push_back(account(static_cast<std::uint8_t>(i)));
  EXPECT_EQ(code(many), std::nullopt);
  EXPECT_EQ(take_limit("IS=0x" + std::string(40, '9'), many).error().code, Code::kLimit);
  Writer writer;
  write_limits(writer, many);
  many.institutions.push_back(account(0xee));
  EXPECT_EQ(code(many), Code::kLimit);
  Bytes bytes = writer.bytes();
  UseLimits read;
  Reader reader(bytes, "limits");
  ASSERT_TRUE(read_limits(reader, read));
  EXPECT_EQ(read.institutions.size(), kLimitValuesMax);
  bytes[3] = 65;
  Reader longer(bytes, "limits");
  EXPECT_THAT(read_limits(longer, read).error().message, HasSubstr("names 65 values"));
}

TEST(UseLimits, AreReadAsTheyAreWritten) {
  UseLimits read;
  UseLimits written = everything();
  written.countries.push_back(country("FR"));
  const std::string text = limits_text(written);
  EXPECT_EQ(countries_text(written.countries), "DE,FR");
  EXPECT_THAT(text, HasSubstr("GS=DE, GS=FR, PS="));
  EXPECT_THAT(text, HasSubstr("MOR=2027-01-15T08:00:00Z"));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(", ", at), text.size());
    ASSERT_TRUE(take_limit(text.substr(at, end - at), read)) << text.substr(at, end - at);
    at = end + 2;
  }
  EXPECT_EQ(read, written);
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
  EXPECT_EQ(take_limit("GS=DE", twice).error().code, Code::kConflict);
  ASSERT_TRUE(take_limit("GS=AT", twice)) << "another country is one more";
  EXPECT_EQ(limits_text(twice), "GS=AT, GS=DE");
  ASSERT_TRUE(take_limit("MOR=2030-01-01", twice));
  EXPECT_EQ(take_limit("MOR=2031-01-01", twice).error().code, Code::kConflict) << "nothing ends twice";
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
