// SPDX-License-Identifier: Apache-2.0
// Survival models from the question to the answer: plans over records in the clear and over ciphertext.
#include "query/release/survival_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/schema/time_grid.hpp"
#include "query/release/cox.hpp"
#include "query/release/log_rank.hpp"
#include "query/testing/open_data.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/sealed_clinic.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Plan small_trial_plan(const std::string& sql) {
  return testing::trial_plan(sql, "test_insecure");
}

const ModelAnswer& answer_in(const ResultTable& table, std::size_t row = 0) {
  return *std::get<ModelCell>(table.rows[row].back());
}

/// Every node of a plan for every patient, summed as if it had been opened without noise.
ResultTable in_the_clear(const Plan& plan, const std::vector<testing::Patient>& patients) {
  const std::vector<double> means = testing::trial_means(plan, patients, 512);
  return finish(plan, means, std::vector<double>(means.size(), 1e-9), 512).value_or_stop();
}

void expect_table(const json& stratum, const RiskTable& table) {
  EXPECT_EQ(stratum["time"].get<std::vector<double>>(), table.time);
  EXPECT_EQ(stratum["n_risk"].get<std::vector<double>>(), table.n_risk);
  EXPECT_EQ(stratum["n_event"].get<std::vector<double>>(), table.n_event);
  EXPECT_EQ(stratum["n_censor"].get<std::vector<double>>(), table.n_censor);
  EXPECT_EQ(stratum["n"].get<double>(), table.n);
  EXPECT_EQ(stratum["events"].get<double>(), table.events);
}

TEST(SurvivalAnswer, EveryArmHasTheTableOfItsRecords) {
  const auto patients = testing::trial_patients(400, 1);
  const ResultTable table =
      in_the_clear(small_trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ arm') FROM trial"), patients);
  EXPECT_EQ(table.columns, std::vector<std::string>{"kaplan_meier('Surv(days, dead) ~ arm')"});
  const json answer = json::parse(answer_in(table).json);
  ASSERT_EQ(answer["strata"].size(), 2u);
  std::vector<RiskTable> tables;
  for (const std::size_t i : {0, 1}) {
    const std::string arm = i == 0 ? "A" : "B";
    tables.push_back(testing::trial_table(
        patients, 1, 1, [&](const auto& patient) { return std::get<std::string>(patient[2]) == arm; }));
    EXPECT_EQ(answer["strata"][i]["name"], "arm=" + arm);
    expect_table(answer["strata"][i], tables.back());
  }
  EXPECT_DOUBLE_EQ(answer["logrank"]["chisq"].get<double>(), log_rank_test(tables).chi_square);
  EXPECT_EQ(answer["n"], 400);
  EXPECT_EQ(answer["n_missing"], 0);
  EXPECT_EQ(answer["digits"], kDigitsMax);
  EXPECT_EQ(table.digits_min, kDigitsMax);
}

TEST(SurvivalAnswer, MissingValuesWhereAndBinsAreCountedAsTheyShouldBe) {
  const auto patients = testing::trial_patients(400, 2);
  const ResultTable table = in_the_clear(
      small_trial_plan("SELECT kaplan_meier('Surv(days, status) ~ factor(age)') FROM trial WHERE arm = 'A'"), patients);
  const json answer = json::parse(answer_in(table).json);
  ASSERT_EQ(answer["strata"].size(), 3u);
  const double edges[] = {20, 50, 70, 91};
  double n = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const RiskTable own = testing::trial_table(patients, 5, 2, [&](const auto& patient) {
      const auto* age = std::get_if<double>(&patient[3]);
      return std::get<std::string>(patient[2]) == "A" && age != nullptr && *age >= edges[i] && *age < edges[i + 1];
    });
    expect_table(answer["strata"][i], own);
    n += own.n;
  }
  EXPECT_EQ(answer["strata"][1]["name"], "age=[50,70)");
  EXPECT_EQ(answer["n"].get<double>(), n);
  EXPECT_EQ(answer["n_missing"].get<double>(), static_cast<double>(table.n) - n);
  EXPECT_GT(answer["n_missing"].get<double>(), 0);
}

TEST(SurvivalAnswer, AWhereOnTheTimeItselfCountsTheSamePersons) {
  const auto patients = testing::trial_patients(300, 3);
  const ResultTable table = in_the_clear(
      small_trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ 1') FROM trial WHERE days > 20"), patients);
  expect_table(json::parse(answer_in(table).json)["strata"][0],
               testing::trial_table(patients, 1, 1, [](const auto& p) { return std::get<double>(p[0]) > 20; }));
}

TEST(SurvivalAnswer, GroupByMakesAnAnswerPerGroup) {
  const auto patients = testing::trial_patients(300, 4);
  const ResultTable table = in_the_clear(
      small_trial_plan("SELECT arm, kaplan_meier('Surv(days, dead) ~ 1') AS km FROM trial GROUP BY arm"), patients);
  ASSERT_EQ(table.rows.size(), 2u);
  const json answer = json::parse(answer_in(table, 1).json);
  EXPECT_EQ(answer["strata"][0]["name"], "all");
  EXPECT_EQ(answer["logrank"], nullptr);
  expect_table(answer["strata"][0],
               testing::trial_table(patients, 1, 1, [](const auto& p) { return std::get<std::string>(p[2]) == "B"; }));
  EXPECT_THAT(render_table(table), HasSubstr("arm = B\nkaplan_meier: Surv(days, dead) ~ 1\n"));
}

TEST(SurvivalAnswer, OptionsChangeTheIntervalsAndNothingElse) {
  const auto patients = testing::trial_patients(300, 5);
  const auto strata = [&](const std::string& options) {
    const std::string sql = "SELECT kaplan_meier('Surv(days, dead) ~ 1'" + options + ") FROM trial";
    return json::parse(answer_in(in_the_clear(small_trial_plan(sql), patients)).json)["strata"][0];
  };
  const json usual = strata("");
  for (const char* options : {", conf_type => 'plain'", ", conf_type => 'log-log'", ", conf_int => 0.9"}) {
    const json other = strata(options);
    EXPECT_EQ(other["survival"], usual["survival"]);
    EXPECT_NE(other["lower"], usual["lower"]) << options;
  }
  EXPECT_EQ(strata(", conf_type => 'log', conf_int => 0.95"), usual);
}

TEST(SurvivalAnswer, HazardsOfPatternsAreThoseOfTheSamePersonsOneByOne) {
  const auto patients = testing::trial_patients(400, 6);
  const ResultTable table =
      in_the_clear(small_trial_plan("SELECT cox('Surv(days, dead) ~ arm*grade') FROM trial"), patients);
  const json answer = json::parse(answer_in(table).json);
  std::vector<CoxPattern> persons;
  const std::vector<double> times = testing::trial_schema().columns[0].times;
  for (const testing::Patient& patient : patients) {
    const auto* grade = std::get_if<double>(&patient[4]);
    if (grade == nullptr) continue;
    const double in_b = std::get<std::string>(patient[2]) == "B" ? 1 : 0;
    CoxPattern one{{in_b, *grade, in_b * *grade}, {}, {}};
    for (std::size_t k = 0; k < times.size(); ++k) {
      const double days = std::get<double>(patient[0]);
      const bool followed = k == 0 || days > times[k - 1];
      one.n_risk.push_back(followed ? 1 : 0);
      one.n_event.push_back(followed && days <= times[k] ? std::get<double>(patient[1]) : 0);
    }
    persons.push_back(std::move(one));
  }
  const CoxFit fit = cox_fit(persons, Ties::kEfron);
  const char* terms[] = {"armB", "grade", "armB:grade"};
  ASSERT_EQ(answer["coefficients"].size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const json& one = answer["coefficients"][i];
    EXPECT_EQ(one["term"], terms[i]);
    EXPECT_NEAR(one["estimate"].get<double>(), fit.coefficients[i], 1e-9);
    EXPECT_NEAR(one["std_error"].get<double>(), fit.std_errors[i], 1e-9);
    EXPECT_NEAR(one["hazard_ratio"].get<double>(), std::exp(fit.coefficients[i]), 1e-9);
  }
  EXPECT_TRUE(answer["converged"].get<bool>());
  EXPECT_EQ(answer["digits"], certain_digits(fit.step_left + 1e-12, 1)) << "of coefficients, and not of the counts";
  EXPECT_EQ(answer["n"].get<std::size_t>(), persons.size());
  EXPECT_EQ(answer["n"].get<std::int64_t>() + answer["n_missing"].get<std::int64_t>(), 400);
  EXPECT_THAT(answer_in(table).picture, HasSubstr("hazard ratio"));
}

// An arm without events was "not converged", and nothing named it; coxph warns of the variable.
TEST(SurvivalAnswer, AnArmWithoutEventsIsNamedAsWhatKeepsTheFitFromConverging) {
  auto patients = testing::trial_patients(200, 9);
  for (testing::Patient& patient : patients) {
    if (std::get<std::string>(patient[2]) == "B") patient[1] = 0.0;
  }
  const ResultTable table =
      in_the_clear(small_trial_plan("SELECT cox('Surv(days, dead) ~ arm + grade') FROM trial"), patients);
  const json answer = json::parse(answer_in(table).json);
  EXPECT_FALSE(answer["converged"].get<bool>());
  EXPECT_EQ(answer.value("separated", json()), json({"armB"}));
  EXPECT_THAT(answer["not_converged"].get<std::string>(), HasSubstr("run to infinity (armB)"));
  EXPECT_THAT(answer_in(table).text, HasSubstr("NOT converged: coefficients run to infinity (armB)"));
}

TEST(SurvivalAnswer, AMeasurementIsCutAtItsEdgesAndEachBinIsACoefficient) {
  const auto patients = testing::trial_patients(200, 8);
  const ResultTable table = in_the_clear(
      small_trial_plan("SELECT cox('Surv(days, dead) ~ factor(age)', ties => 'breslow') FROM trial"), patients);
  const json answer = json::parse(answer_in(table).json);
  ASSERT_EQ(answer["coefficients"].size(), 2u);
  EXPECT_EQ(answer["coefficients"][0]["term"], "factor(age)[50,70)");
  EXPECT_EQ(answer["coefficients"][1]["term"], "factor(age)[70,90]");
  EXPECT_EQ(answer["ties"], "breslow");
  EXPECT_THAT(render_table(table), HasSubstr("ties by breslow"));
}

TEST(SurvivalAnswer, AComparisonIsACovariateOfThoseWhoMeetIt) {
  const auto patients = testing::trial_patients(600, 8);
  const auto estimates = [&](const std::string& terms) {
    const Plan plan = small_trial_plan("SELECT cox('Surv(days, dead) ~ " + terms + "') FROM trial");
    std::vector<double> found;
    const json answer = json::parse(answer_in(in_the_clear(plan, patients)).json);
    for (const json& one : answer["coefficients"]) {
      found.push_back(one["estimate"]);
      found.push_back(one["std_error"]);
    }
    return found;
  };
  const auto expect_alike = [&](const std::string& terms, const std::string& others) {
    const std::vector<double> found = estimates(terms), wanted = estimates(others);
    ASSERT_EQ(found.size(), wanted.size()) << terms;
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-9) << terms;
  };
  expect_alike("I(arm == \"B\")", "arm");
  expect_alike("I(age >= 50 & age < 70) + I(age >= 70)", "factor(age)");
  expect_alike("I(grade > 1) * arm", "I(grade != 1) * arm");
}

TEST(SurvivalAnswer, NobodyIsAnAnswerToo) {
  const ResultTable table = in_the_clear(
      small_trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ arm'), cox('Surv(days, dead) ~ arm') FROM trial"), {});
  const json km = json::parse(std::get<ModelCell>(table.rows[0][0])->json);
  EXPECT_TRUE(km["strata"].empty());
  EXPECT_EQ(km["logrank"], nullptr);
  const json cox = json::parse(std::get<ModelCell>(table.rows[0][1])->json);
  EXPECT_EQ(cox["coefficients"][0]["estimate"], nullptr);
  EXPECT_FALSE(cox["converged"].get<bool>());
  EXPECT_EQ(cox["not_converged"], "nobody has the event");
  EXPECT_THAT(render_table(table), Not(HasSubstr("nan")));
}

TEST(SurvivalAnswer, CountsThatMayBeOffHaveNoDigits) {
  const Plan plan = small_trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ 1') FROM trial");
  const std::vector<double> means(plan.moments.size(), 0.5);
  const ResultTable table = finish(plan, means, std::vector<double>(plan.moments.size(), 3.0), 512).value_or_stop();
  EXPECT_EQ(json::parse(answer_in(table).json)["digits"], 0);
  EXPECT_EQ(table.digits_min, 0);
}

TEST(SurvivalAnswer, CountsThatContradictEachOtherAreRefused) {
  const Plan plan = small_trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ 1') AS km FROM trial");
  // All persons; then per time events and censorings.
  const auto refusal = [&](const std::vector<double>& counts) {
    std::vector<double> means;
    for (const double one : counts) means.push_back(one / 512);
    const auto table = finish(plan, means, std::vector<double>(means.size(), 1e-9), 512);
    return table ? std::string() : table.error().message;
  };
  ASSERT_EQ(plan.moments.size(), 11u);
  ASSERT_TRUE(plan.items[0].survival->beyond);
  EXPECT_EQ(refusal({9, 1, 0, 0, 2, 1, 1, 0, 0, 2, 1}), "");
  EXPECT_EQ(refusal({9, 1, 0, 0, 2, 1, 1, 0, 0, 2, 3}),
            "the counts of all contradict each other: of 9 persons -1 are left behind the last time, after 4 events");
  EXPECT_THAT(refusal({9, -1, 0, 0, 2, 1, 1, 0, 0, 2, 1}), HasSubstr("contradict"));
  EXPECT_THAT(refusal({9, 1, 0, 0, 2, 1, -1, 0, 0, 2, 1}), HasSubstr("contradict"));
  EXPECT_THAT(refusal({1e12, 1, 0, 0, 2, 1, 1, 0, 0, 2, 1}), HasSubstr("contradict"));
}

TEST(SurvivalAnswer, AnyOpenedSumsAreATableOrASentence) {
  const Plan plan = small_trial_plan(
      "SELECT kaplan_meier('Surv(days, dead) ~ arm') AS km, cox('Surv(days, dead) ~ arm', ties => 'breslow') FROM "
      "trial");
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> means, errors;
    for (std::size_t i = 0; i < plan.moments.size(); ++i) {
      const double size = std::pow(10, static_cast<double>(random() % 30) - 8);
      means.push_back((random() % 2 == 0 ? -1 : 1) * size * static_cast<double>(random() % 1000));
      errors.push_back(round % 2 == 0 ? 1e3 : size);
    }
    const auto table = finish(plan, means, errors, 512);
    if (table) {
      EXPECT_THAT(render_table(*table), Not(HasSubstr("nan")));
      EXPECT_TRUE(json::accept(answer_in(*table).json));
    } else {
      EXPECT_FALSE(table.error().message.empty());
    }
  }
}

TEST(SurvivalAnswer, OnCiphertextWithAnyNumberOfThreadsItIsTheSame) {
  testing::Keys keys(3);
  const data::Schema schema = testing::trial_schema();
  testing::SealedClinic clinic(keys, schema);
  const auto patients = testing::trial_patients(150, 7);
  std::vector<std::uint8_t> consent;
  std::vector<testing::Patient> consenting;
  for (std::size_t i = 0; i < patients.size(); ++i) {
    consent.push_back(i % 7 == 0 ? 0 : 1);
    if (consent.back() == 1) consenting.push_back(patients[i]);
  }
  clinic.add_owner("north", 5, patients, consent);
  const Plan plan = small_trial_plan(
      "SELECT kaplan_meier('Surv(days, dead) ~ arm + factor(grade)'), cox('Surv(days, dead) ~ arm') FROM trial");
  const auto answers = execute(plan, clinic.owners, clinic, keys.bench(1)).value_or_stop();
  const auto again = execute(plan, clinic.owners, clinic, keys.bench(4)).value_or_stop();
  std::vector<double> means;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(fhe::hash_ciphertext(answers[i], *keys.params), fhe::hash_ciphertext(again[i], *keys.params));
    means.push_back(keys.mean(answers[i]));
  }
  const ResultTable table =
      finish(plan, means, std::vector<double>(means.size(), 1e-3), keys.slot_count()).value_or_stop();
  const ResultTable expected = in_the_clear(plan, consenting);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(std::get<ModelCell>(table.rows[0][i])->json, std::get<ModelCell>(expected.rows[0][i])->json);
  }
}

/// Open data whose dictionary names every observed time, or a grid of days.
ResultTable ask_open_data(const std::string& name, const std::string& time, const std::string& times,
                          const std::string& item) {
  const auto table = data::read_csv_file(testing::open_data() / "clean" / (name + ".csv")).value_or_stop();
  const std::vector<data::Schema> proposals{data::infer(table, name).value_or_stop()};
  data::Schema schema = data::merge(proposals).value_or_stop();
  const auto request = data::times_request_from_text(time + ":" + times).value_or_stop();
  EXPECT_TRUE(data::declare_times(schema, request, data::observed_numbers(table, time).value_or_stop()));
  const data::Cohort cohort = data::Cohort::parse(table, schema).value_or_stop();
  const Plan plan =
      compile("SELECT " + item + " FROM d", schema, "d", limb_budget("standard").value_or_stop()).value_or_stop();
  return testing::run_in_the_clear(plan, cohort);
}

void expect_reference(const json& stratum, const json& reference) {
  std::size_t row = 0;
  for (std::size_t i = 0; i < stratum["time"].size(); ++i) {
    if (stratum["n_event"][i] == 0) continue;
    ASSERT_LT(row, reference["time"].size());
    EXPECT_EQ(stratum["time"][i].get<double>(), reference["time"][row].get<double>());
    EXPECT_EQ(stratum["n_risk"][i].get<double>(), reference["n_risk"][row].get<double>());
    EXPECT_EQ(stratum["n_event"][i].get<double>(), reference["n_event"][row].get<double>());
    EXPECT_NEAR(stratum["survival"][i].get<double>(), reference["surv"][row].get<double>(), 1e-12);
    ++row;
  }
  EXPECT_EQ(row, reference["time"].size());
  EXPECT_EQ(stratum["median"], reference["median"]);
}

TEST(SurvivalAnswer, OpenDataHaveTheTablesThatRMakesOfTheirRecords) {
  for (const char* name : {"lung", "veteran", "gbsg", "actg320", "heart_failure"}) {
    if (!testing::has_open_data(name)) GTEST_SKIP() << "the open data are not here; MC_SHARED_DATA names their folder";
    SCOPED_TRACE(name);
    const json reference = testing::reference_of(std::string(name) + "_survival");
    const std::string time = reference["time"];
    const std::string event = reference["event"];
    const std::string group = reference["km_by"]["variable"];
    const ResultTable table = ask_open_data(
        name, time, "observed", "kaplan_meier('Surv(" + time + ", " + event + ") ~ factor(" + group + ")')");
    const json answer = json::parse(answer_in(table).json);
    for (const json& stratum : answer["strata"]) {
      const std::string label = stratum["name"];
      expect_reference(stratum, reference["km_by"]["groups"][label.substr(label.find('=') + 1)]);
    }
    EXPECT_NEAR(answer["logrank"]["chisq"].get<double>(), reference["logrank"]["chisq"].get<double>(), 1e-8);
    EXPECT_NEAR(answer["logrank"]["p"].get<double>(), reference["logrank"]["p"].get<double>(), 1e-10);
  }
}

TEST(SurvivalAnswer, ACoarserGridIsTheTableOfTimesRoundedUp) {
  if (!testing::has_open_data("rotterdam")) GTEST_SKIP() << "the open data are not here";
  const auto records = data::read_csv_file(testing::open_data() / "clean" / "rotterdam.csv").value_or_stop();
  std::vector<testing::FollowedRecord> rounded;
  for (std::size_t row = 0; row < records.row_count(); ++row) {
    const auto number = [&](const char* name) {
      return std::stod(std::string(records.cell(row, *records.find(name))));
    };
    rounded.push_back({30 * std::ceil(number("dtime") / 30), static_cast<int>(number("death"))});
  }
  const ResultTable table = ask_open_data("rotterdam", "dtime", "30", "kaplan_meier('Surv(dtime, death) ~ 1')");
  expect_table(json::parse(answer_in(table).json)["strata"][0], testing::risk_table_of(rounded));
}

}  // namespace
}  // namespace mc::query
