// SPDX-License-Identifier: Apache-2.0
#include "query/plan/partial_plan.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "base/check.hpp"
#include "query/plan/value_counts.hpp"

namespace mc::query {
namespace {

/// Every sum of a group, in the order in which the group names them.
template <class Group, class Function>
void for_each_sum(Group& group, const Function& function) {
  function(group.n);
  for (auto& cell : group.cells) {
    for (auto* id : {&cell.n, &cell.x1, &cell.y1, &cell.x2, &cell.y2, &cell.xy}) function(*id);
  }
  for (auto& id : group.sums) function(id);
}

/// Only what the sums need. Depth stays: a sum's level depends on it, and a count must be the same ciphertext whether
/// it is computed for itself or with others.
void drop_unused_nodes(Plan& plan) {
  std::vector<std::uint8_t> used(plan.nodes.size(), 0);
  for (const NodeId id : plan.moments) used[id.value] = 1;
  for (std::size_t i = plan.nodes.size(); i-- > 0;) {
    if (used[i] == 0) continue;
    const Node& node = plan.nodes[i];
    if (node.kind == NodeKind::kProduct || node.kind == NodeKind::kAlign) used[node.left.value] = 1;
    if (node.kind == NodeKind::kProduct) used[node.right.value] = 1;
    for (const Term& term : node.terms) used[term.node.value] = 1;
  }
  std::vector<NodeId> renamed(plan.nodes.size());
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    if (used[i] == 0) continue;
    renamed[i] = NodeId(static_cast<std::uint32_t>(nodes.size()));
    Node node = std::move(plan.nodes[i]);
    if (node.kind == NodeKind::kProduct || node.kind == NodeKind::kAlign) node.left = renamed[node.left.value];
    if (node.kind == NodeKind::kProduct) node.right = renamed[node.right.value];
    for (Term& term : node.terms) term.node = renamed[term.node.value];
    nodes.push_back(std::move(node));
  }
  for (NodeId& id : plan.moments) id = renamed[id.value];
  plan.nodes = std::move(nodes);
}

/// The sums named in `kept`, ascending; their places in the whole plan are `whole`.
PartialPlan part_with(Plan plan, std::vector<MomentId> kept) {
  PartialPlan part{std::move(plan), std::move(kept)};
  std::vector<NodeId> moments;
  for (const MomentId id : part.whole) moments.push_back(part.plan.moments[id.value]);
  part.plan.moments = std::move(moments);
  drop_unused_nodes(part.plan);
  return part;
}

}  // namespace

std::uint32_t steps_of(const Plan& plan) {
  std::size_t steps = 0;
  for (const PlanItem& item : plan.items) {
    if (item.survival) steps = std::max(steps, item.survival->times.size());
  }
  return static_cast<std::uint32_t>(steps);
}

PlanPart all_groups(const Plan& plan) {
  return {PlanPart::Kind::kGroups, std::vector<std::uint8_t>(plan.groups.size(), 1), steps_of(plan)};
}

Status check_part(const Plan& plan, const PlanPart& part) {
  if (part.kind != PlanPart::Kind::kGroups) {
    if (part.shown.empty() && part.steps == 0 && part.left_out.empty()) return {};
    return fail(Code::kInvalidArgument, "groups are named where none are chosen");
  }
  const bool is_bits = std::ranges::all_of(part.shown, [](std::uint8_t bit) { return bit <= 1; });
  if (part.shown.size() != plan.groups.size() || !is_bits || std::ranges::count(part.shown, 1) == 0) {
    return fail(Code::kInvalidArgument, "the part names " + std::to_string(part.shown.size()) +
                                            " groups with at least one to show, the plan has " +
                                            std::to_string(plan.groups.size()));
  }
  const std::uint32_t steps = steps_of(plan);
  if (part.steps > steps || (part.steps > 0) != (steps > 0)) {
    return fail(Code::kInvalidArgument, "the part tells survival at " + std::to_string(part.steps) +
                                            " times, the plan has " + std::to_string(steps));
  }
  const bool ascends = std::ranges::adjacent_find(part.left_out, std::greater_equal{}) == part.left_out.end();
  if (!ascends || (!part.left_out.empty() && part.left_out.back().value >= plan.moments.size())) {
    return fail(Code::kInvalidArgument, "the part leaves out sums that are none of the plan's " +
                                            std::to_string(plan.moments.size()) + ", or one twice");
  }
  if (part.left_out.empty() || !released_by(plan, part).empty()) return {};
  return fail(Code::kInvalidArgument, "the part leaves out everything");
}

std::vector<MomentId> counts_apart(const Plan& plan, const PlanGroup& group) {
  const auto is_key = [](const PlanItem& item) { return item.statistic == Statistic::kKey; };
  const auto item = std::ranges::find_if_not(plan.items, is_key);
  if (item == plan.items.end() || !std::all_of(item + 1, plan.items.end(), is_key)) return {};
  std::vector<MomentId> counts;
  if (item->survival) {
    counts.assign(group.sums.begin(), group.sums.begin() + static_cast<std::ptrdiff_t>(item->survival->strata.size()));
  } else if (item->outcomes) {
    counts = group.sums;
  } else if (item->statistic == Statistic::kHistogram || item->statistic == Statistic::kChiSquareTest) {
    // A key has a cell of its own, without sums.
    for (const CellMoments& cell : group.cells) counts.push_back(cell.n);
  } else if (item->statistic == Statistic::kCalibration) {
    // Of every bin all persons, then those of them with the outcome.
    std::size_t first = 0;
    for (auto before = plan.items.begin(); before != item; ++before) first += before->strata;
    for (std::size_t i = 0; i < item->strata; i += 2) counts.push_back(group.cells[first + i].n);
  }
  std::erase(counts, kZeroMoment);
  return counts;
}

PlanGroup without(const Plan& plan, PlanGroup group, std::span<const MomentId> left_out) {
  const auto is_left_out = [&](MomentId id) { return std::ranges::binary_search(left_out, id); };
  const std::vector<MomentId> counts = counts_apart(plan, group);
  if (std::ranges::none_of(counts, is_left_out) && !is_left_out(group.n)) return group;
  group.standing = counts;
  std::erase_if(group.standing, is_left_out);
  group.n = kZeroMoment;
  for (std::uint32_t i = 0; i < group.cells.size(); ++i) {
    if (!is_left_out(group.cells[i].n)) continue;
    group.cells[i] = {};  // with all of its other sums
    group.cells_left_out.push_back(i);
  }
  for (MomentId& id : group.sums) {
    if (is_left_out(id)) id = kZeroMoment;
  }
  return group;
}

std::vector<MomentId> released_by(const Plan& plan, const PlanPart& part) {
  if (part.kind == PlanPart::Kind::kCounts) return count_moments(plan);
  if (part.kind == PlanPart::Kind::kGroups) return groups_of(plan, part).whole;
  std::vector<MomentId> all;
  for (std::uint32_t i = 0; i < plan.moments.size(); ++i) all.emplace_back(i);
  return all;
}

std::vector<MomentId> ever_released(const Plan& plan) {
  std::vector<MomentId> all;
  std::ranges::set_union(released_by(plan, all_groups(plan)), count_moments(plan), std::back_inserter(all));
  return all;
}

std::vector<std::size_t> places_of_part(const Plan& plan, const PlanPart& part) {
  const std::vector<MomentId> all = ever_released(plan);
  std::vector<std::size_t> places;
  for (const MomentId id : released_by(plan, part)) {
    places.push_back(static_cast<std::size_t>(std::ranges::lower_bound(all, id) - all.begin()));
    MC_CHECK(places.back() < all.size() && all[places.back()] == id);
  }
  return places;
}

std::vector<MomentId> count_moments(const Plan& plan) {
  std::set<MomentId> counts;
  const ValueCounts values(plan);
  for (const PlanGroup& group : plan.groups) {
    counts.insert(group.n);
    counts.insert(group.guards.begin(), group.guards.end());
    if (plan.parameters.criterion) continue;  // nothing that is judged depends on what is sealed (R23)
    for (const CellMoments& cell : group.cells) counts.insert(cell.n);
    for (const FollowingCount& count : values.of(group)) {
      counts.insert(count.sums.begin(), count.sums.end());
      counts.insert(count.less.begin(), count.less.end());
    }
    std::size_t first = 0;
    for (const PlanItem& item : plan.items) {
      const auto sums = std::span(group.sums).subspan(first, item.sums);
      if (item.is_counted()) counts.insert(sums.begin(), sums.end());
      first += item.sums;
    }
  }
  counts.erase(kZeroMoment);
  return {counts.begin(), counts.end()};
}

PartialPlan counts_of(const Plan& plan) {
  PartialPlan part = part_with(plan, count_moments(plan));
  part.plan.groups.clear();
  return part;
}

namespace {

/// The sums of a group that tell survival at the first `steps` times; of other items all.
std::vector<MomentId> sums_until(const Plan& plan, const PlanGroup& group, std::uint32_t steps) {
  std::vector<MomentId> kept;
  std::size_t first = 0;
  for (const PlanItem& item : plan.items) {
    auto sums = std::span(group.sums).subspan(first, item.sums);
    first += item.sums;
    if (item.survival && steps < item.survival->times.size()) {
      sums = sums.first(item.survival->events_index(steps, 0));  // time after time
    }
    kept.insert(kept.end(), sums.begin(), sums.end());
  }
  return kept;
}

/// Told at the first `steps` times: whoever is followed on is followed beyond them.
void tell_until(PlanItem& item, std::uint32_t steps) {
  if (!item.survival || steps >= item.survival->times.size()) return;
  item.survival->times.resize(steps);
  item.survival->beyond = true;
  item.sums = static_cast<std::uint32_t>(item.survival->sum_count());
}

}  // namespace

PartialPlan groups_of(const Plan& plan, const PlanPart& part) {
  MC_CHECK(part.kind == PlanPart::Kind::kGroups && part.shown.size() == plan.groups.size());
  Plan fewer = plan;
  fewer.groups.clear();
  for (PlanItem& item : fewer.items) tell_until(item, part.steps);
  std::set<MomentId> kept;
  for (std::size_t i = 0; i < part.shown.size(); ++i) {
    if (part.shown[i] == 0) continue;
    PlanGroup& group = fewer.groups.emplace_back(without(plan, plan.groups[i], part.left_out));
    group.guards.clear();
    group.sums = sums_until(plan, group, part.steps);
    for_each_sum(group, [&](const MomentId id) { kept.insert(id); });
  }
  kept.erase(kZeroMoment);
  std::map<MomentId, MomentId> renamed = {{kZeroMoment, kZeroMoment}};
  for (const MomentId id : kept) renamed.emplace(id, MomentId(static_cast<std::uint32_t>(renamed.size() - 1)));
  for (PlanGroup& group : fewer.groups) {
    for_each_sum(group, [&](MomentId& id) { id = renamed.at(id); });
    for (MomentId& id : group.standing) id = renamed.at(id);
  }
  return part_with(std::move(fewer), {kept.begin(), kept.end()});
}

PartialPlan sums_of(const Plan& plan, std::span<const std::uint8_t> shown) {
  MC_CHECK(shown.size() == plan.groups.size());
  std::set<MomentId> kept;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] != 0) for_each_sum(plan.groups[i], [&](const MomentId id) { kept.insert(id); });
  }
  kept.erase(kZeroMoment);
  for (const MomentId id : count_moments(plan)) kept.erase(id);
  PartialPlan part = part_with(plan, {kept.begin(), kept.end()});
  part.plan.groups.clear();
  return part;
}

}  // namespace mc::query
