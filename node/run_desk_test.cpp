// SPDX-License-Identifier: Apache-2.0
#include "node/run_desk.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::node {
namespace {

using protocol::testing::Commons;

Hash256 numbered(std::uint64_t number) {
  return Sha256("run desk").update_u64(number).finish();
}

// Runs without a refresh: each comes to `result_` at once.
class RunDeskTest : public ::testing::Test {
 protected:
  RunDeskTest() {
    run_.authorisation.study = numbered(1);
    run_.authorisation.plan = numbered(2);
    run_.authorisation.data_root = numbered(3);
    run_.authorisation.consent_root = numbered(4);
    run_.authorisation.mask = numbered(5);
    release_ = run_.authorisation;
    release_.release_number = 2;
    release_.result = result_;
  }

  Result<RunSetting> setting(const client::ReleaseCall& call) const {
    RunSetting out{commons_.params,
                   commons_.committee.shape,
                   commons_.identities,
                   Commons::id(0),
                   commons_.committee.epoch,
                   protocol::hash_authorisation(call.authorisation),
                   RunOf::of(call.authorisation),
                   {},
                   false,
                   {},
                   {}};
    out.compute = [result = result_, bytes = answer_bytes_](query::Refresher&) -> Result<client::Recomputed> {
      client::Recomputed recomputed;
      recomputed.result = result;
      if (bytes != 0) {
        fhe::Ciphertext answer;
        answer.parts.push_back(fhe::NttPoly::unset(bytes / 8, {1, false}, 1));
        recomputed.answers.push_back(std::move(answer));
      }
      return recomputed;
    };
    return out;
  }

  Commons commons_;
  /// Another run, which comes to another result.
  Result<client::RunReply> run_another(std::uint64_t number) {
    result_ = numbered(1000 + number);
    run_.authorisation.plan = numbered(2000 + number);
    return desk_.start(run_, {});
  }
  protocol::Authorisation release_of(std::uint64_t number) {
    protocol::Authorisation release = release_;
    release.plan = numbered(2000 + number);
    release.result = numbered(1000 + number);
    return release;
  }

  std::size_t answer_bytes_ = 0;
  Hash256 result_ = numbered(9);
  client::ReleaseCall run_;
  protocol::Authorisation release_;  // of what the run came to
  RunDesk desk_{[this](const client::ReleaseCall& call, CheckedRelease) { return setting(call); }};
};

TEST_F(RunDeskTest, AnEndedRunsResultIsReleasedForWhatItIsOf) {
  EXPECT_FALSE(desk_.finished(release_)) << "nothing has run";
  ASSERT_TRUE(desk_.start(run_, {}));
  const auto found = desk_.finished(release_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->result, result_);
  release_.result = numbered(10);
  EXPECT_FALSE(desk_.finished(release_));
}

// Of a model with 33 coefficients there were three copies: the run's, the desk's, and the one being released.
TEST_F(RunDeskTest, AResultIsThereOnce) {
  answer_bytes_ = 1 << 20;
  ASSERT_TRUE(desk_.start(run_, {}));
  const auto found = desk_.finished(release_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found, desk_.finished(release_));
  EXPECT_EQ(desk_.finished_bytes(), 1u << 20);
}

// Nothing is written into these answers: no page of them is ever touched.
TEST_F(RunDeskTest, ResultsAreKeptUpToALimitInBytesTheLastOneAlways) {
  answer_bytes_ = kFinishedBytesMax / 3;
  for (std::uint64_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(run_another(i));
    EXPECT_LE(desk_.finished_bytes(), kFinishedBytesMax);
    EXPECT_TRUE(desk_.finished(release_of(i)));
  }
  EXPECT_TRUE(desk_.finished(release_of(2)));
  EXPECT_FALSE(desk_.finished(release_of(1)));
  answer_bytes_ = kFinishedBytesMax + 8;
  ASSERT_TRUE(run_another(5));
  EXPECT_TRUE(desk_.finished(release_of(5)));
  EXPECT_FALSE(desk_.finished(release_of(4)));
}

// Of a guarded commons a release takes its part: by the hash of that part, and of the run that it is a part of.
TEST_F(RunDeskTest, APartOfAnEndedRunIsFoundByItsOwnHash) {
  ASSERT_TRUE(desk_.start(run_, {}));
  const auto part = [&](const client::Recomputed& run) {
    client::Recomputed taken;
    taken.result = Sha256("part").update(run.result.view()).finish();
    return taken;
  };
  EXPECT_FALSE(desk_.finished(release_, part)) << "the whole is no part";
  release_.result = Sha256("part").update(result_.view()).finish();
  EXPECT_FALSE(desk_.finished(release_)) << "and a part is not the whole";
  ASSERT_TRUE(desk_.finished(release_, part));
  EXPECT_EQ(desk_.finished(release_, part)->result, release_.result);
  release_.mask.bytes[3] ^= 1;
  EXPECT_FALSE(desk_.finished(release_, part));
}

TEST_F(RunDeskTest, NoMoreResultsAreKeptThanKFinishedRunsMax) {
  for (std::uint64_t i = 0; i <= kFinishedRunsMax; ++i) ASSERT_TRUE(run_another(i));
  EXPECT_FALSE(desk_.finished(release_of(0)));
  EXPECT_TRUE(desk_.finished(release_of(1)));
}

// Once the hash of a result was enough: somebody who had revoked since the run was in the answer that was then
// authorised under the new consent, and the model of one study was released to the requester of another.
TEST_F(RunDeskTest, AnEndedRunsResultIsNotReleasedUnderAnotherConsentDataPlanOrStudy) {
  ASSERT_TRUE(desk_.start(run_, {}));
  for (Hash256 protocol::Authorisation::*field :
       {&protocol::Authorisation::study, &protocol::Authorisation::plan, &protocol::Authorisation::data_root,
        &protocol::Authorisation::consent_root, &protocol::Authorisation::mask}) {
    protocol::Authorisation other = release_;
    (other.*field).bytes[7] ^= 1;
    EXPECT_FALSE(desk_.finished(other));
    EXPECT_TRUE(desk_.finished(release_));
  }
}

}  // namespace
}  // namespace mc::node
