// SPDX-License-Identifier: Apache-2.0
// Untrusted SQL: an error with a sentence, or a query whose canonical text parses to itself.
#include "query/parse/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::query;
  const auto query = parse({reinterpret_cast<const char*>(data), size});
  if (!query) {
    MC_CHECK(!query.error().message.empty());
    return 0;
  }
  const std::string canonical = canonical_sql(*query);
  const auto again = parse(canonical);
  // Canonical text can outgrow the limit on what may be typed, and one level of parentheses can become two.
  if (!again) {
    MC_CHECK(again.error().code == mc::Code::kLimit);
    return 0;
  }
  MC_CHECK(canonical_sql(*again) == canonical);
  return 0;
}
