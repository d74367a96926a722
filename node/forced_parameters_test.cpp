// SPDX-License-Identifier: Apache-2.0
#include "node/forced_parameters.hpp"

#include <gtest/gtest.h>

namespace mc::node {
namespace {

ForcedFor numbered_use(std::uint64_t number) {
  return {Sha256("study").update_u64(number).finish(), Sha256("plan").finish(), Sha256("sealed").finish()};
}

std::vector<fhe::Ciphertext> numbers_of_epoch(std::uint32_t epoch) {
  fhe::Ciphertext number;
  number.epoch = Epoch(epoch);
  return {number};
}

TEST(ForcedParameters, NumbersServeTheirStudyPlanAndSealedBytesAndNothingElse) {
  ForcedParameters forced;
  forced.remember(numbered_use(1), numbers_of_epoch(7));
  ASSERT_TRUE(forced.find(numbered_use(1)));
  EXPECT_EQ(forced.find(numbered_use(1))->front().epoch, Epoch(7));
  EXPECT_FALSE(forced.find(numbered_use(2)));
  ForcedFor other = numbered_use(1);
  other.plan = Sha256("another plan").finish();
  EXPECT_FALSE(forced.find(other));
  other = numbered_use(1);
  other.parameters = Sha256("other bytes").finish();
  EXPECT_FALSE(forced.find(other));
}

TEST(ForcedParameters, ForcedAgainTheNewestCountAndTheOldestAreForgotten) {
  ForcedParameters forced;
  for (std::uint64_t i = 0; i < ForcedParameters::kRemembered; ++i)
    forced.remember(numbered_use(i), numbers_of_epoch(1));
  forced.remember(numbered_use(0), numbers_of_epoch(2));
  EXPECT_EQ(forced.find(numbered_use(0))->front().epoch, Epoch(2));
  forced.remember(numbered_use(99), numbers_of_epoch(3));
  EXPECT_FALSE(forced.find(numbered_use(1)));
  EXPECT_TRUE(forced.find(numbered_use(0)));
}

}  // namespace
}  // namespace mc::node
