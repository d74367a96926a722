// SPDX-License-Identifier: Apache-2.0
// The times' side of Cox's model: who is at risk when, and from the sums of exp(z) over those at risk the baseline
// hazard's jumps. Times lie side by side in the slots of one polynomial where they are divided, and are constants in
// every slot of K polynomials where they meet persons.
// With Efron's ties (tied_events.hpp) sums and jumps are complex numbers: real parts are those of all at risk,
// imaginary parts those of who dies. A product of a person's 1 + i y with them is what she is worth, so an iteration
// has as many products as with Breslow's.
#pragma once

#include <span>
#include <vector>

#include "query/execute/column_loader.hpp"
#include "query/execute/refresher.hpp"
#include "query/train/block_shelf.hpp"
#include "query/train/packed_matrices.hpp"
#include "query/train/tied_events.hpp"

namespace mc::query {

class Hazard {
 public:
  /// `persons_log2`: sums over persons are means over the slots; times 2^-persons_log2 they are at most 1. Keeps
  /// references.
  Hazard(const LogisticPlan& plan, const Precision& precision, const RunFlooding& flooding, const ColumnLoader& loader,
         const Workbench& bench, Refresher& refresher, int persons_log2);

  /// Times with a jump: K.
  [[nodiscard]] std::size_t times() const { return places_.count(); }
  /// Loads the columns of a block, the next one on the shelf.
  Status load(std::uint32_t block);
  /// Of block i: who is at risk at each time [5], and after the last one who is followed beyond it, if anybody may be.
  [[nodiscard]] Result<std::shared_ptr<const BlockShelf::Row>> at_risk(std::size_t i) const { return shelf_.row(i); }
  void expect(std::size_t first, std::size_t count) const { shelf_.expect(first, count); }

  /// The numbers of events, once: a sum per time [3].
  Status take_events(std::vector<fhe::Ciphertext> sums);
  /// The jumps d / sum exp(z) as constants in every slot, as a pass takes coefficients. `sums`: of exp(z) over those
  /// at risk, divided by kExponentUnit [3]; their imaginary parts of exp(z) of those with an event then or later.
  /// With Efron's ties A + i (B - B of the time before), where a person at risk is worth A and one who dies A - B.
  Result<std::vector<fhe::Ciphertext>> jumps(std::vector<fhe::Ciphertext> sums);
  /// Of Efron's ties: mean over the slots of events that have a slot of their own.
  [[nodiscard]] const fhe::Ciphertext& placed() const { return ties_->placed; }

  /// For the information, after jumps(): takes the sums of x_j exp(z) over those at risk [3], column by column, as
  /// jumps() takes those of exp(z).
  Status take_column(std::vector<fhe::Ciphertext> sums);
  /// The means over the slots of sum over times d xbar_i xbar_j, upper triangle row by row, as sums over persons are,
  /// at `scale`, level 3.
  Result<std::vector<fhe::Ciphertext>> between_times(const fhe::Scale& scale) const;

  /// exp(z) is divided by this, so that a person of average risk is worth less than one.
  static constexpr int kExponentUnitLog2 = 4;

 private:
  /// Of all at risk, and with Efron's ties of those who die then.
  struct InSlots {
    fhe::Ciphertext at_risk, dying;
  };
  /// Constants side by side in the slots of their times, a level below `level`, each times 2^-persons_log2.
  Result<InSlots> in_slots(std::vector<fhe::Ciphertext> sums, bool paired, fhe::Level level);
  /// Those at risk without the shares of the dying.
  Result<fhe::Ciphertext> met(const InSlots& sums) const;
  Result<std::vector<fhe::Ciphertext>> as_constants(const fhe::Ciphertext& jumps);

  const LogisticPlan& plan_;
  const Precision precision_;
  const RunFlooding flooding_;
  const ColumnLoader& loader_;
  const Workbench& bench_;
  Refresher& refresher_;
  int persons_log2_;
  SlotPlaces places_;  // of the times
  double persons_;     // a power of two, no less than there are
  fhe::Level top_;
  BlockShelf shelf_;
  SlotIterations iterations_;
  fhe::NttPoly imaginary_;
  std::optional<PlaceMaps> maps_;           // of the places
  std::optional<fhe::Ciphertext> inverse_;  // 1 / sums, at the top level
  std::size_t divisions_ = 0;               // that began at the inverse before
  std::optional<TiedEvents> ties_;          // of Efron
  double unit_ = 1;
  fhe::Ciphertext events_;                         // unit_ times how many events a slot stands for, at the top level
  fhe::Ciphertext paired_;                         // of Efron: events + i events shares
  std::vector<fhe::Ciphertext> means_, weighted_;  // of the columns over those met, and times the events
};

}  // namespace mc::query
