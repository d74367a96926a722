// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/sigmoid.hpp"

#include "fhe/circuits/minimax_choice.hpp"

namespace mc::fhe {

Result<CircuitPlan> plan_sigmoid(const ParamsPtr& params, const SigmoidRequest& request, const CircuitInput& input) {
  if (!(request.bound > 0) || !(request.unit > 0)) {
    return fail(Code::kInvalidArgument, "a sigmoid with a bound of " + std::to_string(request.bound) +
                                            " and a unit of " + std::to_string(request.unit));
  }
  MC_TRY(const MinimaxTable table,
         choose_table(MinimaxFunction::kSigmoid, "a sigmoid", -request.bound, request.bound, request.max_error));
  ChebyshevSeries series{table.low / request.unit, table.high / request.unit, table.all_coefficients()};
  series.coefficients[0] = 0.5;
  MC_TRY(Program program,
         plan_polynomial(params, series, input.level, input.scale, {input.limbs_per_product, input.output_scale}));
  return CircuitPlan{std::move(program), table.error, {table.degree}};
}

}  // namespace mc::fhe
