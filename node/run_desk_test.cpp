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
                   {},
                   {}};
    out.compute = [result = result_](query::Refresher&) -> Result<client::Recomputed> {
      client::Recomputed recomputed;
      recomputed.result = result;
      return recomputed;
    };
    return out;
  }

  Commons commons_;
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
