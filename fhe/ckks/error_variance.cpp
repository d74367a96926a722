// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/error_variance.hpp"

#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

constexpr double kSigma2 = kErrorSigma * kErrorSigma;
constexpr double kTernaryVariance = 2.0 / 3;

/// Mean of |s|^2 in a slot.
double secret_in_slot(const Params& params, const KeyNoise& keys) {
  return static_cast<double>(params.ring().degree()) * kTernaryVariance * keys.pieces;
}

}  // namespace

double encryption_variance(const Params& params, const KeyNoise& keys) {
  return kSigma2 * (1 + 2 * secret_in_slot(params, keys));
}

double division_variance(const Params& params, const KeyNoise& keys) {
  return kRoundingVariance * (1 + secret_in_slot(params, keys));
}

double third_part_division_variance(const Params& params, const KeyNoise& keys) {
  const double secret = secret_in_slot(params, keys);
  return kRoundingVariance * 2 * secret * secret;  // the mean of |s|^4 is twice the square of that of |s|^2
}

double relin_key_variance(const Params& params, const KeyNoise& keys) {
  if (!keys.collective_relin) return kSigma2;
  // s e_0 + u e_1 + e_2 + e_3, sums of C everywhere (ePrint 2020/304, protocol 2).
  const double c = keys.pieces;
  return kSigma2 * 2 * c * (secret_in_slot(params, keys) + 1);
}

double galois_key_variance(const KeyNoise& keys) {
  return keys.collective_relin ? kSigma2 * keys.pieces : kSigma2;
}

double migration_key_variance(const Params& params, std::uint32_t old_pieces, const KeyNoise& keys) {
  return old_pieces * encryption_variance(params, keys);  // each piece publishes an encryption
}

double switching_variance(const Params& params, Level level, double key_variance) {
  double squares = 0;
  for (const double digit : digits_over_special(params, level)) squares += digit * digit;
  return static_cast<double>(params.ring().degree()) * squares * kRoundingVariance * key_variance;
}

std::vector<double> digits_over_special(const Params& params, Level level) {
  double special = 1;
  for (const std::uint64_t p : params.p()) special *= static_cast<double>(p);
  std::vector<double> digits(params.digit_count(level), 1 / special);
  for (std::uint32_t i = 0; i < level.value; ++i) {
    digits[i / params.digit_primes()] *= static_cast<double>(params.q()[i]);
  }
  return digits;
}

}  // namespace mc::fhe
