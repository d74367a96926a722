// SPDX-License-Identifier: Apache-2.0
// Untrusted equations: an error with a sentence, or an equation whose text parses to itself.
#include "query/parse/score_equation.hpp"

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::query;
  const auto equation = parse_equation({reinterpret_cast<const char*>(data), size}, {});
  if (!equation) {
    MC_CHECK(!equation.error().message.empty());
    return 0;
  }
  const auto again = parse_equation(equation_text(*equation), {});
  MC_CHECK(!again || *again == *equation);  // the canonical text may be longer than what is allowed
  return 0;
}
