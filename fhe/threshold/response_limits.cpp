// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/response_limits.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/check.hpp"
#include "fhe/threshold/wide_gaussian.hpp"

namespace mc::fhe {
namespace {

constexpr double kLengthTail = 16;
constexpr double kSlotTail = 20;

// Not the encoder's transform (fhe/ckks/chebyshev): that is for polynomials whose slots are real, on integers of 128
// bits. What a prover makes has complex slots, and doubles are exact enough for a limit.

/// One pass of Gentleman and Sande over `count` pairs: (a, b) becomes (a + b, (a - b) root).
void butterflies(double* a_real, double* a_imaginary, double* b_real, double* b_imaginary, const double* root_real,
                 const double* root_imaginary, std::size_t count) {
  constexpr std::size_t kEight = 8;
  std::size_t k = 0;
  for (; k + kEight <= count; k += kEight) {
    double real[kEight], imaginary[kEight];
    for (std::size_t j = 0; j < kEight; ++j) real[j] = a_real[k + j] - b_real[k + j];
    for (std::size_t j = 0; j < kEight; ++j) imaginary[j] = a_imaginary[k + j] - b_imaginary[k + j];
    for (std::size_t j = 0; j < kEight; ++j) a_real[k + j] += b_real[k + j];
    for (std::size_t j = 0; j < kEight; ++j) a_imaginary[k + j] += b_imaginary[k + j];
    for (std::size_t j = 0; j < kEight; ++j)
      b_real[k + j] = real[j] * root_real[k + j] - imaginary[j] * root_imaginary[k + j];
    for (std::size_t j = 0; j < kEight; ++j)
      b_imaginary[k + j] = real[j] * root_imaginary[k + j] + imaginary[j] * root_real[k + j];
  }
  for (; k < count; ++k) {
    const double real = a_real[k] - b_real[k], imaginary = a_imaginary[k] - b_imaginary[k];
    a_real[k] += b_real[k];
    a_imaginary[k] += b_imaginary[k];
    b_real[k] = real * root_real[k] - imaginary * root_imaginary[k];
    b_imaginary[k] = real * root_imaginary[k] + imaginary * root_real[k];
  }
}

/// In units of 2^spread_log2: exact up to spread 48, to 53 bits beyond.
std::vector<double> in_units(std::span<const i128> responses, std::uint32_t spread_log2) {
  const double unit = std::ldexp(1.0, -static_cast<int>(spread_log2));
  std::vector<double> scaled(responses.size());
  for (std::size_t k = 0; k < scaled.size(); ++k) scaled[k] = static_cast<double>(responses[k]) * unit;
  return scaled;
}

}  // namespace

ResponseLimits::ResponseLimits(std::size_t degree) : degree_(degree) {
  MC_CHECK(degree >= 16 && std::has_single_bit(degree));
  // exp(i pi k / parts) for k < count.
  const auto arc = [](std::size_t count, std::size_t parts) {
    Complexes roots;
    for (std::size_t k = 0; k < count; ++k) {
      const double angle = std::numbers::pi * static_cast<double>(k) / static_cast<double>(parts);
      roots.real.push_back(std::cos(angle));
      roots.imaginary.push_back(std::sin(angle));
    }
    return roots;
  };
  twist_ = arc(degree / 2, degree);
  for (std::size_t m = degree / 4; m >= 1; m /= 2) roots_.push_back(arc(m, m));
}

double ResponseLimits::length_square() const {
  const auto n = static_cast<double>(degree_);
  return n + 2 * std::sqrt(n * kLengthTail) + 2 * kLengthTail;
}

double ResponseLimits::slot_square() const {
  return kSlotTail * static_cast<double>(degree_);
}

bool ResponseLimits::allow(std::span<const i128> responses, std::uint32_t spread_log2, double part) const {
  MC_CHECK(responses.size() == degree_);
  const i128 reach = i128{1} << response_reach_log2(spread_log2);
  bool near = true;
  for (const i128 r : responses) near &= static_cast<bool>(static_cast<int>(r >= -reach) & static_cast<int>(r < reach));
  if (!near) return false;
  const std::vector<double> scaled = in_units(responses, spread_log2);
  double square = 0;
  for (const double r : scaled) square += r * r;
  const double unit = part * kSpreadVariance;
  return square <= unit * length_square() && largest_slot_square(scaled) <= unit * slot_square();
}

double ResponseLimits::largest_slot_square(std::span<const double> coefficients) const {
  // At zeta^(4j+1), zeta = exp(i pi / N), X^(N/2) is i: r is the sum over k < N/2 of (r_k + i r_(k+N/2)) zeta^k times
  // exp(2 pi i j k / (N/2)). The other slots are conjugates of these.
  const std::size_t half = degree_ / 2;
  std::vector<double> real(half), imaginary(half);
  for (std::size_t k = 0; k < half; ++k) {
    real[k] = coefficients[k] * twist_.real[k] - coefficients[k + half] * twist_.imaginary[k];
    imaginary[k] = coefficients[k] * twist_.imaginary[k] + coefficients[k + half] * twist_.real[k];
  }
  // What comes out is permuted, which a maximum does not see.
  for (const Complexes& roots : roots_) {
    const std::size_t m = roots.real.size();
    for (std::size_t first = 0; first < half; first += 2 * m) {
      butterflies(&real[first], &imaginary[first], &real[first + m], &imaginary[first + m], roots.real.data(),
                  roots.imaginary.data(), m);
    }
  }
  double largest = 0;
  for (std::size_t k = 0; k < half; ++k) {
    largest = std::max(largest, real[k] * real[k] + imaginary[k] * imaginary[k]);
  }
  return largest;
}

}  // namespace mc::fhe
