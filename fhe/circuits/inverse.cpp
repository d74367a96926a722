// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/inverse.hpp"

#include <cmath>

#include "fhe/circuits/minimax_choice.hpp"

namespace mc::fhe {

Result<CircuitPlan> plan_inverse(const ParamsPtr& params, const InverseRequest& request, const CircuitInput& input) {
  if (!(request.low > 0) || !(request.low < request.high) || !std::isfinite(request.high)) {
    return fail(Code::kInvalidArgument, "an inverse on [" + std::to_string(request.low) + ", " +
                                            std::to_string(request.high) + "], which is not 0 < low < high");
  }
  MC_TRY(const MinimaxTable table, choose_table(MinimaxFunction::kInverse, "an inverse", request.low / request.high, 1,
                                                request.max_relative_error));
  // n / x = (n / high) / (x / high).
  const ChebyshevSeries series{table.low * request.high, request.high,
                               table.all_coefficients(request.numerator / request.high)};
  MC_TRY(Program program,
         plan_polynomial(params, series, input.level, input.scale, {input.limbs_per_product, input.output_scale}));
  return CircuitPlan{std::move(program), table.error, {table.degree}};
}

}  // namespace mc::fhe
