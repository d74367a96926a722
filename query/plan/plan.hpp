// SPDX-License-Identifier: Apache-2.0
// A query turned into sums over persons: a graph of linear combinations and products of sealed features, the sums that
// are released, and the formulas that turn opened sums into the answer. No cryptography here; plans are tested as text.
// Its canonical bytes are what a study approves by hash, what the chain records and what every custodian recompiles.
// Invariants (read_plan checks them): children come before parents; depth of a product = 1 + the greatest of its
// factors; terms of a linear combination have equal depth (kAlign raises a shallow one) and are no combinations;
// factors of a product have equal depth unless the product is only a released sum; every node is used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"
#include "query/bind/expansion.hpp"
#include "query/parse/ast.hpp"
#include "query/plan/comparison_plan.hpp"
#include "query/plan/computed_plan.hpp"
#include "query/plan/outcome_plan.hpp"
#include "query/plan/parameter_plan.hpp"
#include "query/plan/survival_plan.hpp"
#include "query/plan/training_plan.hpp"

namespace mc::query {

using NodeId = Strong<struct NodeIdTag, std::uint32_t>;
using MomentId = Strong<struct MomentIdTag, std::uint32_t>;

/// A sum that is zero whatever the records say (for example the males among WHERE sex = 'F'); nothing is released for
/// it.
inline constexpr MomentId kZeroMoment{0xffffffff};

inline constexpr std::size_t kNodesMax = 16 * 1024;
inline constexpr std::size_t kTermsMax = 4096;             // of one linear combination
inline constexpr std::size_t kAnswersPerPolynomial = 256;  // R13
inline constexpr std::size_t kAnswersMax = 4096;
inline constexpr std::size_t kItemColumnsMax = 2 * kAnswersMax;  // of the answer, filled by one item
inline constexpr std::size_t kCellsMax = 64 * 1024;              // strata, over all items and groups
inline constexpr std::size_t kPlanBytesMax = 4 * 1024 * 1024;

enum class NodeKind : std::uint8_t {
  kFeature,  // one sealed feature after masking
  kLinear,   // sum of integer multiples of nodes
  kProduct,  // left * right
  kAlign,    // left * 1: one product deeper, same value, so that it can be added to a product
};

struct Term {
  std::int32_t coefficient = 1;  // never 0
  NodeId node;
  friend bool operator==(const Term&, const Term&) = default;
};

struct Node {
  NodeKind kind = NodeKind::kFeature;
  std::uint32_t depth = 0;  // products in sequence up to here
  std::string handle;       // kFeature; see data/packing/feature.hpp
  bool is_signed = false;   // kFeature: a standardised value in [-1, 1]; otherwise 0 or 1
  std::vector<Term> terms;  // kLinear
  NodeId left, right;       // kProduct; kAlign uses left
  friend bool operator==(const Node&, const Node&) = default;
};

/// Undoes the standardisation: x = centre + half_width * x'.
struct Affine {
  double centre = 0;
  double half_width = 1;
  bool integral = false;  // the column holds integers, so its sum is one
  friend bool operator==(const Affine&, const Affine&) = default;
};

inline constexpr std::size_t kModelColumnsMax = 1024;

/// A linear model over released sums: with m_1 = 1, m_2, … the monomials of its basis, one sum of m_i m_j per pair
/// i <= j, row by row; where persons have weights, first those sums and then as many of w' m_i m_j with the
/// standardised weight w', and with PlanItem::parameter 1 the persons of weight 0.
struct PlanModel {
  std::string formula;             // canonical
  std::vector<std::string> terms;  // names of the design columns, as R names coefficients
  bool intercept = false;          // the first column is 1
  double ridge = 0;
  std::optional<Affine> weights;
  std::uint32_t basis = 1;         // how many monomials
  std::vector<Expansion> columns;  // per term, in the records' units
  Expansion response;
  friend bool operator==(const PlanModel&, const PlanModel&) = default;

  /// How many pairs of monomials there are.
  [[nodiscard]] std::size_t pair_count() const { return std::size_t{basis} * (basis + 1) / 2; }
};

/// One item of the SELECT list: what it computes, and the columns of the answer that it fills. Its sums are taken over
/// one or more strata, each a part of the group's persons: one for avg(x), one per bin or category for a histogram.
struct PlanItem {
  std::vector<std::string> names;  // of its columns in the answer
  Statistic statistic = Statistic::kCountRows;
  std::uint32_t key = 0;  // kKey: index into Plan::group_columns
  Affine x, y;
  std::uint32_t strata = 1;
  std::uint32_t rows = 1;          // kChiSquareTest: strata are the cells of a table with so many rows, row by row
  double parameter = 0;            // quantiles: p; kChiSquareTest: 1 uncorrected; kTTest: 1 pooled; models: 1 below
  std::vector<double> breaks;      // of functions of bins: where they begin and the last one ends (Bins)
  double step = 0;                 // x's values are multiples of it, or those that breaks are of; 0: not known
  std::uint32_t sums = 0;          // of each group, besides those of its strata; in which order, the model says
  std::optional<PlanModel> model;  // of kLinearRegression, and of what is trained
  std::optional<PlanSurvival> survival;  // of kKaplanMeier and kCox
  std::optional<PlanOutcomes> outcomes;  // of kLogisticRegression where it is counted
  friend bool operator==(const PlanItem&, const PlanItem&) = default;

  /// Its sums are numbers of persons, all of them.
  [[nodiscard]] bool is_counted() const { return survival.has_value() || outcomes.has_value(); }
};

/// How many sums an item has of each group besides its strata's.
std::size_t sum_count(const PlanItem& item);

/// How many columns of the answer an item fills; 0 when it has a number of strata that its statistic cannot have.
std::size_t column_count(const PlanItem& item);
/// How many strata an item has in each of its bins: of kAuc persons with and without the outcome; of kCalibration all
/// persons, and those with the outcome.
std::size_t strata_per_bin(Statistic statistic);

/// The sums of one stratum, over persons who match and have all the item's arguments; unused ones are kZeroMoment. For
/// x and y standardised: n = sum 1, x1 = sum x', y1 = sum y', x2 = sum x'^2, y2 = sum y'^2, xy = sum x'y'.
struct CellMoments {
  MomentId n = kZeroMoment, x1 = kZeroMoment, y1 = kZeroMoment, x2 = kZeroMoment, y2 = kZeroMoment, xy = kZeroMoment;
  friend bool operator==(const CellMoments&, const CellMoments&) = default;
};

/// A group's value in one GROUP BY column: SQL's NULL group, an integer category, or a text category.
using GroupKey = std::variant<std::monostate, std::int64_t, std::string>;

struct PlanGroup {
  std::vector<GroupKey> keys;      // one per Plan::group_columns
  MomentId n;                      // persons of the group that match what is public of WHERE
  std::vector<CellMoments> cells;  // per item as many as it has strata, one item after another
  std::vector<MomentId> sums;      // per item as many as it says, one item after another
  /// Counts that custodians judge besides, and nobody else sees. Where a sealed list chooses the persons: those of each
  /// of its categories, kZeroMoment for one that WHERE excludes. Otherwise those of each category of a model's factors.
  std::vector<MomentId> guards = {};
  /// Of a part (partial_plan.hpp) that leaves strata out: what was left out of `cells`, ascending, and the counts of
  /// what stands, which are of different persons. `n` is then kZeroMoment, for it would tell who was left out.
  std::vector<std::uint32_t> cells_left_out = {};
  std::vector<MomentId> standing = {};
  friend bool operator==(const PlanGroup&, const PlanGroup&) = default;
};

struct Plan {
  std::string dataset;
  Hash256 schema_hash;
  std::string profile;
  std::string sql;          // canonical
  std::uint32_t depth = 0;  // products in sequence of the deepest sum
  std::vector<Node> nodes;
  std::vector<NodeId> moments;  // the released sums: each over all persons of one node
  std::vector<PlanItem> items;
  std::vector<std::string> group_columns;
  std::vector<PlanGroup> groups;  // exactly one, without keys, when there is no GROUP BY
  /// A model that is trained with refreshes: its answers are those of training_plan.hpp, and there are no nodes,
  /// moments or further items.
  std::optional<LogisticPlan> training;
  /// Columns that are computed before everything else, from sealed features and with refreshes; nodes and training read
  /// them by their handles as if they were sealed.
  std::vector<PlanComparison> comparisons;
  /// Columns that are computed before these comparisons, each after those that it reads: scores of risk predictors.
  std::vector<PlanComputed> computed;
  std::vector<PlanScore> scores;
  /// Numbers that the researcher seals; nodes read them by their handles as features of every person.
  PlanParameters parameters = {};
  /// Of whose record alone it is, and to whose key it is released. Part of `sql`, and read from there.
  std::optional<ForPerson> person = {};
  friend bool operator==(const Plan&, const Plan&) = default;

  /// Of one group, all items together.
  [[nodiscard]] std::size_t cell_count() const;
  [[nodiscard]] std::size_t sum_count() const;
  [[nodiscard]] const Node& node(NodeId id) const { return nodes[id.value]; }
  [[nodiscard]] std::size_t polynomial_count() const {
    return (answer_count() + kAnswersPerPolynomial - 1) / kAnswersPerPolynomial;
  }
  /// Whether custodians compute it together, each by itself and with refreshes, before anything can be released.
  [[nodiscard]] bool is_run() const { return training.has_value() || !comparisons.empty() || !computed.empty(); }
  /// Whether custodians meet in a run before anything can be released.
  [[nodiscard]] bool has_run() const { return is_run() || !parameters.empty(); }
  /// Numbers that are released.
  [[nodiscard]] std::size_t answer_count() const {
    return training ? training_answer_count(*training) : moments.size();
  }
};

/// Several GROUP BY columns make a table, whose cells are rows also when nobody is in them, as in R's table(a, b); of
/// one column, groups with somebody in them are rows, as in SQL, and so is NULL in a table (useNA = "ifany").
bool is_always_shown(const Plan& plan, const PlanGroup& group);

/// One encoding per plan; layout beside the writer in plan_bytes.cpp.
Bytes canonical_bytes(const Plan& plan);
/// Reads untrusted bytes; kCorrupt names the byte, every invariant above is checked, nothing is allocated unchecked.
Result<Plan> read_plan(ByteView bytes);
/// SHA-256 over the canonical bytes under the domain "medcommons/plan/6".
Hash256 plan_hash(const Plan& plan);

/// The handles of the features the plan reads, in order of first use: all of them, and those that owners sealed.
std::vector<std::string> features_of(const Plan& plan);
std::vector<std::string> sealed_features_of(const Plan& plan);

}  // namespace mc::query
