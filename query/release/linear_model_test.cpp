// SPDX-License-Identifier: Apache-2.0
// Linear regressions of open data, from the file through plan and finish, against R.
#include "query/release/linear_model.hpp"

#include <gtest/gtest.h>

#include "query/testing/open_data.hpp"

namespace mc::query {
namespace {

using Json = nlohmann::json;

Json fitted(const std::string& item, const data::Cohort& cohort, const std::string& name) {
  const Plan plan =
      compile("SELECT " + item + " FROM " + name, cohort.schema(), name, limb_budget("standard").value_or_stop())
          .value_or_stop();
  const ResultTable table = testing::run_in_the_clear(plan, cohort);
  return Json::parse(std::get<ModelCell>(table.rows[0][0])->json);
}

void expect_close(const Json& ours, double theirs, const std::string& what) {
  ASSERT_TRUE(ours.is_number()) << what;
  EXPECT_NEAR(ours.get<double>(), theirs, 1e-7 * std::abs(theirs)) << what;
}

TEST(LinearRegression, AgreesWithTheReferenceOfEveryOpenDataSet) {
  std::size_t compared = 0;
  for (const char* name : {"burn1000", "cnsim", "heart_failure", "icu", "indo_rct", "ischemic_stroke_cta",
                           "nhanes_2009_10", "pima", "uci_cleveland13", "uci_heart_4site", "wdbc"}) {
    if (!testing::has_open_data(name)) continue;
    const Json reference = testing::reference_of(name)["linear"];
    std::string formula = reference["outcome"].get<std::string>() + " ~ ";
    for (std::size_t i = 1; i < reference["terms"].size(); ++i) {
      formula += (i == 1 ? "" : " + ") + reference["terms"][i].get<std::string>();
    }
    const Json model = fitted("linear_regression('" + formula + "')", testing::open_cohort(name), name);
    SCOPED_TRACE(std::string(name) + ": " + formula);
    EXPECT_EQ(model["n"], reference["n"]);
    EXPECT_GE(model["digits"].get<int>(), 6);
    const Json& raw = reference["coef_raw"];
    ASSERT_EQ(model["coefficients"].size(), raw["coef"].size());
    for (std::size_t i = 0; i < raw["coef"].size(); ++i) {
      const Json& one = model["coefficients"][i];
      expect_close(one["estimate"], raw["coef"][i], one["term"]);
      expect_close(one["std_error"], raw["se"][i], one["term"]);
      expect_close(one["t"], raw["t"][i], one["term"]);
    }
    expect_close(model["sigma"], reference["sigma"], "sigma");
    expect_close(model["r_squared"], reference["r2"], "r2");
    expect_close(model["adj_r_squared"], reference["adj_r2"], "adj_r2");
    expect_close(model["f"]["value"], reference["f_stat"], "f");
    ++compared;
  }
  if (compared == 0) GTEST_SKIP() << "no open data set is here; MC_SHARED_DATA names their folder";
}

}  // namespace
}  // namespace mc::query
