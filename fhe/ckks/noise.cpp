// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/noise.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "fhe/ckks/evaluation_keys.hpp"
#include "fhe/ckks/slot_bound.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

// A value has at most so many terms; a sum of thousands of rotated copies is merged into new sources.
constexpr std::size_t kTermsMax = 4096;

Estimate as_estimate(const PlainEstimate& plain) {
  return {{}, plain.message, plain.terms, plain.fixed_error};
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

double NoiseEstimator::slot_deviation(double coefficient_variance, const Scale& scale) const {
  return std::sqrt(degree_ / 2 * coefficient_variance) / units(scale);
}

PlainEstimate NoiseEstimator::encoded(const PlainShape& shape, MessageRange message) {
  // Coefficients k and N - k are the same number: slots are real, and no half of the variance is imaginary.
  const double deviation = slot_deviation(2 * kRoundingVariance, shape.scale);
  return {shape, message, {new_term(ErrorKind::kRounding, deviation)}};
}

PlainEstimate NoiseEstimator::encoded_constant(const PlainShape& shape, double value) const {
  MessageRange message = MessageRange::of_slots(std::vector<double>(params_->slot_count(), value));
  return {shape, std::move(message), {}, 0.5 / units(shape.scale), value};
}

Estimate NoiseEstimator::encrypted(const PlainEstimate& message, Epoch epoch) {
  Estimate result = as_estimate(message);
  result.shape = mc::fhe::encrypted(message.shape, epoch);
  const double variance = encryption_variance(*params_, key_noise_);
  result.terms.push_back(new_term(ErrorKind::kEncryption, slot_deviation(variance, message.shape.scale)));
  return result;
}

void NoiseEstimator::add_division(Estimate& a, std::uint8_t parts) {
  const double variance = division_variance(*params_, key_noise_);
  a.terms.push_back(new_term(ErrorKind::kSecret, slot_deviation(variance, a.shape.scale)));
  if (parts < 3) return;
  const double third = third_part_division_variance(*params_, key_noise_);
  a.terms.push_back(new_term(ErrorKind::kSecretSquare, slot_deviation(third, a.shape.scale)));
}

void NoiseEstimator::add_switching(Estimate& a, const Shape& before, ErrorKind kind, double key_variance,
                                   double switches) {
  double squares = 0, fourths = 0;
  for (const double digit : digits_over_special(*params_, before.level)) {
    squares += digit * digit;
    fourths += digit * digit * digit * digit;
  }
  const double variance = switches * switching_variance(*params_, before.level, key_variance);
  a.terms.push_back(new_term(kind, slot_deviation(variance, before.scale), squares * squares / fourths));
}

Estimate NoiseEstimator::added(const Shape& shape, const Estimate& a, const Estimate& b) const {
  Estimate result{shape, sum_of(a.message, b.message), a.terms, a.fixed_error + b.fixed_error};
  add_terms(result.terms, b.terms);
  return result;
}

Estimate NoiseEstimator::multiplied(const Shape& shape, const Estimate& a, const Estimate& b,
                                    std::optional<double> constant) const {
  // m_1 e_2 + m_2 e_1 + e_1 e_2. Where m_1 is known, the last is bounded by both bounds; where only its range is, the
  // error is part of the number that e_2 is multiplied by.
  const double off = bound(a, 2 * kNoiseOddsLog2);
  MessageRange noisy = a.message;
  double fixed_error = a.message.max * b.fixed_error + b.message.max * a.fixed_error;
  if (noisy.slots != nullptr) {
    fixed_error += off * bound(b, 2 * kNoiseOddsLog2);
  } else {
    noisy = {noisy.max + off, noisy.rms + off};
    fixed_error += off * b.fixed_error;
  }
  Estimate result{shape, product_of(a.message, b.message),
                  constant ? times_constant(a.terms, *constant) : times(a.terms, b.message), fixed_error};
  add_terms(result.terms, times(b.terms, noisy));
  return result;
}

Result<Estimate> NoiseEstimator::sum(const Estimate& a, const Estimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::sum(a.shape, b.shape));
  return added(shape, a, b);
}

Result<Estimate> NoiseEstimator::difference(const Estimate& a, const Estimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::difference(a.shape, b.shape));
  return added(shape, a, negated(b));
}

Result<Estimate> NoiseEstimator::accumulated(const Estimate& accumulator, const Estimate& term) const {
  MC_TRY(const Shape shape, mc::fhe::accumulated(accumulator.shape, term.shape));
  return added(shape, accumulator, term);
}

Result<Estimate> NoiseEstimator::sum_with_plain(const Estimate& a, const PlainEstimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::sum_with_plain(a.shape, b.shape));
  return added(shape, a, as_estimate(b));
}

Result<Estimate> NoiseEstimator::product(const Estimate& a, const Estimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::product(a.shape, b.shape));
  return multiplied(shape, a, b, std::nullopt);
}

Result<Estimate> NoiseEstimator::product_with_plain(const Estimate& a, const PlainEstimate& b) const {
  MC_TRY(const Shape shape, mc::fhe::product_with_plain(a.shape, b.shape));
  return multiplied(shape, a, as_estimate(b), b.constant);
}

Estimate NoiseEstimator::product_with_integer(const Estimate& a, std::int64_t factor) const {
  const auto real = static_cast<double>(factor);
  return {a.shape, scaled(a.message, real), times_constant(a.terms, real), a.fixed_error * std::fabs(real)};
}

Result<Estimate> NoiseEstimator::relinearised(const Estimate& a, std::uint32_t count) {
  MC_TRY(const Shape shape, mc::fhe::relinearised(a.shape, keys_, count));
  Estimate result = a;
  result.shape = shape;
  const ErrorKind kind = key_noise_.collective_relin ? ErrorKind::kCollective : ErrorKind::kDigits;
  add_switching(result, a.shape, kind, relin_key_variance(*params_, key_noise_), 1);
  add_division(result, 2);
  return result;
}

Result<Estimate> NoiseEstimator::rescaled(const Estimate& a, std::uint32_t count) {
  MC_TRY(const Shape shape, mc::fhe::rescaled(a.shape, count));
  Estimate result = a;
  result.shape = shape;
  if (count > 0) add_division(result, shape.parts);
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
  std::ranges::sort(terms, [](const ErrorTerm& x, const ErrorTerm& y) {
    return std::pair(x.source, x.turn) < std::pair(y.source, y.turn);
  });
  add_terms(sum.terms, terms);
  sum.fixed_error += a.fixed_error;
  sum.message = sum_of(sum.message, turned(a.message, turn));
}

Result<Estimate> NoiseEstimator::rotated(const Estimate& a, std::int64_t steps) {
  const std::int64_t one[] = {steps};
  MC_TRY_STATUS(mc::fhe::rotated(a.shape, steps, keys_));
  return sum_of_rotated(a, one);
}

Result<Estimate> NoiseEstimator::conjugated(const Estimate& a) {
  Estimate result = a;  // real parts stay
  MC_TRY(result.shape, mc::fhe::conjugated(a.shape, keys_));
  add_switching(result, a.shape, ErrorKind::kDigits, galois_key_variance(key_noise_), 1);
  add_division(result, 2);
  return result;
}

/// Rotations of one source are independent of each other, and what a sum of thousands still has in common with any one
/// of them is small: it becomes a source of its own.
void NoiseEstimator::merge_terms(Estimate& a) {
  double squares = 0, fourths = 0;
  for (const ErrorTerm& term : a.terms) {
    const double square = term.deviation_max() * term.deviation_max();
    squares += square;
    fourths += square * square;
  }
  if (squares == 0) return a.terms.clear();
  ErrorTerm merged = new_term(ErrorKind::kMany, 0, squares * squares / fourths);
  merged.peak = std::sqrt(squares);
  merged.rms = rms_of(a.terms);
  a.terms = {merged};
}

Result<Estimate> NoiseEstimator::sum_of_rotated(const Estimate& a, std::span<const std::int64_t> steps) {
  Estimate result;
  if (a.message.slots != nullptr) result.message = MessageRange::of_slots(std::vector<double>(params_->slot_count()));
  MC_TRY(result.shape, mc::fhe::sum_of_rotated(a.shape, steps, keys_));
  // Digits are shared, so that keys alone make switches independent of each other: one that is used k times is one
  // error k times.
  std::map<std::uint64_t, double> uses;
  for (const std::int64_t step : steps) {
    add_turned(result, a, step);
    const std::uint64_t element = galois_element_of_rotation(step, keys_.degree);
    if (element != 1) ++uses[element];
  }
  double switches = 0;
  for (const auto& [element, times_used] : uses) switches += times_used * times_used;
  if (result.terms.size() > kTermsMax) merge_terms(result);
  if (switches == 0) return result;
  add_switching(result, a.shape, ErrorKind::kDigits, galois_key_variance(key_noise_), switches);
  add_division(result, 2);  // one division for all of them
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
  return bound_over_slots(a.terms, params_->slot_count(), odds_log2) + a.fixed_error;
}

double NoiseEstimator::bound_bits(const Estimate& a, double odds_log2) const {
  return std::log2(bound(a, odds_log2));
}

double NoiseEstimator::unevenness_bits(const Estimate& a) const {
  double squares = 0;
  for (const ErrorTerm& term : a.terms) {
    const double counted = term.exact() ? term.deviation_rms() : term.deviation_max();
    squares += counted * counted;
  }
  return squares == 0 ? 0 : std::log2(std::sqrt(squares) / rms_of(a.terms));
}

double NoiseEstimator::rms(const Estimate& a) const {
  return rms_of(a.terms) + a.fixed_error;
}

}  // namespace mc::fhe
