// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/error_term.hpp"

#include <gtest/gtest.h>

namespace mc::fhe {
namespace {

ErrorTerm steady_term(std::uint64_t source, double deviation) {
  return {.source = source, .steady = deviation};
}

TEST(MessageRange, OfKnownNumbersIsTheirsAfterSumsProductsAndTurns) {
  const MessageRange a = MessageRange::of_slots({1, -2, 0, 4}), b = MessageRange::of_slots({1, 2, 3, -4});
  EXPECT_EQ(a.max, 4);
  EXPECT_DOUBLE_EQ(a.rms, std::sqrt(21.0 / 4));
  EXPECT_EQ(*sum_of(a, b).slots, (std::vector<double>{2, 0, 3, 0}));
  EXPECT_EQ(sum_of(a, b).max, 3);
  EXPECT_EQ(*product_of(a, b).slots, (std::vector<double>{1, -4, 0, -16}));
  EXPECT_EQ(*scaled(a, -2).slots, (std::vector<double>{-2, 4, 0, -8}));
  EXPECT_EQ(*turned(a, 3).slots, (std::vector<double>{4, 1, -2, 0}));
  EXPECT_EQ(turned(a, 3).rms, a.rms);
}

TEST(MessageRange, OfUnknownNumbersKeepsToTheTriangleInequality) {
  const MessageRange a{3, 2}, b = MessageRange::of_slots({0, 1, 0, 1});
  EXPECT_EQ(sum_of(a, b).slots, nullptr);
  EXPECT_EQ(sum_of(a, b).max, 4);
  EXPECT_EQ(product_of(a, b).max, 3);
  EXPECT_EQ(product_of(a, b).rms, 2);
  EXPECT_EQ(scaled(a, -2).max, 6);
}

TEST(ErrorTerm, TimesKnownNumbersIsKnownInEverySlotOfItsSource) {
  ErrorTerm term = steady_term(1, 2);
  term.turn = 1;  // slot j has slot j + 1 of the source
  const auto once = times({term}, MessageRange::of_slots({1, -2, 3, -4}));
  ASSERT_TRUE(once[0].exact());
  EXPECT_EQ(*once[0].factors, (std::vector<double>{-8, 2, -4, 6}));
  EXPECT_EQ(once[0].deviation_max(), 8);
  const auto twice = times(once, MessageRange::of_slots({1, 0, 1, 0}));
  EXPECT_EQ(*twice[0].factors, (std::vector<double>{0, 2, 0, 6}));
  EXPECT_EQ(*times_constant(twice, -1)[0].factors, (std::vector<double>{0, -2, 0, -6}));
}

TEST(ErrorTerm, TimesNumbersOfWhichTheRangeIsKnownIsARange) {
  const auto terms = times({steady_term(1, 2)}, MessageRange{3, 1});
  EXPECT_FALSE(terms[0].exact());
  EXPECT_EQ(terms[0].deviation_max(), 6);
  EXPECT_EQ(terms[0].deviation_rms(), 2);
  EXPECT_FALSE(times(terms, MessageRange::of_slots({1, 1}))[0].exact());
}

TEST(ErrorTerm, OfOneSourceAddsUpSlotBySlotAndCancelsWhereItDoes) {
  const auto a = times({steady_term(1, 1)}, MessageRange::of_slots({1, 2, 3, 4}));
  auto sum = times({steady_term(1, 1)}, MessageRange::of_slots({-1, 2, -3, 4}));
  add_terms(sum, a);
  ASSERT_EQ(sum.size(), 1u);
  EXPECT_EQ(*sum[0].factors, (std::vector<double>{0, 4, 0, 8}));
  add_terms(sum, {steady_term(1, 5)});
  EXPECT_EQ(*sum[0].factors, (std::vector<double>{5, 9, 5, 13}));
  EXPECT_EQ(sum[0].steady, 0);
  add_terms(sum, {steady_term(2, 1)});
  ASSERT_EQ(sum.size(), 2u);
  EXPECT_DOUBLE_EQ(rms_of(sum), std::sqrt((25. + 81 + 25 + 169) / 4 + 1));
}

TEST(ErrorTerm, KnownPlusUnknownMayAddUpInTheSameDirection) {
  auto sum = times({steady_term(1, 1)}, MessageRange::of_slots({1, -2}));
  add_terms(sum, times({steady_term(1, 1)}, MessageRange{3, 1}));
  ASSERT_EQ(sum.size(), 1u);
  EXPECT_FALSE(sum[0].exact());
  EXPECT_EQ(sum[0].deviation_max(), 5);
}

}  // namespace
}  // namespace mc::fhe
