// SPDX-License-Identifier: Apache-2.0
// Logistic regression on ciphertext (DESIGN sections 4 and 6): Newton's method with an encrypted Hessian. Nothing is
// opened on the way; the committee refreshes (R14), and so puts sums where the next product wants them.
//
// One iteration, the limbs of its values in brackets (standard has 8). The last one ends with H and g, which are
// released: whoever reads them takes the last step, beta + inverse(H) g, in the clear (docs/design/0034).
//   z = X beta [4], of those who count [3]   refreshed whole, block by block
//   y = fold of z/64 [4], v = T_2(y) [3]     refreshed whole
//   q(v) [3]                                 refreshed whole; sigmoid(z) = 1/2 + h, h = y q(v) (logistic_curve.hpp)
//   w = c (1/4 - h^2) [5], r = c (y - 1/2) - c h [4]
//   H = X' diag(w) X, g = X' r [3]           sums over all blocks, one key switch per two; refreshed into [H | g]
//   one cubic step for the inverse of H from that of the iteration before, and the step with it, side by side:
//     U = S H, (S2, step) = (k0 + k1 U + k2 U^2) (S, S g)     three refreshes of small matrices
//   (before it scaled ones in the second and third iteration of Cox's model, in which H may grow)
//   of Cox's model how much of the step      step_length.hpp, three refreshes more
//   beta with the step in it, as constants in every slot      for the next z
// The first iteration has beta = 0, thus w = c/4 and no sigmoid; its inverse begins at a multiple of one, scaled so
// that eigenvalues from 2^-22 of the largest possible one up converge; 2^-20 of that is added to the diagonal before it
// is inverted, so that the inverse is bounded whatever the data (R14), and only the inverse: the gradient stays as it
// is.
//   source  Newton's method as in McCullagh and Nelder, "Generalized Linear Models", section 2.5; Schulz, ZAMM 1933;
//           scaling: Pan and Schreiber, SIAM J. Sci. Stat. Comput. 12, 1991, section 5
//   error   all values are at the one-prime scale, 46 bits, of which some 30 survive; the sigmoid errs by 2.7e-7 on
//           [-42, 42], is wrong beyond, and beyond 64 grows wildly
// Integer arithmetic: everybody who runs it on the same blobs, mask and refreshes gets the same ciphertexts (R25).
#pragma once

#include "query/execute/column_loader.hpp"
#include "query/execute/refresher.hpp"

namespace mc::query {

/// One released number: coefficient 0 of `ciphertext` / its scale * unit.
struct TrainingAnswer {
  fhe::Ciphertext ciphertext;
  double unit = 1;
  std::uint32_t sigma_log2 = 0;  // flooding per piece, log2 of its deviation
};

/// Runs the plan. training_answer_count(plan) answers, in the order of training_plan.hpp, at level 2.
///   shape   the refresher is called in one fixed order
///   errors  kRefused when nobody consents; kLimit when the model has too many columns for the ring; what vault and
///           refresher say
///   cost    printed by query/train/logistic_test
Result<std::vector<TrainingAnswer>> train_logistic(const LogisticPlan& plan, std::span<const OwnerSlots> owners,
                                                   const Vault& vault, const Workbench& bench, Refresher& refresher,
                                                   const ProgressFunction& progress = {});

}  // namespace mc::query
