// SPDX-License-Identifier: Apache-2.0
#include "query/execute/execute.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/release/finish.hpp"
#include "query/release/noise.hpp"
#include "query/testing/sealed_clinic.hpp"
#include "query/testing/sql_oracle.hpp"

namespace mc::query {
namespace {

using testing::clinic_schema;
using testing::Keys;
using testing::SealedClinic;

constexpr std::uint32_t kExecutingPieces = 3;

class ExecuteTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    keys_ = std::make_unique<Keys>(kExecutingPieces);
    clinic_ = std::make_unique<SealedClinic>(*keys_, clinic_schema());
    testing::fill_three_hospitals(*clinic_, clinic_schema(), 7, keys_->slot_count());
  }
  static void TearDownTestSuite() {
    clinic_.reset();
    keys_.reset();
  }

  static Plan plan_of(const std::string& sql) {
    return compile(sql, clinic_schema(), "clinic", limb_budget("test_insecure").value_or_stop()).value_or_stop();
  }
  static Result<std::vector<fhe::Ciphertext>> run(const Plan& plan, std::span<const OwnerSlots> owners,
                                                  std::uint32_t threads = 2) {
    return execute(plan, owners, *clinic_, keys_->bench(threads));
  }
  static ResultTable opened(const Plan& plan, const std::vector<fhe::Ciphertext>& answers) {
    std::vector<double> means;
    for (const fhe::Ciphertext& answer : answers) means.push_back(keys_->mean(answer));
    return finish(plan, means, std::vector<double>(means.size(), 1e-13), keys_->slot_count()).value_or_stop();
  }

  static std::unique_ptr<Keys> keys_;
  static std::unique_ptr<SealedClinic> clinic_;
};
std::unique_ptr<Keys> ExecuteTest::keys_;
std::unique_ptr<SealedClinic> ExecuteTest::clinic_;

TEST_F(ExecuteTest, RandomQueriesOnCiphertextAgreeWithSqlInTheClear) {
  const testing::SqlOracle oracle(clinic_schema());
  const std::vector<testing::Patient> patients = clinic_->consenting_patients();
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::string sql = testing::QueryWriter(seed).query();
    auto plan = compile(sql, clinic_schema(), "clinic", limb_budget("test_insecure").value_or_stop());
    if (!plan || plan->is_run()) continue;  // with refreshes: query/compare
    ++accepted;
    auto answers = run(*plan, clinic_->owners);
    ASSERT_TRUE(answers) << sql << ": " << answers.error().message;
    for (const fhe::Ciphertext& answer : *answers) {
      EXPECT_EQ(answer.level().value, 2u);
      EXPECT_EQ(answer.parts.size(), 2u);
    }
    ASSERT_EQ(testing::table_difference(opened(*plan, *answers), oracle.answer(sql, patients), 1e-9), "")
        << "seed " << seed << ": " << sql;
  }
  EXPECT_GE(accepted, 25u);
}

TEST_F(ExecuteTest, EveryShapeOfPlanIsExact) {
  const testing::SqlOracle oracle(clinic_schema());
  const std::vector<testing::Patient> patients = clinic_->consenting_patients();
  for (const char* sql : {
           "SELECT count(*) FROM clinic",
           // a combination at the root, with alignment of products of depth 1 and 2 and of a feature
           "SELECT count(*) FROM clinic WHERE sex = 'F' AND death AND diabetes OR sex = 'M' AND bmi > 30",
           "SELECT count(*) FROM clinic WHERE diabetes AND death OR smoker = 'current' AND bmi > 25",
           "SELECT sum(age) FROM clinic WHERE diabetes OR smoker = 'current'",
           // one node released, fed to a product and part of a combination at once
           "SELECT sum(bmi), var_samp(bmi), covar_samp(bmi, age), corr(bmi, bmi) FROM clinic WHERE death",
           "SELECT smoker, sex, avg(bmi), count(*) FROM clinic GROUP BY smoker, sex",
           // several columns from one item, several strata in one group
           "SELECT sex, histogram(age), median(bmi), count(DISTINCT nyha), ttest(bmi, death) FROM clinic GROUP BY sex",
           "SELECT risk_difference(death, sex), chisq_test(sex, smoker), odds_ratio(diabetes, death), ttest(age, sex, "
           "'pooled') FROM clinic",
           // features that go in pairs, with an odd one left over
           "SELECT chisq_test(smoker, nyha), chisq_test(sex, nyha) FROM clinic WHERE death",
           "SELECT histogram(bmi), chisq_test(sex, smoker) FROM clinic",
           "SELECT regr_slope(bmi, age), regr_intercept(bmi, age), regr_r2(nyha, age), var_pop(bmi) FROM clinic",
       }) {
    const Plan plan = plan_of(sql);
    auto answers = run(plan, clinic_->owners);
    ASSERT_TRUE(answers) << sql << ": " << answers.error().message;
    EXPECT_EQ(testing::table_difference(opened(plan, *answers), oracle.answer(sql, patients), 1e-9), "") << sql;
  }
}

TEST_F(ExecuteTest, TheResultIsTheSameBitsWithAnyNumberOfThreads) {
  const Plan plan = plan_of("SELECT sex, avg(bmi), count(*) FROM clinic WHERE death OR diabetes GROUP BY sex");
  const auto one = run(plan, clinic_->owners, 1).value_or_stop();
  const auto three = run(plan, clinic_->owners, 3).value_or_stop();
  EXPECT_EQ(one, three);
}

TEST_F(ExecuteTest, ARevocationChangesTheVeryNextResultByThatPersonAlone) {
  const Plan plan = plan_of("SELECT count(*), sum(age) FROM clinic");
  std::vector<OwnerSlots> owners = clinic_->owners;
  const ResultTable before = opened(plan, run(plan, owners).value_or_stop());
  const std::size_t row = static_cast<std::size_t>(std::find(owners[1].consent.begin(), owners[1].consent.end(), 1) -
                                                   owners[1].consent.begin());
  const Hash256 mask_before = mask_hash(owners);
  owners[1].consent[row] = 0;
  EXPECT_NE(mask_hash(owners), mask_before);
  const ResultTable after = opened(plan, run(plan, owners).value_or_stop());
  EXPECT_EQ(after.n, before.n - 1);
  const double age =
      static_cast<double>(std::get<std::int64_t>(before.rows[0][1]) - std::get<std::int64_t>(after.rows[0][1]));
  EXPECT_GE(age, 0);
  EXPECT_LE(age, 120);
}

TEST_F(ExecuteTest, AnOwnersValuesOutsideItsRangeAndWithoutConsentNeverCount) {
  // SealedClinic fills every slot outside an owner's range with 1. Only one person consents.
  std::vector<OwnerSlots> owners = clinic_->owners;
  for (OwnerSlots& owner : owners) std::fill(owner.consent.begin(), owner.consent.end(), std::uint8_t{0});
  owners[2].consent[5] = 1;
  const Plan plan = plan_of("SELECT count(*) FROM clinic");
  const auto answers = run(plan, owners).value_or_stop();
  EXPECT_EQ(opened(plan, answers).n, 1);
  const double sum = keys_->mean(answers[0]) * static_cast<double>(keys_->slot_count());
  EXPECT_NEAR(sum, 1.0, 1e-15 * static_cast<double>(keys_->slot_count()));
}

TEST_F(ExecuteTest, WithoutAnyConsentNothingIsComputed) {
  std::vector<OwnerSlots> owners = clinic_->owners;
  for (OwnerSlots& owner : owners) std::fill(owner.consent.begin(), owner.consent.end(), std::uint8_t{0});
  const auto answers = run(plan_of("SELECT count(*) FROM clinic"), owners);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::kRefused);
}

/// A vault whose ciphertexts are not what was agreed.
class StrangeVault : public Vault {
 public:
  explicit StrangeVault(Keys& keys) : ciphertext(keys.seal({1.0})) {}
  Result<fhe::Ciphertext> fetch(std::size_t, const std::string& handle, std::uint32_t block) const override {
    if (handle == "death/value" && block == 1) return fail(Code::kUnavailable, "the store does not answer");
    return ciphertext;
  }
  fhe::Ciphertext ciphertext;
};

TEST_F(ExecuteTest, AFaultyCiphertextIsNamedByOwnerFeatureAndBlock) {
  StrangeVault vault(*keys_);
  const auto missing = execute(plan_of("SELECT sum(death) FROM clinic"), clinic_->owners, vault, keys_->bench());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "owner west, feature death/value, block 1: the store does not answer");
  EXPECT_EQ(missing.error().code, Code::kUnavailable);
  EXPECT_TRUE(keys_->evaluator->drop_to_level(vault.ciphertext, fhe::Level(5)));
  const auto shallow = execute(plan_of("SELECT count(*) FROM clinic"), clinic_->owners, vault, keys_->bench());
  ASSERT_FALSE(shallow);
  EXPECT_EQ(shallow.error().code, Code::kCorrupt);
  EXPECT_EQ(shallow.error().message,
            "owner north, feature present, block 0: sealed with 2 parts at level 5 and scale 2^92, agreed are 2 parts, "
            "level 8 and scale 2^92");
}

TEST_F(ExecuteTest, ProgressCountsEveryBlockOnce) {
  std::vector<std::size_t> seen;
  const auto progress = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(total, 2u);
    seen.push_back(done);
  };
  ASSERT_TRUE(execute(plan_of("SELECT count(*) FROM clinic"), clinic_->owners, *clinic_, keys_->bench(), progress));
  EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2}));
}

TEST_F(ExecuteTest, APlanForOtherKeysIsRefused) {
  const Plan plan =
      compile("SELECT count(*) FROM clinic", clinic_schema(), "clinic", limb_budget("standard").value_or_stop())
          .value_or_stop();
  const auto answers = run(plan, clinic_->owners);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().message, "the plan is for profile standard, the keys are for test_insecure");
}

TEST_F(ExecuteTest, ACohortOfManyBlocksIsExactAtSmallerMasks) {
  constexpr std::size_t kBlocks = 130;  // masks halved twice
  SealedClinic large(*keys_, clinic_schema());
  std::mt19937_64 random(11);
  std::vector<testing::Patient> patients;
  for (std::size_t i = 0; i < kBlocks * keys_->slot_count(); ++i) {
    patients.push_back(testing::random_patient(clinic_schema(), random));
  }
  large.add_owner("everybody", 0, std::move(patients), std::vector<std::uint8_t>(kBlocks * keys_->slot_count(), 1));
  const testing::SqlOracle oracle(clinic_schema());
  for (const char* sql : {"SELECT count(*) FROM clinic WHERE death AND diabetes AND bmi > 30",
                          "SELECT avg(age), stddev_samp(age), corr(age, bmi) FROM clinic WHERE sex = 'F'"}) {
    const Plan plan = plan_of(sql);
    const auto answers = execute(plan, large.owners, large, keys_->bench(2));
    ASSERT_TRUE(answers) << sql << ": " << answers.error().message;
    const auto bounds =
        answer_bounds(plan, *keys_->params, noise_setting(kExecutingPieces, large.owners, keys_->slot_count()))
            .value_or_stop();
    for (std::size_t i = 0; i < bounds.size(); ++i) EXPECT_EQ(bounds[i].scale, (*answers)[i].scale) << sql << " S" << i;
    EXPECT_EQ(testing::table_difference(opened(plan, *answers), oracle.answer(sql, large.consenting_patients()), 1e-9),
              "")
        << sql;
  }
}

TEST_F(ExecuteTest, SumsThatTheLastModulusDoesNotHoldAreRefused) {
  // 200 * x of every person: a plan that no question compiles to.
  Plan plan = plan_of("SELECT count(*) FROM clinic WHERE death OR diabetes");
  for (Node& node : plan.nodes) {
    for (Term& term : node.terms) term.coefficient *= 200;
  }
  const auto answers = run(plan, clinic_->owners);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::kLimit);
  EXPECT_EQ(answers.error().message, "sum S0 over 2 blocks could overflow the release modulus of 100 bits");
}

}  // namespace
}  // namespace mc::query
