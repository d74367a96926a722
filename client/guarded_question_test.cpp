// SPDX-License-Identifier: Apache-2.0
#include "client/guarded_question.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "protocol/answer_ledger.hpp"
#include "protocol/testing/commons.hpp"
#include "query/plan/compile.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {
namespace {

using protocol::testing::Commons;
using protocol::testing::numbered_key;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kSchemaText = R"({"name": "commons", "fields": [
  {"name": "age", "type": "integer", "constraints": {"required": true, "minimum": 20, "maximum": 80}, "bins": [40, 60]},
  {"name": "sex", "type": "string", "constraints": {"required": true}, "categories": ["F", "M"]}]})";

class GuardedQuestion : public ::testing::Test {
 protected:
  GuardedQuestion() { view_.owners = {{"0xaa", {0, 300}, std::vector<std::uint8_t>(300, 1)}}; }
  static query::Plan plan(const std::string& sql) {
    const data::Schema schema = data::schema_from_json(kSchemaText).value_or_stop();
    return query::compile(sql, schema, "commons", query::limb_budget("standard").value_or_stop()).value_or_stop();
  }
  fhe::ParamsPtr params_ = fhe::Params::named("standard").value_or_stop();
  DatasetView view_;
};

TEST_F(GuardedQuestion, CountsAndTheRestTogetherCostNoMoreThanWasAsked) {
  const query::Plan asked = plan("SELECT sex, count(*), avg(age), var_samp(age) FROM commons GROUP BY sex");
  const query::PlanPart counts{query::PlanPart::Kind::kCounts, {}};
  const query::PlanPart groups = query::all_groups(asked);
  for (const std::uint64_t rho : {100'000ULL, 10'000'000ULL, 500'000'000ULL}) {
    const GuardedNoise noise = guarded_noise(asked, view_, *params_, 3, rho).value_or_stop();
    EXPECT_LE(noise.rho_nano, rho);
    const auto counted = query::released_by(asked, counts);
    const auto released = query::released_by(asked, groups);
    const PartNoise first =
        noise_of_part(counted, release_bounds(asked, view_, *params_, 3, counts).value(), noise, {});
    const Recomputed bounds = release_bounds(asked, view_, *params_, 3, groups).value();
    const PartNoise then = noise_of_part(released, bounds, noise, counted);
    EXPECT_LE(first.rho_nano + then.rho_nano, rho + 2) << "each is rounded up";
    EXPECT_GT(first.rho_nano, rho / 20);
    EXPECT_GE(noise_of_part(released, bounds, noise, {}).rho_nano + 1, noise.rho_nano) << "unpaid counts cost again";
    for (std::size_t i = 0; i < released.size(); ++i) {
      const auto place = std::find(counted.begin(), counted.end(), released[i]);
      if (place == counted.end()) continue;
      EXPECT_EQ(then.sigma_log2[i], first.sigma_log2[static_cast<std::size_t>(place - counted.begin())]);
    }
  }
}

TEST_F(GuardedQuestion, CountsThatOnlyCustodiansSeeArePaidForToo) {
  const query::Plan asked = plan("SELECT count(*) FROM commons WHERE sex IN $who AND age >= 60");
  constexpr std::uint64_t kRho = 10'000'000;
  const GuardedNoise noise = guarded_noise(asked, view_, *params_, 3, kRho).value_or_stop();
  const query::PlanPart counts{query::PlanPart::Kind::kCounts, {}}, groups{query::PlanPart::Kind::kGroups, {1}};
  const auto counted = query::released_by(asked, counts);
  ASSERT_EQ(counted.size(), 3u) << "everybody, and each of two categories";
  const PartNoise first = noise_of_part(counted, release_bounds(asked, view_, *params_, 3, counts).value(), noise, {});
  const PartNoise then = noise_of_part(query::released_by(asked, groups),
                                       release_bounds(asked, view_, *params_, 3, groups).value(), noise, counted);
  EXPECT_LE(first.rho_nano + then.rho_nano, kRho + 2);
  EXPECT_GT(first.rho_nano, kRho / 20);
}

/// With what is known a question may cost a trifle more than it may, whatever a trifle less is tried.
TEST_F(GuardedQuestion, AShareThatFitsIsFoundInFewSteps) {
  const query::Plan asked = plan("SELECT sex, count(*), avg(age), var_samp(age) FROM commons GROUP BY sex");
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t rho = 100'000'000; rho < 200'000'000; rho += 5'000'003) {
    const GuardedNoise before = guarded_noise(asked, view_, *params_, 3, rho).value_or_stop();
    for (const auto& [moment, sigma] : before.sigma_log2) {
      const auto finer = static_cast<std::uint8_t>(sigma - 1);
      const auto noise = guarded_noise(asked, view_, *params_, 3, before.rho_nano, {{moment, finer}});
      if (noise) {
        EXPECT_LE(noise->rho_nano, before.rho_nano);
      }
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20))
      << "0.3 s; step by step it would be hours";
}

TEST_F(GuardedQuestion, WhatWasReleasedBeforeKeepsItsSigmaAndTheRestHasWhatIsLeft) {
  const query::Plan asked = plan("SELECT sex, count(*), avg(age), var_samp(age) FROM commons GROUP BY sex");
  constexpr std::uint64_t kRho = 100'000'000;
  const GuardedNoise free = guarded_noise(asked, view_, *params_, 3, kRho).value_or_stop();
  const query::MomentId count = asked.groups[0].n;
  // Released before with half the deviation: it costs four times as much, and the others have to do with less.
  const auto finer = static_cast<std::uint8_t>(free.sigma_log2.at(count) - 1);
  const GuardedNoise kept = guarded_noise(asked, view_, *params_, 3, 2 * kRho, {{count, finer}}).value_or_stop();
  EXPECT_EQ(kept.sigma_log2.at(count), finer);
  EXPECT_LE(kept.rho_nano, 2 * kRho);
  // With twice the deviation it is simply cheaper.
  const auto coarser = static_cast<std::uint8_t>(free.sigma_log2.at(count) + 1);
  EXPECT_EQ(guarded_noise(asked, view_, *params_, 3, kRho, {{count, coarser}}).value_or_stop().sigma_log2.at(count),
            coarser);
  // With a sixteenth it costs more than the question may.
  const auto finest = static_cast<std::uint8_t>(free.sigma_log2.at(count) - 4);
  const auto refused = guarded_noise(asked, view_, *params_, 3, kRho, {{count, finest}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("larger --rho"));
}

TEST_F(GuardedQuestion, OnlyCountsCostNothingTheSecondTime) {
  const query::Plan asked = plan("SELECT count(*) FROM commons WHERE age >= 60");
  const GuardedNoise noise = guarded_noise(asked, view_, *params_, 3, 10'000'000).value_or_stop();
  const query::PlanPart groups{query::PlanPart::Kind::kGroups, {1}};
  const auto released = query::released_by(asked, groups);
  const PartNoise then = noise_of_part(released, release_bounds(asked, view_, *params_, 3, groups).value(), noise,
                                       query::count_moments(asked));
  EXPECT_EQ(then.rho_nano, 1u) << "the chain takes nothing that is free";
}

/// A custodian that says what it is told to.
class Voice final : public Transport {
 public:
  Voice(const protocol::CustodianIdentity& identity, CustodianId id, Epoch epoch, query::GuardedVerdict verdict,
        std::optional<Error> refusal, Bytes sigmas = {})
      : key_(protocol::make_count_key(identity, id, epoch)),
        verdict_(std::move(verdict)),
        refusal_(std::move(refusal)),
        sigmas_(std::move(sigmas)) {}
  Result<Bytes> get(const std::string&, std::size_t) override { return protocol::encode_count_key(key_); }
  Result<Bytes> post(const std::string& path, ByteView, std::string_view, std::size_t) override {
    if (path == "/v1/counts/verdict") return encode_verdict(verdict_);
    if (path == "/v1/sigmas") return sigmas_;
    if (refusal_) return fail(*refusal_);
    protocol::CountMessage message;
    message.custodian = key_.custodian;
    message.epoch = key_.epoch;
    return protocol::encode_count_message(message);
  }
  Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override {
    return fail(Code::kUnavailable, "nobody puts");
  }
  [[nodiscard]] std::string url() const override { return "a voice"; }

 private:
  protocol::CountKey key_;
  query::GuardedVerdict verdict_;
  std::optional<Error> refusal_;
  Bytes sigmas_;
};

class Round : public ::testing::Test {
 protected:
  Result<query::GuardedVerdict> verdict() {
    const CountsRound round{*commons_.params, commons_.identities, commons_.committee.epoch, everybody_,
                            [this](CustodianId id) -> std::unique_ptr<Transport> {
                              return std::make_unique<Voice>(protocol::count_identity(numbered_key(5000 + id.value)),
                                                             id, commons_.committee.epoch, verdicts_[id.value],
                                                             refusals_[id.value]);
                            }};
    std::size_t bytes = 0;
    ReleaseCall call{commons_.authorise(commons_.results(1)), "SELECT count(*) FROM commons", {}, {}};
    return verdict_on_counts(round, call, 3, bytes);
  }
  Commons commons_;
  std::vector<CustodianId> everybody_ = {Commons::id(0), Commons::id(1), Commons::id(2)};
  std::vector<query::GuardedVerdict> verdicts_{3, {false, "", {1, 1, 1}}};
  std::vector<std::optional<Error>> refusals_{3};
};

TEST_F(Round, WhatAllCustodiansShowIsShown) {
  verdicts_[1].shown = {1, 0, 1};
  verdicts_[2].shown = {1, 1, 0};
  EXPECT_THAT(verdict().value_or_stop().shown, ElementsAre(1, 0, 0));
  verdicts_[0].shown = {0, 1, 1};
  EXPECT_TRUE(verdict().value_or_stop().refused) << "nothing is left";
}

TEST_F(Round, WhatAnyCustodianLeavesOutIsLeftOut) {
  verdicts_[0].left_out = {query::MomentId(2), query::MomentId(5)};
  verdicts_[2].left_out = {query::MomentId(1), query::MomentId(5)};
  EXPECT_THAT(verdict().value_or_stop().left_out,
              ElementsAre(query::MomentId(1), query::MomentId(2), query::MomentId(5)));
  verdicts_[1].left_out = {query::MomentId(5), query::MomentId(2)};
  EXPECT_FALSE(verdict()) << "they ascend";
}

TEST_F(Round, ASigmaIsKnownWhenEnoughCustodiansNameIt) {
  constexpr std::uint8_t kNo = protocol::kNeverReleased;
  const std::vector<Bytes> said{{80, 80, kNo, 81, 80}, {80, kNo, kNo, 80, 82}, {80, kNo, 90, 80}};
  const std::vector<Hash256> multiplicands(5);
  const CountsRound round{*commons_.params, commons_.identities, commons_.committee.epoch, everybody_,
                          [&](CustodianId id) -> std::unique_ptr<Transport> {
                            return std::make_unique<Voice>(protocol::count_identity(numbered_key(5000 + id.value)), id,
                                                           commons_.committee.epoch, verdicts_[id.value], std::nullopt,
                                                           said[id.value]);
                          }};
  // The third one says too little: it is not listened to. One alone may lie.
  EXPECT_EQ(known_sigmas(round, multiplicands, 2), (std::map<std::size_t, std::uint8_t>{{0, 80}}));
  EXPECT_EQ(known_sigmas(round, std::span(multiplicands).first(4), 2).size(), 0u) << "and these say too much";
}

TEST_F(Round, TheStrictestCustodianDecides) {
  verdicts_[2] = {true, "too few persons", {}};
  EXPECT_EQ(verdict().value_or_stop().sentence, "too few persons");
}

TEST_F(Round, ARefusalSaysWhoRefused) {
  refusals_[1] = Error{Code::kRefused, "consent_too_similar: one person"};
  EXPECT_THAT(verdict().error().message, HasSubstr("custodian 1: consent_too_similar"));
}

TEST_F(Round, WhenACustodianIsMissingItIsNamed) {
  refusals_[2] = Error{Code::kUnavailable, "does not answer"};
  const auto refused = verdict();
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("custodian 2: does not answer"));
}

}  // namespace
}  // namespace mc::client
