// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/minimax_choice.hpp"

#include <gtest/gtest.h>

namespace mc::fhe {
namespace {

std::string refusal_of_choice(MinimaxFunction function, double low, double high, double error) {
  const auto table = choose_table(function, "it", low, high, error);
  return table.has_value() ? "accepted" : table.error().message;
}

TEST(MinimaxChoice, TakesTheNarrowestIntervalThenTheLowestDegree) {
  const auto choose = [](double bound, double error) {
    return choose_table(MinimaxFunction::kSigmoid, "it", -bound, bound, error).value_or_stop();
  };
  EXPECT_EQ(choose(4, 1e-3).degree, 11u);
  EXPECT_EQ(choose(4, 1e-3).high, 4);
  EXPECT_EQ(choose(4.1, 1e-3).high, 8);
  EXPECT_EQ(choose(4.1, 1e-3).degree, 15u);
  EXPECT_EQ(choose(16, 1e-3).degree, 31u);
  const MinimaxTable inverse = choose_table(MinimaxFunction::kInverse, "it", 0.1, 1, 1e-6).value_or_stop();
  EXPECT_EQ(inverse.low, 1.0 / 17);
  EXPECT_EQ(inverse.degree, 31u);
}

TEST(MinimaxChoice, NamesWhatThereIs) {
  EXPECT_EQ(refusal_of_choice(MinimaxFunction::kSigmoid, -20, 20, 0.1),
            "it on [-20, 20] is not there; the widest interval is [-16, 16]");
  EXPECT_EQ(refusal_of_choice(MinimaxFunction::kSigmoid, -3, 4, 1e-12),
            "it on [-3, 4] to 1.0e-12 is not there; degree 7 has 1.3e-03, degree 11 has 7.1e-05, degree 15 has "
            "3.9e-06, degree 23 has 1.2e-08, degree 31 has 3.8e-11");
  EXPECT_EQ(refusal_of_choice(MinimaxFunction::kInverse, 0.001, 1, 0.1),
            "it on [0.001, 1] is not there; the widest interval is [0.003891, 1]");
}

}  // namespace
}  // namespace mc::fhe
