// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "node/run_driver.hpp"
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
    out.compute = [this, c](query::Refresher& refresher) -> Result<client::Recomputed> {
      std::vector<fhe::Ciphertext> values = refresh.inputs(3);
      if (changed_inputs == c) std::swap(values[0], values[1]);
      client::Recomputed result;
      for (int round = 0; round < 2; ++round) {
        query::RefreshStep step;
        step.map = refresh.request(values).map;
        step.map.outputs.clear();
        for (std::uint32_t i = 0; i < 3; ++i) step.map.outputs.push_back(fhe::replicated(i, refresh.scale));
        step.value_log2.assign(3, refresh.value_log2);
        step.inputs = std::move(values);
        MC_TRY(values, refresher.refresh(std::move(step)));
        for (fhe::Ciphertext& value : values) {
          for (fhe::NttPoly& part : value.parts) part = fhe::restrict_to(part, 3);
        }
      }
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
        message->statement.hashes.back().hash = sha256(last.bytes);
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
      if (test_.dead == c_ && ++test_.calls_to_dead > test_.dies_after) return fail(Code::kUnavailable, "no answer");
      MC_TRY(Bytes reply, answer(path, body));
      // A bit of the signature's statement, of a share and of the reply's form.
      if (test_.damaged == c_ && ++test_.replies_of_damaged == test_.damages_reply) {
        reply[test_.damages_at < reply.size() ? test_.damages_at : reply.size() - 1] ^= 1;
      }
      return reply;
    }
    [[nodiscard]] std::string url() const override { return std::to_string(c_); }

   private:
    Result<Bytes> answer(const std::string& path, ByteView body) {
      if (path == "/v1/runs") {
        MC_TRY(const client::ReleaseCall call, client::decode_release_call(body));
        test_.runs[c_] = std::make_unique<CustodianRun>(test_.setting(c_));
        MC_TRY(const client::RunReply reply, test_.runs[c_]->next({test_.runs[c_]->id(), 0, call.bytes_for, {}}));
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

  static constexpr std::uint32_t kNobody = 9;
  RefreshCommons refresh;
  client::CommonsDocument document;
  client::ReleaseCall call;
  std::unique_ptr<CustodianRun> runs[3];
  std::uint32_t changed_inputs = kNobody, liar = kNobody, dead = kNobody, damaged = kNobody;
  std::optional<ForcedFor> forces;  // what the runs force, when they force parameters
  bool needs_all = false;
  int dies_after = 0;
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
  const auto first = run.next({run.id(), 0, pieces, {}}).value_or_stop();
  EXPECT_EQ(run.next({run.id(), 0, pieces, {}}).value_or_stop(), first);
  EXPECT_EQ(run.next({run.id(), 5, pieces, {}}).error().code, Code::kConflict);
  EXPECT_FALSE(run.ended());
}

// Its number is on chain: a stranger who asks every minute kept it, and with it every other run from beginning.
TEST_F(CustodianRunTest, WhoOnlyAsksDoesNotKeepAnAbandonedRunAlive) {
  CustodianRun run(setting(0));
  ASSERT_TRUE(run.next({run.id(), 0, {}, {}}));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  EXPECT_TRUE(run.next({run.id(), 0, {}, {}}));
  EXPECT_FALSE(run.next({run.id(), 1, {}, {}})) << "nothing is delivered";
  EXPECT_FALSE(run.next({run.id(), 5, {}, {}}));
  EXPECT_GE(run.idle(), std::chrono::seconds(1));
}

// Once either ended this custodian's part, though anybody who reaches it can bring such messages.
TEST_F(CustodianRunTest, MessagesThatCannotBeCombinedAreTurnedAwayAndTheRunWaitsOn) {
  CustodianRun run(setting(0)), other(setting(1)), third(setting(2));
  const auto pieces_of = [&](std::uint32_t c) { return refresh.commons.committee.shape.pieces_of(Commons::id(c)); };
  const auto share = [](Result<client::RunReply> reply) {
    return std::get<client::RunShare>(std::move(reply).value_or_stop()).message;
  };
  const client::RunMessage own = share(run.next({run.id(), 0, pieces_of(0), {}}));
  const client::RunMessage theirs = share(other.next({run.id(), 0, pieces_of(1), {}}));
  const client::RunMessage last = share(third.next({run.id(), 0, pieces_of(2), {}}));

  const auto nothing = run.next({run.id(), 1, {}, {}});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::kUnavailable);
  client::RunMessage unsigned_one = theirs;
  unsigned_one.statement.hashes.front().hash.bytes[3] ^= 1;
  EXPECT_EQ(run.next({run.id(), 1, {}, {unsigned_one}}).error().code, Code::kRefused);
  client::RunMessage without_bytes = theirs;
  for (protocol::PieceBytes& piece : without_bytes.bytes) piece.bytes.back() ^= 1;
  EXPECT_EQ(run.next({run.id(), 1, {}, {without_bytes}}).error().code, Code::kNotFound);
  EXPECT_FALSE(run.ended());
  EXPECT_EQ(share(run.next({run.id(), 0, pieces_of(0), {}})), own) << "it says to this refresh what it said";

  const auto after = run.next({run.id(), 1, {}, {theirs, last}});
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

}  // namespace
}  // namespace mc::node
