// SPDX-License-Identifier: Apache-2.0
#include "data/packing/owner_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"
#include "data/schema/declare_history.hpp"

namespace mc::data {
namespace {

using ::testing::ElementsAre;

class OwnerFiles : public ::testing::Test {
 protected:
  OwnerFiles() {
    Series stay;
    stay.name = "stay";
    stay.file = "stays";
    stay.layout = {.person = "who", .time = "day"};
    stay.required = true;
    stay.most = 2;
    stay.time = {.name = "day", .type = ColumnType::kInteger, .minimum = 0, .maximum = 100};
    schema_.missing_values = {""};
    schema_.columns = {{.name = "age", .type = ColumnType::kInteger, .required = true, .minimum = 0, .maximum = 120}};
    schema_.series = {stay};
    MC_CHECK(declare_history(schema_, {Take::kEvents, "stay"}).has_value());
  }
  std::string file(const std::string& name, std::string_view content) {
    std::string path = folder_ / name;
    MC_CHECK(write_file_atomically(path, view_of(content)).has_value());
    return path;
  }
  std::string complaint(const std::vector<EventPath>& events) {
    const auto records = read_owner_records(file("north.csv", "id,age\nx,50\ny,60\n"), events, "id", schema_);
    return records ? "" : records.error().message;
  }

  mc::testing::TemporaryFolder folder_;
  Schema schema_;
};

TEST_F(OwnerFiles, BecomeOneCohort) {
  const auto records = read_owner_records(file("north.csv", "id,age\nx,50\ny,60\n"),
                                          {{"stays", file("s.csv", "who,day\ny,3\ny,4\ny,5\n")}}, "id", schema_);
  ASSERT_TRUE(records.has_value()) << records.error().message;
  EXPECT_THAT(records->persons, ElementsAre("x", "y"));
  const Feature two = feature_from_handle(schema_, "n_events(stay)/is/2").value_or_stop();
  EXPECT_THAT(records->cohort.pack(two, 0, 2).value_or_stop(), ElementsAre(0, 1));
}

TEST_F(OwnerFiles, AHospitalWithoutEventsBringsTheHeaderAlone) {
  EXPECT_EQ(complaint({{"stays", file("s.csv", "who,day\n")}}), "");
  EXPECT_EQ(complaint({}), "north.csv: comes without the file \"stays\" of events, which the series stay requires");
}

TEST_F(OwnerFiles, OneNameIsOneFile) {
  const std::string stays = file("s.csv", "who,day\n");
  EXPECT_EQ(complaint({{"stays", stays}, {"stays", stays}}), "s.csv: is the second file called \"stays\" of one owner");
  EXPECT_EQ(complaint({{"stays", stays}, {"labs", stays}}),
            "s.csv: the dictionary has no series of a file called \"labs\"");
}

}  // namespace
}  // namespace mc::data
