// SPDX-License-Identifier: Apache-2.0
#include "query/bind/compared_cells.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "query/parse/nearest.hpp"

namespace mc::query {
namespace {

Status check_number(const Literal& literal, const data::Column& column) {
  if (literal.is_number()) return {};
  return fail_at(Code::kInvalidArgument, literal.at, column.name + " is a number: write it without quotes");
}

/// Cells with values >= the literal, or > it.
Result<CellSet> cells_above(const Literal& literal, bool strictly, const Domain& domain, const data::Schema& schema) {
  const data::Column& column = schema.columns[domain.column];
  if (!column.is_numeric()) {
    return fail_at(Code::kInvalidArgument, literal.at, column.name + " is text without an order: use =, <> or IN");
  }
  MC_TRY_STATUS(check_number(literal, column));
  auto first = cell_at(domain, schema, {literal.number(), strictly});
  if (!first) return fail_at(first.error().code, literal.at, first.error().message);
  CellSet result(domain.value_cells);
  for (std::size_t i = *first; i < domain.value_cells; ++i) result.insert(i);
  return result;
}

Result<CellSet> equal_cells(const Literal& literal, const Domain& domain, const data::Schema& schema) {
  const data::Column& column = schema.columns[domain.column];
  if (domain.kind == Domain::Kind::kOrdered) return cells_between(literal, literal, domain, schema);
  CellSet result(domain.value_cells);
  bool found = false;
  if (column.is_numeric()) {
    MC_TRY_STATUS(check_number(literal, column));
    for (std::size_t i = 0; i < domain.numbers.size(); ++i) {
      if (domain.numbers[i] != literal.number()) continue;
      result.insert(i);
      found = true;
    }
  } else if (literal.is_number()) {
    return fail_at(Code::kInvalidArgument, literal.at, column.name + " is text: write the category in 'single quotes'");
  } else {
    const auto category = std::find(column.categories.begin(), column.categories.end(), literal.text());
    found = category != column.categories.end();
    if (found) result.insert(static_cast<std::size_t>(category - column.categories.begin()));
  }
  if (found) return result;
  const std::string text = literal.is_number() ? data::number_text(literal.number()) : "'" + literal.text() + "'";
  return fail_at(Code::kInvalidArgument, literal.at,
                 column.name + " has no category " + text + "; its categories are " +
                     (column.is_binary() ? std::string("0, 1") : listed(column.categories)));
}

}  // namespace

void divide_for(Comparison comparison, const Literal& value, Domain& domain, const data::Schema& schema) {
  if (!value.is_number()) return;
  const bool at_both_sides = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
  const bool above = comparison == Comparison::kGreater || comparison == Comparison::kLessOrEqual;
  if (at_both_sides) divide_at(domain, schema, {value.number(), false});
  divide_at(domain, schema, {value.number(), at_both_sides || above});
}

Result<CellSet> cells_between(const Literal& low, const Literal& high, const Domain& domain,
                              const data::Schema& schema) {
  MC_TRY(const CellSet from, cells_above(low, false, domain, schema));
  MC_TRY(const CellSet beyond, cells_above(high, true, domain, schema));
  return from - beyond;
}

Result<CellSet> compared_cells(Comparison comparison, const Literal& value, const Domain& domain,
                               const data::Schema& schema) {
  switch (comparison) {
    case Comparison::kEqual:
      return equal_cells(value, domain, schema);
    case Comparison::kNotEqual: {
      MC_TRY(const CellSet equal, equal_cells(value, domain, schema));
      return domain.values() - equal;
    }
    case Comparison::kGreaterOrEqual:
      return cells_above(value, false, domain, schema);
    case Comparison::kGreater:
      return cells_above(value, true, domain, schema);
    case Comparison::kLess: {
      MC_TRY(const CellSet rest, cells_above(value, false, domain, schema));
      return domain.values() - rest;
    }
    case Comparison::kLessOrEqual: {
      MC_TRY(const CellSet rest, cells_above(value, true, domain, schema));
      return domain.values() - rest;
    }
  }
  MC_CHECK(false && "every comparison is handled");
}

}  // namespace mc::query
