// SPDX-License-Identifier: Apache-2.0
#include "governance/duo.hpp"

#include <gtest/gtest.h>

namespace mc::governance {
namespace {

bool permits(std::uint32_t granted, std::uint32_t asked) {
  return duo_permits(granted, asked).value_or_stop();
}

TEST(Duo, GeneralResearchIncludesEveryKindOfResearch) {
  for (const std::uint32_t asked : {kGeneralResearch, kHealthMedicalResearch, kDiseaseSpecific, kPopulationAncestry}) {
    EXPECT_TRUE(permits(kGeneralResearch, asked)) << asked;
  }
  EXPECT_FALSE(permits(kGeneralResearch, kNoRestriction));
}

TEST(Duo, NarrowPermissionsDoNotWiden) {
  EXPECT_TRUE(permits(kHealthMedicalResearch, kDiseaseSpecific));
  EXPECT_FALSE(permits(kHealthMedicalResearch, kGeneralResearch));
  EXPECT_FALSE(permits(kHealthMedicalResearch, kPopulationAncestry));
  EXPECT_FALSE(permits(kDiseaseSpecific, kHealthMedicalResearch));
  EXPECT_FALSE(permits(kPopulationAncestry, kDiseaseSpecific));
}

TEST(Duo, PermissionIsAPartialOrder) {
  for (const auto& a : duo_purposes()) {
    EXPECT_TRUE(permits(a.code, a.code));
    for (const auto& b : duo_purposes()) {
      EXPECT_TRUE(a.code == b.code || !permits(a.code, b.code) || !permits(b.code, a.code));
      for (const auto& c : duo_purposes()) {
        EXPECT_TRUE(permits(a.code, c.code) || !permits(a.code, b.code) || !permits(b.code, c.code));
      }
    }
  }
}

TEST(Duo, UnknownCodesAreRefusedNotGuessed) {
  EXPECT_EQ(duo_permits(kGeneralResearch, 45).error().code, Code::kUnsupported);
  EXPECT_EQ(duo_permits(45, kHealthMedicalResearch).error().code, Code::kUnsupported);
  EXPECT_FALSE(duo_permits(0, 0));
}

TEST(Duo, EveryWayOfWritingACodeIsRead) {
  for (const std::string_view text : {"GRU", "42", "0000042", "DUO:0000042"}) {
    EXPECT_EQ(duo_purpose_from_text(text).value_or_stop().code, kGeneralResearch) << text;
  }
  for (const std::string_view text : {"", "gru ", "DUO:", "42x", "-42", "4294967338", "DUO:GRU"}) {
    EXPECT_FALSE(duo_purpose_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace mc::governance
