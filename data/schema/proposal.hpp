// SPDX-License-Identifier: Apache-2.0
// What proposals of tables and proposals of events have in common.
#pragma once

#include <set>
#include <span>
#include <string_view>

#include "data/record/missing.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

/// Called like a column of identifiers.
bool is_identifier_name(std::string_view name);

/// Codes that may be named: few, and each of them many times.
bool recur(std::span<const std::string_view> cells, const MissingValues& codes);

/// What the cells, trimmed, look like, those left out that `codes` holds; identifiers are not told apart from others
/// here.
Column proposed_column(std::string_view name, std::span<const std::string_view> cells, const MissingValues& codes);

/// Makes `column` one of integer categories. A lone code gets a neighbour so that the range is not empty.
void describe_codes(Column& column, const std::set<double>& codes);

/// Makes `column` a measurement of a range rounded outwards, with the edges inside it.
void describe_quantity(Column& column, double minimum, double maximum);

/// Where the range can have this step; of integer columns the step is 1 without being said.
void set_step(Column& column, double step);

}  // namespace mc::data
