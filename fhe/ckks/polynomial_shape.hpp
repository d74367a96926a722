// SPDX-License-Identifier: Apache-2.0
// How a polynomial is put together from Chebyshev polynomials T_k, before levels and scales come into it: which of them
// are computed, and which sums of products. A part of fhe/ckks/polynomial. Pure functions of the coefficients.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace mc::fhe {

struct PolynomialProduct;

/// A polynomial as linear[0] + linear[k] T_k + products[i].factor * T_(products[i].power): one sum, formed behind
/// depth - 1 multiplications.
struct PolynomialNode {
  std::uint32_t depth = 0;
  double bound = 0;  // of the magnitude
  std::map<std::uint32_t, double> linear;
  std::vector<PolynomialProduct> products;
};

struct PolynomialProduct {
  PolynomialNode factor;
  std::uint32_t power = 0;
};

/// How T_k comes about: T_k = 2 T_a T_b - T_(a-b), a + b = k, a >= b.
struct PowerStep {
  std::uint32_t a, b;
};

struct PolynomialShape {
  PolynomialNode root;
  std::map<std::uint32_t, PowerStep> powers;  // every T_k that is needed, and what they need
};

/// Multiplications in sequence behind T_k, k >= 1: ceil(log2(k)).
std::uint32_t power_depth(std::uint32_t k);

/// The cheapest of the splits with giant steps g, 2g, 4g, … for g up to 16, all of the least depth
/// ceil(log2(degree + 1)), for a variable of `level` limbs and products that take `limbs` of them.
///   range  REQUIRES a degree of at least 1
PolynomialShape cheapest_shape(const std::vector<double>& coefficients, std::uint32_t level, std::uint32_t limbs);

/// The highest k with a coefficient other than zero; 0 for a constant.
std::uint32_t degree_of(const std::vector<double>& coefficients);
double sum_of_magnitudes(const std::vector<double>& coefficients);

}  // namespace mc::fhe
