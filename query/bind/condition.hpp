// SPDX-License-Identifier: Apache-2.0
// WHERE after binding: where it is TRUE, as AND and OR over cell sets. NOT is gone (three-valued logic obeys De Morgan,
// so it is pushed down to single columns, where it is a set), and so is UNKNOWN: only TRUE rows count.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "query/bind/cells.hpp"

namespace mc::query {

struct Condition {
  enum class Kind : std::uint8_t { kTrue, kFalse, kCells, kAll, kAny };

  Kind kind = Kind::kTrue;
  std::uint32_t column = 0;      // kCells
  CellSet cells;                 // kCells: neither empty nor everything
  std::vector<Condition> parts;  // kAll, kAny: at least two

  static Condition never() { return {Kind::kFalse, 0, {}, {}}; }
  /// kFalse and kTrue when the set is empty or everything.
  static Condition of_cells(const Domain& domain, CellSet cells);
  /// Constants drop out, nested parts of one kind are taken in, sets of one column become one.
  static Condition all(std::vector<Condition> parts, const std::vector<Domain>& domains);
  static Condition any(std::vector<Condition> parts, const std::vector<Domain>& domains);
};

/// What a conjunction says about single columns.
using CellMap = std::map<std::uint32_t, CellSet>;

/// `condition` for persons whose columns lie in `known`.
Condition given(const Condition& condition, const CellMap& known, const std::vector<Domain>& domains);

/// Cells outside of which the condition is certainly not TRUE.
CellMap necessary_cells(const Condition& condition);

/// Conditions that all must hold, taken apart: one cell set per column, and alternatives that are not sets.
struct Conjunction {
  CellMap cells;
  std::vector<Condition> alternatives;  // kAny
};
/// Uses what is said about single columns to simplify the alternatives, until nothing changes. Empty: never TRUE.
std::optional<Conjunction> conjunction_of(const std::vector<Condition>& conditions, const std::vector<Domain>& domains);

}  // namespace mc::query
