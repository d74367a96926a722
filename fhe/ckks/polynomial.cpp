// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/polynomial.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "fhe/ckks/polynomial_shape.hpp"
#include "fhe/ckks/scaled_integer.hpp"

namespace mc::fhe {
namespace {

constexpr double kScaleDistanceMax = 0x1p10;  // of input and output from the primes' product
constexpr double kDriftMax = 0x1p8;           // of the highest power's scale
constexpr double kFreeFactorMax = 65536;      // of a change of variable without a multiplication
constexpr int kExponentMax = 127;             // what Scale holds

/// Writes a shape into a program.
class Emitter {
 public:
  Emitter(Program& program, Register variable, std::uint32_t limbs) : program_(program), limbs_(limbs) {
    registers_[1] = variable;
  }

  Status emit_powers(const std::map<std::uint32_t, PowerStep>& powers) {
    for (const auto& [k, step] : powers) {  // ascending: a, b and a - b are there already
      const Register a = registers_.at(step.a), b = registers_.at(step.b);
      PlannedSum sum{.products = {{a, b}},
                     .product_factor = 2,
                     .level = std::min(value(a).level, value(b).level),
                     .scale = value(a).scale * value(b).scale,
                     .rescale_count = limbs_,
                     .bound = 1};
      if (step.a == step.b) {
        sum.constant = -1;
      } else {
        sum.terms = {{registers_.at(step.a - step.b), -1}};
      }
      MC_TRY(registers_[k], program_.add_sum(sum));
    }
    return {};
  }

  Result<Register> emit(const PolynomialNode& node, const Scale& scale) {
    const Level variable_level = value(registers_.at(1)).level;
    const Level level(variable_level.value - limbs_ * (node.depth - 1));
    PlannedSum sum{.level = level,
                   .scale = scale * Scale::of_top_primes(level.value, limbs_),
                   .rescale_count = limbs_,
                   .bound = node.bound};
    for (const auto& [child, m] : node.products) {
      MC_TRY(const Register quotient, emit(child, sum.scale / value(registers_.at(m)).scale));
      sum.products.push_back({quotient, registers_.at(m)});
    }
    for (const auto& [k, coefficient] : node.linear) {
      if (k == 0) {
        sum.constant = coefficient;
      } else {
        sum.terms.push_back({registers_.at(k), coefficient});
      }
    }
    return program_.add_sum(sum);
  }

 private:
  [[nodiscard]] const PlannedValue& value(Register r) const { return program_.value(r); }

  Program& program_;
  std::uint32_t limbs_;
  std::map<std::uint32_t, Register> registers_;
};

/// y = factor * x + constant at `scale`, divided by `rescale_count` primes.
struct ChangeOfVariable {
  double factor = 1, constant = 0;
  Scale scale;
  std::uint32_t rescale_count = 0;
  [[nodiscard]] bool is_identity(const Scale& from) const { return factor == 1 && constant == 0 && scale == from; }
};

bool within(double ratio, double distance) {
  return ratio <= distance && ratio >= 1 / distance;
}

/// Whether T_(2^(depth-1)) still has a scale near the primes': each squaring squares the distance.
bool drift_is_small(double ratio, std::uint32_t depth) {
  for (std::uint32_t i = 1; i < depth; ++i) ratio *= ratio;
  return within(ratio, kDriftMax);
}

/// The free change of variable where there is one: factor = odd * 2^t, and x at scale S times the integer
/// odd * 2^(t+s) is y at scale S * 2^s; s is chosen to bring it near the primes'.
std::optional<ChangeOfVariable> free_change(const ChebyshevSeries& series, const PlannedValue& x, std::uint32_t depth,
                                            const Scale& primes, const Params& params) {
  ChangeOfVariable change{2 / (series.high - series.low), -(series.low + series.high) / (series.high - series.low),
                          x.scale, 0};
  int exponent = 0;
  double odd = std::frexp(change.factor, &exponent);
  // Ends such as 1/17 are rounded, so the factor is an odd number times a power of two up to rounding.
  while (odd < kFreeFactorMax && std::fabs(odd - std::round(odd)) > odd * 0x1p-48) {
    odd *= 2;
    --exponent;
  }
  if (odd >= kFreeFactorMax) return std::nullopt;
  change.factor = std::ldexp(std::round(odd), exponent);
  int wanted = 0;
  if (std::frexp(scale_ratio(primes, x.scale, params), &wanted) < 0.7071067811865476) --wanted;
  change.scale.log2 += std::max(wanted, -exponent);
  if (!drift_is_small(scale_ratio(change.scale, primes, params), depth)) return std::nullopt;
  return change;
}

ChangeOfVariable paid_change(const ChebyshevSeries& series, const PlannedValue& x, std::uint32_t limbs,
                             const Params& params) {
  // A power of two near the primes of the next product: scales of powers then have the smallest exponents.
  std::int32_t bits = 0;
  for (std::uint32_t i = 1; i <= limbs; ++i) {
    bits += std::bit_width(params.q()[x.level.value - limbs - i]);
  }
  return {2 / (series.high - series.low), -(series.low + series.high) / (series.high - series.low),
          Scale::power_of_two(bits) * Scale::of_top_primes(x.level.value, limbs), limbs};
}

Status check_series(const ChebyshevSeries& series, const PolynomialOptions& options) {
  if (options.limbs_per_product != 1 && options.limbs_per_product != 2) {
    return fail(Code::kInvalidArgument,
                "a polynomial with " + std::to_string(options.limbs_per_product) + " limbs per product, not 1 or 2");
  }
  if (!std::isfinite(series.low) || !std::isfinite(series.high) || !(series.low < series.high) ||
      !std::isfinite(series.high - series.low)) {
    return fail(Code::kInvalidArgument, "a polynomial on an interval from " + std::to_string(series.low) + " to " +
                                            std::to_string(series.high));
  }
  for (std::size_t k = 0; k < series.coefficients.size(); ++k) {
    if (!std::isfinite(series.coefficients[k])) {
      return fail(Code::kInvalidArgument, "coefficient " + std::to_string(k) + " of a polynomial is not finite");
    }
  }
  const std::uint32_t degree = series.degree();
  if (degree >= 1 && degree <= kPolynomialDegreeMax) return {};
  return fail(Code::kInvalidArgument, "a polynomial of degree " + std::to_string(degree) + ", not 1 to " +
                                          std::to_string(kPolynomialDegreeMax));
}

Status check_levels(Level level, std::uint32_t degree, std::uint32_t limbs, bool change_of_variable) {
  const std::uint32_t needed = levels_needed(degree, limbs, change_of_variable) + limbs;
  if (level.value >= needed) return {};
  return fail(Code::kLimit, "level " + std::to_string(level.value) + " left, a polynomial of degree " +
                                std::to_string(degree) + " needs " + std::to_string(needed));
}

Status check_scale(std::string_view name, const Scale& scale, const Scale& primes, const Params& params) {
  if (!names_primes_of(scale, params)) {
    return fail(Code::kInvalidArgument, "the " + std::string(name) + " scale " + scale.text() +
                                            " of a polynomial names a prime that the chain lacks");
  }
  if (within(scale_ratio(scale, primes, params), kScaleDistanceMax)) return {};
  return fail(Code::kInvalidArgument,
              "the " + std::string(name) + " scale of a polynomial has " + std::to_string(floor_log2(scale, params)) +
                  " bits and the primes of a product " + std::to_string(floor_log2(primes, params)));
}

/// The exponents of T_(2^j)'s scale are 2^j times those of T_1, less at most 2^(j-1) for the primes divided by; those
/// of quotients add up to twice that.
Status check_exponents(const Scale& variable, const Scale& output, std::uint32_t depth) {
  const int powers = 1 << depth;
  const int largest = powers * largest_exponent(variable) + powers / 2 + largest_exponent(output) + 2;
  if (largest <= kExponentMax) return {};
  return fail(Code::kLimit, "scales " + variable.text() + " and " + output.text() + " of a polynomial of depth " +
                                std::to_string(depth) + " lead to exponents beyond " + std::to_string(kExponentMax));
}

}  // namespace

std::uint32_t ChebyshevSeries::degree() const {
  return degree_of(coefficients);
}

double ChebyshevSeries::bound() const {
  return sum_of_magnitudes(coefficients);
}

double ChebyshevSeries::operator()(double x) const {
  const double y = (2 * x - low - high) / (high - low);
  double next = 0, after = 0;
  for (std::size_t k = coefficients.size(); k-- > 1;) {
    const double current = coefficients[k] + 2 * y * next - after;
    after = next;
    next = current;
  }
  return (coefficients.empty() ? 0 : coefficients[0]) + y * next - after;
}

std::uint32_t polynomial_depth(std::uint32_t degree) {
  return static_cast<std::uint32_t>(std::bit_width(degree));
}

std::uint32_t levels_needed(std::uint32_t degree, std::uint32_t limbs_per_product, bool change_of_variable) {
  return limbs_per_product * (polynomial_depth(degree) + (change_of_variable ? 1 : 0));
}

Result<Register> append_polynomial(Program& program, Register x, const ChebyshevSeries& series,
                                   const PolynomialOptions& options) {
  MC_TRY_STATUS(check_series(series, options));
  const Params& params = program.params();
  const PlannedValue input = program.value(x);
  const std::uint32_t degree = series.degree(), depth = polynomial_depth(degree), limbs = options.limbs_per_product;
  MC_TRY_STATUS(check_levels(input.level, degree, limbs, false));
  const Scale primes = Scale::of_top_primes(input.level.value, limbs);
  const Scale output_scale = options.output_scale.value_or(input.scale);
  MC_TRY_STATUS(check_scale("input", input.scale, primes, params));
  MC_TRY_STATUS(check_scale("output", output_scale, primes, params));
  std::optional<ChangeOfVariable> change = free_change(series, input, depth, primes, params);
  if (!change) {
    MC_TRY_STATUS(check_levels(input.level, degree, limbs, true));
    change = paid_change(series, input, limbs, params);
  }
  Register variable = x;
  if (!change->is_identity(input.scale)) {
    MC_TRY(variable, program.add_sum({.terms = {{x, change->factor}},
                                      .constant = change->constant,
                                      .level = input.level,
                                      .scale = change->scale,
                                      .rescale_count = change->rescale_count,
                                      .bound = 1}));
  }
  MC_TRY_STATUS(check_exponents(program.value(variable).scale, output_scale, depth));
  PolynomialShape shape = cheapest_shape(series.coefficients, program.value(variable).level.value, limbs);
  if (options.bound) shape.root.bound = std::min(shape.root.bound, *options.bound);
  Emitter emitter(program, variable, limbs);
  MC_TRY_STATUS(emitter.emit_powers(shape.powers));
  return emitter.emit(shape.root, output_scale);
}

Result<Program> plan_polynomial(const ParamsPtr& params, const ChebyshevSeries& series, Level level, const Scale& scale,
                                const PolynomialOptions& options) {
  Program program(params);
  const double bound = std::max(std::fabs(series.low), std::fabs(series.high));
  MC_TRY(const Register x, program.add_input({level, scale, bound}));
  MC_TRY_STATUS(append_polynomial(program, x, series, options));
  return program;
}

}  // namespace mc::fhe
