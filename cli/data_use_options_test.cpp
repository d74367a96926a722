// SPDX-License-Identifier: Apache-2.0
#include "cli/data_use_options.hpp"

#include <gtest/gtest.h>

namespace mc::cli {
namespace {

TEST(DataUseOptions, SayPurposeDiseaseAndModifiers) {
  EXPECT_EQ(data_use_of({}, 42).value_or_stop(), governance::DataUse(42));
  EXPECT_EQ(data_use_of({"HMB", "", {"NPU", "IRB"}}, 42).value_or_stop(), governance::DataUse(6, 0, 1u << 8 | 1u << 5));
  EXPECT_EQ(data_use_of({"", "heart failure", {}}, 42).value_or_stop(), governance::DataUse(7, 5252));
}

TEST(DataUseOptions, WhatCannotBeMeantIsRefused) {
  EXPECT_EQ(data_use_of({"1234", "", {}}, 42).error().code, Code::kUnsupported);
  EXPECT_EQ(data_use_of({"GRU", "MONDO:0005252", {}}, 42).error().code, Code::kInvalidArgument);
  EXPECT_EQ(data_use_of({"", "MONDO:0424242", {}}, 42).error().code, Code::kUnsupported);
  EXPECT_FALSE(data_use_of({"", "", {"TS"}}, 42));
}

}  // namespace
}  // namespace mc::cli
