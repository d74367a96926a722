// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/slot_bound.hpp"

#include <gtest/gtest.h>

#include <random>

#include "fhe/ckks/error_tail.hpp"

namespace mc::fhe {
namespace {

constexpr std::size_t kSlots = 1024;

std::vector<ErrorTerm> with_factors(ErrorKind kind, std::vector<double> slots, std::uint64_t source = 1) {
  return times({{.source = source, .kind = kind, .steady = 1}}, MessageRange::of_slots(std::move(slots)));
}

double tail_of(ErrorKind kind, double odds) {
  ErrorTail tail;
  if (kind == ErrorKind::kRounding) tail.add_gaussian(1);
  if (kind == ErrorKind::kSecret) tail.add_product(1, 1);
  if (kind == ErrorKind::kSecretSquare) tail.add_cube(1);
  return tail.bound(odds);
}

TEST(SlotBound, OfSlotsThatAreAlikeIsOneTailForAllOfThem) {
  for (const ErrorKind kind : {ErrorKind::kRounding, ErrorKind::kSecret, ErrorKind::kSecretSquare}) {
    const ErrorTerm steady{.source = 1, .kind = kind, .steady = 3};
    const double expected = 3 * tail_of(kind, 20 + 10);
    EXPECT_NEAR(bound_over_slots(std::span(&steady, 1), kSlots, 20) / expected, 1, 1e-9);
    const auto known = with_factors(kind, std::vector<double>(kSlots, -3));
    EXPECT_NEAR(bound_over_slots(known, kSlots, 20) / expected, 1, 1e-9);
  }
}

TEST(SlotBound, CountsFewLargeSlotsAsFew) {
  for (const ErrorKind kind : {ErrorKind::kRounding, ErrorKind::kSecret, ErrorKind::kSecretSquare}) {
    std::vector<double> slots(kSlots, 1e-3);
    slots[17] = 1;
    EXPECT_NEAR(bound_over_slots(with_factors(kind, slots), kSlots, 20) / tail_of(kind, 21), 1, 1e-9);
  }
}

TEST(SlotBound, AddsErrorsOfOneSlotOnly) {
  std::vector<double> left(kSlots), right(kSlots);
  for (std::size_t j = 0; j < kSlots; ++j) (j % 2 == 0 ? left : right)[j] = 1;
  auto terms = with_factors(ErrorKind::kSecret, left, 1);
  add_terms(terms, with_factors(ErrorKind::kSecret, right, 2));
  EXPECT_NEAR(bound_over_slots(terms, kSlots, 20) / tail_of(ErrorKind::kSecret, 30), 1, 1e-9);
  add_terms(terms, with_factors(ErrorKind::kSecret, left, 3));
  EXPECT_NEAR(bound_over_slots(terms, kSlots, 20) / std::sqrt(2) / tail_of(ErrorKind::kSecret, 29 + 1), 1, 1e-9);
}

TEST(SlotBound, TakesAPartWhoseRangeIsKnownForItsLargestEverywhere) {
  auto terms = with_factors(ErrorKind::kSecret, std::vector<double>(kSlots, 1), 1);
  add_terms(terms, times({{.source = 2, .kind = ErrorKind::kSecret, .steady = 1}}, MessageRange{2, 1}));
  const double expected = std::sqrt(5) * tail_of(ErrorKind::kSecret, 30);
  EXPECT_NEAR(bound_over_slots(terms, kSlots, 20) / expected, 1, 1e-9);
}

TEST(SlotBound, OfNothingIsNothing) {
  EXPECT_EQ(bound_over_slots({}, kSlots, 20), 0);
  EXPECT_EQ(bound_over_slots(with_factors(ErrorKind::kSecret, std::vector<double>(kSlots)), kSlots, 20), 0);
}

// Drawn at random, with deviations of all sizes, and two parts that are large in different slots: the largest of all
// slots is beyond the bound no more often than stated.
TEST(SlotBound, IsExceededNoMoreOftenThanStatedByTheLargestOfUnevenSlots) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential;
  constexpr std::size_t kFew = 16;
  constexpr double kOdds = 10;
  for (const double falling : {1.0, 0.9, 0.6}) {
    std::vector<double> product(kFew), cube(kFew);
    for (std::size_t j = 0; j < kFew; ++j) {
      product[j] = std::pow(falling, static_cast<double>(j));
      cube[j] = std::pow(falling, static_cast<double>(kFew - 1 - j));
    }
    auto terms = with_factors(ErrorKind::kSecret, product, 1);
    add_terms(terms, with_factors(ErrorKind::kSecretSquare, cube, 2));
    const double bound = bound_over_slots(terms, kFew, kOdds);
    constexpr int kTries = 1 << 18;  // 256 are expected at most
    int beyond = 0;
    for (int i = 0; i < kTries; ++i) {
      double largest = 0;
      for (std::size_t j = 0; j < kFew; ++j) {
        const double x = product[j] * std::sqrt(exponential(random)) * normal(random) +
                         cube[j] * exponential(random) * normal(random) / std::sqrt(2.0);
        largest = std::max(largest, std::fabs(x));
      }
      beyond += largest > bound;
    }
    EXPECT_LE(beyond, 256 + 4 * 16) << falling;
    EXPECT_GE(beyond, 2) << falling;
  }
}

}  // namespace
}  // namespace mc::fhe
