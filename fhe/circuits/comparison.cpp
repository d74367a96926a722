// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/comparison.hpp"

#include <cmath>

#include "fhe/circuits/sign.hpp"

namespace mc::fhe {
namespace {

/// a - b, without a level.
Result<Register> append_difference(Program& program, Register a, Register b) {
  return program.add_sum(
      {.terms = {{a, 1}, {b, -1}}, .level = program.value(a).level, .scale = program.value(a).scale, .bound = 1});
}

/// Exponents that are far from those that a scale holds.
Status check_output_scale(const Params& params, const Scale& scale, std::string_view name) {
  constexpr int kExponentMax = 16;
  if (names_primes_of(scale, params) && largest_exponent(scale) <= kExponentMax) return {};
  return fail(Code::kInvalidArgument, std::string(name) + " at the scale " + scale.text() +
                                          ", which names a prime that the chain lacks or has an exponent beyond " +
                                          std::to_string(kExponentMax));
}

/// offsets + factor * x sign(x), one level below the sign. The sign is made at the scale that brings the product to
/// the output's exactly.
Result<Register> append_magnitude(Program& program, Register x, std::uint32_t bits, const CircuitInput& input,
                                  double factor, std::vector<PlannedSum::Term> offsets, std::string_view name,
                                  std::vector<std::uint32_t>& degrees) {
  const std::uint32_t limbs = input.limbs_per_product;
  if (limbs != 1 && limbs != 2) {
    return fail(Code::kInvalidArgument,
                std::string(name) + " with " + std::to_string(limbs) + " limbs per product, not 1 or 2");
  }
  if (input.output_scale) MC_TRY_STATUS(check_output_scale(program.params(), *input.output_scale, name));
  MC_TRY(const std::uint32_t levels, sign_levels(bits));
  if (input.level.value < limbs * (levels + 2)) {
    return fail(Code::kLimit, "level " + std::to_string(input.level.value) + " left, " + std::string(name) + " to " +
                                  std::to_string(bits) + " bits needs " + std::to_string(limbs * (levels + 2)));
  }
  const Level level(input.level.value - limbs * levels);
  const Scale product = input.output_scale.value_or(input.scale) * Scale::of_top_primes(level.value, limbs);
  MC_TRY(const Register sign,
         append_sign(program, x, bits, limbs, product / program.value(x).scale, factor, 0, degrees));
  return program.add_sum({.products = {{x, sign}},
                          .terms = std::move(offsets),
                          .level = level,
                          .scale = product,
                          .rescale_count = limbs,
                          .bound = 2});
}

/// With sign = 1 the maximum, with sign = -1 the minimum.
Result<CircuitPlan> plan_extremum(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input, double sign,
                                  std::string_view name) {
  CircuitPlan plan{Program(params), std::ldexp(0.5, -static_cast<int>(bits)), {}};
  MC_TRY(const Register a, plan.program.add_input({input.level, input.scale, 1}));
  MC_TRY(const Register b, plan.program.add_input({input.level, input.scale, 1}));
  MC_TRY(const Register difference, append_difference(plan.program, a, b));
  MC_TRY_STATUS(
      append_magnitude(plan.program, difference, bits, input, sign / 2, {{a, 0.5}, {b, 0.5}}, name, plan.degrees));
  return plan;
}

}  // namespace

Result<CircuitPlan> plan_comparison(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input) {
  CircuitPlan plan{Program(params), 0, {}};
  MC_TRY(const double error, sign_error(bits));
  plan.error = error / 2;
  MC_TRY(const Register a, plan.program.add_input({input.level, input.scale, 1}));
  MC_TRY(const Register b, plan.program.add_input({input.level, input.scale, 1}));
  MC_TRY(const Register difference, append_difference(plan.program, a, b));
  MC_TRY_STATUS(append_sign(plan.program, difference, bits, input.limbs_per_product,
                            input.output_scale.value_or(input.scale), 0.5, 0.5, plan.degrees));
  return plan;
}

Result<CircuitPlan> plan_magnitude(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input) {
  CircuitPlan plan{Program(params), std::ldexp(1, -static_cast<int>(bits)), {}};
  MC_TRY(const Register x, plan.program.add_input({input.level, input.scale, 1}));
  MC_TRY_STATUS(append_magnitude(plan.program, x, bits, input, 1, {}, "a magnitude", plan.degrees));
  return plan;
}

Result<CircuitPlan> plan_maximum(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input) {
  return plan_extremum(params, bits, input, 1, "a maximum");
}

Result<CircuitPlan> plan_minimum(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input) {
  return plan_extremum(params, bits, input, -1, "a minimum");
}

}  // namespace mc::fhe
