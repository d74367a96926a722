// SPDX-License-Identifier: Apache-2.0
// The times' side of Cox's model: who is at risk when, and from the sums of exp(z) over those at risk the baseline
// hazard's jumps. Times lie side by side in the slots of one polynomial where they are divided, and are constants in
// every slot of K polynomials where they meet persons.
#pragma once

#include <span>
#include <vector>

#include "query/execute/column_loader.hpp"
#include "query/execute/refresher.hpp"
#include "query/train/block_shelf.hpp"
#include "query/train/packed_matrices.hpp"

namespace mc::query {

class Hazard {
 public:
  /// `persons_log2`: sums over persons are means over the slots; times 2^-persons_log2 they are at most 1. Keeps
  /// references.
  Hazard(const LogisticPlan& plan, const Precision& precision, const RunFlooding& flooding, const ColumnLoader& loader,
         const Workbench& bench, Refresher& refresher, int persons_log2);

  /// Times with a jump: K.
  [[nodiscard]] std::size_t times() const { return times_; }
  /// Loads the columns of a block, the next one on the shelf.
  Status load(std::uint32_t block);
  /// Of block i: who is at risk at each time [5], and after the last one who is followed beyond it, if anybody may be.
  [[nodiscard]] Result<std::shared_ptr<const BlockShelf::Row>> at_risk(std::size_t i) const { return shelf_.row(i); }
  void expect(std::size_t first, std::size_t count) const { shelf_.expect(first, count); }

  /// The numbers of events, once: a sum per time [3].
  Status take_events(std::vector<fhe::Ciphertext> sums);
  /// The jumps d / sum exp(z) as constants in every slot, as a pass takes coefficients. `sums`: of exp(z) over those
  /// at risk, divided by kExponentUnit [3].
  Result<std::vector<fhe::Ciphertext>> jumps(std::vector<fhe::Ciphertext> sums);

  /// For the information, after jumps(): takes the sums of x_j exp(z) over those at risk [3], column by column.
  Status take_column(std::vector<fhe::Ciphertext> sums);
  /// The means over the slots of sum over times d xbar_i xbar_j, upper triangle row by row, as sums over persons are,
  /// at `scale`, level 3.
  Result<std::vector<fhe::Ciphertext>> between_times(const fhe::Scale& scale) const;

  /// exp(z) is divided by this, so that a person of average risk is worth less than one.
  static constexpr int kExponentUnitLog2 = 4;

 private:
  /// Constants side by side in the slots 0 … K - 1 at the top level, each times 2^-persons_log2.
  Result<fhe::Ciphertext> in_slots(std::vector<fhe::Ciphertext> sums);
  Result<fhe::Ciphertext> refreshed(fhe::Ciphertext value, std::uint32_t message_log2);
  Result<fhe::Ciphertext> scaled(const fhe::Ciphertext& value, double times) const;
  /// u <- c u (2 - c s u) for each scaling, and a refresh; the first one is multiplied by `first`.
  Status divide(const fhe::Ciphertext& sums, std::span<const double> scalings, double first);
  Result<std::vector<fhe::Ciphertext>> as_constants(const fhe::Ciphertext& jumps);

  const LogisticPlan& plan_;
  const Precision precision_;
  const RunFlooding flooding_;
  const ColumnLoader& loader_;
  const Workbench& bench_;
  Refresher& refresher_;
  int persons_log2_;
  std::size_t times_;
  fhe::Level top_;
  BlockShelf shelf_;
  std::vector<fhe::NttPoly> places_;        // slot k as an integer polynomial, over the top level
  std::optional<fhe::Ciphertext> inverse_;  // 1 / sums, at the top level
  fhe::Ciphertext events_;                  // at the top level
  std::vector<fhe::Ciphertext> columns_;    // means of the columns over those at risk [6]
};

}  // namespace mc::query
