// SPDX-License-Identifier: Apache-2.0
#include "query/plan/comparison.hpp"

#include <algorithm>

#include "query/plan/indicator.hpp"

namespace mc::query {
namespace {

bool is_computed(const data::Feature& feature) {
  return feature.kind == data::FeatureKind::kCompared;
}

/// `cut` is the place of a computed cut. Cell i lies from cut i - 1 up to cut i.
PlanComparison comparison_at(const Domain& domain, std::size_t cut, const data::Schema& schema) {
  const data::Column& column = schema.columns[domain.column];
  std::size_t first = cut;  // of the window's cells
  while (first > 0 && is_computed(domain.features[first - 1])) --first;
  std::size_t end = cut + 1;  // the cell after the window's last one
  while (end < domain.cuts.size() && is_computed(domain.features[end])) ++end;
  CellSet window(domain.value_cells);
  for (std::size_t cell = first; cell <= end; ++cell) window.insert(cell);
  CellSet above(domain.value_cells);
  for (std::size_t cell = end + 1; cell < domain.value_cells; ++cell) above.insert(cell);

  PlanComparison comparison;
  const double middle = domain.middles[domain.features[cut].index];
  const double low = first == 0 ? column.minimum : domain.cuts[first - 1].value;
  const double high = end == domain.cuts.size() ? column.maximum : domain.cuts[end].value;
  const double reach = std::max(middle - low, high - middle);
  comparison.handle = handle_of(domain, schema, domain.features[cut]);
  comparison.value = data::handle(schema, {data::FeatureKind::kValue, domain.column, 0});
  comparison.middle = (middle - column.centre()) / column.half_width();
  comparison.reach = reach / column.half_width();
  comparison.gap = std::min(1.0, column.resolution() / 2 / reach);
  comparison.window = column_of(domain, schema, window);
  comparison.above = column_of(domain, schema, above);
  comparison.stages = sign_stages(comparison.gap);
  return comparison;
}

}  // namespace

std::vector<PlanComparison> comparisons_of(std::span<const std::string> handles, const std::vector<Domain>& domains,
                                           const data::Schema& schema) {
  std::vector<PlanComparison> comparisons;
  for (const std::string& handle : handles) {
    if (!data::is_compared_handle(handle)) continue;
    const std::size_t before = comparisons.size();
    for (const Domain& domain : domains) {
      for (std::size_t cut = 0; cut < domain.cuts.size(); ++cut) {
        const bool is_it =
            is_computed(domain.features[cut]) && handle_of(domain, schema, domain.features[cut]) == handle;
        if (is_it) comparisons.push_back(comparison_at(domain, cut, schema));
      }
    }
    MC_CHECK(comparisons.size() == before + 1);
  }
  return comparisons;
}

}  // namespace mc::query
