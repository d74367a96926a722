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
  std::vector<Level> levels = levels_of(domains[column], schema);
  const bool stays = model.missing == MissingValues::kIndicator && domains[column].nullable &&
                     std::ranges::find(model.complete, column) == model.complete.end();
  if (stays) {
    CellSet null(domains[column].value_cells);
    null.insert_null();
    levels.push_back({"missing", std::move(null)});
  }
  return levels;
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
