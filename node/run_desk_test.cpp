// SPDX-License-Identifier: Apache-2.0
#include "node/run_desk.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "protocol/refusal.hpp"
#include "protocol/testing/commons.hpp"

namespace mc::node {
namespace {

using protocol::testing::Commons;

Hash256 desk_hash(std::uint64_t number) {
  return Sha256("run desk").update_u64(number).finish();
}

// Runs without a refresh: each comes to `result_` at once.
class RunDeskTest : public ::testing::Test {
 protected:
  ~RunDeskTest() override { let_compute(); }
  RunDeskTest() {
    run_.authorisation.study = desk_hash(1);
    run_.authorisation.plan = desk_hash(2);
    run_.authorisation.data_root = desk_hash(3);
    run_.authorisation.consent_root = desk_hash(4);
    run_.authorisation.mask = desk_hash(5);
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
    out.patience = patience_;
    out.compute = [this, result = result_, bytes = answer_bytes_](query::Refresher&) -> Result<client::Recomputed> {
      ++begun_;
      computes_.wait(false);
      if (fails_) return fail(Code::kUnavailable, "the store is gone");
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

  void let_compute() {
    computes_ = true;
    computes_.notify_all();
  }
  Commons commons_;
  /// What is said in the end: nobody is kept waiting.
  Result<client::RunReply> run_to_its_end() {
    auto reply = desk_.start(run_, {});
    while (reply && std::holds_alternative<client::RunPending>(*reply)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      reply = desk_.step({protocol::hash_authorisation(run_.authorisation), 0, {}, {}});
    }
    return reply;
  }
  /// Another run, which comes to another result.
  Result<client::RunReply> run_another(std::uint64_t number) {
    result_ = desk_hash(1000 + number);
    run_.authorisation.plan = desk_hash(2000 + number);
    return run_to_its_end();
  }
  protocol::Authorisation release_of(std::uint64_t number) {
    protocol::Authorisation release = release_;
    release.plan = desk_hash(2000 + number);
    release.result = desk_hash(1000 + number);
    return release;
  }

  mutable std::atomic<int> begun_ = 0;
  mutable std::atomic<bool> computes_ = true;  // false: every computation stands still
  bool fails_ = false;
  std::chrono::milliseconds patience_{15'000};
  std::size_t answer_bytes_ = 0;
  Hash256 result_ = desk_hash(9);
  client::ReleaseCall run_;
  protocol::Authorisation release_;  // of what the run came to
  std::function<void()> meanwhile_;  // once, while a run is about to begin
  RunDesk desk_{[this](const client::ReleaseCall& call, CheckedRelease) {
    if (const auto other = std::exchange(meanwhile_, nullptr)) other();
    return setting(call);
  }};
};

TEST_F(RunDeskTest, AnEndedRunsResultIsReleasedForWhatItIsOf) {
  EXPECT_FALSE(desk_.finished(release_)) << "nothing has run";
  ASSERT_TRUE(run_to_its_end());
  const auto found = desk_.finished(release_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->result, result_);
  release_.result = desk_hash(10);
  EXPECT_FALSE(desk_.finished(release_));
}

// Of a model with 33 coefficients there were three copies: the run's, the desk's, and the one being released.
TEST_F(RunDeskTest, AResultIsThereOnce) {
  answer_bytes_ = 1 << 20;
  ASSERT_TRUE(run_to_its_end());
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
  ASSERT_TRUE(run_to_its_end());
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
  ASSERT_TRUE(run_to_its_end());
  for (Hash256 protocol::Authorisation::*field :
       {&protocol::Authorisation::study, &protocol::Authorisation::plan, &protocol::Authorisation::data_root,
        &protocol::Authorisation::consent_root, &protocol::Authorisation::mask}) {
    protocol::Authorisation other = release_;
    (other.*field).bytes[7] ^= 1;
    EXPECT_FALSE(desk_.finished(other));
    EXPECT_TRUE(desk_.finished(release_));
  }
}

// Four who asked for a step of a run, which anybody may whose number is on chain, held a custodian's four workers for
// as long as the step was computed: nobody heard of its health, and no release, opening or message reached it.
TEST_F(RunDeskTest, WhoAsksWhileARunComputesIsToldSo) {
  computes_ = false;
  std::vector<std::future<Result<client::RunReply>>> replies;
  for (int i = 0; i < 8; ++i) {
    const auto begun = desk_.start(run_, {});
    ASSERT_TRUE(begun);
    EXPECT_EQ(std::get<client::RunPending>(*begun).step, 0U);
    replies.push_back(std::async(std::launch::async, [this] {
      return desk_.step({protocol::hash_authorisation(run_.authorisation), 0, {}, {}});
    }));
  }
  for (auto& asked : replies) {
    const auto reply = asked.get();
    ASSERT_TRUE(reply);
    EXPECT_EQ(std::get<client::RunPending>(*reply).step, 0U);
  }
  computes_ = true;
  computes_.notify_all();
  EXPECT_TRUE(std::holds_alternative<client::RunReceipt>(run_to_its_end().value()));
}

// Who sent somebody's authorisation once more began the run again, and waited for the computation that was thrown away.
TEST_F(RunDeskTest, ARunThatIsUnderWayOrHasJustEndedIsNotBegunAgainByWhoAsksForIt) {
  computes_ = false;
  ASSERT_TRUE(desk_.start(run_, {}));
  ASSERT_TRUE(desk_.start(run_, {}));
  client::ReleaseCall other = run_;
  other.authorisation.plan = desk_hash(7);
  EXPECT_EQ(desk_.start(other, {}).error().code, Code::kUnavailable);
  computes_ = true;
  computes_.notify_all();
  ASSERT_TRUE(run_to_its_end());
  ASSERT_TRUE(run_to_its_end());
  EXPECT_EQ(begun_, 1);
  EXPECT_TRUE(desk_.start(other, {})) << "another one takes the place of one that has ended";
}

TEST_F(RunDeskTest, ARunThatFailedIsBegunAgainAtOnce) {
  fails_ = true;
  EXPECT_EQ(run_to_its_end().error().message, "the store is gone");
  fails_ = false;
  EXPECT_TRUE(run_to_its_end());
  EXPECT_EQ(begun_, 2);
}

// Runs were begun again by whoever sent an old authorisation, and nobody else's was: 120 s for each call that nobody
// followed up.
TEST_F(RunDeskTest, ARunThatHasEndedSaysSoAsLongAsItsResultIsKept) {
  patience_ = std::chrono::milliseconds(1);
  ASSERT_TRUE(run_to_its_end());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto again = run_to_its_end();
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<client::RunReceipt>(*again).query.result, desk_hash(9));
  const client::ReleaseCall first = run_;
  ASSERT_TRUE(run_another(1));
  EXPECT_EQ(begun_, 2);
  const auto after_another = desk_.start(first, {});
  ASSERT_TRUE(after_another);
  EXPECT_EQ(std::get<client::RunReceipt>(*after_another).query.result, desk_hash(9));
  EXPECT_EQ(begun_, 2);
}

TEST_F(RunDeskTest, OfTwoWhoBeginOneRunAtTheSameMomentOneBeginsIt) {
  computes_ = false;
  meanwhile_ = [this] { EXPECT_TRUE(desk_.start(run_, {})); };
  EXPECT_TRUE(desk_.start(run_, {}));
  let_compute();
  EXPECT_TRUE(run_to_its_end());
  EXPECT_EQ(begun_, 1);
}

TEST_F(RunDeskTest, OfTwoRunsThatBeginAtTheSameMomentOneDoes) {
  computes_ = false;
  client::ReleaseCall other = run_;
  other.authorisation.plan = desk_hash(7);
  meanwhile_ = [&] { EXPECT_TRUE(desk_.start(other, {})); };
  const auto late = desk_.start(run_, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(protocol::reason_of(late.error()), "being_executed");
  let_compute();
  run_ = other;
  EXPECT_TRUE(run_to_its_end());
}

TEST_F(RunDeskTest, ARunsResultIsKeptAlthoughNobodyHeardOfItsEnd) {
  ASSERT_TRUE(desk_.start(run_, {}));
  client::ReleaseCall other = run_;
  other.authorisation.plan = desk_hash(7);
  while (!desk_.start(other, {})) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(desk_.finished(release_));
}

TEST_F(RunDeskTest, WhatHasBeenRunBeforeGivesWayToWhatHasNot) {
  const client::ReleaseCall old = run_;
  ASSERT_TRUE(run_to_its_end());
  for (std::uint64_t i = 0; i < kFinishedRunsMax; ++i) ASSERT_TRUE(run_another(i));
  const int before = begun_;
  computes_ = false;
  const client::ReleaseCall newest = run_;
  run_ = old;
  ASSERT_TRUE(desk_.start(old, {})) << "its result is gone, so that it is run again";
  while (begun_ == before) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(desk_.start(newest, {})) << "which is kept, and needs no place";
  client::ReleaseCall fresh = run_;
  fresh.authorisation.plan = desk_hash(7);
  const auto begun = desk_.start(fresh, {});
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_TRUE(std::holds_alternative<client::RunPending>(*begun)) << "whoever begins it is not kept waiting either";
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(begun_, before + 1) << "it computes when the other one has ended";
  EXPECT_EQ(protocol::reason_of(desk_.start(old, {}).error()), "being_executed");
  client::ReleaseCall later = run_;
  later.authorisation.plan = desk_hash(8);
  EXPECT_EQ(protocol::reason_of(desk_.start(later, {}).error()), "being_executed") << "both are new";
  let_compute();
  run_ = fresh;
  EXPECT_TRUE(std::holds_alternative<client::RunReceipt>(run_to_its_end().value()));
}

TEST_F(RunDeskTest, ARunThatWasBegunThreeTimesGivesWayToo) {
  client::ReleaseCall fresh = run_;
  fresh.authorisation.plan = desk_hash(7);
  fails_ = true;
  for (int i = 1; i < kBegunMax; ++i) EXPECT_FALSE(run_to_its_end());
  fails_ = false;
  EXPECT_EQ(begun_, kBegunMax - 1);
  computes_ = false;
  ASSERT_TRUE(desk_.start(run_, {}));
  EXPECT_TRUE(desk_.start(fresh, {}));
  let_compute();
}

}  // namespace
}  // namespace mc::node
