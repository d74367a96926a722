// SPDX-License-Identifier: Apache-2.0
#include "query/release/empty_reference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

namespace mc::query {
namespace {

/// Of a term like "armB" the variable of the formula, "arm": the longest that it begins with and goes beyond.
std::string_view factor_of(std::string_view term, std::string_view formula) {
  const std::size_t tilde = formula.find('~');
  if (tilde == std::string_view::npos || term.find(':') != std::string_view::npos) return {};
  const std::string_view right = formula.substr(tilde + 1);
  const auto is_apart = [&](std::size_t at) {
    return at >= right.size() || std::string_view(" +*:^-/()%,").find(right[at]) != std::string_view::npos;
  };
  for (std::size_t length = term.size(); length-- > 1;) {
    const std::string_view name = term.substr(0, length);
    for (std::size_t at = right.find(name); at != std::string_view::npos; at = right.find(name, at + 1)) {
      if ((at == 0 || is_apart(at - 1)) && (is_apart(at + length) || name.back() == ')')) return name;
    }
  }
  return {};
}

bool has_part(std::string_view term, std::string_view part) {
  for (std::size_t at = 0; at <= term.size();) {
    const std::size_t end = std::min(term.find(':', at), term.size());
    if (term.substr(at, end - at) == part) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::vector<EmptyReference> empty_references(const PlanModel& model, const std::function<double(std::size_t)>& square,
                                             double whole, double margin) {
  std::vector<EmptyReference> found;
  if (!model.intercept || !(whole > margin)) return found;
  for (std::size_t first = 1; first < model.terms.size(); ++first) {
    const std::string_view factor = factor_of(model.terms[first], model.formula);
    if (factor.empty() || factor_of(model.terms[first - 1], model.formula) == factor) continue;
    double sum = 0;
    std::size_t instead = model.terms.size();
    for (std::size_t j = first; j < model.terms.size() && factor_of(model.terms[j], model.formula) == factor; ++j) {
      const double persons = square(j);
      sum += persons;
      if (persons > margin) instead = std::min(instead, j);
    }
    if (instead == model.terms.size() || std::fabs(sum - whole) > margin) continue;
    found.push_back({std::string(factor), model.terms[instead].substr(factor.size()), instead});
  }
  return found;
}

std::vector<std::size_t> order_of_terms(const PlanModel& model, const std::vector<EmptyReference>& references) {
  std::vector<std::size_t> order(model.terms.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_partition(order, [&](std::size_t j) {
    return std::ranges::none_of(references, [&](const EmptyReference& reference) {
      return has_part(model.terms[j], model.terms[reference.term]);
    });
  });
  return order;
}

std::string references_text(const std::vector<EmptyReference>& references) {
  std::string text;
  for (const EmptyReference& one : references) {
    text += "Nobody who counts has the reference of " + one.factor + ": " + one.instead + " takes its place, as in R\n";
  }
  return text;
}

}  // namespace mc::query
