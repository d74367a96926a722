// SPDX-License-Identifier: Apache-2.0
// Any bytes as a CSV file: what is accepted is a rectangular table, and quoting every cell of it gives the same table.
#include "base/bytes.hpp"
#include "data/record/csv.hpp"

namespace {

void append_quoted(std::string& csv, std::string_view cell) {
  csv += '"';
  for (const char c : cell) csv += c == '"' ? "\"\"" : std::string(1, c);
  csv += '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::data;
  const auto table = read_csv(mc::text_of({data, size}), "fuzz.csv");
  if (!table) return 0;
  MC_CHECK(table->row_count() > 0 && table->column_count() > 0);
  std::string csv;
  for (std::size_t column = 0; column < table->column_count(); ++column) {
    if (column > 0) csv += ',';
    append_quoted(csv, table->header()[column]);
  }
  for (std::size_t row = 0; row < table->row_count(); ++row) {
    csv += '\n';
    for (std::size_t column = 0; column < table->column_count(); ++column) {
      if (column > 0) csv += ',';
      append_quoted(csv, table->cell(row, column));
    }
  }
  const auto again = read_csv(csv, "again.csv");
  MC_CHECK(again.has_value() && again->header() == table->header() && again->row_count() == table->row_count());
  for (std::size_t row = 0; row < table->row_count(); ++row) {
    for (std::size_t column = 0; column < table->column_count(); ++column) {
      MC_CHECK(again->cell(row, column) == table->cell(row, column));
    }
  }
  (void)person_ids(*table, table->header().front());
  return 0;
}
