// SPDX-License-Identifier: Apache-2.0
// Untrusted plan bytes: refused, or a plan that is written back to exactly these bytes and can be looked at.
#include "query/plan/accumulation.hpp"
#include "query/plan/explain.hpp"
#include "query/plan/message_range.hpp"
#include "query/plan/plan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::query;
  const mc::ByteView bytes(data, size);
  const auto plan = read_plan(bytes);
  if (!plan) return 0;
  const mc::Bytes again = canonical_bytes(*plan);
  MC_CHECK(again.size() == size && std::equal(again.begin(), again.end(), data));
  MC_CHECK(message_ranges(*plan).size() == plan->nodes.size());
  MC_CHECK(accumulation_of(*plan).is_summed.size() == plan->nodes.size());
  explain(*plan, limb_budget("standard").value_or_stop());
  return 0;
}
