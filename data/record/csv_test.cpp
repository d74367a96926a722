// SPDX-License-Identifier: Apache-2.0
#include "data/record/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Table table_of(std::string_view text) {
  auto table = read_csv(text, "a.csv");
  EXPECT_TRUE(table.has_value()) << (table ? "" : table.error().message);
  return table ? std::move(*table) : Table();
}

std::vector<std::string> row_of(const Table& table, std::size_t row) {
  std::vector<std::string> cells;
  for (std::size_t column = 0; column < table.column_count(); ++column) cells.emplace_back(table.cell(row, column));
  return cells;
}

void expect_refused(std::string_view text, Code code, std::string_view message) {
  const auto table = read_csv(text, "a.csv");
  ASSERT_FALSE(table.has_value()) << message;
  EXPECT_EQ(table.error().code, code) << table.error().message;
  EXPECT_EQ(table.error().message, message);
}

TEST(CsvReader, PlainRowsAreRead) {
  const Table table = table_of("age,sex\n63,1\n41,0\n");
  EXPECT_THAT(table.header(), ElementsAre("age", "sex"));
  ASSERT_EQ(table.row_count(), 2u);
  EXPECT_THAT(row_of(table, 1), ElementsAre("41", "0"));
  EXPECT_EQ(table.line(1), 3u);
  EXPECT_EQ(table.source(), "a.csv");
}

TEST(CsvReader, TheLastLineNeedsNoLineFeed) {
  EXPECT_EQ(table_of("a,b\n1,2\n3,4").row_count(), 2u);
}

TEST(CsvReader, QuotesHoldCommasQuotesAndLineBreaks) {
  const Table table = table_of("name,note\n\"Doe, J\",\"said \"\"no\"\"\nand left\"\nx,y\n");
  EXPECT_THAT(row_of(table, 0), ElementsAre("Doe, J", "said \"no\"\nand left"));
  EXPECT_EQ(table.line(1), 4u);
}

TEST(CsvReader, ByteOrderMarkAndCarriageReturnsAreNotContent) {
  const Table table = table_of("\xEF\xBB\xBF\"a\",b\r\n1,\r\n\r\n2,3\r\n");
  EXPECT_THAT(table.header(), ElementsAre("a", "b"));
  ASSERT_EQ(table.row_count(), 2u);
  EXPECT_THAT(row_of(table, 0), ElementsAre("1", ""));
}

TEST(CsvReader, NamesLoseTheBlanksAroundThemAndCellsKeepTheirs) {
  const Table table = table_of("LAB_TSC , LAB_HDL  \n 1 ,2\n");
  EXPECT_THAT(table.header(), ElementsAre("LAB_TSC", "LAB_HDL"));
  EXPECT_EQ(table.cell(0, 0), " 1 ");
}

TEST(CsvReader, AnUnnamedFirstColumnHoldsRowNames) {
  const Table table = table_of(",x\n1,5\n");
  EXPECT_THAT(table.header(), ElementsAre("id", "x"));
  EXPECT_TRUE(table.has_row_names());
  EXPECT_FALSE(table_of("id,x\n1,5\n").has_row_names());
}

TEST(CsvReader, EmptyUnnamedColumnsAtTheRightEdgeAreSetAsideWithANote) {
  const Table table = table_of("a,b,,\n1,2,,\n3,4,,\n");
  EXPECT_THAT(table.header(), ElementsAre("a", "b"));
  EXPECT_THAT(row_of(table, 1), ElementsAre("3", "4"));
  EXPECT_THAT(table.notes(), ElementsAre(HasSubstr("2 empty unnamed columns")));
}

TEST(CsvReader, ABlankLineIsAMissingValueOnlyInATableOfOneColumn) {
  EXPECT_EQ(table_of("a\n1\n\n2\n").row_count(), 3u);
  EXPECT_EQ(table_of("a,b\n1,2\n\n3,4\n\n\n").row_count(), 2u);
}

TEST(CsvReader, RaggedRowIsRefusedWithItsLine) {
  expect_refused("a,b,c\n1,2,3\n1,2\n", Code::kParse, "a.csv:3: 2 fields where the header has 3");
  expect_refused("a,b\n1,2,3\n", Code::kParse, "a.csv:2: 3 fields where the header has 2");
  expect_refused("a,b\n\"x\ny\",2\n1\n", Code::kParse, "a.csv:4: 1 fields where the header has 2");
}

TEST(CsvReader, HeaderWithoutRowsIsRefused) {
  expect_refused("a,b\n", Code::kParse, "a.csv:1: the header is followed by no rows");
  expect_refused("a,b", Code::kParse, "a.csv:1: the header is followed by no rows");
  expect_refused("", Code::kParse, "a.csv:1: the file is empty: a header line is needed");
  expect_refused("\xEF\xBB\xBF", Code::kParse, "a.csv:1: the file is empty: a header line is needed");
}

TEST(CsvReader, NamesMustExistAndDiffer) {
  expect_refused("a,b,a \n1,2,3\n", Code::kParse, "a.csv:1: columns 1 and 3 have the same name \"a\"");
  expect_refused("a,,c\n1,2,3\n", Code::kParse, "a.csv:1: column 2 has no name");
  expect_refused("a,\n1,2\n", Code::kParse, "a.csv:1: column 2 has no name");
  expect_refused(",id\n1,2\n", Code::kParse, "a.csv:1: columns 1 and 2 have the same name \"id\"");
  expect_refused("a;b;c\n1;2;3\n", Code::kParse,
                 "a.csv:1: the header is separated by semicolons or tabs: commas are needed");
}

TEST(CsvReader, QuotesOutOfPlaceAreRefusedWithLineAndColumn) {
  expect_refused("a,b\n1,5\"\n", Code::kParse, "a.csv:2: column \"b\" has a quote inside an unquoted field");
  expect_refused("a,b\n1,\"5\"x\n", Code::kParse, "a.csv:2: column \"b\" goes on after its closing quote");
  expect_refused("a,b\n1,2\n\"1,2\n3,4\n", Code::kParse, "a.csv:3: column \"a\" opens a quote that is never closed");
  expect_refused("a,b\n1\r2,3\n", Code::kParse,
                 "a.csv:2: column \"a\" is followed by a carriage return without a line feed");
}

TEST(CsvReader, TextThatIsNotUtf8IsRefusedWithItsByte) {
  expect_refused("a,b\n1,2\n1,M\xFCller\n", Code::kParse,
                 "a.csv:3: byte 4 of the line is not UTF-8 text: save the file as UTF-8");
  expect_refused(std::string_view("a,b\n1,\0\n", 8), Code::kParse, "a.csv:2: byte 3 of the line is a NUL, not text");
  EXPECT_EQ(table_of("Größe\n1\n").header()[0], "Größe");
}

TEST(CsvReader, LimitsAreRefusedWithTheirNumber) {
  const std::string field(kCsvFieldBytesMax + 1, 'x');
  expect_refused("a\n" + field + "\n", Code::kLimit, "a.csv:2: column \"a\" holds more than the limit of 65536 bytes");
  std::string header;
  for (std::size_t i = 0; i <= kCsvColumnsMax; ++i) header += (i ? ",c" : "c") + std::to_string(i);
  expect_refused(header + "\n", Code::kLimit, "a.csv:1: more columns than the limit of 4096");
  expect_refused(std::string(kCsvNameBytesMax + 1, 'n') + "\n1\n", Code::kLimit,
                 "a.csv:1: the name of column 1 is longer than the limit of 256 bytes");
}

TEST(CsvReader, WhatIsWrittenWithQuotesReadsBack) {
  std::mt19937 random(7);
  const std::string alphabet = "a1,\"\n\r ;\t\xC3";
  for (int round = 0; round < 200; ++round) {
    std::vector<std::vector<std::string>> rows(3, std::vector<std::string>(4));
    std::string text = "c0,c1,c2,c3\n";
    for (auto& row : rows) {
      for (std::size_t column = 0; column < row.size(); ++column) {
        for (unsigned length = random() % 6; length > 0; --length) {
          const char c = alphabet[random() % alphabet.size()];
          row[column] += c == '\xC3' ? "ß" : std::string(1, c);
        }
        std::string quoted = "\"";
        for (const char c : row[column]) quoted += c == '"' ? "\"\"" : std::string(1, c);
        text += (column ? "," : "") + quoted + "\"";
      }
      text += round % 2 ? "\n" : "\r\n";
    }
    const Table table = table_of(text);
    ASSERT_EQ(table.row_count(), rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) EXPECT_EQ(row_of(table, row), rows[row]);
  }
}

TEST(PersonIds, RowNumbersOrTheValuesOfAColumn) {
  const Table table = table_of("person,x\np7,1\n p9 ,2\n");
  EXPECT_THAT(*person_ids(table, std::nullopt), ElementsAre("1", "2"));
  EXPECT_THAT(*person_ids(table, "person"), ElementsAre("p7", "p9"));
}

TEST(PersonIds, EmptyAndRepeatedIdsAreRefusedWithoutTellingThem) {
  EXPECT_EQ(person_ids(table_of("person,x\np7,1\np7,2\n"), "person").error().message,
            "a.csv:3: column \"person\" has the same id as line 2");
  EXPECT_EQ(person_ids(table_of("person,x\n ,1\n"), "person").error().message,
            "a.csv:2: column \"person\" is empty: every person needs an id");
  EXPECT_EQ(person_ids(table_of("x\n1\n"), "person").error().code, Code::kNotFound);
}

TEST(CsvReader, AMissingFileIsNamed) {
  const auto table = read_csv_file("/nowhere/b.csv");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, Code::kNotFound);
  EXPECT_THAT(table.error().message, HasSubstr("/nowhere/b.csv"));
}

}  // namespace
}  // namespace mc::data
