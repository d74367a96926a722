// SPDX-License-Identifier: Apache-2.0
// The open data sets, from the file to the slots: what is packed must add up to the sums that R computed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "data/packing/cohort.hpp"
#include "data/record/testing/open_data.hpp"
#include "data/schema/infer.hpp"

namespace mc::data {
namespace {

namespace fs = std::filesystem;

using testing::open_data;

bool is_here(const std::string& path) {
  return fs::exists(open_data() / path);
}
std::string not_here(const std::string& path) {
  return "the open data set " + path + " is not here; MC_SHARED_DATA names its folder";
}

// The rows of a table whose number is `part` modulo `parts`, as CSV.
std::string part_of(const Table& table, std::size_t part, std::size_t parts) {
  std::string csv;
  for (std::size_t c = 0; c < table.column_count(); ++c) csv += (c ? "," : "") + ("\"" + table.header()[c] + "\"");
  csv += "\n";
  for (std::size_t row = part; row < table.row_count(); row += parts) {
    for (std::size_t c = 0; c < table.column_count(); ++c) csv += (c ? "," : "") + std::string(table.cell(row, c));
    csv += "\n";
  }
  return csv;
}

struct Sums {
  double value = 0;
  double square = 0;
  double count = 0;
};

// Sums of a numeric column over a cohort, by way of its standardised slots.
Sums sums_of(const Cohort& cohort, std::uint32_t column) {
  const Column& c = cohort.schema().columns[column];
  const auto value = cohort.pack({FeatureKind::kValue, column, 0}, 0, cohort.row_count()).value_or_stop();
  const Feature counting = c.required ? Feature{} : Feature{FeatureKind::kValid, column, 0};
  const auto valid = cohort.pack(counting, 0, cohort.row_count()).value_or_stop();
  Sums sums;
  for (std::size_t i = 0; i < value.size(); ++i) {
    EXPECT_LE(std::abs(value[i]), 1.0);
    const double raw = value[i] * c.half_width() + c.centre() * valid[i];
    sums.value += raw;
    sums.square += raw * raw;
    sums.count += valid[i];
  }
  return sums;
}

TEST(OpenData, SlotsOfThreeOwnersAddUpToTheReferenceSums) {
  if (!is_here("clean")) GTEST_SKIP() << not_here("clean");
  std::size_t sets = 0;
  for (const auto& entry : fs::directory_iterator(open_data() / "clean")) {
    const fs::path reference = open_data() / "reference" / (entry.path().stem().string() + ".json");
    std::ifstream in(reference);
    const auto json = nlohmann::json::parse(in, nullptr, false);
    if (!json.is_object() || !json.contains("describe")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const auto table = read_csv_file(entry.path());
    ASSERT_TRUE(table.has_value()) << table.error().message;
    std::vector<Table> owners;
    std::vector<Schema> proposals;
    for (std::size_t i = 0; i < 3; ++i) {
      owners.push_back(read_csv(part_of(*table, i, 3), "owner" + std::to_string(i)).value_or_stop());
      proposals.push_back(infer(owners.back(), "owner" + std::to_string(i)).value_or_stop());
    }
    const auto schema = merge(proposals);
    ASSERT_TRUE(schema.has_value()) << schema.error().message;
    EXPECT_EQ(schema_from_json(to_json(*schema)).value_or_stop(), *schema);
    std::vector<Sums> totals(schema->columns.size());
    for (const Table& owner : owners) {
      const auto cohort = Cohort::parse(owner, *schema);
      ASSERT_TRUE(cohort.has_value()) << cohort.error().message;
      for (std::uint32_t c = 0; c < schema->columns.size(); ++c) {
        const Sums part = sums_of(*cohort, c);
        totals[c] = {totals[c].value + part.value, totals[c].square + part.square, totals[c].count + part.count};
      }
    }
    for (std::uint32_t c = 0; c < schema->columns.size(); ++c) {
      const auto& expected = json["describe"][schema->columns[c].name];
      const double sum = expected["sum"];
      const double square = expected["sum_sq"];
      EXPECT_EQ(totals[c].count, json["n"].get<double>()) << schema->columns[c].name;
      EXPECT_NEAR(totals[c].value, sum, 1e-10 * std::max(std::sqrt(square * totals[c].count), 1e-300))
          << schema->columns[c].name;
      EXPECT_NEAR(totals[c].square, square, 1e-10 * square) << schema->columns[c].name;
      // Precision of an encrypted sum depends on the range: it must not be much wider than the data.
      const double span = expected["max"].get<double>() - expected["min"].get<double>();
      EXPECT_LE(2 * schema->columns[c].half_width(), std::max(2.0 * span, 2.0)) << schema->columns[c].name;
    }
    ++sets;
  }
  EXPECT_GE(sets, 20u);
}

// One schema for several files, and every file can then be sealed under it.
Schema schema_for(const std::vector<Table>& tables) {
  std::vector<Schema> proposals;
  for (const Table& table : tables) proposals.push_back(infer(table, table.source()).value_or_stop());
  auto merged = merge(proposals);
  EXPECT_TRUE(merged.has_value()) << (merged ? "" : merged.error().message);
  for (const Table& table : tables) {
    const auto cohort = Cohort::parse(table, *merged);
    EXPECT_TRUE(cohort.has_value()) << (cohort ? "" : cohort.error().message);
  }
  return *merged;
}

TEST(OpenData, FourHeartClinicsShareOneSchemaAlthoughSomeMeasureLess) {
  if (!is_here("uci_heart")) GTEST_SKIP() << not_here("uci_heart");
  const std::string header = "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num\n";
  std::vector<Table> tables;
  for (const char* site : {"cleveland", "hungarian", "switzerland", "va"}) {
    const Bytes bytes =
        read_file(open_data() / "uci_heart" / ("processed." + std::string(site) + ".data"), 1 << 20).value_or_stop();
    tables.push_back(read_csv(header + std::string(text_of(bytes)), site).value_or_stop());
  }
  const Schema schema = schema_for(tables);
  EXPECT_EQ(tables[0].row_count() + tables[1].row_count() + tables[2].row_count() + tables[3].row_count(), 920u);
  EXPECT_TRUE(schema.find("sex")->is_binary());
  EXPECT_EQ(schema.find("cp")->categories, (std::vector<std::string>{"1", "2", "3", "4"}));
  EXPECT_EQ(schema.find("age")->type, ColumnType::kInteger);
  EXPECT_TRUE(schema.find("age")->required);
  EXPECT_FALSE(schema.find("ca")->required);
  EXPECT_EQ(schema.find("oldpeak")->type, ColumnType::kNumber);
}

TEST(OpenData, TheDemosHospitalsFitItsSchemaAndTheirOwnProposals) {
  const fs::path folder = fs::path(MC_SOURCE_DIR) / "data" / "heart-failure";
  if (!fs::exists(folder / "schema.json")) GTEST_SKIP() << folder << " is not here";
  const auto schema = schema_from_json(read_text_file(folder / "schema.json", kSchemaBytesMax).value_or_stop());
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  std::vector<Table> tables;
  std::size_t rows = 0;
  for (const char* hospital : {"hospital_a.csv", "hospital_b.csv", "hospital_c.csv"}) {
    tables.push_back(read_csv_file(folder / hospital).value_or_stop());
    rows += tables.back().row_count();
    const auto cohort = Cohort::parse(tables.back(), *schema);
    EXPECT_TRUE(cohort.has_value()) << (cohort ? "" : cohort.error().message);
  }
  EXPECT_EQ(rows, 17'549u);
  EXPECT_FALSE(schema->find("person")->is_sealed());
  EXPECT_TRUE(schema_for(tables).find("diabetes")->is_binary());
  // One ciphertext is 1.54 MB and each hospital fills one block: the demo's store stays below 600 MB.
  EXPECT_LE(sealed_features(*schema).size() * 3, 600'000'000u / 1'550'000);
}

TEST(OpenData, SimulatedCohortsWithBlanksInTheirNamesAndRowNamesAreRead) {
  if (!is_here("multicentre")) GTEST_SKIP() << not_here("multicentre");
  std::vector<Table> tables;
  for (int i = 1; i <= 3; ++i) {
    tables.push_back(
        read_csv_file(open_data() / "multicentre" / ("cnsim" + std::to_string(i) + ".csv")).value_or_stop());
  }
  const Schema schema = schema_for(tables);
  EXPECT_NE(schema.find("LAB_TSC"), nullptr);
  EXPECT_FALSE(schema.find("id")->is_sealed());
  EXPECT_TRUE(schema.find("DIS_DIAB")->is_binary());
  EXPECT_LT(schema.find("LAB_TRIG")->minimum, 0);
}

TEST(OpenData, EveryRawTableGivesASchemaUnderWhichItCanBeSealed) {
  if (!is_here("tabular")) GTEST_SKIP() << not_here("tabular");
  const std::vector<std::string> files = {
      "tabular/pima.csv",         "tabular/heart_failure.csv", "tabular/breast_cancer_wdbc.csv",
      "drug/warfarin_iwpc.csv",   "survival/colon.csv",        "survival/cgd.csv",
      "survival/lung.csv",        "survival/GBSG2.csv",        "survival/rotterdam.csv",
      "multicentre/indo_rct.csv", "multicentre/strep_tb.csv",  "radiomics/ischemic_stroke_cta.csv"};
  for (const std::string& file : files) {
    if (!is_here(file)) GTEST_SKIP() << not_here(file);
    SCOPED_TRACE(file);
    auto table = read_csv_file(open_data() / file);
    ASSERT_TRUE(table.has_value()) << table.error().message;
    std::vector<Table> tables;
    tables.push_back(std::move(*table));
    EXPECT_FALSE(describe(schema_for(tables)).empty());
  }
}

TEST(OpenData, TabsAndBlanksAsSeparatorsAreRefusedWithAReason) {
  if (!is_here("tabular/nhanes_2009_10.txt")) GTEST_SKIP() << not_here("tabular/nhanes_2009_10.txt");
  const auto table = read_csv_file(open_data() / "tabular" / "nhanes_2009_10.txt");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, Code::kParse);
}

}  // namespace
}  // namespace mc::data
