// SPDX-License-Identifier: Apache-2.0
// What somebody meant who writes as R, other SQL or a word processor do, where the parser stopped. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace mc::query {

/// What to write instead of what stands at `offset`, where a query ceased to be one: "equality is one =, as in sex =
/// 'F'" behind another =. Empty where nothing is known.
///   offset  at most the query's length
std::string_view meant_at(std::string_view sql, std::size_t offset);

/// The same of a function where only a column may stand: "a person's latest value is latest(series)" of last.
std::string_view history_meant_at(std::string_view sql, std::size_t offset);

}  // namespace mc::query
