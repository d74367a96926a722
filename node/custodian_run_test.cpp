// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "node/run_driver.hpp"
#include "protocol/refusal.hpp"
#include "protocol/testing/refresh_commons.hpp"

namespace mc::node {
namespace {

using protocol::testing::Commons;
using protocol::testing::RefreshCommons;
using ::testing::HasSubstr;

// Three custodians whose computation refreshes three constants twice, and a wire between them and the driver.
class CustodianRunTest : public ::testing::Test {
 protected:
  CustodianRunTest() {
    document.epoch = refresh.commons.committee.epoch;
    document.threshold = 2;
    for (int c = 0; c < 3; ++c) {
      client::CustodianEntry entry;
      entry.url = std::to_string(c);
      document.custodians.push_back(entry);
    }
    call.authorisation.epoch = document.epoch;
    call.authorisation.release_number = 1;
  }

  RunSetting setting(std::uint32_t c) {
    RunSetting out{refresh.commons.params,
                   refresh.commons.committee.shape,
                   refresh.commons.identities,
                   Commons::id(c),
                   document.epoch,
                   protocol::hash_authorisation(call.authorisation),
                   RunOf::of(call.authorisation),
                   forces,
                   needs_all,
                   {},
                   {}};
    out.patience = patience;
    out.patience_max = patience_max;
    out.repeated_bytes_max = repeated_bytes_max;
    out.compute = [this, c](query::Refresher& refresher) -> Result<client::Recomputed> {
      std::vector<fhe::Ciphertext> values = refresh.inputs(3);
      if (changed_inputs == c) std::swap(values[0], values[1]);
      client::Recomputed result;
      for (int round = 0; round < rounds; ++round) {
        query::RefreshStep step;
        step.map = refresh.request(values).map;
        step.map.outputs.clear();
        for (std::uint32_t i = 0; i < 3; ++i) step.map.outputs.push_back(fhe::replicated(i, refresh.scale));
        step.value_log2.assign(3, refresh.value_log2);
        step.inputs = std::move(values);
        std::this_thread::sleep_for(step_takes);
        MC_TRY(values, refresher.refresh(std::move(step)));
        for (fhe::Ciphertext& value : values) {
          for (fhe::NttPoly& part : value.parts) part = fhe::restrict_to(part, 3);
        }
      }
      std::this_thread::sleep_for(end_takes);
      result.answers = std::move(values);
      result.multiplicands = protocol::multiplicand_digests(refresh.params, result.answers);
      result.result = protocol::hash_results(refresh.params, result.answers, result.multiplicands);
      result.sigma_log2.assign(3, 20);
      return result;
    };
    out.answer = [this, c](const protocol::RefreshWork& work, const query::RefreshStep& step) {
      const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(c));
      const std::vector<std::uint64_t> times(step.inputs.size(), Commons::kToday_s);
      const protocol::RefreshView own{step.inputs, step.value_log2, times, &work};
      auto message = refresh.custodians[c].answer(work.request(), pieces, own, refresh.commons.custodians[c].state(),
                                                  refresh.commons.ledgers[c]);
      if (message && liar == c) {
        // A lie that is signed: another share of its last piece.
        protocol::PieceBytes& last = message->bytes.back();
        last.bytes.back() ^= 1;
        message->statement.hashes.back().hash = protocol::hash_share(last.bytes);
        protocol::sign_statement(Commons::identity(c), message->statement);
      }
      return message;
    };
    return out;
  }

  class Wire final : public client::Transport {
   public:
    Wire(CustodianRunTest& test, std::uint32_t c) : test_(test), c_(c) {}
    Result<Bytes> get(const std::string&, std::size_t) override { return fail(Code::kNotFound, "no such route"); }
    Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override {
      return fail(Code::kNotFound, "no such route");
    }
    Result<Bytes> post(const std::string& path, ByteView body, std::string_view, std::size_t) override {
      if (test_.dead == c_ && (test_.is_dead || (brings(path, body) && ++test_.calls_to_dead > test_.dies_after))) {
        test_.is_dead = true;
        return fail(Code::kUnavailable, "no answer");
      }
      MC_TRY(Bytes reply, answer(path, body));
      // A bit of the signature's statement, of a share and of the reply's form.
      if (test_.damaged == c_ && ++test_.replies_of_damaged == test_.damages_reply) {
        reply[test_.damages_at < reply.size() ? test_.damages_at : reply.size() - 1] ^= 1;
      }
      return reply;
    }
    [[nodiscard]] std::string url() const override { return std::to_string(c_); }

   private:
    /// Whether a call begins the run or brings messages; others only ask whether the answer is there.
    [[nodiscard]] bool brings(const std::string& path, ByteView body) const {
      if (path == "/v1/runs") return true;
      const auto call = client::decode_run_step_call(test_.document.epoch, body);
      return call && !call->messages.empty();
    }
    Result<Bytes> answer(const std::string& path, ByteView body) {
      if (path == "/v1/runs") {
        if (test_.busy.contains(c_)) {
          return protocol::refuse(protocol::Refusal::kBeingExecuted, Code::kUnavailable, "it is in another run");
        }
        MC_TRY(const client::ReleaseCall begun, client::decode_release_call(body));
        const std::lock_guard one_at_a_time(test_.beginning);
        if (!test_.goes_on || !test_.runs[c_] || test_.runs[c_]->may_begin_again()) {
          test_.runs[c_] = std::make_unique<CustodianRun>(test_.setting(c_));
        }
        MC_TRY(const client::RunReply reply, test_.runs[c_]->now(begun.bytes_for));
        return client::encode_run_reply(reply);
      }
      MC_TRY(const client::RunStepCall call, client::decode_run_step_call(test_.document.epoch, body));
      MC_TRY(const client::RunReply reply, test_.runs[c_]->next(call));
      return client::encode_run_reply(reply);
    }
    CustodianRunTest& test_;
    std::uint32_t c_;
  };

  Result<DrivenRun> drive() {
    return drive_run(document, refresh.commons.committee.shape, refresh.commons.identities, call,
                     [this](const std::string& url, const std::string&) {
                       return std::make_unique<Wire>(*this, static_cast<std::uint32_t>(std::stoul(url)));
                     });
  }

  /// What it says to a step, or in the end: asked until it does not compute.
  static Result<client::RunReply> settled(CustodianRun& run, client::RunStepCall call) {
    auto reply = run.next(call);
    call.messages.clear();
    while (reply && std::holds_alternative<client::RunPending>(*reply)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      reply = run.next(call);
    }
    return reply;
  }

  static constexpr std::uint32_t kNobody = 9;
  RefreshCommons refresh;
  client::CommonsDocument document;
  client::ReleaseCall call;
  std::unique_ptr<CustodianRun> runs[3];
  std::uint32_t changed_inputs = kNobody, liar = kNobody, dead = kNobody, damaged = kNobody;
  std::set<std::uint32_t> busy;     // in another run
  std::optional<ForcedFor> forces;  // what the runs force, when they force parameters
  bool needs_all = false;
  int rounds = 2;
  int dies_after = 0;  // times that it is begun or brought something
  std::atomic<bool> is_dead = false;
  std::mutex beginning;
  bool goes_on = false;  // whoever begins a run that is under way finds it there
  std::chrono::milliseconds patience{15'000}, patience_max = kRunPatience;
  std::chrono::milliseconds step_takes{0}, end_takes{0};
  std::size_t repeated_bytes_max = kRepeatedBytesMax;
  std::atomic<int> calls_to_dead = 0;
  int damages_reply = 1;         // which of its replies is damaged on the way,
  std::size_t damages_at = 100;  // and where; its last byte when it is shorter
  std::atomic<int> replies_of_damaged = 0;
};

TEST_F(CustodianRunTest, ThreeCustodiansComeToOneResultThatIsVerified) {
  const DrivenRun run = drive().value_or_stop();
  EXPECT_EQ(run.custodians.size(), 3u);
  EXPECT_EQ(run.receipt.refreshes, 2u);
  EXPECT_TRUE(run.receipt.verified);
  const auto result = runs[0]->result();
  ASSERT_TRUE(result);
  EXPECT_EQ(run.receipt.query.result, result->result);
  EXPECT_EQ(run.receipt.query.multiplicands, result->multiplicands);
  const fhe::SecretPoly s = refresh.commons.committee.collective_secret();
  for (std::size_t i = 0; i < 3; ++i) {
    const fhe::Plaintext plain = fhe::decrypt(refresh.params, s, result->answers[i]);
    for (const double slot : refresh.commons.encoder.decode(plain).value_or_stop()) {
      ASSERT_NEAR(slot, RefreshCommons::mean_of(i), 1e-9);
    }
  }
}

TEST_F(CustodianRunTest, OneThatDropsOutOnTheWayIsReplacedAndTheRunIsUnverified) {
  const Hash256 wanted = drive().value_or_stop().receipt.query.result;
  for (dies_after = 0; dies_after < 3; ++dies_after) {
    dead = 1;
    calls_to_dead = 0;
    is_dead = false;
    const DrivenRun run = drive().value_or_stop();
    EXPECT_EQ(run.receipt.query.result, wanted) << dies_after << ": shares are functions of what they are shares of";
    EXPECT_EQ(run.custodians.size(), 2u);
    EXPECT_EQ(run.receipt.verified, dies_after == 2) << "it had answered both refreshes";
    ASSERT_FALSE(run.notes.empty());
    EXPECT_THAT(run.notes.front(), HasSubstr("custodian 1"));
  }
}

// What one of two could make of a parameter, nobody would see.
TEST_F(CustodianRunTest, ParametersAreForcedOnlyWhenALieWouldBeSeen) {
  forces = ForcedFor{};
  needs_all = true;
  EXPECT_TRUE(drive());
  dead = 1;
  const auto run = drive();
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("parameters_unverified"));
  EXPECT_FALSE(runs[0]->result());
}

// Nor what it made of a column whose range bounds what one person changes.
TEST_F(CustodianRunTest, ARunOfAGuardedCommonsHasNoResultUnlessALieWouldBeSeen) {
  needs_all = true;
  EXPECT_TRUE(drive());
  dead = 1;
  const auto run = drive();
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("run_unverified"));
  EXPECT_FALSE(runs[0]->result());
}

TEST_F(CustodianRunTest, ALieIsSeenBeforeAnybodyGoesOn) {
  liar = 2;
  const auto run = drive();
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("contradict each other at refresh 0"));
  EXPECT_FALSE(runs[0]->result());
  EXPECT_FALSE(runs[1]->result());
}

TEST_F(CustodianRunTest, OneThatComputesSomethingElseIsNamedBesideTheOthers) {
  changed_inputs = 1;
  const auto run = drive();
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("compute different things"));
}

TEST_F(CustodianRunTest, AskedAgainItSaysTheSameAndAnotherStepIsAConflict) {
  CustodianRun run(setting(0));
  const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(0));
  const auto first = settled(run, {run.id(), 0, pieces, {}}).value_or_stop();
  EXPECT_EQ(settled(run, {run.id(), 0, pieces, {}}).value_or_stop(), first);
  EXPECT_EQ(settled(run, {run.id(), 5, pieces, {}}).error().code, Code::kConflict);
  EXPECT_FALSE(run.ended());
}

// Its number is on chain: a stranger who asks every minute kept it, and with it every other run from beginning.
TEST_F(CustodianRunTest, OneCallerWaitsForAStepAndOthersAreAnsweredAtOnce) {
  std::promise<void> go;
  RunSetting held = setting(0);
  held.compute = [compute = held.compute, may_go = go.get_future().share()](query::Refresher& refresher) {
    may_go.wait();
    return compute(refresher);
  };
  CustodianRun run(std::move(held));
  using Clock = std::chrono::steady_clock;
  const auto ask = [&] {
    const Clock::time_point start = Clock::now();
    const bool pending = std::holds_alternative<client::RunPending>(run.next({run.id(), 0, {}, {}}).value_or_stop());
    return std::pair(Clock::now() - start, pending);
  };
  std::future<std::pair<Clock::duration, bool>> asked[3];
  for (auto& one : asked) one = std::async(std::launch::async, ask);
  int kept = 0;
  for (auto& one : asked) {
    const auto [took, pending] = one.get();
    EXPECT_TRUE(pending);
    kept += took >= kWaitMax ? 1 : 0;
  }
  EXPECT_EQ(kept, 1);

  auto waiting = std::async(std::launch::async, ask);
  go.set_value();
  EXPECT_FALSE(waiting.get().second) << "it is answered when the step is there, without asking again";
}

TEST_F(CustodianRunTest, WhoOnlyAsksDoesNotKeepAnAbandonedRunAlive) {
  CustodianRun run(setting(0));
  ASSERT_TRUE(settled(run, {run.id(), 0, {}, {}}));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  EXPECT_TRUE(settled(run, {run.id(), 0, {}, {}}));
  EXPECT_FALSE(settled(run, {run.id(), 1, {}, {}})) << "nothing is delivered";
  EXPECT_FALSE(settled(run, {run.id(), 5, {}, {}}));
  EXPECT_GE(run.idle(), std::chrono::milliseconds(1'000));
}

// Once either ended this custodian's part, though anybody who reaches it can bring such messages.
TEST_F(CustodianRunTest, MessagesThatCannotBeCombinedAreTurnedAwayAndTheRunWaitsOn) {
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  const auto pieces_of = [&](std::uint32_t c) { return refresh.commons.committee.shape.pieces_of(Commons::id(c)); };
  const auto share = [](Result<client::RunReply> reply) {
    return std::get<client::RunShare>(std::move(reply).value_or_stop()).message;
  };
  const client::RunMessage own = share(settled(run, {run.id(), 0, pieces_of(0), {}}));
  const client::RunMessage theirs = share(settled(other, {run.id(), 0, pieces_of(1), {}}));
  const client::RunMessage last = share(settled(third, {run.id(), 0, pieces_of(2), {}}));

  const auto nothing = settled(run, {run.id(), 1, {}, {}});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::kUnavailable);
  client::RunMessage unsigned_one = theirs;
  unsigned_one.statement.hashes.front().hash.bytes[3] ^= 1;
  EXPECT_EQ(settled(run, {run.id(), 1, {}, {unsigned_one}}).error().code, Code::kRefused);
  client::RunMessage without_bytes = theirs;
  for (protocol::PieceBytes& piece : without_bytes.bytes) piece.bytes.back() ^= 1;
  EXPECT_EQ(settled(run, {run.id(), 1, {}, {without_bytes}}).error().code, Code::kNotFound);
  EXPECT_FALSE(run.ended());
  EXPECT_EQ(share(settled(run, {run.id(), 0, pieces_of(0), {}})), own) << "it says to this refresh what it said";

  const auto after = settled(run, {run.id(), 1, {}, {theirs, last}});
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(std::get<client::RunShare>(*after).step, 1U);
}

// Once a custodian whose reply was damaged on the way was dropped, or all of the others were, who had turned it away.
TEST_F(CustodianRunTest, AReplyThatComesDamagedIsAskedForOnceMore) {
  damaged = 1;
  for (damages_reply = 1; damages_reply <= 3; ++damages_reply) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{100}, std::size_t{1} << 40}) {
      damages_at = at;
      replies_of_damaged = 0;
      const auto run = drive();
      ASSERT_TRUE(run) << damages_reply << ", " << at << ": " << run.error().message;
      EXPECT_EQ(run->custodians.size(), 3U) << damages_reply << ", " << at;
      EXPECT_TRUE(run->receipt.verified);
    }
  }
}

// A driver that was killed left one custodian a step ahead of the others, and whoever had just been told what they said
// could bring a driver's next question too late: it is said once more.
TEST_F(CustodianRunTest, ADriverGoesOnWhereAnotherOneLeftTheCustodians) {
  goes_on = true;
  const Hash256 wanted = drive().value_or_stop().receipt.query.result;
  for (auto& run : runs) run.reset();
  std::vector<client::RunMessage> said;
  for (std::uint32_t c = 0; c < 3; ++c) {
    runs[c] = std::make_unique<CustodianRun>(setting(c));
    const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(c));
    said.push_back(
        std::get<client::RunShare>(settled(*runs[c], {runs[c]->id(), 0, pieces, {}}).value_or_stop()).message);
  }
  ASSERT_TRUE(settled(*runs[0], {runs[0]->id(), 1, {}, {said[1], said[2]}}));
  auto again = settled(*runs[0], {runs[0]->id(), 0, {}, {}});
  EXPECT_EQ(std::get<client::RunShare>(std::move(again).value_or_stop()).message.statement, said[0].statement);
  const CustodianRun* before = runs[0].get();
  const DrivenRun run = drive().value_or_stop();
  EXPECT_EQ(run.receipt.query.result, wanted);
  EXPECT_TRUE(run.receipt.verified);
  EXPECT_EQ(runs[0].get(), before) << "nobody had to begin again";
}

// A stranger who drives the same run, once with all and once with as few as can be combined, changes nothing for the
// driver who began it.
TEST_F(CustodianRunTest, TwoDriversOfOneRunComeToTheSame) {
  goes_on = true;
  std::optional<Result<DrivenRun>> both[2];
  {
    std::jthread other([&] { both[1] = drive(); });
    both[0] = drive();
  }
  for (const auto& run : both) {
    ASSERT_TRUE(*run) << (*run).error().message;
    EXPECT_TRUE((*run)->receipt.verified);
    EXPECT_EQ((*run)->receipt.query.result, runs[0]->result()->result);
  }
}

// The others wait where they are; they begin again with one that lost its run when it was restarted.
TEST_F(CustodianRunTest, WithOneThatWasRestartedTheOthersBeginAgain) {
  goes_on = true;
  patience = std::chrono::milliseconds(500);
  rounds = 3;
  const Hash256 wanted = drive().value_or_stop().receipt.query.result;
  for (std::uint32_t c = 0; c < 3; ++c) runs[c] = std::make_unique<CustodianRun>(setting(c));
  for (std::uint32_t step = 0; step < 2; ++step) {
    std::vector<client::RunMessage> said;
    for (std::uint32_t c = 0; c < 3; ++c) {
      const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(c));
      said.push_back(
          std::get<client::RunShare>(settled(*runs[c], {runs[c]->id(), step, pieces, {}}).value_or_stop()).message);
    }
    for (std::uint32_t c = 0; c < 3; ++c) {
      ASSERT_TRUE(settled(*runs[c], {runs[c]->id(), step + 1, {}, {said[(c + 1) % 3], said[(c + 2) % 3]}}));
    }
  }
  const CustodianRun* before = runs[0].get();
  runs[1] = std::make_unique<CustodianRun>(setting(1));
  const DrivenRun run = drive().value_or_stop();
  EXPECT_EQ(run.receipt.query.result, wanted);
  EXPECT_TRUE(run.receipt.verified);
  EXPECT_EQ(run.custodians.size(), 3U);
  EXPECT_NE(runs[0].get(), before);
}

// They keep what they came to, and so do not begin a run again that has ended.
TEST_F(CustodianRunTest, ThoseWhoHaveEndedARunSayItsResultWithoutOneThatHasLostIt) {
  goes_on = true;
  const Hash256 wanted = drive().value_or_stop().receipt.query.result;
  runs[1] = std::make_unique<CustodianRun>(setting(1));
  const auto start = std::chrono::steady_clock::now();
  const DrivenRun run = drive().value_or_stop();
  EXPECT_EQ(run.receipt.query.result, wanted);
  EXPECT_EQ(run.custodians, (std::vector{Commons::id(0), Commons::id(2)}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << "nobody waits for it";
}

// A run that was paid for failed where another one was under way.
TEST_F(CustodianRunTest, WhereTooManyAreInAnotherRunItsDriverIsToldToAskAgain) {
  busy = {2};
  EXPECT_EQ(drive().value_or_stop().custodians.size(), 2U) << "the others suffice";
  for (auto& run : runs) run.reset();
  busy = {0, 2};
  const auto run = drive();
  ASSERT_FALSE(run);
  EXPECT_EQ(protocol::reason_of(run.error()), "being_executed") << run.error().message;
}

// Of what the custodians say to a refresh, which anybody may ask for, somebody brought as little as can be combined:
// the run of a guarded commons ended without a result.
TEST_F(CustodianRunTest, TooFewMessagesForALieToBeSeenDoNotEndTheRun) {
  needs_all = true;
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  const auto said = [&](CustodianRun& whose, std::uint32_t c) {
    const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(c));
    return std::get<client::RunShare>(settled(whose, {whose.id(), 0, pieces, {}}).value_or_stop()).message;
  };
  const client::RunMessage theirs = said(other, 1), last = said(third, 2);
  said(run, 0);
  const auto few = settled(run, {run.id(), 1, {}, {theirs}});
  ASSERT_FALSE(few);
  EXPECT_THAT(few.error().message, HasSubstr("run_unverified"));
  EXPECT_FALSE(run.ended());
  EXPECT_FALSE(run.gives_way()) << "another run does not take its place at once";
  EXPECT_TRUE(settled(run, {run.id(), 1, {}, {theirs, last}}));
}

// Whoever lacks a custodian need not wait two minutes before the next question, and nobody else takes its place
// earlier.
TEST_F(CustodianRunTest, ARunForWhichTooFewCameGivesWayEarlierThanOneThatWaits) {
  needs_all = true;
  patience = std::chrono::milliseconds(1);
  CustodianRun run(setting(0)), other(setting(1));
  const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(1));
  const client::RunMessage theirs =
      std::get<client::RunShare>(settled(other, {other.id(), 0, pieces, {}}).value_or_stop()).message;
  ASSERT_TRUE(settled(run, {run.id(), 0, {}, {}}));
  while (!run.may_begin_again()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(run.gives_way());
  EXPECT_FALSE(settled(run, {run.id(), 1, {}, {theirs}}));
  EXPECT_TRUE(run.gives_way());
}

// How long a run is waited for follows from how long its steps are computed, and not from how long it waited before.
class PatienceTest : public CustodianRunTest {
 protected:
  PatienceTest() { patience = std::chrono::milliseconds(1); }
  /// What custodian `c` says to step 0, which it then waits with.
  client::RunMessage says(CustodianRun& run, std::uint32_t c) const {
    const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(c));
    return std::get<client::RunShare>(settled(run, {run.id(), 0, pieces, {}}).value_or_stop()).message;
  }
  static bool begins_again_within(const CustodianRun& run, std::chrono::milliseconds time) {
    const auto start = std::chrono::steady_clock::now();
    while (!run.may_begin_again()) {
      if (std::chrono::steady_clock::now() - start > time) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
};

TEST_F(PatienceTest, ARunIsWaitedForThriceAsLongAsItsSlowestStepTook) {
  step_takes = std::chrono::milliseconds(300);
  CustodianRun run(setting(0));
  says(run, 0);
  EXPECT_FALSE(begins_again_within(run, std::chrono::milliseconds(800)));
  EXPECT_TRUE(begins_again_within(run, std::chrono::milliseconds(5'000)));
}

TEST_F(PatienceTest, WhatItTookToComputeIsNoWaiting) {
  step_takes = std::chrono::milliseconds(1'000);
  CustodianRun run(setting(0));
  says(run, 0);
  EXPECT_LT(run.idle(), std::chrono::milliseconds(500));
}

TEST_F(PatienceTest, WhatItWaitedIsNoStep) {
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  says(run, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  ASSERT_TRUE(settled(run, {run.id(), 1, {}, {says(other, 1), says(third, 2)}}));
  EXPECT_TRUE(begins_again_within(run, std::chrono::milliseconds(1'500)));
}

TEST_F(PatienceTest, NobodyWaitsLongerThanTheMost) {
  step_takes = std::chrono::milliseconds(1'000);
  patience_max = std::chrono::milliseconds(200);
  CustodianRun run(setting(0));
  says(run, 0);
  EXPECT_TRUE(begins_again_within(run, std::chrono::milliseconds(1'000)));
  EXPECT_TRUE(run.gives_way()) << "to another one, too";
}

TEST_F(PatienceTest, ARunIsBegunAgainSoLongAfterItsEndAndNotAfterItsLastStep) {
  patience = std::chrono::milliseconds(500);
  end_takes = std::chrono::milliseconds(1'000);
  rounds = 1;
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  says(run, 0);
  ASSERT_TRUE(settled(run, {run.id(), 1, {}, {says(other, 1), says(third, 2)}}));
  ASSERT_TRUE(run.ended());
  EXPECT_FALSE(run.may_begin_again());
}

TEST_F(PatienceTest, TooFewOfOneStepAreForgottenWithTheNext) {
  needs_all = true;
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  says(run, 0);
  const client::RunMessage theirs = says(other, 1);
  EXPECT_FALSE(settled(run, {run.id(), 1, {}, {theirs}}));
  ASSERT_TRUE(settled(run, {run.id(), 1, {}, {theirs, says(third, 2)}}));
  EXPECT_TRUE(begins_again_within(run, std::chrono::milliseconds(5'000)));
  EXPECT_FALSE(run.gives_way());
}

TEST_F(PatienceTest, WhatWasSaidToTheStepBeforeIsKeptUpToALimit) {
  repeated_bytes_max = 0;
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  says(run, 0);
  ASSERT_TRUE(settled(run, {run.id(), 1, {}, {says(other, 1), says(third, 2)}}));
  EXPECT_EQ(settled(run, {run.id(), 0, {}, {}}).error().code, Code::kConflict);
}

}  // namespace
}  // namespace mc::node
