// SPDX-License-Identifier: Apache-2.0
#include "query/parse/sealed_condition.hpp"

namespace mc::query {

Status seal_condition(std::vector<Identifier> names, Predicate& condition) {
  const auto not_offered = [&](const std::string& what) {
    return fail(Code::kUnsupported, names.front().at.text() + ": not offered: " + what);
  };
  if (!condition.literals.empty()) {
    return not_offered("BETWEEN of a sealed threshold and one that is not; seal both, or join two conditions");
  }
  switch (condition.kind) {
    case PredicateKind::kIn:
      condition.kind = PredicateKind::kInSealed;
      break;
    case PredicateKind::kBetween:
      condition.kind = PredicateKind::kBetweenSealed;
      condition.upper = std::move(names[1]);
      break;
    default:
      condition.kind = PredicateKind::kCompareSealed;
      if (condition.comparison != Comparison::kEqual && condition.comparison != Comparison::kNotEqual) break;
      return not_offered("= and <> of a sealed threshold; <, <=, >, >= and BETWEEN are, and IN of categories");
  }
  condition.parameter = std::move(names.front());
  return {};
}

}  // namespace mc::query
