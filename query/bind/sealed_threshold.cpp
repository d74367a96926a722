// SPDX-License-Identifier: Apache-2.0
#include "query/bind/sealed_threshold.hpp"

#include <algorithm>

#include "data/record/number.hpp"

namespace mc::query {
namespace {

/// The edges beside a value, in words.
std::string nearest_edges(const data::Column& column, double value) {
  std::string text;
  const auto above = std::ranges::upper_bound(column.edges, value);
  if (above != column.edges.begin()) text = data::number_text(*(above - 1));
  if (above != column.edges.end()) text += (text.empty() ? "" : " and ") + data::number_text(*above);
  return text;
}

/// The first bin whose values are >= the cut's, or >.
Result<std::size_t> bin_at(const Domain& domain, const data::Schema& schema, const ThresholdBins& bins, Cut cut) {
  const data::Column& column = schema.columns[domain.column];
  if (const auto cell = cell_at(domain, schema, cut)) {
    if (*cell == domain.value_cells) return bins.cells.size();
    for (std::size_t i = 0; i < bins.cells.size(); ++i) {
      const bool begins = bins.cells[i].has(*cell) && (*cell == 0 || !bins.cells[i].has(*cell - 1));
      if (begins) return i;
    }
  }
  return fail(Code::kInvalidArgument, "a sealed threshold of " + column.name +
                                          " divides it at a declared edge, and this one does not; the nearest: " +
                                          nearest_edges(column, cut.value) +
                                          (column.resolution() == 0 ? "; without a step only < and >= do" : ""));
}

}  // namespace

Result<ThresholdBins> threshold_bins(const Domain& domain, const data::Schema& schema) {
  const data::Column& column = schema.columns[domain.column];
  ThresholdBins result;
  if (domain.kind == Domain::Kind::kOrdered) {
    Bins bins = bins_of(domain, schema);
    for (std::size_t i = 0; i < bins.cells.size(); ++i) result.names.push_back(bin_name(bins.breaks, i));
    result.cells = std::move(bins.cells);
  } else if (domain.kind == Domain::Kind::kCategories && !domain.numbers.empty()) {
    result.names = column.categories;
    for (std::size_t i = 0; i < domain.value_cells; ++i) result.cells.emplace_back(domain.value_cells).insert(i);
  }
  if (result.names.size() > 1) return result;
  return fail(Code::kInvalidArgument,
              "a sealed threshold needs a column of numbers with declared edges, and " + column.name + " has none");
}

Result<std::vector<std::uint8_t>> chosen_bins(const SealedThreshold& threshold, const data::Schema& schema,
                                              double value, std::optional<double> upper) {
  const auto column = std::ranges::find(schema.columns, threshold.column, &data::Column::name);
  MC_CHECK(column != schema.columns.end());
  const Domain domain = domain_of(schema, static_cast<std::uint32_t>(column - schema.columns.begin()));
  MC_TRY(const ThresholdBins bins, threshold_bins(domain, schema));
  const Comparison comparison = threshold.comparison;
  const bool from_above = comparison == Comparison::kGreater || comparison == Comparison::kLessOrEqual;
  MC_TRY(const std::size_t at, bin_at(domain, schema, bins, {value, from_above}));
  const bool upwards = comparison == Comparison::kGreater || comparison == Comparison::kGreaterOrEqual;
  std::size_t first = upwards ? at : 0;
  std::size_t end = upwards ? bins.cells.size() : at;
  if (upper) {
    MC_TRY(end, bin_at(domain, schema, bins, {*upper, true}));
  }
  std::vector<std::uint8_t> chosen(bins.cells.size(), 0);
  for (std::size_t i = first; i < end; ++i) chosen[i] = 1;
  return chosen;
}

}  // namespace mc::query
