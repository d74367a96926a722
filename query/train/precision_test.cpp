// SPDX-License-Identifier: Apache-2.0
#include "query/train/precision.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

Precision named_precision(std::string_view name) {
  return precision_of(*fhe::Params::named(name, true).value_or_stop()).value_or_stop();
}

TEST(Precision, StandardUsesItsWholeChainBetweenTwoRefreshes) {
  const Precision precision = named_precision("standard");
  EXPECT_EQ(precision.top(), fhe::Params::named("standard").value_or_stop()->top_level());
  EXPECT_EQ(precision.loaded().value + precision.load_primes, precision.top().value);
  EXPECT_EQ(precision, named_precision("test_insecure"));
}

TEST(Precision, TrainHasRoomForLoadingAndForWiderMasks) {
  const auto params = fhe::Params::named("train").value_or_stop();
  const Precision precision = named_precision("train");
  EXPECT_LE(precision.loaded().value + precision.load_primes, params->top_level().value);
  EXPECT_LE(precision.top(), params->top_level());
  EXPECT_EQ(precision, named_precision("test_train_insecure"));
}

TEST(Precision, OtherParametersAreNamed) {
  const fhe::ParamsSpec spec{
      .name = "other", .log_n = fhe::LogN(10), .q_bits = {50, 46}, .p_bits = {50}, .insecure_for_tests = true};
  const auto precision = precision_of(*fhe::Params::create(spec).value_or_stop());
  ASSERT_FALSE(precision);
  EXPECT_EQ(precision.error().code, Code::kUnsupported);
  EXPECT_NE(precision.error().message.find("not in other"), std::string::npos);
}

}  // namespace
}  // namespace mc::query
