// SPDX-License-Identifier: Apache-2.0
// Any bytes as a schema: what is accepted is valid, writes one form, and can be described and merged with itself.
#include "data/schema/infer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::data;
  const auto schema = schema_from_json(mc::text_of({data, size}));
  if (!schema) return 0;
  const std::string json = to_json(*schema);
  const auto again = schema_from_json(json);
  MC_CHECK(again.has_value() && *again == *schema && to_json(*again) == json);
  MC_CHECK(!describe(*schema).empty());
  const Schema twice[] = {*schema, *schema};
  const auto merged = merge(twice);
  MC_CHECK(merged.has_value());
  return 0;
}
