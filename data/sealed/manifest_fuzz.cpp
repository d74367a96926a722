// SPDX-License-Identifier: Apache-2.0
// Any bytes as a manifest: what is accepted writes the same bytes again and is checked against a schema without harm.
#include <algorithm>

#include "data/sealed/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::data;
  const auto manifest = decode_manifest({data, size});
  if (!manifest) return 0;
  const mc::Bytes again = encode_manifest(*manifest);
  MC_CHECK(std::equal(again.begin(), again.end(), data, data + size));
  Schema schema;
  schema.columns = {{.name = "age", .type = ColumnType::kInteger, .minimum = 0, .maximum = 9}};
  Manifest claimed = *manifest;
  claimed.schema = schema_hash(schema);
  (void)check_manifest(claimed, schema, 8192);
  return 0;
}
