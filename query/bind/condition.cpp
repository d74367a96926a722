// SPDX-License-Identifier: Apache-2.0
#include "query/bind/condition.hpp"

namespace mc::query {
namespace {

using Kind = Condition::Kind;

/// AND (kAll) and OR (kAny) are one algorithm with the constants exchanged.
Condition joined(Kind kind, std::vector<Condition> parts, const std::vector<Domain>& domains) {
  const Kind decides = kind == Kind::kAll ? Kind::kFalse : Kind::kTrue;
  const Kind neutral = kind == Kind::kAll ? Kind::kTrue : Kind::kFalse;
  std::vector<Condition> kept;
  CellMap cells;
  std::vector<Condition> queue(std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
  while (!queue.empty()) {
    Condition part = std::move(queue.back());
    queue.pop_back();
    if (part.kind == decides) return part;
    if (part.kind == neutral) continue;
    if (part.kind == kind) {
      for (auto inner = part.parts.rbegin(); inner != part.parts.rend(); ++inner) queue.push_back(std::move(*inner));
    } else if (part.kind == Kind::kCells) {
      const auto [found, is_new] = cells.try_emplace(part.column, part.cells);
      if (!is_new) found->second = kind == Kind::kAll ? found->second & part.cells : found->second | part.cells;
    } else {
      kept.push_back(std::move(part));
    }
  }
  std::vector<Condition> result;
  for (auto& [column, set] : cells) {
    Condition part = Condition::of_cells(domains[column], std::move(set));
    if (part.kind == decides) return part;
    if (part.kind != neutral) result.push_back(std::move(part));
  }
  result.insert(result.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
  if (result.empty()) return {neutral, 0, {}, {}};
  if (result.size() == 1) {
    Condition only = std::move(result.front());
    return only;
  }
  return {kind, 0, {}, std::move(result)};
}

}  // namespace

Condition Condition::of_cells(const Domain& domain, CellSet cells) {
  if (cells.empty()) return never();
  if (domain.everything().subset_of(cells)) return {};
  return {Kind::kCells, domain.column, std::move(cells), {}};
}

Condition Condition::all(std::vector<Condition> parts, const std::vector<Domain>& domains) {
  return joined(Kind::kAll, std::move(parts), domains);
}

Condition Condition::any(std::vector<Condition> parts, const std::vector<Domain>& domains) {
  return joined(Kind::kAny, std::move(parts), domains);
}

Condition given(const Condition& condition, const CellMap& known, const std::vector<Domain>& domains) {
  switch (condition.kind) {
    case Kind::kTrue:
    case Kind::kFalse:
      return condition;
    case Kind::kCells: {
      const auto found = known.find(condition.column);
      if (found == known.end()) return condition;
      if (found->second.subset_of(condition.cells)) return {};
      return Condition::of_cells(domains[condition.column], found->second & condition.cells);
    }
    case Kind::kAll:
    case Kind::kAny:
      break;
  }
  std::vector<Condition> parts;
  for (const Condition& part : condition.parts) parts.push_back(given(part, known, domains));
  return joined(condition.kind, std::move(parts), domains);
}

CellMap necessary_cells(const Condition& condition) {
  if (condition.kind == Kind::kCells) return {{condition.column, condition.cells}};
  CellMap result;
  bool first = true;
  for (const Condition& part : condition.parts) {
    CellMap cells = necessary_cells(part);
    if (condition.kind == Kind::kAll) {
      for (auto& [column, set] : cells) {
        const auto [found, is_new] = result.try_emplace(column, set);
        if (!is_new) found->second = found->second & set;
      }
    } else if (first) {
      result = std::move(cells);
    } else {
      // An alternative that says nothing about a column allows all of it.
      std::erase_if(result, [&](const auto& entry) { return !cells.contains(entry.first); });
      for (auto& [column, set] : result) set = set | cells.at(column);
    }
    first = false;
  }
  return result;
}

std::optional<Conjunction> conjunction_of(const std::vector<Condition>& conditions,
                                          const std::vector<Domain>& domains) {
  Condition whole = Condition::all(conditions, domains);
  while (true) {
    if (whole.kind == Kind::kFalse) return std::nullopt;
    Conjunction result;
    std::vector<Condition> parts = whole.kind == Kind::kAll    ? whole.parts
                                   : whole.kind == Kind::kTrue ? std::vector<Condition>{}
                                                               : std::vector<Condition>{whole};
    for (Condition& part : parts) {
      if (part.kind == Kind::kCells) {
        result.cells.emplace(part.column, part.cells);
      } else {
        result.alternatives.push_back(std::move(part));
      }
    }
    std::vector<Condition> simpler;
    bool changed = false;
    for (const Condition& alternative : result.alternatives) {
      simpler.push_back(given(alternative, result.cells, domains));
      changed = changed || simpler.back().kind != Kind::kAny;
    }
    result.alternatives = simpler;
    if (!changed) return result;
    for (const auto& [column, set] : result.cells) simpler.push_back(Condition::of_cells(domains[column], set));
    whole = Condition::all(std::move(simpler), domains);
  }
}

}  // namespace mc::query
