// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/polynomial_shape.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <set>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

using Coefficients = std::vector<double>;

constexpr std::uint32_t kGiantStepMax = 16;  // smallest giant step that is tried

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

/// Splits with giant steps g, 2g, 4g, …; what is below g is a combination of baby steps, where their depth allows it.
/// Every child is as deep as may be: deep is few limbs, and few limbs are fast.
PolynomialNode split(Coefficients p, std::uint32_t depth, std::uint32_t g) {
  MC_CHECK(depth >= 1 && degree_of(p) < (std::uint64_t{1} << depth));
  PolynomialNode node{depth, sum_of_magnitudes(p), {}, {}};
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
      node.products.push_back({split(std::move(quotient), depth - 1, g), m});
    }
  }
  for (std::uint32_t k = 0; k <= degree_of(p); ++k) {
    if (p[k] != 0) node.linear[k] += p[k];
  }
  return node;
}

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

void collect_powers(const PolynomialNode& node, std::set<std::uint32_t>& used) {
  for (const auto& [k, coefficient] : node.linear) used.insert(k);
  for (const auto& [child, m] : node.products) {
    used.insert(m);
    collect_powers(child, used);
  }
}

Powers powers_of(const PolynomialNode& root) {
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

std::uint64_t cost_of(const PolynomialNode& node, std::uint32_t level, std::uint32_t limbs) {
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

}  // namespace

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

PolynomialShape cheapest_shape(const Coefficients& coefficients, std::uint32_t level, std::uint32_t limbs) {
  const std::uint32_t degree = degree_of(coefficients);
  std::optional<PolynomialShape> best;
  std::uint64_t best_cost = 0;
  for (std::uint32_t g = 2; g <= std::min(degree + 1, kGiantStepMax); ++g) {
    PolynomialShape shape{split(coefficients, static_cast<std::uint32_t>(std::bit_width(degree)), g), {}};
    shape.powers = powers_of(shape.root);
    const std::uint64_t cost = cost_of(shape.root, level, limbs) + cost_of(shape.powers, level, limbs);
    if (!best || cost < best_cost) {
      best_cost = cost;
      best = std::move(shape);
    }
  }
  return *std::move(best);
}

}  // namespace mc::fhe
