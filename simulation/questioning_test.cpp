// SPDX-License-Identifier: Apache-2.0
#include "simulation/questioning.hpp"

#include <gtest/gtest.h>

namespace mc::simulation {
namespace {

using protocol::Assurance;

class JudgementTest : public ::testing::Test {
 protected:
  Cast cast{1, nullptr, fhe::CommitteeShape::create(4, 2).value_or_stop(), {}};
  static CustodianId id(std::uint8_t c) { return CustodianId(c); }
  // A verdict of so many answers.
  static protocol::Verdict verdict(Assurance assurance, std::uint8_t answers) {
    protocol::Verdict v;
    v.assurance = assurance;
    for (std::uint8_t c = 0; c < answers; ++c) v.answered.push_back(id(c));
    return v;
  }
  void expect_broken(const protocol::Verdict& v, bool right, std::string_view part) {
    const Status status = check_verdict(cast, v, right);
    ASSERT_FALSE(status.has_value()) << part;
    EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().message;
  }
};

TEST_F(JudgementTest, AVerdictThatKeepsEveryPromisePasses) {
  EXPECT_TRUE(check_verdict(cast, verdict(Assurance::kVerified, 3), true).has_value());
  EXPECT_TRUE(check_verdict(cast, verdict(Assurance::kUnverified, 2), true).has_value());
  cast.liars[id(1)] = Lie::kFalseShare;
  EXPECT_TRUE(check_verdict(cast, verdict(Assurance::kDisputed, 3), false).has_value());
  EXPECT_TRUE(check_verdict(cast, verdict(Assurance::kUnverified, 2), false).has_value())
      << "the rule promises no more";
}

TEST_F(JudgementTest, EveryBrokenPromiseIsSeen) {
  expect_broken(verdict(Assurance::kVerified, 3), false, "verified is wrong");
  expect_broken(verdict(Assurance::kUnverified, 3), false, "not noticed");
  expect_broken(verdict(Assurance::kUnverified, 2), false, "nobody lied and the outcome is wrong");
  expect_broken(verdict(Assurance::kUnverified, 3), true, "does not fit");
  expect_broken(verdict(Assurance::kVerified, 2), true, "does not fit");
  protocol::Verdict disputed = verdict(Assurance::kVerified, 3);
  disputed.disputes.emplace_back();
  expect_broken(disputed, true, "dispute");
  cast.liars[id(1)] = Lie::kFalseShare;
  protocol::Verdict slander = verdict(Assurance::kVerified, 4);
  slander.liars = {id(2)};
  expect_broken(slander, true, "custodian 2 is named and has not lied");
}

TEST_F(JudgementTest, BlameIsReadFromSentences) {
  cast.liars[id(1)] = Lie::kSilence;
  EXPECT_TRUE(blames_a_liar("waiting for custodian 1", cast));
  EXPECT_TRUE(blames_a_liar("custodian 0 says a, custodian 1 says b", cast));
  EXPECT_FALSE(blames_a_liar("custodian 12 says a", cast));
  EXPECT_FALSE(blames_a_liar("share of the piece without custodian 1: custodian 0 says a", cast));
}

}  // namespace
}  // namespace mc::simulation
