// SPDX-License-Identifier: Apache-2.0
// For tests: a question, parsed and written down again.
#pragma once

#include <string>

#include "query/parse/ast.hpp"
#include "query/parse/parser.hpp"

namespace mc::query::testing {

/// A question as it is written down, or the code and the sentence of its refusal.
inline std::string canonical_or_refusal(std::string_view sql) {
  const auto query = parse(sql);
  return query ? canonical_sql(*query) : std::string(code_name(query.error().code)) + " " + query.error().message;
}

}  // namespace mc::query::testing
