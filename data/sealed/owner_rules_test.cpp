// SPDX-License-Identifier: Apache-2.0
#include "data/sealed/owner_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::data {
namespace {

using ::testing::HasSubstr;

Result<OwnerRules> read_back(const OwnerRules& rules) {
  Writer writer;
  write_owner_rules(writer, rules);
  const Bytes bytes = std::move(writer).bytes();
  Reader reader(bytes, "rules");
  MC_TRY(const OwnerRules read, read_owner_rules(reader));
  MC_TRY_STATUS(reader.finish());
  return read;
}

TEST(OwnerRules, ReadBackAndSayWhatTheyAre) {
  const OwnerRules rules{20, 10, 80};
  EXPECT_EQ(read_back(rules).value_or_stop(), rules);
  EXPECT_EQ(owner_rules_text(rules), "cohort at least 20 persons, cells below 10 not shown, no owner above 80 %");
  EXPECT_EQ(owner_rules_text({0, 7, 0}), "cells below 7 not shown");
  EXPECT_EQ(owner_rules_text({}), "none");
}

TEST(OwnerRules, WhatIsOutsideTheLimitsIsNamedWithBothNumbers) {
  EXPECT_TRUE(check_owner_rules({kOwnerPersonsMax, kOwnerPersonsMax, 99}));
  const auto message = [](const OwnerRules& rules) { return check_owner_rules(rules).error().message; };
  EXPECT_THAT(message({1'000'001, 0, 0}),
              HasSubstr("minimum_cohort: 1000001, it must be a whole number from 0 to 1000000"));
  EXPECT_THAT(message({0, 4'000'000'000, 0}), HasSubstr("suppress_below: 4000000000"));
  EXPECT_THAT(message({0, 0, 100}), HasSubstr("largest_share: 100, it must be a whole number from 0 to 99"));
  EXPECT_EQ(read_back({0, 0, 100}).error().code, Code::kCorrupt);
  EXPECT_EQ(read_back({}).error().code, Code::kCorrupt) << "no rules have no encoding";
}

}  // namespace
}  // namespace mc::data
