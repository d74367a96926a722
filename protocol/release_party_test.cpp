// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_party.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;
using testing::numbered_key;

class ReleasePartyTest : public ::testing::Test {
 protected:
  Commons commons;
  std::vector<fhe::Ciphertext> results = commons.results(3);
  Authorisation authorisation = commons.authorise(results);

  void expect_refused(const Authorisation& a, Code code, std::string_view part) {
    const auto refused = commons.answer(0, a, results, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, code);
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
    EXPECT_EQ(commons.ledgers[0].size(), 0u);
  }
};

TEST_F(ReleasePartyTest, AnswersTwiceTheSameBytes) {
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const ShareMessage first = commons.answer(0, authorisation, results, pieces).value_or_stop();
  EXPECT_EQ(first, commons.answer(0, authorisation, results, pieces).value_or_stop());
  EXPECT_EQ(commons.ledgers[0].size(), 3u);
  EXPECT_TRUE(verify_share_message(commons.identities[0], first));
}

TEST_F(ReleasePartyTest, SendsBytesOnlyOfThePiecesAskedForAndHashesOfAll) {
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const ShareMessage message = commons.answer(0, authorisation, results, {pieces[1]}).value_or_stop();
  ASSERT_EQ(message.hashes.size(), 2u);
  ASSERT_EQ(message.bytes.size(), 1u);
  EXPECT_EQ(message.bytes[0].piece, pieces[1]);
  EXPECT_EQ(sha256(message.bytes[0].bytes), message.hashes[1].hash);
  const auto refused = commons.answer(0, authorisation, results, {fhe::PieceId(1)});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "custodian 0 does not hold the piece without custodian 0");
}

TEST_F(ReleasePartyTest, HoldersOfOnePieceComputeTheSameShare) {
  const ShareMessage one = commons.answer(1, authorisation, results, {fhe::PieceId(1)}).value_or_stop();
  const ShareMessage two = commons.answer(2, authorisation, results, {fhe::PieceId(1)}).value_or_stop();
  EXPECT_EQ(one.bytes, two.bytes);
}

TEST_F(ReleasePartyTest, AnotherEpochIsRefused) {
  authorisation.epoch = Epoch(2);
  expect_refused(authorisation, Code::kRefused, "key epoch 2, this custodian holds epoch 1");
}

TEST_F(ReleasePartyTest, AResultItDidNotRecomputeIsRefused) {
  authorisation.result = numbered_hash(1);
  expect_refused(authorisation, Code::kRefused, "this custodian recomputed");
}

TEST_F(ReleasePartyTest, AnotherLevelOrCountIsRefused) {
  authorisation.sigma_log2.pop_back();
  expect_refused(authorisation, Code::kInvalidArgument, "names 2 answers, the recomputed result has 3");
  results[1].parts[0].keep_limbs(1);
  results[1].parts[1].keep_limbs(1);
  expect_refused(commons.authorise(results), Code::kInvalidArgument, "answer 1 has level 1, releases need 2");
  results.clear();
  expect_refused(commons.authorise(results), Code::kInvalidArgument, "names 0 answers");
}

TEST_F(ReleasePartyTest, FloodingBelowWhatTheOwnBoundDemandsIsRefused) {
  authorisation.sigma_log2[2] = Commons::kSigma - 1;
  expect_refused(authorisation, Code::kRefused, "answer 2 asks for flooding 2^43, its noise bound 2^14 needs 2^44");
  authorisation.sigma_log2[2] = 81;
  expect_refused(authorisation, Code::kRefused, "asks for flooding 2^81");
}

TEST_F(ReleasePartyTest, AnotherRequesterKeyIsRefused) {
  authorisation.requester_key = numbered_hash(1);
  expect_refused(authorisation, Code::kRefused, "the key at hand is");
}

TEST_F(ReleasePartyTest, AKeyOfAnotherStudyIsRefusedThoughItsHashWasApproved) {
  auto context = commons.requester;
  context.study = numbered_hash(4);
  commons.requester_key = fhe::make_requester_key(*commons.params, commons.requester_secret, context);
  expect_refused(commons.authorise(results), Code::kRefused, "requester key was made for study");
}

TEST_F(ReleasePartyTest, AKeyWithoutProofIsRefusedThoughItsHashWasApproved) {
  commons.requester_key.p0 = fhe::restrict_to(commons.committee.public_key.p0, 2);
  commons.requester_key.p0.limb(0)[0] = 1;  // not the collective key itself any more, but nobody knows its secret
  expect_refused(commons.authorise(results), Code::kRefused, "does not verify");
}

TEST_F(ReleasePartyTest, ASecondSigmaForTheSameCiphertextIsRefused) {
  ASSERT_TRUE(commons.answer(0, authorisation, results, {}).has_value());
  authorisation.release_number = 2;
  authorisation.sigma_log2[1] += 1;
  const auto refused = commons.answer(0, authorisation, results, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("answer 1 asks for flooding 2^45, the same ciphertext was opened with 2^44"),
            std::string::npos)
      << refused.error().message;
}

// R7, mounted. The adversary asks for the "ciphertext" (0, K X^-i): its opening is K s_i. A custodian that switches
// what it is given hands out the secret, coefficient by coefficient, whatever the flooding.
TEST_F(ReleasePartyTest, AHandMadeCiphertextWouldReadTheSecretAndIsRefused) {
  const fhe::Params& params = *commons.params;
  const std::size_t degree = params.ring().degree();
  const std::vector<std::size_t> positions{0, 1, 2, 3, 500, degree - 1};
  std::vector<fhe::Ciphertext> forged;
  for (const std::size_t position : positions) {
    // K X^-i = -K X^(N-i), with K = 2^60 far above the flooding 2^44.
    std::vector<std::int64_t> coefficients(degree);
    (position == 0 ? coefficients[0] : coefficients[degree - position]) =
        (position == 0 ? 1 : -1) * (std::int64_t{1} << 60);
    fhe::NttPoly c1 = params.ring().to_ntt(params.ring().from_signed(coefficients, fhe::kReleaseBasis));
    forged.push_back(
        {{params.ring().make<fhe::Domain::kNtt>(fhe::kReleaseBasis), std::move(c1)}, fhe::Scale::power_of_two(60)});
  }
  const Authorisation a = commons.authorise(forged);

  // Without the rule: custodians answer for the ciphertexts of the request.
  const auto stolen = combine(commons.context(a), commons.answers(a, forged, {0, 1, 2})).value_or_stop();
  const fhe::CoeffPoly secret =
      params.ring().to_coeff(fhe::restrict_to(commons.committee.collective_secret().expose(), 1));
  for (std::size_t k = 0; k < positions.size(); ++k) {
    const std::uint64_t residue = secret.limb(0)[positions[k]];
    const double s =
        residue > params.q()[0] / 2 ? -static_cast<double>(params.q()[0] - residue) : static_cast<double>(residue);
    EXPECT_NEAR(stolen.means[k], s, 1e-3) << "the attack reads coefficient " << positions[k] << " of the secret";
  }

  // With it: custodians recompute, get other ciphertexts, and refuse the same authorisation.
  for (std::uint32_t c = 0; c < 3; ++c) {
    const auto own = commons.results(positions.size());
    const auto refused = commons.answer(c, a, own, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kRefused);
  }
}

TEST(ReleaseParty, SecretsOfOtherParametersOrPiecesAreRefused) {
  const Commons commons;
  const auto create = [&](CustodianSecrets secrets) {
    return ReleaseParty::create(commons.params, std::move(secrets), Commons::identity(0), commons.committee.public_key);
  };
  CustodianSecrets other = commons.secrets(0);
  other.params_id.bytes[0] ^= 1;
  EXPECT_FALSE(create(std::move(other)).has_value());
  CustodianSecrets fewer = commons.secrets(0);
  fewer.seeds.pop_back();
  EXPECT_FALSE(create(std::move(fewer)).has_value());
  CustodianSecrets moved = commons.secrets(0);
  moved.custodian = Commons::id(1);
  EXPECT_FALSE(create(std::move(moved)).has_value());
  CustodianSecrets old = commons.secrets(0);
  old.epoch = Epoch(2);
  EXPECT_FALSE(create(std::move(old)).has_value());
}

}  // namespace
}  // namespace mc::protocol
