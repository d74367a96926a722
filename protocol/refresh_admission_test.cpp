// SPDX-License-Identifier: Apache-2.0
#include "protocol/refresh_admission.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::RefreshMap;
using fhe::testing::numbered_hash;

class RefreshAdmissionTest : public ::testing::Test {
 protected:
  MemoryLedger ledger;
  std::vector<Hash256> multiplicands{numbered_hash(1), numbered_hash(2)};
  RefreshMap map;
  RefreshAdmissionTest() { map.mask_log2 = {128, 129}; }

  Result<std::size_t> admit(std::uint64_t most = 100) {
    return admit_refresh(ledger, numbered_hash(10), map, multiplicands, most);
  }
  void expect_refused(std::string_view part) {
    const std::uint64_t before = ledger.size();
    const auto refused = admit();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
    EXPECT_EQ(ledger.size(), before) << "nothing of that request is recorded";
  }
};

TEST_F(RefreshAdmissionTest, EveryMultiplicandCountsOnceHoweverOftenItIsAskedFor) {
  EXPECT_EQ(admit().value_or_stop(), 2u);
  EXPECT_EQ(admit().value_or_stop(), 0u);
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(RefreshAdmissionTest, AnotherWidthIsRefused) {
  ASSERT_TRUE(admit().has_value());
  map.mask_log2[1] = 130;
  multiplicands[0] = numbered_hash(3);
  expect_refused(
      "value 1 asks for a mask of 130 bits on coefficient 0, the same ciphertext was opened with a mask of "
      "129 bits on coefficient 0");
}

TEST_F(RefreshAdmissionTest, AnotherExtractionIsRefusedEitherWayRound) {
  ASSERT_TRUE(admit().has_value());
  map.extraction = RefreshMap::Extraction::kPolynomials;
  expect_refused("on all coefficients, the same ciphertext was opened with a mask of 128 bits on coefficient 0");
  multiplicands = {numbered_hash(4), numbered_hash(5)};
  ASSERT_TRUE(admit().has_value());
  map.extraction = RefreshMap::Extraction::kConstants;
  expect_refused("on coefficient 0, the same ciphertext was opened with a mask of 128 bits on all coefficients");
}

TEST_F(RefreshAdmissionTest, TwoWidthsWithinOneRequestAreRefused) {
  multiplicands[1] = multiplicands[0];
  expect_refused("value 1 asks for a mask of 129 bits");
  map.mask_log2[1] = map.mask_log2[0];
  EXPECT_EQ(admit().value_or_stop(), 1u);
}

TEST_F(RefreshAdmissionTest, SharesTheLimitOfReleases) {
  LedgerEntry released;
  released.multiplicand = numbered_hash(7);
  ASSERT_TRUE(ledger.append({&released, 1}).has_value());
  EXPECT_EQ(admit(2).error().code, Code::kLimit);
  EXPECT_EQ(admit(3).value_or_stop(), 2u);
  EXPECT_EQ(admit(3).value_or_stop(), 0u) << "repeats stay possible";
}

}  // namespace
}  // namespace mc::protocol
