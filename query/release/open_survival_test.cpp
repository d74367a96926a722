// SPDX-License-Identifier: Apache-2.0
// Survival tables of open data sets against what R's survival package computed from the records themselves.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "data/record/csv.hpp"
#include "data/record/number.hpp"
#include "data/record/testing/open_data.hpp"
#include "query/release/cox.hpp"
#include "query/release/log_rank.hpp"
#include "query/testing/survival_records.hpp"

namespace mc::query {
namespace {

namespace fs = std::filesystem;
using data::testing::open_data;
using nlohmann::json;
using testing::FollowedRecord;
using testing::risk_table_of;

class OpenSurvival : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const fs::path file = open_data() / "reference" / (std::string(GetParam()) + "_survival.json");
    if (!fs::exists(file)) GTEST_SKIP() << "the open data are not here; MC_SHARED_DATA names their folder";
    std::ifstream in(file);
    reference_ = json::parse(in);
    const auto table = data::read_csv_file(open_data() / "clean" / (std::string(GetParam()) + ".csv")).value_or_stop();
    const auto number = [&](std::size_t row, const std::string& column) {
      return data::parse_number(data::trimmed(table.cell(row, table.find(column).value()))).value();
    };
    for (std::size_t row = 0; row < table.row_count(); ++row) {
      std::vector<double> covariates;
      for (const json& term : reference_["cox_efron"]["terms"]) covariates.push_back(number(row, term));
      covariates_.push_back(std::move(covariates));
      const double time = number(row, reference_["time"]);
      const FollowedRecord one{time, static_cast<int>(number(row, reference_["event"]))};
      all_.push_back(one);
      strata_[data::number_text(number(row, reference_["km_by"]["variable"]))].push_back(one);
    }
  }

  /// Persons with the same covariates are one pattern; with measurements most have their own.
  std::vector<CoxPattern> patterns() const {
    std::map<double, std::size_t> times;
    for (const FollowedRecord& one : all_) times.emplace(one.time, 0);
    std::size_t count = 0;
    for (auto& [time, index] : times) index = count++;
    std::map<std::vector<double>, CoxPattern> patterns;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      CoxPattern& pattern = patterns[covariates_[i]];
      pattern.covariates = covariates_[i];
      pattern.n_risk.resize(count);
      pattern.n_event.resize(count);
      const std::size_t last = times.at(all_[i].time);
      for (std::size_t k = 0; k <= last; ++k) pattern.n_risk[k] += 1;
      pattern.n_event[last] += all_[i].event;
    }
    std::vector<CoxPattern> result;
    for (auto& [covariates, pattern] : patterns) result.push_back(std::move(pattern));
    return result;
  }

  json reference_;
  std::vector<FollowedRecord> all_;
  std::vector<std::vector<double>> covariates_;
  std::map<std::string, std::vector<FollowedRecord>> strata_;
};

/// The reference lists times with events.
void expect_same(const std::vector<FollowedRecord>& records, const json& reference) {
  const RiskTable table = risk_table_of(records);
  const SurvivalCurve curve = kaplan_meier(table, ConfidenceType::kLog, 0.95);
  EXPECT_EQ(table.n, reference["n"].get<double>());
  EXPECT_EQ(table.events, reference["events"].get<double>());
  std::size_t row = 0;
  for (std::size_t i = 0; i < table.time.size(); ++i) {
    if (table.n_event[i] == 0) continue;
    ASSERT_LT(row, reference["time"].size());
    EXPECT_EQ(table.time[i], reference["time"][row].get<double>());
    EXPECT_EQ(table.n_risk[i], reference["n_risk"][row].get<double>());
    EXPECT_EQ(table.n_event[i], reference["n_event"][row].get<double>());
    EXPECT_NEAR(curve.survival[i], reference["surv"][row].get<double>(), 1e-12);
    const json& error = reference["std_err_greenwood"][row];
    if (error.is_number()) {
      EXPECT_NEAR(curve.std_error[i], error.get<double>(), 1e-12);
    } else {
      EXPECT_TRUE(std::isnan(curve.std_error[i]));
    }
    ++row;
  }
  EXPECT_EQ(row, reference["time"].size());
  const auto expect_median = [](double own, const json& theirs) {
    if (theirs.is_number()) {
      EXPECT_EQ(own, theirs.get<double>());
    } else {
      EXPECT_TRUE(std::isnan(own));
    }
  };
  expect_median(curve.median, reference["median"]);
  expect_median(curve.median_lower, reference["median_lcl"]);
  expect_median(curve.median_upper, reference["median_ucl"]);
}

TEST_P(OpenSurvival, EveryoneTogetherHasTheTableOfSurvfit) {
  expect_same(all_, reference_["km_overall"]);
}

TEST_P(OpenSurvival, EveryGroupHasTheTableOfSurvfit) {
  const json& groups = reference_["km_by"]["groups"];
  ASSERT_EQ(strata_.size(), groups.size());
  for (const auto& [name, records] : strata_) {
    SCOPED_TRACE(name);
    expect_same(records, groups[name]);
  }
}

TEST_P(OpenSurvival, TheGroupsDifferAsSurvdiffSays) {
  std::vector<RiskTable> tables;
  for (const auto& [name, records] : strata_) tables.push_back(risk_table_of(records));
  const LogRankTest test = log_rank_test(tables);
  const json& reference = reference_["logrank"];
  EXPECT_NEAR(test.chi_square / reference["chisq"].get<double>(), 1, 1e-9);
  EXPECT_EQ(test.df, reference["df"].get<double>());
  EXPECT_NEAR(test.p_value / reference["p"].get<double>(), 1, 1e-9);
  for (std::size_t s = 0; s < tables.size(); ++s) {
    EXPECT_EQ(test.observed[s], reference["observed"][s].get<double>());
    EXPECT_NEAR(test.expected[s], reference["expected"][s].get<double>(), 1e-8);
  }
}

TEST_P(OpenSurvival, HazardsAreThoseOfCoxph) {
  if (all_.size() > 1000) GTEST_SKIP() << "every person a pattern of her own takes minutes here";
  for (const auto& [ties, name] : {std::pair{Ties::kEfron, "cox_efron"}, std::pair{Ties::kBreslow, "cox_breslow"}}) {
    SCOPED_TRACE(name);
    const json& reference = reference_[name];
    const CoxFit fit = cox_fit(patterns(), ties);
    EXPECT_TRUE(fit.converged);
    for (std::size_t i = 0; i < fit.coefficients.size(); ++i) {
      const double error = reference["se_raw"][i];
      EXPECT_NEAR(fit.coefficients[i], reference["coef_raw"][i].get<double>(), 1e-6 * error);
      EXPECT_NEAR(fit.std_errors[i] / error, 1, 1e-6);
    }
    EXPECT_NEAR(fit.log_likelihood_null, reference["loglik_null"].get<double>(), 1e-8);
    EXPECT_NEAR(fit.log_likelihood, reference["loglik"].get<double>(), 1e-8);
    EXPECT_NEAR(fit.score_test / reference["score_test"].get<double>(), 1, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(DataSets, OpenSurvival,
                         ::testing::Values("lung", "veteran", "gbsg", "colon_death", "rotterdam", "actg320",
                                           "heart_failure"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace mc::query
