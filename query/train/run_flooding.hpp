// SPDX-License-Identifier: Apache-2.0
// Flooding on the way of a run (R15, docs/design/0029): where the precision has room for it, every refresh but the
// first of a run adds noise to what it opens, far above the noise that the computation since the last refresh can have
// left there. So what is refreshed depends on data and on flooding, and no further on any key. Here are the bounds of
// that noise, as fractions of the scale. They hold for every committee and every model that is allowed;
// query/train/run_flooding_test follows the circuits and recomputes them. Immutable; thread-safe.
#pragma once

#include "query/plan/training_plan.hpp"
#include "query/train/precision.hpp"

namespace mc::query {

/// What is opened, and what came before it since the last refresh.
enum class Opened : std::uint8_t {
  kPredictor,  // z / bound: one sum of products of columns and fresh coefficients
  kFolded,     // y, from a fresh z / bound
  kSquare,     // v = 2 y^2 - 1
  kCurve,      // q(v), from a fresh v
  kEntropy,    // e(v), from a fresh v
  kSum,        // sums over persons of up to four factors
  kMatrix,     // entries of a product of fresh matrices
};

/// Bounds that the noise is computed for. They follow from the dictionary but for these two, which are expected: see
/// docs/design/0029.
inline constexpr double kCoefficientSumMax = 1024;  // sum of |coefficient| over the columns
inline constexpr double kInverseMax = 0x1p20;       // an entry of the Hessian's inverse, normalised
inline constexpr std::uint32_t kFloodedBlocksMax = 64;

/// log2 of what every piece adds to the coefficients at their last refresh where nothing else of a run is flooded
/// (argument H): far above their noise, which is divided by the information and of thirty persons with eight events
/// reaches 2^-19; and less than a thousandth of a standard error, which the last step in the clear makes good.
[[nodiscard]] int coefficient_flooding_log2(std::uint64_t persons);

class RunFlooding {
 public:
  /// Of a run over that many blocks, of a model with `size` coefficients.
  ///   errors  kLimit for more than kFloodedBlocksMax where the precision floods
  static Result<RunFlooding> create(const Precision& precision, std::size_t blocks, std::size_t size);

  [[nodiscard]] bool is_none() const { return !flooded_; }
  /// log2 of the bound on the noise's Euclidean norm over the coefficients that are opened, beside the scale.
  [[nodiscard]] std::int32_t noise_log2(Opened opened) const;
  /// What answers are flooded with. By argument S `given` is for the most blocks, and sums over fewer carry less noise
  /// and less flooding. By argument H it is for one: noises of several are independent, so they add up as their
  /// squares.
  [[nodiscard]] TrainingFlooding of_answers(TrainingFlooding given) const;
  /// log2 of the deviation that every piece adds. REQUIRES !is_none().
  ///   errors  fhe::flooding_log2's
  [[nodiscard]] Result<std::uint8_t> deviation_log2(Opened opened, const fhe::Scale& scale,
                                                    const fhe::Params& params) const;

 private:
  RunFlooding(bool flooded, std::int32_t blocks_log2, std::int32_t fewer_log2)
      : flooded_(flooded), blocks_log2_(blocks_log2), fewer_log2_(fewer_log2) {}
  bool flooded_;
  std::int32_t blocks_log2_, fewer_log2_;
};

}  // namespace mc::query
