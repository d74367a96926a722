// SPDX-License-Identifier: Apache-2.0
#include "data/schema/known_categories.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "data/record/missing.hpp"
#include "data/schema/infer.hpp"
#include "data/schema/proposal.hpp"

namespace mc::data {
namespace {

bool is_unnamed(const Column& column) {
  return column.type == ColumnType::kString && !column.is_sealed() && !column.vacant;
}

/// What the proposals but that one have as categories of a column of texts.
std::set<std::string> named_elsewhere(std::span<const Schema> proposals, std::size_t but, const std::string& name) {
  std::set<std::string> named;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    const Column* column = i == but ? nullptr : proposals[i].find(name);
    if (column == nullptr || column->type != ColumnType::kString) continue;
    named.insert(column->categories.begin(), column->categories.end());
  }
  return named;
}

}  // namespace

UnnamedTexts unnamed_texts(const Table& table, const Schema& proposal) {
  UnnamedTexts texts;
  for (std::size_t i = 0; i < table.column_count(); ++i) {
    const Column* column = proposal.find(table.header()[i]);
    MC_CHECK(column != nullptr);
    if (!is_unnamed(*column) || is_identifier_name(column->name) || (i == 0 && table.has_row_names())) continue;
    const MissingValues codes(proposal.missing_values_of(*column));
    std::set<std::string> values;
    for (std::size_t row = 0; row < table.row_count() && values.size() <= kStringCategoriesMax; ++row) {
      const std::string_view cell = trimmed(table.cell(row, i));
      if (!codes.holds(cell)) values.emplace(cell);
    }
    if (values.size() <= kStringCategoriesMax) texts.emplace(column->name, std::move(values));
  }
  return texts;
}

std::vector<std::string> name_known_categories(std::span<Schema> proposals, std::span<const UnnamedTexts> texts) {
  MC_CHECK(proposals.size() == texts.size());
  const std::vector<Schema> alone(proposals.begin(), proposals.end());
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    for (Column& column : proposals[i].columns) {
      if (!is_unnamed(column)) continue;
      const std::set<std::string> named = named_elsewhere(alone, i, column.name);
      if (named.empty()) continue;
      const auto mine = texts[i].find(column.name);
      if (mine != texts[i].end() && std::ranges::includes(named, mine->second)) {
        column.categories.assign(mine->second.begin(), mine->second.end());
      } else {
        notes.push_back(proposals[i].name + ": column \"" + column.name +
                        "\" has categories in other files and values here that are none of them, or too many; it is "
                        "not sealed, nobody can ask for it, until the files agree or the schema lists its categories");
      }
    }
  }
  return notes;
}

}  // namespace mc::data
