// SPDX-License-Identifier: Apache-2.0
// Untrusted SQL all the way to a plan over a schema with every kind of column.
#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/clinic.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::query;
  static const mc::data::Schema schema = testing::clinic_schema();
  static const LimbBudget budget = limb_budget("standard").value_or_stop();
  const auto plan = compile({reinterpret_cast<const char*>(data), size}, schema, "clinic", budget);
  if (!plan) return 0;
  MC_CHECK(read_plan(canonical_bytes(*plan)).value_or_stop() == *plan);
  explain(*plan, budget);
  return 0;
}
