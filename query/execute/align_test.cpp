// SPDX-License-Identifier: Apache-2.0
#include "query/execute/align.hpp"

#include <gtest/gtest.h>

#include "query/testing/sealed_clinic.hpp"

namespace mc::query {
namespace {

TEST(Align, FloorOfAScaleIsExact) {
  const auto params = fhe::Params::named("test_insecure", true).value_or_stop();
  const fhe::Level level(4);
  const auto& q = params->q();
  const auto reduced = [&](std::uint32_t i, fhe::u128 value) { return static_cast<std::uint64_t>(value % q[i]); };
  const auto power = floor_of_scale(fhe::Scale::power_of_two(92), *params, level);
  const auto quotient = floor_of_scale(fhe::Scale::power_of_two(120) / fhe::Scale::of_top_primes(1, 1), *params, level);
  const auto product = floor_of_scale(fhe::Scale::power_of_two(20) * fhe::Scale::of_top_primes(8, 2), *params, level);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(power[i], reduced(i, fhe::u128{1} << 92));
    EXPECT_EQ(quotient[i], reduced(i, (fhe::u128{1} << 120) / q[0]));
    EXPECT_EQ(product[i], reduced(i, fhe::u128{reduced(i, fhe::u128{q[6]} << 20)} * (q[7] % q[i])));
  }
}

TEST(Align, AnAlignedCiphertextAddsToAProductOfTwoLikeIt) {
  testing::Keys keys(1);
  const fhe::Ciphertext a = keys.seal({0.5, -1, 0.25});
  fhe::Ciphertext product = keys.evaluator->relinearise(keys.evaluator->multiply(a, a).value_or_stop()).value_or_stop();
  ASSERT_TRUE(keys.evaluator->rescale_inplace(product, 2));
  // Once, and once more at the product's own scale, which is no integer.
  fhe::Ciphertext aligned = align(a, 2, *keys.evaluator).value_or_stop();
  EXPECT_EQ(aligned.scale, product.scale);
  ASSERT_TRUE(keys.evaluator->add_inplace(aligned, product));
  const fhe::Ciphertext again = align(aligned, 2, *keys.evaluator).value_or_stop();
  const double slots = static_cast<double>(keys.slot_count());
  EXPECT_NEAR(keys.mean(again) * slots, (0.5 - 1 + 0.25) + (0.25 + 1 + 0.0625), 1e-16 * slots);
}

}  // namespace
}  // namespace mc::query
