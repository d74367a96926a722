// SPDX-License-Identifier: Apache-2.0
// Untrusted sealed parameters, as a requester hands them to custodians, and a researcher's own file.
#include "client/sealed_parameters.hpp"
#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  static const fhe::ParamsPtr params = fhe::Params::named("test_insecure", true).value_or_stop();
  const ByteView bytes(data, size);
  if (const auto sealed = client::decode_sealed_parameters(*params, bytes)) {
    const Bytes again = client::encode_sealed_parameters(*params, *sealed);
    MC_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  static const data::Schema schema = query::testing::clinic_schema();
  static const query::Plan plan =
      query::compile("SELECT sum($w * age), avg(risk_score('m', '4 * [$ + $ * age + $ * sexM]')) FROM clinic WHERE "
                     "bmi BETWEEN $from AND $to",
                     schema, "clinic", query::limb_budget("standard").value_or_stop())
          .value_or_stop();
  const auto bits = client::read_parameters_file(plan, schema, text_of(bytes));
  if (bits) MC_CHECK(bits->size() == plan.parameters.bit_count());
  return 0;
}
