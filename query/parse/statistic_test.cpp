// SPDX-License-Identifier: Apache-2.0
#include "query/parse/statistic.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mc::query {
namespace {

TEST(Functions, EveryStatisticHasAShapeAndEveryNameIsListedOnce) {
  std::set<std::string_view> names;
  for (const FunctionShape& shape : functions()) {
    EXPECT_TRUE(names.insert(shape.name).second) << shape.name;
    EXPECT_EQ(shape_of(shape.statistic).name, shape.name);
    EXPECT_EQ(shape.option == OptionKind::kWord, !shape.other.empty()) << shape.name;
  }
  for (auto i = static_cast<int>(Statistic::kCountRows); i <= static_cast<int>(kLastStatistic); ++i) {
    EXPECT_TRUE(names.contains(aggregate_name(static_cast<Statistic>(i)))) << i;
  }
}

TEST(Functions, AKeyIsNoAggregate) {
  EXPECT_EQ(aggregate_name(Statistic::kKey), "");
  EXPECT_EQ(argument_count(Statistic::kKey), 1u);
  EXPECT_EQ(argument_count(Statistic::kCountRows), 0u);
  EXPECT_FALSE(reads_values(Statistic::kKey));
}

}  // namespace
}  // namespace mc::query
