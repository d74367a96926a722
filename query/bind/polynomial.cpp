// SPDX-License-Identifier: Apache-2.0
#include "query/bind/polynomial.hpp"

#include <algorithm>

namespace mc::query {

std::optional<Monomial> product_of(const Monomial& a, const Monomial& b) {
  Monomial result = a;
  for (const auto& [column, power] : b.powers) result.powers[column] += power;
  for (const auto& [column, cells] : b.cells) {
    const auto [found, is_new] = result.cells.try_emplace(column, cells);
    if (!is_new) found->second = found->second & cells;
    if (found->second.empty()) return std::nullopt;
  }
  return result;
}

void add_term(Polynomial& sum, Monomial monomial, double coefficient) {
  const auto found = std::find_if(sum.begin(), sum.end(), [&](const auto& term) { return term.first == monomial; });
  if (found != sum.end()) {
    found->second += coefficient;
  } else {
    sum.emplace_back(std::move(monomial), coefficient);
  }
}

Polynomial product_of(const Polynomial& a, const Polynomial& b) {
  Polynomial result;
  for (const auto& [left, p] : a) {
    for (const auto& [right, q] : b) {
      auto monomial = product_of(left, right);
      if (monomial) add_term(result, std::move(*monomial), p * q);
    }
  }
  return result;
}

}  // namespace mc::query
