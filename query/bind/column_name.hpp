// SPDX-License-Identifier: Apache-2.0
// From a name in the query to a column that can be asked for.
#pragma once

#include "base/result.hpp"
#include "data/schema/schema.hpp"
#include "query/parse/identifier.hpp"

namespace mc::query {

/// Index into schema.columns.
///   errors  with line:column; kNotFound with the nearest name, kInvalidArgument for a column that is not sealed
Result<std::uint32_t> sealed_column(const Identifier& name, const data::Schema& schema);

}  // namespace mc::query
