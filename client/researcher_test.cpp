// SPDX-License-Identifier: Apache-2.0
#include "client/researcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temporary_folder.hpp"
#include "client/testing/served_commons.hpp"

namespace mc::client {
namespace {

using ::testing::HasSubstr;

protocol::PublicIdentity numbered_identity(std::uint64_t number) {
  return protocol::CustodianIdentity(testing::numbered_secret(number)).public_identity();
}

/// A document and a chain that agree on a committee of 2 of 3.
class Asking : public ::testing::Test {
 protected:
  Asking() {
    ledger_.committee.threshold = 2;
    for (std::uint8_t i = 0; i < 3; ++i) {
      const protocol::PublicIdentity identity = numbered_identity(i);
      document_.custodians[i].identity = protocol::encode_public_identity(identity);
      ledger_.committee.custodians.push_back({testing::numbered_address(i), protocol::hash_public_identity(identity)});
    }
  }

  CommonsDocument document_ = testing::small_document();
  testing::ServedLedger ledger_;
  governance::Chain chain_{ledger_};
  governance::CommonsChain commons_{chain_, document_.deployment};
};

TEST_F(Asking, TheCommitteesIdentitiesAreTheOnesOnChain) {
  const auto identities = committee_identities(document_, commons_);
  ASSERT_TRUE(identities) << identities.error().message;
  ASSERT_EQ(identities->size(), 3U);
  EXPECT_EQ(protocol::hash_public_identity(identities->at(2)), ledger_.committee.custodians[2].identity);
}

TEST_F(Asking, AnIdentityThatIsNotOnChainIsRefusedWithItsNumber) {
  document_.custodians[1].identity = protocol::encode_public_identity(numbered_identity(99));
  const auto refused = committee_identities(document_, commons_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("custodian 1"));
}

TEST_F(Asking, AnotherCommitteeThanTheChainsIsAConflictWithBoth) {
  document_.custodians.push_back(document_.custodians[0]);
  document_.custodians.push_back(document_.custodians[0]);
  document_.threshold = 3;
  const auto refused = committee_identities(document_, commons_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("a committee of 3 of 5, the chain one of 2 of 3"));
}

TEST_F(Asking, ACommitteeThatCannotDetectALieHasNoShape) {
  EXPECT_EQ(committee_shape(document_).value().pieces().size(), 3U);
  document_.threshold = 3;
  EXPECT_FALSE(committee_shape(document_));
}

TEST_F(Asking, ErrorsInTheQueryShowBeforeAnythingIsSent) {
  const ResearcherKeys keys{testing::numbered_wallet(1), testing::numbered_secret(2)};
  const Researcher researcher(document_, keys, commons_,
                              [](const std::string&, const std::string&) -> std::unique_ptr<Transport> {
                                MC_CHECK(false && "a connection was made");
                              });
  EXPECT_EQ(researcher.plan("SELECT avg(age) FROM commons").value().dataset, "commons");
  EXPECT_THAT(researcher.plan("SELECT avg(weight) FROM commons").error().message, HasSubstr("weight"));
  EXPECT_THAT(researcher.plan("SELECT count(*) FROM elsewhere").error().message, HasSubstr("elsewhere"));
  EXPECT_FALSE(researcher.plan(""));
}

TEST_F(Asking, AStudyWithoutAQuestionIsRefused) {
  const ResearcherKeys keys{testing::numbered_wallet(1), testing::numbered_secret(2)};
  Researcher researcher(document_, keys, commons_, {});
  EXPECT_EQ(researcher.propose({}).error().code, Code::kInvalidArgument);
  StudyRequest request;
  request.sql = {"SELECT count(*) FROM commons", "SELECT nonsense"};
  EXPECT_FALSE(researcher.propose(request));
}

TEST_F(Asking, AStudyOfGuardedDataWithoutABudgetIsRefusedBeforeAnythingIsSent) {
  document_.exact = false;
  const ResearcherKeys keys{testing::numbered_wallet(1), testing::numbered_secret(2)};
  Researcher researcher(document_, keys, commons_, {});
  StudyRequest request;
  request.sql = {"SELECT count(*) FROM commons"};
  EXPECT_THAT(researcher.propose(request).error().message, HasSubstr("needs a privacy budget"));
}

TEST(ResearcherKeys, AreMadeOnceAndTwoDifferentSecrets) {
  const mc::testing::TemporaryFolder folder;
  const ResearcherKeys made = load_or_create_researcher_keys(folder / "r").value();
  const ResearcherKeys read = load_or_create_researcher_keys(folder / "r").value();
  EXPECT_EQ(made.wallet.address(), read.wallet.address());
  EXPECT_TRUE(equal_secret(made.answer_secret.expose(), read.answer_secret.expose()));
  EXPECT_FALSE(equal_secret(made.answer_secret.expose(), made.wallet.secret().expose()));
}

}  // namespace
}  // namespace mc::client
