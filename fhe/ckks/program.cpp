// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/program.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

constexpr int kInputExponentMax = 40;  // the sum of two, and one more, is far from what a scale holds

std::string level_text(Level level) {
  return std::to_string(level.value);
}

/// The least e with bound <= 2^e.
int ceil_log2(double bound) {
  if (bound == 0) return -1000;
  int exponent = 0;
  return std::frexp(bound, &exponent) == 0.5 ? exponent - 1 : exponent;
}

}  // namespace

Status Program::check_room(double bound, const Scale& scale, Level level) const {
  // Half of the modulus holds the magnitudes, and whole bits are compared: up to two of them are given away.
  const int scale_bits = floor_log2(scale, *params_) + 1;
  const int modulus_bits = floor_log2(Scale::of_top_primes(level.value, level.value), *params_);
  if (std::isfinite(bound) && ceil_log2(bound) + scale_bits <= modulus_bits - 1) return {};
  return fail(Code::kLimit, "numbers of up to 2^" + std::to_string(ceil_log2(bound)) + " at a scale of " +
                                std::to_string(scale_bits) + " bits do not fit in the " + std::to_string(modulus_bits) +
                                " bits of level " + level_text(level));
}

Result<Register> Program::add_input(const PlannedValue& value) {
  MC_CHECK(steps_.empty());
  if (value.level.value == 0 || value.level > params_->top_level()) {
    return fail(Code::kInvalidArgument,
                "an input of level " + level_text(value.level) + " of a chain of " + level_text(params_->top_level()));
  }
  if (!names_primes_of(value.scale, *params_)) {
    return fail(Code::kInvalidArgument,
                "an input of scale " + value.scale.text() + ", which names a prime that the chain lacks");
  }
  if (largest_exponent(value.scale) > kInputExponentMax) {
    return fail(Code::kInvalidArgument, "an input of scale " + value.scale.text() + ", which has an exponent beyond " +
                                            std::to_string(kInputExponentMax));
  }
  MC_TRY_STATUS(check_room(value.bound, value.scale, value.level));
  values_.push_back(value);
  last_use_.push_back(0);
  ++input_count_;
  return result_register();
}

Status Program::check_operands(const PlannedSum& sum) const {
  const auto check = [&](Register r) -> Status {
    MC_CHECK(r.value < values_.size());
    if (value(r).level >= sum.level) return {};
    return fail(Code::kLimit,
                "level " + level_text(value(r).level) + " left, the sum is formed at level " + level_text(sum.level));
  };
  for (const auto& [a, b] : sum.products) {
    MC_TRY_STATUS(check(a));
    MC_TRY_STATUS(check(b));
    MC_CHECK(value(a).scale * value(b).scale == sum.scale);
  }
  for (const auto& term : sum.terms) MC_TRY_STATUS(check(term.x));
  if (sum.rescale_count < sum.level.value) return {};
  return fail(Code::kLimit, "level " + level_text(sum.level) + " left, the division by " +
                                std::to_string(sum.rescale_count) + " primes needs " +
                                std::to_string(std::uint64_t{sum.rescale_count} + 1));
}

double Program::triangle_bound(const PlannedSum& sum) const {
  double bound = 0;
  for (const auto& [a, b] : sum.products) bound += value(a).bound * value(b).bound;
  bound *= std::abs(sum.product_factor);
  for (const auto& term : sum.terms) bound += std::fabs(term.factor) * value(term.x).bound;
  return bound + std::fabs(sum.constant);
}

void Program::note_use(Register r) {
  last_use_[r.value] = static_cast<std::uint32_t>(steps_.size()) + 1;
}

Result<Register> Program::add_sum(const PlannedSum& sum) {
  MC_CHECK(!sum.products.empty() || !sum.terms.empty());
  MC_TRY_STATUS(check_operands(sum));
  PlannedValue result{Level(sum.level.value - sum.rescale_count),
                      sum.scale / Scale::of_top_primes(sum.level.value, sum.rescale_count),
                      sum.bound.value_or(triangle_bound(sum))};
  MC_TRY_STATUS(check_room(result.bound, sum.scale, sum.level));
  MC_TRY_STATUS(check_room(result.bound, result.scale, result.level));
  Step step{sum.products,
            sum.product_factor,
            {},
            {},
            sum.level,
            sum.scale,
            sum.rescale_count,
            sum.rescale_count < 2 || sum.exactly};
  for (const auto& term : sum.terms) {
    MC_TRY(const ScaledInteger factor, scaled_integer(term.factor, sum.scale / value(term.x).scale, *params_));
    if (!factor.is_zero()) step.terms.push_back({term.x, factor});
  }
  MC_TRY(step.constant, scaled_integer(sum.constant, sum.scale, *params_));
  for (const auto& [a, b] : step.products) {
    note_use(a);
    note_use(b);
  }
  for (const auto& term : step.terms) note_use(term.x);
  product_count_ += static_cast<std::uint32_t>(step.products.size());
  relinearisation_count_ += step.products.empty() ? 0 : 1;
  steps_.push_back(std::move(step));
  values_.push_back(result);
  last_use_.push_back(0);
  return result_register();
}

std::uint32_t Program::levels_used() const {
  std::uint32_t lowest = params_->top_level().value;
  for (std::uint32_t i = 0; i < input_count_; ++i) lowest = std::min(lowest, values_[i].level.value);
  return lowest - result().level.value;
}

Status Program::check_inputs(std::span<const Ciphertext> inputs) const {
  if (inputs.size() != input_count_) {
    return fail(Code::kInvalidArgument, std::to_string(inputs.size()) + " ciphertexts for a program of " +
                                            std::to_string(input_count_) + " inputs");
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "input " + std::to_string(i) + " has ";
    if (inputs[i].parts.size() != 2) {
      return fail(Code::kInvalidArgument, name + std::to_string(inputs[i].parts.size()) + " parts, not 2");
    }
    if (inputs[i].level() != values_[i].level) {
      return fail(Code::kInvalidArgument,
                  name + "level " + level_text(inputs[i].level()) + ", planned was " + level_text(values_[i].level));
    }
    if (inputs[i].epoch != inputs[0].epoch) {
      return fail(Code::kInvalidArgument, name + "epoch " + std::to_string(inputs[i].epoch.value) + ", input 0 has " +
                                              std::to_string(inputs[0].epoch.value));
    }
    if (inputs[i].scale != values_[i].scale) {
      return fail(Code::kInvalidArgument,
                  name + "scale " + inputs[i].scale.text() + ", planned was " + values_[i].scale.text());
    }
  }
  return {};
}

/// sum (+)= n_1 x_1 + n_2 x_2 + … + n, several terms in one pass. A sum without products starts from nothing.
void Program::add_terms(const Step& step, std::span<const Ciphertext* const> values, Ciphertext& sum) const {
  constexpr std::size_t kRowsMax = 8;  // of Kernels::combine
  const Ring& ring = params_->ring();
  for (std::size_t part = 0; part < 2; ++part) {
    for (std::size_t limb = 0; limb < step.level.value; ++limb) {
      const Modulus& m = ring.modulus_at(limb);
      const auto out = sum.parts[part].limb(limb);
      const std::uint64_t* rows[kRowsMax];
      std::uint64_t weights[kRowsMax];
      // A constant has the same value at every root.
      std::uint64_t constant = part == 0 ? step.constant.residue(m) : 0;
      if (step.products.empty()) {
        std::ranges::fill(out, constant);
        constant = 0;
      }
      for (std::size_t k = 0; k < step.terms.size() || constant != 0;) {
        rows[0] = out.data();
        weights[0] = 1;
        std::size_t count = 1;
        for (; count < kRowsMax && k < step.terms.size(); ++count, ++k) {
          rows[count] = values[step.terms[k].x.value]->parts[part].limb(limb).data();
          weights[count] = step.terms[k].factor.residue(m);
        }
        ring.kernels().combine(out.data(), rows, weights, count, std::exchange(constant, 0), out.size(), m);
      }
    }
  }
}

Result<Ciphertext> Program::run_step(const Evaluator& evaluator, const Step& step,
                                     std::span<const Ciphertext* const> values) const {
  Ciphertext sum;
  for (const auto& [a, b] : step.products) {
    MC_TRY_STATUS(evaluator.multiply_add(sum, *values[a.value], *values[b.value], step.level));
  }
  if (step.products.empty()) {
    sum.scale = step.scale;
    sum.epoch = values.front()->epoch;
    const Basis basis{step.level.value, false};
    for (int i = 0; i < 2; ++i) sum.parts.push_back(params_->ring().make_unset<Domain::kNtt>(basis));
  }
  if (step.product_factor != 1) evaluator.multiply_integer_inplace(sum, step.product_factor);
  const bool has_terms = !step.terms.empty() || !step.constant.is_zero();
  if (has_terms || step.products.empty()) add_terms(step, values, sum);
  // Rounding the third part costs an error of about N/5 integers, because s^2 is large. At the two-prime scale that is
  // 2^-65 of the message, and relinearising at the lower level saves up to half of the time. At the one-prime scale it
  // would be seven of some thirty bits, so relinearisation comes first, as where noise is multiplied afterwards.
  if (step.products.empty() || !step.relinearised_first) {
    if (step.rescale_count > 0) MC_TRY_STATUS(evaluator.rescale_inplace(sum, step.rescale_count));
    if (step.products.empty()) return sum;
    return evaluator.relinearise(sum);
  }
  return evaluator.relinearise_rescale(sum, step.rescale_count);
}

Result<Ciphertext> Program::run(const Evaluator& evaluator, std::span<const Ciphertext> inputs) const {
  if (evaluator.params().id() != params_->id()) {
    return fail(Code::kInvalidArgument, "a program for the parameter set " + params_->spec().name +
                                            " and an evaluator for " + evaluator.params().spec().name);
  }
  MC_TRY_STATUS(check_inputs(inputs));
  std::vector<Ciphertext> computed(steps_.size());
  std::vector<const Ciphertext*> values;
  for (const Ciphertext& input : inputs) values.push_back(&input);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    MC_TRY(computed[i], run_step(evaluator, steps_[i], values));
    values.push_back(&computed[i]);
    // What no later step reads goes away: a deep program has dozens of values of several megabytes.
    for (std::size_t r = input_count_; r + 1 < values.size(); ++r) {
      if (last_use_[r] == i + 1) computed[r - input_count_] = {};
    }
  }
  if (steps_.empty()) return *values.back();
  return std::move(computed.back());
}

}  // namespace mc::fhe
