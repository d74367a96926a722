// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/polynomial.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "fhe/ckks/scaled_integer.hpp"

namespace mc::fhe {
namespace {

using Coefficients = std::vector<double>;

constexpr double kScaleDistanceMax = 0x1p10;  // of input and output from the primes' product
constexpr double kDriftMax = 0x1p8;           // of the highest power's scale
constexpr std::uint32_t kGiantStepMax = 16;   // smallest giant step that is tried
constexpr double kFreeFactorMax = 65536;      // of a change of variable without a multiplication
constexpr int kInputExponentMax = 40;         // of input and output
constexpr int kExponentMax = 127;             // what Scale holds

/// Multiplications in sequence behind T_k.
std::uint32_t power_depth(std::uint32_t k) {
  return static_cast<std::uint32_t>(std::bit_width(k - 1));
}

std::uint32_t degree_of(const Coefficients& p) {
  std::uint32_t degree = 0;
  for (std::uint32_t k = 0; k < p.size(); ++k) {
    if (p[k] != 0) degree = k;
  }
  return degree;
}

double sum_of_magnitudes(const Coefficients& p) {
  double sum = 0;
  for (const double c : p) sum += std::fabs(c);
  return sum;
}

/// p = q T_m + r, m <= degree: T_(m+j) = 2 T_m T_j - T_|m-j|. p becomes r.
Coefficients divide(Coefficients& p, std::uint32_t m) {
  Coefficients quotient(degree_of(p) - m + 1);
  for (std::uint32_t k = degree_of(p); k > m; --k) {
    if (p[k] == 0) continue;
    quotient[k - m] = 2 * p[k];
    p[k > 2 * m ? k - 2 * m : 2 * m - k] -= p[k];
    p[k] = 0;
  }
  quotient[0] = p[m];
  p[m] = 0;
  return quotient;
}

/// A polynomial as linear[0] + linear[k] T_k + products[i].first * T_(products[i].second): one sum, formed behind
/// depth - 1 multiplications.
struct Node {
  std::uint32_t depth = 0;
  double bound = 0;
  std::map<std::uint32_t, double> linear;
  std::vector<std::pair<Node, std::uint32_t>> products;
};

/// Splits with giant steps g, 2g, 4g, …; what is below g is a combination of baby steps, where their depth allows it.
/// Every child is as deep as may be: deep is few limbs, and few limbs are fast.
Node split(Coefficients p, std::uint32_t depth, std::uint32_t g) {
  MC_CHECK(depth >= 1 && degree_of(p) < (std::uint64_t{1} << depth));
  Node node{depth, sum_of_magnitudes(p), {}, {}};
  const std::uint32_t reach = std::uint32_t{1} << (depth - 1);  // T_k with k <= reach are there in time
  while (degree_of(p) >= g || degree_of(p) > reach) {
    const std::uint32_t degree = degree_of(p);
    std::uint32_t m = g;
    while (2 * m <= degree && 2 * m <= reach) m *= 2;
    if (m > degree || m > reach || degree - m >= reach) m = reach;
    Coefficients quotient = divide(p, m);
    if (degree_of(quotient) == 0) {
      node.linear[m] += quotient[0];
    } else {
      node.products.emplace_back(split(std::move(quotient), depth - 1, g), m);
    }
  }
  for (std::uint32_t k = 0; k <= degree_of(p); ++k) {
    if (p[k] != 0) node.linear[k] += p[k];
  }
  return node;
}

/// How T_k comes about: T_k = 2 T_a T_b - T_(a-b).
struct PowerStep {
  std::uint32_t a, b;
};
using Powers = std::map<std::uint32_t, PowerStep>;

void require_power(Powers& powers, std::uint32_t k) {
  if (k <= 1 || powers.contains(k)) return;
  // Squares need no third power; otherwise the highest power of two, so that the depth stays the least possible.
  const bool is_square = std::has_single_bit(k) || (k % 2 == 0 && powers.contains(k / 2));
  const std::uint32_t a = is_square ? k / 2 : std::bit_floor(k);
  powers[k] = {a, k - a};
  require_power(powers, a);
  require_power(powers, k - a);
  require_power(powers, a - (k - a));
}

void collect_powers(const Node& node, std::set<std::uint32_t>& used) {
  for (const auto& [k, coefficient] : node.linear) used.insert(k);
  for (const auto& [child, m] : node.products) {
    used.insert(m);
    collect_powers(child, used);
  }
}

Powers powers_of(const Node& root) {
  std::set<std::uint32_t> used;
  collect_powers(root, used);
  Powers powers;
  for (const std::uint32_t k : used) require_power(powers, k);
  return powers;
}

/// About the number of transforms, times ten: a relinearisation at level l takes l^2 of them, a division one per limb
/// and part.
std::uint64_t cost_of_sum(std::uint64_t level, std::size_t products, std::size_t terms) {
  const std::uint64_t relinearisation = products > 0 ? 10 * level * (level + 3) : 0;
  return relinearisation + 20 * level + level * (4 * products + 2 * terms);
}

std::uint64_t cost_of(const Node& node, std::uint32_t level, std::uint32_t limbs) {
  const std::uint32_t below = limbs * (node.depth - 1);
  std::uint64_t cost = cost_of_sum(level > below ? level - below : 1, node.products.size(), node.linear.size());
  for (const auto& [child, m] : node.products) cost += cost_of(child, level, limbs);
  return cost;
}

std::uint64_t cost_of(const Powers& powers, std::uint32_t level, std::uint32_t limbs) {
  std::uint64_t cost = 0;
  for (const auto& [k, step] : powers) {
    const std::uint32_t below = limbs * (power_depth(k) - 1);
    cost += cost_of_sum(level > below ? level - below : 1, 1, step.a != step.b);
  }
  return cost;
}

struct Shape {
  Node root;
  Powers powers;
};

/// The cheapest of a few splits.
Shape cheapest_shape(const Coefficients& coefficients, std::uint32_t level, std::uint32_t limbs) {
  const std::uint32_t degree = degree_of(coefficients);
  std::optional<Shape> best;
  std::uint64_t best_cost = 0;
  for (std::uint32_t g = 2; g <= std::min(degree + 1, kGiantStepMax); ++g) {
    Shape shape{split(coefficients, polynomial_depth(degree), g), {}};
    shape.powers = powers_of(shape.root);
    const std::uint64_t cost = cost_of(shape.root, level, limbs) + cost_of(shape.powers, level, limbs);
    if (!best || cost < best_cost) {
      best_cost = cost;
      best = std::move(shape);
    }
  }
  return *std::move(best);
}

/// Writes a shape into a program.
class Emitter {
 public:
  Emitter(Program& program, Register variable, std::uint32_t limbs) : program_(program), limbs_(limbs) {
    registers_[1] = variable;
  }

  Status emit_powers(const Powers& powers) {
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

  Result<Register> emit(const Node& node, const Scale& scale) {
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
  Shape shape = cheapest_shape(series.coefficients, program.value(variable).level.value, limbs);
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
