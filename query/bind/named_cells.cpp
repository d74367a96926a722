// SPDX-License-Identifier: Apache-2.0
#include "query/bind/named_cells.hpp"

#include <algorithm>

#include "query/bind/strata.hpp"

namespace mc::query {
namespace {

/// "B", "B or C", "missing".
std::string text_of(const CellSet& cells, const Domain& domain, const data::Schema& schema, bool may_be_missing) {
  std::string text = cells_text(cells, domain, schema);
  if (cells.has_null() && may_be_missing) text += text.empty() ? "missing" : " or missing";
  return text;
}

std::string text_of(const CellMap& cells, const BoundModel& model, const std::vector<Domain>& domains,
                    const data::Schema& schema) {
  std::string text;
  for (const auto& [column, of_column] : cells) {
    const bool is_complete = std::ranges::find(model.complete, column) != model.complete.end();
    text += (text.empty() ? "" : ", ") + schema.columns[column].name + "=" +
            text_of(of_column, domains[column], schema, !is_complete);
  }
  return text;
}

/// What the coefficients tell apart of a column: the categories that they name, those that two of them name together,
/// and all others.
std::vector<CellSet> told_apart(const std::vector<CellSet>& named, const Domain& domain) {
  CellSet whole = domain.everything();
  std::vector<CellSet> values;
  for (const CellSet& cells : named) {
    if (cells.has_null()) {
      whole = whole - cells;
    } else {
      values.push_back(cells);
    }
  }
  return divided(whole, values);
}

}  // namespace

std::vector<NamedCells> named_cells(const BoundModel& model, const data::Schema& schema,
                                    const std::vector<Domain>& domains) {
  std::vector<NamedCells> found;
  const auto add = [&](CellMap cells) {
    const auto same = [&](const NamedCells& known) { return known.cells == cells; };
    if (std::ranges::any_of(found, same)) return;
    std::string name = text_of(cells, model, domains, schema);
    found.push_back({std::move(name), std::move(cells)});
  };
  std::map<std::uint32_t, std::vector<CellSet>> named;  // per column, each once
  std::vector<std::vector<std::uint32_t>> crossed;      // columns that are crossed with each other, each once
  for (const DesignColumn& column : model.design) {
    CellMap crossing;
    for (const DesignFactor& factor : column.factors) {
      const Domain& domain = domains[factor.column];
      if (!factor.cells && domain.kind != Domain::Kind::kBinary) continue;
      CellSet cells(domain.value_cells);
      cells.insert(1);  // of a 0/1 column
      if (factor.cells) cells = *factor.cells;
      std::vector<CellSet>& all = named[factor.column];
      if (std::ranges::find(all, cells) == all.end()) all.push_back(cells);
      const auto [crossed_with, is_new] = crossing.try_emplace(factor.column, cells);
      if (!is_new) crossed_with->second = crossed_with->second & cells;
    }
    const auto is_nobody = [](const auto& one) { return one.second.empty(); };
    if (crossing.empty() || std::ranges::any_of(crossing, is_nobody)) continue;
    std::vector<std::uint32_t> columns;
    for (const auto& [which, cells] : crossing) columns.push_back(which);
    if (columns.size() > 1 && std::ranges::find(crossed, columns) == crossed.end()) crossed.push_back(columns);
    add(std::move(crossing));
  }
  for (const auto& [column, cells] : named) {
    const auto is_named = [&](const CellSet& part) { return std::ranges::find(cells, part) != cells.end(); };
    for (CellSet& part : told_apart(cells, domains[column])) {
      if (!is_named(part)) add({{column, std::move(part)}});
    }
  }
  for (const std::vector<std::uint32_t>& columns : crossed) {
    std::vector<CellMap> combinations(1);
    for (const std::uint32_t column : columns) {
      std::vector<CellMap> longer;
      for (const CellMap& before : combinations) {
        for (const CellSet& cells : told_apart(named[column], domains[column])) {
          longer.push_back(before);
          longer.back().emplace(column, cells);
        }
      }
      combinations = std::move(longer);
    }
    for (CellMap& combination : combinations) add(std::move(combination));
  }
  return found;
}

std::optional<CellSet> weightless_cells(const BoundModel& model, const data::Schema& schema,
                                        const std::vector<Domain>& domains) {
  if (!model.weights) return std::nullopt;
  const Domain& domain = domains[*model.weights];
  CellSet weightless(domain.value_cells);
  if (!domain.numbers.empty()) {
    for (std::size_t cell = 0; cell < domain.value_cells; ++cell) {
      if (domain.numbers[cell] == 0) weightless.insert(cell);
    }
  } else if (const auto above = cell_at(domain, schema, {0, true})) {
    for (std::size_t cell = 0; cell < *above; ++cell) weightless.insert(cell);
  }
  return weightless.empty() ? std::nullopt : std::optional(std::move(weightless));
}

}  // namespace mc::query
