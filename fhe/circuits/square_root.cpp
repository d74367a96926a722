// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/square_root.hpp"

#include <cmath>

#include "fhe/circuits/minimax_choice.hpp"

namespace mc::fhe {
namespace {

Result<CircuitPlan> plan_root(const ParamsPtr& params, const SquareRootRequest& request, const CircuitInput& input,
                              MinimaxFunction function, std::string_view name) {
  if (!(request.low > 0) || !(request.low < request.high) || !std::isfinite(request.high)) {
    return fail(Code::kInvalidArgument, std::string(name) + " on [" + std::to_string(request.low) + ", " +
                                            std::to_string(request.high) + "], which is not 0 < low < high");
  }
  MC_TRY(const MinimaxTable table,
         choose_table(function, name, request.low / request.high, 1, request.max_relative_error));
  // sqrt(x) = sqrt(high) sqrt(x / high); the root of an IEEE double is the same on every machine.
  const double root = std::sqrt(request.high);
  const double factor = function == MinimaxFunction::kSquareRoot ? request.factor * root : request.factor / root;
  const ChebyshevSeries series{table.low * request.high, request.high, table.all_coefficients(factor)};
  MC_TRY(Program program,
         plan_polynomial(params, series, input.level, input.scale, {input.limbs_per_product, input.output_scale}));
  return CircuitPlan{std::move(program), table.error, {table.degree}};
}

}  // namespace

Result<CircuitPlan> plan_square_root(const ParamsPtr& params, const SquareRootRequest& request,
                                     const CircuitInput& input) {
  return plan_root(params, request, input, MinimaxFunction::kSquareRoot, "a square root");
}

Result<CircuitPlan> plan_inverse_square_root(const ParamsPtr& params, const SquareRootRequest& request,
                                             const CircuitInput& input) {
  return plan_root(params, request, input, MinimaxFunction::kInverseSquareRoot, "an inverse square root");
}

}  // namespace mc::fhe
