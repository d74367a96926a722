// SPDX-License-Identifier: Apache-2.0
// Each rule with the attack that it stops, mounted without it.
#include "query/release/disclosure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/random.hpp"
#include "fhe/threshold/flooding.hpp"
#include "query/release/rules_in_force.hpp"
#include "query/testing/rules.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kFive;
using enum CellVerdict;

std::vector<NoisyCount> exact(std::initializer_list<double> values) {
  std::vector<NoisyCount> counts;
  for (const double value : values) counts.push_back({value, 0});
  return counts;
}

OwnerSlots hospital(std::string name, std::uint64_t begin, std::vector<std::uint8_t> consent) {
  const std::size_t rows = consent.size();
  return {std::move(name), {begin, rows}, std::move(consent)};
}

TEST(DisclosureRules, PresetsAreTheConventionsAndTheStrictestSiteWins) {
  const DisclosureRules safely = disclosure_preset("opensafely").value();
  const DisclosureRules llc = disclosure_preset("uk_llc").value();
  EXPECT_EQ(disclosure_preset("datashield").value().cell_min, 3U);
  EXPECT_EQ(disclosure_preset("ohdsi").value().cell_min, 5U);
  EXPECT_EQ(safely.cell_min, 8U) << "seven and fewer are hidden";
  EXPECT_FALSE(llc.empty_cells_shown);
  const DisclosureRules sites[] = {safely, llc, {.round_to = 2}};
  const DisclosureRules both = strictest(sites);
  EXPECT_EQ(both,
            (DisclosureRules{
                .cohort_min = 10, .cell_min = 10, .empty_cells_shown = false, .round_to = 10, .difference_min = 10}));
  EXPECT_THAT(disclosure_preset("lenient").error().message, HasSubstr("datashield, ohdsi, opensafely, uk_llc"));
}

// Attack: ask for the mean of a cohort that only the victim is in.
TEST(DisclosureRules, ACohortOfOnePersonIsRefused) {
  const CohortVerdict verdict = judge_cells({1, 0}, {}, kFive);
  EXPECT_TRUE(verdict.refused);
  EXPECT_THAT(verdict.sentence, HasSubstr("fewer than 5 persons"));
  EXPECT_FALSE(judge_cells({1, 0}, {}, DisclosureRules{}).refused) << "which answers without the rule";
  EXPECT_FALSE(judge_cells({5, 0}, {}, kFive).refused);
}

// Attack: repeat until the noise makes one person look like five.
TEST(DisclosureRules, NoiseThatMakesASmallCohortLookLargeDoesNotOpenIt) {
  constexpr std::uint32_t kLog2 = 3;  // sigma 8
  KeyStream stream(SecretKey256(Sha256("small cohorts").finish().bytes));
  int naive = 0, opened = 0;
  for (int i = 0; i < 20'000; ++i) {
    const NoisyCount one{1 + static_cast<double>(fhe::sample_flooding(kLog2, stream)), 8};
    if (one.value >= 5) ++naive;
    if (!judge_cells(one, {}, kFive).refused) ++opened;
  }
  EXPECT_GT(naive, 5'000) << "comparing the noisy count alone opens a third of them";
  EXPECT_EQ(opened, 0) << "expected are 20,000 / 2^20";
}

// Attack: a rare category in a table.
TEST(DisclosureRules, ASmallCellIsHiddenAndAnEmptyOneIsNobodysSecretUnlessASiteSaysSo) {
  const auto cells = exact({40, 2, 3, 0});
  EXPECT_THAT(judge_cells({45, 0}, cells, kFive).cells, ElementsAre(kShown, kTooSmall, kTooSmall, kShown));
  DisclosureRules strict = kFive;
  strict.empty_cells_shown = false;
  EXPECT_THAT(judge_cells({45, 0}, cells, strict).cells, ElementsAre(kShown, kTooSmall, kTooSmall, kTooSmall));
}

TEST(DisclosureRules, UnderNoiseAnEmptyCellCannotBeToldFromAPersonAndIsHidden) {
  const std::vector<NoisyCount> cells{{400, 8}, {0, 8}, {-3, 8}};
  EXPECT_THAT(judge_cells({400, 8}, cells, kFive).cells, ElementsAre(kShown, kTooSmall, kTooSmall));
}

// Attack: the cohort's count less all shown cells is the hidden one.
TEST(DisclosureRules, OneHiddenCellTakesTheSmallestOtherWithIt) {
  const auto cells = exact({40, 2, 17, 0, 30});
  const CohortVerdict verdict = judge_cells({89, 0}, cells, kFive);
  EXPECT_THAT(verdict.cells, ElementsAre(kShown, kTooSmall, kComplementary, kShown, kShown));
  double hidden = 89;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (verdict.cells[i] == kShown) hidden -= cells[i].value;
  }
  EXPECT_EQ(hidden, 19) << "without the second one the subtraction would leave 2, the victim's cell";
}

// Attack: a table before and after, each rounded or not, whose exact counts differ by the victim.
TEST(DisclosureRules, CountsAreShownRounded) {
  const DisclosureRules rules = disclosure_preset("opensafely").value();
  EXPECT_EQ(shown_count(41, rules), 40);
  EXPECT_EQ(shown_count(42.5, rules), 45);
  EXPECT_EQ(shown_count(42.4, rules), 40);
  EXPECT_EQ(shown_count(-3, rules), 0);
  EXPECT_EQ(shown_count(41.4, DisclosureRules{}), 41);
}

// Attack: the sum today less the sum yesterday, when one person has revoked between the two.
TEST(DisclosureRules, TwoSnapshotsThatDifferByOnePersonAreNotBothAnswered) {
  std::mt19937_64 random(1);
  std::vector<double> value;
  for (int i = 0; i < 30; ++i) value.push_back(static_cast<double>(random() % 1000));
  std::vector<OwnerSlots> before{hospital("north", 0, std::vector<std::uint8_t>(30, 1))};
  std::vector<OwnerSlots> after = before;
  after[0].consent[17] = 0;
  const auto sum = [&](const std::vector<OwnerSlots>& owners) {
    double total = 0;
    for (std::size_t i = 0; i < value.size(); ++i) total += owners[0].consent[i] == 1 ? value[i] : 0;
    return total;
  };
  EXPECT_EQ(sum(before) - sum(after), value[17]) << "the attack reads her value";
  const std::vector<std::vector<OwnerSlots>> asked{before};
  const Status refused = check_consent_difference(asked, after, {kFive});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("differs by 1 persons"));
  // The same snapshot may be asked again, and one that enough persons have left or joined.
  EXPECT_TRUE(check_consent_difference(asked, before, {kFive}));
  for (const std::size_t i : {1, 2, 3, 4}) after[0].consent[i] = 0;
  EXPECT_TRUE(check_consent_difference(asked, after, {kFive}));
}

TEST(DisclosureRules, ADifferenceIsCountedBothWaysAndOverAllOwners) {
  const std::vector<OwnerSlots> before{hospital("north", 0, {1, 1, 0, 1}), hospital("south", 8, {1, 1})};
  const std::vector<OwnerSlots> after{hospital("north", 0, {1, 0, 1, 1}), hospital("west", 16, {1, 0, 1})};
  EXPECT_EQ(consent_difference(before, after), 1U + 1U + 2U + 2U);
  EXPECT_EQ(consent_difference(after, before), 6U);
  EXPECT_EQ(consent_difference(before, before), 0U);
  // Two of four owners' persons swapped is no small change though the number of persons stays.
  const std::vector<OwnerSlots> moved{hospital("north", 0, {0, 1, 1, 1}), hospital("south", 8, {1, 1})};
  EXPECT_EQ(consent_difference(before, moved), 2U);
  const std::vector<std::vector<OwnerSlots>> asked{before};
  EXPECT_FALSE(check_consent_difference(asked, moved, {kFive}))
      << "equal counts, and yet the difference of two persons";
}

// Attack: between two snapshots far apart lies a third that is close to one of them.
TEST(DisclosureRules, EveryEarlierSnapshotCountsNotOnlyTheLast) {
  const std::vector<OwnerSlots> first{hospital("north", 0, std::vector<std::uint8_t>(40, 1))};
  std::vector<OwnerSlots> second = first, third = first;
  for (std::size_t i = 0; i < 20; ++i) second[0].consent[i] = 0;
  third[0].consent[39] = 0;
  const std::vector<std::vector<OwnerSlots>> asked{first, second};
  EXPECT_FALSE(check_consent_difference(asked, third, {kFive}));
}

}  // namespace
}  // namespace mc::query
