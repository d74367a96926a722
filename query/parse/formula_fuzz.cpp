// SPDX-License-Identifier: Apache-2.0
// Untrusted formulas: an error with a sentence, or a formula whose text parses to itself.
#include "query/parse/formula.hpp"

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::query;
  if (size > 4096) return 0;
  const auto formula = parse_formula({reinterpret_cast<const char*>(data), size}, {});
  if (!formula) {
    MC_CHECK(!formula.error().message.empty());
    return 0;
  }
  const std::string text = formula_text(*formula);
  MC_CHECK(formula_text(parse_formula(text, {}).value_or_stop()) == text);
  return 0;
}
