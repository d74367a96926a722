// SPDX-License-Identifier: Apache-2.0
#include "query/release/refresh_margin.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/mask.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

/// As many conditions as are asked for, and one value.
Plan with_conditions(std::size_t count) {
  constexpr std::array kConditions{"death = 0", "age >= 40", "sex = 'F'",        "diabetes = 1",
                                   "nyha < 3",  "bmi >= 25", "smoker <> 'never'"};
  std::string sql = "SELECT sum(age) FROM clinic WHERE ";
  for (std::size_t i = 0; i < count; ++i) sql += (i == 0 ? "" : " AND ") + std::string(kConditions[i]);
  return compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
}

TEST(RefreshMargin, EveryProductInSequenceTakesWhatAnOwnerCanReach) {
  EXPECT_EQ(refresh_margin_log2(with_conditions(3)), std::numeric_limits<double>::infinity());
  double before = refresh_margin_log2(with_conditions(4));
  std::printf("masks exceed an owner's reach by %.1f bits where two factors are a column", before);
  EXPECT_GE(before, 79);
  for (const std::size_t conditions : {5u, 6u}) {
    const double margin = refresh_margin_log2(with_conditions(conditions));
    std::printf(", %.1f where %zu are", margin, conditions - 2);
    EXPECT_NEAR(before - margin, kOwnerMessageLog2 + 1, 1);
    before = margin;
  }
  std::printf("\n");
  EXPECT_LT(before, kRefreshMarginMin) << "and the fourth is refused";
  EXPECT_GE(refresh_margin_log2(with_conditions(5)), kRefreshMarginMin);
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

// The constants are what the proof of an upload leaves room for, and the mask is the one that a refresh draws.
TEST(RefreshMargin, CountsWithWhatAProofLeaves) {
  const fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  const double degree = static_cast<double>(params->ring().degree());
  const auto shape = fhe::PlaintextProofShape::of(params->ring().degree(),
                                                  fhe::plaintext_proof_repetitions(params->ring().log_n()), 256);
  const auto slot = [&](fhe::i128 coefficient) { return std::log2(static_cast<double>(coefficient) * degree); };
  EXPECT_LE(slot(shape.f.range().bound()) - fhe::kSealScaleLog2, kOwnerMessageLog2 + 1e-6);
  // A slot of a piece's secret and of an error: eight deviations.
  const double pieces = 35, secret = 8 * std::sqrt(degree * pieces * 2 / 3),
               error = 8 * 3.2 * std::sqrt(degree * pieces);
  const double hers =
      std::exp2(slot(shape.e.range().bound())) * secret + std::exp2(slot(shape.u.range().bound())) * error;
  EXPECT_LE(std::log2(hers), kOwnerErrorLog2);
  const std::uint32_t value = fhe::value_log2(*params, fhe::Scale::power_of_two(fhe::kSealScaleLog2), 1);
  EXPECT_EQ(fhe::mask_log2(value).value_or_stop(), fhe::kSealScaleLog2 + 3 + fhe::kMaskLambda + 1);
  std::printf("a slot 2^%.1f honest values, an error 2^%.1f\n", slot(shape.f.range().bound()) - fhe::kSealScaleLog2,
              std::log2(hers));
}

}  // namespace
}  // namespace mc::query
