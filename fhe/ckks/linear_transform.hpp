// SPDX-License-Identifier: Apache-2.0
// y = M x on the N/2 slots for a plaintext matrix M given by its generalised diagonals: diagonal k holds M[j][j + k mod
// N/2] at place j, so that M x = sum over k of diagonal_k * (x rotated by k). Any sparse set; a mask that keeps some
// slots is diagonal 0 alone.
//
// Baby steps and giant steps (Halevi and Shoup, ePrint 2018/244): with k = giant + baby,
//   M x = sum over giant of rotation by giant of (sum over baby of (diagonal_k rotated by -giant) * rotation by baby)
// and both kinds are hoisted (Bossuat, Mouchet, Troncoso-Pastoriza, Hubaux, ePrint 2020/1203, section 4): the baby
// rotations come from one decomposition and stay over Q_l P, where they meet diagonals that are encoded over Q_l P too;
// one division by P per giant step brings its second part to the next key switch; everything else is divided once, at
// the end, together with the rescaling. So besides cost there is less noise: no rounding is multiplied by a diagonal.
#pragma once

#include <map>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/evaluator.hpp"

namespace mc::fhe {

/// What a transform needs and gives, from its shape alone.
struct LinearTransformPlan {
  ParamsPtr params;
  Level level;                                        // of the operand
  std::uint32_t primes = 1;                           // that the diagonals' scale is made of and the rescaling takes
  std::int64_t stride = 1;                            // giant steps are its multiples, baby steps lie below it
  std::vector<std::int64_t> diagonals;                // in [0, N/2), ascending
  std::vector<std::int64_t> baby_steps, giant_steps;  // ascending; 0 may be among them

  /// The rotations that keys are needed for, ascending. None for a mask.
  [[nodiscard]] std::vector<std::int64_t> rotations() const;
  [[nodiscard]] Level output_level() const { return Level(level.value - primes); }
  /// Exactly the operand's: the diagonals' scale is the product of the primes that rescaling divides by.
  [[nodiscard]] Scale diagonal_scale() const { return Scale::of_top_primes(level.value, primes); }
};

/// A matrix, encoded for operands of one level. Immutable, thread-safe.
class LinearTransform {
 public:
  /// At most N/2 values per diagonal; missing ones are zero.
  using Diagonals = std::map<std::int64_t, std::vector<double>>;

  /// Chooses the cheapest split of these diagonals, any integers, taken modulo N/2.
  ///   errors  kInvalidArgument without a diagonal, for two that are the same modulo N/2, for a level that the chain
  ///           lacks and for no primes; kLimit ("level 1 left, a linear transform by 1 prime needs 2")
  static Result<LinearTransformPlan> plan(ParamsPtr params, std::span<const std::int64_t> diagonals, Level level,
                                          std::uint32_t primes);

  /// Encodes `diagonals` (those of the plan, no more, no fewer) at the plan's scale; one that is zero costs no memory.
  ///   memory  (level + special primes) N words per diagonal, level N for a mask
  ///   errors  kInvalidArgument where plan, encoder and diagonals do not fit together; those of Encoder::encode
  static Result<LinearTransform> encode(const Encoder& encoder, LinearTransformPlan plan, const Diagonals& diagonals);

  /// M x, rescaled: level plan().output_level(), the scale of `x`.
  ///   noise   slot-wise, relative to x: sqrt(diagonals) max|M| times (that of x + a key switch's), and the last
  ///           rounding, sqrt(N / 12) / scale
  ///   errors  kInvalidArgument for another level, parameter set, number of parts or key epoch; kNotFound ("there is
  ///           no key for rotation by 8 …")
  ///   source  ePrint 2020/1203, algorithm 6         cost  bench: ckks/linear_transform_64
  Result<Ciphertext> apply(const Evaluator& evaluator, const Ciphertext& x) const;

  [[nodiscard]] const LinearTransformPlan& plan() const { return plan_; }

 private:
  using Rotation = const EvaluationKeys::Galois*;  // null by nothing
  explicit LinearTransform(LinearTransformPlan plan) : plan_(std::move(plan)) {}
  [[nodiscard]] const NttPoly& plaintext(std::size_t giant, std::size_t baby) const {
    return plaintexts_[giant * plan_.baby_steps.size() + baby];
  }
  [[nodiscard]] bool is_zero(std::size_t giant) const;
  static Result<std::vector<Rotation>> keys_for(const Evaluator& evaluator, const Ciphertext& x,
                                                std::span<const std::int64_t> steps);
  [[nodiscard]] std::vector<WidePair> inner_sums(const Ciphertext& x, std::span<const Rotation> babies,
                                                 const Workers* workers) const;
  [[nodiscard]] WidePair outer_sum(std::vector<WidePair> inner, std::span<const Rotation> giants,
                                   const Workers* workers) const;

  LinearTransformPlan plan_;
  std::vector<NttPoly> plaintexts_;  // giant by giant, baby by baby; empty where the matrix is zero
};

}  // namespace mc::fhe
