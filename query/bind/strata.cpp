// SPDX-License-Identifier: Apache-2.0
#include "query/bind/strata.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace mc::query {
namespace {

/// The value of a column in a stratum: of categories that are numbers, the number; where it is missing, what counts
/// instead (MissingValues::kIndicator).
double number_of(const Domain& domain, const data::Schema& schema, const CellSet& cells) {
  if (cells.has_null()) return domain.kind == Domain::Kind::kBinary ? 0 : schema.columns[domain.column].centre();
  for (std::size_t i = 0; i < domain.numbers.size(); ++i) {
    if (cells.has(i)) return domain.numbers[i];
  }
  MC_CHECK(false && "only columns with numbered categories are covariates by their value");
}

/// The first cell of a set that has one besides NULL.
std::size_t first_of(const CellSet& cells) {
  std::size_t cell = 0;
  while (cell < cells.value_cells() && !cells.has(cell)) ++cell;
  return cell;
}

double covariate_of(const DesignColumn& column, const BoundStratum& stratum, const data::Schema& schema,
                    const std::vector<Domain>& domains) {
  double product = 1;
  for (const DesignFactor& factor : column.factors) {
    const CellSet& cells = stratum.cells.at(factor.column);
    if (factor.cells) {
      product *= cells.subset_of(*factor.cells) ? 1 : 0;
    } else {
      for (std::uint32_t i = 0; i < factor.power; ++i) product *= number_of(domains[factor.column], schema, cells);
    }
  }
  return product;
}

/// Of a column of the model.
std::vector<Level> levels_in(const BoundModel& model, std::uint32_t column, const data::Schema& schema,
                             const std::vector<Domain>& domains) {
  const Domain& domain = domains[column];
  std::vector<CellSet> told_apart;
  for (const DesignColumn& one : model.design) {
    for (const DesignFactor& factor : one.factors) {
      if (factor.column == column && factor.cells && !factor.cells->has_null()) told_apart.push_back(*factor.cells);
    }
  }
  const bool only_compared = std::ranges::find(model.compared, column) != model.compared.end();
  std::vector<Level> levels;
  for (Level& level : only_compared ? std::vector{Level{"", domain.values()}} : levels_of(domain, schema)) {
    std::vector<CellSet> parts = divided(level.cells, told_apart);
    if (parts.size() == 1 && !only_compared) {
      levels.push_back(std::move(level));
      continue;
    }
    std::ranges::sort(parts, {}, [](const CellSet& part) { return first_of(part); });
    for (CellSet& part : parts) levels.push_back({cells_text(part, domain, schema), std::move(part)});
  }
  const bool stays = model.missing == MissingValues::kIndicator && domain.nullable &&
                     std::ranges::find(model.complete, column) == model.complete.end();
  if (stays) {
    CellSet null(domain.value_cells);
    null.insert_null();
    levels.push_back({"missing", std::move(null)});
  }
  return levels;
}

/// Where an ordered column's cell begins: of a bin the declared edge.
std::string begin_text(const Domain& domain, const Bins& bins, std::size_t cell) {
  for (std::size_t i = 0; i < bins.cells.size(); ++i) {
    if (first_of(bins.cells[i]) == cell) return data::number_text(bins.breaks[i]);
  }
  return data::number_text(domain.cuts[cell - 1].value);
}

/// "[50,60)" of neighbouring cells, `end` not among them, as bin_name writes bins.
std::string stretch_text(const Domain& domain, const data::Schema& schema, std::size_t begin, std::size_t end) {
  const Bins bins = bins_of(domain, schema);
  const bool is_above = begin > 0 && domain.cuts[begin - 1].above;
  const std::string from = (is_above ? "(" : "[") + begin_text(domain, bins, begin) + ",";
  if (end == domain.value_cells) return from + data::number_text(bins.breaks.back()) + "]";
  return from + begin_text(domain, bins, end) + (domain.cuts[end - 1].above ? "]" : ")");
}

}  // namespace

std::vector<Level> levels_of(const Domain& domain, const data::Schema& schema) {
  std::vector<Level> levels;
  if (domain.kind == Domain::Kind::kOrdered) {
    Bins bins = bins_of(domain, schema);
    for (std::size_t i = 0; i < bins.cells.size(); ++i) {
      levels.push_back({bin_name(bins.breaks, i), std::move(bins.cells[i])});
    }
    return levels;
  }
  for (std::size_t i = 0; i < domain.value_cells; ++i) {
    CellSet one(domain.value_cells);
    one.insert(i);
    levels.push_back(
        {domain.numbers.empty() ? schema.columns[domain.column].categories[i] : data::number_text(domain.numbers[i]),
         std::move(one)});
  }
  return levels;
}

std::string cells_text(const CellSet& cells, const Domain& domain, const data::Schema& schema) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " or ") + part; };
  if (domain.kind != Domain::Kind::kOrdered) {
    for (const Level& level : levels_of(domain, schema)) {
      if (level.cells.subset_of(cells)) add(level.name);
    }
    return text;
  }
  for (std::size_t cell = 0; cell < domain.value_cells; ++cell) {
    if (!cells.has(cell)) continue;
    const std::size_t begin = cell;
    while (cell < domain.value_cells && cells.has(cell)) ++cell;
    add(stretch_text(domain, schema, begin, cell));
  }
  return text;
}

bool lies_in(const BoundStratum& stratum, const CellMap& cells) {
  return std::ranges::all_of(
      cells, [&](const auto& of_column) { return stratum.cells.at(of_column.first).subset_of(of_column.second); });
}

Status count_model(BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains,
                   const Position& at) {
  const auto refuse = [&](const std::string& what) {
    return fail(Code::kUnsupported,
                at.text() +
                    ": this commons trains no models, and counts logistic_regression in every combination of "
                    "categories; " +
                    what);
  };
  if (model.weights) return refuse("weights are not offered there");
  const auto take = [&](std::uint32_t column) {
    if (std::ranges::find(model.strata, column) == model.strata.end()) model.strata.push_back(column);
  };
  const auto measurement = [&](std::uint32_t column, bool may_be_cut) {
    const std::string& name = schema.columns[column].name;
    const bool can_be_cut = may_be_cut && levels_of(domains[column], schema).size() > 1;
    return refuse(name + " is a measurement" +
                  (can_be_cut ? ": factor(" + name + ") cuts it at its declared edges"
                              : "; leave it out, or let its owners add a column of it in categories"));
  };
  for (const DesignColumn& column : model.design) {
    for (const DesignFactor& factor : column.factors) {
      const bool is_measurement = domains[factor.column].kind == Domain::Kind::kOrdered;
      if (is_measurement && !factor.cells) return measurement(factor.column, true);
      take(factor.column);
    }
  }
  for (const std::uint32_t column : model.offsets) {
    if (domains[column].kind == Domain::Kind::kOrdered) return measurement(column, false);
    take(column);
  }
  model.trained = false;
  model.counted = true;
  return {};
}

std::size_t strata_count(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains) {
  std::size_t count = 1;
  for (const std::uint32_t column : model.strata) {
    count *= levels_in(model, column, schema, domains).size();
    if (count > kStrataUncounted) return kStrataUncounted;
  }
  return count;
}

std::vector<BoundStratum> strata_of(const BoundModel& model, const data::Schema& schema,
                                    const std::vector<Domain>& domains) {
  std::vector<BoundStratum> strata(1);
  for (const std::uint32_t column : model.strata) {
    const std::vector<Level> levels = levels_in(model, column, schema, domains);
    std::vector<BoundStratum> crossed;
    for (const BoundStratum& before : strata) {
      for (const Level& level : levels) {
        BoundStratum one = before;
        one.name += (one.name.empty() ? "" : ", ") + schema.columns[column].name + "=" + level.name;
        one.cells.emplace(column, level.cells);
        crossed.push_back(std::move(one));
      }
    }
    strata = std::move(crossed);
  }
  for (BoundStratum& stratum : strata) {
    if (stratum.name.empty()) stratum.name = "all";
    for (const DesignColumn& column : model.design) {
      stratum.covariates.push_back(covariate_of(column, stratum, schema, domains));
    }
    for (const std::uint32_t column : model.offsets) {
      if (model.counted) stratum.offset += number_of(domains[column], schema, stratum.cells.at(column));
    }
  }
  return strata;
}

}  // namespace mc::query
