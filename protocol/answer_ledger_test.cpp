// SPDX-License-Identifier: Apache-2.0
#include "protocol/answer_ledger.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "protocol/refusal.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

class AnswerLedgerTest : public ::testing::Test {
 protected:
  MemoryLedger ledger;
  std::vector<Hash256> multiplicands{numbered_hash(1), numbered_hash(2)};
  std::vector<std::uint8_t> sigmas{50, 51};

  /// Reviews and records, as a custodian does.
  Result<Admission> admit(const Hash256& authorisation, std::span<const Hash256> of,
                          std::span<const std::uint8_t> sigma, std::uint64_t releases_max,
                          Opening opening = Opening::kRelease) {
    MC_TRY(Admission admission, review(ledger, opening, of, sigma, {releases_max, releases_max}));
    std::vector<LedgerEntry> entries;
    for (const std::size_t i : admission.fresh) entries.push_back({of[i], sigma[i], authorisation, opening, {}});
    MC_TRY_STATUS(ledger.append(entries));
    return admission;
  }
};

TEST_F(AnswerLedgerTest, ARepeatIsAdmittedAndRecordsNothingNew) {
  EXPECT_EQ(admit(numbered_hash(10), multiplicands, sigmas, 100).value_or_stop().fresh.size(), 2u);
  const Admission again = admit(numbered_hash(11), multiplicands, sigmas, 100).value_or_stop();
  EXPECT_TRUE(again.fresh.empty());
  ASSERT_TRUE(again.known[0] && again.known[1]);
  EXPECT_EQ(again.known[0]->authorisation, numbered_hash(10));
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger.find(multiplicands[0]).value_or_stop()->authorisation, numbered_hash(10));
}

TEST_F(AnswerLedgerTest, ASecondSigmaIsRefusedAndNothingOfThatRequestIsRecorded) {
  ASSERT_TRUE(admit(numbered_hash(10), multiplicands, sigmas, 100).has_value());
  const std::vector<Hash256> next{numbered_hash(3), numbered_hash(2)};
  const auto refused = admit(numbered_hash(11), next, std::vector<std::uint8_t>{50, 52}, 100);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_EQ(reason_of(refused.error()), "second_sigma");
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(AnswerLedgerTest, SaysWithWhichSigmaAMultiplicandWasReleased) {
  ASSERT_TRUE(admit(numbered_hash(10), multiplicands, sigmas, 100).has_value());
  const std::vector<Hash256> asked{numbered_hash(99), multiplicands[1], multiplicands[0]};
  EXPECT_EQ(released_with(ledger, asked).value_or_stop(), (Bytes{kNeverReleased, sigmas[1], sigmas[0]}));
  MemoryLedger refreshed;
  ASSERT_TRUE(refreshed.append(std::vector<LedgerEntry>{{asked[0], 128, {}, Opening::kRefreshConstant, {}}}));
  EXPECT_EQ(released_with(refreshed, asked).value_or_stop()[0], kNeverReleased) << "a mask is no release";
}

TEST_F(AnswerLedgerTest, TwoSigmasWithinOneRequestAreRefused) {
  multiplicands[1] = multiplicands[0];
  EXPECT_FALSE(admit(numbered_hash(10), multiplicands, sigmas, 100).has_value());
  sigmas[1] = sigmas[0];
  EXPECT_EQ(admit(numbered_hash(10), multiplicands, sigmas, 100).value_or_stop().fresh.size(), 1u);
}

TEST_F(AnswerLedgerTest, AnotherWayOfOpeningTheSameMultiplicandIsRefused) {
  const std::vector<std::uint8_t> widths{128, 128};
  const auto refresh = [&](Opening opening) { return admit(numbered_hash(10), multiplicands, widths, 100, opening); };
  ASSERT_TRUE(refresh(Opening::kRefreshConstant).has_value());
  EXPECT_TRUE(refresh(Opening::kRefreshConstant).value_or_stop().fresh.empty());
  const auto refused = refresh(Opening::kRefreshPolynomial);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "second_sigma: answer 0 asks for a mask of 128 bits on all coefficients, the same ciphertext was opened "
            "with a mask of 128 bits on coefficient 0 (one sigma per ciphertext)");
  EXPECT_FALSE(admit(numbered_hash(10), multiplicands, sigmas, 100).has_value());
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(AnswerLedgerTest, AFloodedRefreshIsAWayOfItsOwnWithOneDeviation) {
  const std::vector<std::uint8_t> deviations{60, 60}, others{60, 61}, widths{200, 200};
  const auto refresh = [&](Opening opening, const std::vector<std::uint8_t>& log2) {
    return admit(numbered_hash(10), multiplicands, log2, 100, opening);
  };
  ASSERT_TRUE(refresh(Opening::kFloodedPolynomial, deviations).has_value());
  EXPECT_TRUE(refresh(Opening::kFloodedPolynomial, deviations).value_or_stop().fresh.empty());
  EXPECT_EQ(refresh(Opening::kRefreshPolynomial, widths).error().message,
            "second_sigma: answer 0 asks for a mask of 200 bits on all coefficients, the same ciphertext was opened "
            "with a mask and flooding 2^60 on all coefficients (one sigma per ciphertext)");
  EXPECT_EQ(refresh(Opening::kFloodedPolynomial, others).error().message,
            "second_sigma: answer 1 asks for a mask and flooding 2^61 on all coefficients, the same ciphertext was "
            "opened with a mask and flooding 2^60 on all coefficients (one sigma per ciphertext)");
  EXPECT_FALSE(refresh(Opening::kFloodedConstant, deviations).has_value());
  EXPECT_EQ(ledger.size(), 2u);
}

TEST_F(AnswerLedgerTest, NoMoreThanTauPolynomialsOpenInAnEpoch) {
  ASSERT_TRUE(admit(numbered_hash(10), multiplicands, sigmas, 2).has_value());
  const std::vector<Hash256> third{numbered_hash(3)};
  const auto refused = admit(numbered_hash(11), third, std::vector<std::uint8_t>{50}, 2);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_EQ(reason_of(refused.error()), "releases_exhausted");
  EXPECT_TRUE(admit(numbered_hash(11), multiplicands, sigmas, 2).has_value()) << "repeats stay possible";
}

TEST_F(AnswerLedgerTest, ReleasesAndRefreshesAreCountedApart) {
  const std::vector<std::uint8_t> widths{128, 128};
  ASSERT_TRUE(admit(numbered_hash(10), multiplicands, widths, 100, Opening::kRefreshConstant));
  const std::vector<Hash256> others{numbered_hash(3), numbered_hash(4)};
  const OpeningsMax most{4, 1};
  EXPECT_EQ(reason_of(review(ledger, Opening::kRelease, others, sigmas, most).error()), "releases_exhausted");
  EXPECT_TRUE(review(ledger, Opening::kRefreshConstant, others, widths, most)) << "masks do not rest on tau";
  ASSERT_TRUE(admit(numbered_hash(11), others, sigmas, 100));
  EXPECT_EQ(ledger.size(), 4U);
  EXPECT_EQ(ledger.released(), 2U);
  EXPECT_TRUE(review(ledger, Opening::kRelease, others, sigmas, {4, 2})) << "repeats stay possible";
}

// Once every holder of a piece opened it tau times for itself: whoever asked one custodian for this and another for
// that had as many noises of one piece as it has holders times what the flooding is made for.
TEST(OpeningsMax, TheHoldersOfAPieceTogetherReleaseNoMoreThanTau) {
  for (const auto& [n, t] : {std::pair{3U, 2U}, {4U, 2U}, {5U, 3U}, {7U, 3U}, {7U, 4U}}) {
    const auto shape = fhe::CommitteeShape::create(n, t).value_or_stop();
    const OpeningsMax most = openings_max(shape);
    EXPECT_EQ(most.all, fhe::kReleasesPerEpochMax);
    EXPECT_LE(most.released * shape.holders(shape.pieces().front()).size(), fhe::kReleasesPerEpochMax);
    EXPECT_GE(most.released, fhe::kReleasesPerEpochMax / 5 - 1);
  }
}

TEST(OpenedValues, AreReadBackByTheirOwnLedgerForTheirOwnMultiplicandAlone) {
  const fhe::OpenedCoefficients opened{{{1, 2}}, {{3, UINT64_MAX}}};
  const LedgerEntry entry{numbered_hash(1), 50, numbered_hash(2), Opening::kRelease,
                          seal_opened(numbered_key(1), numbered_hash(1), 50, opened)};
  EXPECT_EQ(unseal_opened(numbered_key(1), entry, 2).value_or_stop(), opened);
  EXPECT_EQ(unseal_opened(numbered_key(2), entry, 2).error().code, Code::kCorrupt);
  EXPECT_EQ(unseal_opened(numbered_key(1), entry, 3).error().code, Code::kCorrupt);
  LedgerEntry moved = entry;
  moved.multiplicand = numbered_hash(3);
  EXPECT_FALSE(unseal_opened(numbered_key(1), moved, 2).has_value());
  moved = entry;
  moved.sigma_log2 = 51;
  EXPECT_FALSE(unseal_opened(numbered_key(1), moved, 2).has_value());
  moved = entry;
  moved.opened[30] ^= 1;
  EXPECT_FALSE(unseal_opened(numbered_key(1), moved, 2).has_value());
}

}  // namespace
}  // namespace mc::protocol
