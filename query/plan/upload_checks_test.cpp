// SPDX-License-Identifier: Apache-2.0
#include "query/plan/upload_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/plan/message_range.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;
using testing::clinic_schema;
using ::testing::HasSubstr;

TEST(UploadChecks, EveryColumnIsCheckedForWhatItIsMadeOf) {
  std::vector<std::string> names;
  for (const UploadCheck& check : upload_checks(clinic_schema())) {
    names.push_back(check.column + " " + std::string(upload_check_name(check.kind)));
  }
  EXPECT_EQ(names, (std::vector<std::string>{" marks",
                                             "age marks",
                                             "age order",
                                             "age range",
                                             "bmi marks",
                                             "bmi order",
                                             "bmi missing",
                                             "bmi range",
                                             "sex marks",
                                             "sex categories",
                                             "smoker marks",
                                             "smoker categories",
                                             "nyha marks",
                                             "nyha categories",
                                             "nyha missing",
                                             "nyha range",
                                             "diabetes marks",
                                             "diabetes missing",
                                             "death marks",
                                             "Blood pressure marks",
                                             "Blood pressure missing",
                                             "Blood pressure range"}));
}

TEST(UploadChecks, ArePlannedAskedApprovedAndRecompiledLikeAnyQuestion) {
  const Plan plan = clinic_plan(kCheckUploads);
  EXPECT_EQ(plan.depth, 2u);
  EXPECT_EQ(plan.items.size(), upload_checks(clinic_schema()).size() + 1);
  EXPECT_EQ(plan.items[1].names.front(), "persons: marks");
  EXPECT_EQ(plan.items[2].names.front(), "age: marks");
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value(), plan);
  EXPECT_TRUE(check_recompiles(plan, clinic_schema(), limb_budget("standard").value_or_stop()));
  EXPECT_EQ(plan_hash(clinic_plan("check\n  uploads ")), plan_hash(plan)) << "one plan, however it is written";
  for (const char* other : {"CHECK UPLOADS FROM clinic", "CHECKUPLOADS", "CHECK", ""}) {
    EXPECT_FALSE(compile(other, clinic_schema(), "clinic", limb_budget("standard").value_or_stop())) << other;
  }
}

TEST(UploadChecks, EverySealedFeatureIsRead) {
  std::vector<std::string> sealed;
  for (const data::Feature& feature : data::sealed_features(clinic_schema())) {
    sealed.push_back(data::handle(clinic_schema(), feature));
  }
  EXPECT_THAT(sealed_features_of(clinic_plan(kCheckUploads)), ::testing::UnorderedElementsAreArray(sealed));
}

// What noise and price of a guarded answer are made for: one person changes a sum by no more than its features allow.
TEST(UploadChecks, OnePersonChangesARangeByAtMostOne) {
  const Plan plan = clinic_plan(kCheckUploads);
  const std::vector<Interval> ranges = message_ranges(plan);
  for (std::size_t i = 1; i < plan.items.size(); ++i) {
    const double magnitude = ranges[plan.moments[plan.groups[0].cells[i].x1.value].value].magnitude();
    const bool range = plan.items[i].names.front().ends_with(": range");
    EXPECT_LE(magnitude, range ? 9 : 16) << plan.items[i].names.front();
  }
}

TEST(UploadChecks, AParameterSetThatIsTooShallowIsRefused) {
  LimbBudget shallow{"shallow", 6, 2, 2, 2};
  const auto refused = plan_upload_checks(clinic_schema(), "clinic", shallow);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("needs 2 products in sequence, shallow allows 1"));
}

}  // namespace
}  // namespace mc::query
