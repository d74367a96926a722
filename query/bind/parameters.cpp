// SPDX-License-Identifier: Apache-2.0
#include "query/bind/parameters.hpp"

#include <algorithm>
#include <cmath>

#include "query/bind/column_name.hpp"

namespace mc::query {
namespace {

class Collector {
 public:
  explicit Collector(const ScoredQuery& scored) : scored_(scored), schema_(scored.schema) {}

  Result<BoundParameters> run() {
    const Query& query = scored_.query;
    for (std::size_t i = 0; i < query.items.size(); ++i) {
      std::optional<SealedSum>& sum = found_.sums.emplace_back();
      if (scored_.sealed_of_item[i]) {
        MC_TRY(sum, sum_of(scored_.sealed[*scored_.sealed_of_item[i]], query.items[i].at));
      } else if (!query.items[i].weights.empty()) {
        MC_TRY(sum, sum_of(query.items[i]));
      }
    }
    if (query.where) MC_TRY_STATUS(add_criteria(*query.where, true));
    if (found_.criterion) {
      for (const SelectItem& item : query.items) MC_TRY_STATUS(check_beside_list(item));
    }
    return std::move(found_);
  }

 private:
  /// sum of w_k x_k, x_k = centre + half width * x'.
  Result<SealedSum> sum_of(const SelectItem& item) {
    struct Weight {
      std::uint32_t parameter, column;
    };
    std::vector<Weight> weights;
    SealedSum sum;
    sum.reach = 0;
    for (const WeightedColumn& term : item.weights) {
      MC_TRY(const std::uint32_t column, sealed_column(term.column, schema_));
      if (!schema_.columns[column].is_numeric()) {
        return fail_at(Code::kInvalidArgument, term.column.at,
                       "a weight multiplies numbers, and " + term.column.name + " is text");
      }
      if (std::ranges::find(sum.complete, column) != sum.complete.end()) {
        return fail_at(Code::kInvalidArgument, term.column.at, term.column.name + " has two weights in one sum");
      }
      MC_TRY(const std::uint32_t parameter, parameter_index(term.parameter, {term.parameter.name, false, 0}));
      weights.push_back({parameter, column});
      sum.complete.push_back(column);
      sum.reach += std::abs(schema_.columns[column].centre()) + schema_.columns[column].half_width();
    }
    SealedSum::Part centres;
    for (const Weight& weight : weights) {
      const data::Column& column = schema_.columns[weight.column];
      Monomial value;
      value.powers[weight.column] = 1;
      sum.parts.push_back({std::move(value), {{weight.parameter, column.half_width() / sum.reach}}});
      if (column.centre() != 0) centres.weights.emplace_back(weight.parameter, column.centre() / sum.reach);
    }
    if (!centres.weights.empty()) sum.parts.push_back(std::move(centres));
    return sum;
  }

  Result<SealedSum> sum_of(const SealedScore& score, const Position& at) {
    SealedSum sum;
    sum.complete = score.complete;
    const auto count = static_cast<double>(score.monomials.size());
    sum.reach = score.scale * count;
    for (std::size_t i = 0; i < score.monomials.size(); ++i) {
      const std::string name = score.parameter(i);
      MC_TRY(const std::uint32_t parameter, parameter_index({name, at}, {name, false, 0}));
      sum.parts.push_back({score.monomials[i], {{parameter, 1 / count}}});
    }
    return sum;
  }

  Status add_criteria(const Predicate& predicate, bool may_stand) {
    if (!predicate.is_sealed()) {
      const bool inner = may_stand && predicate.kind == PredicateKind::kAnd;
      for (const Predicate& child : predicate.children) MC_TRY_STATUS(add_criteria(child, inner));
      return {};
    }
    const Identifier& name = predicate.parameter;
    if (!may_stand || found_.criterion) {
      return fail_at(Code::kUnsupported, predicate.at,
                     "not offered: a sealed list or threshold that is not joined to the rest of WHERE by AND, or a "
                     "second one");
    }
    MC_TRY(const std::uint32_t column, sealed_column(predicate.column, schema_));
    if (predicate.kind != PredicateKind::kInSealed) return add_threshold(predicate, column);
    const std::size_t categories = schema_.columns[column].categories.size();
    if (categories == 0) {
      return fail_at(Code::kInvalidArgument, predicate.column.at,
                     "a sealed list is of categories, and " + predicate.column.name + " is a measurement");
    }
    MC_TRY(found_.criterion, parameter_index(name, {name.name, true, column}));
    return {};
  }

  Status add_threshold(const Predicate& predicate, std::uint32_t column) {
    const auto bins = threshold_bins(domain_of(schema_, column), schema_);
    if (!bins) return fail_at(bins.error().code, predicate.column.at, bins.error().message);
    const bool between = predicate.kind == PredicateKind::kBetweenSealed;
    for (const Identifier* name : {&predicate.parameter, &predicate.upper}) {
      const bool is_taken = (between && predicate.parameter.name == predicate.upper.name) ||
                            std::ranges::find(found_.all, name->name, &BoundParameter::name) != found_.all.end();
      if (is_taken) return fail_at(Code::kInvalidArgument, name->at, "$" + name->name + " stands for two things");
    }
    SealedThreshold threshold{schema_.columns[column].name,
                              between ? Comparison::kGreaterOrEqual : predicate.comparison, predicate.upper.name};
    MC_TRY(found_.criterion,
           parameter_index(predicate.parameter, {predicate.parameter.name, true, column, std::move(threshold)}));
    return {};
  }

  static std::size_t bits_of(const BoundParameter& parameter, const data::Schema& schema) {
    if (!parameter.is_list) return kWeightBits;
    if (!parameter.threshold) return schema.columns[parameter.column].categories.size();
    return threshold_bins(domain_of(schema, parameter.column), schema).value_or_stop().names.size();
  }

  Result<std::uint32_t> parameter_index(const Identifier& name, BoundParameter wanted) {
    for (std::uint32_t i = 0; i < found_.all.size(); ++i) {
      if (found_.all[i].name != name.name) continue;
      if (!found_.all[i].is_list && !wanted.is_list) return i;
      return fail_at(Code::kInvalidArgument, name.at, "$" + name.name + " is a weight and a list");
    }
    bits_ += bits_of(wanted, schema_);
    if (found_.all.size() == kParametersMax || bits_ > kParameterBitsMax) {
      return fail_at(
          Code::kLimit, name.at,
          "a query seals at most " + std::to_string(kParametersMax) + " parameters of " +
              std::to_string(kParameterBitsMax) + " bits together: a weight has " + std::to_string(kWeightBits) +
              ", a list one for every category, a threshold one for every bin, a sealed model a weight for " +
              "every term and one more");
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
                           " of persons whom what is sealed chooses; count, sum and avg are");
    }
  }

  const ScoredQuery& scored_;
  const data::Schema& schema_;  // its own
  BoundParameters found_;
  std::size_t bits_ = 0;
};

}  // namespace

Result<BoundParameters> bind_parameters(const ScoredQuery& query) {
  return Collector(query).run();
}

std::optional<Predicate> visible_condition(const Predicate& where) {
  if (where.is_sealed()) return std::nullopt;
  if (where.kind != PredicateKind::kAnd) return where;
  Predicate visible = where;
  std::erase_if(visible.children, [](const Predicate& child) { return child.is_sealed(); });
  if (visible.children.size() != 1) return visible;
  Predicate only = std::move(visible.children.front());
  return only;
}

}  // namespace mc::query
