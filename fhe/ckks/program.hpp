// SPDX-License-Identifier: Apache-2.0
// Arithmetic on ciphertexts, planned before it is done. A program is a list of sums
//     factor * (a_1 b_1 + a_2 b_2 + …) + n_1 x_1 + n_2 x_2 + … + n
// of earlier values, each formed at one level and one exact scale and then divided by the last primes. Making one needs
// no ciphertext: levels, scales, room and the number of products are known, or refused, before anything is computed,
// and the integers n are fixed, so that every machine computes the same bits (R25).
// A program is immutable once made; running it is thread-safe.
#pragma once

#include <optional>
#include <span>

#include "base/strong.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ckks/scaled_integer.hpp"

namespace mc::fhe {

class NoiseEstimator;
struct Estimate;

/// A value of a program: an input or the result of a sum, in the order in which they were added.
using Register = Strong<struct RegisterTag, std::uint32_t>;

/// What is known of a value before it is computed.
struct PlannedValue {
  Level level;
  Scale scale;
  double bound = 1;  // of its magnitude in every slot, without noise
};

/// One step as it is asked for, with real factors.
struct PlannedSum {
  struct Product {
    Register a, b;
  };
  struct Term {
    Register x;
    double factor;
  };
  std::vector<Product> products = {};  // the scales of a and b multiply to `scale`
  std::int32_t product_factor = 1;
  std::vector<Term> terms = {};
  double constant = 0;
  Level level = {};                 // at which the sum is formed: at most that of each operand
  Scale scale = {};                 // of the sum before the division
  std::uint32_t rescale_count = 0;  // primes that it is divided by
  bool exactly = false;             // relinearised before two primes are divided out: slower, 2^10 less noise
  std::optional<double> bound = std::nullopt;  // where the caller knows better than the triangle inequality
};

class Program {
 public:
  explicit Program(ParamsPtr params) : params_(std::move(params)) {}

  /// Inputs come before sums.
  ///   errors  kInvalidArgument for a level or a scale that the parameter set lacks
  Result<Register> add_input(const PlannedValue& value);
  /// The result of the last sum is the result of the program.
  ///   range   REQUIRES product scales that are equal to sum.scale, and registers that exist (MC_CHECK)
  ///   errors  kLimit "level 2 left, …needs 3" when the division takes all limbs or an operand is below sum.level;
  ///           kLimit when the sum does not fit in half of the modulus
  ///   noise   a factor is rounded to an integer: a relative error of 1/2 over that integer
  Result<Register> add_sum(const PlannedSum& sum);

  /// The program's result.
  ///   shape   one ciphertext of 2 parts per input, at the planned level and scale, all under one key
  ///   errors  kInvalidArgument that names both values when an input is not the planned one, or without a key for
  ///           relinearisation
  Result<Ciphertext> run(const Evaluator& evaluator, std::span<const Ciphertext> inputs) const;

  /// The error of the result, foreseen operation by operation as run computes it (noise.hpp); messages as planned.
  ///   errors  the estimator's: where run would refuse
  Result<Estimate> foreseen(NoiseEstimator& noise, std::span<const Estimate> inputs) const;

  [[nodiscard]] const Params& params() const { return *params_; }
  [[nodiscard]] const ParamsPtr& params_ptr() const { return params_; }
  [[nodiscard]] const PlannedValue& value(Register r) const { return values_[r.value]; }
  [[nodiscard]] std::uint32_t input_count() const { return input_count_; }
  /// Level, scale and bound of the result; of the last input while there is no sum.
  [[nodiscard]] const PlannedValue& result() const { return values_.back(); }
  [[nodiscard]] Register result_register() const { return Register(static_cast<std::uint32_t>(values_.size()) - 1); }
  /// Limbs of the lowest input that are gone in the result.
  [[nodiscard]] std::uint32_t levels_used() const;
  [[nodiscard]] std::uint32_t product_count() const { return product_count_; }
  [[nodiscard]] std::uint32_t relinearisation_count() const { return relinearisation_count_; }

 private:
  struct Term {
    Register x;
    ScaledInteger factor;
  };
  struct Step {
    std::vector<PlannedSum::Product> products;
    std::int32_t product_factor;
    std::vector<Term> terms;
    ScaledInteger constant;
    Level level;
    Scale scale;
    std::uint32_t rescale_count;
    bool relinearised_first;
  };

  [[nodiscard]] Status check_room(double bound, const Scale& scale, Level level) const;
  [[nodiscard]] Status check_operands(const PlannedSum& sum) const;
  [[nodiscard]] double triangle_bound(const PlannedSum& sum) const;
  Result<Estimate> foreseen_step(NoiseEstimator& noise, const Step& step, std::span<const Estimate> values) const;
  void note_use(Register r);
  [[nodiscard]] Status check_inputs(std::span<const Ciphertext> inputs) const;
  Result<Ciphertext> run_step(const Evaluator& evaluator, const Step& step,
                              std::span<const Ciphertext* const> values) const;
  void add_terms(const Step& step, std::span<const Ciphertext* const> values, Ciphertext& sum) const;

  ParamsPtr params_;
  std::vector<PlannedValue> values_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> last_use_;  // per value: 1 + the step, 0 for none
  std::uint32_t input_count_ = 0, product_count_ = 0, relinearisation_count_ = 0;
};

}  // namespace mc::fhe
