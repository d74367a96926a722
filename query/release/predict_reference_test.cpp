// SPDX-License-Identifier: Apache-2.0
// Risk predictors of the made-up clinic against R: query/testing/models/predict.R wrote what is compared with.
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "query/testing/models.hpp"
#include "query/testing/open_data.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using testing::kModelsFolder;
using testing::models_clinic;

void expect_near(const json& ours, const json& theirs, double error, const std::string& what) {
  ASSERT_EQ(ours.is_null(), theirs.is_null()) << what;
  if (theirs.is_null()) return;
  EXPECT_NEAR(ours.get<double>(), theirs.get<double>(), error) << what;
}

TEST(PredictReference, AreaBinsAndMeanScoresAreThoseOfR) {
  const data::Cohort cohort = models_clinic();
  const json reference = json::parse(read_text_file(kModelsFolder + "predict.json", 1 << 20).value_or_stop());
  ASSERT_GE(reference["models"].size(), 4u);
  for (const json& expected : reference["models"]) {
    const std::string name = expected["name"];
    std::string risk = "predicted_risk('" + name + "', '" + expected["equation"].get<std::string>() + "')";
    for (const double cut : expected["cuts"]) risk += ", " + data::number_text(cut);
    const Plan plan = compile("SELECT auc(death, " + risk + "), calibration(death, " + risk + ") FROM clinic",
                              cohort.schema(), "clinic", limb_budget("standard").value_or_stop())
                          .value_or_stop();
    const double rounding = plan.scores.at(0).rounding + 1e-9;
    const ResultTable table = testing::run_in_the_clear(plan, cohort);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(testing::number(table.rows[0][i]), expected["auc"][i].get<double>(), 1e-12) << name;
    }
    const json ours = json::parse(std::get<ModelCell>(table.rows[0][3])->json);
    EXPECT_EQ(ours["n_missing"], expected["n_missing"]) << name;
    expect_near(ours["mean_score"], expected["mean_score"], rounding, name);
    ASSERT_EQ(ours["bins"].size(), expected["bins"].size());
    for (std::size_t i = 0; i < ours["bins"].size(); ++i) {
      const json& o = ours["bins"][i];
      const json& e = expected["bins"][i];
      const std::string what = name + ", bin " + std::to_string(i);
      EXPECT_EQ(o["n"], e["n"]) << what;
      EXPECT_EQ(o["events"], e["events"]) << what;
      expect_near(o["ci_low"], e["ci_low"], 1e-12, what);
      expect_near(o["ci_high"], e["ci_high"], 1e-12, what);
      expect_near(o["mean_score"], e["mean_score"], rounding, what);
    }
  }
}

}  // namespace
}  // namespace mc::query
