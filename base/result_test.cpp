// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace mc {
namespace {

constexpr Code kEveryCode[] = {
    Code::kInvalidArgument, Code::kParse,   Code::kNotFound,    Code::kConflict, Code::kRefused,
    Code::kLimit,           Code::kCorrupt, Code::kUnavailable, Code::kIo,       Code::kUnsupported};

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Code::kInvalidArgument, std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> quarter(int number) {
  MC_TRY(const int once, half(number));
  MC_TRY(const int twice, half(once));
  return twice;
}

Status both_even(int a, int b, int& reached) {
  MC_TRY_STATUS(half(a));
  ++reached;
  MC_TRY_STATUS(half(b));
  ++reached;
  return {};
}

Result<std::unique_ptr<int>> box(int number) {
  return std::make_unique<int>(number);
}

Result<int> unbox() {
  MC_TRY(const std::unique_ptr<int> content, box(7));
  return *content;
}

TEST(Code, EveryCodeHasItsOwnWordAndComesBackFromIt) {
  std::set<std::string_view> names;
  for (const Code code : kEveryCode) {
    names.insert(code_name(code));
    EXPECT_EQ(code_from_name(code_name(code)), code) << code_name(code);
  }
  EXPECT_EQ(names.size(), std::size(kEveryCode));
}

TEST(Code, AnUnknownWordFromAPeerIsCorruptAndNeverHarmless) {
  for (const char* word : {"", "ok", "Parse", "parse ", "invalid-argument"})
    EXPECT_EQ(code_from_name(word), Code::kCorrupt) << word;
}

TEST(Error, WithinPutsThePlaceInFrontAndKeepsTheCode) {
  const Error error = Error{Code::kLimit, "too large"}.within("a.csv");
  EXPECT_EQ(error.code, Code::kLimit);
  EXPECT_EQ(error.message, "a.csv: too large");
}

TEST(Try, BindsTheValueOrReturnsTheFirstError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
  EXPECT_EQ(quarter(5).error().message, "5 is odd");
}

TEST(Try, StatusStopsAtTheFirstError) {
  int reached = 0;
  EXPECT_TRUE(both_even(2, 4, reached));
  EXPECT_EQ(reached, 2);
  reached = 0;
  EXPECT_FALSE(both_even(2, 3, reached));
  EXPECT_EQ(reached, 1);
}

TEST(Try, MovesWhatCannotBeCopied) {
  EXPECT_EQ(unbox().value(), 7);
}

TEST(Result, ValueOrStopGivesTheValue) {
  EXPECT_EQ(half(8).value_or_stop(), 4);
}

TEST(ResultDeathTest, ValueOrStopOfAnErrorStopsTheProcess) {
  EXPECT_DEATH((void)half(7).value_or_stop(), "check failed");
}

}  // namespace
}  // namespace mc
