// SPDX-License-Identifier: Apache-2.0
// Layout (little-endian, text and lists with a u32 length in front):
//   "MCPLAN06"  dataset  schema hash  profile  sql  u32 depth
//   nodes:    u8 kind; feature: handle, u8 signed; linear: list of (i32 as u32, u32 node); product: u32 left, u32
//             right; align: u32 left
//   moments:  list of u32 node
//   items:    list of names, u8 statistic, u32 key, 2 x (f64 centre, f64 half width, u8 integral), u32 strata,
//             u32 rows, f64 parameter, list of f64 breaks, f64 step, u32 sums, u8 has model, u8 has survival
//   model:    formula, list of terms, u8 intercept, f64 ridge, u8 weighted, then maybe f64 centre, f64 half width,
//             u8 integral; u32 basis, per term and for the response: list of (u32 index, f64 coefficient)
//   survival: in survival_plan.hpp; behind it, of a logistic regression without a model, outcome_plan.hpp's
//   group columns: list of names
//   groups:   list of (keys: u8 kind with i64 or text; u32 n; per item and stratum 6 x u32 moment; per item
//             its sums as u32 moment; list of guards as u32 moment)
//   training: u8 there is one, then maybe training_plan.hpp's
//   comparisons, computed, scores: lists of comparison_plan.hpp's, computed_plan.hpp's; parameters: parameter_plan.cpp
// Not written but derived: depths, and the person from the SQL.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/codec.hpp"
#include "data/packing/feature.hpp"
#include "data/schema/step.hpp"
#include "query/bind/cells.hpp"
#include "query/bind/parameters.hpp"
#include "query/parse/parser.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {
namespace {

constexpr std::string_view kMagic = "MCPLAN06";
constexpr std::size_t kTextBytesMax = 4096;            // a handle: a column and a category of 256 bytes each, escaped
constexpr std::size_t kModelTermBytesMax = 16 * 1024;  // an interaction of eight columns and their levels
constexpr std::uint32_t kDepthMax = 16;

enum class KeyKind : std::uint8_t { kNull, kInteger, kText };

void write_node(Writer& writer, const Node& node) {
  writer.u8(static_cast<std::uint8_t>(node.kind));
  switch (node.kind) {
    case NodeKind::kFeature:
      writer.text(node.handle);
      writer.u8(node.is_signed ? 1 : 0);
      break;
    case NodeKind::kLinear:
      writer.u32(static_cast<std::uint32_t>(node.terms.size()));
      for (const Term& term : node.terms) {
        writer.u32(static_cast<std::uint32_t>(term.coefficient));
        writer.u32(term.node.value);
      }
      break;
    case NodeKind::kProduct:
      writer.u32(node.left.value);
      writer.u32(node.right.value);
      break;
    case NodeKind::kAlign:
      writer.u32(node.left.value);
      break;
  }
}

void write_affine(Writer& writer, const Affine& affine) {
  writer.f64(affine.centre);
  writer.f64(affine.half_width);
  writer.u8(affine.integral ? 1 : 0);
}

void write_expansion(Writer& writer, const Expansion& expansion) {
  writer.u32(static_cast<std::uint32_t>(expansion.size()));
  for (const BasisTerm& term : expansion) {
    writer.u32(term.index);
    writer.f64(term.coefficient);
  }
}

void write_model(Writer& writer, const PlanModel& model) {
  writer.text(model.formula);
  writer.u32(static_cast<std::uint32_t>(model.terms.size()));
  for (const std::string& term : model.terms) writer.text(term);
  writer.u8(model.intercept ? 1 : 0);
  writer.f64(model.ridge);
  writer.u8(model.weights ? 1 : 0);
  if (model.weights) write_affine(writer, *model.weights);
  writer.u32(model.basis);
  for (const Expansion& column : model.columns) write_expansion(writer, column);
  write_expansion(writer, model.response);
}

void write_item(Writer& writer, const PlanItem& item) {
  writer.u32(static_cast<std::uint32_t>(item.names.size()));
  for (const std::string& name : item.names) writer.text(name);
  writer.u8(static_cast<std::uint8_t>(item.statistic));
  writer.u32(item.key);
  write_affine(writer, item.x);
  write_affine(writer, item.y);
  writer.u32(item.strata);
  writer.u32(item.rows);
  writer.f64(item.parameter);
  writer.u32(static_cast<std::uint32_t>(item.breaks.size()));
  for (const double at : item.breaks) writer.f64(at);
  writer.f64(item.step);
  writer.u32(item.sums);
  writer.u8(item.model ? 1 : 0);
  if (item.model) write_model(writer, *item.model);
  writer.u8(item.survival ? 1 : 0);
  if (item.survival) write_survival(writer, *item.survival);
  if (item.outcomes) write_outcomes(writer, *item.outcomes);
}

void write_key(Writer& writer, const GroupKey& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key)) {
    writer.u8(static_cast<std::uint8_t>(KeyKind::kInteger));
    writer.i64(*number);
  } else if (const auto* text = std::get_if<std::string>(&key)) {
    writer.u8(static_cast<std::uint8_t>(KeyKind::kText));
    writer.text(*text);
  } else {
    writer.u8(static_cast<std::uint8_t>(KeyKind::kNull));
  }
}

void write_group(Writer& writer, const PlanGroup& group) {
  for (const GroupKey& key : group.keys) write_key(writer, key);
  writer.u32(group.n.value);
  for (const CellMoments& cell : group.cells) {
    for (const MomentId id : {cell.n, cell.x1, cell.y1, cell.x2, cell.y2, cell.xy}) writer.u32(id.value);
  }
  for (const MomentId id : group.sums) writer.u32(id.value);
  writer.u32(static_cast<std::uint32_t>(group.guards.size()));
  for (const MomentId id : group.guards) writer.u32(id.value);
}

/// Reads one plan; every index is checked against what has been read before it.
class PlanReader {
 public:
  explicit PlanReader(ByteView bytes) : reader_(bytes, "plan") {}

  Result<Plan> run() {
    MC_TRY(const ByteView magic, reader_.raw(kMagic.size()));
    if (text_of(magic) != kMagic) return fail(reader_.error("this is not a plan of version 06"));
    MC_TRY(plan_.dataset, reader_.text(kTextBytesMax));
    MC_TRY(plan_.schema_hash, reader_.hash());
    MC_TRY(plan_.profile, reader_.text(kTextBytesMax));
    MC_TRY(plan_.sql, reader_.text(kSqlBytesMax));
    plan_.person = for_person_in(plan_.sql);
    MC_TRY(plan_.depth, reader_.u32());
    MC_TRY_STATUS(read_nodes());
    MC_TRY_STATUS(read_moments());
    MC_TRY_STATUS(read_items());
    MC_TRY_STATUS(read_group_columns());
    MC_TRY_STATUS(read_groups());
    MC_TRY_STATUS(read_training());
    MC_TRY_STATUS(read_comparisons());
    MC_TRY_STATUS(read_parameters_of_plan());
    MC_TRY_STATUS(read_computed_columns());
    if (const Status made = check_made_columns(plan_); !made) return fail(reader_.error(made.error().message));
    MC_TRY_STATUS(reader_.finish());
    return std::move(plan_);
  }

 private:
  Status read_nodes() {
    MC_TRY(const std::uint32_t count, reader_.count(kNodesMax, 5));
    std::set<std::string> handles;
    for (std::uint32_t i = 0; i < count; ++i) {
      MC_TRY(const Node node, read_node());
      if (node.kind == NodeKind::kFeature && !handles.insert(node.handle).second) {
        return fail(reader_.error("the feature " + node.handle + " stands twice"));
      }
      if (node.depth > kDepthMax) return fail(reader_.error("a product is deeper than any profile"));
      plan_.nodes.push_back(node);
    }
    used_.assign(count, false);
    for (const Node& node : plan_.nodes) {
      if (node.kind == NodeKind::kProduct || node.kind == NodeKind::kAlign) used_[node.left.value] = true;
      if (node.kind == NodeKind::kProduct) used_[node.right.value] = true;
      for (const Term& term : node.terms) used_[term.node.value] = true;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const Node& node = plan_.nodes[i];
      const bool uneven =
          node.kind == NodeKind::kProduct && plan_.node(node.left).depth != plan_.node(node.right).depth;
      if (uneven && used_[i])
        return fail(reader_.error("a product of factors of unequal depth is used by another node"));
    }
    return {};
  }

  Result<NodeId> earlier_node() {
    MC_TRY(const std::uint32_t id, reader_.u32());
    if (id >= plan_.nodes.size()) return fail(reader_.error("a node is used before it stands"));
    return NodeId(id);
  }

  Result<Node> read_node() {
    Node node;
    MC_TRY(const std::uint8_t kind, reader_.u8());
    if (kind > static_cast<std::uint8_t>(NodeKind::kAlign)) return fail(reader_.error("unknown kind of node"));
    node.kind = static_cast<NodeKind>(kind);
    if (node.kind == NodeKind::kFeature) {
      MC_TRY(node.handle, reader_.text(kTextBytesMax));
      MC_TRY(const std::uint8_t is_signed, reader_.u8());
      if (is_signed > 1) return fail(reader_.error("a feature is signed or not"));
      node.is_signed = is_signed == 1;
      return node;
    }
    if (node.kind == NodeKind::kLinear) return read_linear();
    MC_TRY(node.left, earlier_node());
    node.depth = plan_.node(node.left).depth + 1;
    if (node.kind == NodeKind::kProduct) {
      MC_TRY(node.right, earlier_node());
      if (node.right < node.left) return fail(reader_.error("the factors of a product stand in the wrong order"));
      node.depth = std::max(node.depth, plan_.node(node.right).depth + 1);
    }
    return node;
  }

  Result<Node> read_linear() {
    Node node;
    node.kind = NodeKind::kLinear;
    MC_TRY(const std::uint32_t count, reader_.count(kTermsMax, 8));
    if (count == 0) return fail(reader_.error("an empty linear combination"));
    for (std::uint32_t i = 0; i < count; ++i) {
      MC_TRY(const std::uint32_t coefficient, reader_.u32());
      MC_TRY(const NodeId id, earlier_node());
      if (coefficient == 0) return fail(reader_.error("a coefficient is zero"));
      if (i > 0 && id <= node.terms.back().node) return fail(reader_.error("terms stand in the wrong order"));
      if (plan_.node(id).kind == NodeKind::kLinear) return fail(reader_.error("a combination inside a combination"));
      if (i > 0 && plan_.node(id).depth != node.depth) return fail(reader_.error("terms of unequal depth are added"));
      node.depth = plan_.node(id).depth;
      node.terms.push_back({static_cast<std::int32_t>(coefficient), id});
    }
    return node;
  }

  Status read_moments() {
    MC_TRY(const std::uint32_t count, reader_.count(kAnswersMax, 4));
    std::vector<bool> released(plan_.nodes.size(), false);
    std::uint32_t depth = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      MC_TRY(const NodeId id, earlier_node());
      if (released[id.value]) return fail(reader_.error("a sum is released twice"));
      released[id.value] = true;
      depth = std::max(depth, plan_.node(id).depth);
      plan_.moments.push_back(id);
    }
    for (std::size_t i = 0; i < released.size(); ++i) {
      if (!released[i] && !used_[i]) return fail(reader_.error("a node is not used"));
    }
    if (depth != plan_.depth) {
      return fail(reader_.error("the plan says depth " + std::to_string(plan_.depth) + ", its sums have " +
                                std::to_string(depth)));
    }
    return {};
  }

  Result<Affine> read_affine() {
    Affine affine;
    MC_TRY(affine.centre, reader_.f64());
    MC_TRY(affine.half_width, reader_.f64());
    MC_TRY(const std::uint8_t integral, reader_.u8());
    if (!std::isfinite(affine.centre) || !std::isfinite(affine.half_width) || affine.half_width <= 0 || integral > 1) {
      return fail(reader_.error("a column's range cannot be meant"));
    }
    affine.integral = integral == 1;
    return affine;
  }

  Result<Expansion> read_expansion(std::uint32_t basis) {
    MC_TRY(const std::uint32_t count, reader_.count(basis, 12));
    Expansion expansion;
    for (std::uint32_t i = 0; i < count; ++i) {
      BasisTerm term;
      MC_TRY(term.index, reader_.u32());
      MC_TRY(term.coefficient, reader_.f64());
      if (term.index >= basis || (i > 0 && term.index <= expansion.back().index)) {
        return fail(reader_.error("the terms of a model's column stand in the wrong order"));
      }
      if (!std::isfinite(term.coefficient) || term.coefficient == 0) {
        return fail(reader_.error("a term of a model's column cannot be meant"));
      }
      expansion.push_back(term);
    }
    return expansion;
  }

  Result<bool> read_flag() {
    MC_TRY(const std::uint8_t flag, reader_.u8());
    if (flag > 1) return fail(reader_.error("a flag is neither 0 nor 1"));
    return flag == 1;
  }

  Result<PlanModel> read_model() {
    PlanModel model;
    MC_TRY(model.formula, reader_.text(kSqlBytesMax));
    MC_TRY(const std::uint32_t terms, reader_.count(kModelColumnsMax, 4));
    for (std::uint32_t i = 0; i < terms; ++i) {
      MC_TRY(std::string name, reader_.text(kModelTermBytesMax));
      model.terms.push_back(std::move(name));
    }
    MC_TRY(model.intercept, read_flag());
    MC_TRY(model.ridge, reader_.f64());
    if (!std::isfinite(model.ridge) || model.ridge < 0) return fail(reader_.error("a penalty cannot be meant"));
    MC_TRY(const bool weighted, read_flag());
    if (weighted) {
      MC_TRY(model.weights, read_affine());
    }
    MC_TRY(model.basis, reader_.u32());
    if (model.basis == 0 || model.basis > kModelColumnsMax) {
      return fail(reader_.error("a model has no monomials, or too many"));
    }
    for (std::uint32_t i = 0; i < terms; ++i) {
      MC_TRY(Expansion column, read_expansion(model.basis));
      model.columns.push_back(std::move(column));
    }
    MC_TRY(model.response, read_expansion(model.basis));
    if (model.intercept && (model.columns.empty() || model.columns.front() != Expansion{{0, 1}})) {
      return fail(reader_.error("the first column of a model is not its intercept"));
    }
    return model;
  }

  Status read_sums(PlanItem& item) {
    MC_TRY(item.sums, reader_.u32());
    MC_TRY(const bool has_model, read_flag());
    if (has_model) {
      MC_TRY(item.model, read_model());
    }
    MC_TRY(const bool has_survival, read_flag());
    if (has_survival) {
      MC_TRY(item.survival, read_survival(reader_));
    }
    const bool trained_cox = item.statistic == Statistic::kCox && has_model;
    const bool of_survival = is_survival(item.statistic) && !trained_cox;
    const bool of_outcomes = item.statistic == Statistic::kLogisticRegression && !has_model;
    if (has_survival != of_survival || has_model != (is_model(item.statistic) && !of_survival && !of_outcomes)) {
      return fail(reader_.error("an item and its model do not belong together"));
    }
    if (of_outcomes) {
      MC_TRY(item.outcomes, read_outcomes(reader_));
    }
    if (item.sums != sum_count(item)) return fail(reader_.error("an item has the wrong number of sums"));
    return {};
  }

  Result<PlanItem> read_item() {
    PlanItem item;
    MC_TRY(const std::uint32_t names, reader_.count(kItemColumnsMax, 4));
    for (std::uint32_t i = 0; i < names; ++i) {
      MC_TRY(std::string name, reader_.text(kTextBytesMax));
      item.names.push_back(std::move(name));
    }
    MC_TRY(const std::uint8_t statistic, reader_.u8());
    if (statistic > static_cast<std::uint8_t>(kLastStatistic)) return fail(reader_.error("unknown statistic"));
    item.statistic = static_cast<Statistic>(statistic);
    MC_TRY(item.key, reader_.u32());
    MC_TRY(item.x, read_affine());
    MC_TRY(item.y, read_affine());
    MC_TRY(item.strata, reader_.u32());
    if (item.strata == 0 || item.strata > kAnswersMax) return fail(reader_.error("an item has no strata, or too many"));
    MC_TRY(item.rows, reader_.u32());
    const bool is_table = item.statistic == Statistic::kChiSquareTest;
    if (item.rows == 0 || item.strata % item.rows != 0 || (item.rows != 1 && !is_table)) {
      return fail(reader_.error("the strata do not fit the table's rows"));
    }
    MC_TRY(item.parameter, reader_.f64());
    if (!(item.parameter >= 0 && item.parameter <= 1)) return fail(reader_.error("a parameter is outside of 0 to 1"));
    MC_TRY(const std::uint32_t breaks, reader_.count(kAnswersMax + 1, 8));
    for (std::uint32_t i = 0; i < breaks; ++i) {
      MC_TRY(const double at, reader_.f64());
      const bool ascends = i == 0 || at > item.breaks.back() || (i + 1 == breaks && at == item.breaks.back());
      if (!std::isfinite(at) || !ascends) {
        return fail(reader_.error("breaks do not ascend"));
      }
      item.breaks.push_back(at);
    }
    const std::size_t bins = item.strata / strata_per_bin(item.statistic);
    if (item.breaks.size() != (takes_edges(item.statistic) ? bins + 1 : 0)) {
      return fail(reader_.error("the breaks do not fit the bins"));
    }
    MC_TRY(item.step, reader_.f64());
    const bool binned = !item.breaks.empty(), has_one = binned || reads_values(item.statistic);
    const double low = binned ? item.breaks.front() : 0, high = binned ? item.breaks.back() : item.step;
    if (item.step != 0 && !(has_one && data::complaint_about_step(item.step, low, high).empty())) {
      return fail(reader_.error("a step cannot be meant"));
    }
    if (column_count(item) == 0 || column_count(item) != item.names.size()) {
      return fail(reader_.error("an item has the wrong number of columns"));
    }
    MC_TRY_STATUS(read_sums(item));
    return item;
  }

  Status read_items() {
    MC_TRY(const std::uint32_t count, reader_.count(kSelectItemsMax, 64));
    std::size_t cells = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      MC_TRY(PlanItem item, read_item());
      cells += item.strata;
      cells += item.sums;
      if (cells > kCellsMax) return fail(reader_.error("the items have too many strata"));
      plan_.items.push_back(std::move(item));
    }
    return {};
  }

  Status read_group_columns() {
    MC_TRY(const std::uint32_t group_columns, reader_.count(kGroupColumnsMax, 4));
    for (std::uint32_t i = 0; i < group_columns; ++i) {
      MC_TRY(std::string name, reader_.text(kTextBytesMax));
      plan_.group_columns.push_back(std::move(name));
    }
    for (const PlanItem& item : plan_.items) {
      const std::size_t keys = item.statistic == Statistic::kKey ? group_columns : 1;
      if (item.key >= keys) return fail(reader_.error("a key column does not exist"));
    }
    return {};
  }

  Result<GroupKey> read_key() {
    MC_TRY(const std::uint8_t kind, reader_.u8());
    if (kind == static_cast<std::uint8_t>(KeyKind::kNull)) return GroupKey{};
    if (kind == static_cast<std::uint8_t>(KeyKind::kInteger)) {
      MC_TRY(const std::int64_t number, reader_.i64());
      return GroupKey{number};
    }
    if (kind != static_cast<std::uint8_t>(KeyKind::kText)) return fail(reader_.error("unknown kind of group key"));
    MC_TRY(std::string text, reader_.text(kTextBytesMax));
    return GroupKey{std::move(text)};
  }

  Result<MomentId> read_moment_id() {
    MC_TRY(const std::uint32_t id, reader_.u32());
    if (id >= plan_.moments.size() && MomentId(id) != kZeroMoment) return fail(reader_.error("a sum does not exist"));
    return MomentId(id);
  }

  bool is_trained() const {
    if (plan_.items.empty()) return false;
    const PlanItem& item = plan_.items[0];
    return item.model && (item.statistic == Statistic::kLogisticRegression || item.statistic == Statistic::kCox);
  }

  /// A trained model stands alone: it has no nodes, sums or groups, and as many coefficients as its item has terms.
  Status read_training() {
    MC_TRY(const bool trained, read_flag());
    if (trained != is_trained()) return fail(reader_.error("a trained model and its item do not belong together"));
    if (!trained) return {};
    MC_TRY(plan_.training, read_logistic_plan(reader_));
    if (plan_.items.size() != 1 || !plan_.nodes.empty() || !plan_.moments.empty() || !plan_.group_columns.empty()) {
      return fail(reader_.error("a trained model does not stand alone"));
    }
    const PlanModel& model = *plan_.items[0].model;
    const LogisticPlan& training = *plan_.training;
    const bool is_cox = plan_.items[0].statistic == Statistic::kCox;
    const std::size_t size = training.released_size();
    const bool agrees = model.terms.size() == size && model.basis == size && is_cox == training.is_cox() &&
                        model.intercept == (training.intercept && !is_cox);
    if (!agrees) return fail(reader_.error("a trained model has other coefficients than its item"));
    return {};
  }

  Status read_comparisons() {
    MC_TRY(const std::uint32_t count, reader_.count(kComparisonsMax, 64));
    for (std::uint32_t i = 0; i < count; ++i) {
      MC_TRY(PlanComparison comparison, read_comparison(reader_));
      plan_.comparisons.push_back(std::move(comparison));
    }
    return {};
  }

  Status read_computed_columns() {
    MC_TRY(const std::uint32_t count, reader_.count(kComputedMax, 12));
    for (std::uint32_t i = 0; i < count; ++i) {
      MC_TRY(PlanComputed column, read_computed(reader_));
      plan_.computed.push_back(std::move(column));
    }
    MC_TRY(const std::uint32_t scores, reader_.count(kScoresMax, 24));
    for (std::uint32_t i = 0; i < scores; ++i) {
      MC_TRY(PlanScore score, read_score(reader_));
      plan_.scores.push_back(std::move(score));
    }
    return {};
  }

  /// Exactly the numbers that nodes read; every group is guarded by the list that WHERE asks for, if there is one.
  Status read_parameters_of_plan() {
    MC_TRY(plan_.parameters, read_parameters(reader_));
    std::vector<std::string> wanted;
    for (const std::string& handle : features_of(plan_)) {
      if (is_parameter_handle(handle)) wanted.push_back(handle);
    }
    std::vector<std::string> found;
    for (const ParameterFeature& feature : plan_.parameters.features) found.push_back(feature.handle);
    if (wanted != found) return fail(reader_.error("the numbers of parameters are not those that the plan reads"));
    if (!plan_.parameters.criterion) return {};
    const std::size_t guards = plan_.parameters.list[*plan_.parameters.criterion].categories.size();
    for (const PlanGroup& group : plan_.groups) {
      if (group.guards.size() != guards) return fail(reader_.error("a group has the wrong number of guards"));
    }
    return {};
  }

  Status read_groups() {
    const std::size_t cells = plan_.cell_count();
    const std::size_t sums = plan_.sum_count();
    const std::size_t group_bytes = plan_.group_columns.size() + 8 + 24 * cells + 4 * sums;
    MC_TRY(const std::uint32_t count, reader_.count(kAnswersMax, group_bytes));
    if (is_trained()) {
      if (count == 0) return {};
      return fail(reader_.error("a trained model has groups"));
    }
    if (count == 0 || (plan_.group_columns.empty() && count != 1)) return fail(reader_.error("wrong number of groups"));
    for (std::uint32_t i = 0; i < count; ++i) {
      PlanGroup group;
      for (std::size_t k = 0; k < plan_.group_columns.size(); ++k) {
        MC_TRY(GroupKey key, read_key());
        group.keys.push_back(std::move(key));
      }
      MC_TRY(group.n, read_moment_id());
      if (group.n == kZeroMoment) return fail(reader_.error("a group is empty by construction"));
      for (std::size_t c = 0; c < cells; ++c) {
        CellMoments cell;
        for (MomentId* id : {&cell.n, &cell.x1, &cell.y1, &cell.x2, &cell.y2, &cell.xy}) {
          MC_TRY(*id, read_moment_id());
        }
        group.cells.push_back(cell);
      }
      for (std::size_t s = 0; s < sums; ++s) {
        MC_TRY(const MomentId id, read_moment_id());
        group.sums.push_back(id);
      }
      MC_TRY(const std::uint32_t guards, reader_.count(kAnswersMax, 4));
      for (std::uint32_t g = 0; g < guards; ++g) {
        MC_TRY(const MomentId id, read_moment_id());
        group.guards.push_back(id);
      }
      plan_.groups.push_back(std::move(group));
    }
    return {};
  }

  Reader reader_;
  Plan plan_;
  std::vector<bool> used_;
};

}  // namespace

Bytes canonical_bytes(const Plan& plan) {
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.text(plan.dataset);
  writer.hash(plan.schema_hash);
  writer.text(plan.profile);
  writer.text(plan.sql);
  writer.u32(plan.depth);
  writer.u32(static_cast<std::uint32_t>(plan.nodes.size()));
  for (const Node& node : plan.nodes) write_node(writer, node);
  writer.u32(static_cast<std::uint32_t>(plan.moments.size()));
  for (const NodeId id : plan.moments) writer.u32(id.value);
  writer.u32(static_cast<std::uint32_t>(plan.items.size()));
  for (const PlanItem& item : plan.items) write_item(writer, item);
  writer.u32(static_cast<std::uint32_t>(plan.group_columns.size()));
  for (const std::string& name : plan.group_columns) writer.text(name);
  writer.u32(static_cast<std::uint32_t>(plan.groups.size()));
  for (const PlanGroup& group : plan.groups) write_group(writer, group);
  writer.u8(plan.training ? 1 : 0);
  if (plan.training) write_logistic_plan(writer, *plan.training);
  writer.u32(static_cast<std::uint32_t>(plan.comparisons.size()));
  for (const PlanComparison& comparison : plan.comparisons) write_comparison(writer, comparison);
  write_parameters(writer, plan.parameters);
  writer.u32(static_cast<std::uint32_t>(plan.computed.size()));
  for (const PlanComputed& column : plan.computed) write_computed(writer, column);
  writer.u32(static_cast<std::uint32_t>(plan.scores.size()));
  for (const PlanScore& score : plan.scores) write_score(writer, score);
  return std::move(writer).bytes();
}

Result<Plan> read_plan(ByteView bytes) {
  if (bytes.size() > kPlanBytesMax) {
    return fail(Code::kLimit, "a plan has " + std::to_string(bytes.size()) + " bytes, " +
                                  std::to_string(kPlanBytesMax) + " are allowed");
  }
  MC_TRY(Plan plan, PlanReader(bytes).run());
  // One encoding per plan, whatever two spellings a field might have (a negative zero, say).
  const Bytes own = canonical_bytes(plan);
  if (!std::equal(own.begin(), own.end(), bytes.begin(), bytes.end())) {
    return fail(Code::kCorrupt, "the plan is not in its canonical encoding");
  }
  return plan;
}

Hash256 plan_hash(const Plan& plan) {
  return Sha256("medcommons/plan/6").update_sized(canonical_bytes(plan)).finish();
}

}  // namespace mc::query
