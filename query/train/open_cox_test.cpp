// SPDX-License-Identifier: Apache-2.0
// Cox's model trained on ciphertext on open data sets, against what R's coxph computed from the records themselves.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "data/record/csv.hpp"
#include "data/record/number.hpp"
#include "query/testing/cox_trial.hpp"
#include "query/testing/open_data.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using testing::CoxPerson;
using testing::CoxTrial;

struct Records {
  std::vector<CoxPerson> persons;
  std::size_t times = 0;
  std::vector<double> half_widths;  // of the covariates, whose ranges become [-1, 1]
};

/// Every time of an event is declared, and the range of a covariate is that of its values.
Records records_of(const std::string& name, const json& reference) {
  const data::Table table = data::read_csv_file(testing::open_data() / "clean" / (name + ".csv")).value_or_stop();
  const auto column_of = [&](const std::string& column) {
    std::vector<double> values;
    for (std::size_t row = 0; row < table.row_count(); ++row) {
      values.push_back(data::parse_number(data::trimmed(table.cell(row, table.find(column).value()))).value());
    }
    return values;
  };
  const std::vector<double> time = column_of(reference["time"]), event = column_of(reference["event"]);
  std::set<double> times;
  for (std::size_t i = 0; i < time.size(); ++i) {
    if (event[i] == 1) times.insert(time[i]);
  }
  Records records;
  records.times = times.size();
  for (std::size_t i = 0; i < time.size(); ++i) {
    CoxPerson person;
    person.event = event[i] == 1;
    // Whoever is censored between two times is at risk until the earlier one.
    const auto after = static_cast<std::size_t>(std::distance(times.begin(), times.upper_bound(time[i])));
    person.seen = after > 0;
    person.cell = after > 0 ? after - 1 : 0;
    records.persons.push_back(std::move(person));
  }
  for (const json& term : reference["cox_efron"]["terms"]) {
    const std::vector<double> values = column_of(term);
    const auto [low, high] = std::ranges::minmax(values);
    records.half_widths.push_back((high - low) / 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
      records.persons[i].x.push_back((values[i] - (low + high) / 2) / records.half_widths.back());
    }
  }
  return records;
}

class OpenCox : public ::testing::TestWithParam<const char*> {};

TEST_P(OpenCox, TrainedOnCiphertextAgreesWithR) {
  const std::string name = GetParam();
  if (!testing::has_open_data(name)) GTEST_SKIP() << "the open data are not here; MC_SHARED_DATA names their folder";
  const json reference = testing::reference_of(name + "_survival");
  const Records records = records_of(name, reference);
  for (const std::string ties : {"efron", "breslow"}) {
    CoxTrial trial;
    trial.take(records.persons, records.times);
    const LogisticPlan plan = trial.plan(ties == "efron");
    const std::vector<double> found = trial.trained(plan);
    const json& theirs = reference["cox_" + ties];
    const std::size_t size = plan.released_size();
    const testing::ReleasedModel model = testing::released_cox(found, size);
    const std::size_t at = found.size() - training_sum_count(plan);
    double worst = 0, worst_se = 0;
    for (std::size_t j = 0; j < size; ++j) {
      const double se = theirs["se_raw"][j], unit = records.half_widths[j];
      worst = std::max(worst, std::fabs(model.beta[j] / unit - theirs["coef_raw"][j].get<double>()) / se);
      worst_se = std::max(worst_se, std::fabs(std::sqrt(model.covariance[j][j]) / unit / se - 1));
    }
    std::cout << "  " << name << ", ties by " << ties << ": off by " << worst << " standard errors, those by "
              << worst_se << " of themselves\n";
    EXPECT_LT(worst, 1e-3) << ties;
    EXPECT_LT(worst_se, 1e-3) << ties;
    EXPECT_NEAR(found[at + 2], reference["events"].get<double>(), 0.01);
  }
}

INSTANTIATE_TEST_SUITE_P(DataSets, OpenCox, ::testing::Values("heart_failure", "veteran", "lung", "actg320"));

}  // namespace
}  // namespace mc::query
