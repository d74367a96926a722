// SPDX-License-Identifier: Apache-2.0
#include "query/compare/compared_columns.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/release/finish.hpp"
#include "query/release/noise.hpp"
#include "query/testing/committee_run.hpp"
#include "query/testing/open_data.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/sealed_patients.hpp"
#include "query/testing/sql_oracle.hpp"

namespace mc::query {
namespace {

using testing::clinic_with_steps;
using testing::CommitteeRefresher;
using testing::opened_mean;
using testing::Patient;
using testing::TableVault;
using testing::TestCommittee;

// Patients of two owners, sealed under a committee's key; some do not consent.
class ComparedColumnsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Shared>(); }
  static void TearDownTestSuite() { shared_.reset(); }

  struct Shared : testing::SealedPatients {
    Shared() : SealedPatients(clinic_with_steps(), {.seed = 11, .beyond_block = 300}) {}
    /// 2^log2 times what the slots are off by.
    [[nodiscard]] std::vector<double> difference(const fhe::Ciphertext& ct, const std::vector<double>& ideal,
                                                 int log2) const {
      fhe::Plaintext plain = fhe::decrypt(*committee.params, committee.collective_secret(), ct);
      const fhe::Plaintext wanted = encoder.encode(ideal, ct.level(), ct.scale).value_or_stop();
      committee.params->ring().subtract(plain.poly, wanted.poly);
      plain.scale = plain.scale / fhe::Scale::power_of_two(log2);
      return encoder.decode(plain).value_or_stop();
    }
    [[nodiscard]] double mean(const fhe::Ciphertext& answer) const { return opened_mean(committee, encoder, answer); }
  };

  static Result<Plan> plan_of(const std::string& sql, const data::Schema& schema = clinic_with_steps()) {
    return compile(sql, schema, "clinic", limb_budget("test_insecure").value_or_stop());
  }
  static ComparedColumns columns_of(const Plan& plan, std::uint32_t threads = 2) {
    CommitteeRefresher refresher(shared_->committee);
    return compare_columns(plan.comparisons, shared_->owners, shared_->vault, shared_->committee.params,
                           shared_->bench(threads), refresher)
        .value_or_stop();
  }
  static std::vector<fhe::Ciphertext> answers_of(const Plan& plan) {
    const ComparedColumns columns = columns_of(plan);
    return execute(plan, shared_->owners, VaultWithColumns(shared_->vault, columns), shared_->bench()).value_or_stop();
  }

  static std::unique_ptr<Shared> shared_;
};
std::unique_ptr<ComparedColumnsTest::Shared> ComparedColumnsTest::shared_;

TEST_F(ComparedColumnsTest, TheColumnIsOneForConsentingPersonsAboveTheThresholdAndZeroForEverybodyElse) {
  const Plan plan = plan_of("SELECT count(*) FROM clinic WHERE bmi > 27.4").value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 1u);
  EXPECT_EQ(plan.comparisons[0].handle, "bmi/above/27.4375");
  const ComparedColumns columns = columns_of(plan);
  const std::size_t slot_count = shared_->committee.params->slot_count();
  ASSERT_EQ(columns.size(), 2u);
  // The ideal column is taken away as a polynomial: what a slot is off by is less than a double beside 1 can tell.
  constexpr int kMagnifiedLog2 = 40;
  double worst = 0;
  for (std::uint32_t block = 0; block < 2; ++block) {
    std::vector<double> ideal(slot_count, 0);
    for (std::size_t i = 0; i < slot_count; ++i) {
      const std::size_t person = block * slot_count + i;
      const bool counts = person < shared_->patients.size() && shared_->consents(person);
      const auto* bmi = counts ? std::get_if<double>(&shared_->patients[person][1]) : nullptr;
      ideal[i] = bmi != nullptr && *bmi > 27.4 ? 1 : 0;
    }
    for (const double error :
         shared_->difference(columns.at({plan.comparisons[0].handle, block}), ideal, kMagnifiedLog2)) {
      worst = std::max(worst, std::fabs(std::ldexp(error, -kMagnifiedLog2)));
    }
  }
  RecordProperty("error_log2", static_cast<int>(std::lround(std::log2(worst))));
  EXPECT_LT(worst, 0x1p-68);
  EXPECT_GT(worst, 0x1p-90);
}

TEST_F(ComparedColumnsTest, QueriesWithAnyThresholdAgreeWithSqlInTheClear) {
  const testing::SqlOracle oracle(shared_->schema);
  const std::vector<Patient> patients = shared_->consenting();
  for (const char* sql : {
           "SELECT count(*), avg(age), var_samp(bmi) FROM clinic WHERE age > 62.3",
           "SELECT count(*), sum(bmi) FROM clinic WHERE bmi BETWEEN 21.125 AND 33.375",
           "SELECT sex, count(*), avg(bmi) FROM clinic WHERE NOT bmi <= 27.125 GROUP BY sex",
           "SELECT count(*) FROM clinic WHERE \"Blood pressure\" < 140",
           "SELECT count(*) FROM clinic WHERE age >= 33 AND bmi < 22 OR sex = 'F' AND age <= 95",
           "SELECT count(*), avg(bmi) FROM clinic WHERE bmi = 24.125 OR age IN (13, 77)",
           "SELECT count(*) FROM clinic WHERE (bmi > 27.4) AND NOT (bmi > 29.99) AND death",
           "SELECT histogram(age), median(bmi) FROM clinic WHERE age <> 59",
       }) {
    const auto plan = plan_of(sql);
    ASSERT_TRUE(plan) << sql << ": " << plan.error().message;
    EXPECT_TRUE(plan->is_run()) << sql;
    const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
    const std::vector<AnswerBound> bounds = answer_bounds(*plan, *shared_->committee.params, setting).value_or_stop();
    std::vector<double> means;
    for (const fhe::Ciphertext& answer : answers_of(*plan)) means.push_back(shared_->mean(answer));
    std::vector<double> errors(means.size(), 1e-12);
    const ResultTable table = finish(*plan, means, errors, shared_->committee.params->slot_count()).value_or_stop();
    EXPECT_EQ(testing::table_difference(table, oracle.answer(sql, patients), 1e-9), "") << sql;
    for (std::size_t i = 0; i < bounds.size(); ++i) EXPECT_LT(bounds[i].noise_log2, bounds[i].scale_log2 - 60) << sql;
  }
}

TEST_F(ComparedColumnsTest, TheResultIsTheSameBitsWithAnyNumberOfThreads) {
  const Plan plan = plan_of("SELECT count(*) FROM clinic WHERE age > 70").value_or_stop();
  EXPECT_EQ(columns_of(plan, 1), columns_of(plan, 3));
}

TEST_F(ComparedColumnsTest, WithoutConsentNothingIsRefreshed) {
  const Plan plan = plan_of("SELECT count(*) FROM clinic WHERE age > 70").value_or_stop();
  std::vector<OwnerSlots> owners = shared_->owners;
  for (OwnerSlots& owner : owners) std::fill(owner.consent.begin(), owner.consent.end(), std::uint8_t{0});
  CommitteeRefresher refresher(shared_->committee);
  const auto columns =
      compare_columns(plan.comparisons, owners, shared_->vault, shared_->committee.params, shared_->bench(), refresher);
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().code, Code::kRefused);
  EXPECT_EQ(refresher.steps, 0u);
}

TEST_F(ComparedColumnsTest, ComparisonsGoStepByStepTogether) {
  const Plan plan = plan_of("SELECT count(*) FROM clinic WHERE bmi > 27.4 AND age > 70").value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 2u);
  CommitteeRefresher refresher(shared_->committee);
  ASSERT_TRUE(compare_columns(plan.comparisons, shared_->owners, shared_->vault, shared_->committee.params,
                              shared_->bench(), refresher));
  const std::size_t most = std::max(refresh_count(plan.comparisons[0]), refresh_count(plan.comparisons[1]));
  EXPECT_EQ(refresher.steps, most);
  EXPECT_EQ(refresher.polynomials, 2 * (refresh_count(plan.comparisons[0]) + refresh_count(plan.comparisons[1])));
}

// The same records sealed twice: the difference of the two answers holds both noises and no message.
TEST_F(ComparedColumnsTest, TheNoiseOfAnAnswerIsBelowItsBound) {
  for (const char* sql : {"SELECT count(*), sum(bmi) FROM clinic WHERE age > 70",
                          "SELECT count(*) FROM clinic WHERE bmi > 27.4 AND \"Blood pressure\" < 140"}) {
    const Plan plan = plan_of(sql).value_or_stop();
    const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
    const std::vector<AnswerBound> bounds = answer_bounds(plan, *shared_->committee.params, setting).value_or_stop();
    TableVault second(shared_->committee, shared_->encoder);
    shared_->fill(second);
    ASSERT_TRUE(second.fetch(0, "present", 7));  // from here on it seals with other numbers than the first
    CommitteeRefresher refresher(shared_->committee);
    const ComparedColumns columns = compare_columns(plan.comparisons, shared_->owners, second,
                                                    shared_->committee.params, shared_->bench(), refresher)
                                        .value_or_stop();
    const auto a = answers_of(plan);
    const auto b = execute(plan, shared_->owners, VaultWithColumns(second, columns), shared_->bench()).value_or_stop();
    for (std::size_t i = 0; i < a.size(); ++i) {
      fhe::Ciphertext difference = a[i];
      ASSERT_TRUE(shared_->evaluator.subtract_inplace(difference, b[i]));
      const fhe::Plaintext opened =
          fhe::decrypt(*shared_->committee.params, shared_->committee.collective_secret(), difference);
      double sum = 0;
      for (const double slot : shared_->encoder.decode(opened).value_or_stop()) sum += std::abs(slot);
      const double mean = sum / static_cast<double>(shared_->committee.params->slot_count()) / std::sqrt(2.0);
      const double measured = std::log2(mean) + bounds[i].scale_log2;
      EXPECT_LT(measured, bounds[i].noise_log2) << sql;
      EXPECT_GT(measured, bounds[i].noise_log2 - 16) << sql;
    }
  }
}

// Records of real people: 768 women, glucose in whole mg/dl and body mass index with one decimal.
TEST(ComparedColumnsOfOpenData, ThresholdsAgreeWithCountingTheRecords) {
  if (!testing::has_open_data("pima")) {
    GTEST_SKIP() << "the open data set pima is not here; MC_SHARED_DATA names its folder";
  }
  const data::Cohort cohort = testing::open_cohort("pima");
  const data::Schema& schema = cohort.schema();
  EXPECT_EQ(schema.find("mass")->step, 0.1);
  const TestCommittee committee(fhe::testing::small_params(), fhe::CommitteeShape::create(3, 2).value_or_stop(), 1);
  const fhe::Encoder encoder(committee.params);
  const fhe::Evaluator evaluator(committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key));
  const Workbench bench{*committee.params, encoder, evaluator, 2};
  TableVault vault(committee, encoder);
  for (const data::Feature& feature : data::sealed_features(schema)) {
    vault.add(data::handle(schema, feature), cohort.pack(feature, 0, cohort.row_count()).value_or_stop());
  }
  const std::vector<OwnerSlots> owners{
      {"pima", {0, cohort.row_count()}, std::vector<std::uint8_t>(cohort.row_count(), 1)}};
  // In tenths; a missing value is none.
  const auto tenths_of = [&](const char* name) {
    const auto column = static_cast<std::uint32_t>(schema.find(name) - schema.columns.data());
    const auto values = cohort.pack({data::FeatureKind::kValue, column, 0}, 0, cohort.row_count()).value_or_stop();
    std::vector<std::optional<long>> tenths;
    const data::Feature valid{data::FeatureKind::kValid, column, 0};
    const std::vector<double> present = data::is_sealed_feature(schema, valid)
                                            ? cohort.pack(valid, 0, cohort.row_count()).value_or_stop()
                                            : std::vector<double>(values.size(), 1);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const data::Column& c = schema.columns[column];
      tenths.push_back(present[i] == 1 ? std::optional(std::lround(10 * (c.centre() + c.half_width() * values[i])))
                                       : std::nullopt);
    }
    return tenths;
  };
  const auto mass = tenths_of("mass");
  const auto glucose = tenths_of("glucose");
  const Plan plan = compile("SELECT count(*) FROM pima WHERE mass > 32.4 AND glucose BETWEEN 103 AND 137", schema,
                            "pima", limb_budget("test_insecure").value_or_stop())
                        .value_or_stop();
  CommitteeRefresher refresher(committee);
  const ComparedColumns columns =
      compare_columns(plan.comparisons, owners, vault, committee.params, bench, refresher).value_or_stop();
  const auto answers = execute(plan, owners, VaultWithColumns(vault, columns), bench).value_or_stop();
  const double count =
      opened_mean(committee, encoder, answers[0]) * static_cast<double>(committee.params->slot_count());
  long truth = 0;
  for (std::size_t i = 0; i < mass.size(); ++i) {
    truth += mass[i] && glucose[i] && *mass[i] > 324 && *glucose[i] >= 1030 && *glucose[i] <= 1370 ? 1 : 0;
  }
  EXPECT_GT(truth, 50);
  EXPECT_NEAR(count, static_cast<double>(truth), 1e-10);
}

// Figures of bench/results/2026-11-comparison.md: one comparison in the profile `standard`, everything in one process.
TEST(ComparedColumnsFigures, OneComparisonOfTwentyThousandPersonsIsExactInStandard) {
  const TestCommittee committee(fhe::Params::named("standard").value_or_stop(),
                                fhe::CommitteeShape::create(3, 2).value_or_stop(), 1);
  const fhe::Encoder encoder(committee.params);
  const fhe::Evaluator evaluator(committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key));
  const Workbench bench{*committee.params, encoder, evaluator, 2};
  const data::Schema schema = clinic_with_steps();
  const Plan plan =
      compile("SELECT count(*) FROM clinic WHERE age > 70", schema, "clinic", limb_budget("standard").value_or_stop())
          .value_or_stop();
  for (const std::size_t persons : {std::size_t{7000}, std::size_t{20000}}) {
    TableVault vault(committee, encoder);
    std::mt19937_64 random(persons);
    std::vector<Patient> patients;
    for (std::size_t i = 0; i < persons; ++i) patients.push_back(testing::random_patient(schema, random));
    for (const std::string& handle : sealed_features_of(plan)) {
      std::vector<double> values;
      for (const Patient& patient : patients) {
        values.push_back(
            testing::feature_value(schema, data::feature_from_handle(schema, handle).value_or_stop(), patient));
      }
      vault.add(handle, std::move(values));
    }
    const std::vector<OwnerSlots> owners{{"north", {0, persons}, std::vector<std::uint8_t>(persons, 1)}};
    for (const std::uint32_t block : blocks_with_consent(owners, committee.params->slot_count())) {  // seals
      for (const std::string& handle : sealed_features_of(plan)) ASSERT_TRUE(vault.fetch(0, handle, block));
    }
    CommitteeRefresher refresher(committee);
    const auto start = std::chrono::steady_clock::now();
    const ComparedColumns columns =
        compare_columns(plan.comparisons, owners, vault, committee.params, bench, refresher).value_or_stop();
    const double compared = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const auto answers = execute(plan, owners, VaultWithColumns(vault, columns), bench).value_or_stop();
    const double count =
        opened_mean(committee, encoder, answers[0]) * static_cast<double>(committee.params->slot_count());
    double truth = 0;
    for (const Patient& patient : patients) truth += std::get<double>(patient[0]) > 70 ? 1 : 0;
    EXPECT_NEAR(count, truth, 1e-10);
    double worst = 0, square = 0;
    for (const auto& [key, column] : columns) {
      const fhe::Plaintext opened = fhe::decrypt(*committee.params, committee.collective_secret(), column);
      std::vector<double> ideal(committee.params->slot_count(), 0);
      for (std::size_t i = 0; i < ideal.size(); ++i) {
        const std::size_t person = key.block * ideal.size() + i;
        if (person < persons) ideal[i] = std::get<double>(patients[person][0]) > 70 ? 1 : 0;
      }
      fhe::Plaintext off = opened;
      committee.params->ring().subtract(off.poly,
                                        encoder.encode(ideal, column.level(), column.scale).value_or_stop().poly);
      off.scale = off.scale / fhe::Scale::power_of_two(40);
      for (const double error : encoder.decode(off).value_or_stop()) {
        worst = std::max(worst, std::fabs(error));
        square += error * error / static_cast<double>(ideal.size() * columns.size());
      }
    }
    // Slot by slot, not in the mean that is opened: the bound's root mean square.
    const AnswerBound bound =
        answer_bounds(plan, *committee.params, noise_setting(3, owners, committee.params->slot_count()))
            .value_or_stop()[0];
    const double allowed = bound.noise_log2 - bound.scale_log2 - std::log2(static_cast<double>(columns.size()));
    EXPECT_LT(std::log2(std::sqrt(square)) - 40, allowed);
    EXPECT_GT(std::log2(std::sqrt(square)) - 40, allowed - 5);
    EXPECT_LT(worst, 0x1p-25) << "2^-65 of one";
    std::cout << "  " << persons << " persons: " << plan.comparisons[0].stages.size() << " stages, " << refresher.steps
              << " refreshes of " << refresher.polynomials << " polynomials, " << compared
              << " s, of which the committee " << refresher.seconds << " s; the column is off by at most 2^"
              << std::log2(worst) - 40 << "\n";
  }
}

}  // namespace
}  // namespace mc::query
