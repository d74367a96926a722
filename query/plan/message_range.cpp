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

Interval multiplied(const Interval& a, const Interval& b) {
  const auto [low, high] = std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
  return {low, high};
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

template <class Function>
void for_each_feature(const PlanComputed& column, const Function& function) {
  for (const PlanComputed::Product& product : column.products) {
    std::ranges::for_each(product.left, function);
    std::ranges::for_each(product.right, function);
  }
  std::ranges::for_each(column.sum, function);
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

/// Whether a computed column is one of a measurement, which may be negative, or is read by one that is: what its
/// features are by themselves is not in the plan then.
std::set<std::string_view> signed_columns(const Plan& plan) {
  std::set<std::string_view> found;
  for (const Node& node : plan.nodes) {
    if (node.kind == NodeKind::kFeature && node.is_signed) found.insert(node.handle);
  }
  for (std::size_t i = plan.computed.size(); i-- > 0;) {
    if (!found.contains(plan.computed[i].handle)) continue;
    for_each_feature(plan.computed[i], [&](const WeightedFeature& feature) { found.insert(feature.handle); });
  }
  return found;
}

/// Who has a score is computed, and is to its thresholds what a sealed column's "valid" is to its own: whoever lacks it
/// is beyond none.
bool is_known_as_computed(const std::set<std::string_view>& computed, std::string_view handle) {
  return computed.contains(handle) && !handle.ends_with("/valid");
}

/// A node whose value features that owners seal, or columns that are computed, determine by themselves.
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

/// A sum of features, column by column. Of computed columns each is one by itself.
struct MessageRanges::Combination {
  double present = 0;
  std::map<std::string_view, ColumnTerms> columns;
  std::map<std::string_view, double> computed;

  void add(std::string_view handle, bool is_signed, double coefficient) {
    const auto [column, rest] = parts_of(handle);
    if (column.empty() && !is_signed) {
      present += coefficient;
    } else {
      columns[column].add(rest, is_signed, coefficient);
    }
  }
  [[nodiscard]] Interval range(const KnownPerson& person, const RangesByHandle& of_computed) const {
    Interval somebody{present, present};
    for (const auto& [column, terms] : columns) {
      const auto known = person.find(column);
      somebody = somebody + (known == person.end() ? terms.range() : terms.range(known->second));
    }
    for (const auto& [handle, coefficient] : computed) {
      somebody = somebody + times(coefficient, of_computed.at(handle));
    }
    return hull({0, 0}, somebody);  // an empty or masked slot is 0
  }
};

/// What one layer of products makes of features.
struct MessageRanges::Made {
  std::string_view handle;
  bool is_signed = false;
  std::vector<std::pair<Combination, Combination>> products;
  Combination sum;
};

MessageRanges::MessageRanges(const Plan& plan) : plan_(plan), combinations_(plan.nodes.size()) {
  std::set<std::string_view> computed;
  const auto add = [&](std::string_view handle, bool is_signed, double coefficient, Combination& to) {
    if (is_known_as_computed(computed, handle)) {
      to.computed[handle] += coefficient;
    } else {
      to.add(handle, is_signed, coefficient);
    }
  };
  const std::set<std::string_view> is_signed = signed_columns(plan);
  for (const PlanComputed& column : plan.computed) {
    const auto combined = [&](const FeatureColumn& features) {
      Combination sum;
      for (const WeightedFeature& feature : features) {
        const bool may_be_negative = is_signed.contains(column.handle) && feature.handle.ends_with("/value");
        add(feature.handle, may_be_negative, feature.factor, sum);
      }
      return sum;
    };
    Made& made = made_.emplace_back(Made{column.handle, is_signed.contains(column.handle), {}, combined(column.sum)});
    for (const PlanComputed::Product& product : column.products) {
      made.products.emplace_back(combined(product.left), combined(product.right));
    }
    computed.insert(column.handle);
  }
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    if (!is_of_features(plan, node)) continue;
    combinations_[i] = std::make_unique<Combination>();
    if (node.kind == NodeKind::kFeature) add(node.handle, node.is_signed, 1, *combinations_[i]);
    for (const Term& term : node.terms) {
      const Node& feature = plan.node(term.node);
      add(feature.handle, feature.is_signed, term.coefficient, *combinations_[i]);
    }
  }
}

MessageRanges::~MessageRanges() = default;

/// Every column after those that it reads.
MessageRanges::RangesByHandle MessageRanges::of_computed(const KnownPerson& person) const {
  RangesByHandle ranges;
  for (const Made& made : made_) {
    Interval sum = made.sum.range(person, ranges);
    for (const auto& [left, right] : made.products) {
      sum = sum + multiplied(left.range(person, ranges), right.range(person, ranges));
    }
    // What a computed column is: an indicator, or a product of values that are at most 1 (PlanComputed).
    ranges.emplace(made.handle, Interval{std::max(sum.low, made.is_signed ? -1.0 : 0.0), std::min(sum.high, 1.0)});
  }
  return ranges;
}

Interval MessageRanges::range_of(const Node& node, std::size_t index, const KnownPerson& person,
                                 const RangesByHandle& of_computed, const std::vector<Interval>& ranges) const {
  if (combinations_[index]) return combinations_[index]->range(person, of_computed);
  if (node.kind == NodeKind::kFeature) return range_of_parameter(plan_, *plan_.parameters.find(node.handle));
  if (node.kind == NodeKind::kAlign) return ranges[node.left.value];
  if (node.kind == NodeKind::kProduct) {
    const Interval a = ranges[node.left.value];
    const Interval b = ranges[node.right.value];
    const Interval product = multiplied(a, b);
    if (node.left == node.right) return {std::max(product.low, 0.0), product.high};  // a square
    return product;
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
  const RangesByHandle computed = of_computed(person);
  std::vector<Interval> ranges;
  ranges.reserve(plan_.nodes.size());
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    ranges.push_back(range_of(plan_.nodes[i], i, person, computed, ranges));
  }
  return ranges;
}

std::vector<Interval> message_ranges(const Plan& plan) {
  return MessageRanges(plan).of({});
}

std::vector<KnownPerson> person_kinds(const Plan& plan) {
  std::map<std::string_view, ToldApart> columns;
  std::set<std::string_view> computed;
  const auto tell_apart = [&](std::string_view handle, bool is_signed) {
    const auto [column, feature] = parts_of(handle);
    if (column.empty() || is_known_as_computed(computed, handle)) return;
    ToldApart& told = columns[column];
    if (feature == "valid") {
      told.has_valid = true;
    } else if (feature.starts_with("is/")) {
      told.categories.insert(feature.substr(3));
    } else if (is_cut(feature)) {
      told.cuts.insert(place_of(feature));
    } else if (!is_signed) {
      told.has_one = true;
    }
  };
  const std::set<std::string_view> is_signed = signed_columns(plan);
  for (const PlanComputed& column : plan.computed) {
    for_each_feature(
        column, [&](const WeightedFeature& feature) { tell_apart(feature.handle, is_signed.contains(column.handle)); });
    computed.insert(column.handle);
  }
  for (const Node& node : plan.nodes) {
    if (node.kind != NodeKind::kFeature || plan.parameters.find(node.handle) != nullptr) continue;
    tell_apart(node.handle, node.is_signed);
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
