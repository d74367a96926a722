// SPDX-License-Identifier: Apache-2.0
#include "query/execute/mask_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/ckks/params.hpp"

namespace mc::query {
namespace {

TEST(MaskScale, ASumOverTheBlocksNeverOutgrowsTheReleaseModulus) {
  for (const char* profile : {"standard", "train"}) {
    const auto params = fhe::Params::named(profile).value_or_stop();
    const LimbBudget budget = limb_budget(profile).value_or_stop();
    double modulus = 0;
    for (std::uint32_t i = 0; i < 2; ++i) modulus += std::log2(static_cast<double>(params->q()[i]));
    for (const std::size_t blocks : {1UL, 2UL, 8UL, 9UL, 64UL, 65UL, 127UL, 128UL, 129UL, 4000UL, 1UL << 20}) {
      EXPECT_LT(std::log2(static_cast<double>(blocks)) + masked_scale_log2(budget, blocks) + 1.1, modulus) << blocks;
    }
  }
}

TEST(MaskScale, UpTo64BlocksKeepTheScaleOfThePrimesThatTheMaskCosts) {
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  EXPECT_EQ(mask_scale(budget, 6, 64), fhe::Scale::of_top_primes(6, 2));
  EXPECT_EQ(mask_scale(budget, 6, 65) * fhe::Scale::power_of_two(1), fhe::Scale::of_top_primes(6, 2));
  EXPECT_EQ(masked_scale_log2(budget, 64), 92);
  EXPECT_EQ(masked_scale_log2(budget, 129), 90);
}

}  // namespace
}  // namespace mc::query
