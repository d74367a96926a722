// SPDX-License-Identifier: Apache-2.0
// Thresholds where owners are not trusted (docs/design/0046): what an owner seals beyond its range, as far as a proof
// lets her, and what custodians then open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/compare/computed_columns.hpp"
#include "query/execute/block_pass.hpp"
#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/hidden_in_column.hpp"
#include "query/release/noise.hpp"
#include "query/testing/committee_run.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/sealed_patients.hpp"
#include "query/testing/sql_oracle.hpp"
#include "query/testing/watching_refresher.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::opened_mean;
using testing::Patient;
using testing::TableVault;
using testing::TestCommittee;
using testing::WatchingRefresher;

Plan compared_plan(const std::string& sql, bool proven, std::string_view profile = "test_insecure") {
  LimbBudget budget = limb_budget(profile).value_or_stop();
  budget.proven_starts = proven;
  return compile(sql, testing::clinic_with_steps(), "clinic", budget).value_or_stop();
}

enum class Lie { kNone, kFar, kAsFarAsProven, kImaginary, kHalfOfTheModulus };

/// The second owner's values: so many times what they should be, errors and all, and what else a proof does not see.
class LyingVault final : public Vault {
 public:
  LyingVault(const Vault& sealed, const fhe::Evaluator& evaluator, Lie lie)
      : sealed_(sealed), evaluator_(evaluator), lie_(lie) {}

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    MC_TRY(fhe::Ciphertext ct, sealed_.fetch(owner, handle, block));
    if (owner != 1 || lie_ == Lie::kNone) return ct;
    const fhe::Ring& ring = evaluator_.params().ring();
    if (lie_ == Lie::kFar) evaluator_.multiply_integer_inplace(ct, std::int64_t{1} << 18);
    if (lie_ == Lie::kAsFarAsProven) evaluator_.multiply_integer_inplace(ct, std::int64_t{1} << 32);
    if (lie_ == Lie::kImaginary) {
      evaluator_.multiply_integer_inplace(ct, std::int64_t{1} << 18);
      multiply_by_i(ct, imaginary_unit(evaluator_.params()), ring);
    }
    if (lie_ == Lie::kHalfOfTheModulus) {
      fhe::CoeffPoly half = ring.make<fhe::Domain::kCoeff>(ct.parts[0].basis());
      for (std::size_t limb = 0; limb < half.limb_count(); ++limb) {
        for (std::uint64_t& x : half.limb(limb)) x = (ring.modulus(half.basis(), limb).q + 1) / 2;
      }
      ring.add(ct.parts[0], ring.to_ntt(std::move(half)));
    }
    return ct;
  }

 private:
  const Vault& sealed_;
  const fhe::Evaluator& evaluator_;
  Lie lie_;
};

// Patients of two owners in one block, sealed under a committee's key; some do not consent.
class ProvenColumns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Shared>(); }
  static void TearDownTestSuite() { shared_.reset(); }

  struct Shared : testing::SealedPatients {
    Shared()
        : SealedPatients(testing::clinic_with_steps(), {.seed = 31, .beyond_block = -40, .missing = 0.1},
                         [](std::vector<Patient>& all) {
                           // On both sides of a threshold at 57.3, as near as persons can be.
                           for (std::size_t i = 0; i < 20; ++i) all[i][testing::kAge] = i % 2 == 0 ? 57.0 : 58.0;
                         }) {}
    [[nodiscard]] std::vector<double> slots(const fhe::Ciphertext& ct) const {
      return encoder.decode(fhe::decrypt(*committee.params, committee.collective_secret(), ct)).value_or_stop();
    }
  };

  static ComparedColumns columns_of(const Plan& plan, const Vault& vault, Refresher& refresher,
                                    std::uint32_t threads = 2) {
    return made_columns(plan, shared_->owners, vault, shared_->committee.params, shared_->bench(threads), refresher, {},
                        RefreshedTogether::kOwner)
        .value_or_stop();
  }

  static std::unique_ptr<Shared> shared_;
};
std::unique_ptr<ProvenColumns::Shared> ProvenColumns::shared_;

TEST_F(ProvenColumns, AreOneAboveTheThresholdAndZeroBelowUpToItsNeighbours) {
  const Plan age = compared_plan("SELECT count(*) FROM clinic WHERE age > 57.3", true);
  const Plan bmi = compared_plan("SELECT count(*) FROM clinic WHERE bmi > 27.4", true);
  ASSERT_EQ(age.comparisons.size(), 1u);
  EXPECT_TRUE(age.comparisons[0].is_proven());
  EXPECT_TRUE(age.comparisons[0].window.empty()) << "everybody has an age";
  EXPECT_EQ(bmi.comparisons[0].window, (FeatureColumn{{1, "bmi/valid"}}));
  for (const Plan* plan : {&age, &bmi}) {
    CommitteeRefresher refresher(shared_->committee);
    const PlanComparison& comparison = plan->comparisons[0];
    const ComparedColumns columns = columns_of(*plan, shared_->vault, refresher);
    EXPECT_EQ(refresher.steps, refresh_count(comparison));
    const std::vector<double> slots = shared_->slots(columns.at({comparison.handle, 0}));
    double worst = 0;
    for (std::size_t i = 0; i < shared_->patients.size(); ++i) {
      if (!shared_->consents(i)) continue;
      const auto value = testing::number_in(shared_->patients[i], plan == &age ? testing::kAge : testing::kBmi);
      worst = std::max(worst, std::abs(slots[i] - (value && *value > (plan == &age ? 57.3 : 27.4) ? 1 : 0)));
    }
    std::printf("%s: %zu stages, off by at most 2^%.1f\n", comparison.handle.c_str(), comparison.stages.size(),
                std::log2(worst));
    EXPECT_LT(worst, 0x1p-48) << "as a double tells it";
  }
}

TEST_F(ProvenColumns, QueriesAgreeWithSqlInTheClear) {
  const testing::SqlOracle oracle(shared_->schema);
  std::vector<Patient> patients;
  for (std::size_t i = 0; i < shared_->patients.size(); ++i) {
    if (shared_->consents(i)) patients.push_back(shared_->patients[i]);
  }
  for (const char* sql : {
           "SELECT count(*), avg(bmi) FROM clinic WHERE age > 57.3",
           "SELECT sex, count(*), avg(age) FROM clinic WHERE NOT bmi <= 27.125 GROUP BY sex",
           "SELECT count(*) FROM clinic WHERE \"Blood pressure\" BETWEEN 100.5 AND 140",
           "SELECT count(*) FROM clinic WHERE age >= 33 AND bmi < 22 OR sex = 'F' AND age <= 95",
           "SELECT histogram(age, 30, 57, 75), median(bmi, 24.125, 33) FROM clinic",
           // Products of which comparisons are factors.
           "SELECT avg(age), stddev_samp(age) FROM clinic WHERE bmi > 24.37 AND smoker <> 'current' AND nyha < 4 AND "
           "diabetes = 0",
       }) {
    const Plan plan = compared_plan(sql, true);
    const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
    const std::vector<AnswerBound> bounds = answer_bounds(plan, *shared_->committee.params, setting).value_or_stop();
    CommitteeRefresher refresher(shared_->committee);
    const ComparedColumns columns = columns_of(plan, shared_->vault, refresher);
    const auto answers =
        execute(plan, shared_->owners, VaultWithColumns(shared_->vault, columns), shared_->bench()).value_or_stop();
    std::vector<double> means;
    for (const fhe::Ciphertext& answer : answers) {
      means.push_back(opened_mean(shared_->committee, shared_->encoder, answer));
    }
    const ResultTable table =
        finish(plan, means, std::vector<double>(means.size(), 1e-12), shared_->committee.params->slot_count())
            .value_or_stop();
    EXPECT_EQ(testing::table_difference(table, oracle.answer(sql, patients), 1e-9), "") << sql;
    for (const AnswerBound& bound : bounds) EXPECT_LT(bound.noise_log2, bound.scale_log2 - 55) << sql;
  }
}

// Attack: an owner who seals beyond her range. Whatever custodians open stays 80 bits below its mask, and her
// neighbours are told apart as before; with the start that trusts her, values leave the masks, and their block wraps
// around.
TEST_F(ProvenColumns, WhatIsOpenedStaysUnderItsMaskWhateverAnOwnerSealed) {
  const std::string sql = "SELECT count(*) FROM clinic WHERE age > 57.3";
  const Plan trusting = compared_plan(sql, false), proven = compared_plan(sql, true);
  const auto run = [&](const Plan& plan, Lie lie) {
    const LyingVault vault(shared_->vault, shared_->evaluator, lie);
    WatchingRefresher refresher(shared_->committee);
    const ComparedColumns columns = compare_columns(plan.comparisons, shared_->owners, vault, shared_->committee.params,
                                                    shared_->bench(), refresher)
                                        .value_or_stop();
    double neighbours = 0;
    const std::vector<double> slots = shared_->slots(columns.at({plan.comparisons[0].handle, 0}));
    for (std::size_t i = 0; i < 200; ++i) {
      const double truth = *testing::number_in(shared_->patients[i], testing::kAge) > 57.3 ? 1 : 0;
      if (shared_->consents(i)) neighbours = std::max(neighbours, std::abs(slots[i] - truth));
    }
    return std::pair(refresher.left, neighbours);
  };
  for (const Lie lie : {Lie::kNone, Lie::kFar, Lie::kAsFarAsProven, Lie::kImaginary, Lie::kHalfOfTheModulus}) {
    const auto [left, neighbours] = run(proven, lie);
    std::printf("lie %d: %d bits left, neighbours off by %.2g\n", static_cast<int>(lie), left, neighbours);
    EXPECT_GE(left, 80) << static_cast<int>(lie);
    EXPECT_LT(neighbours, 1e-12) << static_cast<int>(lie);
  }
  EXPECT_GE(run(trusting, Lie::kNone).first, 80);
  const auto [left, neighbours] = run(trusting, Lie::kFar);
  std::printf("the start that trusts: %d bits left, neighbours off by %.2g\n", left, neighbours);
  EXPECT_LT(left, 0);
  EXPECT_GT(neighbours, 1e6);
}

// A score that is a sum of columns starts as wide as all of them together: docs/design/0050.
TEST_F(ProvenColumns, ScoresAreToldApartAndStayUnderTheirMasksToo) {
  const testing::KnownScore by_age_and_sex{
      "-4 + 0.05 * age + 0.4 * sexM", [](const Patient& patient) {
        return std::optional(-4 + 0.05 * *testing::number_in(patient, testing::kAge) +
                             (testing::is_text(patient, testing::kSex, "M") ? 0.4 : 0));
      }};
  // Of categories she can seal all at once, so that the score is farther out than anybody's could be.
  const testing::KnownScore of_categories{
      "-1.5 + 0.01 * age + 0.5 * smokerformer + 0.7 * smokercurrent + 0.1 * missing(smoker)",
      [](const Patient& patient) {
        const bool former = testing::is_text(patient, testing::kSmoker, "former");
        const bool current = testing::is_text(patient, testing::kSmoker, "current");
        return std::optional(-1.5 + 0.01 * *testing::number_in(patient, testing::kAge) + (former ? 0.5 : 0) +
                             (current ? 0.7 : 0) + (testing::has(patient, testing::kSmoker) ? 0 : 0.1));
      }};
  for (const testing::KnownScore& known :
       {by_age_and_sex, of_categories, testing::known_scores()[2], testing::known_scores()[6]}) {
    const std::string sql =
        std::string("SELECT count(*) FROM clinic WHERE risk_score('m', '") + known.equation + "') > -1.0321";
    const Plan plan = compared_plan(sql, true);
    ASSERT_EQ(plan.comparisons.size(), 1u);
    ASSERT_TRUE(plan.comparisons[0].is_proven()) << sql;
    for (const Lie lie : {Lie::kNone, Lie::kFar, Lie::kAsFarAsProven, Lie::kImaginary, Lie::kHalfOfTheModulus}) {
      const bool may_be_missing = !plan.computed.empty();
      // Who has a score is a product, of every owner by herself, and of what is known a mask hides less (0040).
      if (may_be_missing && lie != Lie::kNone) continue;
      const LyingVault vault(shared_->vault, shared_->evaluator, lie);
      WatchingRefresher refresher(shared_->committee);
      const ComparedColumns columns = columns_of(plan, vault, refresher);
      const std::vector<double> slots = shared_->slots(columns.at({plan.comparisons[0].handle, 0}));
      double worst = 0;
      for (std::size_t i = 0; i < (lie == Lie::kNone ? shared_->patients.size() : 200); ++i) {
        const std::optional<double> score = known.of(shared_->patients[i]);
        if (shared_->consents(i)) worst = std::max(worst, std::abs(slots[i] - (score && *score > -1.0321 ? 1 : 0)));
      }
      std::printf("%s, lie %d: %zu stages, %d bits left, off by at most %.2g\n", known.equation, static_cast<int>(lie),
                  plan.comparisons[0].stages.size(), refresher.left, worst);
      EXPECT_GE(refresher.left, 79) << known.equation;
      EXPECT_LT(worst, 1e-12) << known.equation;
    }
  }
}

TEST_F(ProvenColumns, TheResultIsTheSameBitsWithAnyNumberOfThreads) {
  const Plan plan = compared_plan("SELECT count(*) FROM clinic WHERE bmi > 27.4", true);
  CommitteeRefresher one(shared_->committee), three(shared_->committee);
  EXPECT_EQ(columns_of(plan, shared_->vault, one, 1), columns_of(plan, shared_->vault, three, 3));
}

// Figures of bench/results/2026-11-thresholds.md. And who stands exactly at the threshold, where nobody honest can,
// hides no more in the column than is counted.
TEST(ProvenColumnsFigures, OneComparisonInStandard) {
  const TestCommittee committee(fhe::Params::named("standard").value_or_stop(),
                                fhe::CommitteeShape::create(3, 2).value_or_stop(), 1);
  const fhe::Encoder encoder(committee.params);
  const fhe::Evaluator evaluator(committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key));
  const Workbench bench{*committee.params, encoder, evaluator, 2};
  const Plan plan = compared_plan("SELECT count(*) FROM clinic WHERE age > 57.3", true, "standard");
  const PlanComparison& comparison = plan.comparisons[0];
  const std::size_t persons = committee.params->slot_count();
  const std::vector<OwnerSlots> owners{{"north", {0, persons}, std::vector<std::uint8_t>(persons, 1)}};
  ASSERT_TRUE(answer_bounds(plan, *committee.params, noise_setting(3, owners, persons)));
  // Half of them are one on either side, the others at the threshold.
  std::vector<double> values;
  for (std::size_t i = 0; i < persons; ++i) {
    values.push_back(comparison.middle + (i % 2 == 0 ? 0 : (i % 4 == 1 ? 0.5 : -0.5) / 60));
  }
  TableVault vault(committee, encoder);
  vault.add(comparison.value, values);
  ASSERT_TRUE(vault.fetch(0, comparison.value, 0));
  CommitteeRefresher refresher(committee);
  const auto start = std::chrono::steady_clock::now();
  const ComparedColumns columns =
      compare_columns(plan.comparisons, owners, vault, committee.params, bench, refresher).value_or_stop();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::vector<double> slots =
      encoder.decode(fhe::decrypt(*committee.params, committee.collective_secret(), columns.at({comparison.handle, 0})))
          .value_or_stop();
  double worst = 0, square = 0;
  for (std::size_t i = 0; i < persons; ++i) {
    if (i % 2 == 1) worst = std::max(worst, std::abs(slots[i] - (i % 4 == 1 ? 1 : 0)));
    if (i % 2 == 0) square += std::pow(slots[i] - 0.5, 2) / (static_cast<double>(persons) / 2);
  }
  // What is counted of one piece is of 436 slots that are as large as those of a proven error; all slots are here.
  const double error = steepness(comparison) / 2 * kStagesError * 0x1p26 * std::sqrt((2.0 / 3 + 0.64) * 16384) /
                       0x1p92 / std::sqrt(8192.0 / 436) * std::sqrt(3.0);
  std::printf(
      "%zu stages, %u refreshes, %.1f s, of which the committee %.1f s; off by at most 2^%.1f; at the threshold "
      "off by 2^%.1f in the mean, counted 2^%.1f\n",
      comparison.stages.size(), refresher.steps, seconds, refresher.seconds, std::log2(worst),
      std::log2(std::sqrt(square)), std::log2(error));
  EXPECT_LT(worst, 0x1p-48);
  EXPECT_LT(std::sqrt(square), error);
  EXPECT_GT(std::sqrt(square), error / 32);
}

}  // namespace
}  // namespace mc::query
