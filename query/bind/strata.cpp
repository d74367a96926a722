// SPDX-License-Identifier: Apache-2.0
#include "query/bind/strata.hpp"

#include "base/check.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kStrataMax = std::size_t{1} << 20;  // far above what is released

/// The value of a column in a stratum: of categories that are numbers, the number.
double number_of(const Domain& domain, const CellSet& cells) {
  for (std::size_t i = 0; i < domain.numbers.size(); ++i) {
    if (cells.has(i)) return domain.numbers[i];
  }
  MC_CHECK(false && "only columns with numbered categories are covariates by their value");
}

double covariate_of(const DesignColumn& column, const BoundStratum& stratum, const std::vector<Domain>& domains) {
  double product = 1;
  for (const DesignFactor& factor : column.factors) {
    const CellSet& cells = stratum.cells.at(factor.column);
    if (factor.cells) {
      product *= cells.subset_of(*factor.cells) ? 1 : 0;
    } else {
      for (std::uint32_t i = 0; i < factor.power; ++i) product *= number_of(domains[factor.column], cells);
    }
  }
  return product;
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

std::size_t strata_count(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains) {
  std::size_t count = 1;
  for (const std::uint32_t column : model.strata) {
    count *= levels_of(domains[column], schema).size();
    if (count > kStrataMax) return kStrataMax;
  }
  return count;
}

std::vector<BoundStratum> strata_of(const BoundModel& model, const data::Schema& schema,
                                    const std::vector<Domain>& domains) {
  std::vector<BoundStratum> strata(1);
  for (const std::uint32_t column : model.strata) {
    const std::vector<Level> levels = levels_of(domains[column], schema);
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
      stratum.covariates.push_back(covariate_of(column, stratum, domains));
    }
  }
  return strata;
}

}  // namespace mc::query
