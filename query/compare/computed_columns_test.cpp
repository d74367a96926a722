// SPDX-License-Identifier: Apache-2.0
#include "query/compare/computed_columns.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/noise.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/committee_run.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/sealed_patients.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::KnownScore;
using testing::Patient;
using testing::TableVault;
using testing::TestCommittee;
using testing::opened_mean;

// Patients of two owners, sealed under a committee's key; some do not consent.
class ComputedColumnsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Shared>(); }
  static void TearDownTestSuite() { shared_.reset(); }

  struct Shared : testing::SealedPatients {
    Shared()
        : SealedPatients(testing::clinic_with_steps(),
                         {.seed = 29, .beyond_block = -100, .north = 300, .missing = 0.1}) {}
    [[nodiscard]] std::vector<double> opened(const fhe::Ciphertext& ct) const {
      return encoder.decode(fhe::decrypt(*committee.params, committee.collective_secret(), ct)).value_or_stop();
    }
  };

  static Plan plan_of(const std::string& sql) {
    return compile(sql, shared_->schema, "clinic", limb_budget("test_insecure").value_or_stop()).value_or_stop();
  }
  static ComparedColumns columns_of(const Plan& plan, std::uint32_t threads = 2,
                                    RefreshedTogether together = RefreshedTogether::kBlock,
                                    const Vault& vault = shared_->vault) {
    CommitteeRefresher refresher(shared_->committee);
    return made_columns(plan, shared_->owners, vault, shared_->committee.params, shared_->bench(threads), refresher, {},
                        together)
        .value_or_stop();
  }

  static RefreshedTogether apart(const Plan& plan) {
    return plan.comparisons.empty() ? RefreshedTogether::kOwner : RefreshedTogether::kBlock;
  }

  static std::unique_ptr<Shared> shared_;
};
std::unique_ptr<ComputedColumnsTest::Shared> ComputedColumnsTest::shared_;

TEST_F(ComputedColumnsTest, TheValueIsTheScoreOfConsentingPersonsWhoHaveOneAndZeroOfEverybodyElse) {
  for (const std::size_t index : {1u, 3u, 5u}) {
    const KnownScore known = testing::known_scores()[index];
    const Plan plan = plan_of("SELECT avg(risk_score('m', '" + std::string(known.equation) + "')) FROM clinic");
    const ComparedColumns columns = columns_of(plan);
    const std::vector<double> slots = shared_->opened(columns.at({"risk_score('m')/value", 0}));
    const Affine& affine = plan.items[0].x;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const bool counts = i < shared_->patients.size() && shared_->consents(i);
      const auto score = counts ? known.of(shared_->patients[i]) : std::nullopt;
      if (!score) {
        ASSERT_NEAR(slots[i], 0, 1e-12) << known.equation;
      } else {
        ASSERT_NEAR(affine.centre + affine.half_width * slots[i], *score,
                    plan.scores[0].rounding + 1e-9 * affine.half_width)
            << known.equation;
      }
    }
  }
}

TEST_F(ComputedColumnsTest, QueriesAgreeWithThePlanInTheClear) {
  std::vector<Patient> patients;
  for (std::size_t i = 0; i < shared_->patients.size(); ++i) {
    if (shared_->consents(i)) patients.push_back(shared_->patients[i]);
  }
  for (const char* sql : {
           "SELECT count(*), avg(risk_score('m', '-6.5 + 0.0613 * age + 0.4 * sexM - 0.0127 * age:sexM')) FROM clinic "
           "WHERE predicted_risk('m', '-6.5 + 0.0613 * age + 0.4 * sexM - 0.0127 * age:sexM') > 0.02",
           "SELECT auc(death, predicted_risk('m', '1.25 - 0.08 * bmi + 0.6 * smokerformer + 1.1 * smokercurrent'), "
           "0.1, "
           "0.3), calibration(death, predicted_risk('m', '1.25 - 0.08 * bmi + 0.6 * smokerformer + 1.1 * "
           "smokercurrent'), 0.1, 0.3) FROM clinic",
           // Products of conditions, of comparisons among them, and who is complete.
           "SELECT avg(bmi), stddev_samp(bmi), count(*) FROM clinic WHERE age >= 40 AND death = 0 AND smoker <> "
           "'never' AND (nyha > 1 OR diabetes)",
           "SELECT avg(age), stddev_samp(age) FROM clinic WHERE bmi > 24.37 AND smoker <> 'current' AND nyha < 4 AND "
           "diabetes = 0",
           "SELECT linear_regression('bmi ~ age + smoker + nyha') FROM clinic WHERE death = 0",
           "SELECT avg(risk_score('m', '0.1 * bmi + 0.2 * age:diabetes')) FROM clinic WHERE age > 30.5 AND smoker <> "
           "'never' AND nyha < 4 AND sex = 'F'",
       }) {
    const Plan plan = plan_of(sql);
    const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
    const std::vector<AnswerBound> bounds = answer_bounds(plan, *shared_->committee.params, setting).value_or_stop();
    // Where all is products, owners' records can be refreshed apart.
    const ComparedColumns columns = columns_of(plan, 2, apart(plan));
    const auto answers =
        execute(plan, shared_->owners, VaultWithColumns(shared_->vault, columns), shared_->bench()).value_or_stop();
    std::vector<double> means;
    for (const fhe::Ciphertext& answer : answers) {
      means.push_back(opened_mean(shared_->committee, shared_->encoder, answer));
    }
    const ResultTable table =
        finish(plan, means, std::vector<double>(means.size(), 1e-9), shared_->committee.params->slot_count())
            .value_or_stop();
    const ResultTable clear = testing::run_in_the_clear(plan, shared_->schema, patients);
    ASSERT_EQ(table.rows[0].size(), clear.rows[0].size());
    for (std::size_t i = 0; i < table.rows[0].size(); ++i) {
      if (const auto* number = std::get_if<double>(&table.rows[0][i])) {
        EXPECT_NEAR(*number, std::get<double>(clear.rows[0][i]), 1e-9) << sql;
      } else if (const auto* model = std::get_if<ModelCell>(&table.rows[0][i])) {
        EXPECT_EQ((*model)->text, std::get<ModelCell>(clear.rows[0][i])->text) << sql;
      } else {
        EXPECT_EQ(table.rows[0][i], clear.rows[0][i]) << sql;
      }
    }
    for (const AnswerBound& bound : bounds) EXPECT_LT(bound.noise_log2, bound.scale_log2 - 55) << sql;
  }
}

TEST_F(ComputedColumnsTest, TheResultIsTheSameBitsWithAnyNumberOfThreads) {
  const Plan plan = plan_of("SELECT avg(risk_score('m', '0.1 * bmi + 0.2 * age:diabetes')) FROM clinic");
  EXPECT_EQ(columns_of(plan, 1), columns_of(plan, 3));
}

TEST_F(ComputedColumnsTest, ColumnsOfARoundAreRefreshedTogether) {
  const Plan plan =
      plan_of("SELECT avg(risk_score('m', '" + std::string(testing::known_scores()[6].equation) + "')) FROM clinic");
  CommitteeRefresher refresher(shared_->committee);
  ASSERT_TRUE(
      made_columns(plan, shared_->owners, shared_->vault, shared_->committee.params, shared_->bench(), refresher));
  EXPECT_EQ(refresher.steps, 4u);
  EXPECT_EQ(refresher.polynomials, plan.computed.size());
}

/// Everything that the second owner sealed, times 2^37: what a proof of plaintext knowledge lets pass
/// (docs/design/0037).
class WildVault final : public Vault {
 public:
  WildVault(const Vault& sealed, const fhe::Evaluator& evaluator) : sealed_(sealed), evaluator_(evaluator) {}
  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    MC_TRY(fhe::Ciphertext ct, sealed_.fetch(owner, handle, block));
    if (owner == 1) evaluator_.multiply_integer_inplace(ct, std::int64_t{1} << 37);
    return ct;
  }

 private:
  const Vault& sealed_;
  const fhe::Evaluator& evaluator_;
};

// Three factors of 2^37 wrap around modulo what is refreshed, and what is lifted then stands in every slot of the
// polynomial: in a common one her neighbour's records are multiplied with it, under masks that are too narrow.
TEST_F(ComputedColumnsTest, WhatAnOwnerSealsBeyondItsRangeStaysInHerOwnPolynomials) {
  const Plan plan = plan_of(
      "SELECT sum(bmi) FROM clinic WHERE death = 0 AND diabetes = 0 AND nyha < 4 AND age >= 40 AND smoker <> 'never'");
  ASSERT_EQ(plan.computed.size(), 2u);
  const std::string& handle = plan.computed[1].handle;
  const WildVault wild(shared_->vault, shared_->evaluator);
  const auto neighbours_error = [&](RefreshedTogether together, std::size_t owner) {
    const ComparedColumns columns = columns_of(plan, 2, together, wild);
    const std::vector<double> slots = shared_->opened(columns.at({handle, 0, owner}));
    double worst = 0;
    for (std::size_t i = 0; i < 300; ++i) {
      const double value =
          shared_->consents(i) ? testing::value_of_handle(plan, shared_->schema, handle, shared_->patients[i]) : 0;
      worst = std::max(worst, std::abs(slots[i] - value));
    }
    return worst;
  };
  EXPECT_GT(neighbours_error(RefreshedTogether::kBlock, kEveryOwner), 1e6);
  EXPECT_LT(neighbours_error(RefreshedTogether::kOwner, 0), 1e-15);
}

TEST_F(ComputedColumnsTest, WithoutConsentNothingIsRefreshed) {
  const Plan plan = plan_of("SELECT avg(risk_score('m', '0.1 * bmi')) FROM clinic");
  std::vector<OwnerSlots> owners = shared_->owners;
  for (OwnerSlots& owner : owners) std::fill(owner.consent.begin(), owner.consent.end(), std::uint8_t{0});
  CommitteeRefresher refresher(shared_->committee);
  const auto columns =
      made_columns(plan, owners, shared_->vault, shared_->committee.params, shared_->bench(), refresher);
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().code, Code::kRefused);
  EXPECT_EQ(refresher.steps, 0u);
}

// The same records sealed twice: the difference of the two answers holds both noises and no message.
TEST_F(ComputedColumnsTest, TheNoiseOfAnAnswerIsBelowItsBound) {
  const std::string score = "risk_score('m', '" + std::string(testing::known_scores()[3].equation) + "')";
  const Plan plan = plan_of("SELECT count(*), avg(" + score + ") FROM clinic WHERE " + score + " > 1.5");
  const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
  const std::vector<AnswerBound> bounds = answer_bounds(plan, *shared_->committee.params, setting).value_or_stop();
  TableVault second(shared_->committee, shared_->encoder);
  shared_->fill(second);
  ASSERT_TRUE(second.fetch(0, "present", 7));  // from here on it seals with other numbers than the first
  CommitteeRefresher refresher(shared_->committee);
  const ComparedColumns columns =
      made_columns(plan, shared_->owners, second, shared_->committee.params, shared_->bench(), refresher)
          .value_or_stop();
  const auto a = execute(plan, shared_->owners, VaultWithColumns(shared_->vault, columns_of(plan)), shared_->bench())
                     .value_or_stop();
  const auto b = execute(plan, shared_->owners, VaultWithColumns(second, columns), shared_->bench()).value_or_stop();
  for (std::size_t i = 0; i < a.size(); ++i) {
    fhe::Ciphertext difference = a[i];
    ASSERT_TRUE(shared_->evaluator.subtract_inplace(difference, b[i]));
    double sum = 0;
    for (const double slot : shared_->opened(difference)) sum += std::abs(slot);
    const double mean = sum / static_cast<double>(shared_->committee.params->slot_count()) / std::sqrt(2.0);
    const double measured = std::log2(mean) + bounds[i].scale_log2;
    EXPECT_LT(measured, bounds[i].noise_log2) << i;
    EXPECT_GT(measured, bounds[i].noise_log2 - 18) << i;
  }
}

}  // namespace
}  // namespace mc::query
