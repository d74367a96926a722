// SPDX-License-Identifier: Apache-2.0
#include "query/plan/value_counts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;

/// What the first group's counts are of these patients.
std::vector<double> counted(const Plan& plan, const std::vector<testing::Patient>& patients) {
  std::vector<double> sums(plan.moments.size(), 0);
  for (const testing::Patient& patient : patients) {
    const auto values = testing::node_values(plan, [&](const Node& node) {
      return testing::value_of_handle(plan, testing::clinic_schema(), node.handle, patient);
    });
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += values[plan.moments[i].value];
  }
  std::vector<double> counts;
  for (const FollowingCount& count : ValueCounts(plan).of(plan.groups[0])) {
    double persons = 0;
    for (const MomentId id : count.sums) persons += sums[id.value];
    for (const MomentId id : count.less) persons -= sums[id.value];
    counts.push_back(persons);
  }
  std::ranges::sort(counts);
  return counts;
}

std::vector<testing::Patient> many_patients() {
  return testing::random_patients(testing::clinic_schema(), 300, 5);
}

/// How many have these numbers in these columns (5 diabetes, 6 death), ascending.
std::vector<double> truth(const std::vector<std::vector<std::pair<std::size_t, double>>>& cells,
                          const std::vector<std::size_t>& present) {
  std::vector<double> counts;
  for (const auto& cell : cells) {
    counts.push_back(0);
    for (const testing::Patient& patient : many_patients()) {
      const auto has = [&](const auto& wanted) {
        const auto* number = std::get_if<double>(&patient[wanted.first]);
        return number != nullptr && *number == wanted.second;
      };
      const bool complete = std::ranges::all_of(
          present, [&](std::size_t column) { return !std::holds_alternative<std::monostate>(patient[column]); });
      counts.back() += complete && std::ranges::all_of(cell, has) ? 1 : 0;
    }
  }
  std::ranges::sort(counts);
  return counts;
}

TEST(ValueCounts, SayWhoHasOneAndWhoHasZero) {
  const auto patients = many_patients();
  for (const char* sql : {"SELECT sum(death) FROM clinic", "SELECT avg(death), var_samp(death) FROM clinic",
                          "SELECT linear_regression('death ~ age') FROM clinic"}) {
    EXPECT_EQ(counted(clinic_plan(sql), patients), truth({{{6, 1}}, {{6, 0}}}, {})) << sql;
  }
  for (const char* sql : {"SELECT corr(diabetes, bmi) FROM clinic", "SELECT regr_slope(bmi, diabetes) FROM clinic",
                          "SELECT covar_pop(bmi, diabetes) FROM clinic"}) {
    EXPECT_EQ(counted(clinic_plan(sql), patients), truth({{{5, 1}}, {{5, 0}}}, {1, 5})) << sql;
  }
}

TEST(ValueCounts, OfTwoColumnsSayWhoIsInEachCell) {
  const auto cells = truth(
      {{{5, 1}}, {{5, 0}}, {{5, 1}, {6, 1}}, {{5, 1}, {6, 0}}, {{5, 0}, {6, 1}}, {{5, 0}, {6, 0}}, {{6, 1}}, {{6, 0}}},
      {5, 6});
  EXPECT_EQ(counted(clinic_plan("SELECT corr(diabetes, death) FROM clinic"), many_patients()), cells);
}

TEST(ValueCounts, AreNoneOfMeasurementsNorOfWhatNobodyCanHave) {
  for (const char* sql : {"SELECT count(*), avg(age), corr(age, bmi), histogram(bmi) FROM clinic",
                          "SELECT sum($w * age + $v * death) FROM clinic", "CHECK UPLOADS",
                          "SELECT avg(death) FROM clinic WHERE smoker IN $c",
                          "SELECT linear_regression('bmi ~ age + death') FROM clinic"}) {
    const Plan plan = clinic_plan(sql);
    EXPECT_TRUE(ValueCounts(plan).of(plan.groups[0]).empty()) << sql;
  }
  const Plan dead = clinic_plan("SELECT avg(death) FROM clinic WHERE death");
  EXPECT_EQ(ValueCounts(dead).of(dead.groups[0]).size(), 1u) << "all of them";
  const Plan alive = clinic_plan("SELECT avg(death) FROM clinic WHERE NOT death");
  EXPECT_EQ(ValueCounts(alive).of(alive.groups[0]).size(), 1u);
}

TEST(ValueCounts, AreOpenedWithTheCountsAndNoSumMoreIs) {
  const Plan plan = clinic_plan("SELECT avg(death), corr(diabetes, bmi) FROM clinic");
  const auto counts = count_moments(plan);
  for (const FollowingCount& count : ValueCounts(plan).of(plan.groups[0])) {
    for (const MomentId id : count.sums) EXPECT_TRUE(std::ranges::find(counts, id) != counts.end());
    for (const MomentId id : count.less) EXPECT_TRUE(std::ranges::find(counts, id) != counts.end());
  }
  EXPECT_EQ(released_by(plan, all_groups(plan)).size(), plan.moments.size());
}

}  // namespace
}  // namespace mc::query
