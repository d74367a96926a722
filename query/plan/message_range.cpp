// SPDX-License-Identifier: Apache-2.0
#include "query/plan/message_range.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

namespace mc::query {
namespace {

Interval operator+(const Interval& a, const Interval& b) {
  return {a.low + b.low, a.high + b.high};
}
Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}
Interval times(double factor, const Interval& a) {
  return factor < 0 ? Interval{factor * a.high, factor * a.low} : Interval{factor * a.low, factor * a.high};
}

bool is_cut(std::string_view feature) {
  return feature.starts_with("ge/") || feature.starts_with("gt/") || feature.starts_with("after/") ||
         feature.starts_with("above/");
}

CutPlace place_of(std::string_view cut) {
  CutPlace place{0, !cut.starts_with("ge/")};
  std::from_chars(cut.data() + cut.find('/') + 1, cut.data() + cut.size(), place.edge);
  return place;
}

/// What a combination takes of one column.
class ColumnTerms {
 public:
  /// `feature` is what stands behind the column in the handle.
  void add(std::string_view feature, bool is_signed, double coefficient) {
    if (feature == "valid") {
      valid_ += coefficient;
    } else if (feature.starts_with("is/")) {
      categories_[feature.substr(3)] += coefficient;
    } else if (is_cut(feature)) {
      cumulative_[place_of(feature)] += coefficient;
    } else if (is_signed) {
      signed_ += coefficient;
    } else {
      one_ += coefficient;
    }
  }

  /// Over every person who is present: the value is missing, and then all is 0, or it is not.
  [[nodiscard]] Interval range() const {
    Interval exclusive;  // contains 0: the category may be none of those named
    for (const auto& [category, coefficient] : categories_) exclusive = hull(exclusive, {coefficient, coefficient});
    Interval chain;
    double sum = 0;
    for (const auto& [place, coefficient] : cumulative_) {
      sum += coefficient;
      chain = hull(chain, {sum, sum});
    }
    return hull({0, 0}, Interval{valid_, valid_} + exclusive + chain + value() + times(one_, {0, 1}));
  }

  /// Of a person of whom this is known.
  [[nodiscard]] Interval range(const KnownCell& cell) const {
    if (cell.missing) return {};
    double sum = valid_;
    if (const auto found = categories_.find(cell.category); found != categories_.end()) sum += found->second;
    if (cell.beyond_cuts) {
      for (const auto& [place, coefficient] : cumulative_) {
        if (place <= cell.cut) sum += coefficient;
      }
    }
    if (cell.one) sum += one_;
    return Interval{sum, sum} + value();
  }

 private:
  [[nodiscard]] Interval value() const { return times(signed_, {-1, 1}); }

  double valid_ = 0, signed_ = 0, one_ = 0;
  std::map<std::string_view, double> categories_;
  std::map<CutPlace, double> cumulative_;
};

/// The column's part of a feature's handle, and what stands behind it; empty of "present".
std::pair<std::string_view, std::string_view> parts_of(std::string_view handle) {
  const std::size_t slash = handle.find('/');
  if (slash == std::string_view::npos) return {};
  return {handle.substr(0, slash), handle.substr(slash + 1)};
}

/// Of a number that the researcher seals: what the committee lets pass.
Interval range_of_parameter(const Plan& plan, const ParameterFeature& feature) {
  const NumberRange range = number_range(plan.parameters.list[feature.parameter]);
  return times(feature.factor, {range.low, range.high});
}

/// A sum over the categories of a sealed list, each times those who are in it: nobody is in two.
bool is_choice(const Plan& plan, const Node& linear) {
  const auto chooses = [&](NodeId id) {
    const Node& node = plan.node(id);
    const ParameterFeature* feature = node.kind == NodeKind::kFeature ? plan.parameters.find(node.handle) : nullptr;
    return feature != nullptr && feature->parameter == plan.parameters.criterion;
  };
  return plan.parameters.criterion && std::ranges::all_of(linear.terms, [&](const Term& term) {
           const Node& product = plan.node(term.node);
           return product.kind == NodeKind::kProduct && (chooses(product.left) || chooses(product.right));
         });
}

/// A node whose value features that owners seal determine by themselves.
bool is_of_features(const Plan& plan, const Node& node) {
  const auto is_sealed = [&](const Node& feature) {
    return feature.kind == NodeKind::kFeature && plan.parameters.find(feature.handle) == nullptr;
  };
  if (node.kind == NodeKind::kFeature) return is_sealed(node);
  return node.kind == NodeKind::kLinear &&
         std::ranges::all_of(node.terms, [&](const Term& term) { return is_sealed(plan.node(term.node)); });
}

/// What a plan tells apart in one column.
struct ToldApart {
  std::set<std::string_view> categories;
  std::set<CutPlace> cuts;
  bool has_one = false, has_valid = false;

  [[nodiscard]] std::vector<KnownCell> cells() const {
    std::vector<KnownCell> cells(1);
    for (const std::string_view category : categories) cells.emplace_back().category = category;
    for (const CutPlace& cut : cuts) {
      cells.emplace_back().beyond_cuts = true;
      cells.back().cut = cut;
    }
    if (has_one) cells.emplace_back().one = true;
    if (has_valid) cells.emplace_back().missing = true;
    return cells;
  }
  /// Indicators of one sort: of a column that is read in two ways, which go together is not known here.
  [[nodiscard]] bool is_simple() const {
    return (categories.empty() ? 0 : 1) + (cuts.empty() ? 0 : 1) + (has_one ? 1 : 0) <= 1;
  }
};

}  // namespace

double Interval::magnitude() const {
  return std::max(std::abs(low), std::abs(high));
}

/// A sum of features, column by column.
struct MessageRanges::Combination {
  double present = 0;
  std::map<std::string_view, ColumnTerms> columns;

  void add(const Node& feature, double coefficient) {
    const auto [column, rest] = parts_of(feature.handle);
    if (column.empty() && !feature.is_signed) {
      present += coefficient;
    } else {
      columns[column].add(rest, feature.is_signed, coefficient);
    }
  }
  [[nodiscard]] Interval range(const KnownPerson& person) const {
    Interval somebody{present, present};
    for (const auto& [column, terms] : columns) {
      const auto known = person.find(column);
      somebody = somebody + (known == person.end() ? terms.range() : terms.range(known->second));
    }
    return hull({0, 0}, somebody);  // an empty or masked slot is 0
  }
};

MessageRanges::MessageRanges(const Plan& plan) : plan_(plan), combinations_(plan.nodes.size()) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    if (!is_of_features(plan, node)) continue;
    combinations_[i] = std::make_unique<Combination>();
    if (node.kind == NodeKind::kFeature) combinations_[i]->add(node, 1);
    for (const Term& term : node.terms) combinations_[i]->add(plan.node(term.node), term.coefficient);
  }
}

MessageRanges::~MessageRanges() = default;

Interval MessageRanges::range_of(const Node& node, std::size_t index, const KnownPerson& person,
                                 const std::vector<Interval>& ranges) const {
  if (combinations_[index]) return combinations_[index]->range(person);
  if (node.kind == NodeKind::kFeature) return range_of_parameter(plan_, *plan_.parameters.find(node.handle));
  if (node.kind == NodeKind::kAlign) return ranges[node.left.value];
  if (node.kind == NodeKind::kProduct) {
    const Interval a = ranges[node.left.value];
    const Interval b = ranges[node.right.value];
    const auto [low, high] = std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
    if (node.left == node.right) return {std::max(low, 0.0), high};  // a square
    return {low, high};
  }
  if (is_choice(plan_, node)) {
    Interval one;
    for (const Term& term : node.terms) one = hull(one, times(term.coefficient, ranges[term.node.value]));
    return one;
  }
  Interval sum;
  for (const Term& term : node.terms) sum = sum + times(term.coefficient, ranges[term.node.value]);
  return sum;
}

std::vector<Interval> MessageRanges::of(const KnownPerson& person) const {
  std::vector<Interval> ranges;
  ranges.reserve(plan_.nodes.size());
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    ranges.push_back(range_of(plan_.nodes[i], i, person, ranges));
  }
  return ranges;
}

std::vector<Interval> message_ranges(const Plan& plan) {
  return MessageRanges(plan).of({});
}

std::vector<KnownPerson> person_kinds(const Plan& plan) {
  std::map<std::string_view, ToldApart> columns;
  for (const Node& node : plan.nodes) {
    if (node.kind != NodeKind::kFeature || plan.parameters.find(node.handle) != nullptr) continue;
    const auto [column, feature] = parts_of(node.handle);
    if (column.empty()) continue;
    ToldApart& told = columns[column];
    if (feature == "valid") {
      told.has_valid = true;
    } else if (feature.starts_with("is/")) {
      told.categories.insert(feature.substr(3));
    } else if (is_cut(feature)) {
      told.cuts.insert(place_of(feature));
    } else if (!node.is_signed) {
      told.has_one = true;
    }
  }
  std::vector<std::pair<std::string_view, std::vector<KnownCell>>> usable;
  for (const auto& [column, told] : columns) {
    if (told.is_simple()) usable.emplace_back(column, told.cells());
  }
  std::ranges::stable_sort(usable, [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  std::vector<KnownPerson> kinds(1);
  for (const auto& [column, cells] : usable) {
    if (cells.size() < 2 || kinds.size() * cells.size() > kPersonKindsMax) continue;
    std::vector<KnownPerson> finer;
    for (const KnownPerson& kind : kinds) {
      for (const KnownCell& cell : cells) finer.emplace_back(kind).emplace(column, cell);
    }
    kinds = std::move(finer);
  }
  return kinds;
}

}  // namespace mc::query
