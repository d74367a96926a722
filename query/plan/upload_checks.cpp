// SPDX-License-Identifier: Apache-2.0
#include "query/plan/upload_checks.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/check.hpp"
#include "data/packing/feature.hpp"
#include "query/plan/graph.hpp"

namespace mc::query {
namespace {

constexpr std::uint32_t kDepth = 2;

/// The sealed features of one column, as nodes.
struct ColumnNodes {
  std::optional<NodeId> value, valid;
  std::vector<NodeId> categories, edges, times;  // edges: >= e_0, > e_0, >= e_1, …, each implying the one before
};

/// Writes the sums of every check, or only says which there are.
class Checks {
 public:
  explicit Checks(const data::Schema& schema) : schema_(schema) {
    present_ = graph_.feature(data::handle(schema, data::Feature{}), false);
    add(UploadCheckKind::kMarks, "", {mark(present_)});
    std::vector<ColumnNodes> columns(schema.columns.size());
    for (const data::Feature& feature : data::sealed_features(schema)) {
      if (feature.kind != data::FeatureKind::kPresent) place(feature, columns[feature.column]);
    }
    for (std::size_t c = 0; c < columns.size(); ++c) check(schema.columns[c], columns[c]);
  }

  std::vector<UploadCheck> checks;
  std::vector<NodeId> sums;  // one per check

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] NodeId present() const { return present_; }

 private:
  void place(const data::Feature& feature, ColumnNodes& nodes) {
    const data::Column& column = schema_.columns[feature.column];
    const bool is_signed = feature.kind == data::FeatureKind::kValue && !column.is_binary();
    const NodeId node = graph_.feature(data::handle(schema_, feature), is_signed);
    switch (feature.kind) {
      case data::FeatureKind::kValue:
        nodes.value = node;
        break;
      case data::FeatureKind::kValid:
        nodes.valid = node;
        break;
      case data::FeatureKind::kIs:
        nodes.categories.push_back(node);
        break;
      case data::FeatureKind::kAtLeast:
      case data::FeatureKind::kAbove:
        nodes.edges.push_back(node);
        break;
      case data::FeatureKind::kAfter:
        nodes.times.push_back(node);
        break;
      case data::FeatureKind::kPresent:
      case data::FeatureKind::kCompared:
        MC_CHECK(false);
    }
  }

  void check(const data::Column& column, const ColumnNodes& nodes) {
    const bool measured = nodes.value && !column.is_binary();
    std::vector<NodeId> marks = nodes.categories;
    for (const auto* more : {&nodes.edges, &nodes.times}) marks.insert(marks.end(), more->begin(), more->end());
    if (nodes.valid) marks.push_back(*nodes.valid);
    if (nodes.value && !measured) marks.push_back(*nodes.value);
    std::vector<NodeId> terms;
    for (const NodeId node : marks) terms.push_back(mark(node));
    add(UploadCheckKind::kMarks, column.name, terms);

    terms.clear();
    for (const auto* chain : {&nodes.edges, &nodes.times}) {
      std::optional<NodeId> wider = nodes.valid;  // of a column without missing values: `present`, implied by all
      for (const NodeId node : *chain) {
        if (wider) terms.push_back(square(excess(node, *wider)));
        wider = node;
      }
    }
    add(UploadCheckKind::kOrder, column.name, terms);

    if (!nodes.categories.empty()) {
      add(UploadCheckKind::kCategories, column.name, {square(categories_excess(column, nodes))});
    }
    if (nodes.valid && nodes.value) {
      add(UploadCheckKind::kMissing, column.name, {square(excess(*nodes.value, *nodes.valid))});
    }
    if (measured) {
      const NodeId x2 = graph_.product(*nodes.value, *nodes.value);
      add(UploadCheckKind::kRange, column.name, {square(graph_.linear({{2, x2}, {-1, present_}}))});
    }
  }

  /// What exactly one category makes 0: of a column with missing values, also none.
  NodeId categories_excess(const data::Column& column, const ColumnNodes& nodes) {
    std::vector<Term> sum;
    for (const NodeId node : nodes.categories) sum.push_back({1, node});
    const NodeId some = graph_.linear(sum);
    if (column.required) return less(some, present_);
    if (nodes.valid) return less(some, *nodes.valid);
    return graph_.product(some, less(some, present_));
  }

  NodeId less(NodeId a, NodeId b) { return graph_.linear({{1, a}, {-1, b}}); }
  NodeId square(NodeId node) { return graph_.product(node, node); }
  /// inner (outer - 1): 0 unless inner is there without outer.
  NodeId excess(NodeId inner, NodeId outer) { return graph_.product(inner, less(outer, present_)); }
  NodeId mark(NodeId node) {
    // Of `present` itself `1` is nothing else: p (p - 1) as p^2 - p.
    if (node == present_) return square(graph_.linear({{1, square(node)}, {-1, node}}));
    return square(excess(node, node));
  }

  void add(UploadCheckKind kind, const std::string& column, const std::vector<NodeId>& terms) {
    if (terms.empty()) return;
    std::vector<Term> sum;
    for (const NodeId term : terms) sum.push_back({1, term});
    checks.push_back({kind, column});
    sums.push_back(graph_.linear(sum));
  }

  const data::Schema& schema_;
  Graph graph_;
  NodeId present_;
};

std::string name_of(const UploadCheck& check) {
  const std::string what(upload_check_name(check.kind));
  return check.column.empty() ? "persons: " + what : check.column + ": " + what;
}

}  // namespace

bool asks_upload_check(std::string_view text) {
  std::string words;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      words.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    } else if (!words.empty() && words.back() != ' ') {
      words.push_back(' ');
    }
  }
  if (!words.empty() && words.back() == ' ') words.pop_back();
  return words == kCheckUploads;
}

std::string_view upload_check_name(UploadCheckKind kind) {
  switch (kind) {
    case UploadCheckKind::kMarks:
      return "marks";
    case UploadCheckKind::kOrder:
      return "order";
    case UploadCheckKind::kCategories:
      return "categories";
    case UploadCheckKind::kMissing:
      return "missing";
    case UploadCheckKind::kRange:
      return "range";
  }
  return "";
}

std::vector<UploadCheck> upload_checks(const data::Schema& schema) {
  return Checks(schema).checks;
}

Result<Plan> plan_upload_checks(const data::Schema& schema, std::string_view dataset, const LimbBudget& budget) {
  if (budget.depth_max() < kDepth) {
    return fail(Code::kRefused, "checking uploads needs " + std::to_string(kDepth) + " products in sequence, " +
                                    budget.profile + " allows " + std::to_string(budget.depth_max()));
  }
  const Checks checks(schema);
  if (checks.sums.size() >= kAnswersMax || checks.graph().size() > kNodesMax) {
    return fail(Code::kLimit, "checking these uploads releases " + std::to_string(checks.sums.size() + 1) +
                                  " sums in " + std::to_string(checks.graph().size()) + " steps, at most " +
                                  std::to_string(kAnswersMax) + " in " + std::to_string(kNodesMax) + " are allowed");
  }
  Plan plan;
  plan.dataset = dataset;
  plan.schema_hash = data::schema_hash(schema);
  plan.profile = budget.profile;
  plan.sql = kCheckUploads;
  plan.depth = kDepth;
  plan.moments = {checks.present()};
  PlanGroup group;
  group.n = MomentId(0);
  std::map<NodeId, MomentId> known = {{checks.present(), group.n}};
  const auto add = [&](std::string name, Statistic statistic, MomentId sum) {
    PlanItem item;
    item.names = {std::move(name)};
    item.statistic = statistic;
    plan.items.push_back(std::move(item));
    CellMoments cell;
    cell.n = group.n;
    cell.x1 = sum;
    group.cells.push_back(cell);
  };
  add("persons", Statistic::kCountRows, kZeroMoment);
  for (std::size_t i = 0; i < checks.sums.size(); ++i) {
    const auto next = MomentId(static_cast<std::uint32_t>(plan.moments.size()));
    const auto [found, is_new] = known.try_emplace(checks.sums[i], next);
    if (is_new) plan.moments.push_back(checks.sums[i]);
    add(name_of(checks.checks[i]), Statistic::kSum, found->second);
  }
  plan.groups.push_back(std::move(group));
  plan.nodes = checks.graph().extract(plan.moments);
  return plan;
}

}  // namespace mc::query
