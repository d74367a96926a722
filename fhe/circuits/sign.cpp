// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/sign.hpp"

#include <cmath>

#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

Result<SignTable> table_of(std::uint32_t bits) {
  for (const SignTable& table : sign_tables()) {
    if (table.bits == bits) return table;
  }
  return fail(Code::kUnsupported, "a sign to " + std::to_string(bits) + " bits is not there; there are " +
                                      std::to_string(sign_tables().front().bits) + " to " +
                                      std::to_string(sign_tables().back().bits));
}

std::uint32_t degree_of(const SignStage& stage) {
  return 2 * static_cast<std::uint32_t>(stage.coefficients.size()) - 1;
}

}  // namespace

Result<std::uint32_t> sign_levels(std::uint32_t bits) {
  MC_TRY(const SignTable table, table_of(bits));
  std::uint32_t levels = 0;
  for (const SignStage& stage : table.stages) levels += polynomial_depth(degree_of(stage));
  return levels;
}

Result<double> sign_error(std::uint32_t bits) {
  MC_TRY(const SignTable table, table_of(bits));
  return table.stages.back().error;
}

Result<Register> append_sign(Program& program, Register x, std::uint32_t bits, std::uint32_t limbs_per_product,
                             const Scale& output_scale, double factor, double offset,
                             std::vector<std::uint32_t>& degrees) {
  MC_TRY(const SignTable table, table_of(bits));
  MC_TRY(const std::uint32_t levels, sign_levels(bits));
  if (limbs_per_product != 1 && limbs_per_product != 2) {
    return fail(Code::kInvalidArgument,
                "a sign with " + std::to_string(limbs_per_product) + " limbs per product, not 1 or 2");
  }
  const Level level = program.value(x).level;
  if (level.value < limbs_per_product * (levels + 1)) {
    return fail(Code::kLimit, "level " + std::to_string(level.value) + " left, a sign to " + std::to_string(bits) +
                                  " bits needs " + std::to_string(limbs_per_product * (levels + 1)));
  }
  const Scale between = program.value(x).scale;
  Register current = x;
  for (const SignStage& stage : table.stages) {
    const bool is_last = &stage == &table.stages.back();
    ChebyshevSeries series{-1, 1, std::vector<double>(degree_of(stage) + 1)};
    for (std::size_t i = 0; i < stage.coefficients.size(); ++i) {
      series.coefficients[2 * i + 1] = (is_last ? factor : 1) * stage.coefficients[i];
    }
    if (is_last) series.coefficients[0] = offset;
    const double bound = is_last ? std::fabs(offset) + std::fabs(factor) * (1 + stage.error) : 1;
    MC_TRY(current,
           append_polynomial(program, current, series, {limbs_per_product, is_last ? output_scale : between, bound}));
    degrees.push_back(degree_of(stage));
  }
  return current;
}

Result<CircuitPlan> plan_sign(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input) {
  CircuitPlan plan{Program(params), 0, {}};
  MC_TRY(plan.error, sign_error(bits));
  MC_TRY(const Register x, plan.program.add_input({input.level, input.scale, 1}));
  MC_TRY_STATUS(append_sign(plan.program, x, bits, input.limbs_per_product, input.output_scale.value_or(input.scale), 1,
                            0, plan.degrees));
  return plan;
}

}  // namespace mc::fhe
