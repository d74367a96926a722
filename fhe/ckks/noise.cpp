// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/noise.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "fhe/ckks/error_tail.hpp"
#include "fhe/ckks/evaluation_keys.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

constexpr double kSigma2 = kErrorSigma * kErrorSigma;
constexpr double kTernaryVariance = 2.0 / 3;
constexpr double kRoundingVariance = 1.0 / 12;  // after several primes a little more, by one over the prime's square
// A value has at most so many terms; a sum of thousands of rotated copies is merged into new sources.
constexpr std::size_t kTermsMax = 4096;

std::pair<std::uint64_t, std::uint32_t> key_of(const ErrorTerm& term) {
  return {term.source, term.turn};
}

/// sum += terms. What both have may add up in the same direction, where signs are not known.
void add_terms(std::vector<ErrorTerm>& sum, const std::vector<ErrorTerm>& terms) {
  std::vector<ErrorTerm> merged;
  merged.reserve(sum.size() + terms.size());
  std::ranges::merge(sum, terms, std::back_inserter(merged), {}, key_of, key_of);
  sum.clear();
  for (const ErrorTerm& term : merged) {
    if (!sum.empty() && key_of(sum.back()) == key_of(term)) {
      sum.back().steady += term.steady;
      sum.back().peak += term.peak;
      sum.back().rms += term.rms;
    } else {
      sum.push_back(term);
    }
  }
}

/// Every error multiplied, slot by slot, by numbers of this range.
std::vector<ErrorTerm> times(std::vector<ErrorTerm> terms, const MessageRange& m) {
  for (ErrorTerm& term : terms) {
    // Neither factor's large slots need be the other's.
    term.rms = std::min(m.max * term.deviation_rms(), m.rms * term.deviation_max());
    term.peak = m.max * term.deviation_max();
    term.steady = 0;
  }
  return terms;
}

std::vector<ErrorTerm> times_constant(std::vector<ErrorTerm> terms, double factor) {
  for (ErrorTerm& term : terms) {
    term.steady *= factor;
    term.peak *= std::fabs(factor);
    term.rms *= std::fabs(factor);
  }
  return terms;
}

MessageRange sum_of(const MessageRange& a, const MessageRange& b) {
  return {a.max + b.max, a.rms + b.rms};
}

MessageRange product_of(const MessageRange& a, const MessageRange& b) {
  return {a.max * b.max, std::min(a.max * b.rms, a.rms * b.max)};
}

double rms_of(const std::vector<ErrorTerm>& terms) {
  double squares = 0;
  for (const ErrorTerm& term : terms) squares += term.deviation_rms() * term.deviation_rms();
  return std::sqrt(squares);
}

}  // namespace

NoiseEstimator::NoiseEstimator(ParamsPtr params, KeyShape keys, KeyNoise key_noise)
    : params_(std::move(params)),
      keys_(std::move(keys)),
      key_noise_(key_noise),
      degree_(static_cast<double>(params_->ring().degree())) {
  MC_CHECK(key_noise_.pieces >= 1 && keys_.degree == params_->ring().degree());
}

double NoiseEstimator::units(const Scale& scale) const {
  return std::exp2(scale.bits(*params_));
}

ErrorTerm NoiseEstimator::new_term(ErrorKind kind, double deviation, double summands) {
  return {next_source_++, 0, kind, summands, deviation, 0, 0};
}

PlainEstimate NoiseEstimator::encoded(const PlainShape& shape, MessageRange message) {
  // Coefficients k and N - k are the same number: slots are real, and no half of the variance is imaginary.
  const double deviation = std::sqrt(degree_ * kRoundingVariance) / units(shape.scale);
  return {shape, message, {new_term(ErrorKind::kRounding, deviation)}};
}

PlainEstimate NoiseEstimator::encoded_constant(const PlainShape& shape, double value) const {
  return {shape, MessageRange::of_max(std::fabs(value)), {}, 0.5 / units(shape.scale), value};
}

Estimate NoiseEstimator::encrypted(const PlainEstimate& message, Epoch epoch) {
  Estimate result{mc::fhe::encrypted(message.shape, epoch), message.message, message.terms, message.fixed_error};
  const double variance = kSigma2 * (1 + 2 * degree_ * kTernaryVariance * key_noise_.pieces);
  const double deviation = std::sqrt(degree_ / 2 * variance) / units(message.shape.scale);
  result.terms.push_back(new_term(ErrorKind::kEncryption, deviation));
  return result;
}

/// r_0 + r_1 s (+ r_2 s^2), r_i uniform in [-1/2, 1/2].
void NoiseEstimator::add_division_rounding(Estimate& a, std::uint8_t parts) {
  const double unit = 1 / units(a.shape.scale);
  const double secret = degree_ * kTernaryVariance * key_noise_.pieces;  // mean of |s|^2 in a slot
  const double rounding = degree_ / 2 * kRoundingVariance;
  a.terms.push_back(new_term(ErrorKind::kSecret, std::sqrt(rounding * (1 + secret)) * unit));
  if (parts < 3) return;
  // The mean of |s|^4 is twice the square of that of |s|^2.
  a.terms.push_back(new_term(ErrorKind::kSecretSquare, std::sqrt(rounding * 2 * secret * secret) * unit));
}

/// sum over digits d_i e_i / P, d_i uniform within half of the digit's modulus.
void NoiseEstimator::add_key_switch(Estimate& a, const Shape& before, double key_variance, double switches) {
  double special = 1;
  for (const std::uint64_t p : params_->p()) special *= static_cast<double>(p);
  double squares = 0, fourths = 0;
  for (std::uint32_t first = 0; first < before.level.value; first += params_->digit_primes()) {
    double digit = 1 / special;
    const std::uint32_t end = std::min(first + params_->digit_primes(), before.level.value);
    for (std::uint32_t i = first; i < end; ++i) digit *= static_cast<double>(params_->q()[i]);
    squares += digit * digit;
    fourths += digit * digit * digit * digit;
  }
  const double variance = degree_ * squares * kRoundingVariance * key_variance * switches;
  const double deviation = std::sqrt(degree_ / 2 * variance) / units(before.scale);
  const ErrorKind kind = key_variance > kSigma2 ? ErrorKind::kCollective : ErrorKind::kDigits;
  a.terms.push_back(new_term(kind, deviation, squares * squares / fourths));
}

Result<Estimate> NoiseEstimator::sum(const Estimate& a, const Estimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::sum(a.shape, b.shape));
  Estimate result{shape, sum_of(a.message, b.message), a.terms, a.fixed_error + b.fixed_error};
  add_terms(result.terms, b.terms);
  return result;
}

Result<Estimate> NoiseEstimator::difference(const Estimate& a, const Estimate& b) const {
  MC_TRY_STATUS(mc::fhe::difference(a.shape, b.shape));
  return sum(a, negated(b));
}

Result<Estimate> NoiseEstimator::accumulated(const Estimate& accumulator, const Estimate& added) const {
  MC_TRY_STATUS(mc::fhe::accumulated(accumulator.shape, added.shape));
  return sum(accumulator, added);
}

Result<Estimate> NoiseEstimator::sum_with_plain(const Estimate& a, const PlainEstimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::sum_with_plain(a.shape, b.shape));
  Estimate result{shape, sum_of(a.message, b.message), a.terms, a.fixed_error + b.fixed_error};
  add_terms(result.terms, b.terms);
  return result;
}

Result<Estimate> NoiseEstimator::product(const Estimate& a, const Estimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::product(a.shape, b.shape));
  // (m_1 + e_1) e_2 + m_2 e_1: the error of the one is part of the number that the
  // other's error is multiplied by.
  const double off = bound(a, 2 * kNoiseOddsLog2);
  const MessageRange noisy{a.message.max + off, a.message.rms + off};
  Estimate result{shape, product_of(a.message, b.message), times(a.terms, b.message),
                  noisy.max * b.fixed_error + b.message.max * a.fixed_error};
  add_terms(result.terms, times(b.terms, noisy));
  return result;
}

Result<Estimate> NoiseEstimator::product_with_plain(const Estimate& a, const PlainEstimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::product_with_plain(a.shape, b.shape));
  const double off = bound(a, 2 * kNoiseOddsLog2);
  const MessageRange noisy{a.message.max + off, a.message.rms + off};
  Estimate result{shape, product_of(a.message, b.message),
                  b.constant ? times_constant(a.terms, *b.constant) : times(a.terms, b.message),
                  noisy.max * b.fixed_error + b.message.max * a.fixed_error};
  add_terms(result.terms, times(b.terms, noisy));
  return result;
}

Estimate NoiseEstimator::product_with_integer(const Estimate& a, std::int64_t factor) const {
  const MessageRange size = MessageRange::of_max(std::fabs(static_cast<double>(factor)));
  return {a.shape, product_of(a.message, size), times_constant(a.terms, static_cast<double>(factor)),
          a.fixed_error * size.max};
}

Result<Estimate> NoiseEstimator::relinearised(const Estimate& a, std::uint32_t count) {
  MC_TRY(const Shape shape, mc::fhe::relinearised(a.shape, keys_, count));
  Estimate result = a;
  result.shape = shape;
  // A collective key has s e_0 + u e_1 + e_2 + e_3, sums of C everywhere (ePrint
  // 2020/304, protocol 2).
  const double c = key_noise_.pieces;
  const double key_variance =
      key_noise_.collective_relin ? kSigma2 * (2 * degree_ * kTernaryVariance * c * c + 2 * c) : kSigma2;
  add_key_switch(result, a.shape, key_variance, 1);
  add_division_rounding(result, 2);
  return result;
}

Result<Estimate> NoiseEstimator::rescaled(const Estimate& a, std::uint32_t count) {
  MC_TRY(const Shape shape, mc::fhe::rescaled(a.shape, count));
  Estimate result = a;
  result.shape = shape;
  if (count > 0) add_division_rounding(result, shape.parts);
  return result;
}

Result<Estimate> NoiseEstimator::dropped(const Estimate& a, Level level) const {
  Estimate result = a;
  MC_TRY(result.shape, mc::fhe::dropped(a.shape, level));
  return result;
}

void NoiseEstimator::add_turned(Estimate& sum, const Estimate& a, std::int64_t steps) const {
  const auto slots = static_cast<std::int64_t>(params_->slot_count());
  const auto turn = static_cast<std::uint32_t>((steps % slots + slots) % slots);
  std::vector<ErrorTerm> terms = a.terms;
  for (ErrorTerm& term : terms) term.turn = (term.turn + turn) % static_cast<std::uint32_t>(slots);
  std::ranges::sort(terms, {}, key_of);
  add_terms(sum.terms, terms);
  sum.fixed_error += a.fixed_error;
  sum.message = sum_of(sum.message, a.message);
}

Result<Estimate> NoiseEstimator::rotated(const Estimate& a, std::int64_t steps) {
  const std::int64_t one[] = {steps};
  MC_TRY_STATUS(mc::fhe::rotated(a.shape, steps, keys_));
  return sum_of_rotated(a, one);
}

Result<Estimate> NoiseEstimator::conjugated(const Estimate& a) {
  Estimate result = a;  // real parts stay
  MC_TRY(result.shape, mc::fhe::conjugated(a.shape, keys_));
  add_key_switch(result, a.shape, kSigma2, 1);
  add_division_rounding(result, 2);
  return result;
}

/// Rotations of one source are independent of each other, and what a sum of
/// thousands still has in common with any one of them is small: it becomes a
/// source of its own.
void NoiseEstimator::merge_terms(Estimate& a) {
  double squares = 0, fourths = 0;
  for (const ErrorTerm& term : a.terms) {
    const double square = term.deviation_max() * term.deviation_max();
    squares += square;
    fourths += square * square;
  }
  ErrorTerm merged = new_term(ErrorKind::kMany, 0, squares * squares / fourths);
  merged.peak = std::sqrt(squares);
  merged.rms = rms_of(a.terms);
  a.terms = {merged};
}

Result<Estimate> NoiseEstimator::sum_of_rotated(const Estimate& a, std::span<const std::int64_t> steps) {
  Estimate result;
  MC_TRY(result.shape, mc::fhe::sum_of_rotated(a.shape, steps, keys_));
  double switches = 0;
  for (const std::int64_t step : steps) {
    add_turned(result, a, step);
    switches += galois_element_of_rotation(step, keys_.degree) == 1 ? 0 : 1;
  }
  if (result.terms.size() > kTermsMax) merge_terms(result);
  if (switches == 0) return result;
  add_key_switch(result, a.shape, kSigma2, switches);
  add_division_rounding(result, 2);  // one division for all of them
  return result;
}

Result<Estimate> NoiseEstimator::sum_of_slots(const Estimate& a) {
  Estimate result = a;
  const auto slots = static_cast<std::int64_t>(params_->slot_count());
  for (std::int64_t s = 1; s < slots;) {
    const std::int64_t steps[] = {0, s, 2 * s, 3 * s};
    const bool pair = 2 * s == slots;
    MC_TRY(result, sum_of_rotated(result, std::span(steps).first(pair ? 2 : 4)));
    s *= pair ? 2 : 4;
  }
  return result;
}

double NoiseEstimator::bound(const Estimate& a, double odds_log2) const {
  // Errors with a polynomial of the key in common are one product of it with their
  // sum; of slots that differ by a rotation nothing is in common.
  struct InCommon {
    double secret = 0, public_error = 0, cubes = 0, switching = 0, digits = 1e9;
  };
  std::map<std::uint32_t, InCommon> by_turn;
  ErrorTail tail;
  for (const ErrorTerm& term : a.terms) {
    const double variance = term.deviation_max() * term.deviation_max();
    InCommon& common = by_turn[term.turn];
    switch (term.kind) {
      case ErrorKind::kRounding:
        tail.add_gaussian(variance);
        break;
      case ErrorKind::kEncryption:
        common.secret += variance / 2;
        common.public_error += variance / 2;
        break;
      case ErrorKind::kSecret:
        common.secret += variance;
        break;
      case ErrorKind::kSecretSquare:
      case ErrorKind::kCollective:
        common.cubes += variance;
        break;
      case ErrorKind::kDigits:
        common.switching += variance;
        common.digits = std::min(common.digits, term.summands);
        break;
      case ErrorKind::kMany:
        tail.add_product(variance, term.summands);
        break;
    }
  }
  for (const auto& [turn, common] : by_turn) {
    tail.add_product(common.secret, 1);
    tail.add_product(common.public_error, 1);
    tail.add_cube(common.cubes);
    tail.add_product(common.switching, common.digits);
  }
  return tail.bound(odds_log2 + std::log2(degree_ / 2)) + a.fixed_error;
}

double NoiseEstimator::bound_bits(const Estimate& a, double odds_log2) const {
  return std::log2(bound(a, odds_log2));
}

double NoiseEstimator::unevenness_bits(const Estimate& a) const {
  double squares = 0;
  for (const ErrorTerm& term : a.terms) squares += term.deviation_max() * term.deviation_max();
  return squares == 0 ? 0 : std::log2(std::sqrt(squares) / rms_of(a.terms));
}

double NoiseEstimator::rms(const Estimate& a) const {
  return rms_of(a.terms) + a.fixed_error;
}

}  // namespace mc::fhe
