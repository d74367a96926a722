// SPDX-License-Identifier: Apache-2.0
#include "query/plan/comparison.hpp"

#include <algorithm>

#include "query/plan/computed.hpp"
#include "query/plan/indicator.hpp"

namespace mc::query {
namespace {

bool is_computed(const data::Feature& feature) {
  return feature.kind == data::FeatureKind::kCompared;
}

/// The score that a column is; nothing where owners seal it.
const BoundScore* score_at(const BoundQuery& query, std::uint32_t column) {
  const auto found = std::ranges::find(query.scores, column, &BoundScore::column);
  return found == query.scores.end() ? nullptr : &*found;
}

/// `cut` is the place of a computed cut, `score` what is compared where owners seal no such column.
PlanComparison proven_comparison_at(const Domain& domain, std::size_t cut, const data::Schema& schema,
                                    FeatureColumn score) {
  const data::Column& column = schema.columns[domain.column];
  const double middle = domain.middles[domain.features[cut].index];
  PlanComparison comparison;
  comparison.handle = handle_of(domain, schema, domain.features[cut]);
  comparison.value = data::handle(schema, {data::FeatureKind::kValue, domain.column, 0});
  comparison.middle = (middle - column.centre()) / column.half_width();
  comparison.reach = kProvenReach * (score.empty() ? 1 : std::max(1.0, reach_of(score)));
  comparison.gap = std::min(1.0, column.resolution() / 2 / column.half_width() / comparison.reach);
  const data::Feature valid{data::FeatureKind::kValid, domain.column, 0};
  if (data::is_sealed_feature(schema, valid)) comparison.window = {{1, data::handle(schema, valid)}};
  comparison.score = std::move(score);
  return comparison;
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
  return comparison;
}

Status plan_stages(PlanComparison& comparison, const data::Column& column) {
  const double least = comparison.is_proven() ? kProvenGapMin : kGapMin;
  if (comparison.gap < least) {
    const double finest = 2 * least * comparison.reach * column.half_width();
    return fail(Code::kLimit, "values of " + column.name + " are multiples of " +
                                  data::number_text(column.resolution()) +
                                  ", and thresholds between them are told apart under encryption where they are "
                                  "multiples of " +
                                  data::number_text(finest) +
                                  " or more; ask with declared edges, or found the commons with a coarser step");
  }
  comparison.stages = sign_stages(comparison.gap, comparison.stage_noise());
  return {};
}

}  // namespace

Result<std::vector<PlanComparison>> comparisons_of(std::span<const std::string> handles, const BoundQuery& query,
                                                   bool proven) {
  const data::Schema& schema = query.schema;
  std::vector<PlanComparison> comparisons;
  for (const std::string& handle : handles) {
    if (!data::is_compared_handle(handle)) continue;
    const std::size_t before = comparisons.size();
    for (const Domain& domain : query.domains) {
      for (std::size_t cut = 0; cut < domain.cuts.size(); ++cut) {
        const bool is_it =
            is_computed(domain.features[cut]) && handle_of(domain, schema, domain.features[cut]) == handle;
        if (!is_it) continue;
        const data::Column& column = schema.columns[domain.column];
        const BoundScore* score = score_at(query, domain.column);
        FeatureColumn sum = score == nullptr ? FeatureColumn{} : sum_of_score(*score, query);
        // A score that multiplies columns has no start that proofs bound.
        comparisons.push_back(proven && (score == nullptr || !sum.empty())
                                  ? proven_comparison_at(domain, cut, schema, std::move(sum))
                                  : comparison_at(domain, cut, schema));
        MC_TRY_STATUS(plan_stages(comparisons.back(), column));
      }
    }
    MC_CHECK(comparisons.size() == before + 1);
  }
  return comparisons;
}

}  // namespace mc::query
