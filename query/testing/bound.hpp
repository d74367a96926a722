// SPDX-License-Identifier: Apache-2.0
// For tests: questions bound to a schema.
#pragma once

#include "query/bind/bound_query.hpp"
#include "query/parse/parser.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/trial.hpp"

namespace mc::query::testing {

/// A question about the small clinic, bound to its columns.
inline Result<BoundQuery> bound_clinic(std::string_view sql) {
  MC_TRY(const Query query, parse(sql));
  return bind(query, clinic_schema(), "clinic");
}

/// A question about the small trial, bound to its columns.
inline Result<BoundQuery> bound_trial(std::string_view sql) {
  MC_TRY(const Query query, parse(sql));
  return bind(query, trial_schema(), "trial");
}

}  // namespace mc::query::testing
