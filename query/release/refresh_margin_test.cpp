// SPDX-License-Identifier: Apache-2.0
#include "query/release/refresh_margin.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#include "data/sealed/manifest.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/mask.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/plan/compile.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

/// As many conditions as are asked for, and a value or two.
Plan with_conditions(std::size_t count, const std::string& value = "sum(age)") {
  constexpr std::array kConditions{"death",     "age >= 40", "sex = 'F'",         "diabetes",
                                   "bmi >= 25", "nyha = 1",  "smoker = 'former'", "\"Blood pressure\" IS NOT NULL"};
  std::string sql = "SELECT " + value + " FROM clinic WHERE ";
  for (std::size_t i = 0; i < count; ++i) sql += (i == 0 ? "" : " AND ") + std::string(kConditions.at(i));
  return compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
}

/// A column of so many sealed ones, one product after the other.
Plan chain(std::size_t factors) {
  Plan plan;
  std::string first = "sealed";
  for (std::size_t i = 0; i + 1 < factors; ++i) {
    const std::string handle = "product/" + std::to_string(i);
    plan.computed.push_back({handle, {{{{1, first}}, {{1, "sealed"}}}}, {}});
    first = handle;
  }
  return plan;
}

TEST(RefreshMargin, EveryProductInSequenceTakesWhatAnOwnerCanReach) {
  EXPECT_EQ(refresh_margin_log2(chain(1)), std::numeric_limits<double>::infinity());
  double before = refresh_margin_log2(chain(2));
  std::printf("masks exceed an owner's reach by %.1f bits where two factors are a column", before);
  for (std::size_t factors = 3; factors <= 7; ++factors) {
    const double margin = refresh_margin_log2(chain(factors));
    std::printf(", %.1f where %zu are", margin, factors);
    EXPECT_NEAR(before - margin, kOwnerMessageLog2 + 0.4, 0.2);
    EXPECT_EQ(margin >= kRefreshMarginMin, factors <= 6) << factors;
    before = margin;
  }
  std::printf("\n");
}

TEST(RefreshMargin, OfQuestionsItHasRoomForNineFactors) {
  EXPECT_EQ(refresh_margin_log2(with_conditions(3)), std::numeric_limits<double>::infinity());
  double before = std::numeric_limits<double>::infinity();
  for (std::size_t conditions = 4; conditions <= 8; ++conditions) {
    const double margin = refresh_margin_log2(with_conditions(conditions));
    EXPECT_LT(margin, before);
    EXPECT_GE(margin, kRefreshMarginMin) << conditions;
    before = margin;
  }
  EXPECT_LT(refresh_margin_log2(with_conditions(8, "var_pop(age)")), kRefreshMarginMin);
}

TEST(RefreshMargin, ASumOfProductsReachesAsFarAsAllOfThem) {
  Plan plan;
  const PlanComputed::Product one{{{1, "a"}}, {{1, "b"}}};
  plan.computed = {{"product/0", {one}, {}}};
  const double single = refresh_margin_log2(plan);
  plan.computed[0].products = {one, one, one, one};
  EXPECT_NEAR(refresh_margin_log2(plan), single - 2, 1e-6);
  plan.computed[0].products = {{{{-4, "a"}}, {{1, "b"}}}};
  EXPECT_NEAR(refresh_margin_log2(plan), single - 2, 1e-6);
}

TEST(RefreshMargin, OfProvenComparisonsEightyBitsAreLeftAndOfOthersNone) {
  const auto margin = [](const std::string& sql, bool proven) {
    LimbBudget budget = limb_budget("standard").value_or_stop();
    budget.proven_starts = proven;
    return refresh_margin_log2(
        compile("SELECT " + sql, testing::clinic_with_steps(), "clinic", budget).value_or_stop());
  };
  EXPECT_EQ(margin("count(*) FROM clinic WHERE age > 57.3", true), kProvenMargin);
  EXPECT_EQ(margin("count(*) FROM clinic WHERE age > 57.3", false), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(margin("count(*) FROM clinic WHERE bmi > 24.37", true), kProvenMargin);
  // As a factor of columns that are made of it a comparison reaches as far as two to three sealed ones.
  const std::string rest = " AND diabetes AND nyha = 1 AND smoker = 'never' AND sex = 'F'";
  const double sealed = margin("avg(bmi) FROM clinic WHERE death" + rest, true);
  const double compared = margin("avg(bmi) FROM clinic WHERE age > 57.3" + rest, true);
  EXPECT_GT(compared, kRefreshMarginMin);
  EXPECT_LT(compared, sealed - kOwnerMessageLog2);
  EXPECT_GT(compared, sealed - 2 * kOwnerMessageLog2);
}

// What proofs bound of twice a ciphertext, for certain: two challenges that both pass differ by at least the sine of
// pi / 2 N in every slot, twice, and of what is larger at most one of 2 N + 1 passes.
TEST(RefreshMargin, NothingThatIsProvenLeavesTheReachOfAComparison) {
  const fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  const std::size_t degree = params->ring().degree();
  const fhe::PlaintextProofShape shape = fhe::PlaintextProofShape::of(
      degree, fhe::plaintext_proof_repetitions(params->ring().log_n()), data::kManifestEntriesPerProof);
  const auto slot = [&](const fhe::ResponseKind& kind) {
    const double response =
        std::ldexp(std::sqrt(8 * fhe::ResponseLimits(degree).slot_square()), static_cast<int>(kind.spread_log2));
    return 2 * response / (2 * std::sin(std::numbers::pi / (2.0 * static_cast<double>(degree))));
  };
  // Errors go with secrets of slots below 2^12 but for 2^-64.
  const double value = slot(shape.f) + 0x1p12 * (slot(shape.e) + slot(shape.u));
  const double reach = value / std::exp2(fhe::kSealScaleLog2) + 1;
  std::printf("proofs leave 2^%.3f half widths, a comparison reaches 2^%.3f\n", std::log2(reach),
              std::log2(kProvenReach));
  EXPECT_LT(reach, kProvenReach);
  EXPECT_GT(reach, kProvenReach / 1.1);
}

// The constants are what the proof of an upload leaves room for, and the mask is the one that a refresh draws.
TEST(RefreshMargin, CountsWithWhatAProofLeaves) {
  const fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  const double degree = static_cast<double>(params->ring().degree());
  const fhe::HiddenReach reach = fhe::hidden_reach(*params, data::kManifestEntriesPerProof);
  const double message = std::log2(reach.message_slot) - fhe::kSealScaleLog2;
  EXPECT_NEAR(message, kOwnerMessageLog2, 0.01);
  EXPECT_LE(message, kOwnerMessageLog2);
  // Slots of a piece have mean square 2 N / 3, of a quarter of its errors of the public key 0.64 N. Of a coefficient
  // with deviation d the mean magnitude is sqrt(2 / pi) d.
  const double slot = reach.error_slot * std::sqrt((2.0 / 3 + 3.2 * 3.2 / 16) * degree);
  const double deviation = slot * std::sqrt(2 * reach.slots) / degree;
  const double error = std::log2(degree * std::sqrt(2 / std::numbers::pi) * deviation);
  EXPECT_NEAR(error, kOwnerErrorLog2, 0.1);
  EXPECT_LE(error, kOwnerErrorLog2);
  const std::uint32_t value = fhe::value_log2(*params, fhe::Scale::power_of_two(fhe::kSealScaleLog2), 1);
  EXPECT_EQ(fhe::mask_log2(value).value_or_stop(), fhe::kSealScaleLog2 + 3 + fhe::kMaskLambda + 1);
  std::printf("a slot 2^%.2f honest values, coefficients of an error 2^%.2f in all\n", message, error);
}

}  // namespace
}  // namespace mc::query
