// SPDX-License-Identifier: Apache-2.0
#include "query/bind/condition.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mc::query {
namespace {

using Kind = Condition::Kind;

/// Columns 0, 1, 2 with three categories each, none missing.
std::vector<Domain> three_domains() {
  std::vector<Domain> result(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    result[i].column = i;
    result[i].kind = Domain::Kind::kCategories;
    result[i].value_cells = 3;
  }
  return result;
}

Condition condition_on_cells(std::uint32_t column, const std::vector<std::size_t>& cells) {
  CellSet set(3);
  for (const std::size_t c : cells) set.insert(c);
  return Condition::of_cells(three_domains()[column], set);
}

/// Truth of a condition for one person, by definition.
bool holds(const Condition& condition, const std::vector<std::size_t>& person) {
  switch (condition.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kCells:
      return condition.cells.has(person[condition.column]);
    case Kind::kAll:
      return std::all_of(condition.parts.begin(), condition.parts.end(),
                         [&](const Condition& p) { return holds(p, person); });
    case Kind::kAny:
      return std::any_of(condition.parts.begin(), condition.parts.end(),
                         [&](const Condition& p) { return holds(p, person); });
  }
  return false;
}

TEST(Condition, PartsOnOneColumnMeetAndUnite) {
  EXPECT_EQ(Condition::all({condition_on_cells(0, {0, 1}), condition_on_cells(0, {1, 2})}, three_domains()).cells,
            condition_on_cells(0, {1}).cells);
  EXPECT_EQ(Condition::any({condition_on_cells(0, {0}), condition_on_cells(0, {1})}, three_domains()).cells,
            condition_on_cells(0, {0, 1}).cells);
  EXPECT_EQ(Condition::all({condition_on_cells(0, {0}), condition_on_cells(0, {1})}, three_domains()).kind,
            Kind::kFalse);
  EXPECT_EQ(Condition::any({condition_on_cells(0, {0, 1}), condition_on_cells(0, {2})}, three_domains()).kind,
            Kind::kTrue);
}

TEST(Condition, KnowledgeAboutOneColumnSimplifiesAlternatives) {
  const Condition any = Condition::any({condition_on_cells(0, {0}), condition_on_cells(1, {0})}, three_domains());
  EXPECT_EQ(given(any, {{0, condition_on_cells(0, {0}).cells}}, three_domains()).kind, Kind::kTrue);
  EXPECT_EQ(given(any, {{0, condition_on_cells(0, {1}).cells}}, three_domains()).kind, Kind::kCells);
  const auto together = conjunction_of({condition_on_cells(0, {1}), any}, three_domains());
  ASSERT_TRUE(together);
  EXPECT_TRUE(together->alternatives.empty());
  EXPECT_EQ(together->cells.at(1), condition_on_cells(1, {0}).cells);
  EXPECT_FALSE(conjunction_of({condition_on_cells(0, {1}), condition_on_cells(1, {2}), any}, three_domains()));
}

Condition random_condition(std::uint64_t& seed, int depth) {
  const auto next = [&] { return seed = seed * 6364136223846793005u + 1442695040888963407u, seed >> 33; };
  if (depth == 0 || next() % 3 == 0) {
    std::vector<std::size_t> cells;
    for (std::size_t c = 0; c < 3; ++c) {
      if (next() % 2 == 0) cells.push_back(c);
    }
    return condition_on_cells(static_cast<std::uint32_t>(next() % 3), cells);
  }
  std::vector<Condition> parts;
  const std::size_t count = 2 + next() % 3;
  for (std::size_t i = 0; i < count; ++i) parts.push_back(random_condition(seed, depth - 1));
  return next() % 2 == 0 ? Condition::all(parts, three_domains()) : Condition::any(parts, three_domains());
}

TEST(Condition, SimplifyingNeverChangesWhoIsMeant) {
  for (std::uint64_t round = 1; round <= 500; ++round) {
    std::uint64_t seed = round;
    const Condition a = random_condition(seed, 3);
    const Condition b = random_condition(seed, 2);
    const auto both = conjunction_of({a, b}, three_domains());
    const CellMap necessary = necessary_cells(a);
    for (std::size_t i = 0; i < 27; ++i) {
      const std::vector<std::size_t> person{i % 3, i / 3 % 3, i / 9};
      bool simplified = both.has_value();
      if (both) {
        for (const auto& [column, cells] : both->cells) simplified = simplified && cells.has(person[column]);
        for (const Condition& alternative : both->alternatives) simplified = simplified && holds(alternative, person);
      }
      EXPECT_EQ(simplified, holds(a, person) && holds(b, person)) << "round " << round;
      if (!holds(a, person)) continue;
      for (const auto& [column, cells] : necessary) EXPECT_TRUE(cells.has(person[column])) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace mc::query
