// SPDX-License-Identifier: Apache-2.0
#include "data/schema/odd_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/schema/infer.hpp"

namespace mc::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kRows = 100;

/// A column `x` of 100 different numbers, `odd` in the row after the `place`th.
Table table_with(const std::vector<std::string>& odd, std::size_t place = 40, int first = 20) {
  std::string csv = "other,x\n";
  for (std::size_t i = 0; i < kRows; ++i) {
    const bool is_odd = i >= place && i < place + odd.size();
    csv += "1," + (is_odd ? odd[i - place] : std::to_string(first + static_cast<int>(i))) + "\n";
  }
  return read_csv(csv, "north.csv").value_or_stop();
}

std::vector<std::string> notes_on(const Table& table, const std::vector<MissingCode>& codes = {}) {
  return odd_values(table, infer(table, "north", codes).value_or_stop());
}

TEST(OddValues, OneTextAmongNumbersIsToldWithItsLineAndWhatToDo) {
  EXPECT_THAT(notes_on(table_with({"n/a"})),
              ElementsAre("north.csv: column \"x\" is not sealed, nobody can ask for it: 99 of its 100 values are "
                          "numbers, and line 42 is not, \"n/a\"; correct the file, or if it stands for a missing value "
                          "say --missing x:n/a"));
}

TEST(OddValues, ADecimalCommaIsNoMissingValue) {
  EXPECT_THAT(notes_on(table_with({"\"12,5\""})),
              ElementsAre(AllOf(HasSubstr("line 42 is not, \"12,5\""), HasSubstr("with a point"))));
}

TEST(OddValues, ACategoryColumnOfNumbersAndOneWordIsTold) {
  std::string csv = "grade\n";
  for (int i = 0; i < 60; ++i) csv += i % 10 == 9 ? "unknown\n" : std::to_string(1 + i % 3) + "\n";
  const Table table = read_csv(csv, "north.csv").value_or_stop();
  EXPECT_THAT(notes_on(table), ElementsAre(AllOf(HasSubstr("text with categories"), HasSubstr("first line 11"),
                                                 HasSubstr("--missing grade:unknown"))));
  EXPECT_THAT(notes_on(table, {{std::nullopt, "unknown"}}), IsEmpty());
}

TEST(OddValues, ColumnsOfWordsAreNotToldAbout) {
  std::string csv = "name,dose\n";
  for (int i = 0; i < 40; ++i) csv += "P" + std::to_string(i) + "," + (i % 3 == 0 ? "5" : "high") + "\n";
  EXPECT_THAT(notes_on(read_csv(csv, "north.csv").value_or_stop()), IsEmpty());
}

TEST(OddValues, NumbersThatLookLikeCodesAreToldAndThoseOfUsualRecordsAreNot) {
  EXPECT_THAT(notes_on(table_with({"-9", "-9", "-9"})),
              ElementsAre(AllOf(HasSubstr("holds -9 3 times"), HasSubstr("--missing x:-9"))));
  EXPECT_THAT(notes_on(table_with({"999", "999"})), ElementsAre(HasSubstr("holds 999 2 times")));
  EXPECT_THAT(notes_on(table_with({"-9"})), IsEmpty());                 // once: a measurement
  EXPECT_THAT(notes_on(table_with({"-9", "-9"}, 40, -50)), IsEmpty());  // among negative numbers
  EXPECT_THAT(notes_on(table_with({"99", "99"})), IsEmpty());           // among numbers of its size
  EXPECT_THAT(notes_on(table_with({"999", "999"}), {{"x", "999"}}), IsEmpty());
}

// One imputed value, 0.92248062015503 among 7,874 of three decimals (lambda of R's flchain), kept the column from a
// step, and nobody was told.
TEST(OddValues, AValueThatKeepsAColumnFromAStepIsToldWithItsLine) {
  const auto table_with = [](std::size_t unrounded) {
    std::string csv = "lambda\n";
    for (std::size_t i = 0; i < kRows; ++i) {
      csv += std::to_string(i % 7) +
             (i >= 40 && i < 40 + unrounded ? ".92248062015503" : ".12" + std::to_string(i % 10)) + "\n";
    }
    return read_csv(csv, "north.csv").value_or_stop();
  };
  EXPECT_THAT(notes_on(table_with(1)),
              ElementsAre("north.csv: column \"lambda\" gets no step: all but 1 of its 100 values are multiples of "
                          "0.001, and line 42 is not, \"5.92248062015503\"; where it is rounded likewise, thresholds "
                          "can be compared with and sums are exact"));
  EXPECT_THAT(notes_on(table_with(5)), ElementsAre(HasSubstr("and first line 42 is not")));
  EXPECT_THAT(notes_on(table_with(6)), IsEmpty()) << "a column of computed values";
  EXPECT_THAT(notes_on(table_with(0)), IsEmpty());
}

// Fourteen columns of dates (udca of R's survival) stayed unsealed without a word.
TEST(OddValues, DatesAreToldWithWhatToDo) {
  std::string csv = "entry,visit\n";
  for (int i = 0; i < 40; ++i) {
    csv += "19" + std::to_string(50 + i) + "-03-1" + std::to_string(i % 10) + "," + (i % 2 == 0 ? "2001-05-06" : "") +
           "\n";
  }
  EXPECT_THAT(notes_on(read_csv(csv, "north.csv").value_or_stop()),
              ElementsAre(AllOf(HasSubstr("\"entry\" holds dates and is not sealed"), HasSubstr("--events")),
                          HasSubstr("\"visit\" holds dates and is sealed as text with categories")));
}

TEST(OddValues, TruthValuesAreToldToBeText) {
  std::string csv = "sampled,arm\n";
  for (int i = 0; i < 40; ++i)
    csv += std::string(i % 3 == 0 ? "TRUE" : "FALSE") + "," + (i % 2 == 0 ? "A" : "B") + "\n";
  EXPECT_THAT(notes_on(read_csv(csv, "north.csv").value_or_stop()),
              ElementsAre(HasSubstr("\"sampled\" is text with the categories FALSE and TRUE: written as 0 and 1")));
}

TEST(OddValues, ACodeThatIsNamedIsMissingAndTheDictionarySaysSo) {
  const Table table = table_with({"-9", "-9.0", "n/a"});
  const std::vector<MissingCode> codes = {{"x", "-9"}, {std::nullopt, "n/a"}};
  const Schema schema = infer(table, "north", codes).value_or_stop();
  const Column& x = *schema.find("x");
  EXPECT_EQ(x.type, ColumnType::kInteger);
  EXPECT_EQ(x.minimum, 20);
  EXPECT_FALSE(x.required);
  EXPECT_TRUE(schema.find("other")->missing_values.empty());  // only "n/a" is for all
  const Schema again = schema_from_json(to_json(schema)).value_or_stop();
  EXPECT_EQ(again, schema);
  EXPECT_EQ(*merge(std::vector{schema}, "north").value_or_stop().find("x"), x);
}

TEST(OddValues, ACodeOfOneColumnIsAValueInAnother) {
  std::string csv = "age,balance\n";
  for (int i = 0; i < 40; ++i)
    csv += (i == 3 ? std::string("-9") : std::to_string(i + 20)) + "," + std::to_string(i - 20) + "\n";
  const Table table = read_csv(csv, "north.csv").value_or_stop();
  const Schema schema = infer(table, "north", std::vector<MissingCode>{{"age", "-9"}}).value_or_stop();
  EXPECT_FALSE(schema.find("age")->required);
  EXPECT_TRUE(schema.find("balance")->required);
}

}  // namespace
}  // namespace mc::data
