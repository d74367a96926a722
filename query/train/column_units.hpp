// SPDX-License-Identifier: Apache-2.0
// Columns in units of their own spread, under encryption. A dictionary says how far a measurement may lie and not how
// far persons lie apart: where their spread is a fiftieth of the range, the information about its coefficient is a
// 2,500th, and noise and flooding of sums, which know nothing of it, take its digits. So before anything is trained a
// column x becomes
//   x' = (x - m) f for who counts, 0 for others      m her mean, f = 1/2 / sqrt(variance + 2^-12)
// with m and f encrypted. The model's coefficients are those of x' times f, so the factors are released; the means
// belong to the baseline hazard. Approximate m and f are as good as exact ones, for the same stand everywhere: so both
// are flooded when they are opened for the last time, far above their noise (argument H, docs/design/0045).
//   range   f in [1/2, 32], |x'| below 2^6, its mean square at most 1/4
// Not thread-safe.
//   source  inverses and roots: slot_iterations.hpp
#pragma once

#include <span>
#include <vector>

#include "query/train/packed_matrices.hpp"
#include "query/train/slot_iterations.hpp"
#include "query/train/slot_places.hpp"

namespace mc::query {

/// log2 of what every piece adds to means and factors where nothing else of a run is flooded. Noise of few persons
/// among many, which the division by their number multiplies, reaches 2^-25.
inline constexpr int kFactorFloodingLog2 = -13;

class ColumnUnits {
 public:
  /// `persons_log2`: sums over persons are means over the slots; times 2^-persons_log2 they are at most 1. Keeps
  /// references.
  ColumnUnits(const Precision& precision, const RunFlooding& flooding, const Workbench& bench, Refresher& refresher,
              int persons_log2);

  /// A block's columns at precision.loaded() and of precision.scale(), and who counts, higher.
  Status add(const fhe::Ciphertext& counted, std::span<const fhe::Ciphertext> columns);
  /// After the last block: finds means and factors.
  ///   errors  the refresher's
  ///   cost    some forty refreshes of one polynomial
  Status find();
  /// Who counts as convert() takes it, from higher than precision.level(1).
  [[nodiscard]] Result<fhe::Ciphertext> mask(const fhe::Ciphertext& counted) const;
  /// REQUIRES find(). The columns of a block in their units, levels and scale as before; `mask` as mask() made it.
  Status convert(const fhe::Ciphertext& mask, std::span<fhe::Ciphertext> columns) const;
  /// REQUIRES find(). The factors, constants in every slot.
  [[nodiscard]] std::span<const fhe::Ciphertext> factors() const { return factors_; }

 private:
  struct InSlots {
    fhe::Ciphertext sums, squares, count;  // in the slots of their columns, over persons
  };
  Result<InSlots> in_slots();
  Result<fhe::Ciphertext> inverse_roots(fhe::Ciphertext variances) const;
  Status as_constants(const fhe::Ciphertext& factors_and_shifts);
  [[nodiscard]] fhe::Scale mask_scale() const;
  [[nodiscard]] SlotPlaces places() const { return {bench_.params, moments_.size()}; }
  [[nodiscard]] std::vector<double> slots_of(std::size_t column, double value) const;
  [[nodiscard]] std::vector<double> elsewhere(double value) const;

  const Precision precision_;
  const RunFlooding flooding_;
  const Workbench& bench_;
  Refresher& refresher_;
  int persons_log2_;
  SlotIterations iterations_;
  fhe::NttPoly imaginary_;
  std::vector<fhe::Ciphertext> moments_;  // per column sum c (x^2 + i x)
  fhe::Ciphertext count_;                 // sum c
  std::vector<fhe::Ciphertext> factors_, shifts_;
};

}  // namespace mc::query
