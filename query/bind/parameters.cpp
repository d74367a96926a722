// SPDX-License-Identifier: Apache-2.0
#include "query/bind/parameters.hpp"

#include <algorithm>

#include "query/bind/column_name.hpp"

namespace mc::query {
namespace {

auto fail_at(Code code, const Position& at, const std::string& message) {
  return fail(code, at.text() + ": " + message);
}

class Collector {
 public:
  explicit Collector(const data::Schema& schema) : schema_(schema) {}

  Result<BoundParameters> run(const Query& query) {
    for (const SelectItem& item : query.items) MC_TRY_STATUS(add_weights(item));
    if (query.where) MC_TRY_STATUS(add_criteria(*query.where, true));
    if (found_.criterion) {
      for (const SelectItem& item : query.items) MC_TRY_STATUS(check_beside_list(item));
    }
    return std::move(found_);
  }

 private:
  Status add_weights(const SelectItem& item) {
    std::vector<BoundWeight> weights;
    for (const WeightedColumn& term : item.weights) {
      MC_TRY(const std::uint32_t column, sealed_column(term.column, schema_));
      if (!schema_.columns[column].is_numeric()) {
        return fail_at(Code::kInvalidArgument, term.column.at,
                       "a weight multiplies numbers, and " + term.column.name + " is text");
      }
      const bool twice = std::ranges::any_of(weights, [&](const BoundWeight& other) { return other.column == column; });
      if (twice)
        return fail_at(Code::kInvalidArgument, term.column.at, term.column.name + " has two weights in one sum");
      MC_TRY(const std::uint32_t parameter, parameter_index(term.parameter, {term.parameter.name, false, 0}));
      weights.push_back({parameter, column});
    }
    found_.weights.push_back(std::move(weights));
    return {};
  }

  Status add_criteria(const Predicate& predicate, bool may_stand) {
    if (predicate.kind != PredicateKind::kInSealed) {
      const bool inner = may_stand && predicate.kind == PredicateKind::kAnd;
      for (const Predicate& child : predicate.children) MC_TRY_STATUS(add_criteria(child, inner));
      return {};
    }
    const Identifier& name = predicate.parameter;
    if (!may_stand || found_.criterion) {
      return fail_at(Code::kUnsupported, predicate.at,
                     "not offered: a sealed list that is not joined to the rest of WHERE by AND, or a second one");
    }
    MC_TRY(const std::uint32_t column, sealed_column(predicate.column, schema_));
    const std::size_t categories = schema_.columns[column].categories.size();
    if (categories == 0) {
      return fail_at(Code::kInvalidArgument, predicate.column.at,
                     "a sealed list is of categories, and " + predicate.column.name + " is a measurement");
    }
    MC_TRY(found_.criterion, parameter_index(name, {name.name, true, column}));
    return {};
  }

  Result<std::uint32_t> parameter_index(const Identifier& name, BoundParameter wanted) {
    for (std::uint32_t i = 0; i < found_.all.size(); ++i) {
      if (found_.all[i].name != name.name) continue;
      if (!found_.all[i].is_list && !wanted.is_list) return i;
      return fail_at(Code::kInvalidArgument, name.at, "$" + name.name + " is a weight and a list");
    }
    bits_ += wanted.is_list ? schema_.columns[wanted.column].categories.size() : kWeightBits;
    if (found_.all.size() == kParametersMax || bits_ > kParameterBitsMax) {
      return fail_at(Code::kLimit, name.at,
                     "a query seals at most " + std::to_string(kParametersMax) + " parameters of " +
                         std::to_string(kParameterBitsMax) + " bits together: a weight has " +
                         std::to_string(kWeightBits) + ", a list one for every category");
    }
    found_.all.push_back(std::move(wanted));
    return static_cast<std::uint32_t>(found_.all.size() - 1);
  }

  static Status check_beside_list(const SelectItem& item) {
    switch (item.statistic) {
      case Statistic::kKey:
      case Statistic::kCountRows:
      case Statistic::kCount:
      case Statistic::kSum:
      case Statistic::kAverage:
        return {};
      default:
        return fail_at(Code::kUnsupported, item.at,
                       "not offered: " + std::string(aggregate_name(item.statistic)) +
                           " of persons whom a sealed list chooses; count, sum and avg are");
    }
  }

  const data::Schema& schema_;
  BoundParameters found_;
  std::size_t bits_ = 0;
};

}  // namespace

Result<BoundParameters> bind_parameters(const Query& query, const data::Schema& schema) {
  return Collector(schema).run(query);
}

std::optional<Predicate> visible_condition(const Predicate& where) {
  if (where.kind == PredicateKind::kInSealed) return std::nullopt;
  if (where.kind != PredicateKind::kAnd) return where;
  Predicate visible = where;
  std::erase_if(visible.children, [](const Predicate& child) { return child.kind == PredicateKind::kInSealed; });
  if (visible.children.size() != 1) return visible;
  Predicate only = std::move(visible.children.front());
  return only;
}

}  // namespace mc::query
