// SPDX-License-Identifier: Apache-2.0
#include "protocol/answer_ledger.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;

class AnswerLedgerTest : public ::testing::Test {
 protected:
  MemoryLedger ledger;
  std::vector<Hash256> multiplicands{numbered_hash(1), numbered_hash(2)};
  std::vector<std::uint8_t> sigmas{50, 51};
};

TEST_F(AnswerLedgerTest, ARepeatIsAdmittedAndRecordsNothingNew) {
  EXPECT_EQ(admit(ledger, Opening::kRelease, numbered_hash(10), multiplicands, sigmas, 100).value_or_stop().fresh, 2u);
  const Admission again =
      admit(ledger, Opening::kRelease, numbered_hash(11), multiplicands, sigmas, 100).value_or_stop();
  EXPECT_EQ(again.fresh, 0u);
  EXPECT_EQ(again.repeated, 2u);
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger.find(multiplicands[0]).value_or_stop()->authorisation, numbered_hash(10));
}

TEST_F(AnswerLedgerTest, ASecondSigmaIsRefusedAndNothingOfThatRequestIsRecorded) {
  ASSERT_TRUE(admit(ledger, Opening::kRelease, numbered_hash(10), multiplicands, sigmas, 100).has_value());
  const std::vector<Hash256> next{numbered_hash(3), numbered_hash(2)};
  const auto refused =
      admit(ledger, Opening::kRelease, numbered_hash(11), next, std::vector<std::uint8_t>{50, 52}, 100);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(AnswerLedgerTest, TwoSigmasWithinOneRequestAreRefused) {
  multiplicands[1] = multiplicands[0];
  EXPECT_FALSE(admit(ledger, Opening::kRelease, numbered_hash(10), multiplicands, sigmas, 100).has_value());
  sigmas[1] = sigmas[0];
  EXPECT_EQ(admit(ledger, Opening::kRelease, numbered_hash(10), multiplicands, sigmas, 100).value_or_stop().fresh, 1u);
}

TEST_F(AnswerLedgerTest, AnotherWayOfOpeningTheSameMultiplicandIsRefused) {
  const std::vector<std::uint8_t> widths{128, 128};
  const auto refresh = [&](Opening opening) {
    return admit(ledger, opening, numbered_hash(10), multiplicands, widths, 100);
  };
  ASSERT_TRUE(refresh(Opening::kRefreshConstant).has_value());
  EXPECT_EQ(refresh(Opening::kRefreshConstant).value_or_stop().repeated, 2u);
  const auto refused = refresh(Opening::kRefreshPolynomial);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(
      refused.error().message,
      "answer 0 asks for a mask of 128 bits on all coefficients, the same ciphertext was opened with a mask of 128 "
      "bits on coefficient 0 (one sigma per ciphertext)");
  EXPECT_FALSE(admit(ledger, Opening::kRelease, numbered_hash(10), multiplicands, sigmas, 100).has_value());
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(AnswerLedgerTest, NoMoreThanTauPolynomialsOpenInAnEpoch) {
  ASSERT_TRUE(admit(ledger, Opening::kRelease, numbered_hash(10), multiplicands, sigmas, 2).has_value());
  const std::vector<Hash256> third{numbered_hash(3)};
  const auto refused = admit(ledger, Opening::kRelease, numbered_hash(11), third, std::vector<std::uint8_t>{50}, 2);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_TRUE(admit(ledger, Opening::kRelease, numbered_hash(11), multiplicands, sigmas, 2).has_value())
      << "repeats stay possible";
}

}  // namespace
}  // namespace mc::protocol
