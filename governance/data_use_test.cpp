// SPDX-License-Identifier: Apache-2.0
#include "governance/data_use.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/duo.hpp"

namespace mc::governance {
namespace {

bool use_permits(const DataUse& granted, const DataUse& asked) {
  return data_use_permits(granted, asked).value_or_stop();
}

std::uint32_t bits(std::initializer_list<const char*> names) {
  std::uint32_t out = 0;
  for (const char* name : names) out |= duo_modifier_from_text(name).value_or_stop().bit;
  return out;
}

TEST(DataUse, AConditionIsMetOnlyByAStudyThatUndertakesIt) {
  const DataUse granted{kGeneralResearch, 0, bits({"IRB", "NPU"})};
  EXPECT_FALSE(use_permits(granted, {kGeneralResearch, 0, 0}));
  EXPECT_FALSE(use_permits(granted, {kGeneralResearch, 0, bits({"IRB"})}));
  EXPECT_TRUE(use_permits(granted, {kGeneralResearch, 0, bits({"NPU", "IRB"})}));
  EXPECT_TRUE(use_permits({kGeneralResearch, 0, 0}, {kGeneralResearch, 0, bits({"PUB"})}));
}

TEST(DataUse, NotForProfitAndNonCommercialAreTheJointConditionAndItIsBoth) {
  EXPECT_TRUE(use_permits({kGeneralResearch, 0, bits({"NPUNCU"})}, {kGeneralResearch, 0, bits({"NPU", "NCU"})}));
  EXPECT_FALSE(use_permits({kGeneralResearch, 0, bits({"NPUNCU"})}, {kGeneralResearch, 0, bits({"NPU"})}));
  EXPECT_TRUE(use_permits({kGeneralResearch, 0, bits({"NCU"})}, {kGeneralResearch, 0, bits({"NPUNCU"})}));
}

TEST(DataUse, MatchingWalksUpTheDiseaseHierarchy) {
  const DataUse heart{kDiseaseSpecific, 5267, 0};
  EXPECT_TRUE(use_permits(heart, {kDiseaseSpecific, 5252, 0}));
  EXPECT_TRUE(use_permits(heart, heart));
  EXPECT_FALSE(use_permits({kDiseaseSpecific, 5252, 0}, heart));
  EXPECT_FALSE(use_permits(heart, {kDiseaseSpecific, 5015, 0}));
  EXPECT_FALSE(use_permits(heart, {kHealthMedicalResearch, 0, 0}));
  EXPECT_TRUE(use_permits({kHealthMedicalResearch, 0, 0}, heart));
}

TEST(DataUse, TheDataSetsOwnDiseaseIsNoNamedOne) {
  EXPECT_TRUE(use_permits({kDiseaseSpecific, 0, 0}, {kDiseaseSpecific, 0, 0}));
  EXPECT_FALSE(use_permits({kDiseaseSpecific, 0, 0}, {kDiseaseSpecific, 5252, 0}));
  EXPECT_FALSE(use_permits({kDiseaseSpecific, 1, 0}, {kDiseaseSpecific, 0, 0}));
}

TEST(DataUse, WhatCannotBeMeantIsRefused) {
  EXPECT_EQ(check_data_use({1234, 0, 0}).error().code, Code::kUnsupported);
  EXPECT_EQ(check_data_use({kDiseaseSpecific, 424242, 0}).error().code, Code::kUnsupported);
  EXPECT_EQ(check_data_use({kGeneralResearch, 5252, 0}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(check_data_use({kGeneralResearch, 0, 1u << 31}).error().code, Code::kUnsupported);
  EXPECT_EQ(data_use_permits({kGeneralResearch, 0, 0}, {1234, 0, 0}).error().code, Code::kUnsupported);
}

TEST(DataUse, ModifiersAreReadAsPurposesAreAndUnknownOnesAreNamed) {
  for (const char* text : {"NPU", "45", "0000045", "DUO:0000045"}) {
    EXPECT_EQ(duo_modifier_from_text(text).value_or_stop().code, 45u) << text;
  }
  for (const char* text : {"", "TS", "25", "GS", "npu", "DUO:"}) {
    EXPECT_THAT(duo_modifier_from_text(text).error().message, ::testing::HasSubstr("NPUNCU")) << text;
  }
}

TEST(DataUse, SaysItselfInWords) {
  EXPECT_EQ(data_use_text({kDiseaseSpecific, 5252, bits({"NPU", "IRB"})}), "DS MONDO:0005252 if IRB, NPU");
  EXPECT_EQ(data_use_text({kGeneralResearch, 0, 0}), "GRU");
}

}  // namespace
}  // namespace mc::governance
