// SPDX-License-Identifier: Apache-2.0
#include "query/train/training_blocks.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mc::query {
namespace {

TEST(SumLayout, EveryEntryOfAHessianHasAPlaceAndGroupsMeetTheirColumns) {
  for (const bool paired : {false, true}) {
    for (const bool ones : {false, true}) {
      for (std::uint32_t size = 1; size <= 12; ++size) {
        const SumLayout layout(size, paired, ones);
        std::set<std::pair<std::uint32_t, std::uint32_t>> columns;
        for (std::uint32_t i = 0; i < size; ++i) {
          const SumLayout::Place place = layout.gradient(i);
          EXPECT_EQ(layout.first_of(place.sum) + place.part, i);
          EXPECT_LT(place.sum, layout.groups());
          columns.insert({place.sum, place.part});
        }
        EXPECT_EQ(columns.size(), size) << "two columns in one place";
        std::set<std::pair<std::uint32_t, std::uint32_t>> entries;
        for (std::uint32_t high = 0; high < size; ++high) {
          for (std::uint32_t low = 0; low <= high; ++low) {
            const SumLayout::Place place = layout.hessian(low, high);
            const std::uint32_t group = layout.gradient(high).sum;
            EXPECT_EQ(place.sum, layout.met_from(group) + low);
            EXPECT_EQ(place.part, layout.gradient(high).part);
            EXPECT_LT(low, layout.met_by(group));
            EXPECT_LT(place.sum, layout.hessian_sums());
            entries.insert({place.sum, place.part});
          }
        }
        EXPECT_EQ(entries.size(), size * (size + 1) / 2) << "two entries in one place";
      }
    }
  }
}

// Eleven coefficients: with the ones in a pair, the last column would meet all eleven, and their sums half full.
TEST(SumLayout, ColumnsOfOnesAreAloneWhereTheOthersArePairs) {
  EXPECT_EQ(SumLayout(11, true, true).hessian_sums(), 36u);
  EXPECT_EQ(SumLayout(11, true, false).hessian_sums(), 41u);
  EXPECT_EQ(SumLayout(11, true, true).met_by(0), 1u);
  EXPECT_EQ(SumLayout(10, true, true).hessian_sums(), 30u);
  EXPECT_EQ(SumLayout(10, true, true).met_by(0), 2u);
  EXPECT_EQ(SumLayout(11, false, true).hessian_sums(), 66u);
}

}  // namespace
}  // namespace mc::query
