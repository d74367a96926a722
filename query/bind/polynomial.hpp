// SPDX-License-Identifier: Apache-2.0
// Polynomials in columns' values and indicators, multiplied out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "query/bind/cells.hpp"

namespace mc::query {

/// A product of powers of values and of indicators; empty: 1.
struct Monomial {
  std::map<std::uint32_t, std::uint32_t> powers;
  std::map<std::uint32_t, CellSet> cells;
  friend bool operator==(const Monomial&, const Monomial&) = default;
};

/// Each monomial once, in the order in which they came up.
using Polynomial = std::vector<std::pair<Monomial, double>>;

/// Nothing where indicators exclude each other: the product is 0 for everybody.
std::optional<Monomial> product_of(const Monomial& a, const Monomial& b);
Polynomial product_of(const Polynomial& a, const Polynomial& b);

/// sum + term; a coefficient that becomes 0 stays.
void add_term(Polynomial& sum, Monomial monomial, double coefficient);

}  // namespace mc::query
