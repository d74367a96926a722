// SPDX-License-Identifier: Apache-2.0
#include "query/release/noise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/sealed_clinic.hpp"
#include "query/testing/sql_oracle.hpp"

namespace mc::query {
namespace {

using testing::clinic_schema;
using testing::Keys;
using testing::SealedClinic;

/// The noise of an answer, measured by sealing the same records twice: the difference of the two answers holds both
/// noises and no message, whatever the double precision of an evaluation in the clear would be.
struct MeasuredNoise {
  double mean_log2;  // of |slot| of the difference of two sealings, over sqrt(2): coefficient 0 for the worst signs
  double coefficient_log2;  // of its coefficient 0, over sqrt(2)
};

MeasuredNoise difference(const Keys& keys, const fhe::Ciphertext& a, const fhe::Ciphertext& b) {
  fhe::Ciphertext c = a;
  EXPECT_TRUE(keys.evaluator->subtract_inplace(c, b));
  const fhe::Plaintext opened = fhe::decrypt(*keys.params, keys.secret, c);
  const double scale = std::exp2(opened.scale.bits(*keys.params));
  double sum = 0;
  const auto slots = keys.encoder.decode(opened).value_or_stop();
  for (const double slot : slots) sum += std::abs(slot);
  const double mean = sum / static_cast<double>(slots.size()) * scale;
  return {std::log2(mean / std::sqrt(2.0)), std::log2(std::abs(keys.mean(c)) * scale / std::sqrt(2.0) + 1e-9)};
}

struct Slack {
  double tightest = 1e9, loosest = 0;
};

void compare_with_bounds(const char* profile, std::uint32_t pieces, std::uint64_t seeds, Slack& slack_of_all) {
  const data::Schema schema = clinic_schema();
  Keys keys(pieces, "query tests", profile);
  SealedClinic first(keys, schema);
  SealedClinic second(keys, schema);
  testing::fill_three_hospitals(first, schema, 7, keys.slot_count());
  testing::fill_three_hospitals(second, schema, 7, keys.slot_count());
  const NoiseSetting setting = noise_setting(pieces, first.owners, keys.slot_count());
  EXPECT_EQ(setting.blocks, 2u);
  EXPECT_EQ(setting.owners_per_block, 3u);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    // And one whose features go in pairs.
    const std::string sql = seed == 1 ? "SELECT chisq_test(smoker, nyha), chisq_test(sex, nyha) FROM clinic WHERE death"
                                      : testing::QueryWriter(seed + 100 * pieces, false).query();
    auto plan = compile(sql, schema, "clinic", limb_budget(profile).value_or_stop());
    if (!plan || plan->is_run()) continue;  // with refreshes: query/compare
    const auto bounds = answer_bounds(*plan, *keys.params, setting).value_or_stop();
    const auto a = execute(*plan, first.owners, first, keys.bench()).value_or_stop();
    const auto b = execute(*plan, second.owners, second, keys.bench()).value_or_stop();
    ASSERT_EQ(bounds.size(), a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(bounds[i].scale, a[i].scale)
          << sql << " S" << i << " " << bounds[i].scale.text() << " " << a[i].scale.text();
      EXPECT_EQ(bounds[i].level, a[i].level());
      const MeasuredNoise measured = difference(keys, a[i], b[i]);
      const double slack = bounds[i].noise_log2 - measured.mean_log2;
      EXPECT_GT(slack, 0) << sql << " S" << i << " = " << node_text(*plan, plan->moments[i]);
      EXPECT_GT(bounds[i].noise_log2, measured.coefficient_log2) << sql;
      slack_of_all.tightest = std::min(slack_of_all.tightest, slack);
      slack_of_all.loosest = std::max(slack_of_all.loosest, slack);
    }
  }
}

TEST(Noise, TheBoundIsNeverBelowTheNoiseAndAtMostAStatedNumberOfBitsAbove) {
  Slack slack;
  for (const std::uint32_t pieces : {1u, 3u, 10u}) compare_with_bounds("test_insecure", pieces, 15, slack);
  const auto [tightest, loosest] = slack;
  std::printf("bound above the measured mean of the slots' noise: %.1f to %.1f bits\n", tightest, loosest);
  // Blocks add linearly in the bound and as squares in truth, terms of a combination too, messages are rarely all 1,
  // and the few slots of the smaller block are held to a wide tail. The mean of absolute real parts is 0.8 bits below
  // the root mean square that the bound is made of.
  EXPECT_LT(loosest, 9.0);
}

// Two primes of 45 bits a product, and deeper questions.
TEST(Noise, OfTrainIsBoundedToo) {
  Slack slack;
  compare_with_bounds("test_train_insecure", 3, 8, slack);
  std::printf("bound above the measured mean of the slots' noise: %.1f to %.1f bits\n", slack.tightest, slack.loosest);
  EXPECT_LT(slack.loosest, 9.0);
}

TEST(Noise, ASmallCohortInALargeBlockNeedsLessFlooding) {
  const auto params = fhe::Params::named("standard").value_or_stop();
  const Plan plan =
      compile("SELECT var_samp(bmi) FROM clinic", clinic_schema(), "clinic", limb_budget("standard").value_or_stop())
          .value_or_stop();
  std::vector<OwnerSlots> owners{{"a", {0, 100}, std::vector<std::uint8_t>(100, 1)}};
  const NoiseSetting small = noise_setting(3, owners, params->slot_count());
  EXPECT_EQ(small.blocks, 1u);
  EXPECT_EQ(small.fewest, 100u);
  EXPECT_DOUBLE_EQ(small.share, 100.0 / 8192);
  const auto few = answer_bounds(plan, *params, small).value_or_stop();
  const auto full = answer_bounds(plan, *params, {3, 1, 1}).value_or_stop();
  for (std::size_t i = 0; i < few.size(); ++i) {
    EXPECT_LT(few[i].noise_log2, full[i].noise_log2 - 3);
    EXPECT_GT(few[i].noise_log2, full[i].noise_log2 - 6.4);  // the share itself is 2^-6.36
  }
  std::fill(owners[0].consent.begin(), owners[0].consent.end(), std::uint8_t{0});
  EXPECT_FALSE(answer_bounds(plan, *params, noise_setting(3, owners, params->slot_count())));
}

TEST(Noise, MoreBlocksPiecesAndOwnersNeverLowerTheBound) {
  const auto params = fhe::Params::named("standard").value_or_stop();
  const Plan plan = compile("SELECT corr(age, bmi) FROM clinic WHERE sex = 'F'", clinic_schema(), "clinic",
                            limb_budget("standard").value_or_stop())
                        .value_or_stop();
  const auto worst = [&](const NoiseSetting& setting) {
    double largest = 0;
    const std::vector<AnswerBound> bounds = answer_bounds(plan, *params, setting).value_or_stop();
    for (const AnswerBound& bound : bounds) largest = std::max(largest, bound.noise_log2);
    return largest;
  };
  const double base = worst({3, 4, 2});
  EXPECT_GT(worst({10, 4, 2}), base);
  EXPECT_GT(worst({3, 4, 8}), base);
  EXPECT_NEAR(worst({3, 8, 2}), base + 1, 1e-9);  // the same ciphertext in twice the blocks: twice the noise
}

TEST(Noise, DataThatMovedToAnotherCommitteeNeedMoreFloodingByAStatedAmount) {
  const auto params = fhe::Params::named("standard").value_or_stop();
  const Plan plan =
      compile("SELECT sum(age) FROM clinic", clinic_schema(), "clinic", limb_budget("standard").value_or_stop())
          .value_or_stop();
  const auto noise = [&](std::vector<std::uint32_t> earlier) {
    NoiseSetting setting{3, 1, 1};
    setting.earlier = std::move(earlier);
    return answer_bounds(plan, *params, setting).value_or_stop().back().noise_log2;
  };
  const double sealed = noise({}), once = noise({3}), twice = noise({3, 3}), larger = noise({35});
  EXPECT_GT(once, sealed + 4);
  EXPECT_LT(once, sealed + 7);
  EXPECT_GT(twice, once + 0.5);
  EXPECT_LT(twice, once + 1.01) << "moves add up linearly in the bound";
  EXPECT_GT(larger, once);
}

TEST(Noise, StandardProfileKeepsAboutElevenDigitsOfASumAfterFlooding) {
  const auto params = fhe::Params::named("standard").value_or_stop();
  const Plan plan = compile("SELECT covar_samp(age, bmi) FROM clinic WHERE sex = 'F' AND death", clinic_schema(),
                            "clinic", limb_budget("standard").value_or_stop())
                        .value_or_stop();
  const NoiseSetting setting{3, 3, 3};
  const std::vector<AnswerBound> bounds = answer_bounds(plan, *params, setting).value_or_stop();
  for (const AnswerBound& bound : bounds) {
    const std::uint32_t sigma = flooding_log2_for(bound).value_or_stop();
    const double error = sum_error_bound(bound, sigma, setting.pieces, params->slot_count());
    EXPECT_LT(error / 17549, 2e-11) << "noise 2^" << bound.noise_log2 << ", flooding 2^" << sigma;
  }
}

TEST(Noise, AnswersThatCouldOverflowAreRefused) {
  const auto params = fhe::Params::named("standard").value_or_stop();
  const Plan plan =
      compile("SELECT count(*) FROM clinic", clinic_schema(), "clinic", limb_budget("standard").value_or_stop())
          .value_or_stop();
  for (const std::uint32_t blocks : {1u, 64u, 65u, 128u, 129u, 4000u}) {
    EXPECT_TRUE(answer_bounds(plan, *params, {3, blocks, 1})) << blocks;
  }
  Plan larger = plan;
  larger.moments.push_back(NodeId(static_cast<std::uint32_t>(larger.nodes.size())));
  Node node = larger.nodes[plan.moments[0].value];
  node.kind = NodeKind::kLinear;
  node.terms = {{100, plan.moments[0]}};
  larger.nodes.push_back(node);
  EXPECT_TRUE(answer_bounds(larger, *params, {3, 1, 1}));
  const auto refused = answer_bounds(larger, *params, {3, 60, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_FALSE(answer_bounds(plan, *params, {0, 1, 1}));
}

TEST(Noise, AComparedColumnNeedsAFewBitsMoreFloodingThanASealedOne) {
  const data::Schema schema = clinic_schema();
  const fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  NoiseSetting setting;
  setting.pieces = 3;
  setting.blocks = 3;
  setting.owners_per_block = 2;
  setting.share = 0.8;
  setting.fewest = 5000;
  const auto noise_of = [&](const std::string& where) {
    const Plan plan =
        compile("SELECT avg(bmi) FROM clinic WHERE " + where, schema, "clinic", limb_budget("standard").value_or_stop())
            .value_or_stop();
    const std::vector<AnswerBound> bounds = answer_bounds(plan, *params, setting).value_or_stop();
    double most = 0;
    for (const AnswerBound& bound : bounds) most = std::max(most, bound.noise_log2);
    return most;
  };
  const double sealed = noise_of("age >= 61");
  for (const char* where : {"age > 70", "age > 3", "age BETWEEN 62 AND 77"}) {
    const double more = noise_of(where) - sealed;
    EXPECT_GT(more, 0) << where;
    EXPECT_LT(more, 8) << where;
  }
}

TEST(Noise, AComparisonWhoseStagesWerePlannedForLessNoiseIsRefused) {
  const fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  Plan plan = compile("SELECT count(*) FROM clinic WHERE age > 70", clinic_schema(), "clinic",
                      limb_budget("standard").value_or_stop())
                  .value_or_stop();
  ASSERT_TRUE(answer_bounds(plan, *params, {}));
  plan.comparisons[0].gap = 0x1p-60;
  const auto refused = answer_bounds(plan, *params, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the noise of the comparison age/above/70.5 may be larger than what its stages were planned for");
}

}  // namespace
}  // namespace mc::query
