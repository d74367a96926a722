// SPDX-License-Identifier: Apache-2.0
// Owners who lie, on real ciphertexts: what they sealed is found, and nobody who was honest is accused.
#include "query/release/upload_verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/sealed_clinic.hpp"

namespace mc::query {
namespace {

using testing::clinic_schema;
using testing::Keys;

/// One row of one feature, changed before it is sealed.
struct UploadLie {
  std::string handle;
  std::size_t row = 0;
  double value = 0;
};

/// Two owners, the second of whom may lie.
class Liars : public Vault {
 public:
  explicit Liars(Keys& keys) : keys_(keys) {
    std::mt19937_64 random(20);
    for (const std::size_t rows : {40, 30}) {
      std::vector<testing::Patient> patients;
      for (std::size_t i = 0; i < rows; ++i) patients.push_back(testing::random_patient(clinic_schema(), random));
      owners.push_back(
          {owners.empty() ? "north" : "south", {owners.size() * 40, rows}, std::vector<std::uint8_t>(rows, 1)});
      patients_.push_back(std::move(patients));
    }
  }

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t /*block*/) const override {
    const std::lock_guard lock(mutex_);
    MC_TRY(const data::Feature feature, data::feature_from_handle(clinic_schema(), handle));
    std::vector<double> slots(keys_.slot_count(), 1.0);
    for (std::size_t i = 0; i < patients_[owner].size(); ++i) {
      slots[owners[owner].range.begin + i] = testing::feature_value(clinic_schema(), feature, patients_[owner][i]);
    }
    for (const UploadLie& lie : lies) {
      if (owner == 1 && lie.handle == handle) slots[owners[1].range.begin + lie.row] = lie.value;
    }
    return keys_.seal(slots);
  }

  /// The first row of the liar's for which the feature is what is wanted.
  [[nodiscard]] std::size_t row_where(const std::string& handle, double wanted) const {
    const data::Feature feature = data::feature_from_handle(clinic_schema(), handle).value_or_stop();
    for (std::size_t i = 0; i < patients_[1].size(); ++i) {
      if (testing::feature_value(clinic_schema(), feature, patients_[1][i]) == wanted) return i;
    }
    MC_CHECK(false);
  }

  std::vector<OwnerSlots> owners;
  std::vector<UploadLie> lies;

 private:
  Keys& keys_;
  std::vector<std::vector<testing::Patient>> patients_;
  mutable std::mutex mutex_;
};

class UploadVerdict : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { keys_ = std::make_unique<Keys>(3); }
  static void TearDownTestSuite() { keys_.reset(); }

  [[nodiscard]] static std::vector<UploadFinding> judged(const Liars& liars) {
    const Plan plan =
        compile(kCheckUploads, clinic_schema(), "clinic", limb_budget("test_insecure").value_or_stop()).value_or_stop();
    const std::vector<fhe::Ciphertext> answers = execute(plan, liars.owners, liars, keys_->bench()).value_or_stop();
    std::vector<double> means;
    for (const fhe::Ciphertext& answer : answers) means.push_back(keys_->mean(answer));
    const ResultTable table =
        finish(plan, means, std::vector<double>(means.size(), 1e-6), keys_->slot_count()).value_or_stop();
    return judge_uploads(clinic_schema(), table).value_or_stop();
  }

  /// "sex: categories 4.0" of each finding that is violated.
  [[nodiscard]] static std::vector<std::string> accused(const Liars& liars) {
    std::vector<std::string> out;
    for (const UploadFinding& finding : judged(liars)) {
      if (!finding.violated()) continue;
      out.push_back(finding.check.column + ": " + std::string(upload_check_name(finding.check.kind)) + " " +
                    std::to_string(std::lround(finding.sum)));
    }
    return out;
  }
  using Accusations = std::vector<std::string>;

  static std::unique_ptr<Keys> keys_;
};
std::unique_ptr<Keys> UploadVerdict::keys_;

TEST_F(UploadVerdict, HonestOwnersAreNotAccused) {
  const Liars honest(*keys_);
  for (const UploadFinding& finding : judged(honest)) {
    EXPECT_FALSE(finding.violated()) << finding.check.column << " " << finding.sum;
    if (finding.check.kind == UploadCheckKind::kRange) {
      EXPECT_GE(finding.reach, 1);
      EXPECT_LE(finding.reach, 2.2) << "70 rows: nobody hides far outside";
    } else {
      EXPECT_NEAR(finding.sum, 0, 1e-6) << "whatever the records say";
    }
  }
}

TEST_F(UploadVerdict, AMarkThatIsTwoIsFound) {
  Liars liars(*keys_);
  liars.lies = {{"age/ge/40", liars.row_where("age/ge/40", 1), 2}};
  // The next edges are within it or not: 2 (1 - 1) = 0, and 1 (2 - 1) = 1 where they are marked.
  EXPECT_THAT(accused(liars), ::testing::Contains("age: marks 4"));
}

TEST_F(UploadVerdict, TwoCategoriesAtOnceAreFound) {
  Liars liars(*keys_);
  liars.lies = {{"sex/is/M", liars.row_where("sex/is/F", 1), 1}};
  EXPECT_EQ(accused(liars), Accusations{"sex: categories 1"});
  liars.lies = {{"sex/is/F", liars.row_where("sex/is/F", 1), 0}};
  EXPECT_EQ(accused(liars), Accusations{"sex: categories 1"}) << "none, in a column without missing values";
  liars.lies = {{"smoker/is/former", liars.row_where("smoker/is/never", 1), 1}};
  EXPECT_EQ(accused(liars), Accusations{"smoker: categories 4"}) << "(s^2 - s)^2 of two";
  liars.lies = {{"smoker/is/never", liars.row_where("smoker/is/never", 1), 0}};
  EXPECT_EQ(accused(liars), Accusations{}) << "who has none has a missing value";
}

TEST_F(UploadVerdict, EdgesOutOfOrderAreFound) {
  Liars liars(*keys_);
  liars.lies = {{"age/ge/80", liars.row_where("age/ge/40", 0), 1}};
  EXPECT_EQ(accused(liars), Accusations{"age: order 1"});
  liars.lies = {{"bmi/ge/18.5", liars.row_where("bmi/valid", 0), 1}};
  EXPECT_EQ(accused(liars), Accusations{"bmi: order 1"}) << "a mark of a missing value";
}

TEST_F(UploadVerdict, AValueFarOutOfItsRangeIsFound) {
  Liars liars(*keys_);
  liars.lies = {{"Blood pressure/value", liars.row_where("Blood pressure/valid", 1), 5}};
  const std::vector<UploadFinding> findings = judged(liars);
  const UploadFinding& range = findings.back();
  EXPECT_EQ(range.check, (UploadCheck{UploadCheckKind::kRange, "Blood pressure"}));
  EXPECT_TRUE(range.violated());
  EXPECT_NEAR(range.sum, 2401, 70) << "49^2, and at most one for each other row";
  EXPECT_NEAR(range.reach, 5, 0.1);
  for (std::size_t i = 0; i + 1 < findings.size(); ++i) EXPECT_FALSE(findings[i].violated()) << i;
}

// The documented limit: among n rows a value of up to about (n / 4)^(1/4) half widths hides in the sum of the others.
TEST_F(UploadVerdict, AValueALittleOutHidesAmongTheOthers) {
  Liars liars(*keys_);
  liars.lies = {{"Blood pressure/value", liars.row_where("Blood pressure/valid", 1), 1.5}};
  EXPECT_EQ(accused(liars), Accusations{});
  EXPECT_GE(judged(liars).back().reach, 1.5) << "and the reach that is said covers it";
}

TEST_F(UploadVerdict, AValueOfAMissingOneIsFound) {
  Liars liars(*keys_);
  liars.lies = {{"bmi/value", liars.row_where("bmi/valid", 0), 0.5}};
  const std::vector<UploadFinding> findings = judged(liars);
  for (const UploadFinding& finding : findings) {
    const bool missing = finding.check == UploadCheck{UploadCheckKind::kMissing, "bmi"};
    EXPECT_EQ(finding.violated(), missing) << finding.check.column;
    if (missing) {
      EXPECT_NEAR(finding.sum, 0.25, 1e-6);
    }
  }
}

TEST_F(UploadVerdict, APersonWhoCountsTwiceIsFound) {
  Liars liars(*keys_);
  liars.lies = {{"present", 3, 2}};
  EXPECT_THAT(accused(liars), ::testing::Contains(": marks 4"));
}

TEST(UploadFindings, NoiseAndRoundingWidenWhatHonestRecordsMaySumTo) {
  const std::vector<UploadCheck> checks = upload_checks(clinic_schema());
  ResultTable table;
  table.rows = {{std::int64_t{100}}};
  for (std::size_t i = 0; i < checks.size(); ++i) table.rows[0].emplace_back(2.0);
  const std::vector<double> deviations(checks.size() + 1, 0.5);
  for (const UploadFinding& finding : judge_uploads(clinic_schema(), table, {deviations, 5}).value_or_stop()) {
    EXPECT_FALSE(finding.violated());
  }
  const auto sharp = judge_uploads(clinic_schema(), table, {}).value_or_stop();
  EXPECT_TRUE(sharp.front().violated());
  EXPECT_FALSE(sharp.back().violated()) << "of a range 2 among 100 is nothing";
  table.rows[0].pop_back();
  EXPECT_EQ(judge_uploads(clinic_schema(), table).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::query
