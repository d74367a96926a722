// SPDX-License-Identifier: Apache-2.0
// Untrusted models: an error with a sentence, or a model whose equation reads back to itself.
#include "base/check.hpp"
#include "client/risk_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto published = client::published_risk_model(text, {});
  MC_CHECK(published || !published.error().message.empty());
  const auto model = client::risk_model_from(text, "model");
  if (!model) {
    MC_CHECK(!model.error().message.empty());
    return 0;
  }
  const auto equation = query::parse_equation(model->equation, {});
  MC_CHECK(equation && query::equation_text(*equation) == model->equation);
  return 0;
}
