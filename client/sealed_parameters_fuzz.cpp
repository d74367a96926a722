// SPDX-License-Identifier: Apache-2.0
// Untrusted sealed parameters, as a requester hands them to custodians, and a researcher's own file.
#include "client/sealed_parameters.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  static const fhe::ParamsPtr params = fhe::Params::named("test_insecure", true).value_or_stop();
  const ByteView bytes(data, size);
  if (const auto sealed = client::decode_sealed_parameters(*params, bytes)) {
    const Bytes again = client::encode_sealed_parameters(*params, *sealed);
    MC_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  query::PlanParameters parameters;
  parameters.list = {{"w", query::ParameterKind::kWeight, {}}, {"who", query::ParameterKind::kList, {"a", "1"}}};
  const auto bits = client::read_parameters_file(parameters, text_of(bytes));
  if (bits) MC_CHECK(bits->size() == parameters.bit_count());
  return 0;
}
