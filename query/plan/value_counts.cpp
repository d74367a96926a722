// SPDX-License-Identifier: Apache-2.0
#include "query/plan/value_counts.hpp"

#include <algorithm>
#include <span>

#include "query/plan/sums_needed.hpp"
#include "query/plan/upload_checks.hpp"

namespace mc::query {
namespace {

/// But for a count that is 0 whatever the records say.
void add(std::vector<FollowingCount>& counts, FollowingCount count) {
  std::erase(count.sums, kZeroMoment);
  std::erase(count.less, kZeroMoment);
  for (std::size_t i = count.less.size(); i-- > 0;) {
    const auto same = std::ranges::find(count.sums, count.less[i]);
    if (same == count.sums.end()) continue;
    count.sums.erase(same);
    count.less.erase(count.less.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (count.sums.empty() || std::ranges::find(counts, count) != counts.end()) return;
  counts.push_back(std::move(count));
}

void add_ones_and_zeros(std::vector<FollowingCount>& counts, MomentId n, MomentId ones) {
  add(counts, {{ones}, {}});
  add(counts, {{n}, {ones}});
}

}  // namespace

ValueCounts::ValueCounts(const Plan& plan) : plan_(plan) {
  for (const Node& node : plan.nodes) {
    const auto alone = [&](NodeId id) { return marks_alone_[id.value] != 0; };
    bool marks = false;
    switch (node.kind) {
      case NodeKind::kFeature:
        marks = !node.is_signed && plan.parameters.find(node.handle) == nullptr;
        break;
      case NodeKind::kLinear:
        marks = std::ranges::all_of(node.terms, [&](const Term& term) { return alone(term.node); });
        break;
      case NodeKind::kProduct:
        marks = alone(node.left) && alone(node.right);
        break;
      case NodeKind::kAlign:
        marks = alone(node.left);
        break;
    }
    marks_alone_.push_back(marks ? 1 : 0);
  }
}

bool ValueCounts::counts_persons(MomentId id) const {
  return id == kZeroMoment || marks_alone_[plan_.moments[id.value].value] != 0;
}

std::vector<FollowingCount> ValueCounts::of(const PlanGroup& group) const {
  std::vector<FollowingCount> counts;
  if (plan_.parameters.criterion || plan_.sql == kCheckUploads) return counts;
  std::size_t first_cell = 0, first_sum = 0;
  for (const PlanItem& item : plan_.items) {
    const auto cells = std::span(group.cells).subspan(first_cell, item.strata);
    const auto sums = std::span(group.sums).subspan(first_sum, item.sums);
    first_cell += cells.size();
    first_sum += sums.size();
    if (item.model) {
      // Sums begin with those of pairs of 1: with itself, and with what a response of one monomial is.
      const Expansion& response = item.model->response;
      if (response.size() != 1 || !counts_persons(sums[response[0].index])) continue;
      add_ones_and_zeros(counts, sums[0], sums[response[0].index]);
    }
    if (!reads_values(item.statistic)) continue;
    const SumsNeeded needed = sums_needed(item.statistic);
    for (const CellMoments& cell : cells) {
      const bool x = needed.x1 && counts_persons(cell.x1), y = needed.y1 && counts_persons(cell.y1);
      if (x) add_ones_and_zeros(counts, cell.n, cell.x1);
      if (y) add_ones_and_zeros(counts, cell.n, cell.y1);
      if (!x || !y || !needed.xy) continue;
      add(counts, {{cell.xy}, {}});
      add(counts, {{cell.x1}, {cell.xy}});
      add(counts, {{cell.y1}, {cell.xy}});
      add(counts, {{cell.n, cell.xy}, {cell.x1, cell.y1}});
    }
  }
  return counts;
}

}  // namespace mc::query
