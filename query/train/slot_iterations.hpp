// SPDX-License-Identifier: Apache-2.0
// Arithmetic on what lies in the slots of one polynomial, and the iterations that find inverses and signs there: each
// of their steps is a few products and a refresh. Scalings make them converge from as far away as the smallest value.
//   source  Pan and Schreiber, SIAM J. Sci. Stat. Comput. 12, 1991, section 5 (inverses); Chen and Chow, "A stable
//           scaling of Newton-Schulz for improving the sign function computation of a Hermitian matrix", Argonne
//           ANL/MCS-P5059-0114, 2014 (signs)
#pragma once

#include <span>
#include <vector>

#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"
#include "query/train/values.hpp"

namespace mc::query {

/// Scalings that bring all of [smallest, 1] to 1 by u -> c u (2 - c u): the first ones take l to about 4 l, the last
/// ones square what is left. Already 1 + l comes to 0, and what is above it below that: let the largest be kFullest.
std::vector<double> inverse_scalings(double smallest);
/// What remains to 1 is for noise, and for what is added so that there are inverses.
inline constexpr double kFullest = 1 - 0x1p-7;
/// Scalings that bring all of [smallest, largest] to 1 by x -> c x (3 - c^2 x^2) / 2: the first ones take l to 2.6 l.
/// REQUIRES smallest below 0.9.
std::vector<double> sign_scalings(double smallest, double largest);

class SlotIterations {
 public:
  /// Keeps references.
  SlotIterations(const Workbench& bench, const Precision& precision, Refresher& refresher)
      : bench_(bench), precision_(precision), refresher_(refresher) {}

  /// At the top level. Errors of refreshed_whole.
  Result<fhe::Ciphertext> refreshed(fhe::Ciphertext value, std::uint32_t message_log2) const;
  Result<fhe::Ciphertext> product(const fhe::Ciphertext& a, const fhe::Ciphertext& b) const {
    return rescaled_product(bench_.evaluator, a, b, precision_);
  }
  /// times * value, a level below it, at `scale` exactly (left out: precision.scale()): otherwise a scale's distance
  /// from that would double with every step.
  Result<fhe::Ciphertext> scaled(const fhe::Ciphertext& value, double times) const;
  Result<fhe::Ciphertext> scaled(const fhe::Ciphertext& value, double times, const fhe::Scale& scale) const;
  /// slots[i] * slot i, as scaled().
  Result<fhe::Ciphertext> scaled(const fhe::Ciphertext& value, std::span<const double> slots,
                                 const fhe::Scale& scale) const;
  /// value += constant, or slots[i] in slot i.
  Status add(fhe::Ciphertext& value, double constant) const;
  Status add(fhe::Ciphertext& value, std::span<const double> slots) const;
  /// The lower of their levels; their scales are one.
  Result<fhe::Ciphertext> sum(const fhe::Ciphertext& a, const fhe::Ciphertext& b) const;
  /// A constant in every slot, encrypted by nobody, under the key of `like` and at its level.
  Result<fhe::Ciphertext> constant(double value, const fhe::Ciphertext& like) const;

  /// u <- c u (2 - c s u) for each scaling, and a refresh; the first one is multiplied by `first`.
  ///   range   inverses below 2^kInverseLog2
  Status divide(const fhe::Ciphertext& sums, fhe::Ciphertext& inverse, std::span<const double> scalings,
                double first) const;
  /// x <- c x (3 - c^2 x^2) / 2 for each scaling, and a refresh of them all.
  Status to_signs(std::vector<fhe::Ciphertext>& values, std::span<const double> scalings) const;

  /// log2 of what masks leave room for: sums, and inverses of them.
  static constexpr std::uint32_t kRoomOfSums = 8, kInverseLog2 = 29;

 private:
  const Workbench& bench_;
  const Precision precision_;
  Refresher& refresher_;
};

}  // namespace mc::query
