// SPDX-License-Identifier: Apache-2.0
#include "base/strong.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace mc {
namespace {

using Metres = Strong<struct MetresTag, std::uint32_t>;
using Seconds = Strong<struct SecondsTag, std::uint32_t>;

template <class A, class B>
concept Comparable = requires(A a, B b) {
  a == b;
};

TEST(Strong, NumbersOfDifferentKindsNeitherMixNorCompare) {
  static_assert(!std::is_convertible_v<Metres, Seconds> && !std::is_constructible_v<Metres, Seconds>);
  static_assert(!std::is_convertible_v<std::uint32_t, Metres> && !std::is_convertible_v<Metres, std::uint32_t>);
  static_assert(!Comparable<Metres, Seconds> && !Comparable<CustodianId, Epoch>);
  static_assert(Comparable<Metres, Metres>);
}

TEST(Strong, IsOrderedAndHashedByItsValue) {
  EXPECT_LT(Epoch(1), Epoch(2));
  EXPECT_EQ(Epoch(), Epoch(0));
  const std::unordered_set<CustodianId> some = {CustodianId(1), CustodianId(2), CustodianId(1)};
  EXPECT_EQ(some.size(), 2U);
}

TEST(Strong, CostsNoMoreThanItsNumber) {
  static_assert(sizeof(CustodianId) == 1 && sizeof(Epoch) == 4);
  static_assert(std::is_trivially_copyable_v<Epoch>);
}

}  // namespace
}  // namespace mc
