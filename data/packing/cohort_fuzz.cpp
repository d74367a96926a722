// SPDX-License-Identifier: Apache-2.0
// Any bytes as an owner's file: what is accepted can be inferred, fits the schema inferred from it, and is packed
// within
// [-1, 1].
#include "data/packing/cohort.hpp"
#include "data/schema/infer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::data;
  const auto table = read_csv(mc::text_of({data, size}), "fuzz.csv");
  if (!table) return 0;
  const auto proposal = infer(*table, "fuzz");
  if (!proposal) return 0;
  const auto schema = merge(std::span(&*proposal, 1));
  if (!schema) return 0;
  MC_CHECK(schema_from_json(to_json(*schema)).value_or_stop() == *schema);
  // A table fits the schema inferred from it.
  const auto cohort = Cohort::parse(*table, *schema);
  MC_CHECK(cohort.has_value());
  for (const Feature& feature : sealed_features(*schema)) {
    MC_CHECK(feature_from_handle(*schema, handle(*schema, feature)).value_or_stop() == feature);
    const auto slots = cohort->pack(feature, 0, table->row_count());
    MC_CHECK(slots.has_value());
    for (const double slot : *slots) MC_CHECK(slot >= -1 && slot <= 1);
  }
  return 0;
}
