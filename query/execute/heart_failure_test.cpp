// SPDX-License-Identifier: Apache-2.0
// The demo's questions on the demo's records, encrypted, against what R computed in the clear (data/heart-failure).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "data/packing/cohort.hpp"
#include "data/packing/slots.hpp"
#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/noise.hpp"
#include "query/testing/sealed_clinic.hpp"
#include "query/testing/values.hpp"

namespace mc::query {
namespace {

using testing::number;

const std::string kHeartFailureFolder = MC_SOURCE_DIR "/data/heart-failure/";

/// The three hospitals, sealed when first asked for.
class Hospitals : public Vault {
 public:
  explicit Hospitals(testing::Keys& keys)
      : keys_(keys),
        schema(data::schema_from_json(read_text_file(kHeartFailureFolder + "schema.json", 1 << 20).value_or_stop())
                   .value_or_stop()) {
    std::vector<data::SlotRange> ranges;
    for (const char* name : {"hospital_a", "hospital_b", "hospital_c"}) {
      const data::Table table = data::read_csv_file(kHeartFailureFolder + name + ".csv").value_or_stop();
      cohorts_.push_back(data::Cohort::parse(table, schema).value_or_stop());
      const std::size_t rows = cohorts_.back().row_count();
      ranges.push_back(data::allocate_first_fit(ranges, rows, keys.slot_count()).value_or_stop());
      owners.push_back({name, ranges.back(), std::vector<std::uint8_t>(rows, 1)});
    }
  }

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    const std::lock_guard lock(mutex_);
    MC_TRY(const data::Feature feature, data::feature_from_handle(schema, handle));
    const data::BlockPart part = data::block_part(owners[owner].range, block, keys_.slot_count()).value();
    MC_TRY(const std::vector<double> values, cohorts_[owner].pack(feature, part.first_row, part.row_count));
    std::vector<double> slots(keys_.slot_count(), 0.0);
    std::copy(values.begin(), values.end(), slots.begin() + static_cast<std::ptrdiff_t>(part.slot_offset));
    return keys_.seal(slots);
  }

 private:
  testing::Keys& keys_;
  std::vector<data::Cohort> cohorts_;
  mutable std::mutex mutex_;

 public:
  data::Schema schema;
  std::vector<OwnerSlots> owners;
};

/// Planned, executed on ciphertext and opened.
ResultTable answered_in_hospitals(const std::string& sql, const Hospitals& hospitals, const testing::Keys& keys) {
  const Plan plan =
      compile(sql, hospitals.schema, "commons", limb_budget("test_insecure").value_or_stop()).value_or_stop();
  const std::vector<fhe::Ciphertext> answers = execute(plan, hospitals.owners, hospitals, keys.bench()).value_or_stop();
  const auto bounds =
      answer_bounds(plan, *keys.params, noise_setting(3, hospitals.owners, keys.slot_count())).value_or_stop();
  std::vector<double> means, errors;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    means.push_back(keys.mean(answers[i]));
    errors.push_back(sum_error_bound(bounds[i], 0, 3, keys.slot_count()));
  }
  return finish(plan, means, errors, keys.slot_count()).value_or_stop();
}

void check_queries(const nlohmann::json& queries, const Hospitals& hospitals, const testing::Keys& keys) {
  for (const auto& query : queries) {
    const std::string sql = query["sql"];
    const ResultTable table = answered_in_hospitals(sql, hospitals, keys);
    EXPECT_EQ(table.n, query["n"].get<std::int64_t>()) << sql;
    ASSERT_EQ(table.rows.size(), query["rows"].size()) << sql;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const double wanted = query["rows"][r][c].get<double>();
        EXPECT_NEAR(number(table.rows[r][c]), wanted, 1e-11 * std::max(1.0, std::abs(wanted)))
            << sql << " " << table.columns[c];
      }
    }
    EXPECT_GE(table.digits_min, 11) << sql;
  }
}

TEST(HeartFailure, EncryptedAnswersAgreeWithRBeforeAndAfterARevocation) {
  if (!std::filesystem::exists(kHeartFailureFolder + "reference.json"))
    GTEST_SKIP() << "data/heart-failure is not here";
  const auto reference =
      nlohmann::json::parse(read_text_file(kHeartFailureFolder + "reference.json", 1 << 20).value_or_stop());
  testing::Keys keys(3);
  Hospitals hospitals(keys);
  check_queries(reference["queries"], hospitals, keys);
  const auto& after = reference["after_revocation"];
  for (OwnerSlots& owner : hospitals.owners) {
    if (owner.owner == after["owner"].get<std::string>()) owner.consent[after["row"].get<std::size_t>() - 1] = 0;
  }
  check_queries(after["queries"], hospitals, keys);
}

TEST(HeartFailure, EncryptedLinearModelsAgreeWithR) {
  if (!std::filesystem::exists(kHeartFailureFolder + "reference.json"))
    GTEST_SKIP() << "data/heart-failure is not here";
  const auto reference =
      nlohmann::json::parse(read_text_file(kHeartFailureFolder + "reference.json", 1 << 20).value_or_stop());
  testing::Keys keys(3);
  const Hospitals hospitals(keys);
  for (const auto& theirs : reference["models"]) {
    SCOPED_TRACE(theirs["sql"].get<std::string>());
    const ResultTable table = answered_in_hospitals(theirs["sql"], hospitals, keys);
    const auto ours = nlohmann::json::parse(std::get<ModelCell>(table.rows[0][0])->json);
    EXPECT_EQ(ours["n"], theirs["n"]);
    EXPECT_EQ(ours["n_missing"], theirs["n_missing"]);
    const auto expect_close = [](const auto& a, const auto& b, const std::string& what) {
      EXPECT_NEAR(a.template get<double>(), b.template get<double>(), 1e-8 * std::abs(b.template get<double>()))
          << what;
    };
    for (const char* name : {"sigma", "r_squared", "adj_r_squared"}) expect_close(ours[name], theirs[name], name);
    ASSERT_EQ(ours["coefficients"].size(), theirs["coefficients"].size());
    for (std::size_t i = 0; i < theirs["coefficients"].size(); ++i) {
      const auto& coefficient = theirs["coefficients"][i];
      EXPECT_EQ(ours["coefficients"][i]["term"], coefficient["term"]);
      for (const char* name : {"estimate", "std_error", "t", "p", "ci_low", "ci_high"}) {
        expect_close(ours["coefficients"][i][name], coefficient[name], coefficient["term"]);
      }
    }
    EXPECT_GE(table.digits_min, 6);
  }
}

}  // namespace
}  // namespace mc::query
