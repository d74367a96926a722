// SPDX-License-Identifier: Apache-2.0
// Open data sets, from the file through plan and finish, against what R and NumPy computed from the records themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "query/testing/open_data.hpp"

namespace mc::query {
namespace {

using testing::number;
using testing::run_in_the_clear;

class OpenDataStatistics : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::has_open_data("pima")) {
      GTEST_SKIP() << "the open data set pima is not here; MC_SHARED_DATA names its folder";
    }
    reference_ = testing::reference_of("pima");
    cohort_ = testing::open_cohort("pima");
  }

  ResultTable answer(const std::string& sql) const {
    return run_in_the_clear(
        compile(sql, cohort_->schema(), "pima", limb_budget("standard").value_or_stop()).value_or_stop(), *cohort_);
  }

  nlohmann::json reference_;
  std::optional<data::Cohort> cohort_;
};

TEST_F(OpenDataStatistics, MediansLieWithinTheirBinOfTheRecordsMedians) {
  for (const char* column : {"glucose", "pressure", "mass", "age"}) {
    const std::string name(column);
    const ResultTable table = answer("SELECT median(" + name + "), histogram(" + name + ") FROM pima");
    const double truth = reference_["describe"][name]["median"];
    EXPECT_LE(std::abs(number(table.rows[0][0]) - truth), number(table.rows[0][1])) << name;
    double persons = 0;
    for (std::size_t i = 2; i < table.rows[0].size(); ++i) persons += number(table.rows[0][i]);
    EXPECT_EQ(persons, reference_["n"].get<double>()) << name;
  }
}

TEST_F(OpenDataStatistics, LinesAndPopulationVariancesAgreeWithTheReference) {
  const double n = reference_["n"];
  const std::vector<std::string> columns = reference_["columns"];
  for (const char* x : {"glucose", "age"}) {
    const std::string name(x);
    const ResultTable table =
        answer("SELECT regr_r2(mass, " + name + "), regr_slope(mass, " + name + "), var_pop(" + name +
               "), regr_avgx(mass, " + name + "), regr_intercept(mass, " + name + ") FROM pima");
    const auto index = [&](const std::string& column) {
      return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin());
    };
    const double r = reference_["pearson_correlation"][index("mass")][index(name)];
    const auto& of_x = reference_["describe"][name];
    const auto& of_y = reference_["describe"]["mass"];
    const double slope = r * of_y["sd"].get<double>() / of_x["sd"].get<double>();
    EXPECT_NEAR(number(table.rows[0][0]), r * r, 1e-9);
    EXPECT_NEAR(number(table.rows[0][1]) / slope, 1, 1e-9);
    EXPECT_NEAR(number(table.rows[0][2]) / (of_x["var"].get<double>() * (n - 1) / n), 1, 1e-9);
    EXPECT_NEAR(number(table.rows[0][3]) / of_x["mean"].get<double>(), 1, 1e-9);
    const double intercept = of_y["mean"].get<double>() - slope * of_x["mean"].get<double>();
    EXPECT_NEAR(number(table.rows[0][4]) / intercept, 1, 1e-9);
  }
}

TEST_F(OpenDataStatistics, ThePooledTestIsTheCorrelationWithTheGroup) {
  // t = r sqrt((n - 2) / (1 - r^2)) with the correlation of value and 0/1 group; the sign is that of first - second.
  const std::vector<std::string> columns = reference_["columns"];
  const std::size_t glucose = 1, diabetes = 8;
  ASSERT_EQ(columns[glucose], "glucose");
  ASSERT_EQ(columns[diabetes], "diabetes");
  const double r = reference_["pearson_correlation"][glucose][diabetes];
  const double n = reference_["n"];
  const ResultTable table = answer("SELECT ttest(glucose, diabetes, 'pooled') AS t FROM pima");
  EXPECT_EQ(number(table.rows[0][1]), n - 2);
  EXPECT_NEAR(number(table.rows[0][0]), -r * std::sqrt((n - 2) / (1 - r * r)), 1e-9);
  EXPECT_LT(number(table.rows[0][2]), 1e-20);
}

}  // namespace
}  // namespace mc::query
