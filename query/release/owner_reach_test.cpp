// SPDX-License-Identifier: Apache-2.0
// The bound itself; owner_noise_attack_test.cpp mounts what it is about.
#include "query/release/owner_reach.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/sealed/manifest.hpp"
#include "fhe/threshold/column_opening.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;

const fhe::Params& params() {
  static const fhe::ParamsPtr standard = fhe::Params::named("standard").value_or_stop();
  return *standard;
}

std::vector<double> reach(std::string_view sql, const NoiseSetting& setting = {3, 1, 1}) {
  return owner_reach_log2(clinic_plan(sql), params(), setting);
}

double most(const std::vector<double>& log2s) {
  return *std::max_element(log2s.begin(), log2s.end());
}

TEST(OwnerReach, OfAColumnIsItsErrorAndOfAProductBothErrorsTimesTheOthersValues) {
  const fhe::HiddenReach hidden = fhe::hidden_reach(params(), data::kManifestEntriesPerProof);
  const double column = most(reach("SELECT sum(age) FROM clinic"));
  // 436 slots of a mean over 8,192; s and the key's errors have slots of about 146.
  const double expected =
      hidden.error_slot * std::exp2(-92) * std::sqrt(hidden.slots / 2) / 8192 * std::sqrt((2.0 / 3 + 0.64) * 16384);
  EXPECT_NEAR(column, std::log2(expected), 0.01);
  const double product = most(reach("SELECT covar_pop(age, bmi) FROM clinic"));
  EXPECT_NEAR(product - column, 1 + std::log2(hidden.message_slot) - 92, 0.01);
}

TEST(OwnerReach, GrowsWithBlocksAndOwnersOfABlockAndFallsWithTheSlotsThatAreLeft) {
  constexpr std::string_view kSql = "SELECT sum(age) FROM clinic";
  const double one = most(reach(kSql));
  EXPECT_NEAR(most(reach(kSql, {3, 8, 1})), one + 3, 1e-9);
  EXPECT_NEAR(most(reach(kSql, {3, 1, 4})), one + 1, 1e-9) << "each has slots of her own";
  EXPECT_NEAR(most(reach(kSql, {3, 1, 1, 0.5})), one, 1e-9) << "she chooses the largest among those left";
  EXPECT_NEAR(most(reach(kSql, {3, 1, 1, 1.0 / 8192})), one - std::log2(436) / 2, 0.01);
}

// Where it multiplies a column it is no second factor: nothing of 2^19. What goes beside it as the imaginary part
// counts.
TEST(OwnerReach, ANumberOfTheResearchersCarriesNothing) {
  EXPECT_LT(most(reach("SELECT sum($w * age) FROM clinic")), most(reach("SELECT sum(age) FROM clinic")) + 1.001);
}

TEST(OwnerReach, HasNoBoundForMoreThanTwoSealedFactors) {
  bool some = false;
  for (const double log2 : reach("SELECT sum(age) FROM clinic WHERE death AND sex = 'F'")) some |= std::isinf(log2);
  EXPECT_TRUE(some);
  for (const double log2 : reach("SELECT sum(age) FROM clinic WHERE death")) EXPECT_TRUE(std::isfinite(log2));
}

// Where columns were opened, every slot of them is bounded (docs/design/0047): each further one multiplies by that.
TEST(OwnerReach, OfOpenedColumnsThereIsABoundForUpToFourFactors) {
  NoiseSetting opened{3, 1, 1};
  opened.opened = true;
  const fhe::HiddenReach hidden = fhe::hidden_reach(params(), data::kManifestEntriesPerProof);
  const double further = std::log2(fhe::opened_reach(params(), 3, hidden.slots));
  EXPECT_NEAR(further, 8.11, 0.01);
  const double column = most(reach("SELECT sum(age) FROM clinic"));
  constexpr std::string_view kThreeFactors = "SELECT sum(age) FROM clinic WHERE death AND diabetes";
  constexpr std::string_view kFourFactors = "SELECT var_pop(age) FROM clinic WHERE death AND diabetes";
  constexpr std::string_view kFiveFactors = "SELECT var_pop(age) FROM clinic WHERE death AND diabetes AND sex = 'F'";
  // Of the sums that proofs alone do not bound.
  const auto most_of = [&](std::string_view sql) {
    const std::vector<double> unopened = reach(sql), all = reach(sql, opened);
    double found = -INFINITY;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (std::isinf(unopened[i])) found = std::max(found, all[i]);
    }
    return found;
  };
  EXPECT_NEAR(most_of(kThreeFactors), column + std::log2(3) + 2 * further, 0.01);
  EXPECT_NEAR(most_of(kFourFactors), column + 2 + 3 * further, 0.01);
  for (const double log2 : reach(kFourFactors, opened)) EXPECT_TRUE(std::isfinite(log2));
  bool some = false;
  for (const double log2 : reach(kFiveFactors, opened)) some |= std::isinf(log2);
  EXPECT_TRUE(some);
  // Two are answered before anything is opened: with the flooding that they always have.
  constexpr std::string_view kCovariance = "SELECT covar_pop(age, bmi) FROM clinic";
  EXPECT_EQ(reach(kCovariance, opened), reach(kCovariance));
  // A larger committee's noise hides more.
  opened.pieces = 35;
  const double of_35 = most_of(kThreeFactors);
  EXPECT_NEAR(of_35, column + std::log2(3) + 2 * (further + std::log2(35.0 / 3) / 2), 0.02);
  // And what it let pass comes through a change to a smaller one as it was (docs/design/0053).
  opened.pieces = 3;
  opened.earlier = {10, 35};
  EXPECT_EQ(most_of(kThreeFactors), of_35);
  opened.pieces = 35;
  opened.earlier = {3};
  EXPECT_EQ(most_of(kThreeFactors), of_35);
}

}  // namespace
}  // namespace mc::query
